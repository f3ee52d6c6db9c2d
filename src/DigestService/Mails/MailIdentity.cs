using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DigestService.Delivery;
using DigestService.Mails.Languages;
using DigestService.Mail;
using DigestService.Mail.Mime;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Mails;

/// <summary>The words and octets that a composer hands over to be addressed, headed and signed.</summary>
internal sealed record MailDraft
{
    /// <summary><c>digest</c>, <c>confirmation</c>…: the first label of the Message-ID and the type in Feedback-ID.</summary>
    public required string Kind { get; init; }

    /// <summary>Reserved id of the delivery.</summary>
    public required long DeliveryId { get; init; }

    /// <summary>Bare address of the recipient.</summary>
    public required string Address { get; init; }

    /// <summary>The instant in the <c>Date</c> header, and the zone it is written in.</summary>
    public required ZonedDateTime Date { get; init; }

    /// <summary>Subject as people read it.</summary>
    public required string Subject { get; init; }

    /// <summary>Plain text part.</summary>
    public required MailBody Text { get; init; }

    /// <summary>HTML part.</summary>
    public required MailBody Html { get; init; }

    /// <summary>Where answers go; null for the command address.</summary>
    public EmailAddress? ReplyTo { get; init; }

    /// <summary>Headers of this kind of mail, after the common ones.</summary>
    public IReadOnlyList<MailHeader> Headers { get; init; } = [];
}

/// <summary>Who the service is on the wire: addresses, Message-IDs, list headers and the signature.</summary>
internal sealed class MailIdentity
{
    private readonly MailOptions _mail;
    private readonly SiteOptions _site;
    private readonly LinkSigner _signer;
    private readonly BounceAddress _bounces;
    private readonly MailSignature _signature;
    private readonly NamedAddress _from;
    private readonly NamedAddress? _commands;
    private readonly ReplyAddress? _replies;

    /// <summary>Checks the addresses it will write.</summary>
    /// <exception cref="OperatorException">One of them is no address.</exception>
    public MailIdentity(MailOptions mail, SiteOptions site, LinkSigner signer, MailSignature signature, ReplyAddress? replies = null)
    {
        _replies = replies;
        _mail = mail;
        _site = site;
        _signer = signer;
        _signature = signature;
        _bounces = new BounceAddress(mail, signer);
        var name = string.IsNullOrWhiteSpace(mail.FromName) ? site.Name : mail.FromName;
        _from = new NamedAddress(Parse("Mail__From", mail.From), name);
        if (!string.IsNullOrEmpty(mail.CommandAddress))
            _commands = new NamedAddress(Parse("Mail__CommandAddress", mail.CommandAddress), name);
    }

    /// <summary>Addresses, heads and signs a draft. The same draft always gives the same octets.</summary>
    public ComposedMail Seal(MailDraft draft)
    {
        var mail = Head(draft);
        return new ComposedMail
        {
            Message = _signature.Sign(mail),
            Subject = draft.Subject,
            MessageId = mail.MessageId,
            Sender = _bounces.For(draft.DeliveryId),
        };
    }

    /// <summary>Addresses and heads a draft whose parts are recipes, in the writer they are appended to. It is signed when it is sent.</summary>
    public ComposedRecipe Write(RecipeWriter output, MailDraft draft)
    {
        var mail = Head(draft);
        MimeWriter.Write(mail, output);
        return new ComposedRecipe(output.Finish(mail.Date), draft.Subject, mail.MessageId, _bounces.For(draft.DeliveryId));
    }

    /// <summary>The mail that the sender will make of a recipe.</summary>
    public ComposedMail Finish(ComposedRecipe composed) => new()
    {
        Message = _signature.Sign(composed.Recipe.ToMail(), composed.Recipe.ReadHead().Date),
        Subject = composed.Subject,
        MessageId = composed.MessageId,
        Sender = composed.Sender,
    };

