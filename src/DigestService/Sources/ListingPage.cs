using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using DigestService.Papers;
using NodaTime;

namespace DigestService.Sources;

/// <summary>
/// The text of a daily listing page, in either of its layouts: some lines of the page's furniture, then title and
/// abstract in turn, in the order of the page. In one layout the first title sticks to the word Subscribe; the other
/// leaves blank lines between and names its day without a year. Nothing marks a title but its place, so that a page on
/// which one line is missing or cut is refused whole.
/// </summary>
internal static partial class ListingPage
{
    // The longest title on arXiv has about 300 characters, the shortest abstract that follows a lost title has more.
    private const int MaxTitleLength = 400;

    private const string Glue = "Subscribe";
    private const string Invitation = "Get trending papers in your email inbox";

    /// <summary>Whether a document begins like a listing page.</summary>
    public static bool Looks(string beginning)
    {
        foreach (var line in beginning.Split('\n', 12))
        {
            if (line.Trim().StartsWith(Invitation, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    /// <summary>The page's papers, all of them or none.</summary>
    /// <exception cref="UnreadableDocumentException">It is no listing page, or not a whole one.</exception>
    public static IEnumerable<PaperDraft> Read(Stream stream, SourceDocument document)
    {
        var lines = ReadLines(stream);
        var first = SkipFurniture(lines, out var pageDay);
        var day = document.ListedOn ?? (pageDay is { } found ? Resolve(found, document) : null);
        return Pair(lines, first, day, document);
    }

    private static List<(int Number, string Text)> ReadLines(Stream stream)
    {
        var lines = new List<(int, string)>();
        var number = 0;
        using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            while (reader.ReadLine() is { } line)
            {
                number++;
                if (!string.IsNullOrWhiteSpace(line))
                    lines.Add((number, line.Trim()));
            }
        }
        catch (DecoderFallbackException)
        {
            throw new UnreadableDocumentException(number + 1, "The text is not UTF-8.");
        }

        return lines;
    }

    private static int SkipFurniture(List<(int Number, string Text)> lines, out PageDay? day)
    {
        day = null;
        var isListing = false;
        var hasGlue = true;
        var at = 0;
        for (; at < lines.Count; at++)
        {
            var text = lines[at].Text;
            if (text.StartsWith(Invitation, StringComparison.OrdinalIgnoreCase))
                isListing = true;
            else if (PageDay.TryParse(text) is { } found)
                day = found;
            else if (Furniture().IsMatch(text))
                hasGlue &= !text.Equals(Glue, StringComparison.OrdinalIgnoreCase);
            else
                break;
        }

        if (hasGlue && at < lines.Count && lines[at].Text.StartsWith(Glue, StringComparison.Ordinal))
            lines[at] = (lines[at].Number, lines[at].Text[Glue.Length..].TrimStart());
        if (!isListing)
        {
            throw new UnreadableDocumentException(
                lines.Count == 0 ? 1 : lines[0].Number, $"This is no listing page: it lacks the line '{Invitation}'.");
        }

        if (at == lines.Count)
            throw new UnreadableDocumentException(lines[^1].Number, "The listing page ends before its first paper.");
        return at;
    }

    private static List<PaperDraft> Pair(List<(int Number, string Text)> lines, int first, LocalDate? day, SourceDocument document)
    {
        var papers = new List<PaperDraft>((lines.Count - first) / 2);
        for (var at = first; at < lines.Count; at += 2)
        {
            var (number, title) = lines[at];
            if (title.Length > MaxTitleLength)
                throw new UnreadableDocumentException(number, "A title was expected and this is too long for one: a line is missing above it.");
            if (at + 1 == lines.Count)
                throw new UnreadableDocumentException(number, "The page ends behind this title, before its abstract: it was cut off.");
            var (lastNumber, text) = lines[at + 1];
            if (at + 2 == lines.Count && !EndsLikeAnAbstract(text))
                throw new UnreadableDocumentException(lastNumber, "The page ends within this abstract: it was cut off.");
            var raw = new RawPaper { Line = number, Title = title, Abstract = text, ListedOn = day, Position = papers.Count + 1 };
            if (raw.TryBuild(SourceAuthority.ListingPage, document, out var reason) is not { } draft)
                throw new UnreadableDocumentException(number, reason);
            papers.Add(draft);
        }

        return papers;
    }

    // An abstract ends its last sentence, or with an address, as in "Code: https://example.org/x".
    private static bool EndsLikeAnAbstract(string text)
    {
        if (!char.IsLetterOrDigit(text[^1]) && text[^1] is not (',' or ';' or ':' or '-' or '('))
            return true;
        var lastWord = text.AsSpan(text.LastIndexOf(' ') + 1);
        return lastWord.Contains("://", StringComparison.Ordinal)
            || lastWord.StartsWith("www.", StringComparison.OrdinalIgnoreCase)
            || (lastWord.Contains('/') && lastWord.Contains('.'));
    }

    private static LocalDate Resolve(PageDay day, SourceDocument document)
    {
        if (day.Year is { } year)
            return new LocalDate(year, day.Month, day.Day);
        var latest = document.Now.InUtc().Date;
        for (var candidate = latest.Year; ; candidate--)
        {
            if (day.Day > CalendarSystem.Iso.GetDaysInMonth(candidate, day.Month))
                continue;
            var date = new LocalDate(candidate, day.Month, day.Day);
            if (date <= latest)
                return date;
        }
    }

    [GeneratedRegex(@"^(?:new|subscribe|daily papers|trending papers|papers|by\s*AK\b.*|daily|weekly|monthly|today|trending)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Furniture();

    // "Mar 17", "March 17", "Mar 17, 2025" or "17 Mar 2025".
    private readonly record struct PageDay(int Month, int Day, int? Year)
    {
        private static readonly string[] WithoutYear = ["MMM d", "MMMM d", "d MMM", "d MMMM"];
        private static readonly string[] WithYear = ["MMM d, yyyy", "MMMM d, yyyy", "MMM d yyyy", "MMMM d yyyy", "d MMM yyyy", "d MMMM yyyy", "yyyy-MM-dd"];

        public static PageDay? TryParse(string text)
        {
            if (text.Length is < 5 or > 20)
                return null;
            if (DateOnly.TryParseExact(text, WithYear, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out var full))
                return new PageDay(full.Month, full.Day, full.Year);
            // A leap year lends itself to the parse, or Feb 29 could not be read.
            var inLeapYear = text + " 2024";
            return DateOnly.TryParseExact(
                inLeapYear, WithoutYear.Select(pattern => pattern + " yyyy").ToArray(), CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out var day)
                ? new PageDay(day.Month, day.Day, null)
                : null;
        }
    }
}
