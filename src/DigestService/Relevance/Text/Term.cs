namespace DigestService.Relevance.Text;

/// <summary>
/// A word's stem as a 64-bit number that is the same in every process, so that papers and queries prepared apart meet
/// without a shared dictionary. Two stems of one catalogue share a number less than once in a billion catalogues.
/// </summary>
internal static class Term
{
    private const ulong Start = 14695981039346656037UL;
    private const int MostKnown = 1 << 14;
    private const int LongestKnown = 64;

    // Words met before, each where its hash puts it until another takes the place: nine of ten words of a text are among them, and
    // stemming one takes ten times as long as finding it. Longer ones are not kept. Some 1.5 MB of usual words, 4 MB at the most; several threads may write at once.
    private static readonly KnownWord?[] Known = new KnownWord?[MostKnown];

    /// <summary>The number of a folded word's narrow stem.</summary>
    public static ulong Of(string word)
    {
        ref var known = ref Known[word.GetHashCode(StringComparison.Ordinal) & (MostKnown - 1)];
        if (known is { } held && string.Equals(held.Word, word, StringComparison.Ordinal))
            return held.Term;
        var term = OfStem(PorterStemmer.NarrowStem(word));
        if (word.Length <= LongestKnown)
            known = new(word, term);
        return term;
    }

    /// <summary>The number of a stem, or of a word that must match exactly (a name).</summary>
    public static ulong OfStem(string stem) => Mix(Hash(Start, stem));

    /// <summary>The number of two stems with a space between them.</summary>
    public static ulong OfPair(string first, string second) => Mix(Hash(Hash(Hash(Start, first), " "), second));

    private static ulong Hash(ulong hash, string letters)
    {
        foreach (var c in letters)
            hash = (hash ^ c) * 1099511628211UL;
        return hash;
    }

    /// <summary>
    /// The finalizer of SplitMix64 (Steele, Lea and Flood 2014), in which each bit depends on all others: FNV-1a alone leaves its high
    /// bits poorly mixed for short words.
    /// </summary>
    public static ulong Mix(ulong x)
    {
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ x >> 27) * 0x94D049BB133111EBUL;
        return x ^ x >> 31;
    }

    private sealed record KnownWord(string Word, ulong Term);
}
