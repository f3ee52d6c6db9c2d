using System.Globalization;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Relevance.Embeddings;
using NodaTime;
using Npgsql;

namespace DigestService.Topics;

/// <summary>What a round of matching did.</summary>
public sealed record MatchingOutcome(int Papers, int Queries, int Matches);

/// <summary>
/// Keeps <c>topic_matches</c> true: each new or changed paper is matched once against every distinct query; each new
/// query once against the newest papers, and again as the catalogue grows, learning from what it finds. What is due is read
/// from the tables, so a crash or a missed call costs nothing but time, and calling it with nothing due costs two small queries.
/// </summary>
internal sealed class TopicMatching(
    Database database, RecentPapers recent, StoredVectors vectors, QueryVectors queryVectors, IClock clock)
{
    private const int PapersAtOnce = 2_000;
    private const int QueriesAtOnce = 500;
    // A digest looks back two weeks at the most by default; a paper may be listed again weeks after it was first.
    private const int DaysMatchesAreKept = 90;
    private static readonly Duration LearntAnewAfter = Duration.FromDays(7);
    private static readonly Duration UnusedFor = Duration.FromDays(1);

    /// <summary>Matches all that is due. To be called after an import, after a query is added, and before planning.</summary>
    public async Task<MatchingOutcome> MatchDueAsync(CancellationToken ct)
    {
        if (!await database.QuerySingleOrDefaultAsync<bool>(CatalogueQueries.HasQueries, null, ct)
            && await database.ExecuteAsync(CatalogueQueries.ForgetWaiting, null, ct) is > 0 and var unasked)
            return new MatchingOutcome(unasked, 0, 0);
        var total = new MatchingOutcome(0, 0, 0);
        bool isMoreNew;
        do
        {
            (var added, isMoreNew) = await database.InTransactionAsync(connection => MatchQueriesAsync(connection, ct), ct);
            total = total with { Queries = total.Queries + added.Queries, Matches = total.Matches + added.Matches };
        }
        while (isMoreNew);

        bool areMoreWaiting;
        do
        {
            var newest = await recent.GetAsync(ct);
            (var batch, areMoreWaiting) = await database.InTransactionAsync(connection => MatchPapersAsync(connection, newest, ct), ct);
            total = total with { Papers = total.Papers + batch.Papers, Matches = total.Matches + batch.Matches };
        }
        while (areMoreWaiting);
        return total;
    }

    // A catalogue that has stood still is as young as its newest paper.
    private static LocalDate OldestMatched(RecentCatalogue catalogue, Instant now)
    {
        var today = now.InUtc().Date;
        return (catalogue.Papers.Count == 0 ? today : LocalDate.Min(today, catalogue.Papers[0].FirstListedOn)).PlusDays(-DaysMatchesAreKept);
    }

    /// <summary>One batch of papers against every query; also whether there may be more that wait.</summary>
    private async Task<(MatchingOutcome Outcome, bool AreMoreWaiting)> MatchPapersAsync(
        NpgsqlConnection connection, RecentCatalogue newest, CancellationToken ct)
    {
        await connection.ExecuteAsync(CatalogueQueries.LockMatching, null, ct);
        var waiting = await connection.QueryAsync<WaitingPaper>(CatalogueQueries.WaitingPapers, new { limit = PapersAtOnce }, ct);
        if (waiting.Count == 0)
            return (new(0, 0, 0), false);
        var papers = await connection.QueryAsync<PaperRow>(
            CatalogueQueries.PapersToMatch, new { papers = waiting.Select(paper => paper.PaperId).Distinct().ToArray() }, ct);
        var now = clock.GetCurrentInstant();
        var asideQueries = await SetAsides.LoadAsync(connection, "query", ct);
        var queries = (await connection.QueryAsync<StandingQueryRow>(CatalogueQueries.AllQueries, null, ct))
            .Where(row => !asideQueries.IsGivenUp(row.Id, now))
            .Select(row => row.ToQuery()).OfType<StandingQuery>().ToList();
        var set = new QuerySet(await queryVectors.AttachAsync(queries, ct), newest.Statistics);
        var meanings = await vectors.OfPapersAsync(papers.Select(paper => paper.Id).ToArray(), ct);
        var matches = new MatchBatch();
        var faults = new List<Fault>();
        var read = papers.Select(row => (Row: row, Paper: Read(row, newest, faults))).Where(read => read.Paper is not null).ToList();
        foreach (var (at, query, match) in set.MatchAll(read.ConvertAll(of => (of.Paper!, meanings.GetValueOrDefault(of.Row.Id))))) // those that could not be read are left out
            matches.Add(query, read[at].Row.Id, read[at].Row.FirstListedOn, match);
        await asideQueries.RecordAsync(connection, set.Faults, [], now, ct);
        var again = await (await SetAsides.LoadAsync(connection, "paper", ct))
            .RecordAsync(connection, [.. faults, .. set.PaperFaults], papers.Select(p => p.Id).ToList(), now, ct);
        var ids = papers.Select(p => p.Id).ToArray();
        await matches.HoldAsync(connection, [], ids, ct);
        await connection.ExecuteAsync(CatalogueQueries.ForgetMatchesOfPapers, new { papers = ids }, ct);
        await matches.InsertAsync(connection, ct);
        var done = waiting.Where(paper => !again.Contains(paper.PaperId)).Select(paper => paper.Id).ToArray();
        await connection.ExecuteAsync(CatalogueQueries.RememberPapers, new { waiting = done }, ct);
        return (new(papers.Count, 0, matches.Count), waiting.Count == PapersAtOnce);
    }

    // A paper that throws is set aside and matches nothing; the others are matched all the same.
    private static IndexedPaper? Read(PaperRow row, RecentCatalogue newest, List<Fault> faults)
    {
        try
        {
            return newest.Find(row.Id, row.TextVersion) ?? row.Index();
        }
        catch (Exception thrown)
        {
            faults.Add(Fault.Of(row.Id, thrown));
            return null;
        }
    }

    /// <summary>One batch of queries against the newest papers; also whether there may be more that never were.</summary>
    private async Task<(MatchingOutcome Outcome, bool IsMoreNew)> MatchQueriesAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await connection.ExecuteAsync(CatalogueQueries.LockMatching, null, ct);
        var catalogue = await recent.GetAsync(ct);
        var now = clock.GetCurrentInstant();
        var rows = await connection.QueryAsync<DueQueryRow>(
            CatalogueQueries.DueQueries,
            new { before = now - LearntAnewAfter, half = (catalogue.Papers.Count + 1) / 2, limit = QueriesAtOnce },
            ct);
        if (rows.Count == 0)
            return (new(0, 0, 0), false);
        // A query that comes round again is the occasion to ask whether anybody still has it.
        // Only what nobody has is held, so that no reader who has a query waits for all that follows.
        var asked = await connection.QueryAsync<long>(CatalogueQueries.AskedByReaders, new { queries = rows.Select(row => row.Id).ToArray() }, ct);
        var old = await connection.QueryAsync<long>(
            CatalogueQueries.LockOldQueries, new { queries = rows.Select(row => row.Id).Except(asked).ToArray(), before = now - UnusedFor }, ct);
        var removed = await TopicCatalogue.RemoveQueriesAsync(connection, old, ct);
        rows = rows.Where(row => !removed.Contains(row.Id)).ToList();
        if (rows.Count == 0)
            return (new(0, removed.Count, 0), false);
        var papers = catalogue.Papers.Select(p => p.Paper).ToList();
        var faults = new List<Fault>();
        var queries = QueryLearning.Learn([.. rows.Select(row => row.ToQuery()).OfType<StandingQuery>()], papers, catalogue.Statistics, faults);
        var set = new QuerySet(await queryVectors.AttachAsync(queries, ct), catalogue.Statistics);
        var meanings = await vectors.OfPapersAsync(papers.ConvertAll(paper => paper.Id), ct);
        var matches = new MatchBatch();
        var topics = rows.Where(row => row.IsTopic).Select(row => row.Id).ToHashSet();
        var oldest = OldestMatched(catalogue, now);
        foreach (var (at, query, match) in set.MatchAll(papers.ConvertAll(paper => (paper, meanings.GetValueOrDefault(paper.Id)))))
            if (catalogue.Papers[at].FirstListedOn is var listedOn && (listedOn >= oldest || topics.Contains(query)))
                matches.Add(query, papers[at].Id, listedOn, match);
        var again = await (await SetAsides.LoadAsync(connection, "query", ct))
            .RecordAsync(connection, [.. faults, .. set.Faults], rows.Select(row => row.Id).ToList(), now, ct);
        var ids = rows.Select(row => row.Id).ToArray();
        await matches.HoldAsync(connection, ids, [], ct);
        await connection.ExecuteAsync(CatalogueQueries.ForgetNearMatchesOfQueries, new { queries = ids }, ct);
        var ownQueries = rows.Where(row => row is { IsTopic: false, IsNew: false }).Select(row => row.Id).ToArray();
        await connection.ExecuteAsync(CatalogueQueries.ForgetOldMatches, new { ownQueries, oldest }, ct);
        await matches.InsertAsync(connection, ct);
        await RememberQueriesAsync(connection, rows.Where(row => !again.Contains(row.Id)).ToList(), queries, papers.Count, now, ct);
        return (new(0, rows.Count, matches.Count), rows[^1].IsNew && rows.Count == QueriesAtOnce);
    }

    private static Task RememberQueriesAsync(
        NpgsqlConnection connection, IReadOnlyList<DueQueryRow> rows, IReadOnlyList<StandingQuery> queries, int papers, Instant now, CancellationToken ct)
    {
        var learnt = queries.ToDictionary(query => query.Id, query => query.Expansion);
        var expansions = rows.Select(row => learnt.GetValueOrDefault(row.Id)).ToList();
        return connection.ExecuteAsync(
            CatalogueQueries.RememberQueries,
            new
            {
                now,
                papers,
                queries = rows.Select(row => row.Id).ToArray(),
                terms = expansions.Select(expansion => Literal(expansion?.Terms.Select(term => unchecked((long)term)))).ToArray(),
                weights = expansions.Select(expansion => Literal(expansion?.Weights)).ToArray(),
                typicals = expansions.Select(expansion => expansion?.Typical ?? 0).ToArray(),
            },
            ct);
    }

    private static string Literal<T>(IEnumerable<T>? numbers)
        where T : IFormattable =>
        $"{{{string.Join(',', (numbers ?? []).Select(number => number.ToString(null, CultureInfo.InvariantCulture)))}}}";

    private sealed record WaitingPaper
    {
        public required long Id { get; init; }

        public required long PaperId { get; init; }
    }

    /// <summary>A query to be held against the newest papers.</summary>
    private sealed record DueQueryRow
    {
        public required long Id { get; init; }

        public required string Canonical { get; init; }

        public required bool IsNew { get; init; }

        public required bool IsTopic { get; init; }

        public StandingQuery? ToQuery() => TopicQuery.TryParse(Canonical, out var query, out _) ? new(Id, query) : null;
    }
}
