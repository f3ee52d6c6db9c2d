using System.Globalization;
using DigestService.Relevance;
using NodaTime;

namespace DigestService.Topics;

/// <summary>One paper a query would have brought.</summary>
public sealed record PreviewMatch(PreviewPaper Paper, double Score, IReadOnlyList<string> Terms);

/// <summary>What a preview shows of a paper.</summary>
public sealed record PreviewPaper(long Id, string Title, LocalDate ListedOn);

/// <summary>
/// What a query would have brought in the last days, best first, how many a day, and a sentence where that is too
/// many or too few; and what it does not match but is near to it, which fills a page that has room.
/// </summary>
public sealed record PreviewResult(
    IReadOnlyList<PreviewMatch> Matches, IReadOnlyList<PreviewMatch> Near, double PerDay, int Days, string? Advice);

/// <summary>Tries a query on the last days; the command line and the preference page show the same.</summary>
internal sealed class TopicPreview(RecentPapers recent)
{
    private const double TooManyADay = 10;
    private const double TooFewADay = 1.0 / 7;

    /// <summary>Matches the papers listed in the <paramref name="days"/> days up to <paramref name="today"/>.</summary>
    public async Task<PreviewResult> TryAsync(TopicQuery query, LocalDate today, int days, CancellationToken ct) =>
        Try(query, await recent.GetAsync(ct), today, days);

    internal static PreviewResult Try(TopicQuery query, RecentCatalogue catalogue, LocalDate today, int days)
    {
        var first = today.PlusDays(1 - days);
        var listed = catalogue.Papers.Where(p => p.FirstListedOn >= first && p.FirstListedOn <= today).ToList();
        var set = new QuerySet(
            QueryLearning.Learn([new(0, query)], catalogue.Papers.Select(p => p.Paper), catalogue.Statistics), catalogue.Statistics);
        var found = listed.SelectMany(paper => set.Match(paper.Paper).Select(hit => (Paper: paper, hit.Match)))
            .OrderByDescending(hit => hit.Match.Relevance).ThenBy(hit => hit.Paper.Paper.Id)
            .ToLookup(hit => hit.Match.IsNear, hit => Shown(hit.Paper, hit.Match));
        var matches = found[false].ToList();
        var perDay = (double)matches.Count / days;
        return new(matches, found[true].ToList(), Math.Round(perDay, 3), days, Advice(perDay, matches.Count, days, listed.Count));
    }

    private static PreviewMatch Shown(RecentPaper paper, QueryMatch match) =>
        new(new(paper.Paper.Id, paper.Paper.Text.Title, paper.FirstListedOn), Math.Round(match.Relevance, 4), match.Terms);

    private static string? Advice(double perDay, int matches, int days, int listed)
    {
        if (listed == 0)
            return string.Create(CultureInfo.InvariantCulture, $"No paper was listed in these {days} days, so this says nothing about the query.");
        if (perDay > TooManyADay)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"This is broad: about {perDay:0} papers a day. Add a word, put words in quotation marks, or use title:.");
        if (perDay < TooFewADay)
            return matches == 0
                ? string.Create(CultureInfo.InvariantCulture, $"This is narrow: nothing in {days} days. Add synonyms with OR, or leave a word out.")
                : string.Create(CultureInfo.InvariantCulture, $"This is narrow: less than one paper a week. Add synonyms with OR, or leave a word out.");
        return null;
    }
}
