using DigestService.Relevance;

namespace DigestService.Topics;

/// <summary>Finds a sequence of stems in a paper.</summary>
internal static class PhraseFinder
{
    /// <summary>The positions at which the sequence begins, ascending.</summary>
    public static IReadOnlyList<int> Find(WordSequence sequence, IndexedPaper paper)
    {
        var first = paper.Positions(sequence.Terms[0]);
        if (first.IsEmpty)
            return [];
        List<int>? found = null;
        foreach (var start in first)
            if (FollowsFrom(start, sequence, paper) && (found is null || found[^1] != start))
                (found ??= []).Add(start);
        return found ?? (IReadOnlyList<int>)[];
    }

    private static bool FollowsFrom(int start, WordSequence sequence, IndexedPaper paper)
    {
        for (var i = 1; i < sequence.Terms.Length; i++)
            if (paper.Positions(sequence.Terms[i]).BinarySearch((ushort)(start + sequence.Offsets[i])) < 0)
                return false;
        return true;
    }
}

/// <summary>How near to each other several words stand.</summary>
internal static class Nearness
{
    /// <summary>
    /// From 1 (side by side) towards 0, by the smallest window that holds one place of each; words that never stand
    /// in the same field are far apart.
    /// </summary>
    public static double Of(IReadOnlyList<IReadOnlyList<int>> places, double scale)
    {
        var narrowest = int.MaxValue;
        foreach (var anchor in places[0])
        {
            int low = anchor, high = anchor;
            for (var i = 1; i < places.Count; i++)
            {
                var nearest = Nearest(places[i], anchor);
                low = Math.Min(low, nearest);
                high = Math.Max(high, nearest);
            }
            narrowest = Math.Min(narrowest, high - low);
        }
        return Math.Exp(-Math.Max(0, narrowest - (places.Count - 1)) / scale);
    }

    private static int Nearest(IReadOnlyList<int> places, int anchor)
    {
        var nearest = places[0];
        foreach (var place in places)
            if (Math.Abs(place - anchor) < Math.Abs(nearest - anchor))
                nearest = place;
        return nearest;
    }
}
