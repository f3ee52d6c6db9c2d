namespace DigestService.Relevance.Evaluation;

/// <summary>How good a ranked list is against judgements (an item's gain; 0 or absent: not relevant).</summary>
internal static class RankingMetrics
{
    /// <summary>Normalised discounted cumulative gain of the first <paramref name="depth"/>, linear in the gain.</summary>
    public static double Ndcg(IReadOnlyList<string> ranked, IReadOnlyDictionary<string, int> gains, int depth)
    {
        var ideal = gains.Values.Where(g => g > 0).OrderDescending().Take(depth).Select((gain, i) => gain / Math.Log2(i + 2)).Sum();
        var found = ranked.Take(depth).Select((item, i) => Math.Max(0, gains.GetValueOrDefault(item)) / Math.Log2(i + 2)).Sum();
        return ideal > 0 ? found / ideal : 0;
    }

    /// <summary>The share of all relevant items among the first <paramref name="depth"/>.</summary>
    public static double Recall(IReadOnlyList<string> ranked, IReadOnlyDictionary<string, int> gains, int depth)
    {
        var relevant = gains.Values.Count(g => g > 0);
        return relevant == 0 ? 0 : (double)ranked.Take(depth).Count(item => gains.GetValueOrDefault(item) > 0) / relevant;
    }
}
