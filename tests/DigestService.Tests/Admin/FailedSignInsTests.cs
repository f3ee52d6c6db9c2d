using DigestService.Admin;
using NodaTime;

namespace DigestService.Tests.Admin;

/// <summary>How long a network waits after wrong passwords.</summary>
public sealed class FailedSignInsTests
{
    private static readonly Duration FiveMinutes = Duration.FromMinutes(5);
    private readonly TestClock _clock = new();

    [Fact]
    public void A_network_waits_until_five_minutes_after_its_first_wrong_password_and_is_told_so()
    {
        var failed = LockedOut("somebody");
        _clock.Advance(FiveMinutes - Duration.FromSeconds(1));

        failed.TryBegin("somebody", out var wait).ShouldBeFalse();
        wait.ShouldBe(Duration.FromSeconds(1));
        _clock.Advance(wait);

        failed.TryBegin("somebody", out _).ShouldBeTrue();
    }

    [Fact]
    public void Who_asks_from_thousands_of_networks_frees_none_that_waits()
    {
        var failed = LockedOut("somebody");

        for (var network = 0; network < 20_000; network++)
            failed.TryBegin($"network {network}", out _).ShouldBeTrue();

        failed.TryBegin("somebody", out _).ShouldBeFalse();
    }

    [Fact]
    public void A_clock_that_was_set_back_keeps_the_operator_out_no_longer()
    {
        var failed = LockedOut("somebody");

        _clock.Advance(-Duration.FromDays(1));

        failed.TryBegin("somebody", out _).ShouldBeTrue();
    }

    private FailedSignIns LockedOut(string network)
    {
        var failed = new FailedSignIns(_clock);
        for (var attempt = 0; attempt < 10; attempt++)
            failed.TryBegin(network, out _).ShouldBeTrue();
        return failed;
    }
}
