using System.Net.Security;
using DigestService.Mail;
using MailKit;
using MailKit.Net.Smtp;
using MimeKit;

namespace DigestService.Mail.Smtp;

/// <summary>MailKit's client with a note of how far the mail has come, and no hand laid on the mail itself.</summary>
internal sealed class ObservedSmtpClient : SmtpClient, ITransferProgress
{
    private readonly SmtpRelay _relay;
    private long _length;
    private Action? _contentIsOut;

    public ObservedSmtpClient(SmtpRelay relay)
    {
        _relay = relay;
        LocalDomain = relay.ClientName;
        // Cancellation keeps the deadlines; MailKit's own clock runs per read and must not come first.
        Timeout = int.MaxValue;
        ServerCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.None;
    }

    /// <summary>What would be decided if the connection broke now.</summary>
    public SendStage Stage { get; private set; }

    /// <summary>Starts to watch one mail; <paramref name="contentIsOut"/> is called when only the dot remains.</summary>
    public void Begin(long length, Action contentIsOut)
    {
        Stage = SendStage.MailFrom;
        _length = length;
        _contentIsOut = contentIsOut;
    }

    /// <inheritdoc/>
    public void Report(long bytesTransferred, long totalSize) => Report(bytesTransferred);

    /// <inheritdoc/>
    public void Report(long bytesTransferred)
    {
        if (Stage == SendStage.AfterDot)
            return;
        Stage = SendStage.BeforeDot;
        // Doubled dots are counted too, so this may come a little early: then doubt is declared where there is none.
        if (bytesTransferred < _length)
            return;
        Stage = SendStage.AfterDot;
        _contentIsOut?.Invoke();
    }

    /// <inheritdoc/>
    protected override void OnSenderAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) => Stage = SendStage.RcptTo;

    /// <inheritdoc/>
    protected override void OnRecipientAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) => Stage = SendStage.Data;

    /// <summary>The mail is ready as it is, and signed: nothing may be encoded anew.</summary>
    protected override void Prepare(FormatOptions options, MimeMessage message, EncodingConstraint constraint, int maxLineLength)
    {
    }

    /// <inheritdoc/>
    protected override Task<long> GetSizeAsync(FormatOptions options, MimeMessage message, CancellationToken cancellationToken) =>
        Task.FromResult(_length);

    /// <inheritdoc/>
    protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(
        string host,
        RemoteCertificateValidationCallback remoteCertificateValidationCallback)
    {
        var options = TlsTrust.OptionsFor(host, _relay.TrustedCertificate);
        options.RemoteCertificateValidationCallback = base.GetSslClientAuthenticationOptions(host, remoteCertificateValidationCallback).RemoteCertificateValidationCallback;
        return options;
    }
}
