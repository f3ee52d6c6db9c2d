using DigestService.Digests.Mail.Languages;
using DigestService.Mail.Mime;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Digests.Mail;

/// <summary>What every service mail needs: its delivery, its reader and its date.</summary>
internal sealed record ServiceLetter
{
    /// <summary>Reserved id of the delivery.</summary>
    public required long DeliveryId { get; init; }

    /// <summary>Whom it goes to.</summary>
    public required MailReader Reader { get; init; }

    /// <summary>The instant in the <c>Date</c> header.</summary>
    public required Instant Date { get; init; }
}

/// <summary>What became of a command that came by mail.</summary>
internal enum CommandOutcome
{
    /// <summary>The help was asked for; the answer holds it.</summary>
    Help,

    /// <summary>A confirmation mail is on its way.</summary>
    ConfirmationSent,

    /// <summary>The link to the preferences is in the answer.</summary>
    PreferencesSent,

    /// <summary>The subscription has ended.</summary>
    Unsubscribed,

    /// <summary>Digests rest until they are resumed.</summary>
    Paused,

    /// <summary>Digests come again.</summary>
    Resumed,

    /// <summary>The topics were changed; the detail names them.</summary>
    TopicsChanged,

    /// <summary>No command of ours.</summary>
    NotUnderstood,

    /// <summary>Only a confirmed reader may ask that.</summary>
    NotSubscribed,
}

/// <summary>One line of a mail of commands, and what became of it.</summary>
internal sealed record AnsweredCommand(string Command, CommandOutcome Outcome, string? Detail = null);

/// <summary>What an operator must know: one sentence, the facts as name and value, and what to do.</summary>
internal sealed record OperatorAlert(string Summary, IReadOnlyList<KeyValuePair<string, string>> Facts, string Advice);

/// <summary>Every mail that is not a digest, in the same hand.</summary>
internal sealed class ServiceMailComposer(MailIdentity identity, SiteOptions site, LinkSigner signer)
{
    /// <summary>How long the link in a confirmation works.</summary>
    public const int ConfirmationDays = 7;

    private readonly ServiceMailLayout _layout = new(site);

    /// <summary>Asks a new reader to confirm; names the topics they chose.</summary>
    public ComposedMail Confirmation(ServiceLetter letter, IReadOnlyList<string> topics)
    {
        var (language, words) = WordsOf(letter.Reader);
        var token = signer.Sign(
            LinkPurpose.Confirm, letter.Reader.SubscriberId, letter.Reader.LinkVersion, letter.Date + Duration.FromDays(ConfirmationDays));
        return Seal("confirmation", letter, new ServiceMail(language, words.ConfirmSubject, words.ConfirmHeading)
        {
            Blocks =
            [
                new Paragraph(words.ConfirmText(site.Name)),
                .. Topics(language, topics),
                new Button(words.ConfirmButton, site.Link($"/confirm/{token}")),
                new SmallPrint(words.ConfirmExpiry(ConfirmationDays)),
                new SmallPrint(words.ConfirmNotYou),
            ],
        });
    }

    /// <summary>Answers a sign-up with an address that is already subscribed.</summary>
    public ComposedMail AlreadySubscribed(ServiceLetter letter)
    {
        var (language, words) = WordsOf(letter.Reader);
        return Seal("already", letter, new ServiceMail(language, words.AlreadySubject, words.AlreadyHeading)
        {
            Blocks =
            [
                new Paragraph(words.AlreadyText(site.Name)),
                new Button(words.PreferencesButton, LinksOf(letter).Preferences),
                new SmallPrint(words.AlreadyNotYou),
            ],
            Footer = LinksOf(letter),
        });
    }

    /// <summary>Greets a confirmed reader and says when the first digest comes.</summary>
    public ComposedMail Welcome(ServiceLetter letter, IReadOnlyList<string> topics, Instant firstDigestAt)
    {
        var (language, words) = WordsOf(letter.Reader);
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(letter.Reader.Zone) ?? DateTimeZone.Utc;
        return Seal("welcome", letter, new ServiceMail(language, words.WelcomeSubject(site.Name), words.WelcomeHeading)
        {
            Blocks =
            [
                new Paragraph(words.WelcomeText(language.Moment(firstDigestAt.InZone(zone).LocalDateTime))),
                .. Topics(language, topics),
                new Paragraph(words.WelcomeHow),
                new Button(words.PreferencesButton, LinksOf(letter).Preferences),
                new SmallPrint(words.PreferencesKeep),
            ],
            Footer = LinksOf(letter),
        });
    }

    /// <summary>Brings the link to the preferences to whoever asked for it.</summary>
    public ComposedMail PreferencesLink(ServiceLetter letter)
    {
        var (language, words) = WordsOf(letter.Reader);
        return Seal("preferences", letter, new ServiceMail(language, words.PreferencesSubject, words.PreferencesHeading)
        {
            Blocks =
            [
                new Paragraph(words.PreferencesText(site.Name)),
                new Button(words.PreferencesButton, LinksOf(letter).Preferences),
                new SmallPrint(words.PreferencesKeep),
            ],
            Footer = LinksOf(letter),
        });
    }

