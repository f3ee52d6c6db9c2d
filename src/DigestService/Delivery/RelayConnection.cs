using DigestService.Mail;
using DigestService.Mail.Smtp;

namespace DigestService.Delivery;

/// <summary>
/// One connection slot of a relay: opened when there is mail, recycled after 421, after as many mails as the relay takes over one, and
/// when idle.
/// </summary>
internal sealed class RelayConnection(Relay relay) : IAsyncDisposable
{
    // A login that is refused over and over locks accounts, and has addresses barred.
    private static readonly TimeSpan LongestPauseForLogin = TimeSpan.FromMinutes(5);

    // Relays that end idle connections wait for seconds at the least: that says nothing of how many mails they take.
    private static readonly TimeSpan InUse = TimeSpan.FromSeconds(1);

    private SmtpTransport? _transport;
    private int _mails;
    private int _taken;
    private long _answeredAt;
    private bool _isProbe;

    /// <summary>The relay it leads to.</summary>
    public Relay Relay => relay;

    /// <summary>Whether it is open.</summary>
    public bool IsOpen => _transport is not null;

    /// <summary>Whether the relay would refuse it beside those that are open.</summary>
    public bool IsOneTooMany => !IsOpen && relay.AtOnce.IsFull;

    /// <summary>
    /// Connects where that is needed; false when the relay must not be tried now. After true the mail's outcome goes to the
    /// relay's health, or <see cref="Abandon"/> is called.
    /// </summary>
    public async Task<bool> OpenAsync(CancellationToken ct)
    {
        if (!relay.Breaker.TryEnter(out _isProbe))
            return false;
        return _transport is { IsUsable: true } && _mails < relay.ConnectionLimit.Mails || await ConnectAsync(ct);
    }

    private async Task<bool> ConnectAsync(CancellationToken ct)
    {
        SmtpTransport? transport = null;
        var begun = TimeProvider.System.GetTimestamp();
        try
        {
            await CloseAsync(ct);
            transport = new SmtpTransport();
            var outcome = await ReachAsync(transport, begun, ct);
            if (RelayWords.Fault(relay.Target, outcome) is not { } fault)
            {
                relay.Health.Connected();
                (relay.LastFailure, relay.IsUnreached, relay.HasBeenReached) = (null, false, true);
                (_transport, transport, _mails, _taken) = (transport, null, 0, 0);
                relay.AtOnce.Opened();
                return true;
            }

            // The others go on, and this one waits for its turn.
            if (outcome is { Result: ConnectResult.Refused, Reply.Code: < 500 } && relay.AtOnce.TryLearn())
            {
                Abandon();
                return false;
            }

            Failed(fault, begun, outcome is { Result: ConnectResult.AuthenticationFailed, Reply.Code: >= 500 } ? LongestPauseForLogin : null);
            return false;
        }
        catch (Exception)
        {
            Abandon();
            throw;
        }
        finally
        {
            if (transport is not null)
                await transport.DisposeAsync();
        }
    }

    /// <summary>
    /// Connects. Some servers greet only after a minute, which RFC 5321 4.5.3.2.1 allows: such a relay is told as out of order after half a
    /// minute, so that other relays get its mails, and is waited for on.
    /// </summary>
    private async Task<ConnectOutcome> ReachAsync(SmtpTransport transport, long begun, CancellationToken ct)
    {
        var isWaiting = relay.TryWait();
        try
        {
            var isPatient = isWaiting || relay.GreetsLate;
            var connecting = transport.ConnectAsync(isPatient ? relay.Target : relay.Target with { GreetingTimeout = relay.Target.ConnectTimeout }, ct);
            var isLate = await Task.WhenAny(connecting, Task.Delay(relay.Patience, ct)) != connecting && !ct.IsCancellationRequested;
            if (isLate && !relay.GreetsLate)
                Failed(RelayWords.Fault(relay.Target, ConnectOutcome.Silent)!, begun); // no outcome of success
            var outcome = await connecting;
            if (outcome.Result == ConnectResult.Ready)
                relay.GreetsLate = isLate;
            return outcome;
        }
        finally
        {
            if (isWaiting)
                relay.EndWait();
        }
    }

    private void Failed(string fault, long begun, TimeSpan? longestPause = null)
    {
        (relay.LastFailure, relay.IsUnreached, _isProbe) = (fault, true, false);
        relay.Breaker.Failed(longestPause, TimeProvider.System.GetElapsedTime(begun));
    }

    /// <summary>Nothing was learnt about the relay: if this was its one try, another may have it.</summary>
    public void Abandon()
    {
        if (_isProbe)
            relay.Breaker.Abandoned();
        _isProbe = false;
    }

    /// <summary>Says why the relay can never take this mail, by what it offers over the open connection or has said of one no larger; null where it may.</summary>
    public string? WhyUnsendable(ClaimedMail mail, ReadOnlyMemory<byte> octets) =>
        _transport!.WhyUnsendable(new Envelope(mail.Sender, mail.Recipient), octets) ?? relay.WhyTooLarge(octets.Length); // opened by OpenAsync

    /// <summary>
    /// Sends one mail over the open connection. Where the relay has taken mails over it and ends it before this one, as many do
    /// after so many, the mail goes over a new connection. Null where there is none to be had: the relay has not been asked.
    /// </summary>
    public async Task<SendOutcome?> SendAsync(ClaimedMail mail, ReadOnlyMemory<byte> octets, CancellationToken ct)
    {
        var (before, isInUse) = (_taken, TimeProvider.System.GetElapsedTime(_answeredAt) < InUse);
        var outcome = await OfferAsync(mail, octets, ct);
        if (!outcome.IsSessionOver || before == 0)
            return outcome;
        if (isInUse)
            relay.ConnectionLimit.EndedAfter(_mails - 1);
        if (!_isProbe && relay.Breaker.IsOpen)
            return null;
        return await ConnectAsync(ct) ? await OfferAsync(mail, octets, ct) : null;
    }

    private async Task<SendOutcome> OfferAsync(ClaimedMail mail, ReadOnlyMemory<byte> octets, CancellationToken ct)
    {
        _mails++;
        var outcome = await _transport!.SendAsync(new Envelope(mail.Sender, mail.Recipient), octets, ct); // opened by OpenAsync
        _taken += outcome.Result == SendResult.Accepted ? 1 : 0;
        _answeredAt = TimeProvider.System.GetTimestamp();
        return outcome;
    }

    /// <summary>Says goodbye where there is somebody to say it to.</summary>
    public async Task CloseAsync(CancellationToken ct)
    {
        if (_transport is not { } transport)
            return;
        _transport = null;
        relay.AtOnce.Closed();
        await transport.QuitAsync(ct);
        await transport.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await CloseAsync(CancellationToken.None);
}
