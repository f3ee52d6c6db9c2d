using DigestService.Relevance;
using DigestService.Relevance.Embeddings;

namespace DigestService.Topics.Starting;

/// <summary>A paper that becomes a first like.</summary>
public sealed record StartingPaper(long Id, string Title);

/// <summary>What is proposed to somebody who named some papers.</summary>
public sealed record StartingProposal
{
    /// <summary>The papers that were found, in the order in which they were named.</summary>
    public required IReadOnlyList<StartingPaper> Papers { get; init; }

    /// <summary>What was not found, as it was written.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>The text named more than is read.</summary>
    public required bool IsCut { get; init; }

    /// <summary>Topics of the catalogue, the one that fits best first.</summary>
    public required IReadOnlyList<ProposedTopic> Topics { get; init; }

    /// <summary>Queries of the reader's own, the most telling first.</summary>
    public required IReadOnlyList<ProposedQuery> Queries { get; init; }

    /// <summary>Authors to follow.</summary>
    public required IReadOnlyList<ProposedAuthor> Authors { get; init; }
}

/// <summary>Proposes topics and queries to somebody who names papers.</summary>
internal sealed class StartingProposals(
    StartingPapers papers, TopicCatalogue catalogue, QueryVectors vectors, RecentPapers recent, StoredVectors stored)
{
    /// <summary>Reads a pasted text. What the reader has already, by the canonical text of its query, is not proposed again.</summary>
    public async Task<StartingProposal> ProposeAsync(string text, IReadOnlySet<string> held, CancellationToken ct) =>
        await ProposeAsync(await papers.FindAsync(text, ct), held, ct);

    /// <summary>The same for papers that are known.</summary>
    public async Task<StartingProposal> ProposeAsync(IReadOnlyList<long> known, IReadOnlySet<string> held, CancellationToken ct) =>
        await ProposeAsync(await papers.ReadAsync(known, ct), held, ct);

    private async Task<StartingProposal> ProposeAsync(NamedPapers named, IReadOnlySet<string> held, CancellationToken ct)
    {
        var indexed = named.Papers.Select(row => row.TryIndex()).OfType<IndexedPaper>().ToList();
        var newest = await recent.GetAsync(ct);
        var topics = await catalogue.ListAsync(ct);
        var meanings = await stored.OfPapersAsync(indexed.Select(paper => paper.Id), ct);
        var queries = await vectors.AttachAsync(topics.Select(ToQuery).OfType<StandingQuery>().ToList(), ct);
        var fitting = FittingTopics.Find(indexed, meanings, topics, queries, newest.Statistics);
        var known = queries.Where(query => fitting.Any(topic => topic.Topic.QueryId == query.Id)).Select(query => query.Query)
            .Concat(held.Select(canonical => TopicQuery.TryParse(canonical, out var query, out _) ? query : null).OfType<TopicQuery>())
            .ToList();
        return new StartingProposal
        {
            Papers = named.Papers.Select(row => new StartingPaper(row.Id, row.Title)).ToList(),
            Missing = named.Missing,
            IsCut = named.IsCut,
            Topics = fitting.Where(topic => !held.Contains(topic.Topic.Query)).ToList(),
            Queries = SharedWords.Find(indexed, newest.Papers.Select(paper => paper.Paper).ToList(), newest.Statistics, known),
            Authors = named.Authors,
        };
    }

    private static StandingQuery? ToQuery(Topic topic) =>
        TopicQuery.TryParse(topic.Query, out var query, out _) ? new StandingQuery(topic.QueryId, query) : null;
}
