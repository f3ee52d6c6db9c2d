using System.Collections.Concurrent;
using DigestService.Mail;
using DigestService.Mails.Languages;
using DigestService.Mail.Mime;
using DigestService.Platform;
using DigestService.Relevance;
using NodaTime;

namespace DigestService.Mails;

/// <summary>Turns a letter into a mail: fragments of papers rendered once for all readers, and a few personal lines.</summary>
internal sealed class DigestComposer(MailIdentity identity, SiteOptions site, LinkSigner signer, FragmentCache fragments)
{
    // Gmail clips at 102 kB. What stands around the papers has bounds of its own, together far below the rest.
    private const int MostHtmlForPapers = 80_000;
    // A mail of so many papers is at most 32 kB.
    private const int FewPapers = 10;
    private const int MostForFewPapers = 32_000;
    private const int LongestSubjectTitle = 80;
    private const int MostTopicsNamed = 12;
    private const int LongestLine = 998; // RFC 5322 2.1.1.

    private static readonly PaperExtent[] StepsOfHtml = [PaperExtent.Short, PaperExtent.Brief, PaperExtent.InTextAlone];
    private static readonly PaperExtent[] StepsOfMail = [PaperExtent.Short, PaperExtent.Brief, PaperExtent.LeftOut];

    private readonly ConcurrentBag<ComposeBuffers> _buffers = [];
    private readonly DigestLines _lines = new();

    /// <summary>Composes and signs. The same content always gives the same octets.</summary>
    public ComposedMail Compose(DigestContent content) => identity.Finish(ComposeRecipe(content));

    /// <summary>Composes for the outbox: what the mail shares with others is named, and only the rest is written.</summary>
    public ComposedRecipe ComposeRecipe(DigestContent content)
    {
        var buffers = _buffers.TryTake(out var free) ? free : new ComposeBuffers();
        try
        {
            var model = Prepare(content);
            MakeRoom(model.Items, model.Items.Sum(item => item.HtmlLength(PaperExtent.Whole)) - MostHtmlForPapers, StepsOfHtml, (item, extent) => item.HtmlLength(extent));
            var most = model.Items.Count <= FewPapers ? MostForFewPapers - identity.RoomForSignature : int.MaxValue;
            var composed = Write(buffers, model);
            while (buffers.Mail.Length > most && MakeRoom(model.Items, buffers.Mail.Length - most, StepsOfMail, (item, extent) => item.HtmlLength(extent) + item.TextLength(extent)))
                composed = Write(buffers, model);
            return composed;
        }
        finally
        {
            _buffers.Add(buffers);
        }
    }

    private ComposedRecipe Write(ComposeBuffers buffers, DigestMailModel model)
    {
        var content = model.Content;
        buffers.Clear();
        DigestHtml.Write(buffers, model, isPersonal: true);
        DigestText.Write(buffers, model);
        return identity.Write(buffers.Mail, new MailDraft
        {
            Kind = "digest",
            DeliveryId = content.DeliveryId,
            Address = content.Recipient.Address,
            Date = content.Date.InZone(ZoneOf(content.Recipient)),
            Subject = model.Subject,
            Text = MailBody.WrittenElsewhere("quoted-printable", () => buffers.Mail.Append(buffers.TextPart)),
            Html = HtmlBody(buffers),
            ReplyTo = identity.ReplyTo(ReplyPurpose.Reader, content.Recipient, content.DigestOn),
            Headers = identity.ListHeaders(content.Recipient, "digest", content.DigestOn),
        });
    }

    /// <summary>
    /// The digest as a page for whoever holds its link: whole, however long. People pass that link on, so the page says
    /// nothing of why its reader was sent a paper, and nobody can judge papers or end a subscription from it.
    /// </summary>
    public string RenderShared(DigestContent content) => Render(content.Shared(), isPersonal: false);

    /// <summary>The digest as a page for its reader alone: all that the mail says, and all that it lets them do.</summary>
    public string RenderOwn(DigestContent content) => Render(content, isPersonal: true);

    /// <summary>The digest as the operator looks at it: all that the reader is told, and none of the links that act for them.</summary>
    public string RenderForOperator(DigestContent content) => Render(content, isPersonal: false);

