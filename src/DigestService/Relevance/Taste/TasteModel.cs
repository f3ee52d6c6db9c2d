using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using DigestService.Platform;
using DigestService.Relevance.Embeddings;
using NodaTime;

namespace DigestService.Relevance.Taste;

/// <summary>
/// The shared part of taste: the newest papers as features, and the readers whose likes others learn from. Made once
/// a run; what other readers say to one is worked out in some hundred microseconds, when it is asked for.
/// </summary>
internal sealed class TasteModel
{
    private readonly ContentSpace _space;
    private readonly Dictionary<long, int> _items;
    private readonly SimilarSubscribers? _readers;
    private readonly Dictionary<long, int> _rowOfReader;
    private readonly ConcurrentDictionary<long, FeatureVector> _others = new();
    private readonly ConditionalWeakTable<PaperTable, TastePapers> _inPlay = [];
    private readonly int _teachers;
    private volatile MeaningSpace? _meanings;

    /// <summary>
    /// Learns from papers, from everybody's likes (reader to papers; readers with few likes teach nothing) and from the
    /// papers' vectors, where there are any.
    /// </summary>
    public TasteModel(
        IReadOnlyList<IndexedPaper> papers, IReadOnlyDictionary<long, long[]> likesByReader, IReadOnlyDictionary<long, float[]>? vectors = null)
        : this(SpaceOf(papers), papers, likesByReader, vectors)
    {
    }

    /// <summary>The same, where the papers were read already.</summary>
    public TasteModel(
        ContentSpace space, IReadOnlyList<IndexedPaper> papers, IReadOnlyDictionary<long, long[]> likesByReader, IReadOnlyDictionary<long, float[]>? vectors)
    {
        _space = space;
        _items = papers.Select((paper, item) => (paper.Id, item)).ToDictionary(p => p.Id, p => p.item);
        var teachers = likesByReader.Select(reader => (reader.Key, Likes: Items(reader.Value))).Where(r => r.Likes.Length > 0)
            .OrderByDescending(r => r.Likes.Length).ThenBy(r => r.Key).Take(SimilarSubscribers.MostReaders).ToList();
        _rowOfReader = teachers.Select((teacher, row) => (teacher.Key, row)).ToDictionary(t => t.Key, t => t.row);
        // One reader alone has nobody to learn from.
        _readers = teachers.Count > 1 ? new([.. teachers.Select(t => t.Likes)], _space) : null;
        _teachers = teachers.Count;
        Take(vectors ?? new Dictionary<long, float[]>());
    }

    /// <summary>Distinct features of the papers.</summary>
    public int Features => _space.Features;

    /// <summary>Reads papers, in their order.</summary>
    public static ContentSpace SpaceOf(IReadOnlyList<IndexedPaper> papers) => new(papers.Select(Content));

    /// <summary>Takes the papers' vectors as they are now.</summary>
    public void Take(IReadOnlyDictionary<long, float[]> vectors)
    {
        if (_meanings?.Take(vectors) != false)
            _meanings = MeaningSpace.Learn(vectors, MeaningSpace.Weight(_teachers) * _space.UsualProduct);
        _inPlay.Clear();
    }

    /// <summary>
    /// The profile of one reader, or none without an opinion. <paramref name="older"/> are vectors of papers that are not among
    /// those learnt from.
    /// </summary>
    public TasteProfile? ProfileOf(
        long readerId, IReadOnlyList<IndexedPaper> likes, IReadOnlyList<IndexedPaper> less, IReadOnlyDictionary<long, float[]>? older = null)
    {
        if (likes.Count + less.Count == 0)
            return null;
        // The space may be learnt anew at any moment; a profile keeps to one.
        var meanings = _meanings;
        return new(this, meanings, [.. likes.Select(Judged)], [.. less.Select(Judged)], new(() => VouchesFor(readerId, likes, meanings)));

        JudgedPaper Judged(IndexedPaper paper)
        {
            var vector = VectorOf(paper, meanings);
            if (vector.Meaning is null && meanings is not null && older?.TryGetValue(paper.Id, out var own) == true)
                vector = vector with { Meaning = meanings.PlaceOlder(paper.Id, own) };
            return new(new(paper.Id, paper.Text.Title), vector);
        }
    }

    /// <summary>The papers in play as taste sees them, looked up once for all readers.</summary>
    public TastePapers PapersInPlay(PaperTable table, MeaningSpace? meanings)
    {
        if (_inPlay.TryGetValue(table, out var known) && ReferenceEquals(known.Meanings, meanings))
            return known;
        var papers = new TastePapers(
            meanings,
            Array.ConvertAll(table.Papers, paper => VectorOf(paper, meanings)),
            Array.ConvertAll(table.Papers, paper => _items.GetValueOrDefault(paper.Id, TastePapers.NoItem)));
        _inPlay.AddOrUpdate(table, papers);
        return papers;
    }

    private Vouches? VouchesFor(long readerId, IReadOnlyList<IndexedPaper> likes, MeaningSpace? meanings)
    {
        var items = Items(likes.Select(like => like.Id));
        return items.Length == 0 ? null : _readers?.VouchesFor(
            items, _rowOfReader.TryGetValue(readerId, out var row) ? row : null, meanings is null ? 1 : 1 + MeaningSpace.Weight(_teachers));
    }

    // The features of any paper, those of an old one read once, and its place in a space of meaning if it has a vector.
    private TasteVector VectorOf(IndexedPaper paper, MeaningSpace? meanings) => new(WordsOf(paper), meanings?[paper.Id]);

    private FeatureVector WordsOf(IndexedPaper paper) => _items.TryGetValue(paper.Id, out var item)
        ? _space[item]
        : _others.GetOrAdd(paper.Id, (_, old) => _space.VectorOf(Content(old)), paper);

