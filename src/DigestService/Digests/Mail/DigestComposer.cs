using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using DigestService.Digests.Mail.Languages;
using DigestService.Mail.Mime;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Digests.Mail;

/// <summary>Turns a letter into a mail: fragments of papers rendered once for all readers, and a few personal lines.</summary>
internal sealed class DigestComposer(MailIdentity identity, SiteOptions site, LinkSigner signer, FragmentCache fragments)
{
    // Gmail clips at 102 kB. What stands around the papers has bounds of its own, together far below the rest.
    private const int MostHtmlForPapers = 84_000;
    private const int LongestSubjectTitle = 80;
    private const int MostTopicsNamed = 12;

    private readonly ConcurrentBag<Desk> _desks = [];

    /// <summary>Composes and signs. The same letter always gives the same octets.</summary>
    public ComposedMail Compose(DigestLetter letter)
    {
        var desk = _desks.TryTake(out var free) ? free : new Desk();
        try
        {
            desk.Clear();
            var language = Language.Of(letter.Reader.Language);
            var outline = DigestOutline.Of(letter, language);
            var subject = Subject(letter, outline, language);
            var links = new ReaderLinks(letter.Reader, letter.DigestOn, site, signer);
            var items = Prepare(letter, outline, language);

            WriteHtml(desk, letter, outline, items, subject, links, language, isPersonal: true);
            WriteText(desk, letter, outline, items, links, language);
            return identity.Seal(new MailDraft
            {
                Kind = "digest",
                DeliveryId = letter.DeliveryId,
                Address = letter.Reader.Address,
                Date = letter.Date.InZone(ZoneOf(letter.Reader)),
                Subject = subject,
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
        var desk = new Desk();
        var language = Language.Of(letter.Reader.Language);
        var outline = DigestOutline.Of(letter, language);
        var items = outline.Entries.Select(entry => ItemOf(entry, letter.Reader, language)).ToList();
        var links = new ReaderLinks(letter.Reader, letter.DigestOn, site, signer);
        WriteHtml(desk, letter, outline, items, Subject(letter, outline, language), links, language, isPersonal: false);
        return WireText.Decode(desk.HtmlWire.WrittenSpan);
    }

    private static string Subject(DigestLetter letter, DigestOutline outline, Language language)
    {
        if (outline.Entries.FirstOrDefault() is not { } first)
            return language.QuietSubject(letter.DigestOn);
        var title = CleanText.Shorten(CleanText.Line(first.Paper.Title), LongestSubjectTitle);
        return language.DigestSubject(title, letter.Entries.Count - 1);
    }

    // Each entry with its fragment, its reasons in words and its token; the last ones in brief, or left out, where the
    // HTML would grow beyond what mail programs show.
    private List<Item> Prepare(DigestLetter letter, DigestOutline outline, Language language)
    {
        var items = new List<Item>(letter.Entries.Count);
        var full = 0;
        foreach (var entry in outline.Entries)
        {
            var item = ItemOf(entry, letter.Reader, language);
            full += item.FullLength;
            items.Add(item);
        }

        for (var last = items.Count - 1; last >= 0 && full > MostHtmlForPapers; last--)
        {
            full -= items[last].FullLength - items[last].BriefLength;
            items[last].IsBrief = true;
        }

        for (var last = items.Count - 1; last >= 0 && full > MostHtmlForPapers; last--)
        {
            full -= items[last].BriefLength;
            items[last].IsLeftOut = true;
        }

        return items;
    }

    private Item ItemOf(DigestEntry entry, MailReader reader, Language language) => new()
    {
        Fragment = fragments.Get(entry.Paper, language),
        Reasons = string.Join(" · ", entry.Reasons.Select(language.Say)),
        Token = signer.Sign(LinkPurpose.Feedback, reader.SubscriberId, entry.Paper.Id),
    };

    private void WriteHtml(
        Desk desk, DigestLetter letter, DigestOutline outline, List<Item> items, string subject, ReaderLinks links, Language language, bool isPersonal)
    {
        var html = desk.Html;
        MailShell.Open(html, language, subject, outline.Summary.Length > 0 ? outline.Summary : language.QuietDay);
        html.Write($"""
            <tr><td class="p" style="{MailStyle.Head}">
            <p class="k" style="{MailStyle.Brand}">{site.Name}</p>
            <h1 class="t" style="{MailStyle.H1}">{Heading(letter, language)}</h1>

            """);
        if (outline.Summary.Length > 0)
            html.Write($"""
                <p class="m" style="{MailStyle.Lead}">{outline.Summary}</p>

                """);
        foreach (var note in Notes(letter, language))
            html.Write($"""
                <p class="b" style="{MailStyle.Note}">{note}</p>

                """);
        html.Write($"""
            </td></tr>

            """);

        var index = 0;
        foreach (var group in outline.Groups)
        {
            if (items[index].IsLeftOut)
                break;
            html.Write($"""
                <tr><td class="p r" style="{MailStyle.Section}">
                <h2 class="k" style="{MailStyle.H2}">{group.Heading}</h2>
                </td></tr>

                """);
            for (var inGroup = 0; inGroup < group.Entries.Count; inGroup++)
                WriteHtmlItem(desk, items[index++], isFirst: inGroup == 0, language, isPersonal);
        }

        if (items.Count(item => item.IsLeftOut) is > 0 and var leftOut)
            html.Write($"""
                <tr><td class="p r" style="{MailStyle.Next}"><p class="l" style="{MailStyle.Paragraph}"><a href="{links.Browser}" style="{MailStyle.Link}">{language.LeftOut(leftOut)}</a></p></td></tr>

                """);
        WriteHtmlFooter(html, letter, outline, links, language, isPersonal);
        MailShell.Close(html);
        desk.FlushHtml();
    }

    private static void WriteHtmlItem(Desk desk, Item item, bool isFirst, Language language, bool isPersonal)
    {
        if (item.IsLeftOut)
            return;
        desk.Html.Write($"""
            <tr><td class="p r" style="{(isFirst ? MailStyle.Entry : MailStyle.Next)}">

            """);
        desk.FlushHtml();
        (item.IsBrief ? item.Fragment.HtmlBriefTop : item.Fragment.HtmlTop).CopyTo(desk.HtmlWire);
        if (item.Reasons.Length > 0)
            desk.Html.Write($"""
                <p class="w" style="{MailStyle.Reasons}">{language.Labelled(language.Why, item.Reasons)}</p>

                """);
        if (!item.IsBrief)
        {
            desk.FlushHtml();
            item.Fragment.HtmlLinks.CopyTo(desk.HtmlWire);
            if (isPersonal)
                item.Fragment.HtmlActions.CopyTo(desk.HtmlWire, item.Token);
        }

        desk.Html.Write($"""
            </td></tr>

            """);
    }

    private void WriteHtmlFooter(
        HtmlWriter html, DigestLetter letter, DigestOutline outline, ReaderLinks links, Language language, bool isPersonal)
    {
        html.Write($"""
            <tr><td class="p r m" style="{MailStyle.Foot}">

            """);
        if (outline.Groups.Count > 0)
            html.Write($"""
                <p style="{MailStyle.FootLine}">{language.Labelled(language.Cite, "")}<a href="{links.BibTeX}" style="{MailStyle.FootLink}">BibTeX</a> · <a href="{links.Ris}" style="{MailStyle.FootLink}">RIS</a></p>

                """);
        if (isPersonal)
            html.Write($"""
            <p style="{MailStyle.FootLine}"><a href="{links.Preferences}" style="{MailStyle.FootLink}">{language.ChangeTopics}</a> · <a href="{links.Pause}" style="{MailStyle.FootLink}">{language.Pause}</a> · <a href="{links.Unsubscribe}" style="{MailStyle.FootLink}">{language.Unsubscribe}</a> · <a href="{links.Browser}" style="{MailStyle.FootLink}">{language.ViewInBrowser}</a></p>
            <p style="{MailStyle.FootLine}">{WhyThis(letter, language)}</p>

            """);
        if (site.PostalAddress.Length > 0)
            html.Write($"""
                <p style="{MailStyle.Paragraph}">{site.Name}, {CleanText.Line(site.PostalAddress)}</p>

                """);
        html.Write($"""
            </td></tr>

            """);
    }

    private void WriteText(
        Desk desk, DigestLetter letter, DigestOutline outline, List<Item> items, ReaderLinks links, Language language)
    {
        var text = desk.Text;
        text.Line(site.Name);
        text.Blank();
        text.Heading(Heading(letter, language), '=');
        if (outline.Summary.Length > 0)
        {
            text.Blank();
            text.Wrap(outline.Summary);
        }

        foreach (var note in Notes(letter, language))
        {
            text.Blank();
            text.Wrap(note);
        }

        Span<byte> margin = stackalloc byte[4];
        var number = 0;
        foreach (var group in outline.Groups)
        {
            text.Blank();
            text.Heading(group.Heading, '-');
            text.Blank();
            for (var inGroup = 0; inGroup < group.Entries.Count; inGroup++)
            {
                var item = items[number++];
                desk.FlushText();
                WriteNumber(margin, number);
                item.Fragment.TextTop.CopyBehind(desk.TextWire, margin);
                if (item.Reasons.Length > 0)
                    text.Wrap(language.Labelled(language.Why, item.Reasons), "    ", "    ");
                desk.FlushText();
                item.Fragment.TextBottom.CopyTo(desk.TextWire, item.Token);
            }
        }

        // Mail programs know what follows two hyphens and a space for a signature, and quote it in no answer.
        text.Blank();
        text.Line("-- ");
        WriteTextFooter(text, letter, outline, links, language);
        desk.FlushText();
    }

    private void WriteTextFooter(PlainTextWriter text, DigestLetter letter, DigestOutline outline, ReaderLinks links, Language language)
    {
        List<(string Label, string Url)> rows =
        [
            (language.ChangeTopics, links.Preferences), (language.Pause, links.Pause), (language.Unsubscribe, links.Unsubscribe),
            (language.ViewInBrowser, links.Browser),
        ];
        if (outline.Groups.Count > 0)
            rows.AddRange([("BibTeX", links.BibTeX), ("RIS", links.Ris)]);
        var columns = rows.Max(row => PlainTextWriter.Columns(row.Label));
        foreach (var (label, url) in rows)
            text.Link("", label, columns, url);
        text.Blank();
        text.Wrap(WhyThis(letter, language));
        if (site.PostalAddress.Length > 0)
            text.Wrap($"{site.Name}, {CleanText.Line(site.PostalAddress)}");
    }

    private string WhyThis(DigestLetter letter, Language language)
    {
        var why = language.WhyYouGetThis(letter.Reader.Address, site.Name);
        if (letter.Topics.Count == 0)
            return why;
        var topics = letter.Topics.Select(topic => CleanText.Shorten(CleanText.Line(topic), 60)).ToList();
        return $"{why} {language.Labelled(language.YourTopics, language.ListAtMost(topics, MostTopicsNamed))}";
    }

    private static string Heading(DigestLetter letter, Language language) =>
        letter.Entries.Count == 0 ? language.QuietSubject(letter.DigestOn) : language.DigestHeading(letter.DigestOn);

    private static IEnumerable<string> Notes(DigestLetter letter, Language language)
    {
        if (letter.IsFirst)
            yield return language.FirstDigest;
        if (letter.Break is { } pause)
            yield return language.Missed(pause.LastDigestOn, pause.PapersMissed);
        if (letter.IsQuietDay)
            yield return letter.Entries.Count == 0 ? language.QuietDay : language.QuietDayTrending;
    }

    private static void WriteNumber(Span<byte> margin, int number)
    {
        margin[0] = (byte)(number < 10 ? ' ' : '0' + (number / 10 % 10));
        margin[1] = (byte)('0' + (number % 10));
        margin[2] = (byte)'.';
        margin[3] = (byte)' ';
    }

    private static DateTimeZone ZoneOf(MailReader reader) =>
        DateTimeZoneProviders.Tzdb.GetZoneOrNull(reader.Zone) ?? DateTimeZone.Utc;

    private sealed class Item
    {
        public required PaperFragment Fragment { get; init; }
        public required string Reasons { get; init; }
        public required string Token { get; init; }
        public bool IsBrief { get; set; }
        public bool IsLeftOut { get; set; }

        public int FullLength => Fragment.HtmlTop.DecodedLength + Fragment.HtmlLinks.DecodedLength + Fragment.HtmlActions.DecodedLength + PersonalLength;
        public int BriefLength => Fragment.HtmlBriefTop.DecodedLength + PersonalLength;

        // The reasons as they will be escaped (an apostrophe is five octets), and the tags around them.
        private int PersonalLength => 320 + Encoding.UTF8.GetByteCount(Reasons) + (5 * Reasons.AsSpan().CountAny("&<>\"'"));
    }

    /// <summary>Where one mail at a time is put together; its memory serves the next one.</summary>
    private sealed class Desk
    {
        public HtmlWriter Html { get; } = new();
        public PlainTextWriter Text { get; } = new();
        public ArrayBufferWriter<byte> HtmlWire { get; } = new(64 * 1024);
        public ArrayBufferWriter<byte> TextWire { get; } = new(32 * 1024);

        public void Clear()
        {
            Html.Clear();
            Text.Clear();
            HtmlWire.ResetWrittenCount();
            TextWire.ResetWrittenCount();
        }

        public void FlushHtml()
        {
            QuotedPrintable.Encode(Html.Written, HtmlWire);
            Html.Clear();
        }

        public void FlushText()
        {
            QuotedPrintable.Encode(Text.Written, TextWire);
            Text.Clear();
        }
    }
}
