using DigestService.Papers;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Relevance.Embeddings;
using DigestService.Relevance.Search;
using NodaTime;

namespace DigestService.Topics.Searching;

/// <summary>A word, or all words of a search, that were taken for others.</summary>
public sealed record Correction(string From, string To);

/// <summary>What a search found: rows of papers, the best first, and the word that was looked for in place of a mistyped one.</summary>
public sealed record SearchAnswer(IReadOnlyList<long> Ranked, Correction? Correction);

/// <summary>A part of what a search found, how many papers were ranked in all, and the word that was looked for in place of another.</summary>
internal sealed record FoundPapers(IReadOnlyList<ArchivePaper> Papers, int Total, Correction? Correction)
{
    /// <summary>The place after which the next part begins; null after the last.</summary>
    public ListPlace? Next { get; init; }
}

/// <summary>
/// Searches the whole catalogue. Identifiers and whole titles come first, then an author's papers where the words are a name.
/// Plain words are a free text, and what is closest to it leads. With quotation marks, OR, brackets, fields or unwanted words it
/// is a query as topics are, and finds exactly what a digest with it would choose from.
/// </summary>
internal sealed class PaperSearch(Database database, RecentPapers recent, FreeTextSearch freeText, OlderPapers older, StoredVectors stored, Archive archive)
{
    /// <summary>The most papers that a citation file holds.</summary>
    public const int MostCited = 100;

    private const int MostRanked = 1_000;
    private const int ShortestMistyped = 4;
    private const int MostMistyped = 4;

    /// <summary>
    /// A part of the papers that answer a text as it was pasted, and how many were ranked in all; at most a thousand. Nothing but what is wrong with it where it is no query and no paper's
    /// name: a title may hold what no query may.
    /// </summary>
    public async Task<(FoundPapers? Found, QueryError? Error)> FindAsync(string text, bool isExact, PaperRange range, CancellationToken ct)
    {
        var (answer, error) = await AnswerAsync(text, isExact, waits: false, ct);
        if (answer is null)
            return (null, error);
        var ranked = answer.Ranked.ToList();
        var shown = ranked.Skip(StartOf(range, ranked)).Take(range.Limit).ToList();
        var end = shown.Count == 0 ? ranked.Count : ranked.IndexOf(shown[^1]) + 1;
        return (new(await archive.ByIdsAsync(shown, ct), ranked.Count, answer.Correction)
        {
            Next = end < ranked.Count ? new ListPlace(archive.Today, 0, end, shown[^1]) : null,
        }, null);
    }

    /// <summary>
    /// The latest papers that a digest with the text as its query would choose from, plain words too, for who follows a search; where
    /// there are none, what is closest to it. Null where the text is no query and no paper's name.
    /// </summary>
    public async Task<IReadOnlyList<ArchivePaper>?> LatestAsync(string text, int most, CancellationToken ct)
    {
        if (TopicQuery.TryParsePasted(text, out var query, out _) && await MatchesAsync(query, waits: false, ct) is { Count: > 0 } matches)
        {
            var latest = matches.OrderByDescending(hit => hit.FirstListedOn).ThenByDescending(hit => hit.Relevance).ThenByDescending(hit => hit.Id);
            return await archive.ByIdsAsync(latest.Take(most).Select(hit => hit.Id), ct);
        }

        return await FindAsync(text, isExact: true, new(most), ct) is ({ Papers: var papers }, _) ? [.. papers.OrderByDescending(paper => paper.FirstListedOn)] : null;
    }

    // The paper that was the last one shown may have moved since. Where it is gone, those behind it have moved up by one.
    private static int StartOf(PaperRange range, List<long> ranked)
    {
        if (range.After is not { } after)
            return range.Offset;
        var place = ranked.IndexOf(after.Paper);
        return place < 0 ? Math.Max(0, after.Position - 1) : place + 1;
    }

    /// <summary>The same, as rows.</summary>
    public async Task<(SearchAnswer? Answer, QueryError? Error)> AnswerAsync(string text, bool isExact, bool waits, CancellationToken ct)
    {
        if (TopicQuery.TryParsePasted(text, out var query, out var error))
            return (await RankAsync(query, isExact, waits, ct), null);
        var named = await FindNamedAsync(text, ct);
        return named.Count == 0 ? (null, error) : (new(named, null), null);
    }

