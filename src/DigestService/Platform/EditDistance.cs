namespace DigestService.Platform;

/// <summary>How many letters two words are apart.</summary>
internal static class EditDistance
{
    /// <summary>
    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment; Damerau 1964) that make one word of
    /// the other; more than <paramref name="most"/> where they are further apart.
    /// </summary>
    public static int Of(string a, string b, int most)
    {
        if (Math.Abs(a.Length - b.Length) > most)
            return most + 1;
        Span<int> earlier = stackalloc int[b.Length + 1];
        Span<int> above = stackalloc int[b.Length + 1];
        Span<int> row = stackalloc int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            above[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            var least = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                var best = Math.Min(Math.Min(above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    best = Math.Min(best, earlier[j - 2] + 1);
                row[j] = best;
                least = Math.Min(least, best);
            }
            if (least > most)
                return most + 1;
            var spare = earlier;
            earlier = above;
            above = row;
            row = spare;
        }
        return above[b.Length];
    }
}