    /// <summary>Answers a mail of commands; <paramref name="inReplyTo"/> is its Message-ID without angle brackets.</summary>
    public ComposedMail CommandAnswer(ServiceLetter letter, string? inReplyTo, IReadOnlyList<AnsweredCommand> commands)
    {
        var (language, words) = WordsOf(letter.Reader);
        var answers = commands.Select(command => new KeyValuePair<string, string>(
            CleanText.Shorten(CleanText.Line(command.Command), 80),
            command.Detail is null ? words.Outcome(command.Outcome) : $"{words.Outcome(command.Outcome)} {CleanText.Line(command.Detail)}"));
        var button = commands.Any(command => command.Outcome == CommandOutcome.PreferencesSent)
            ? [new Button(words.PreferencesButton, LinksOf(letter).Preferences)]
            : Array.Empty<ServiceBlock>();
        var mail = new ServiceMail(language, words.AnswerSubject, words.AnswerHeading)
        {
            Blocks = [new Facts(answers.ToList()), .. button, new Paragraph(language.Labelled(words.AnswerHelp, "").TrimEnd()), new Facts(words.Commands)],
        };
        return Seal("answer", letter, mail, isAnswer: true, inReplyTo);
    }

    /// <summary>Says that digests rest, until a day or until they are resumed.</summary>
    public ComposedMail Paused(ServiceLetter letter, LocalDate? until)
    {
        var (language, words) = WordsOf(letter.Reader);
        return Seal("paused", letter, new ServiceMail(language, words.PausedSubject, words.PausedHeading)
        {
            Blocks =
            [
                new Paragraph(words.PausedText(until is { } day ? language.ShortDay(day) : null)),
                new Button(words.ResumeButton, LinksOf(letter).Pause),
            ],
            Footer = LinksOf(letter),
        });
    }

    /// <summary>The last mail: the subscription has ended.</summary>
    public ComposedMail Goodbye(ServiceLetter letter)
    {
        var (language, words) = WordsOf(letter.Reader);
        return Seal("goodbye", letter, new ServiceMail(language, words.GoodbyeSubject, words.GoodbyeHeading)
        {
            Blocks = [new Paragraph(words.GoodbyeText(site.Name)), new LinkLine(words.GoodbyeReturn, site.Link("/"))],
        });
    }

    /// <summary>Tells the operator, in English, what went wrong and what to do.</summary>
    public ComposedMail OperatorAlert(long deliveryId, string address, Instant date, OperatorAlert alert)
    {
        var letter = new ServiceLetter { DeliveryId = deliveryId, Date = date, Reader = new MailReader { SubscriberId = 0, Address = address } };
        return Seal("alert", letter, new ServiceMail(Language.All[0], $"{site.Name}: {CleanText.Line(alert.Summary)}", CleanText.Line(alert.Summary))
        {
            Blocks = [new Paragraph(CleanText.Line(alert.Advice)), new Facts(alert.Facts), new LinkLine("Open the operator’s pages", site.Link("/admin"))],
        });
    }

    private ComposedMail Seal(string kind, ServiceLetter letter, ServiceMail mail, bool isAnswer = false, string? inReplyTo = null)
    {
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(letter.Reader.Zone) ?? DateTimeZone.Utc;
        var headers = mail.Footer is null
            ? new List<MailHeader>()
            : identity.ListHeaders(letter.Reader, kind, day: null).Where(header => header.Name is not ("Precedence" or "Auto-Submitted")).ToList();
        headers.Add(new MailHeader("Auto-Submitted", isAnswer ? "auto-replied" : "auto-generated"));
        if (inReplyTo is not null)
            headers.AddRange([new("In-Reply-To", $"<{inReplyTo}>"), new("References", $"<{inReplyTo}>")]);
        return identity.Seal(new MailDraft
        {
            Kind = kind,
            DeliveryId = letter.DeliveryId,
            Address = letter.Reader.Address,
            Date = letter.Date.InZone(zone),
            Subject = mail.Subject,
            Text = MailBody.FromQuotedPrintable([QuotedPrintable.Encode(_layout.Text(mail))]),
            Html = MailBody.FromQuotedPrintable([QuotedPrintable.Encode(_layout.Html(mail))]),
            Headers = headers,
        });
    }

    private static IEnumerable<ServiceBlock> Topics(Language language, IReadOnlyList<string> topics) => topics.Count == 0
        ? []
        : [new Paragraph(language.Labelled(language.YourTopics, language.ListAtMost(topics.Select(CleanText.Line).ToList(), 12)))];

    private ReaderLinks LinksOf(ServiceLetter letter) => new(letter.Reader, site, signer);

    private static (Language Language, ServiceWords Words) WordsOf(MailReader reader)
    {
        var language = Language.Of(reader.Language);
        return (language, language.Service);
    }
}
