using DigestService.Relevance;

namespace DigestService.Topics.Starting;

/// <summary>A topic of the catalogue that some papers are on, and how many of them.</summary>
public sealed record ProposedTopic(Topic Topic, int Papers);

/// <summary>
/// Finds the topics that papers are on, as digests would: by the words of the topic's query, and by meaning where papers and
/// topics have vectors.
/// </summary>
internal static class FittingTopics
{
    private const int Most = 6;
    private const int FewPapers = 4;
    // What a paper mentions in passing comes to less than half of what it is about.
    private const double LeastOfBest = 0.5;

    /// <summary>The topics, the one that fits best first. A topic of a single paper is none of several papers', unless all are.</summary>
    public static IReadOnlyList<ProposedTopic> Find(
        IReadOnlyList<IndexedPaper> papers, IReadOnlyDictionary<long, float[]> meanings,
        IReadOnlyList<Topic> topics, IReadOnlyList<StandingQuery> queries, CatalogueStatistics statistics)
    {
        var byQuery = topics.ToLookup(topic => topic.QueryId);
        var set = new QuerySet(queries, statistics);
        var fitting = papers.SelectMany(paper => WorthNaming(set.Match(paper, meanings.GetValueOrDefault(paper.Id)).ToList()))
            .GroupBy(hit => hit.QueryId)
            .SelectMany(hits => byQuery[hits.Key].Select(topic => (Topic: topic, Papers: hits.Count(), Relevance: hits.Sum(hit => hit.Match.Relevance))))
            .OrderByDescending(topic => topic.Relevance).ThenBy(topic => topic.Topic.Id)
            .ToList();
        var fewest = papers.Count < FewPapers ? 1 : Math.Max(2, papers.Count / 10);
        var shared = fitting.FindAll(topic => topic.Papers >= fewest);
        return (shared.Count > 0 ? shared : fitting).Take(Most).Select(topic => new ProposedTopic(topic.Topic, topic.Papers)).ToList();
    }

    private static List<(long QueryId, QueryMatch Match)> WorthNaming(List<(long QueryId, QueryMatch Match)> hits) =>
        hits.FindAll(hit => hit.Match.Relevance >= LeastOfBest * hits.Max(other => other.Match.Relevance));
}