    /// <summary>The papers that a pasted text names: by an identifier in it, or because it is their title.</summary>
    public async Task<IReadOnlyList<long>> FindNamedAsync(string text, CancellationToken ct)
    {
        var keys = PastedNames.In(PeopleText.Storable(text)).ToArray();
        // Titles are kept as people read them. One that is copied from a page of arXiv holds LaTeX.
        var readable = PeopleText.Clean(text);
        var title = WorkKeys.OfTitle(readable);
        string[] titles = [title, .. WorkKeys.FormerOfTitle(readable)];
        var named = await database.QueryAsync<NamedPaper>(SearchQueries.ByKeys, new { keys, titles, today = archive.Today }, ct);
        // Another title may have had the same key formerly.
        return [.. named.Where(paper => paper.Place < 2 || string.Equals(WorkKeys.OfTitle(paper.Title), title, StringComparison.Ordinal)).Select(paper => paper.PaperId)];
    }

    /// <summary>
    /// The papers that answer, best first. Where the query <paramref name="isExact"/> no word is taken for another. A page answers
    /// from the database until the newest papers are in memory; a verb <paramref name="waits"/>.
    /// </summary>
    public async Task<SearchAnswer> RankAsync(TopicQuery query, bool isExact, bool waits, CancellationToken ct)
    {
        var first = new List<long>(await FindNamedAsync(query.Text, ct));
        if (!query.IsPlainText)
            return new(Together(first, await ByRelevanceAsync(query, waits, ct)), null);
        var collection = await freeText.TrainedAsync(waits, ct);
        first.AddRange(await ByAuthorAsync(query.Text, collection?.Ranker.Index, ct));
        var correction = isExact || first.Count > 0 || collection is null ? null : Mistyped(query.Text, collection.Ranker.Index);
        var text = correction is null ? query.Text : Corrected(query.Text, correction);
        return new(Together(first, await ByClosenessAsync(text, collection, widens: first.Count == 0, ct)), correction);
    }

    // One word is a family name where no text knows it, or where it is written as one and more papers are by people of that name than
    // say the word.
    private async Task<IReadOnlyList<long>> ByAuthorAsync(string text, TextIndex? index, CancellationToken ct)
    {
        if (OlderPapers.MayBeName(text))
            return await older.ByAuthorAsync(text, ct);
        if (index is null || AuthorName.Of(text).Words.Count != 1)
            return [];
        var saying = index.TermsOf(text) is [var term] ? index.Postings(term).Count : 0;
        if (saying > 0 && !char.IsUpper(text.Trim()[0]))
            return [];
        return await older.ByAuthorAsync(text, ct) is var papers && papers.Count > saying ? papers : [];
    }

    private async Task<IReadOnlyList<long>> ByClosenessAsync(string text, TrainedCollection? collection, bool widens, CancellationToken ct)
    {
        if (collection is null)
        {
            // Nothing is in memory yet: the database finds, and the words rank.
            var found = await older.TextsAsync(await older.ByWordsAsync(text, LocalDate.MaxIsoValue, widens, ct), ct);
            var index = TextIndex.Build(found.Select(paper => (paper.Title, paper.Abstract ?? "")));
            return [.. new FreeTextRanker(index, isByWordsAlone: true).Rank(text, MostRanked).Select(hit => found[hit.Text].Id)];
        }

        var ranked = collection.Ranker.Read(text);
        var newest = ranked is null ? [] : ranked.Best(MostRanked).Select(hit => (collection.Catalogue.Papers[hit.Text].Paper.Id, collection.Catalogue.Papers[hit.Text].FirstListedOn, hit.Score));
        IEnumerable<(long Id, LocalDate FirstListedOn, double Score)> others = [];
        if (collection.Catalogue.Oldest is { } oldest)
        {
            var held = collection.Ids;
            var found = (await older.ByWordsAsync(text, oldest.PlusDays(1), widens, ct)).Where(paper => !held.Contains(paper.Id)).ToList();
            others = ranked is null
                ? (await freeText.RankApartAsync(text, await older.TextsAsync(found, ct), ct)).Select((paper, place) => (paper.Id, paper.FirstListedOn, (double)-place))
                : await ScoresOfAsync(found, ranked, collection.Ranker.Others, ct);
        }

        var today = archive.Today;
        return [.. newest.Concat(others).Where(paper => paper.FirstListedOn <= today)
            .OrderByDescending(paper => paper.Score).Take(MostRanked).Select(paper => paper.Id)];
    }

