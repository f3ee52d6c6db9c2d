using DigestService.Mail;
using DigestService.Mail.Smtp;

namespace DigestService.Delivery;

/// <summary>One connection slot of a relay: opened when there is mail, recycled after 421, after many mails and when idle.</summary>
internal sealed class RelayConnection(Relay relay) : IAsyncDisposable
{
    private const int MostMails = 500;

    // A login that is refused over and over locks accounts, and has addresses barred.
    private static readonly TimeSpan LongestPauseForLogin = TimeSpan.FromMinutes(5);

    private SmtpTransport? _transport;
    private int _mails;
    private bool _isProbe;

    /// <summary>The relay it leads to.</summary>
    public Relay Relay => relay;

    /// <summary>Whether it is open.</summary>
    public bool IsOpen => _transport is not null;

    /// <summary>
    /// Connects where that is needed; false when the relay must not be tried now. After true the mail's outcome goes to the
    /// relay's health, or <see cref="Abandon"/> is called.
    /// </summary>
    public async Task<bool> OpenAsync(CancellationToken ct)
    {
        if (!relay.Breaker.TryEnter(out _isProbe))
            return false;
        if (_transport is { IsUsable: true } && _mails < MostMails)
            return true;
        SmtpTransport? transport = null;
        var begun = TimeProvider.System.GetTimestamp();
        try
        {
            await CloseAsync(ct);
            transport = new SmtpTransport();
            var outcome = await transport.ConnectAsync(relay.Target, ct);
            if (RelayWords.Fault(relay.Target, outcome) is not { } fault)
            {
                relay.Health.Connected();
                (relay.LastFailure, relay.HasBeenReached) = (null, true);
                (_transport, transport, _mails) = (transport, null, 0);
                return true;
            }

            relay.LastFailure = fault;
            relay.Breaker.Failed(
                outcome is { Result: ConnectResult.AuthenticationFailed, Reply.Code: >= 500 } ? LongestPauseForLogin : null,
                TimeProvider.System.GetElapsedTime(begun));
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

    /// <summary>Nothing was learnt about the relay: if this was its one try, another may have it.</summary>
    public void Abandon()
    {
        if (_isProbe)
            relay.Breaker.Abandoned();
        _isProbe = false;
    }

    /// <summary>Sends one mail over the open connection.</summary>
    public Task<SendOutcome> SendAsync(ClaimedMail mail, ReadOnlyMemory<byte> octets, CancellationToken ct)
    {
        _mails++;
        return _transport!.SendAsync(new Envelope(mail.Sender, mail.Recipient), octets, ct); // opened by OpenAsync
    }

    /// <summary>Says goodbye where there is somebody to say it to.</summary>
    public async Task CloseAsync(CancellationToken ct)
    {
        if (_transport is not { } transport)
            return;
        _transport = null;
        await transport.QuitAsync(ct);
        await transport.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await CloseAsync(CancellationToken.None);
}
