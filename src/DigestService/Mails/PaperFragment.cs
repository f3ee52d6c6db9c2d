using System.Globalization;
using DigestService.Mails.Languages;
using DigestService.Papers;
using DigestService.Papers.Pages;
using DigestService.Platform;

namespace DigestService.Mails;

/// <summary>
/// One paper in one language, rendered and encoded once for all its readers. The reasons, which are a reader's own,
/// stand between the upper and the lower half.
/// </summary>
internal sealed class PaperFragment
{
    private const int MostAuthors = 4;
    private const string Indent = "    ";

    /// <summary>
    /// Title, authors, abstract; its first four columns are left for the number. The cell and the heading are opened by the digest.
    /// </summary>
    public required WireTemplate HtmlTop { get; init; }

    /// <summary>Whether the heading is of a script that runs from right to left.</summary>
    public required bool IsTitleRightToLeft { get; init; }

    /// <summary>Links to paper, PDF, code and project.</summary>
    public required WireTemplate HtmlLinks { get; init; }

    /// <summary>Actions, with holes for the feedback token.</summary>
    public required WireTemplate HtmlActions { get; init; }

    /// <summary>The top with the first sentence of the abstract, for a mail that would get too big.</summary>
    public required WireTemplate HtmlShortTop { get; init; }

    /// <summary>Title and authors alone, for one that still would.</summary>
    public required WireTemplate HtmlBriefTop { get; init; }

    /// <summary>Title, authors, abstract; its first four columns are left for the number.</summary>
    public required WireTemplate TextTop { get; init; }

    /// <summary>The same with the first sentence of the abstract.</summary>
    public required WireTemplate TextShortTop { get; init; }

    /// <summary>The same with title and authors alone.</summary>
    public required WireTemplate TextBriefTop { get; init; }

    /// <summary>Links, and actions with holes for the feedback token.</summary>
    public required WireTemplate TextBottom { get; init; }

    /// <summary>The link to the paper alone.</summary>
    public required WireTemplate TextBriefBottom { get; init; }

    /// <summary>Octets of the HTML at an extent, reasons left out.</summary>
    public int HtmlLength(PaperExtent extent) => extent switch
    {
        PaperExtent.Whole => HtmlTop.Length + HtmlLinks.Length + HtmlActions.Length,
        PaperExtent.Short => HtmlShortTop.Length + HtmlLinks.Length + HtmlActions.Length,
        PaperExtent.Brief => HtmlBriefTop.Length,
        _ => 0,
    };

    /// <summary>Octets of the text at an extent, reasons left out.</summary>
    public int TextLength(PaperExtent extent) => extent switch
    {
        PaperExtent.Whole => TextTop.Length + TextBottom.Length,
        PaperExtent.Short => TextShortTop.Length + TextBottom.Length,
        PaperExtent.Brief or PaperExtent.InTextAlone => TextBriefTop.Length + TextBriefBottom.Length,
        _ => 0,
    };

    /// <summary>Renders a paper.</summary>
    public static PaperFragment Render(MailPaper paper, Language language, SiteOptions site)
    {
        var facts = new PaperFacts(paper, language, site);
        var html = new HtmlWriter();
        var text = new PlainTextWriter();
        var fragment = new PaperFragment
        {
            HtmlTop = Encode(html, () => WriteHtmlTop(html, facts, facts.Abstract)),
            IsTitleRightToLeft = CleanText.IsRightToLeft(facts.Title),
            HtmlLinks = Encode(html, () => WriteHtmlRow(html, "l", facts.Links)),
            HtmlActions = Encode(html, () => WriteHtmlRow(html, "l a", facts.Actions)),
            HtmlBriefTop = Encode(html, () => WriteHtmlTop(html, facts, about: null)),
            TextTop = Encode(text, () => WriteTextTop(text, facts, facts.Abstract)),
            TextBottom = Encode(text, () => WriteTextBottom(text, facts.Links.Concat(facts.Actions), language)),
            HtmlShortTop = Encode(html, () => WriteHtmlTop(html, facts, facts.ShortAbstract)),
            TextShortTop = Encode(text, () => WriteTextTop(text, facts, facts.ShortAbstract)),
            TextBriefTop = Encode(text, () => WriteTextTop(text, facts, about: null)),
            TextBriefBottom = Encode(text, () => WriteTextBottom(text, facts.Links.Take(1), language)),
        };
        WireTemplate.Join(
            fragment.HtmlTop, fragment.HtmlLinks, fragment.HtmlActions, fragment.HtmlBriefTop, fragment.TextTop, fragment.TextBottom,
            fragment.HtmlShortTop, fragment.TextShortTop, fragment.TextBriefTop, fragment.TextBriefBottom);
        return fragment;
    }

    private static void WriteHtmlTop(HtmlWriter html, PaperFacts facts, string? about)
    {
        html.Write($"""
            {Indent}<a href="{facts.PaperUrl}"{facts.TitleLanguage}>{facts.Title}</a></h3>

            """);
        if (facts.Byline.Length > 0)
            html.Write($"""
                <p class="d"{facts.BylineDirection}>{facts.Byline}</p>

                """);
        if (about is not null)
            html.Write($"""
                <p{facts.AbstractDirection}>{about}</p>

                """);
    }

    // The links say no more than their labels: the heading above them names the paper, for screen readers too (WCAG H80).
    private static void WriteHtmlRow(HtmlWriter html, string name, IReadOnlyList<(string Label, string Url)> links)
    {
        html.Write($"""<p class="{name}">""");
        var separator = "";
        foreach (var (label, url) in links)
        {
            html.Write($"""
                {separator}<a href="{url}">{label}</a>
                """);
            separator = " · ";
        }

        html.Write($"""
            </p>

            """);
    }

