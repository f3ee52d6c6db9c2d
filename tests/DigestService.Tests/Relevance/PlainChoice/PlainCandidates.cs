using DigestService.Relevance;

namespace DigestService.Tests.Relevance.PlainChoice;

/// <summary>What the ranking has to know of one reader.</summary>
internal sealed record PlainFacts
{
    /// <summary>Matches of the reader's topics and own queries, muted ones too, among the papers in play.</summary>
    public required IReadOnlyCollection<PaperMatch> Matches { get; init; }

    /// <summary>Followed authors by the row of their query (an own query that is one <c>author:</c> and nothing else).</summary>
    public IReadOnlyDictionary<long, string> FollowedAuthors { get; init; } = new Dictionary<long, string>();

    /// <summary>Papers sent to the reader before.</summary>
    public IReadOnlySet<long> Sent { get; init; } = new HashSet<long>();

    /// <summary>Papers the reader has said like or less to.</summary>
    public IReadOnlySet<long> Judged { get; init; } = new HashSet<long>();

    /// <summary>The reader's muted words and phrases.</summary>
    public PlainMutedWords Muted { get; init; } = PlainMutedWords.None;

    /// <summary>The reader's taste; absent without likes.</summary>
    public PlainProfile? Taste { get; init; }
}

/// <summary>Joins what all readers share with what one reader chose into the candidates of a digest.</summary>
internal static class PlainCandidates
{
    /// <summary>The papers in play that match the reader's topics, and the biggest of the others.</summary>
    public static IReadOnlyList<PlainCandidate> Of(
        PlainFacts reader, IReadOnlyDictionary<long, CandidatePaper> inPlay, IReadOnlyList<CandidatePaper> biggest)
    {
        var matches = new MatchesByPaper(reader.Matches);
        var candidates = new List<PlainCandidate>(matches.Papers + biggest.Count);
        foreach (var (paperId, first) in matches.FirstOfPaper)
            if (inPlay.TryGetValue(paperId, out var paper))
                candidates.Add(Candidate(paper, matches, first, reader));
        foreach (var paper in biggest)
            if (!matches.FirstOfPaper.ContainsKey(paper.Paper.Id))
                candidates.Add(Candidate(paper, matches, MatchesByPaper.None, reader));
        return candidates;
    }

    private static PlainCandidate Candidate(CandidatePaper paper, MatchesByPaper matches, int first, PlainFacts reader)
    {
        string? followed = null;
        List<PlainRelevance>? topics = null;
        List<PlainRelevance>? near = null;
        for (var at = first; at != MatchesByPaper.None; at = matches.Next(at))
        {
            var match = matches[at];
            if (match.IsNear)
                (near ??= new(1)).Add(new(match.QueryId, match.Relevance, match.Terms, IsCloseInMeaning: match.Closeness is not null));
            else if (reader.FollowedAuthors.TryGetValue(match.QueryId, out var name))
                followed ??= match.Terms.Count > 0 ? match.Terms[0] : name;
            else
                (topics ??= new(1)).Add(new(match.QueryId, match.Relevance, match.Terms));
        }

        var id = paper.Paper.Id;
        return new()
        {
            PaperId = id,
            ListedOn = paper.ListedOn,
            Title = paper.Paper.Text.Title,
            Topics = topics ?? (IReadOnlyList<PlainRelevance>)[],
            Near = near ?? (IReadOnlyList<PlainRelevance>)[],
            Trending = paper.Trending,
            Freshness = paper.Freshness,
            Taste = reader.Taste?.Judge(paper.Paper),
            Signature = paper.Signature,
            FollowedAuthor = followed,
            MutedWord = reader.Muted.FirstIn(paper.Paper),
            IsNew = paper.IsNew,
            IsSent = reader.Sent.Contains(id),
            SameResults = paper.SameResults,
            IsToldBefore = paper.SameResults.Count > 0 && paper.SameResults.Any(reader.Sent.Contains),
            IsJudged = reader.Judged.Contains(id),
            IsWithdrawn = paper.IsWithdrawn,
        };
    }

    /// <summary>Matches grouped by paper in the order they came, in a few arrays however many papers.</summary>
    private sealed class MatchesByPaper
    {
        /// <summary>Behind the last match of a paper.</summary>
        public const int None = -1;

        private readonly PaperMatch[] _matches;
        private readonly int[] _next;

        public MatchesByPaper(IReadOnlyCollection<PaperMatch> matches)
        {
            _matches = [.. matches];
            _next = new int[_matches.Length];
            FirstOfPaper = new Dictionary<long, int>(_matches.Length);
            var last = new int[_matches.Length];
            for (var at = 0; at < _matches.Length; at++)
            {
                _next[at] = None;
                if (FirstOfPaper.TryGetValue(_matches[at].PaperId, out var first))
                    _next[last[first]] = at;
                else
                    FirstOfPaper[_matches[at].PaperId] = first = at;
                last[first] = at;
            }
        }

        /// <summary>How many papers there are.</summary>
        public int Papers => FirstOfPaper.Count;

        /// <summary>The place of each paper's first match.</summary>
        public Dictionary<long, int> FirstOfPaper { get; }

        public PaperMatch this[int at] => _matches[at];

        /// <summary>The place of the same paper's next match.</summary>
        public int Next(int at) => _next[at];
    }
}
