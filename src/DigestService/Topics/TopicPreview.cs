using System.Globalization;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Relevance.Embeddings;
using DigestService.Relevance.Search;
using NodaTime;

namespace DigestService.Topics;

/// <summary>
/// One paper a query would have brought, with the words that matched; of one that is close in meaning the cosine, and the
/// sentence of its abstract that is closest.
/// </summary>
public sealed record PreviewMatch(PreviewPaper Paper, double Score, IReadOnlyList<string> Terms, double? Closeness = null, string? Sentence = null);

/// <summary>What a preview shows of a paper.</summary>
public sealed record PreviewPaper(long Id, string Title, LocalDate ListedOn);

/// <summary>
/// What a query would have brought in the last days, best first, how many a day, and a sentence where that is too
/// many or too few; and what it does not match but is near to it, which fills a page that has room.
/// </summary>
public sealed record PreviewResult(
    IReadOnlyList<PreviewMatch> Matches, IReadOnlyList<PreviewMatch> Near, double PerDay, int Days, string? Advice)
{
    /// <summary>Papers that were listed in these days at all.</summary>
    internal int Listed { get; init; }

    /// <summary>How many papers are close in meaning; null where nothing is known of meaning.</summary>
    internal int? CloseCount { get; init; }

    /// <summary>More papers a day than a digest holds.</summary>
    internal bool IsBroad => PerDay > TopicPreview.TooManyADay;

    /// <summary>Less than a paper a week.</summary>
    internal bool IsNarrow => PerDay < TopicPreview.TooFewADay;

    /// <summary>How many match word for word and how many are close in meaning, in a sentence; null where nothing is known of meaning.</summary>
    public string? Summary { get; init; }

    /// <summary>Words that papers close in meaning share and the query does not ask for: with one of them it would match.</summary>
    public IReadOnlyList<string> Suggestions { get; init; } = [];
}

/// <summary>Tries a query on the last days; the command line and the preference page show the same.</summary>
internal sealed class TopicPreview(RecentPapers recent, StoredVectors stored, SentenceEncoder encoder)
{
    /// <summary>The near papers a page shows, and for which the closest sentence is looked for.</summary>
    public const int NearShown = 5;

    /// <summary>Papers a day above which a query is called broad.</summary>
    internal const double TooManyADay = 10;

    /// <summary>Papers a day below which a query is called narrow.</summary>
    internal const double TooFewADay = 1.0 / 7;

    /// <summary>Matches the papers listed in the <paramref name="days"/> days up to <paramref name="today"/>, or in fewer where the newest papers go back less far.</summary>
    public async Task<PreviewResult> TryAsync(TopicQuery query, LocalDate today, int days, CancellationToken ct)
    {
        var catalogue = await recent.GetAsync(ct);
        days = catalogue.DaysHeld(days, today);
        var listed = catalogue.Papers.Where(p => p.FirstListedOn > today.PlusDays(-days) && p.FirstListedOn <= today).ToList();
        var meanings = await stored.OfPapersAsync(listed.ConvertAll(paper => paper.Paper.Id), ct);
        using var lease = await BorrowAsync(meanings, ct);
        return Try(query, catalogue, listed, days, meanings, VectorOf(query, lease), lease?.Model);
    }

    /// <summary>Which of some recent papers a query that nobody has yet would match, as matching would write it down.</summary>
    public async Task<IReadOnlyList<PaperMatch>> MatchAsync(long queryId, TopicQuery query, IReadOnlyDictionary<long, float[]> meanings, Func<long, bool> isAsked, CancellationToken ct)
    {
        var catalogue = await recent.GetAsync(ct);
        using var lease = await BorrowAsync(meanings, ct);
        var set = SetOf(query, catalogue, VectorOf(query, lease));
        var asked = catalogue.Papers.Select(paper => paper.Paper).Where(paper => isAsked(paper.Id)).ToList();
        return set.MatchAll(asked.ConvertAll(paper => (paper, meanings.GetValueOrDefault(paper.Id))))
            .Select(hit => new PaperMatch(queryId, asked[hit.Paper].Id, hit.Match.Relevance, hit.Match.Terms, hit.Match.IsNear, hit.Match.Closeness))
            .OrderByDescending(match => match.Relevance).ThenBy(match => match.PaperId)
            .ToList();
    }

