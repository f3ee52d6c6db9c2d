using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Envelope = DigestService.Mail.Envelope;
using IMailTransport = DigestService.Mail.IMailTransport;
using Offers = MailKit.Net.Smtp.SmtpCapabilities;
using SmtpCapabilities = DigestService.Mail.SmtpCapabilities;

namespace DigestService.Mail.Smtp;

/// <summary>
/// The SMTP port over MailKit: how far a mail came is observed, not guessed, and a mail that leaves any doubt is
/// <see cref="SendResult.Unknown"/>.
/// </summary>
public sealed class SmtpTransport : IMailTransport
{
    // Relays that offered CHUNKING and then did not know BDAT: they get DATA as long as the process knows them.
    private static readonly ConditionalWeakTable<SmtpRelay, object> WithoutBdat = [];

    private ObservedSmtpClient? _client;
    private SmtpRelay? _relay;
    private CancellationTokenSource _deadline = new();

    /// <inheritdoc/>
    public SmtpCapabilities Capabilities { get; private set; } = SmtpCapabilities.None;

    /// <inheritdoc/>
    public bool IsUsable { get; private set; }

    /// <inheritdoc/>
    public async Task<ConnectOutcome> ConnectAsync(SmtpRelay relay, CancellationToken ct)
    {
        Close();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(relay.ConnectTimeout);
        var client = new ObservedSmtpClient(relay, prefersChunks: !WithoutBdat.TryGetValue(relay, out _));
        var outcome = await OpenAsync(client, relay, deadline);
        if (outcome.Result != ConnectResult.Ready)
        {
            client.Dispose();
            ct.ThrowIfCancellationRequested();
            return outcome;
        }

        (_client, _relay) = (client, relay);
        Capabilities = Translate(client);
        IsUsable = true;
        return outcome;
    }

    /// <inheritdoc/>
    public string? WhyUnsendable(Envelope envelope, ReadOnlyMemory<byte> message) => SendRules.WhyUnsendable(envelope, message.Span, Capabilities, out _);

