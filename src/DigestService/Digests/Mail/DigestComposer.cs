using System.Collections.Concurrent;
using System.Text;
using DigestService.Digests.Mail.Languages;
using DigestService.Mail.Mime;
using DigestService.Platform;
using DigestService.Relevance;
using NodaTime;

namespace DigestService.Digests.Mail;

/// <summary>Turns a letter into a mail: fragments of papers rendered once for all readers, and a few personal lines.</summary>
internal sealed class DigestComposer(MailIdentity identity, SiteOptions site, LinkSigner signer, FragmentCache fragments)
{
    // Gmail clips at 102 kB. What stands around the papers has bounds of its own, together far below the rest.
    private const int MostHtmlForPapers = 84_000;
    private const int LongestSubjectTitle = 80;

    private readonly ConcurrentBag<DigestDesk> _desks = [];

    /// <summary>Composes and signs. The same letter always gives the same octets.</summary>
    public ComposedMail Compose(DigestLetter letter)
    {
        var desk = _desks.TryTake(out var free) ? free : new DigestDesk();
        try
        {
            desk.Clear();
            var sheet = Prepare(letter);
            KeepWithinBounds(sheet.Items);
            DigestHtml.Write(desk, sheet, isPersonal: true);
            DigestText.Write(desk, sheet);
            return identity.Seal(new MailDraft
            {
                Kind = "digest",
                DeliveryId = letter.DeliveryId,
                Address = letter.Reader.Address,
                Date = letter.Date.InZone(ZoneOf(letter.Reader)),
                Subject = sheet.Subject,
                Text = MailBody.FromQuotedPrintable([desk.TextWire.WrittenMemory]),
                Html = MailBody.FromQuotedPrintable([desk.HtmlWire.WrittenMemory]),
                Headers = identity.ListHeaders(letter.Reader, "digest", letter.DigestOn),
            });
        }
        finally
        {
            _desks.Add(desk);
        }
    }

    /// <summary>
    /// The digest as a page of the web: whole, however long, and without anything that acts for the reader. People
    /// pass such a link on; whoever opens it may read, not judge papers or end a subscription in another's name.
    /// </summary>
    public string RenderPage(DigestLetter letter)
    {
        var desk = new DigestDesk();
        DigestHtml.Write(desk, Prepare(letter), isPersonal: false);
        return WireText.Decode(desk.HtmlWire.WrittenSpan);
    }

    private DigestSheet Prepare(DigestLetter letter)
    {
        var language = Language.Of(letter.Reader.Language);
        var outline = DigestOutline.Of(letter, language);
        return new DigestSheet
        {
            Letter = letter,
            Language = language,
            Site = site,
            Stationery = Stationery.Of(language, site),
            Outline = outline,
            Subject = Subject(letter, outline, language),
            Links = new ReaderLinks(letter.Reader, site, signer),
            DigestToken = ReaderLinks.DigestToken(letter.Reader, letter.DigestOn, signer),
            Items = outline.Entries.Select(entry => new DigestSheetItem
            {
                Fragment = fragments.Get(entry.Paper, language),
                Reasons = string.Join(" · ", WorthSaying(entry.Reasons).Select(language.Say)),
                Token = signer.Sign(LinkPurpose.Feedback, letter.Reader.SubscriberId, entry.Paper.Id),
            }).ToList(),
        };
    }

    // A bare count of upvotes stands beside the authors already; it is a reason only for want of any other.
    private static IEnumerable<Reason> WorthSaying(IReadOnlyList<Reason> reasons) =>
        reasons.Count > 1 ? reasons.Where(reason => reason is not Upvoted { Hours: <= 0 }) : reasons;

