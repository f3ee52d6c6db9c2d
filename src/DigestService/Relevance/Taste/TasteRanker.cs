namespace DigestService.Relevance.Taste;

/// <summary>
/// Ranks a whole collection for one reader by likes alone: what the likes are about, and what readers of like taste
/// liked. Where no reader resembles another, content alone decides: words, and meaning, of some weight, where
/// the papers have vectors.
/// </summary>
internal sealed class TasteRanker(ContentSpace space, SimilarSubscribers? readers, IReadOnlyList<RoundedVector?>? meanings = null, double meaningWeight = 0)
{
    /// <summary>The best papers that are not among the likes.</summary>
    public IReadOnlyList<int> Rank(int[] likes, int limit)
    {
        var interests = new Interests();
        interests.Begin(space.Features);
        for (var i = 0; i < likes.Length; i++)
            interests.Add(new TasteVector(space[likes[i]], meanings?[likes[i]]));
        var scores = interests.EvidenceForAll(space, meanings);
        if (readers?.VouchesFor(likes, scale: 1 + meaningWeight) is { } vouches)
            for (var i = 0; i < scores.Length; i++)
                scores[i] += vouches.For(i);
        var own = likes.ToHashSet();
        return [.. Enumerable.Range(0, scores.Length).Where(i => !own.Contains(i))
            .OrderByDescending(i => scores[i]).ThenBy(i => i).Take(limit)];
    }
}
