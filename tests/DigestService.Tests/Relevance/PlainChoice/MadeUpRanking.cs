using DigestService.Relevance;
using NodaTime;

namespace DigestService.Tests.Relevance.PlainChoice;

/// <summary>Has candidates ranked that were written down one by one.</summary>
internal static class MadeUpRanking
{
    /// <summary>The digest of a reader with these candidates.</summary>
    public static RankedDigest Rank(IReadOnlyList<PlainCandidate> candidates, PlainSettings settings)
    {
        var papers = new CandidatePapers(candidates.Select(Paper));
        var topics = settings.Topics;
        using var list = CandidateList.Borrow();
        list.Begin(papers, topics, [.. topics.Select(topic => QueryMatches.Of(candidates.SelectMany(paper => Matches(paper, topic.TopicId)), papers.Table))]);
        for (var topic = 0; topic < topics.Count; topic++)
        {
            list.Had[topic] = settings.PlacesHad.GetValueOrDefault(topics[topic].TopicId);
            for (var at = 0; at < list.Matches[topic].Hits.Length; at++)
                list.AddMatch(topic, at);
        }

        foreach (var candidate in candidates)
        {
            ref var added = ref list.Find(papers.Table.IndexOf(candidate.PaperId));
            (added.HasTopics, added.Followed, added.Taste) = (candidate.Topics.Count > 0, candidate.FollowedAuthor, candidate.Taste?.Score ?? 0);
            (added.Cut, added.MutedFor) = Refusal(candidate, topics);
        }

        list.FindResembled = place => candidates.First(candidate => candidate.PaperId == papers[place].PaperId).Taste?.FindResembled();
        return DigestRanker.Rank(list, new()
        {
            MaxItems = settings.MaxItems,
            OutsideTopics = settings.OutsideTopics,
            IsAllOutside = settings.IsAllOutside,
            NearTopics = settings.NearTopics,
            MinimumScore = settings.MinimumScore,
            Diversity = settings.Diversity,
        });
    }

    /// <summary>The paper of a candidate.</summary>
    public static CandidatePaper Paper(PlainCandidate candidate) => new()
    {
        Paper = IndexedPaper.Of(new() { Id = candidate.PaperId, Title = candidate.Title }),
        ListedOn = candidate.ListedOn,
        Trending = candidate.Trending,
        Freshness = candidate.Freshness,
        IsNew = candidate.IsNew,
        IsWithdrawn = candidate.IsWithdrawn,
        Signature = candidate.Signature,
        SameResults = candidate.SameResults,
    };

    private static IEnumerable<PaperMatch> Matches(PlainCandidate paper, long topic) =>
        paper.Topics.Where(match => match.TopicId == topic).Select(match => new PaperMatch(topic, paper.PaperId, match.Relevance, match.Terms))
            .Concat(paper.Near.Where(match => match.TopicId == topic).Select(match =>
                new PaperMatch(topic, paper.PaperId, match.Relevance, match.Terms, IsNear: true, match.IsCloseInMeaning ? 0.5 : null)));

    private static (CutCode Code, string? MutedFor) Refusal(PlainCandidate candidate, IReadOnlyList<ChosenTopic> topics) => candidate switch
    {
        { IsSent: true } => (CutCode.AlreadySent, null),
        { IsToldBefore: true } => (CutCode.ToldBefore, null),
        { IsJudged: true } => (CutCode.AlreadyJudged, null),
        { IsWithdrawn: true } => (CutCode.Withdrawn, null),
        { MutedWord: { } word } => (CutCode.MutedWord, word),
        _ when topics.FirstOrDefault(topic => topic.IsMuted && candidate.Topics.Any(match => match.TopicId == topic.TopicId)) is { } muted => (CutCode.MutedTopic, muted.Name),
        _ => (CutCode.None, null),
    };
}
