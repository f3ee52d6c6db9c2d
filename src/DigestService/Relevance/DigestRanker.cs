namespace DigestService.Relevance;

/// <summary>
/// Chooses and orders one reader's digest: relevance × weight × trending × freshness × taste, a fair share for each
/// chosen topic, no near-duplicates, what is near to a topic where its own papers leave room, some places for what is big
/// outside. A pure function: the same input gives the same list, ties go to the lower paper id.
/// </summary>
internal static class DigestRanker
{
    // Outside has a third of the page at the most.
    private const int LeastPageForOneOutside = 3;

    /// <summary>Gathers one reader's candidates and ranks them.</summary>
    public static RankedDigest Choose(SubscriberFacts reader, CandidateView view, RankingSettings settings)
    {
        using var candidates = CandidateList.Borrow();
        SubscriberCandidates.Gather(candidates, reader, view);
        return Rank(candidates, settings);
    }

    /// <summary>Ranks the candidates for one reader. Every candidate comes back, as an entry or as a cut.</summary>
    public static RankedDigest Rank(CandidateList list, RankingSettings settings)
    {
        var page = list.Page;
        var hasTopics = HasTopics(list.Topics);
        page.Begin(list, settings, hasTopics);
        // Somebody who has chosen nothing yet gets what is trending. Otherwise the page is for the topics before all else.
        var outsidePlaces = hasTopics && !settings.IsAllOutside
            ? Math.Min(settings.OutsideTopics, settings.MaxItems / LeastPageForOneOutside)
            : settings.MaxItems;
        var reserved = Math.Min(outsidePlaces, page.OutsideCount);
        page.FillInside(settings.MaxItems - reserved);
        page.FillNear(Math.Min(settings.NearTopics, settings.MaxItems - reserved - page.Count));
        page.GiveSecondChance();
        page.FillOutside(Math.Min(outsidePlaces, settings.MaxItems - page.Count));
        // Places that the outside could not fill (its best were near-duplicates) go back to the topics.
        page.FillInside(settings.MaxItems - page.Count);

        var cut = page.Leftovers(outsidePlaces);
        return new(page.Entries(hasTopics), cut);
    }

    private static bool HasTopics(IReadOnlyList<ChosenTopic> topics)
    {
        for (var i = 0; i < topics.Count; i++)
            if (!topics[i].IsMuted)
                return true;
        return false;
    }
}
