namespace DigestService.Mail.Smtp;

/// <summary>How far one mail has come: what would be decided if the connection broke now.</summary>
internal sealed class SendProgress
{
    private Action? _contentIsOut;

    /// <summary>The step that is under way.</summary>
    public SendStage Stage { get; private set; }

    /// <summary>Starts with a new mail; <paramref name="contentIsOut"/> is called when a reply to the whole mail may be due.</summary>
    public void Start(Action contentIsOut) => (Stage, _contentIsOut) = (SendStage.MailFrom, contentIsOut);

    /// <summary>MAIL FROM was accepted.</summary>
    public void SenderAccepted() => Stage = SendStage.RcptTo;

    /// <summary>RCPT TO was accepted.</summary>
    public void RecipientAccepted() => Stage = SendStage.Data;

    /// <summary>The first octet of the mail is about to be written: until the last one is, the server cannot take the mail.</summary>
    public void ContentBegins() => Stage = SendStage.BeforeDot;

    /// <summary>The final dot, or the last octet of a chunk (RFC 3030), is about to be written: from here on there is doubt.</summary>
    public void ContentIsOut()
    {
        Stage = SendStage.AfterDot;
        _contentIsOut?.Invoke();
    }
}
