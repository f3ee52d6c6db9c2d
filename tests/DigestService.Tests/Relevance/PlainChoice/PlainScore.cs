using DigestService.Relevance;

namespace DigestService.Tests.Relevance.PlainChoice;

/// <summary>A candidate with its score, and the reader's topics that it matches, or else is near to, the best first.</summary>
internal sealed record PlainScored(
    PlainCandidate Candidate, double Score, Standing Standing, IReadOnlyList<(ChosenTopic Topic, PlainRelevance Match)> Matches);

/// <summary>The one number a candidate is ranked by, from 0 to 1.</summary>
internal static class PlainScore
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
    public static PlainScored Of(PlainCandidate candidate, Dictionary<long, ChosenTopic> topics)
    {
        var matches = Wanted(candidate.Topics, topics);
        var relevance = Relevance(matches);
        if (candidate.FollowedAuthor is not null)
            relevance = Math.Max(relevance, FollowedRelevance);
        var (standing, worth) = relevance > 0 ? (Standing.OnTopic, Worth(relevance)) : (Standing.Outside, candidate.Trending.Value);

        // What is bigger than it is near stands outside, unless it is close to what the reader meant.
        if (standing == Standing.Outside && Wanted(candidate.Near, topics) is { Count: > 0 } near
            && (near[0].Match.IsCloseInMeaning || Worth(Relevance(near)) > worth))
            (matches, standing, worth) = (near, Standing.NearTopic, Worth(Relevance(near)));

        var taste = 1 + (TasteReach * (candidate.Taste?.Score ?? 0));
        return new(candidate, Bounded(worth * candidate.Freshness * taste), standing, matches);

        double Worth(double relevance) => relevance * (UntrendingShare + ((1 - UntrendingShare) * candidate.Trending.Value));
    }

    // Rising everywhere and below 1, so that the order of what exceeds the scale is kept.
    private static double Bounded(double score) => score <= Pressed
        ? score
        : 1 - ((1 - Pressed) * (1 - Pressed) / (score - Pressed + 1 - Pressed));

    private static IReadOnlyList<(ChosenTopic Topic, PlainRelevance Match)> Wanted(
        IReadOnlyList<PlainRelevance> matches, Dictionary<long, ChosenTopic> topics)
    {
        // Most papers match none or one of a reader's topics.
        if (matches.Count == 0)
            return [];
        if (matches.Count == 1)
            return topics.TryGetValue(matches[0].TopicId, out var only) && !only.IsMuted && only.Weight > 0 ? [(only, matches[0])] : [];
        var wanted = new List<(ChosenTopic Topic, PlainRelevance Match)>(matches.Count);
        foreach (var match in matches)
            if (topics.TryGetValue(match.TopicId, out var topic) && !topic.IsMuted && topic.Weight > 0)
                wanted.Add((topic, match));
        wanted.Sort(static (a, b) => CompareMatches(b, a));
        return wanted;
    }

    private static double Relevance(IReadOnlyList<(ChosenTopic Topic, PlainRelevance Match)> matches)
    {
        if (matches.Count == 0)
            return 0;
        var best = Weighted(matches[0]);
        return matches.Count == 1 ? best : best + (SecondTopicShare * Math.Max(0, 1 - best) * Math.Min(1, Weighted(matches[1])));
    }

    private static double Weighted((ChosenTopic Topic, PlainRelevance Match) match) =>
        match.Topic.Weight * match.Match.Relevance;

    private static int CompareMatches((ChosenTopic Topic, PlainRelevance Match) a, (ChosenTopic Topic, PlainRelevance Match) b)
    {
        var byRelevance = Weighted(a).CompareTo(Weighted(b));
        return byRelevance != 0 ? byRelevance : b.Topic.TopicId.CompareTo(a.Topic.TopicId);
    }
}
