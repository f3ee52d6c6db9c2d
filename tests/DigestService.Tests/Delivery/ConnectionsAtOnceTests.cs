using DigestService.Delivery;

namespace DigestService.Tests.Delivery;

/// <summary>What is learnt of how many connections a relay takes at once.</summary>
public sealed class ConnectionsAtOnceTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_relay_that_refused_one_more_is_full_for_a_minute()
    {
        var atOnce = Open(3);

        atOnce.TryLearn().ShouldBeTrue();

        atOnce.IsFull.ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(59));
        atOnce.IsFull.ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(1));
        atOnce.IsFull.ShouldBeFalse();
    }

    [Fact]
    public void A_place_that_is_free_is_taken()
    {
        var atOnce = Open(3);
        atOnce.TryLearn();

        atOnce.Closed();

        atOnce.IsFull.ShouldBeFalse();
    }

    [Fact]
    public void A_connection_that_is_refused_while_its_place_is_not_free_yet_lowers_nothing()
    {
        var atOnce = Open(3);
        atOnce.TryLearn();

        atOnce.Closed();
        atOnce.TryLearn().ShouldBeTrue();

        atOnce.IsFull.ShouldBeFalse();
        atOnce.Opened();
        atOnce.IsFull.ShouldBeTrue();
    }

    [Fact]
    public void A_place_that_another_process_took_is_not_asked_for_over_and_over()
    {
        var atOnce = Open(3);
        atOnce.TryLearn();

        atOnce.Closed();
        atOnce.TryLearn();
        atOnce.TryLearn();

        atOnce.IsFull.ShouldBeTrue();
    }

    [Fact]
    public void A_relay_that_refuses_the_only_one_refuses_all() => Open(0).TryLearn().ShouldBeFalse();

    private ConnectionsAtOnce Open(int connections)
    {
        var atOnce = new ConnectionsAtOnce(_time);
        for (var i = 0; i < connections; i++)
            atOnce.Opened();
        return atOnce;
    }
}
