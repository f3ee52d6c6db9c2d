using System.Globalization;
using System.Text.RegularExpressions;
using DigestService.Papers;
using NodaTime;

namespace DigestService.Sources;

/// <summary>
/// arXiv's Atom: answers of the API (<c>/api/query</c>), and the daily feed, whose entries say how they were announced.
/// A question the API cannot answer comes back as an entry titled "Error".
/// </summary>
internal static class ArxivAtom
{
    /// <summary>The feed's papers.</summary>
    public static IEnumerable<PaperDraft> Read(Stream stream, SourceDocument document)
    {
        var xml = new XmlRecords(stream, document);
        var position = 0;
        foreach (var entry in xml.Read(name => name is "entry" or "totalResults", ["feed"]))
        {
            if (entry.Name == "totalResults")
            {
                document.Total = int.TryParse(entry.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var total) ? total : null;
                continue;
            }

            var raw = ReadEntry(entry, document, ref position);
            var reason = document.Fault = ErrorOf(entry);
            if (reason is null && raw.TryBuild(SourceAuthority.Arxiv, document, out reason) is { } draft)
                yield return draft;
            else
                document.Reject(entry.Line, reason ?? "");
        }
    }

    private static string? ErrorOf(XmlRecord entry) =>
        entry.TextOf("title") == "Error" && entry.TextOf("id")?.Contains("/api/errors", StringComparison.Ordinal) == true
            ? "arXiv answers: " + PeopleText.Clean(entry.TextOf("summary") ?? "an error") + "."
            : null;

    private static RawPaper ReadEntry(XmlRecord entry, SourceDocument document, ref int position)
    {
        var raw = new RawPaper
        {
            Line = entry.Line,
            Title = entry.TextOf("title"),
            Abstract = entry.TextOf("summary"),
            Arxiv = entry.TextOf("id"),
            Doi = entry.TextOf("doi"),
            Comment = entry.TextOf("comment"),
            UpdatedAt = Moments.TryParse(entry.TextOf("updated")),
        };
        raw.PublishedAt = raw.DateOf(entry.TextOf("published"));
        if (entry.Child("primary_category")?.Attribute("term") is { } primary)
            raw.Categories.Add(primary);
        raw.Categories.AddRange(entry.All("category").Select(category => category.Attribute("term")).OfType<string>());
        raw.Authors.AddRange(entry.All("author").Select(author => author.TextOf("name")).OfType<string>());
        if (entry.TextOf("announce_type") is { } announced)
        {
            ArxivAnnouncement.Apply(raw, announced, raw.PublishedAt ?? raw.UpdatedAt, document, ref position);
            if (raw.Authors.Count == 0)
                raw.Authors.AddRange(AuthorList.Split(entry.TextOf("creator"), isGivenFirst: true));
            raw.UpdatedAt = null;
            raw.PublishedAt = null;
        }
        else if (document.Said(raw.PublishedAt) is { } published)
        {
            // The API gives the authors' remark, in which a withdrawal stands; the daily feeds do not.
            raw.TellsWithdrawal = true;
            raw.ListedOn = ArxivCalendar.ListedOn(published);
        }

        return raw;
    }
}

/// <summary>arXiv's daily RSS: every item is an announcement, new, cross-listed or of a new version.</summary>
internal static class ArxivRss
{
    /// <summary>The feed's papers.</summary>
    public static IEnumerable<PaperDraft> Read(Stream stream, SourceDocument document)
    {
        var xml = new XmlRecords(stream, document);
        var position = 0;
        foreach (var item in xml.Read(name => name is "item", ["rss", "RDF"]))
        {
            var raw = new RawPaper
            {
                Line = item.Line,
                Title = item.TextOf("title"),
                Abstract = item.TextOf("description"),
                Arxiv = item.TextOf("guid") ?? item.TextOf("link"),
                Url = item.TextOf("link"),
                Doi = item.TextOf("DOI") ?? item.TextOf("doi"),
            };
            raw.Categories.AddRange(item.All("category").Select(category => category.Text.Trim()));
            raw.Authors.AddRange(AuthorList.Split(item.TextOf("creator"), isGivenFirst: true));
            ArxivAnnouncement.Apply(raw, item.TextOf("announce_type"), raw.DateOf(item.TextOf("pubDate")), document, ref position);
            if (raw.TryBuild(SourceAuthority.Arxiv, document, out var reason) is { } draft)
                yield return draft;
            else
                document.Reject(item.Line, reason);
        }
    }
}

/// <summary>What arXiv's two daily feeds share.</summary>
internal static partial class ArxivAnnouncement
{
    /// <summary>Reads how and when an entry was announced, and takes the preface off its abstract.</summary>
    public static void Apply(RawPaper raw, string? announced, Instant? feedDate, SourceDocument document, ref int position)
    {
        if (raw.Abstract is { } text && Preface().Match(text) is { Success: true } preface)
        {
            announced ??= preface.Groups["type"].Value;
            raw.Abstract = text[preface.Length..];
        }

        raw.ListedOn = document.Said(feedDate?.InZone(ArxivCalendar.Zone).Date);
        var day = document.DayOf(raw.ListedOn);
        raw.IsReplacement = announced?.Trim() switch
        {
            "replace" or "replace-cross" => true,
            // A cross-listing of an older paper shows it to another field; it does not make it new.
            "cross" => ArxivId.TryParse(raw.Arxiv, out var id) && id.FirstDayOfMonth.PlusMonths(2) <= day,
            _ => false,
        };
        raw.IsLaterVersion = announced?.Trim() is "replace" or "replace-cross";
        raw.IsAnnouncement = announced?.Trim() == "new";
        if (!raw.IsReplacement)
            raw.Position = ++position;
    }

    [GeneratedRegex(@"^\s*arXiv:\S+\s+Announce Type:\s*(?<type>[a-z-]+)\s*(?:Abstract:\s*)?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Preface();
}
