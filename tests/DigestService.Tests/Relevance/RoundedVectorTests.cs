using System.Runtime.Intrinsics;
using DigestService.Relevance.Search;
using DigestService.Relevance.Taste;

namespace DigestService.Tests.Relevance;

/// <summary>What taste reckons with in place of exact numbers is near enough to them.</summary>
public sealed class RoundedVectorTests
{
    [Theory]
    [InlineData(384)]
    [InlineData(1024)]
    [InlineData(50)]
    [InlineData(3)]
    public void Products_with_sums_are_those_of_whole_numbers_and_near_the_exact_ones(int length)
    {
        var random = new Random(length);
        var papers = Enumerable.Range(0, 60).Select(_ => Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.4f).ToArray()).ToList();
        var sums = Enumerable.Range(0, 4).Select(at => (Exact: new float[length], Rough: new float[length], Steps: new short[length])).ToArray();
        for (var like = 0; like < 20; like++)
        {
            VectorMath.AddScaled(papers[like], 1, sums[like % 4].Exact);
            RoundedVector.Of(papers[like]).AddTo(sums[like % 4].Rough);
        }

        var steps = Array.ConvertAll(sums, sum => RoundedVector.Round(sum.Rough, sum.Steps));

        foreach (var paper in papers)
        {
            var rounded = RoundedVector.Of(paper);
            var dots = rounded.Dots(sums[0].Steps, sums[1].Steps, sums[2].Steps, sums[3].Steps);
            rounded.Square.ShouldBe(VectorMath.Dot(paper, paper), 0.01 * VectorMath.Dot(paper, paper));
            for (var at = 0; at < 4; at++)
            {
                dots[at].ShouldBe(rounded.Steps.Zip(sums[at].Steps, (a, b) => a * b).Sum());
                var lengths = Math.Sqrt(VectorMath.Dot(paper, paper)) * Math.Sqrt(VectorMath.Dot(sums[at].Exact, sums[at].Exact));
                (dots[at] * rounded.Step * steps[at]).ShouldBe(VectorMath.Dot(paper, sums[at].Exact), (length < 384 ? 0.01 : 0.001) * lengths);
            }
        }
    }

    [Fact]
    public void Nothing_stays_nothing_and_sums_of_the_longest_vectors_do_not_run_over()
    {
        RoundedVector.Of(new float[40]).Square.ShouldBe(0);
        const int Components = 20_000;
        var ones = RoundedVector.Of(Enumerable.Repeat(1f, Components).ToArray());
        var steps = new short[Components];

        var step = RoundedVector.Round(Enumerable.Repeat(1000f, Components).ToArray(), steps);

        (ones.Dots(steps, steps, steps, steps)[3] * ones.Step * step).ShouldBe(1000f * Components, 0.02f * 1000 * Components);
    }

    [Fact]
    public void Powers_near_one_are_right_to_six_digits_and_nothing_where_there_is_no_evidence()
    {
        foreach (var exponent in (float[])[1.1f, 0.9f, 1f])
            for (var number = 1e-9; number < 1e4; number *= 1.037)
                SmallPowers.Raise(Vector512.Create((float)number), exponent - 1)[7].ShouldBe(
                    (float)Math.Pow((float)number, exponent), (float)(2e-6 * Math.Pow(number, exponent)));
        SmallPowers.Raise(Vector512.Create(-3f), 0.1f).ShouldBe(Vector512<float>.Zero);
        SmallPowers.Raise(Vector512.Create(0f), 0.1f).ShouldBe(Vector512<float>.Zero);
    }
}
