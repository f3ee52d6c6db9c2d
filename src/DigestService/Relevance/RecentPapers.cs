using DigestService.Platform;
using NodaTime;

namespace DigestService.Relevance;

/// <summary>A paper as the relevance side loads it.</summary>
internal sealed record PaperRow
{
    public required long Id { get; init; }

    public required string Title { get; init; }

    public string? Abstract { get; init; }

    public required string[] Authors { get; init; }

    public required string[] Categories { get; init; }

    public string? Organization { get; init; }

    /// <summary>Changes with title, abstract, authors, categories and organisation, and with nothing else.</summary>
    public required long TextVersion { get; init; }

    public required LocalDate FirstListedOn { get; init; }

    /// <summary>The paper prepared for matching; null where its text cannot be read, which matching records.</summary>
    public IndexedPaper? TryIndex()
    {
        try
        {
            return Index();
        }
        catch (Exception)
        {
            return null;
        }
    }

    /// <summary>The paper prepared for matching.</summary>
    public IndexedPaper Index() => IndexedPaper.Of(new PaperText
    {
        Id = Id,
        Title = Title,
        Abstract = Abstract,
        Authors = Authors,
        Categories = Categories,
        Organization = Organization,
    });
}

/// <summary>
/// The newest papers of the catalogue, prepared once and kept in memory (some 60 MB when full): what previews and new
/// queries look through, and what the statistics of words are taken from.
/// </summary>
internal sealed class RecentPapers(Database database) : IDisposable
{
    /// <summary>The most papers held: a month of all machine learning, or years of a curated list.</summary>
    public const int Capacity = 10_000;

    private const int SmallCatalogue = 1_000;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private Dictionary<long, HeldPaper> _papers = [];
    private volatile RecentCatalogue? _current;
    private CatalogueMark? _mark;

    /// <summary>Whether the papers are in memory; loading a full catalogue takes a second or two.</summary>
    public bool IsWarm => _current is not null;

    /// <summary>The papers as they were when last asked for; empty before.</summary>
    public RecentCatalogue Current => _current ?? new([], CatalogueStatistics.Empty);

    /// <summary>Whether there are so few papers in all that reading and training them takes a tenth of a second, for which everybody waits.</summary>
    public async Task<bool> IsSmallAsync(CancellationToken ct) =>
        await database.QuerySingleOrDefaultAsync<int>(RelevanceQueries.CountUpTo, new { limit = SmallCatalogue + 1 }, ct) <= SmallCatalogue;

    /// <summary>The newest papers as they are now. Only what changed since the last call is read.</summary>
    public async Task<RecentCatalogue> GetAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            var mark = await database.QuerySingleOrDefaultAsync<CatalogueMark>(RelevanceQueries.Mark, null, ct);
            if (_current is not null && mark == _mark)
                return _current;
            var versions = await database.QueryAsync<PaperVersion>(RelevanceQueries.NewestVersions, new { limit = Capacity }, ct);
            var stale = versions.Where(v => !_papers.TryGetValue(v.Id, out var held) || held.TextVersion != v.TextVersion)
                .Select(v => v.Id).ToArray();
            var rows = stale.Length == 0 ? [] : await database.QueryAsync<PaperRow>(RelevanceQueries.PapersById, new { papers = stale }, ct);
            var isSameText = stale.Length == 0 && versions.Count == _papers.Count;
            if (_current is not null && isSameText
                && versions.Select(v => (v.Id, v.FirstListedOn)).SequenceEqual(_papers.Select(held => (held.Key, held.Value.FirstListedOn))))
            {
                _mark = mark;
                return _current;
            }

            var read = rows.ToDictionary(r => r.Id, r => new HeldPaper(r.TryIndex(), r.FirstListedOn, r.TextVersion));
            _papers = versions.Where(v => read.ContainsKey(v.Id) || _papers.ContainsKey(v.Id))
                .ToDictionary(v => v.Id, v => (read.GetValueOrDefault(v.Id) ?? _papers[v.Id]) with { FirstListedOn = v.FirstListedOn });
            var papers = _papers.Values.Where(held => held.Paper is not null)
                .Select(held => new RecentPaper(held.Paper!, held.FirstListedOn, held.TextVersion)).ToList(); // not null by the line above
            _current = new(papers, _current is not null && isSameText ? _current.Statistics : CatalogueStatistics.Build(papers.Select(p => p.Paper)));
            // Only now: a reading that broke off before is done again by the next.
            _mark = mark;
            return _current;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    // Moves with every import that adds or changes a paper.
    private sealed record CatalogueMark
    {
        public Instant? UpdatedAt { get; init; }

        public long? Id { get; init; }

        public Instant? HiddenAt { get; init; }
    }

    private sealed record PaperVersion
    {
        public required long Id { get; init; }

        public required long TextVersion { get; init; }

        public required LocalDate FirstListedOn { get; init; }
    }

    // Null where it cannot be read; it is looked at again when its text changes.
    private sealed record HeldPaper(IndexedPaper? Paper, LocalDate FirstListedOn, long TextVersion);
}

/// <summary>A prepared paper and the day it was first listed.</summary>
internal sealed record RecentPaper(IndexedPaper Paper, LocalDate FirstListedOn, long TextVersion);

/// <summary>
/// The newest papers, newest first, and how common words are among them. <see cref="Statistics"/> is the same object for
/// as long as no text has changed.
/// </summary>
internal sealed record RecentCatalogue(IReadOnlyList<RecentPaper> Papers, CatalogueStatistics Statistics)
{
    private readonly Lazy<Dictionary<long, RecentPaper>> _byId = new(() => Papers.ToDictionary(paper => paper.Paper.Id));

    /// <summary>The paper, prepared, where it is among the newest.</summary>
    public IndexedPaper? Find(long id) => _byId.Value.TryGetValue(id, out var held) ? held.Paper : null;

    /// <summary>The paper, prepared, where it is held with the text of this version.</summary>
    public IndexedPaper? Find(long id, long textVersion) =>
        _byId.Value.TryGetValue(id, out var held) && held.TextVersion == textVersion ? held.Paper : null;

    /// <summary>The listing day of the oldest; null where there is no older paper that is left out.</summary>
    public LocalDate? Oldest => Papers.Count < RecentPapers.Capacity ? null : Papers[^1].FirstListedOn;

    /// <summary>How many of the <paramref name="asked"/> days up to <paramref name="today"/> are held whole, one at least; of the oldest day a part may be left out.</summary>
    public int DaysHeld(int asked, LocalDate today) => Oldest is { } oldest ? Math.Clamp(Period.DaysBetween(oldest, today), 1, asked) : asked;
}
