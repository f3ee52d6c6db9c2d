namespace DigestService.Relevance;

/// <summary>The one number a candidate is ranked by, from 0 to 1.</summary>
internal static class DigestScore
{
    // A second topic confirms the first; it must not let broad papers beat the paper a topic is about.
    private const double SecondTopicShare = 0.25;
    // A paper nobody has voted on yet keeps this much of its relevance.
    private const double UntrendingShare = 0.5;
    // A follower wants the paper whatever it is about.
    private const double FollowedRelevance = 0.9;
    // Taste moves a paper by at most this much, up or down.
    private const double TasteReach = 0.6;
    // Weights and taste carry scores beyond 1; above this they are pressed together, never to the same number.
    private const double Pressed = 0.8;

    /// <summary>
    /// On the reader's topics or near to them: relevance × weight × trending × freshness × taste. Outside, the trend and
    /// the taste stand alone.
    /// </summary>
    public static void Score(ref Candidate candidate, CandidateList list, WantedTopics wanted)
    {
        ref readonly var facts = ref list.Papers.Facts[candidate.Paper];
        (candidate.FirstWanted, candidate.Wanted) = wanted.Collect(candidate, list, isNear: false);
        var relevance = Relevance(wanted, candidate.FirstWanted, candidate.Wanted);
        if (candidate.Followed is not null)
            relevance = Math.Max(relevance, FollowedRelevance);
        var (standing, worth) = relevance > 0 ? (Standing.OnTopic, Worth(relevance, facts.Trend)) : (Standing.Outside, facts.Trend);

        // What is bigger than it is near stands outside, unless it is close to what the reader meant.
        if (standing == Standing.Outside && wanted.Collect(candidate, list, isNear: true) is (var first, > 0 and var count)
            && (wanted[first].Kind == MatchKind.Close || Worth(Relevance(wanted, first, count), facts.Trend) > worth))
        {
            (candidate.FirstWanted, candidate.Wanted) = (first, count);
            (standing, worth) = (Standing.NearTopic, Worth(Relevance(wanted, first, count), facts.Trend));
        }

        var taste = TasteFor(candidate);
        candidate.Standing = standing;
        candidate.Score = Bounded(worth * facts.Freshness * taste);
        candidate.OutsideScore = Bounded(facts.Trend * facts.Freshness * taste);
    }

    /// <summary>Freshness × taste, for what nobody has noticed yet.</summary>
    public static void ScoreByAge(ref Candidate candidate, CandidateList list) =>
        candidate.Score = Bounded(UntrendingShare * list.Papers.Facts[candidate.Paper].Freshness * TasteFor(candidate));

    private static double TasteFor(in Candidate candidate) => 1 + (TasteReach * candidate.Taste);

    private static double Worth(double relevance, double trend) => relevance * (UntrendingShare + ((1 - UntrendingShare) * trend));

    // Rising everywhere and below 1, so that the order of what exceeds the scale is kept.
    private static double Bounded(double score) => score <= Pressed
        ? score
        : 1 - ((1 - Pressed) * (1 - Pressed) / (score - Pressed + 1 - Pressed));

    private static double Relevance(WantedTopics wanted, int first, int count)
    {
        if (count == 0)
            return 0;
        var best = wanted[first].Weighted;
        return count == 1 ? best : best + (SecondTopicShare * Math.Max(0, 1 - best) * Math.Min(1, wanted[first + 1].Weighted));
    }
}

/// <summary>For each candidate the matches with topics that the reader wants, the best first, one candidate's behind another's.</summary>
internal sealed class WantedTopics
{
    private CandidateMatch[] _wanted = new CandidateMatch[256];
    private int _count;

    /// <summary>A match by its number.</summary>
    public ref readonly CandidateMatch this[int number] => ref _wanted[number];

    /// <summary>Forgets all.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds those of a candidate: what it matches, or what it is near to. Answers where they begin and how many they are.</summary>
    public (int First, int Count) Collect(in Candidate candidate, CandidateList list, bool isNear)
    {
        var first = _count;
        for (var at = candidate.FirstMatch; at >= 0; at = list.Match(at).Next)
        {
            ref readonly var match = ref list.Match(at);
            if ((match.Kind != MatchKind.Match) == isNear && list.Topics[match.Topic].IsWanted)
                Insert(match, first, list.Topics);
        }
        return (first, _count - first);
    }

    private void Insert(in CandidateMatch match, int first, IReadOnlyList<ChosenTopic> topics)
    {
        if (_count == _wanted.Length)
            Array.Resize(ref _wanted, _count * 2);
        var at = _count++;
        for (; at > first && IsBefore(match, _wanted[at - 1], topics); at--)
            _wanted[at] = _wanted[at - 1];
        _wanted[at] = match;
    }

    private static bool IsBefore(in CandidateMatch a, in CandidateMatch b, IReadOnlyList<ChosenTopic> topics) =>
        a.Weighted > b.Weighted || (a.Weighted.Equals(b.Weighted) && topics[a.Topic].TopicId < topics[b.Topic].TopicId);
}