    /// <summary>The vectors of papers, to be passed to several calls of <see cref="MatchAsync"/>.</summary>
    public Task<IReadOnlyDictionary<long, float[]>> MeaningsAsync(IEnumerable<long> papers, CancellationToken ct) => stored.OfPapersAsync(papers, ct);

    // The query is nobody's yet and has no vector: a process that has no model previews by words alone.
    private async Task<SentenceEncoder.Lease?> BorrowAsync(IReadOnlyDictionary<long, float[]> meanings, CancellationToken ct) =>
        meanings.Count > 0 && encoder.ModelName == await stored.ModelAsync(ct) ? encoder.Borrow() : null;

    private static float[]? VectorOf(TopicQuery query, SentenceEncoder.Lease? lease) =>
        lease is not null && QueryMeaning.TextOf(query) is { } text ? lease.Model.TryEmbedQuery(text) : null;

    private static QuerySet SetOf(TopicQuery query, RecentCatalogue catalogue, float[]? vector) => new(
        QueryLearning.Learn([new(0, query)], catalogue.Papers.Select(p => p.Paper), catalogue.Statistics).Select(standing => standing with { Vector = vector is null ? null : HalfVectors.Of(vector) }),
        catalogue.Statistics);

    private static PreviewResult Try(
        TopicQuery query, RecentCatalogue catalogue, List<RecentPaper> listed, int days,
        IReadOnlyDictionary<long, float[]> meanings, float[]? vector, SentenceModel? model)
    {
        var set = SetOf(query, catalogue, vector);
        var found = set.MatchAll(listed.ConvertAll(paper => (paper.Paper, meanings.GetValueOrDefault(paper.Paper.Id))))
            .Select(hit => (Paper: listed[hit.Paper], hit.Match))
            .OrderByDescending(hit => hit.Match.Relevance).ThenBy(hit => hit.Paper.Paper.Id)
            .ToLookup(hit => hit.Match.IsNear);
        var matches = found[false].Select(hit => Shown(hit.Paper, hit.Match)).ToList();
        var near = found[true].Select((hit, place) => Shown(hit.Paper, hit.Match) with
        {
            Sentence = place < NearShown && vector is not null ? Closest(hit.Paper, vector, model) : null,
        }).ToList();
        var close = found[true].Where(hit => hit.Match.Closeness is not null).Select(hit => hit.Paper.Paper).ToList();
        var perDay = (double)matches.Count / days;
        return new(matches, near, Math.Round(perDay, 4), days, Advice(perDay, matches.Count, days, listed.Count))
        {
            Listed = listed.Count,
            CloseCount = vector is null ? null : close.Count,
            Summary = vector is null ? null : Summary(matches.Count, close.Count),
            Suggestions = PreviewWords.Suggest(query, close, catalogue.Statistics),
        };
    }

    private static PreviewMatch Shown(RecentPaper paper, QueryMatch match) => new(
        new(paper.Paper.Id, paper.Paper.Text.Title, paper.FirstListedOn), Math.Round(match.Relevance, 4), match.Terms,
        match.Closeness is { } closeness ? Math.Round(closeness, 4) : null);

    private static string? Closest(RecentPaper paper, float[] query, SentenceModel? model) =>
        model is null ? null : AbstractSentences.Embed(paper.Paper.Text.Abstract, model).ClosestTo(query);

    private static string Summary(int matches, int close) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Quantities.Count(matches, "matches", "match")} word for word, {Quantities.Count(close, "is", "are")} close in meaning.");

    private static string? Advice(double perDay, int matches, int days, int listed)
    {
        if (listed == 0)
            return string.Create(CultureInfo.InvariantCulture, $"No paper was listed in these {days} days, so this says nothing about the query.");
        if (perDay > TooManyADay)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"This is broad: about {perDay:0} papers a day. Add a word, put words in quotation marks, or use title:.");
        if (perDay < TooFewADay)
            return matches == 0
                ? string.Create(CultureInfo.InvariantCulture, $"This is narrow: nothing in {days} days. Add synonyms with OR, or leave a word out.")
                : string.Create(CultureInfo.InvariantCulture, $"This is narrow: less than one paper a week. Add synonyms with OR, or leave a word out.");
        return null;
    }
}
