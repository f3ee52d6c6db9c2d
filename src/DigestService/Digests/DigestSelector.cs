using DigestService.Relevance;

namespace DigestService.Digests;

/// <summary>Puts one reader's candidates together from the candidate pool and has them ranked. No I/O.</summary>
internal sealed class DigestSelector(DigestOptions options)
{
    /// <summary>Chooses one reader's digest; an empty day follows the reader's rule, else the service's.</summary>
    public DigestSelection Choose(DueSubscriber subscriber, CandidatePool pool)
    {
        var candidates = Candidates(subscriber, pool);
        var settings = new RankingSettings
        {
            Topics = subscriber.Topics,
            MaxItems = subscriber.MaxItems,
            OutsideTopics = subscriber.OutsideTopics ?? options.OutsideTopics,
            MinimumScore = options.MinimumScore,
            PlacesHad = PlacesHad(subscriber, pool),
        };
        var ranked = DigestRanker.Rank(candidates, settings);
        var hasTopics = subscriber.Topics.Any(topic => !topic.IsMuted);
        if (ranked.Entries.Any(entry => !hasTopics || DigestSelection.IsAnswer(entry)))
            return new DigestSelection(subscriber, ranked.Entries, ranked.Cut, candidates.Count, null);

        var rule = Enum.TryParse<EmptyDay>(subscriber.EmptyDay, ignoreCase: true, out var own) ? own : options.EmptyDay;
        if (rule == EmptyDay.Trending)
            ranked = DigestRanker.Rank(candidates, settings with { IsAllOutside = true, NearTopics = 0 });
        return new DigestSelection(subscriber, rule == EmptyDay.Trending ? ranked.Entries : [], ranked.Cut, candidates.Count, rule);
    }

    private static Dictionary<long, int> PlacesHad(DueSubscriber subscriber, CandidatePool pool) => subscriber.Topics.ToDictionary(
        topic => topic.TopicId,
        topic => subscriber.Seen.Count(paper => pool.IsMatch(topic.TopicId, paper)));

    private IReadOnlyList<RankingCandidate> Candidates(DueSubscriber subscriber, CandidatePool pool)
    {
        var view = pool.For(subscriber);
        var oldest = subscriber.OldestNews(options.LookbackDays);
        var facts = new SubscriberFacts
        {
            Matches = subscriber.Topics.SelectMany(topic => pool.MatchesOf(topic.TopicId))
                .Where(match => view.Candidates.Papers.TryGetValue(match.PaperId, out var paper) && IsNews(paper))
                .ToList(),
            FollowedAuthors = subscriber.FollowedAuthors,
            Sent = subscriber.Seen,
            Judged = subscriber.Judged,
            Muted = MutedWords.Of(subscriber.MutedWords),
            Taste = subscriber.Taste,
        };
        return SubscriberCandidates.Of(facts, view.Candidates, view.Biggest.Where(IsNews).ToList());

        // Where it is evening, the listing of tomorrow's date is there already.
        bool IsNews(CandidatePaper paper) => paper.ListedOn > oldest && !pool.IsLeftOut(paper.Paper.Id);
    }
}
