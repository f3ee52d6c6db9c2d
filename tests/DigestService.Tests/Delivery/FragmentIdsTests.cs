using DigestService.Delivery;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Delivery;

/// <summary>How the row of a packed recipe names its fragments.</summary>
public sealed class FragmentIdsTests
{
    public static TheoryData<long[]> Some => new(
        [1],
        [7, 7, 3],
        [1, 32_767],
        [5_000_000_000, 5_000_000_001, 5_000_032_765, 5_000_000_000],
        [.. Enumerable.Range(1, 40).Select(id => (long)id * 801)],
        [long.MaxValue - 2, long.MaxValue]);

    [Theory]
    [MemberData(nameof(Some))]
    public void Ids_are_read_back_in_their_order(long[] ids)
    {
        var packed = FragmentIds.Pack(ids);

        packed.Length.ShouldBe(1 + ((ids.Length + 3) / 4));
        FragmentIds.Unpack(packed).ShouldBe(ids);
    }

    [Theory]
    [InlineData(new long[] { })]
    [InlineData(new long[] { 1, 32_768 })]
    [InlineData(new long[] { 1, long.MaxValue })]
    [InlineData(new long[] { 0, 1 })]
    public void Ids_that_are_far_apart_stand_each_by_itself(long[] ids)
    {
        FragmentIds.Pack(ids).ShouldBe(ids);
        FragmentIds.Unpack(ids).ShouldBe(ids);
    }
}
