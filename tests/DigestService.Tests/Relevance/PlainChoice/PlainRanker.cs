using DigestService.Relevance;

namespace DigestService.Tests.Relevance.PlainChoice;

/// <summary>
/// Chooses and orders one reader's digest: relevance × weight × trending × freshness × taste, a fair share for each
/// chosen topic, no near-duplicates, what is near to a topic where its own papers leave room, some places for what is big
/// outside. A pure function: the same input gives the same list, ties go to the lower paper id.
/// </summary>
internal static class PlainRanker
{
    // Papers this alike are one story told twice.
    private const double NearDuplicateSimilarity = 0.94;

    // Outside has a third of the page at the most.
    private const int LeastPageForOneOutside = 3;

    /// <summary>Ranks the candidates for one reader. Every candidate comes back, as an entry or as a cut.</summary>
    public static PlainDigest Rank(IReadOnlyList<PlainCandidate> candidates, PlainSettings settings)
    {
        var topics = settings.Topics.ToDictionary(t => t.TopicId);
        var cut = new List<PlainCut>();
        var inside = new List<PlainScored>();
        var near = new List<PlainScored>();
        var outside = new List<PlainScored>();
        var hasTopics = settings.Topics.Any(t => !t.IsMuted);
        // Somebody who has chosen nothing yet gets what is trending. Otherwise the page is for the topics before all else.
        var outsidePlaces = hasTopics && !settings.IsAllOutside
            ? Math.Min(settings.OutsideTopics, settings.MaxItems / LeastPageForOneOutside)
            : settings.MaxItems;
        CutReason whyOutside = outsidePlaces > 0 ? new NotBigEnough() : new NoOutside();
        foreach (var candidate in candidates)
        {
            var scored = PlainScore.Of(candidate, topics);
            if (settings.IsAllOutside && scored.Standing == Standing.NearTopic)
                scored = PlainScore.Of(candidate with { Near = [] }, topics);
            if (Refusal(candidate, topics) is { } refusal)
                cut.Add(new(candidate, scored.Score, refusal));
            else if (scored.Score < settings.MinimumScore)
                cut.Add(new(candidate, scored.Score, scored.Standing == Standing.Outside
                    ? whyOutside
                    : new BelowMinimum(scored.Score, settings.MinimumScore)));
            else
                (scored.Standing switch { Standing.OnTopic => inside, Standing.NearTopic => near, _ => outside }).Add(scored);
        }
        inside.Sort(BestFirst);
        near.Sort(BestFirst);
        outside.Sort(BestFirst);

        var page = new PlainPage(settings, NearDuplicateSimilarity);
        var reserved = Math.Min(outsidePlaces, outside.Count);
        page.FillInside(inside, settings.MaxItems - reserved);
        page.Fill(near, Math.Min(settings.NearTopics, settings.MaxItems - reserved - page.Count));
        GiveSecondChance(near, outside, page, topics);
        page.Fill(outside, Math.Min(outsidePlaces, settings.MaxItems - page.Count));
        // Places that the outside could not fill (its best were near-duplicates) go back to the topics.
        page.FillInside(inside, settings.MaxItems - page.Count);

        cut.AddRange(page.Leftovers(inside, near, outside, whyOutside));
        cut.Sort((a, b) => BestFirst(a.Score, a.Candidate, b.Score, b.Candidate));
        return new(page.Entries(hasTopics), cut);
    }

    // What found no place for being close in meaning may have one for being big.
    private static void GiveSecondChance(List<PlainScored> near, List<PlainScored> outside, PlainPage page, Dictionary<long, ChosenTopic> topics)
    {
        for (var i = near.Count - 1; i >= 0; i--)
        {
            if (page.Holds(near[i]) || PlainScore.Of(near[i].Candidate with { Near = [] }, topics) is not { } big || big.Score <= near[i].Score)
                continue;
            near.RemoveAt(i);
            outside.Add(big);
        }
        outside.Sort(BestFirst);
    }

    private static CutReason? Refusal(PlainCandidate candidate, Dictionary<long, ChosenTopic> topics)
    {
        if (candidate.IsSent)
            return new AlreadySent();
        if (candidate.IsToldBefore)
            return new ToldBefore();
        if (candidate.IsJudged)
            return new AlreadyJudged();
        if (candidate.IsWithdrawn)
            return new Withdrawn();
        if (candidate.MutedWord is { } word)
            return new MutedWord(word);
        foreach (var match in candidate.Topics)
            if (topics.TryGetValue(match.TopicId, out var topic) && topic.IsMuted)
                return new MutedTopic(topic.Name);
        return null;
    }

    internal static int BestFirst(PlainScored a, PlainScored b) => BestFirst(a.Score, a.Candidate, b.Score, b.Candidate);

    private static int BestFirst(double a, PlainCandidate first, double b, PlainCandidate second)
    {
        var byScore = b.CompareTo(a);
        var byDay = second.ListedOn.CompareTo(first.ListedOn);
        return byScore != 0 ? byScore : byDay != 0 ? byDay : first.PaperId.CompareTo(second.PaperId);
    }
}