    private string Render(DigestContent content, bool isPersonal)
    {
        var buffers = new ComposeBuffers();
        DigestHtml.Write(buffers, Prepare(content), isPersonal);
        return buffers.HtmlText();
    }

    // Only a text without spaces, such as a long abstract in Chinese, makes a line too long for the wire.
    private static MailBody HtmlBody(ComposeBuffers buffers) => buffers.LongestHtmlLine <= LongestLine
        ? MailBody.WrittenElsewhere("7bit", () => buffers.Mail.Append(buffers.HtmlPart))
        : MailBody.FromText(buffers.HtmlText());

    private DigestMailModel Prepare(DigestContent content)
    {
        var language = Language.Of(content.Recipient.Language);
        var outline = DigestOutline.Of(content, language);
        return new DigestMailModel
        {
            Content = content,
            Language = language,
            Site = site,
            DigestTemplates = DigestTemplates.Of(language, site),
            Outline = outline,
            Headline = _lines.Headline(site.Name, Headline(content, language)),
            GroupHeadings = outline.Groups.Select(group => _lines.Heading(group.Heading)).ToList(),
            SavedNewsHeading = content.SavedNews.Count > 0 ? _lines.Heading(language.NewsOfSaved) : null,
            AnswerHint = identity.ReadsAnswers && content.Entries.Count > 0 ? _lines.AnswerHint(language.AnswerHint) : null,
            Sender = site.PostalAddress.Length > 0 ? _lines.Sender($"{site.Name}, {CleanText.Line(site.PostalAddress)}") : null,
            Subject = Subject(content, outline, language),
            WhyThis = WhyThis(content, language),
            Links = new RecipientLinks(content.Recipient, site, signer),
            FeedbackToken = signer.SignShort(LinkPurpose.Feedback, content.Recipient.SubscriberId, content.Recipient.LinkVersion),
            DigestToken = RecipientLinks.DigestToken(content.Recipient, content.DigestOn, signer),
            Items = outline.Entries.Select((entry, place) => new DigestMailItem
            {
                Number = entry.Number ?? place + 1,
                Fragment = fragments.Get(content.PrefersInShort ? entry.Paper.Briefly() : entry.Paper, language),
                Reasons = _lines.Reasons(entry.Reasons, language, content.DigestOn, content.Span),
            }).ToList(),
        };
    }

    private static string Headline(DigestContent content, Language language) => (content.Entries.Count, content.IsShared) switch
    {
        (0, _) => language.QuietSubject(content.DigestOn),
        (_, true) => language.SharedHeading(content.DigestOn),
        _ => language.DigestHeading(content.DigestOn),
    };

    // Papers are told in less, from the last one up and step by step, until so many octets are saved; false where there is nothing left to save.
    private static bool MakeRoom(IReadOnlyList<DigestMailItem> items, int octets, PaperExtent[] steps, Func<DigestMailItem, PaperExtent, int> lengthOf)
    {
        var isAnySaved = false;
        foreach (var extent in steps)
        {
            for (var last = items.Count - 1; last >= 0 && octets > 0; last--)
            {
                if (items[last].Extent >= extent)
                    continue;
                octets -= lengthOf(items[last], items[last].Extent) - lengthOf(items[last], extent);
                items[last].Extent = extent;
                isAnySaved = true;
            }
        }

        return isAnySaved;
    }

    private static string Subject(DigestContent content, DigestOutline outline, Language language)
    {
        if (outline.Entries.FirstOrDefault() is not { } first)
            return language.QuietSubject(content.DigestOn);
        var title = CleanText.Shorten(CleanText.Line(first.Paper.Title), LongestSubjectTitle);
        return language.DigestSubject(title, content.Entries.Count - 1);
    }

    private string WhyThis(DigestContent content, Language language)
    {
        var why = language.WhyYouGetThis(EmailAddress.Readable(content.Recipient.Address), site.Name);
        if (content.ListName is { } list)
            why = language.Sentences(why, language.AsOneOfList(CleanText.Line(list)));
        if (content.Topics.Count == 0)
            return why;
        var topics = content.Topics.Select(topic => CleanText.Shorten(CleanText.Line(topic), 60)).ToList();
        return language.Sentences(why, language.Labelled(language.YourTopics, language.ListAtMost(topics, MostTopicsNamed)));
    }

