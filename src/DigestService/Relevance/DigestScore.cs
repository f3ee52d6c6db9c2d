namespace DigestService.Relevance;

/// <summary>A candidate with its score, and its matches among the reader's topics, the best first.</summary>
internal sealed record Scored(
    RankingCandidate Candidate, double Score, bool IsInside, IReadOnlyList<(ChosenTopic Topic, TopicRelevance Match)> Matches);

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

    /// <summary>
    /// Inside the reader's topics: relevance × weight × trending × freshness × taste. Outside, the trend and the
    /// taste stand alone.
    /// </summary>
    public static Scored Of(RankingCandidate candidate, Dictionary<long, ChosenTopic> topics)
    {
        var matches = new List<(ChosenTopic Topic, TopicRelevance Match)>(candidate.Topics.Count);
        foreach (var match in candidate.Topics)
            if (topics.TryGetValue(match.TopicId, out var topic) && !topic.IsMuted && topic.Weight > 0)
                matches.Add((topic, match));
        matches.Sort(static (a, b) => CompareMatches(b, a));

        var isInside = matches.Count > 0 || candidate.FollowedAuthor is not null;
        var relevance = isInside ? Relevance(matches) : 1;
        if (candidate.FollowedAuthor is not null)
            relevance = Math.Max(relevance, FollowedRelevance);
        var trending = isInside
            ? UntrendingShare + ((1 - UntrendingShare) * candidate.Trending.Value)
            : candidate.Trending.Value;
        var taste = 1 + (TasteReach * (candidate.Taste?.Score ?? 0));
        var score = Math.Min(1, relevance * trending * candidate.Freshness * taste);
        return new(candidate, score, isInside, matches);
    }

    private static double Relevance(List<(ChosenTopic Topic, TopicRelevance Match)> matches)
    {
        if (matches.Count == 0)
            return 0;
        var best = Weighted(matches[0]);
        return matches.Count == 1 ? best : best + (SecondTopicShare * (1 - best) * Math.Min(1, Weighted(matches[1])));
    }

    private static double Weighted((ChosenTopic Topic, TopicRelevance Match) match) =>
        match.Topic.Weight * match.Match.Relevance;

    private static int CompareMatches((ChosenTopic Topic, TopicRelevance Match) a, (ChosenTopic Topic, TopicRelevance Match) b)
    {
        var byRelevance = Weighted(a).CompareTo(Weighted(b));
        return byRelevance != 0 ? byRelevance : b.Topic.TopicId.CompareTo(a.Topic.TopicId);
    }
}
