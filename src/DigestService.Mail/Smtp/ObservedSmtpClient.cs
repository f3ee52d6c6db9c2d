using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using MailKit.Net.Smtp;
using MimeKit;
using Offers = MailKit.Net.Smtp.SmtpCapabilities;

namespace DigestService.Mail.Smtp;

/// <summary>MailKit's client, which notes how far a mail has come and sends it as it is.</summary>
internal sealed class ObservedSmtpClient : SmtpClient
{
    // One or two replies, or the server's part of a TLS handshake.
    private const int MostOctetsAnAnswer = 64 * 1024;

    private readonly SmtpRelay _relay;
    private readonly FinishedMessage _message;
    private GatheringStream? _connection;

    public ObservedSmtpClient(SmtpRelay relay, bool prefersChunks)
    {
        _relay = relay;
        PrefersChunks = prefersChunks;
        _message = new FinishedMessage(Progress);
        LocalDomain = relay.ClientName;
        // Cancellation keeps the deadlines; MailKit's own clock runs per read and must not come first.
        Timeout = int.MaxValue;
        ServerCertificateValidationCallback = (_, shown, chain, errors) =>
        {
            WhyNotBelieved = TlsWords.FindFault(relay.Host, shown, chain, errors, TimeProvider.System.GetUtcNow());
            return errors == SslPolicyErrors.None;
        };
    }

    /// <summary>How far the mail of the last <see cref="SendFinishedAsync"/> came.</summary>
    public SendProgress Progress { get; } = new();

    /// <summary>What is wrong with the server's certificate, or with its way to TLS, in a sentence; null where it showed none or a good one.</summary>
    public string? WhyNotBelieved { get; private set; }

    /// <summary>The first octet the server sent; null where it has sent none.</summary>
    public byte? FirstOctet => _connection?.FirstOctet;

    /// <summary>Whether mails go out by BDAT (RFC 3030) where the server offers CHUNKING: one round trip less than DATA.</summary>
    public bool PrefersChunks { get; }

    /// <inheritdoc/>
    protected override bool PreferSendAsBinaryData => PrefersChunks && Capabilities.HasFlag(Offers.Chunking);

    /// <summary>Greets the server over a connected socket, and secures the connection as the relay asks.</summary>
    public Task GreetAsync(Socket socket, CancellationToken ct)
    {
        _connection = new GatheringStream(new NetworkStream(socket, ownsSocket: true), MostOctetsAnAnswer);
        return ConnectAsync(_connection, _relay.Host, _relay.Port, TlsTrust.StartOf(_relay.Tls), ct);
    }

    /// <summary>Sends a mail unchanged; answers the text of the server's reply to the whole of it.</summary>
    public Task<string> SendFinishedAsync(MailboxAddress sender, MailboxAddress recipient, ReadOnlyMemory<byte> octets, MailNeeds needs, CancellationToken ct) =>
        SendAsync(
            needs.SmtpUtf8 ? International : Ascii,
            _message.Load(octets, needs.EightBitMime),
            sender,
            [recipient],
            ct);

    private static FormatOptions Ascii { get; } = FormatOptions.Default.Clone();

    private static FormatOptions International { get; } = new() { International = true };

    /// <inheritdoc/>
    protected override void OnSenderAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) => Progress.SenderAccepted();

    /// <inheritdoc/>
    protected override void OnRecipientAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) => Progress.RecipientAccepted();

    /// <summary>The mail is ready as it is, and signed: nothing may be encoded anew.</summary>
    protected override void Prepare(FormatOptions options, MimeMessage message, EncodingConstraint constraint, int maxLineLength)
    {
    }

    /// <inheritdoc/>
    protected override Task<long> GetSizeAsync(FormatOptions options, MimeMessage message, CancellationToken cancellationToken) =>
        Task.FromResult(_message.Length);

    /// <inheritdoc/>
    protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(
        string host,
        RemoteCertificateValidationCallback remoteCertificateValidationCallback)
    {
        if (_relay.Tls == SmtpTls.StartTls && _connection is { HasMoreThanAReply: true })
        {
            WhyNotBelieved = $"{_relay.Host} went on in the clear after STARTTLS.";
            throw new AuthenticationException(WhyNotBelieved);
        }

        var options = TlsTrust.OptionsFor(host, _relay.TrustedCertificate);
        options.RemoteCertificateValidationCallback = base.GetSslClientAuthenticationOptions(host, remoteCertificateValidationCallback).RemoteCertificateValidationCallback;
        return options;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            _message.Dispose();
    }
}
