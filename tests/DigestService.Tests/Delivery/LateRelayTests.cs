using DigestService.Delivery;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Delivery;

/// <summary>Relays that take a connection and greet much later, as RFC 5321 4.5.3.2.1 lets them.</summary>
public sealed class LateRelayTests
{
    [Fact]
    public async Task A_relay_that_greets_late_is_out_of_order_until_it_does_and_then_is_known_as_slow()
    {
        using var greets = new SemaphoreSlim(0);
        await using var server = GreetingAfter(greets);
        var relay = ImpatientWith(server);
        await using var first = new RelayConnection(relay);
        await using var second = new RelayConnection(relay);

        var opening = first.OpenAsync(default);
        (relay.Breaker.IsOpen, relay.IsUnreached, opening.IsCompleted).ShouldBe((true, true, false));
        relay.LastFailure.ShouldNotBeNull().ShouldContain("The server took the connection and does not greet.");
        greets.Release();
        (await opening).ShouldBeTrue();
        (relay.Breaker.IsOpen, relay.IsUnreached, relay.LastFailure).ShouldBe((false, false, null));

        opening = second.OpenAsync(default);
        (relay.Breaker.IsOpen, opening.IsCompleted).ShouldBe((false, false));
        greets.Release();
        (await opening).ShouldBeTrue();
    }

    [Fact]
    public async Task Stopping_waits_for_no_greeting()
    {
        using var greets = new SemaphoreSlim(0);
        using var stop = new CancellationTokenSource();
        await using var server = GreetingAfter(greets);
        var relay = ImpatientWith(server);
        await using var connection = new RelayConnection(relay);

        var opening = connection.OpenAsync(stop.Token);
        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => opening);
        greets.Release();
    }

    [Fact]
    public void One_connection_at_a_time_waits_for_a_late_greeting_and_none_with_a_mail_that_another_relay_may_take()
    {
        var alone = new Relay(new SmtpRelayOptions { Host = "127.0.0.1" }, "service.example", TimeProvider.System);
        var other = new Relay(new SmtpRelayOptions { Host = "127.0.0.1" }, "service.example", TimeProvider.System) { IsOneOfSeveral = true };

        (alone.TryWait(), alone.TryWait()).ShouldBe((true, false));
        alone.EndWait();
        alone.TryWait().ShouldBeTrue();
        other.TryWait().ShouldBeFalse();
        other.IsUnreached = true;
        other.TryWait().ShouldBeTrue();
    }

    private static ScriptedSmtpServer GreetingAfter(SemaphoreSlim greets) => ScriptedSmtpServer.Start(answers: step =>
    {
        if (step.Point == SmtpPoint.Greeting)
            greets.Wait();
        return null;
    });

    private static Relay ImpatientWith(ScriptedSmtpServer server) =>
        new(new SmtpRelayOptions { Host = "127.0.0.1", Port = server.Port }, "service.example", TimeProvider.System) { Patience = TimeSpan.Zero };
}