    private static void WriteTextTop(PlainTextWriter text, PaperFacts facts, string? about)
    {
        text.Wrap(facts.Title, Indent, Indent);
        if (facts.TextByline.Length > 0)
            text.Wrap(facts.TextByline, Indent, Indent);
        text.Blank();
        if (about is not null)
            text.Wrap(about);
        text.Blank();
    }

    private static void WriteTextBottom(PlainTextWriter text, IEnumerable<(string Label, string Url)> links, Language language)
    {
        text.Blank();
        // At the margin and not in columns, so that few links are longer than a line of the wire.
        foreach (var (label, url) in links)
            text.Line(language.LabelledLink(label, url));
        text.Blank();
    }

    private static WireTemplate Encode(HtmlWriter html, Action write)
    {
        html.Clear();
        write();
        return WireTemplate.EncodeHtml(html.Written);
    }

    private static WireTemplate Encode(PlainTextWriter text, Action write)
    {
        text.Clear();
        write();
        return WireTemplate.EncodeText(text.Written);
    }

    /// <summary>Direction and language of a text; its language is said where it is known and not the mail's own.</summary>
    public static Markup Attributes(string text, Language language, string? textLanguage) =>
        new((CleanText.IsRightToLeft(text) ? " dir=\"rtl\"" : "") + LanguageOf(language, textLanguage));

    private static string LanguageOf(Language language, string? textLanguage) =>
        textLanguage is null || textLanguage == language.Tag ? "" : $" lang=\"{textLanguage}\"";

    /// <summary>A paper's facts as a mail says them.</summary>
    private sealed class PaperFacts
    {
        public PaperFacts(MailPaper paper, Language language, SiteOptions site)
        {
            Title = CleanText.Shorten(CleanText.Line(paper.Title), 400);
            TitleLanguage = new(LanguageOf(language, TextLetters.LanguageOf(Title)));
            var excerpt = Sentences.Excerpt(paper.Abstract);
            Abstract = paper is { IsInShort: true, InShort: { } inShort }
                ? language.Labelled(language.InShort, CleanText.Line(inShort))
                : excerpt.Length > 0 ? excerpt : language.NoAbstract;
            ShortAbstract = paper.IsInShort || excerpt.Length == 0 ? Abstract : Sentences.ShortExcerpt(paper.Abstract);
            AbstractDirection = Attributes(Abstract, language, excerpt.Length > 0 && !paper.IsInShort ? TextLetters.LanguageOf(Abstract) : null);
            var names = paper.Authors.Select(name => CleanText.Shorten(CleanText.Line(name), 60)).Where(name => name.Length > 0).ToList();
            var authors = language.Authors(NamesInLine.Of(names), MostAuthors);
            var gained = paper.UpvotesGained is > 0 ? $" ({language.UpvotesGained(paper.UpvotesGained.Value)})" : "";
            Byline = Join(authors, paper.Upvotes > 0 ? $"▲\u00A0{language.Number(paper.Upvotes)}{gained}" : "");
            BylineDirection = Attributes(Byline, language, textLanguage: null);
            TextByline = Join(language.Authors(names, MostAuthors), paper.Upvotes > 0 ? language.Upvotes(paper.Upvotes) + gained : "");
            PaperUrl = CleanText.WebAddress(paper.Url)
                ?? (paper.ArxivId is { } id ? CleanText.WebAddress($"https://arxiv.org/abs/{id}") : null)
                ?? site.Link($"/paper/{paper.Id}");
            Links = Present((language.PaperLink, PaperUrl), (language.PdfLink, Pdf(paper)), (language.CodeLink, paper.CodeUrl), (language.ProjectLink, paper.ProjectUrl));
            var feedback = site.Link(string.Create(CultureInfo.InvariantCulture, $"/f/{WireTemplate.ShortHole}/{paper.Id}"));
            Actions = [(language.MoreLikeThis, feedback + "/like"), (language.LessLikeThis, feedback + "/less"), (language.Save, feedback + "/save")];
        }

        public string Title { get; }
        public Markup TitleLanguage { get; }
        public string Abstract { get; }
        public string ShortAbstract { get; }
        public Markup AbstractDirection { get; }
        public string Byline { get; }
        public Markup BylineDirection { get; }
        public string TextByline { get; }
        public string PaperUrl { get; }
        public IReadOnlyList<(string Label, string Url)> Links { get; }
        public IReadOnlyList<(string Label, string Url)> Actions { get; }

        private static string Join(string authors, string upvotes) =>
            authors.Length == 0 ? upvotes : upvotes.Length == 0 ? authors : $"{authors} · {upvotes}";

        private static string? Pdf(MailPaper paper) =>
            paper.PdfUrl ?? (paper.ArxivId is { } id ? $"https://arxiv.org/pdf/{id}" : null);

        private static List<(string Label, string Url)> Present(params ReadOnlySpan<(string Label, string? Url)> links)
        {
            var present = new List<(string, string)>(links.Length);
            foreach (var (label, url) in links)
            {
                if (CleanText.WebAddress(url) is { } address)
                    present.Add((label, address));
            }

            return present;
        }
    }
}

/// <summary>How much of a paper a digest holds, the most first.</summary>
internal enum PaperExtent
{
    /// <summary>All that there is to say.</summary>
    Whole,

    /// <summary>The first sentence in place of the excerpt of the abstract.</summary>
    Short,

    /// <summary>Title, authors and a link.</summary>
    Brief,

    /// <summary>The same in the text, and nothing in the HTML.</summary>
    InTextAlone,

    /// <summary>Nothing: it is counted.</summary>
    LeftOut,
}