    /// <inheritdoc/>
    public async Task<SendOutcome> SendAsync(Envelope envelope, ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        if (_client is null || _relay is null || !IsUsable)
            return new SendOutcome(SendStage.MailFrom, SendResult.NotSent, null, "The connection is closed.");
        if (SendRules.WhyUnsendable(envelope, message.Span, Capabilities, out var needs) is { } reason)
            return new SendOutcome(SendStage.MailFrom, SendResult.RejectedPermanently, null, reason);
        if (!EnvelopeAddress.TryRead(envelope.Sender, out var sender) || !EnvelopeAddress.TryRead(envelope.Recipient, out var recipient))
            return new SendOutcome(SendStage.MailFrom, SendResult.RejectedPermanently, null, "An address of the envelope cannot be written in SMTP.");

        var (client, relay, deadline) = (_client, _relay, FreshDeadline());
        await using var cancellation = ct.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), deadline); // given beside it
        client.Progress.Start(() => deadline.CancelAfter(relay.AfterDotTimeout));
        try
        {
            deadline.CancelAfter(relay.SendTimeout);
            var text = await client.SendFinishedAsync(sender, recipient, message, needs, deadline.Token);
            return new SendOutcome(SendStage.AfterDot, SendResult.Accepted, Reply(250, text), null);
        }
        catch (SmtpCommandException refused)
        {
            return Refused(StageOf(refused), (int)refused.StatusCode, refused.Message);
        }
        catch (ServiceNotAuthenticatedException refused)
        {
            return Refused(client.Progress.Stage, 530, refused.Message);
        }
        catch (Exception broken) when (broken is IOException or SocketException or OperationCanceledException or SmtpProtocolException or ServiceNotConnectedException)
        {
            IsUsable = false;
            var stage = client.Progress.Stage;
            var result = stage == SendStage.AfterDot ? SendResult.Unknown : SendResult.NotSent;
            return new SendOutcome(stage, result, null, Describe(broken, ct)) { IsSessionOver = stage == SendStage.MailFrom && broken is not OperationCanceledException };
        }
    }

    /// <inheritdoc/>
    public async Task QuitAsync(CancellationToken ct)
    {
        if (_client is not null && IsUsable)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
            deadline.CancelAfter(TimeSpan.FromSeconds(1));
            try
            {
                await _client.DisconnectAsync(quit: true, deadline.Token);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or SmtpProtocolException)
            {
                // The server may leave without a word; there is nothing left to lose.
            }
        }

        Close();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private void Close()
    {
        IsUsable = false;
        Capabilities = SmtpCapabilities.None;
        _client?.Dispose();
        _client = null;
        _deadline.Dispose();
        _deadline = new CancellationTokenSource();
    }

    /// <summary>The deadline of the mail before, started anew: one timer serves all mails of a connection.</summary>
    private CancellationTokenSource FreshDeadline()
    {
        if (!_deadline.TryReset())
        {
            _deadline.Dispose();
            _deadline = new CancellationTokenSource();
        }

        return _deadline;
    }

    private static async Task<ConnectOutcome> OpenAsync(ObservedSmtpClient client, SmtpRelay relay, CancellationTokenSource deadline)
    {
        var ct = deadline.Token;
        var isConnected = false;
        try
        {
            // With Nagle's delay a write would wait for an acknowledgement that the other side delays.
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(relay.Host, relay.Port, ct);
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            isConnected = true;
            deadline.CancelAfter(relay.GreetingTimeout);
            var isLoopback = socket.RemoteEndPoint is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address);
            await client.GreetAsync(socket, ct);
            return relay.User is null ? ConnectOutcome.Ready : await SmtpLogin.LogInAsync(client, relay, isLoopback, ct);
        }
        catch (SmtpCommandException refused)
        {
            var isTls = relay.Tls == SmtpTls.StartTls && client.Capabilities.HasFlag(Offers.StartTLS);
            return new ConnectOutcome(isTls ? ConnectResult.TlsFailed : ConnectResult.Refused, Reply((int)refused.StatusCode, refused.Message), null);
        }
        catch (Exception e) when (e is SslHandshakeException or NotSupportedException)
        {
            return TlsFailed(client, relay, e);
        }
        catch (OperationCanceledException)
        {
            var isSilent = isConnected && client.FirstOctet is null;
            return isSilent ? ConnectOutcome.Silent : new ConnectOutcome(ConnectResult.Unreachable, null, "The server took too long.");
        }
        catch (Exception broken) when (broken is IOException or SocketException or SmtpProtocolException or ServiceNotConnectedException)
        {
            return new ConnectOutcome(ConnectResult.Unreachable, null, HostWords.WhyNoAddress(broken) ?? broken.Message);
        }
    }

    private static ConnectOutcome TlsFailed(ObservedSmtpClient client, SmtpRelay relay, Exception failure)
    {
        // What was said in the clear before STARTTLS is another matter.
        var speaksNoTls = relay.Tls is SmtpTls.Implicit && client.FirstOctet is { } first && !TlsTrust.MayBeTls(first);
        var detail = client.WhyNotBelieved
            ?? (speaksNoTls ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Port {relay.Port} of {relay.Host} does not speak TLS from the start.")
                : failure is NotSupportedException ? $"{relay.Host} does not offer STARTTLS, and mail does not go out in the clear."
                : TlsWords.BrokenHandshake(relay.Host));
        return new ConnectOutcome(ConnectResult.TlsFailed, null, detail) { SpeaksNoTls = speaksNoTls };
    }

    private static SmtpCapabilities Translate(ObservedSmtpClient client) => new(
        client.Capabilities.HasFlag(Offers.Pipelining),
        client.Capabilities.HasFlag(Offers.EightBitMime),
        client.Capabilities.HasFlag(Offers.UTF8),
        client.Capabilities.HasFlag(Offers.Chunking),
        client.MaxSize,
        [.. client.AuthenticationMechanisms]);

    private SendOutcome Refused(SendStage stage, int code, string text)
    {
        var reply = Reply(code, text);
        if (code == 421 || _client is not { IsConnected: true })
            IsUsable = false;
        if (code is 500 or 502 && stage == SendStage.AfterDot && Capabilities.Chunking && _client is { PrefersChunks: true } && _relay is not null)
        {
            // It takes our mail for commands now, so the connection is of no more use; nothing of it was taken as a mail.
            WithoutBdat.AddOrUpdate(_relay, _relay);
            IsUsable = false;
            return new SendOutcome(SendStage.Data, SendResult.NotSent, reply, "The server offers CHUNKING and does not know BDAT; from now on it gets DATA.");
        }

        if (code is >= 200 and < 300 && stage == SendStage.AfterDot)
            return new SendOutcome(stage, SendResult.Accepted, reply, null);
        if (code is >= 500 and < 600)
            return new SendOutcome(stage, SendResult.RejectedPermanently, reply, null);
        if (code is >= 400 and < 500)
            return new SendOutcome(stage, SendResult.RejectedTemporarily, reply, null) { IsSessionOver = code == 421 && stage == SendStage.MailFrom };
        IsUsable = false;
        return new SendOutcome(stage, stage == SendStage.AfterDot ? SendResult.Unknown : SendResult.NotSent, reply, $"The server answered {code} where no server does.");
    }

    private static SendStage StageOf(SmtpCommandException refused) => refused.ErrorCode switch
    {
        SmtpErrorCode.SenderNotAccepted => SendStage.MailFrom,
        SmtpErrorCode.RecipientNotAccepted => SendStage.RcptTo,
        SmtpErrorCode.MessageNotAccepted => SendStage.AfterDot,
        _ => SendStage.Data,
    };

    private static SmtpReply Reply(int code, string text) => text.Any(char.IsControl)
        ? SmtpReplyText.Join(code, text.Split('\n').Select(line => string.Concat(line.Select(c => char.IsControl(c) ? ' ' : c)).TrimEnd()))
        : SmtpReplyText.Append(null, code, text.TrimEnd(), out _);

    private static string Describe(Exception broken, CancellationToken ct) => broken switch
    {
        OperationCanceledException when ct.IsCancellationRequested => "Sending was cancelled.",
        OperationCanceledException => "The server took too long.",
        _ => broken.Message,
    };
}
