using DigestService.Platform;
using DigestService.Platform.Layout.Words;
using NodaTime;

namespace DigestService.Papers.Pages;

/// <summary>What the public pages, feeds and the API read of the catalogue.</summary>
internal sealed class Archive(Database database, IClock clock)
{
    /// <summary>Days listed on one page of the archive.</summary>
    public const int DaysShown = 92;

    private const int SimilarShown = 5;

    /// <summary>Today in UTC: what a source lists for tomorrow is not shown yet.</summary>
    public LocalDate Today => clock.GetCurrentInstant().InUtc().Date;

    /// <summary>The latest day that has papers; null for an empty catalogue.</summary>
    public async Task<LocalDate?> LatestDayAsync(CancellationToken ct) =>
        (await database.QuerySingleOrDefaultAsync<DayRow>(ArchiveQueries.LatestDay, new { today = Today }, ct))?.Day;

    /// <summary>Days and how many papers they brought, latest first, up to a day.</summary>
    public Task<IReadOnlyList<ArchiveDay>> DaysAsync(LocalDate until, CancellationToken ct) =>
        database.QueryAsync<ArchiveDay>(ArchiveQueries.Days, new { from = until.PlusDays(1 - DaysShown), until }, ct);

    /// <summary>The papers of a day, most upvoted first; none of a day to come.</summary>
    public async Task<IReadOnlyList<ArchivePaper>> OfDayAsync(LocalDate day, PaperRange range, CancellationToken ct)
    {
        if (day > Today)
            return [];
        var after = range.After ?? ListPlace.Before(day);
        return await database.QueryAsync<ArchivePaper>(
            ArchiveQueries.OfDay, new { day, after.Upvotes, after.Position, after.Paper, range.Limit, range.Offset }, ct);
    }

    /// <summary>The days with papers before and after a day.</summary>
    public async Task<(LocalDate? Earlier, LocalDate? Later)> NeighboursAsync(LocalDate day, CancellationToken ct)
    {
        var row = await database.QuerySingleOrDefaultAsync<NeighbourRow>(ArchiveQueries.Neighbours, new { day, today = Today }, ct);
        return (row?.Earlier, row?.Later);
    }

    /// <summary>One paper, by its number; that of a merged row leads to the paper that stayed.</summary>
    public Task<ArchivePaper?> PaperAsync(long id, CancellationToken ct) =>
        database.QuerySingleOrDefaultAsync<ArchivePaper>(ArchiveQueries.Paper, new { id }, ct);

    /// <summary>The row of an arXiv id, in any of the ways in which one is written.</summary>
    public async Task<long?> FindArxivAsync(string written, CancellationToken ct) =>
        ArxivId.TryParse(written, out var id)
            ? await database.QuerySingleOrDefaultAsync<long?>(ArchiveQueries.ByArxivId, new { arxivId = id.Value }, ct)
            : null;

    /// <summary>The catalogue's topics that a paper is on.</summary>
    public Task<IReadOnlyList<PaperTopic>> TopicsOfAsync(long paperId, CancellationToken ct) =>
        database.QueryAsync<PaperTopic>(ArchiveQueries.TopicsOfPaper, new { id = paperId }, ct);

    /// <summary>The papers closest to one in meaning, the closest first.</summary>
    public Task<IReadOnlyList<SimilarPaper>> SimilarToAsync(long paperId, CancellationToken ct) =>
        database.QueryAsync<SimilarPaper>(ArchiveQueries.SimilarTo, new { id = paperId, today = Today, limit = SimilarShown }, ct);

    /// <summary>The papers a query brought, latest first.</summary>
    public Task<IReadOnlyList<ArchivePaper>> OfQueryAsync(long queryId, PaperRange range, CancellationToken ct)
    {
        var after = AfterOf(range);
        return database.QueryAsync<ArchivePaper>(
            ArchiveQueries.OfQuery, new { queryId, after.Day, after.Upvotes, after.Paper, range.Limit, range.Offset }, ct);
    }

