using DigestService.Digests.Mail;
using DigestService.Platform;
using DigestService.Relevance;
using NodaTime;
using Npgsql;

namespace DigestService.Digests;

/// <summary>
/// The papers that may be news for the digests in hand, and which of them each query matches: loaded once a run,
/// shared by all readers.
/// </summary>
internal sealed class Newsstand
{
    private const int MostOutside = 120;
    private readonly Dictionary<long, IReadOnlyList<QueryMatch>> _matches = [];
    private readonly Dictionary<long, NewsPaper> _papers;
    private readonly Dictionary<TrendingView, TrendingBoard> _boards = [];
    private readonly Instant _now;

    private Newsstand(Dictionary<long, NewsPaper> papers, Instant now)
    {
        _papers = papers;
        _now = now;
    }

    /// <summary>Papers by id.</summary>
    public IReadOnlyDictionary<long, NewsPaper> Papers => _papers;

    /// <summary>Loads the papers first listed from <paramref name="from"/> to <paramref name="to"/>, both included.</summary>
    public static async Task<Newsstand> OpenAsync(
        NpgsqlConnection connection, LocalDate from, LocalDate to, Instant now, CancellationToken ct)
    {
        var papers = await connection.QueryAsync<NewsPaper>(NewsstandQueries.Papers, new { from, to }, ct);
        return new Newsstand(papers.ToDictionary(paper => paper.Id), now);
    }

    /// <summary>Loads the matches of those queries that no earlier reader needed.</summary>
    public async Task LoadMatchesAsync(NpgsqlConnection connection, IEnumerable<long> queryIds, CancellationToken ct)
    {
        var missing = queryIds.Where(id => !_matches.ContainsKey(id)).Distinct().ToArray();
        if (missing.Length == 0)
            return;
        var parameters = new { queryIds = missing, paperIds = _papers.Keys.ToArray() };
        var found = await connection.QueryAsync<QueryMatch>(NewsstandQueries.Matches, parameters, ct);
        foreach (var id in missing)
            _matches[id] = [];
        foreach (var query in found.GroupBy(match => match.QueryId))
            _matches[query.Key] = query.ToList();
    }

    /// <summary>The papers one query matches; empty for a query that was not loaded.</summary>
    public IReadOnlyList<QueryMatch> MatchesOf(long queryId) => _matches.GetValueOrDefault(queryId) ?? [];

    /// <summary>What is trending, seen over a day, a week or a month.</summary>
    public TrendingBoard Trending(TrendingView view)
    {
        if (!_boards.TryGetValue(view, out var board))
            _boards[view] = board = TrendingBoard.Of(_papers.Values, view, _now, MostOutside);
        return board;
    }
}

/// <summary>Trending scores of all papers on the stand, and the biggest of them, the biggest first.</summary>
internal sealed record TrendingBoard(IReadOnlyDictionary<long, TrendingScore> Scores, IReadOnlyList<NewsPaper> Biggest)
{
    /// <summary>Scores every paper as it stands at <paramref name="now"/>.</summary>
    public static TrendingBoard Of(IReadOnlyCollection<NewsPaper> papers, TrendingView view, Instant now, int most)
    {
        var scores = Relevance.Trending.Score(papers.Select(paper => paper.TrendingFacts(now)).ToList(), view);
        var biggest = papers.OrderByDescending(paper => scores[paper.Id].Value).ThenBy(paper => paper.Id).Take(most).ToList();
        return new TrendingBoard(scores, biggest);
    }
}

/// <summary>A paper as the digest needs it.</summary>
internal sealed record NewsPaper
{
    public required long Id { get; init; }
    public required string Title { get; init; }
    public string? Abstract { get; init; }
    public required string[] Authors { get; init; }
    public required string[] Categories { get; init; }
    public string? ArxivId { get; init; }
    public string? Doi { get; init; }
    public string? Url { get; init; }
    public string? PdfUrl { get; init; }
    public string? CodeUrl { get; init; }
    public string? ProjectUrl { get; init; }
    public required int Upvotes { get; init; }
    public required LocalDate FirstListedOn { get; init; }
    public Instant? PublishedAt { get; init; }
    public Instant? WithdrawnAt { get; init; }
    public Instant? ObservedAt { get; init; }
    public string? ListingSource { get; init; }
    public required int Position { get; init; }
    public required int Likes { get; init; }

    /// <summary>The facts that a mail shows, made once for all readers.</summary>
    public MailPaper ForMail => _forMail ??= new MailPaper
    {
        Id = Id,
        Title = Title,
        Abstract = Abstract,
        Authors = Authors,
        ArxivId = ArxivId,
        Url = Url,
        PdfUrl = PdfUrl,
        CodeUrl = CodeUrl,
        ProjectUrl = ProjectUrl,
        Upvotes = Upvotes,
        FirstListedOn = FirstListedOn,
    };

    private MailPaper? _forMail;

    /// <summary>Hours since the start of the day it was first listed, in UTC; never negative.</summary>
    public double AgeHours(Instant now) => Math.Max(0, (now - ListedAt).TotalHours);

    private Instant ListedAt => FirstListedOn.AtStartOfDayInZone(DateTimeZone.Utc).ToInstant();

    /// <summary>What trending is computed from.</summary>
    public TrendingFacts TrendingFacts(Instant now) => new()
    {
        PaperId = Id,
        Day = Period.DaysBetween(new LocalDate(2000, 1, 1), FirstListedOn),
        AgeHours = AgeHours(now),
        Upvotes = Upvotes,
        ObservedHours = Math.Max(0, ((ObservedAt ?? now) - ListedAt).TotalHours),
        Likes = Likes,
        ListingSource = ListingSource,
        Position = Position,
    };
}

/// <summary>One paper a query matches.</summary>
internal sealed record QueryMatch
{
    public required long QueryId { get; init; }
    public required long PaperId { get; init; }
    public required float Relevance { get; init; }
    public required string[] Terms { get; init; }
}
