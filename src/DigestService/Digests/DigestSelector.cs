using DigestService.Relevance;
using NodaTime;

namespace DigestService.Digests;

/// <summary>Puts one reader's candidates together from the candidate pool and has them ranked. No I/O.</summary>
internal sealed class DigestSelector(DigestOptions options)
{
    /// <summary>Chooses one reader's digest; an empty day follows the reader's rule, else the service's.</summary>
    public DigestSelection Choose(DueSubscriber subscriber, CandidatePool pool)
    {
        using var candidates = CandidateList.Borrow();
        // Where it is evening, the listing of tomorrow's date is there already.
        var newsAfter = subscriber.OldestNews(options.LookbackDays);
        SubscriberCandidates.Gather(candidates, Facts(subscriber, pool, newsAfter), pool.For(subscriber));
        var settings = new RankingSettings
        {
            MaxItems = subscriber.MaxItems,
            OutsideTopics = subscriber.OutsideTopics ?? options.OutsideTopics,
            MinimumScore = options.MinimumScore,
        };
        var ranked = DigestRanker.Rank(candidates, settings);
        var hasTopics = subscriber.Topics.Any(topic => !topic.IsMuted);
        if (ranked.Entries.Any(entry => !hasTopics || DigestSelection.IsAnswer(entry)))
            return new DigestSelection(subscriber, newsAfter, ranked.Entries, ranked.Cut, candidates.Count, null);

        var rule = Enum.TryParse<EmptyDay>(subscriber.EmptyDay, ignoreCase: true, out var own) ? own : options.EmptyDay;
        if (rule == EmptyDay.Skip && subscriber.IsAskedFor)
            rule = EmptyDay.Note;
        ranked = rule == EmptyDay.Trending
            ? DigestRanker.Rank(candidates, settings with { IsAllOutside = true, NearTopics = 0 })
            : ranked.WithoutEntries();
        return new DigestSelection(subscriber, newsAfter, ranked.Entries, ranked.Cut, candidates.Count, rule, candidates.Papers.CountAfter(newsAfter));
    }

    private static SubscriberFacts Facts(DueSubscriber subscriber, CandidatePool pool, LocalDate newsAfter)
    {
        var matches = new QueryMatches[subscriber.Topics.Count];
        for (var i = 0; i < matches.Length; i++)
            matches[i] = pool.MatchesOf(subscriber.Topics[i].TopicId);
        return new()
        {
            Topics = subscriber.Topics,
            Matches = matches,
            FollowedAuthors = subscriber.FollowedAuthors,
            Sent = subscriber.Seen,
            Judged = subscriber.Judged,
            MutedWords = subscriber.MutedWords,
            Taste = subscriber.Taste,
            NewsAfter = newsAfter,
            LeftOut = pool.LeftOut,
        };
    }
}
