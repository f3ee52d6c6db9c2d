namespace DigestService.Relevance;

/// <summary>Which of the facts behind a score are worth saying.</summary>
internal static class DigestReasons
{
    private const int MostTopics = 2;
    private const int FewestUpvotes = 3;
    private const int LowestListingRank = 5;

    private static readonly BigOutside Outside = new();
    private static readonly LikedAlike Vouched = new();
    private static readonly NewlyListed New = new();

    /// <summary>The reasons in the order they are said. Each is a fact that can be checked against the paper.</summary>
    public static IReadOnlyList<Reason> Of(in Candidate candidate, CandidateList list, WantedTopics wanted, bool hasTopics)
    {
        var paper = list.Papers[candidate.Paper];
        var reasons = new List<Reason>(4);
        if (candidate.Followed is { } author)
            reasons.Add(new FollowedAuthor(author));
        for (var i = 0; i < Math.Min(candidate.Wanted, MostTopics); i++)
            reasons.Add(Topic(candidate.Standing, wanted[candidate.FirstWanted + i], list));
        if (candidate.Standing == Standing.Outside && hasTopics)
            reasons.Add(Outside);
        if (candidate.Taste > 0)
        {
            if (list.FindResembled?.Invoke(candidate.Paper) is { } liked)
                reasons.Add(new LikeThat(liked.PaperId, liked.Title));
            else if (candidate.IsVouchedFor)
                reasons.Add(Vouched);
        }
        var trending = paper.Trending;
        if (trending.Upvotes >= FewestUpvotes)
            reasons.Add(new Upvoted(trending.Upvotes, trending.Hours));
        if (trending is { ListingSource: { } source, Position: > 0 and <= LowestListingRank })
            reasons.Add(new ListedHigh(source, trending.Position) { ListedOn = trending.ListedOn });
        if (paper.IsNew && reasons.Count < 2)
            reasons.Add(New);
        else if (reasons.Count == 0 && Trending(trending) is { } small)
            reasons.Add(small);
        return reasons;
    }

    private static Reason Topic(Standing standing, in CandidateMatch match, CandidateList list)
    {
        var (name, terms) = (list.Topics[match.Topic].Name, list.TermsOf(match));
        return standing == Standing.OnTopic ? new MatchedTopic(name, terms)
            : match.Kind == MatchKind.Close ? new CloseInMeaning(name, terms.Count > 0 ? terms[0] : "")
            : new NearTopic(name, terms);
    }

    // Nothing is said of a paper that is here for likes alone.
    private static Reason? Trending(TrendingScore trending) =>
        trending is { ListingSource: { } source, Position: > 0 } ? new ListedHigh(source, trending.Position) { ListedOn = trending.ListedOn }
        : trending.Upvotes > 0 ? new Upvoted(trending.Upvotes, trending.Hours)
        : null;
}