    private MimeMessage Head(MailDraft draft)
    {
        if (!EmailAddress.TryParse(draft.Address, out var recipient))
            throw new ArgumentException("The recipient's address is none.", nameof(draft));
        return new MimeMessage
        {
            From = _from,
            To = new NamedAddress(recipient),
            ReplyTo = draft.ReplyTo is { } replyTo ? new NamedAddress(replyTo, _from.Name) : _commands,
            Subject = draft.Subject,
            Date = draft.Date.ToDateTimeOffset(),
            MessageId = MessageId(draft.Kind, draft.DeliveryId),
            Headers = [.. draft.Headers, new("X-Digest-Delivery", draft.DeliveryId.ToString(CultureInfo.InvariantCulture))],
            Text = draft.Text,
            Html = draft.Html,
        };
    }

    /// <summary>The headers of RFC 2369, 2919 and 8058, and Gmail's Feedback-ID, for what a subscription brings.</summary>
    public IReadOnlyList<MailHeader> ListHeaders(MailRecipient recipient, string kind, LocalDate? day)
    {
        var token = _signer.Sign(LinkPurpose.Unsubscribe, recipient.SubscriberId, recipient.LinkVersion);
        var mailto = _commands is { } commands ? $", <mailto:{commands.Address}?subject=unsubscribe%20{token}>" : "";
        var campaign = day is { } digestDay ? $"{digestDay.Year:0000}{digestDay.Month:00}{digestDay.Day:00}" : "once";
        // RFC 8058 3.1: one click is offered by https alone; a plain http link is still a link.
        MailHeader[] oneClick = _site.IsHttps ? [new("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")] : [];
        return
        [
            new("List-Id", $"{ListPhrase} <digest.{_from.Address.Domain}>"),
            new("List-Unsubscribe", $"<{_site.Link($"/unsubscribe/{token}")}>{mailto}"),
            .. oneClick,
            new("Feedback-ID", $"{campaign}:{Language.Of(recipient.Language).Tag}:{kind}:{FeedbackSender}"),
            new("Precedence", "bulk"),
            new("Auto-Submitted", "auto-generated"),
        ];
    }

    // Gmail wants 5 to 15 characters that name the sender and never change.
    private string FeedbackSender
    {
        get
        {
            var domain = _from.Address.Domain;
            return domain.Length is >= 5 and <= 15 && Ascii.IsValid(domain)
                ? domain
                : "d" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(domain)).AsSpan(0, 7));
        }
    }

    /// <summary>Stable, unguessable and ours to recognise: the mac of the delivery's bounce token is part of it.</summary>
    public string MessageId(string kind, long deliveryId)
    {
        var token = _signer.Sign(LinkPurpose.Bounce, deliveryId);
        return string.Create(CultureInfo.InvariantCulture, $"{kind}.{deliveryId}.{token.AsSpan(^12)}@{_from.Address.Domain}");
    }

    /// <summary>Whether answers to mails are read.</summary>
    public bool ReadsAnswers => _replies?.IsOn == true;

    /// <summary>The address that answers to a mail go to, worth what its purpose says; null where answers are not read.</summary>
    public EmailAddress? ReplyTo(ReplyPurpose purpose, MailRecipient recipient, LocalDate? day = null) =>
        _replies?.For(new ReplyToken(purpose, recipient.SubscriberId, day is { } on ? ReplyDays.Number(on) : 0, recipient.LinkVersion));

    /// <summary>The address whose mail confirms what a stored message asked for; null where answers are not read.</summary>
    public EmailAddress? ReplyToRequest(long messageId) => _replies?.For(new ReplyToken(ReplyPurpose.Request, messageId, 0, 0));

    /// <summary>Where readers write commands; null where the service reads no mail.</summary>
    public string? CommandAddress => _commands?.Address.ToString();

    // A phrase (RFC 2919 2): quoted, for a bare one must not hold a full stop or a comma. What is not ASCII becomes encoded
    // words, which must not stand in quotation marks; there each other word is quoted by itself.
    private string ListPhrase
    {
        get
        {
            var name = string.IsNullOrWhiteSpace(_mail.FromName) ? _site.Name : _mail.FromName;
            return Ascii.IsValid(name)
                ? Quoted(name)
                : string.Join(' ', name.Split(' ').Select(word => Ascii.IsValid(word) && !word.All(char.IsAsciiLetterOrDigit) ? Quoted(word) : word));
        }
    }

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static EmailAddress Parse(string key, string address) =>
        EmailAddress.TryParse(address, out var parsed)
            ? parsed
            : throw new OperatorException($"Setting {key}: '{address}' is no address that mail can come from.");
}
