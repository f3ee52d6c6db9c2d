using DigestService.Relevance;

namespace DigestService.Tests.Relevance.PlainChoice;

/// <summary>Which of the facts behind a score are worth saying.</summary>
internal static class PlainReasons
{
    private const int MostTopics = 2;
    private const int FewestUpvotes = 3;
    private const int LowestListingRank = 5;

    /// <summary>The reasons in the order they are said. Each is a fact that can be checked against the paper.</summary>
    public static IReadOnlyList<Reason> Of(PlainScored scored, bool hasTopics)
    {
        var candidate = scored.Candidate;
        var reasons = new List<Reason>(4);
        if (candidate.FollowedAuthor is { } author)
            reasons.Add(new FollowedAuthor(author));
        foreach (var (topic, match) in scored.Matches.Take(MostTopics))
            reasons.Add(scored.Standing == Standing.OnTopic ? new MatchedTopic(topic.Name, match.Terms)
                : match.IsCloseInMeaning ? new CloseInMeaning(topic.Name, match.Terms.Count > 0 ? match.Terms[0] : "")
                : new NearTopic(topic.Name, match.Terms));
        if (scored.Standing == Standing.Outside && hasTopics)
            reasons.Add(new BigOutside());
        if (candidate.Taste is { Score: > 0 } taste)
        {
            if (taste.FindResembled() is { } liked)
                reasons.Add(new LikeThat(liked.PaperId, liked.Title));
            else if (taste.IsVouchedFor)
                reasons.Add(new LikedAlike());
        }
        var trending = candidate.Trending;
        if (trending.Upvotes >= FewestUpvotes)
            reasons.Add(new Upvoted(trending.Upvotes, trending.Hours));
        if (trending is { ListingSource: { } source, Position: > 0 and <= LowestListingRank })
            reasons.Add(new ListedHigh(source, trending.Position) { ListedOn = trending.ListedOn });
        if (reasons.Count == 0 || (candidate.IsNew && reasons.Count < 2))
            reasons.AddRange(candidate.IsNew ? [new NewlyListed()] : Trending(trending));
        return reasons;
    }

    private static Reason[] Trending(TrendingScore trending) =>
        trending is { ListingSource: { } source, Position: > 0 } ? [new ListedHigh(source, trending.Position) { ListedOn = trending.ListedOn }]
        : trending.Upvotes > 0 ? [new Upvoted(trending.Upvotes, trending.Hours)]
        : [];
}
