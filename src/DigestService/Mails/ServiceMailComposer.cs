using DigestService.Mails.Languages;
using DigestService.Mail;
using DigestService.Mail.Mime;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Mails;

/// <summary>What every service mail needs: its delivery, its reader and its date.</summary>
internal sealed record ServiceMailContent
{
    /// <summary>Reserved id of the delivery.</summary>
    public required long DeliveryId { get; init; }

    /// <summary>Whom it goes to.</summary>
    public required MailRecipient Recipient { get; init; }

    /// <summary>The instant in the <c>Date</c> header.</summary>
    public required Instant Date { get; init; }
}

/// <summary>What an operator must know: one sentence, the facts as name and value, and what to do.</summary>
internal sealed record OperatorAlert(string Summary, IReadOnlyList<KeyValuePair<string, string>> Facts, string Advice);

/// <summary>Every mail that is not a digest, in one look.</summary>
internal sealed partial class ServiceMailComposer(MailIdentity identity, SiteOptions site, LinkSigner signer)
{
    /// <summary>How long the link in a confirmation works.</summary>
    public const int ConfirmationDays = 7;

    private const int MostTopicsNamed = 12;

    private readonly ServiceMailLayout _layout = new(site);

    /// <summary>
    /// Asks a new reader to confirm. It names the catalogue's topics that were chosen and counts the own queries: whoever
    /// filled in the form may be a stranger, and none of their words is put into the mail.
    /// </summary>
    public ComposedMail Confirmation(ServiceMailContent content, IReadOnlyList<string> topics, int ownQueries)
    {
        var (language, words) = WordsOf(content.Recipient);
        var token = signer.Sign(
            LinkPurpose.Confirm, content.Recipient.SubscriberId, content.Recipient.LinkVersion, content.Date + Duration.FromDays(ConfirmationDays));
        return Seal("confirmation", content, new ServiceMail(language, words.ConfirmSubject, words.ConfirmHeading)
        {
            Blocks =
            [
                new Paragraph(words.ConfirmText(site.Name)),
                .. Wanted(language, topics, ownQueries),
                new Button(words.ConfirmButton, site.Link($"/confirm/{token}")),
                .. identity.ReadsAnswers ? [new Paragraph(words.ConfirmByAnswer)] : Array.Empty<ServiceBlock>(),
                new SmallPrint(words.ConfirmExpiry(ConfirmationDays)),
                new SmallPrint(words.ConfirmNotYou),
            ],
        });
    }

    /// <summary>Answers a sign-up with an address that is already subscribed.</summary>
    public ComposedMail AlreadySubscribed(ServiceMailContent content)
    {
        var (language, words) = WordsOf(content.Recipient);
        return Seal("already", content, new ServiceMail(language, words.AlreadySubject, words.AlreadyHeading)
        {
            Blocks =
            [
                new Paragraph(words.AlreadyText(site.Name)),
                new Button(words.PreferencesButton, LinksOf(content).Preferences),
                new SmallPrint(words.AlreadyNotYou),
            ],
            Footer = LinksOf(content),
        });
    }

    /// <summary>Greets a confirmed reader and says when the first digest comes.</summary>
    public ComposedMail Welcome(ServiceMailContent content, IReadOnlyList<string> topics, Instant firstDigestAt)
    {
        var (language, words) = WordsOf(content.Recipient);
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(content.Recipient.Zone) ?? DateTimeZone.Utc;
        return Seal("welcome", content, new ServiceMail(language, words.WelcomeSubject(site.Name), words.WelcomeHeading)
        {
            Blocks =
            [
                new Paragraph(words.WelcomeText(language.Moment(firstDigestAt.InZone(zone).LocalDateTime))),
                .. Topics(language, topics),
                new Paragraph(words.WelcomeHow),
                new Button(words.PreferencesButton, LinksOf(content).Preferences),
                new SmallPrint(words.PreferencesKeep),
            ],
            Footer = LinksOf(content),
        });
    }

