using System.Collections.Concurrent;
using DigestService.Relevance.Taste;

namespace DigestService.Relevance;

/// <summary>How a candidate stands to the reader's topics.</summary>
internal enum Standing : byte
{
    /// <summary>It matches one, or a followed author wrote it.</summary>
    OnTopic,

    /// <summary>It is near to one.</summary>
    NearTopic,

    /// <summary>Neither.</summary>
    Outside,
}

/// <summary>A paper that may go into one reader's digest: what the reader has to do with it, and what becomes of it.</summary>
internal struct Candidate
{
    /// <summary>Its place among the papers; of papers listed on one day ties are broken by it, the lower first.</summary>
    public int Paper;

    /// <summary>The first of its matches, in the order of the reader's topics; -1 for none.</summary>
    public int FirstMatch;

    /// <summary>The last of its matches.</summary>
    public int LastMatch;

    /// <summary>What the reader's likes say of it, from -1 to 1; 0 for a reader without likes.</summary>
    public double Taste;

    /// <summary>Whether readers of like taste liked it.</summary>
    public bool IsVouchedFor;

    /// <summary>Whether it matches one of the reader's topics, muted ones too.</summary>
    public bool HasTopics;

    /// <summary>The followed author who wrote it, if any.</summary>
    public string? Followed;

    /// <summary>Why it is out, before it is compared with the others.</summary>
    public CutCode Cut;

    /// <summary>The muted word it holds or the muted topic it matches, where it is out for that.</summary>
    public string? MutedFor;

    /// <summary>The one number it is ranked by.</summary>
    public double Score;

    /// <summary>The same for a paper that is near to nothing.</summary>
    public double OutsideScore;

    /// <summary>How it stands to the topics.</summary>
    public Standing Standing;

    /// <summary>Where the wanted topics begin that it matches, or else is near to, the best first.</summary>
    public int FirstWanted;

    /// <summary>How many there are.</summary>
    public int Wanted;

    /// <summary>Its number among those that stand as it does, from 1.</summary>
    public int Rank;

    /// <summary>Whether it has a place on the page.</summary>
    public bool IsTaken;

    /// <summary>With how many of those that have a place it was compared.</summary>
    public int Compared;

    /// <summary>How like it is to the likest of them.</summary>
    public double Likeness;

    /// <summary>The number of the one that tells the same, plus one; 0 for none.</summary>
    public int SameAs;
}

/// <summary>A match of a candidate with one of the reader's topics.</summary>
internal struct CandidateMatch
{
    /// <summary>The topic, by its number among the reader's.</summary>
    public int Topic;

    /// <summary>How the paper stands to it.</summary>
    public MatchKind Kind;

    /// <summary>The candidate's next match; -1 behind the last.</summary>
    public int Next;

    /// <summary>Where in the topic's matches it stands.</summary>
    public int At;

    /// <summary>Its relevance times the topic's weight.</summary>
    public double Weighted;
}

/// <summary>
/// One reader's candidates, in buffers that the next reader uses again: choosing allocates nothing but its answer. Not for
/// several threads at once; each borrows its own.
/// </summary>
internal sealed class CandidateList : IDisposable
{
    private static readonly ConcurrentBag<CandidateList> Idle = [];
    private static readonly CandidatePapers Nothing = new([]);

    private Candidate[] _candidates = new Candidate[256];
    private CandidateMatch[] _matches = new CandidateMatch[256];
    private int[] _had = new int[16];
    // For each paper its candidate's number plus one, and whether the reader has had it.
    private int[] _numbers = [];
    private bool[] _isSent = [];
    private int _matchCount;

    private CandidateList()
    {
    }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The papers in play.</summary>
    public CandidatePapers Papers { get; private set; } = Nothing;

    /// <summary>The reader's topics and own queries, muted ones too.</summary>
    public IReadOnlyList<ChosenTopic> Topics { get; private set; } = [];

