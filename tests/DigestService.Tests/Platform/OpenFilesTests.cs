using DigestService.Platform;

namespace DigestService.Tests.Platform;

public sealed class OpenFilesTests
{
    [Theory]
    [InlineData("Limit                     Soft Limit           Hard Limit           Units     \nMax cpu time              unlimited            unlimited            seconds   \nMax open files            1024                 524288               files     \n", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files     \n", null)]
    [InlineData("", null)]
    public void The_limit_is_the_one_that_holds_for_the_process(string limits, int? limit) => OpenFiles.LimitIn(limits).ShouldBe(limit);

    [Theory]
    [InlineData(513, 1, 1)]
    [InlineData(513, 2, 1)]
    [InlineData(1024, 1, 512)]
    [InlineData(1024, 2, 256)]
    [InlineData(524_288, 1, 10_000)]
    [InlineData(null, 2, 5_000)]
    public void Visitors_leave_the_service_what_it_needs_itself(int? limit, int addresses, int visitors) => OpenFiles.VisitorsWithin(limit, addresses).ShouldBe(visitors);

    [Fact]
    public void A_process_that_may_open_too_few_files_is_told_what_to_raise() =>
        Should.Throw<OperatorException>(() => OpenFiles.VisitorsWithin(200, 1)).Message
            .ShouldBe("This process may have only 200 files open at once, and a service needs 1,024: raise 'ulimit -n' for it, or LimitNOFILE where systemd runs it.");
}