    private async Task<IEnumerable<(long Id, LocalDate FirstListedOn, double Score)>> ScoresOfAsync(
        List<FoundPaper> papers, FreeTextRanker.RankedCollection ranked, ReadTexts texts, CancellationToken ct)
    {
        var read = papers.ToDictionary(paper => paper.Id, paper => texts.Find(paper.Id, paper.TextVersion));
        foreach (var row in await older.TextsAsync(papers.FindAll(paper => read[paper.Id] is null), ct))
            read[row.Id] = texts.Read(row);
        var vectors = ranked.HasMeaning ? await stored.OfPapersAsync(papers.Select(paper => paper.Id), ct) : new Dictionary<long, float[]>();
        return from paper in papers
               let text = read[paper.Id]
               where text is not null
               select (paper.Id, paper.FirstListedOn, ranked.ScoreOf(text, vectors.GetValueOrDefault(paper.Id)));
    }

    private async Task<IReadOnlyList<long>> ByRelevanceAsync(TopicQuery query, bool waits, CancellationToken ct) =>
        [.. (await MatchesAsync(query, waits, ct)).OrderByDescending(hit => hit.Relevance).ThenByDescending(hit => hit.Id).Take(MostRanked).Select(hit => hit.Id)];

    private async Task<List<(long Id, LocalDate FirstListedOn, double Relevance)>> MatchesAsync(TopicQuery query, bool waits, CancellationToken ct)
    {
        var catalogue = waits || recent.IsWarm || await recent.IsSmallAsync(ct) ? await recent.GetAsync(ct) : null;
        var statistics = catalogue?.Statistics ?? CatalogueStatistics.Empty;
        IEnumerable<(IndexedPaper Paper, LocalDate FirstListedOn)> papers = catalogue?.Papers.Select(paper => (paper.Paper, paper.FirstListedOn)) ?? [];
        if (catalogue is null || catalogue.Oldest is not null)
        {
            var held = catalogue?.Papers.Select(paper => paper.Paper.Id).ToHashSet() ?? [];
            var found = await older.ByQueryAsync(query, catalogue?.Oldest?.PlusDays(1) ?? LocalDate.MaxIsoValue, ct);
            var unheld = await older.TextsAsync(found.Where(paper => !held.Contains(paper.Id)).ToList(), ct);
            papers = papers.Concat(unheld.Select(row => (Paper: row.TryIndex(), row.FirstListedOn))
                .Where(paper => paper.Paper is not null).Select(paper => (paper.Paper!, paper.FirstListedOn))); // by the line before
        }

        var today = archive.Today;
        var matched = new List<(long Id, LocalDate FirstListedOn, double Relevance)>();
        foreach (var (paper, firstListedOn) in papers)
        {
            ct.ThrowIfCancellationRequested();
            if (firstListedOn <= today && QueryMatcher.Match(query, paper, statistics) is { } match)
                matched.Add((paper.Id, firstListedOn, match.Relevance));
        }

        return matched;
    }

    // Only where one word is unknown, or all of a few are; of several it cannot be told which the writer is sure of.
    private static Correction? Mistyped(string text, TextIndex index)
    {
        var words = PastedNames.WordsOf(text).Distinct(StringComparer.Ordinal).ToList();
        var unknown = words.FindAll(word => word.Length >= ShortestMistyped && !index.Knows(word));
        if (unknown.Count is 0 or > MostMistyped || (unknown.Count > 1 && unknown.Count < words.Count))
            return null;
        var neighbours = unknown.ConvertAll(index.Neighbour);
        return neighbours.Contains(null) ? null : new(string.Join(' ', unknown), string.Join(' ', neighbours));
    }

    private static string Corrected(string text, Correction correction) =>
        correction.From.Contains(' ', StringComparison.Ordinal) ? correction.To : text.Replace(correction.From, correction.To, StringComparison.OrdinalIgnoreCase);

    private static List<long> Together(IReadOnlyList<long> first, IReadOnlyList<long> then) => [.. first.Concat(then).Distinct().Take(MostRanked)];

    private sealed record NamedPaper
    {
        public required long PaperId { get; init; }

        public required string Title { get; init; }

        /// <summary>0 by an identifier, 1 by the title's key, 2 by the key it had formerly.</summary>
        public required int Place { get; init; }
    }
}
