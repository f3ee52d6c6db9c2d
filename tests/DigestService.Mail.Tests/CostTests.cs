using System.Runtime.CompilerServices;
using DigestService.Tests.Shared;

namespace DigestService.Mail.Tests;

public sealed class CostTests
{
    [Fact]
    public void Work_that_compares_each_with_each_is_found_and_work_in_proportion_is_let_be()
    {
        Cost.ShouldGrowWithTheSize(400_000, size => () => Compare(size, 100));
        Should.Throw<ShouldAssertException>(() => Cost.ShouldGrowWithTheSize(16_000, size => () => Compare(size, size)));
    }

    // Compiled at its best from the first call on: a slow first form would make the smaller work look dear.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Compare(int these, int those)
    {
        var greater = 0;
        for (var one = 0; one < these; one++)
            for (var other = 0; other < those; other++)
                greater += (one ^ other) > greater ? 1 : 0;
        return greater;
    }
}