    /// <summary>Brings the link to the preferences to whoever asked for it.</summary>
    public ComposedMail PreferencesLink(ServiceMailContent content)
    {
        var (language, words) = WordsOf(content.Recipient);
        return Seal("preferences", content, new ServiceMail(language, words.PreferencesSubject, words.PreferencesHeading)
        {
            Blocks =
            [
                new Paragraph(words.PreferencesText(site.Name)),
                new Button(words.PreferencesButton, LinksOf(content).Preferences),
                new SmallPrint(words.PreferencesKeep),
                new SmallPrint(words.PreferencesNotYou),
            ],
            Footer = LinksOf(content),
        });
    }

    /// <summary>Answers a mail of commands, in its thread.</summary>
    public ComposedMail CommandAnswer(ServiceMailContent content, AnsweredMail? answered, IReadOnlyList<AnsweredCommand> commands)
    {
        var (language, words) = WordsOf(content.Recipient);
        var answers = commands.Select(command => new KeyValuePair<string, string>(
            CleanText.Shorten(CleanText.Line(command.Command), 80),
            OutcomeOf(command, language, words)));
        var button = commands.Any(command => command.Outcome == CommandOutcome.PreferencesSent)
            ? [new Button(words.PreferencesButton, LinksOf(content).Preferences)]
            : Array.Empty<ServiceBlock>();
        var mail = new ServiceMail(language, answered?.Subject ?? $"Re: {words.AnswerSubject}", words.AnswerHeading)
        {
            Blocks = [new Facts(answers.ToList()), .. button, new Paragraph(language.Labelled(words.AnswerHelp, "").TrimEnd()), new Facts(words.Commands)],
        };
        return Seal("answer", content, mail, isAnswer: true, answered?.References);
    }

    private static string OutcomeOf(AnsweredCommand command, Language language, ServiceWords words)
    {
        string?[] sentences =
        [
            command.Until is { } until ? words.PausedText(language.ShortDay(until)) : words.Outcome(command.Outcome),
            command.Detail is { } detail ? CleanText.Line(detail) : null,
            command.Line is { } line ? words.AnswerPlace(line) : null,
            command.Example is { } example ? words.AnswerExample(example) : null,
        ];
        return string.Join(' ', sentences.OfType<string>());
    }

    /// <summary>
    /// Asks the owner of an address whether a stored message's requests are theirs, or, for a move, whether they agree to
    /// be mailed; answering is the consent. A stranger reads fixed words and, for a move, no command.
    /// </summary>
    public ComposedMail Request(ServiceMailContent content, long messageId, IReadOnlyList<string> commands, bool isMove)
    {
        var (language, words) = WordsOf(content.Recipient);
        IReadOnlyList<ServiceBlock> asked = isMove || commands.Count == 0
            ? []
            : [new Facts(commands.Select(command => KeyValuePair.Create(CleanText.Shorten(CleanText.Line(command), 80), "")).ToList())];
        var mail = new ServiceMail(language, words.RequestSubject, words.RequestHeading)
        {
            Blocks = [new Paragraph(isMove ? words.MoveText : words.RequestText), .. asked],
        };
        return Seal("request", content, mail, isAnswer: true, replyTo: identity.ReplyToRequest(messageId));
    }

    /// <summary>Says that digests are paused, until a day or until they are resumed.</summary>
    public ComposedMail Paused(ServiceMailContent content, LocalDate? until)
    {
        var (language, words) = WordsOf(content.Recipient);
        return Seal("paused", content, new ServiceMail(language, words.PausedSubject, words.PausedHeading)
        {
            Blocks =
            [
                new Paragraph(words.PausedText(until is { } day ? language.ShortDay(day) : null)),
                new Button(words.ResumeButton, LinksOf(content).Pause),
            ],
            Footer = LinksOf(content),
        });
    }