    // The last papers are told in brief, or left out, where the HTML would grow beyond what mail programs show.
    private static void KeepWithinBounds(IReadOnlyList<DigestSheetItem> items)
    {
        var length = items.Sum(item => item.FullLength);
        for (var last = items.Count - 1; last >= 0 && length > MostHtmlForPapers; last--)
        {
            length -= items[last].FullLength - items[last].BriefLength;
            items[last].IsBrief = true;
        }

        for (var last = items.Count - 1; last >= 0 && length > MostHtmlForPapers; last--)
        {
            length -= items[last].BriefLength;
            items[last].IsLeftOut = true;
        }
    }

    private static string Subject(DigestLetter letter, DigestOutline outline, Language language)
    {
        if (outline.Entries.FirstOrDefault() is not { } first)
            return language.QuietSubject(letter.DigestOn);
        var title = CleanText.Shorten(CleanText.Line(first.Paper.Title), LongestSubjectTitle);
        return language.DigestSubject(title, letter.Entries.Count - 1);
    }

    private static DateTimeZone ZoneOf(MailReader reader) =>
        DateTimeZoneProviders.Tzdb.GetZoneOrNull(reader.Zone) ?? DateTimeZone.Utc;
}

/// <summary>A letter with everything looked up that its two parts say.</summary>
internal sealed record DigestSheet
{
    private const int MostTopicsNamed = 12;

    public required DigestLetter Letter { get; init; }
    public required Language Language { get; init; }
    public required SiteOptions Site { get; init; }
    public required Stationery Stationery { get; init; }
    public required DigestOutline Outline { get; init; }
    public required string Subject { get; init; }
    public required ReaderLinks Links { get; init; }
    public required string DigestToken { get; init; }

    /// <summary>One for each entry of the outline, in its order.</summary>
    public required IReadOnlyList<DigestSheetItem> Items { get; init; }

    /// <summary>The headline.</summary>
    public string Heading => Letter.Entries.Count == 0 ? Language.QuietSubject(Letter.DigestOn) : Language.DigestHeading(Letter.DigestOn);

    /// <summary>Welcome, what was missed, a quiet day: sentences before the papers.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            if (Letter.IsFirst)
                yield return Language.FirstDigest;
            if (Letter.Break is { } pause)
                yield return Language.Missed(pause.LastDigestOn, pause.PapersMissed);
            if (Letter.IsQuietDay)
                yield return Letter.Entries.Count == 0 ? Language.QuietDay : Language.QuietDayTrending;
        }
    }

    /// <summary>Why this mail came, and the topics it follows.</summary>
    public string WhyThis
    {
        get
        {
            var why = Language.WhyYouGetThis(Letter.Reader.Address, Site.Name);
            if (Letter.Topics.Count == 0)
                return why;
            var topics = Letter.Topics.Select(topic => CleanText.Shorten(CleanText.Line(topic), 60)).ToList();
            return $"{why} {Language.Labelled(Language.YourTopics, Language.ListAtMost(topics, MostTopicsNamed))}";
        }
    }

    /// <summary>Name and postal address; null where no address is set.</summary>
    public string? Sender => Site.PostalAddress.Length > 0 ? $"{Site.Name}, {CleanText.Line(Site.PostalAddress)}" : null;
}

/// <summary>An entry with its fragment, its reasons in words and its token.</summary>
internal sealed class DigestSheetItem
{
    public required PaperFragment Fragment { get; init; }
    public required string Reasons { get; init; }
    public required string Token { get; init; }
    public bool IsBrief { get; set; }
    public bool IsLeftOut { get; set; }

    public int FullLength =>
        Fragment.HtmlTop.DecodedLength + Fragment.HtmlLinks.DecodedLength + Fragment.HtmlActions.DecodedLength + PersonalLength;

    public int BriefLength => Fragment.HtmlBriefTop.DecodedLength + PersonalLength;

    // The reasons as they will be escaped (an apostrophe is five octets), and the tags around them.
    private int PersonalLength => 320 + Encoding.UTF8.GetByteCount(Reasons) + (5 * Reasons.AsSpan().CountAny("&<>\"'"));
}