    private int[] Items(IEnumerable<long> papers) => [.. papers.Where(_items.ContainsKey).Select(p => _items[p]).Distinct()];

    private static ItemContent Content(IndexedPaper paper) =>
        new(paper.Text.Title, paper.Text.Abstract, paper.Text.Categories) { TitleSpans = paper.TitleSpans, TextSpans = paper.AbstractSpans };
}

/// <summary>Papers in play as taste sees them: for each its features and meaning, and its row among the newest.</summary>
internal sealed record TastePapers(MeaningSpace? Meanings, TasteVector[] Vectors, int[] Items)
{
    /// <summary>The row of a paper that is not among the newest.</summary>
    public const int NoItem = -1;
}

/// <summary>Loads taste from the table of feedback.</summary>
internal sealed class TasteLoader(Database database, RecentPapers recent, StoredVectors vectors)
{
    private static readonly Duration CountedEvery = Duration.FromHours(1);

    private LearntTaste? _cached;

    /// <summary>The profiles, as of a moment, of those of the readers who have an opinion. Free while nobody has.</summary>
    public async Task<IReadOnlyDictionary<long, TasteProfile>> LoadProfilesAsync(
        IReadOnlyCollection<long> readers, Instant now, CancellationToken ct)
    {
        var rows = await database.QueryAsync<OpinionRow>(
            RelevanceQueries.OpinionsOfReaders, new { now, readers = readers.ToArray(), onlyBucket = Buckets.OfAll(readers) }, ct);
        if (rows.Count == 0)
            return new Dictionary<long, TasteProfile>();
        var catalogue = await recent.GetAsync(ct);
        var model = await ModelAsync(catalogue, now, ct);
        var papers = new Dictionary<long, IndexedPaper>();
        var old = new List<long>();
        foreach (var id in rows.Select(row => row.PaperId).Distinct())
            if (catalogue.Find(id) is { } recentPaper)
                papers[id] = recentPaper;
            else
                old.Add(id);
        var older = await vectors.OfOlderPapersAsync([.. old.Take(RecentPapers.Capacity)], ct);
        if (old.Count > 0)
            foreach (var row in await database.QueryAsync<PaperRow>(RelevanceQueries.PapersById, new { papers = old.ToArray() }, ct))
                if (row.TryIndex() is { } indexed)
                    papers[row.Id] = indexed;
        var profiles = new Dictionary<long, TasteProfile>();
        foreach (var reader in rows.GroupBy(r => r.SubscriberId))
        {
            var likes = reader.Where(r => !r.IsLess && papers.ContainsKey(r.PaperId)).Select(r => papers[r.PaperId]).ToList();
            var less = reader.Where(r => r.IsLess && papers.ContainsKey(r.PaperId)).Select(r => papers[r.PaperId]).ToList();
            if (model.ProfileOf(reader.Key, likes, less, older) is { } profile)
                profiles[reader.Key] = profile;
        }
        return profiles;
    }

    /// <summary>Takes what was embedded since the likes were learnt from; to be called when the papers in play have changed.</summary>
    public async Task TakeVectorsAsync(CancellationToken ct)
    {
        if (_cached is { } held)
            held.Model.Take(await vectors.OfPapersAsync((await recent.GetAsync(ct)).Papers.Select(p => p.Paper.Id), ct));
    }

    // Learning takes seconds once the catalogue is large; it is done again when texts or likes have changed, not for votes.
    private async Task<TasteModel> ModelAsync(RecentCatalogue catalogue, Instant now, CancellationToken ct)
    {
        var isSameText = _cached is { } held && ReferenceEquals(held.Words, catalogue.Statistics);
        // Learning takes seconds: what others liked within the hour may wait. A reader's own likes never do.
        if (isSameText && _cached!.AsOf <= now && now < _cached.AsOf + CountedEvery) // not null where the text is the same
            return _cached.Model;
        var opinions = await database.QuerySingleOrDefaultAsync<OpinionsSeen>(RelevanceQueries.NewestOpinion, new { now }, ct);
        if (isSameText && _cached!.Opinions == opinions)
        {
            _cached = _cached with { AsOf = now };
            return _cached.Model;
        }

        IndexedPaper[] papers = [.. catalogue.Papers.Select(p => p.Paper)];
        var ids = Array.ConvertAll(papers, paper => paper.Id);
        // The papers are read while PostgreSQL looks for the likes.
        var space = Task.Run(() => TasteModel.SpaceOf(papers), ct);
        var likes = await database.QueryAsync<LikesRow>(
            RelevanceQueries.LikesOfActiveReaders,
            new { now, latest = SimilarSubscribers.MostLikes, readers = SimilarSubscribers.MostReaders, papers = ids },
            ct);
        var model = new TasteModel(
            await space, papers, likes.ToDictionary(reader => reader.SubscriberId, reader => reader.Papers), await vectors.OfPapersAsync(ids, ct));
        _cached = new(catalogue.Statistics, opinions, now, model);
        return model;
    }

    private sealed record LearntTaste(CatalogueStatistics Words, OpinionsSeen? Opinions, Instant AsOf, TasteModel Model);

    private sealed record OpinionsSeen
    {
        public Instant? GivenAt { get; init; }

        public required long Count { get; init; }
    }

    private sealed record LikesRow
    {
        public required long SubscriberId { get; init; }

        public required long[] Papers { get; init; }
    }

    private sealed record OpinionRow
    {
        public required long SubscriberId { get; init; }

        public required long PaperId { get; init; }

        public required bool IsLess { get; init; }
    }
}