    private static DateTimeZone ZoneOf(MailRecipient recipient) =>
        DateTimeZoneProviders.Tzdb.GetZoneOrNull(recipient.Zone) ?? DateTimeZone.Utc;
}

/// <summary>A letter with everything looked up that its two parts say.</summary>
internal sealed record DigestMailModel
{
    private const int LongestPreviewTitle = 80;

    public required DigestContent Content { get; init; }
    public required Language Language { get; init; }
    public required SiteOptions Site { get; init; }
    public required DigestTemplates DigestTemplates { get; init; }
    public required DigestOutline Outline { get; init; }
    public required string Subject { get; init; }
    public required RecipientLinks Links { get; init; }
    public required string DigestToken { get; init; }

    /// <summary>Says that answering works; null where answers are not read or there is nothing to judge.</summary>
    public SharedLine? AnswerHint { get; init; }

    /// <summary>Judges papers in the reader's name; the link names the paper.</summary>
    public required string FeedbackToken { get; init; }

    /// <summary>One for each entry of the outline, in its order.</summary>
    public required IReadOnlyList<DigestMailItem> Items { get; init; }

    /// <summary>The headline, and whose it is.</summary>
    public required SharedLine Headline { get; init; }

    /// <summary>The heading of each group of the outline, in its order.</summary>
    public required IReadOnlyList<SharedLine> GroupHeadings { get; init; }

    /// <summary>The heading over news of saved papers; null where there are none.</summary>
    public SharedLine? SavedNewsHeading { get; init; }

    /// <summary>Name and postal address; null where no address is set.</summary>
    public SharedLine? Sender { get; init; }

    /// <summary>What an inbox shows beside the subject, which has the first title: the next ones, else the summary.</summary>
    public string Preview
    {
        get
        {
            var next = Outline.Entries.Skip(1).Take(2).Select(entry => CleanText.Shorten(CleanText.Line(entry.Paper.Title), LongestPreviewTitle)).ToList();
            if (next.Count > 0)
                return string.Join(" · ", next);
            return Outline.Summary.Length > 0 ? Outline.Summary : Language.QuietDay;
        }
    }

    /// <summary>Welcome, what was missed, a quiet day: sentences before the papers.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            // The welcome speaks of what stands under each paper.
            if (Content.IsFirst && Content.Entries.Count > 0)
                yield return Language.FirstDigest;
            if (Content.Break is { } pause)
                yield return Language.Missed(pause.LastDigestOn, pause.Since, pause.PapersMissed);
            if (Content.IsQuietDay)
                yield return Content.Entries.Count == 0 ? Language.QuietDay : Language.QuietDayTrending(Content.Span);
        }
    }

    /// <summary>Why this mail came, and the topics it follows.</summary>
    public required string WhyThis { get; init; }
}

/// <summary>An entry with its fragment and its reasons in words.</summary>
internal sealed class DigestMailItem
{
    /// <summary>By which an answer names it.</summary>
    public required int Number { get; init; }

    public required PaperFragment Fragment { get; init; }
    public required SharedLine? Reasons { get; init; }
    /// <summary>How much of the paper the mail holds.</summary>
    public PaperExtent Extent { get; set; }

    /// <summary>Whether the HTML has it.</summary>
    public bool IsInHtml => Extent < PaperExtent.InTextAlone;

    /// <summary>Whether the text has it.</summary>
    public bool IsInText => Extent < PaperExtent.LeftOut;

    /// <summary>Octets of the HTML at an extent, with the reasons and the tags around them.</summary>
    public int HtmlLength(PaperExtent extent) => extent < PaperExtent.InTextAlone ? Fragment.HtmlLength(extent) + 200 + (Reasons?.Html.Length ?? 0) : 0;

    /// <summary>Octets of the text at an extent, with the reasons.</summary>
    public int TextLength(PaperExtent extent) => extent < PaperExtent.LeftOut ? Fragment.TextLength(extent) + (Reasons?.Text.Length ?? 0) : 0;
}
