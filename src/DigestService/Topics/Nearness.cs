namespace DigestService.Topics;

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