    /// <summary>The last mail: the subscription has ended.</summary>
    public ComposedMail Goodbye(ServiceMailContent content)
    {
        var (language, words) = WordsOf(content.Recipient);
        return Seal("goodbye", content, new ServiceMail(language, words.GoodbyeSubject, words.GoodbyeHeading)
        {
            Blocks = [new Paragraph(words.GoodbyeText(site.Name)), new LinkLine(words.GoodbyeReturn, site.Link("/"))],
        });
    }

    /// <summary>Tells the operator, in English, what went wrong and what to do.</summary>
    public ComposedMail OperatorAlert(long deliveryId, string address, Instant date, OperatorAlert alert)
    {
        var content = new ServiceMailContent { DeliveryId = deliveryId, Date = date, Recipient = new MailRecipient { SubscriberId = 0, Address = address } };
        return Seal("alert", content, new ServiceMail(Language.All[0], $"{site.Name}: {CleanText.Line(alert.Summary)}", CleanText.Line(alert.Summary))
        {
            Blocks = [new Paragraph(CleanText.Line(alert.Advice)), new Facts(alert.Facts), new LinkLine("Open the operator’s pages", site.Link("/admin"))],
        });
    }

    private ComposedMail Seal(
        string kind, ServiceMailContent content, ServiceMail mail, bool isAnswer = false, IReadOnlyList<string>? references = null, EmailAddress? replyTo = null)
    {
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(content.Recipient.Zone) ?? DateTimeZone.Utc;
        var headers = mail.Footer is null
            ? new List<MailHeader>()
            : identity.ListHeaders(content.Recipient, kind, day: null).Where(header => header.Name is not ("Precedence" or "Auto-Submitted")).ToList();
        headers.Add(new MailHeader("Auto-Submitted", isAnswer ? "auto-replied" : "auto-generated"));
        if (references is [.., var parent])
            headers.AddRange([new("In-Reply-To", $"<{parent}>"), new("References", string.Join(' ', references.Select(id => $"<{id}>")))]);
        return identity.Seal(new MailDraft
        {
            Kind = kind,
            DeliveryId = content.DeliveryId,
            Address = content.Recipient.Address,
            Date = content.Date.InZone(zone),
            Subject = mail.Subject,
            ReplyTo = replyTo ?? ReplyToOf(kind, content.Recipient),
            Text = MailBody.FromQuotedPrintable([QuotedPrintable.Encode(_layout.Text(mail))]),
            Html = MailBody.FromQuotedPrintable([QuotedPrintable.Encode(_layout.Html(mail))]),
            Headers = headers,
        });
    }

    private EmailAddress? ReplyToOf(string kind, MailRecipient recipient) => recipient.SubscriberId == 0 ? null : kind switch
    {
        "confirmation" => identity.ReplyTo(ReplyPurpose.Confirm, recipient),
        "goodbye" => null,
        _ => identity.ReplyTo(ReplyPurpose.Reader, recipient),
    };

    private static IEnumerable<ServiceBlock> Wanted(Language language, IReadOnlyList<string> topics, int ownQueries)
    {
        if (ownQueries == 0)
            return Topics(language, topics);
        var own = language.Service.OwnQueries(ownQueries);
        var list = topics.Count < MostTopicsNamed
            ? language.List([.. topics.Select(CleanText.Line), own])
            : $"{language.ListAtMost(topics.Select(CleanText.Line).ToList(), MostTopicsNamed)}; {own}";
        return [new Paragraph(language.Labelled(language.YourTopics, list))];
    }

    private static IEnumerable<ServiceBlock> Topics(Language language, IReadOnlyList<string> topics) => topics.Count == 0
        ? []
        : [new Paragraph(language.Labelled(language.YourTopics, language.ListAtMost(topics.Select(CleanText.Line).ToList(), MostTopicsNamed)))];

    private RecipientLinks LinksOf(ServiceMailContent content) => new(content.Recipient, site, signer);

    private static (Language Language, ServiceWords Words) WordsOf(MailRecipient recipient)
    {
        var language = Language.Of(recipient.Language);
        return (language, language.Service);
    }
}
