using System.Buffers;
using DigestService.Relevance.Taste;

namespace DigestService.Tests.Relevance;

public sealed class MeanContentTests
{
    [Fact]
    public void A_mean_is_the_same_whatever_others_left_in_the_place_for_its_sums()
    {
        var space = new ContentSpace(Enumerable.Range(0, 20).Select(i => new ItemContent($"Pruning networks, part {i % 7}", $"We prune networks of {i % 5} layers by size.", ["pruning", $"part {i % 3}"])));
        var expected = Enumerable.Range(0, 20).Select(first => MeanContent.Of([first, (first + 3) % 20], space)).ToList();

        for (var first = 0; first < 20; first++)
        {
            var left = ArrayPool<float>.Shared.Rent(space.Features);
            Array.Fill(left, float.NaN);
            ArrayPool<float>.Shared.Return(left); // the same thread rents it next
            var mean = MeanContent.Of([first, (first + 3) % 20], space);

            mean.Features.ShouldBe(expected[first].Features);
            mean.Weights.ShouldBe(expected[first].Weights);
            mean.Weights.ShouldAllBe(weight => weight > 0);
        }
    }
}