    /// <summary>The matches of each topic.</summary>
    public IReadOnlyList<QueryMatches> Matches { get; private set; } = [];

    /// <summary>How many of the papers sent in the last days each topic matched: topics that had fewer come first.</summary>
    public Span<int> Had => _had.AsSpan(0, Topics.Count);

    /// <summary>Finds the liked paper that a paper resembles, if one stands out; null for a reader without likes.</summary>
    public Func<int, LikedPaper?>? FindResembled { get; set; }

    /// <summary>What the reader's likes are about.</summary>
    public TasteReading Taste { get; } = new();

    /// <summary>The page that is filled from them.</summary>
    public DigestPage Page { get; } = new();

    /// <summary>A candidate by its number.</summary>
    public ref Candidate this[int number] => ref _candidates[number];

    /// <summary>A list that nobody else has.</summary>
    public static CandidateList Borrow() => Idle.TryTake(out var list) ? list : new();

    /// <summary>Gives the list back.</summary>
    public void Dispose()
    {
        (Papers, Topics, Matches, FindResembled) = (Nothing, [], [], null);
        Taste.Forget();
        Idle.Add(this);
    }

    /// <summary>Begins with another reader.</summary>
    public void Begin(CandidatePapers papers, IReadOnlyList<ChosenTopic> topics, IReadOnlyList<QueryMatches> matches)
    {
        (Papers, Topics, Matches, FindResembled) = (papers, topics, matches, null);
        (Count, _matchCount) = (0, 0);
        var count = papers.Papers.Count;
        if (_numbers.Length < count)
            (_numbers, _isSent) = (new int[count], new bool[count]);
        _numbers.AsSpan(0, count).Clear();
        _isSent.AsSpan(0, count).Clear();
        if (_had.Length < topics.Count)
            _had = new int[topics.Count * 2];
        Had.Clear();
    }

    /// <summary>The reader has had a paper.</summary>
    public void MarkSent(int paper) => _isSent[paper] = true;

    /// <summary>Whether the reader has had a paper.</summary>
    public bool IsSent(int paper) => _isSent[paper];

    /// <summary>Whether a paper is among the candidates.</summary>
    public bool Holds(int paper) => _numbers[paper] > 0;

    /// <summary>The candidate of a paper, added if it is not there yet.</summary>
    public ref Candidate Find(int paper) => ref Holds(paper) ? ref _candidates[_numbers[paper] - 1] : ref Add(paper);

    /// <summary>Adds a paper.</summary>
    public ref Candidate Add(int paper)
    {
        if (Count == _candidates.Length)
            Array.Resize(ref _candidates, Count * 2);
        ref var added = ref _candidates[Count++];
        added = new() { Paper = paper, FirstMatch = -1, LastMatch = -1 };
        _numbers[paper] = Count;
        return ref added;
    }

    /// <summary>Adds a match of a topic, and the paper if it is not there yet; answers the candidate.</summary>
    public ref Candidate AddMatch(int topic, int at)
    {
        ref readonly var hit = ref Matches[topic].Hits[at];
        ref var candidate = ref Find(hit.Paper);
        if (_matchCount == _matches.Length)
            Array.Resize(ref _matches, _matchCount * 2);
        _matches[_matchCount] = new() { Topic = topic, Kind = hit.Kind, Next = -1, At = at, Weighted = Topics[topic].Weight * hit.Relevance };
        if (candidate.FirstMatch < 0)
            candidate.FirstMatch = _matchCount;
        else
            _matches[candidate.LastMatch].Next = _matchCount;
        candidate.LastMatch = _matchCount++;
        return ref candidate;
    }

    /// <summary>A match by its number.</summary>
    public ref readonly CandidateMatch Match(int number) => ref _matches[number];

    /// <summary>The words that matched, or the sentence that is closest.</summary>
    public IReadOnlyList<string> TermsOf(in CandidateMatch match) => Matches[match.Topic].Terms[match.At];
}
