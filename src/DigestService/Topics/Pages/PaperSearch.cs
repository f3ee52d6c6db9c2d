using DigestService.Papers.Pages;
using DigestService.Relevance;

namespace DigestService.Topics.Pages;

/// <summary>
/// Searches the newest papers with the language and the relevance of topics: what is found here is what a digest with
/// the same query would have chosen from.
/// </summary>
internal sealed class PaperSearch(RecentPapers recent, Archive archive)
{
    /// <summary>The most papers one answer holds.</summary>
    public const int MostShown = 100;

    /// <summary>The best matches, best first, and how many there are in all.</summary>
    public async Task<(IReadOnlyList<ArchivePaper> Papers, int Total)> FindAsync(TopicQuery query, int limit, int offset, CancellationToken ct)
    {
        var catalogue = await recent.GetAsync(ct);
        var today = archive.Today;
        var found = new List<(long Id, double Relevance)>();
        foreach (var paper in catalogue.Papers)
        {
            ct.ThrowIfCancellationRequested();
            if (paper.FirstListedOn <= today && QueryMatcher.Match(query, paper.Paper, catalogue.Statistics) is { } match)
                found.Add((paper.Paper.Id, match.Relevance));
        }

        found.Sort((a, b) => b.Relevance.CompareTo(a.Relevance) is not 0 and var byRelevance ? byRelevance : b.Id.CompareTo(a.Id));
        return (await archive.ByIdsAsync(found.Skip(offset).Take(limit).Select(hit => hit.Id), ct), found.Count);
    }
}
