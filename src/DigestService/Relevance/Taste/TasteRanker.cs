namespace DigestService.Relevance.Taste;

/// <summary>
/// Ranks a whole collection for one reader by likes alone: what the likes are about, and what readers of like taste
/// liked. Where no reader resembles another, content alone decides.
/// </summary>
internal sealed class TasteRanker(ContentSpace space, SimilarReaders? readers)
{
    private const double ReadersShare = 0.5;

    /// <summary>The best papers that are not among the likes; <paramref name="self"/> is the reader's own row in the model of readers.</summary>
    public IReadOnlyList<int> Rank(int[] likes, int? self, int limit)
    {
        var evidence = new Interests(likes.Select(l => space[l])).EvidenceForAll(space);
        var scores = Standardised(evidence);
        if (readers is not null)
        {
            var vouched = new float[space.Count];
            foreach (var (paper, score) in readers.Scores(likes, self))
                vouched[paper] = score;
            var standardised = Standardised(vouched);
            for (var i = 0; i < scores.Length; i++)
                scores[i] += ReadersShare * standardised[i];
        }
        var own = likes.ToHashSet();
        return [.. Enumerable.Range(0, scores.Length).Where(i => !own.Contains(i))
            .OrderByDescending(i => scores[i]).ThenBy(i => i).Take(limit)];
    }

    private static double[] Standardised(float[] values)
    {
        var mean = values.Average(v => (double)v);
        var deviation = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / values.Length);
        return [.. values.Select(v => deviation > 0 ? (v - mean) / deviation : 0)];
    }
}
