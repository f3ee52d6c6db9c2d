using DigestService.Papers;
using DigestService.Papers.Pages;
using DigestService.Relevance;
using DigestService.Relevance.Search;

namespace DigestService.Topics.Pages;

/// <summary>
/// Searches the newest papers. Plain words are a free text, and what is closest to it leads. With quotation marks, OR,
/// brackets, fields or unwanted words it is a query as topics are, and finds exactly what a digest with it would choose from.
/// </summary>
internal sealed class PaperSearch(RecentPapers recent, FreeTextSearch freeText, Archive archive)
{
    /// <summary>The most papers one answer holds.</summary>
    public const int MostShown = 100;

    /// <summary>The best papers listed up to today, best first, and how many there are in all.</summary>
    public async Task<(IReadOnlyList<ArchivePaper> Papers, int Total)> FindAsync(TopicQuery query, int limit, int offset, CancellationToken ct)
    {
        var ranked = await RankAsync(query, await recent.GetAsync(ct), ct);
        var today = archive.Today;
        var ids = ranked.Where(paper => paper.FirstListedOn <= today).Select(paper => paper.Paper.Id).ToList();
        return (await archive.ByIdsAsync(ids.Skip(offset).Take(limit), ct), ids.Count);
    }

    /// <summary>The newest papers that answer the query, best first, as a filter on the whole catalogue.</summary>
    public async Task<FoundPapers> RankAsync(TopicQuery query, CancellationToken ct)
    {
        var catalogue = await recent.GetAsync(ct);
        var ranked = await RankAsync(query, catalogue, ct);
        return new([.. ranked.Select(paper => paper.Paper.Id)], query.Text, catalogue.Oldest);
    }

    private async Task<IReadOnlyList<RecentPaper>> RankAsync(TopicQuery query, RecentCatalogue catalogue, CancellationToken ct) =>
        query.IsPlainText ? await freeText.RankAsync(catalogue, query.Text, ct) : ByRelevance(query, catalogue, ct);

    private static List<RecentPaper> ByRelevance(TopicQuery query, RecentCatalogue catalogue, CancellationToken ct)
    {
        var found = new List<(RecentPaper Paper, double Relevance)>();
        foreach (var paper in catalogue.Papers)
        {
            ct.ThrowIfCancellationRequested();
            if (QueryMatcher.Match(query, paper.Paper, catalogue.Statistics) is { } match)
                found.Add((paper, match.Relevance));
        }
        found.Sort((a, b) => b.Relevance.CompareTo(a.Relevance) is not 0 and var byRelevance ? byRelevance : b.Paper.Paper.Id.CompareTo(a.Paper.Paper.Id));
        return found.ConvertAll(hit => hit.Paper);
    }
}