    /// <summary>The papers of a category such as <c>cs.LG</c>, latest first.</summary>
    public Task<IReadOnlyList<ArchivePaper>> OfCategoryAsync(string category, PaperRange range, CancellationToken ct) =>
        database.QueryAsync<ArchivePaper>(ArchiveQueries.OfCategory, new { category, today = Today, range.Limit, range.Offset }, ct);

    /// <summary>A paper's upvotes by day, oldest first.</summary>
    public async Task<IReadOnlyList<DayVotes>> VotesOfAsync(long paperId, CancellationToken ct) =>
        [.. (await database.QueryAsync<DayVotes>(ArchiveQueries.VotesOfPaper, new { id = paperId }, ct)).Reverse()];

    /// <summary>The latest papers and their days.</summary>
    public Task<IReadOnlyList<SitemapPaper>> SitemapAsync(int limit, CancellationToken ct) =>
        database.QueryAsync<SitemapPaper>(ArchiveQueries.Sitemap, new { today = Today, limit }, ct);

    /// <summary>Papers by row, in the order given.</summary>
    public Task<IReadOnlyList<ArchivePaper>> ByIdsAsync(IEnumerable<long> ids, CancellationToken ct) =>
        database.QueryAsync<ArchivePaper>(ArchiveQueries.ByIds, new { ids = ids.ToArray() }, ct);

    /// <summary>The latest papers.</summary>
    public Task<IReadOnlyList<ArchivePaper>> LatestAsync(PaperRange range, CancellationToken ct)
    {
        var after = AfterOf(range);
        return database.QueryAsync<ArchivePaper>(
            ArchiveQueries.Latest, new { after.Day, after.Upvotes, after.Paper, range.Limit, range.Offset }, ct);
    }

    // What a source lists for tomorrow comes after no place.
    private ListPlace AfterOf(PaperRange range) => range.After is { } after && after.Day <= Today ? after : ListPlace.Before(Today);

    private sealed record DayRow
    {
        public LocalDate? Day { get; init; }
    }

    private sealed record NeighbourRow
    {
        public LocalDate? Earlier { get; init; }
        public LocalDate? Later { get; init; }
    }
}

/// <summary>A paper's upvotes at the end of a day.</summary>
public sealed record DayVotes
{
    /// <summary>The day, in UTC.</summary>
    public required LocalDate Day { get; init; }

    /// <summary>Upvotes by then.</summary>
    public required int Upvotes { get; init; }
}

/// <summary>A paper as the map of the site names it.</summary>
public sealed record SitemapPaper
{
    /// <summary>Its row.</summary>
    public required long Id { get; init; }

    /// <summary>The day it was first listed.</summary>
    public required LocalDate Day { get; init; }
}

/// <summary>A topic as a paper's page names it.</summary>
public sealed record PaperTopic
{
    /// <summary>Name in URLs.</summary>
    public required string Slug { get; init; }

    /// <summary>Name for people.</summary>
    public required string Name { get; init; }

    /// <summary>Its name in a language; that of the catalogue where it has none there.</summary>
    public string NameIn(string language) => CatalogueNames.In(Name, language);
}

/// <summary>A paper that is close to another in meaning.</summary>
public sealed record SimilarPaper
{
    private const int LongestQuotation = 240;

    /// <summary>Row id.</summary>
    public required long Id { get; init; }

    /// <summary>Title.</summary>
    public required string Title { get; init; }

    /// <summary>The day it was first listed.</summary>
    public required LocalDate ListedOn { get; init; }

    /// <summary>The cosine of the two papers' vectors.</summary>
    public required float Closeness { get; init; }

    /// <summary>The sentence of its abstract that is closest to the other paper; null where none is known yet.</summary>
    public string? Sentence { get; init; }

    /// <summary>The sentence as a page quotes it.</summary>
    public string? Quotation => Excerpt.Of(Sentence, LongestQuotation);

    /// <summary>The language of title and sentence, as far as letters tell.</summary>
    public string? TextLanguage => TextLetters.LanguageOf(Title);
}
