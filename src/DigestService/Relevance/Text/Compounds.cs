namespace DigestService.Relevance.Text;

/// <summary>Hyphenated words and their closed spelling: "fine-tuning" is also found as "finetuning".</summary>
internal static class Compounds
{
    private const int MostParts = 4;

    /// <summary>Runs of words held together by hyphens, with the indices of their first and last part.</summary>
    public static IEnumerable<(int First, int Last, string Joined)> In(IReadOnlyList<Token> tokens)
    {
        for (var first = 0; first < tokens.Count; first++)
        {
            var last = first;
            while (last + 1 < tokens.Count && tokens[last + 1].Glue == Glue.Hyphen)
                last++;
            if (last > first && last - first < MostParts)
                yield return (first, last, string.Concat(tokens.Skip(first).Take(last - first + 1).Select(t => t.Word)));
            first = last;
        }
    }
}
