using DigestService.Platform;
using DigestService.Relevance;
using NodaTime;
using Npgsql;

namespace DigestService.Topics;

/// <summary>What a round of matching did.</summary>
public sealed record MatchingOutcome(int Papers, int Queries, int Matches);

/// <summary>
/// Keeps <c>topic_matches</c> true: each new or changed paper is matched once against every distinct query, each new
/// query once against the newest papers. What is due is read from the tables, so a crash or a missed call costs
/// nothing but time, and calling it with nothing due costs two small queries.
/// </summary>
internal sealed class TopicMatching(Database database, RecentPapers recent, IClock clock)
{
    private const int BatchSize = 2_000;

    /// <summary>Matches all that is due. To be called after an import, after a query is added, and before planning.</summary>
    public async Task<MatchingOutcome> MatchDueAsync(CancellationToken ct)
    {
        var total = new MatchingOutcome(0, 0, 0);
        while (true)
        {
            var statistics = (await recent.GetAsync(ct)).Statistics;
            var batch = await database.InTransactionAsync(connection => MatchPapersAsync(connection, statistics, ct), ct);
            total = total with { Papers = total.Papers + batch.Papers, Matches = total.Matches + batch.Matches };
            if (batch.Papers < BatchSize)
                break;
        }
        var added = await database.InTransactionAsync(connection => MatchQueriesAsync(connection, ct), ct);
        return total with { Queries = added.Queries, Matches = total.Matches + added.Matches };
    }

    private async Task<MatchingOutcome> MatchPapersAsync(
        NpgsqlConnection connection, CatalogueStatistics statistics, CancellationToken ct)
    {
        await connection.ExecuteAsync(CatalogueQueries.LockMatching, null, ct);
        var papers = await connection.QueryAsync<PaperRow>(CatalogueQueries.DuePapers, new { limit = BatchSize }, ct);
        if (papers.Count == 0)
            return new(0, 0, 0);
        var set = new QuerySet(Parse(await connection.QueryAsync<QueryRow>(CatalogueQueries.AllQueries, null, ct)), statistics);
        var matches = new MatchBatch();
        foreach (var row in papers)
            foreach (var (query, match) in set.Match(row.Index()))
                matches.Add(query, row.Id, match);
        var ids = papers.Select(p => p.Id).ToArray();
        await connection.ExecuteAsync(CatalogueQueries.ForgetMatchesOfPapers, new { papers = ids }, ct);
        await matches.InsertAsync(connection, ct);
        await connection.ExecuteAsync(
            CatalogueQueries.RememberPapers,
            new { papers = ids, versions = papers.Select(p => p.UpdatedAt.ToDateTimeUtc()).ToArray() },
            ct);
        return new(papers.Count, 0, matches.Count);
    }

    private async Task<MatchingOutcome> MatchQueriesAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await connection.ExecuteAsync(CatalogueQueries.LockMatching, null, ct);
        var rows = await connection.QueryAsync<QueryRow>(CatalogueQueries.UnmatchedQueries, null, ct);
        if (rows.Count == 0)
            return new(0, 0, 0);
        var catalogue = await recent.GetAsync(ct);
        var set = new QuerySet(Parse(rows), catalogue.Statistics);
        var matches = new MatchBatch();
        foreach (var paper in catalogue.Papers)
            foreach (var (query, match) in set.Match(paper.Paper))
                matches.Add(query, paper.Paper.Id, match);
        await matches.InsertAsync(connection, ct);
        await connection.ExecuteAsync(
            CatalogueQueries.RememberQueries,
            new { queries = rows.Select(r => r.Id).ToArray(), now = clock.GetCurrentInstant() },
            ct);
        return new(0, rows.Count, matches.Count);
    }

    // Canonical text parses by construction; one that does not (the language has changed since) matches nothing
    // rather than stop everybody's digest.
    private static IEnumerable<KeyValuePair<long, TopicQuery>> Parse(IEnumerable<QueryRow> rows)
    {
        foreach (var row in rows)
            if (TopicQuery.TryParse(row.Canonical, out var query, out _))
                yield return new(row.Id, query);
    }

    private sealed class MatchBatch
    {
        private const char UnitSeparator = '\u001f';

        private readonly List<long> _queries = [];
        private readonly List<long> _papers = [];
        private readonly List<float> _relevances = [];
        private readonly List<string> _terms = [];

        public int Count => _queries.Count;

        public void Add(long query, long paper, QueryMatch match)
        {
            _queries.Add(query);
            _papers.Add(paper);
            _relevances.Add((float)match.Relevance);
            _terms.Add(string.Join(UnitSeparator, match.Terms));
        }

        public Task InsertAsync(NpgsqlConnection connection, CancellationToken ct) => Count == 0
            ? Task.CompletedTask
            : connection.ExecuteAsync(
                CatalogueQueries.InsertMatches,
                new { queries = _queries.ToArray(), papers = _papers.ToArray(), relevances = _relevances.ToArray(), terms = _terms.ToArray() },
                ct);
    }
}
