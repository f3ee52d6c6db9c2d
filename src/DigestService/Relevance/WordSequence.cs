using DigestService.Relevance.Text;

namespace DigestService.Relevance;

/// <summary>
/// Stems at fixed distances from the first, whose own distance is 0: a word or a phrase in one spelling. Stop words within a
/// phrase must stand as they are, or "image-to-video" would be found in "image and video", and so must those that a hyphen
/// holds to it: "on-device" is not any device. Others at its ends say nothing.
/// </summary>
internal sealed record WordSequence(ulong[] Terms, int[] Offsets, (int Offset, string Word)[] StopWordsHeld)
{
    // Each compound doubles the spellings of a phrase.
    private const int MostCompounds = 3;
    private const int ShortestPart = 3;
    private const int ShortestCompound = 7;
    // "Llama3" and "SAM2" are also written apart, "R2" and "3D" are not.
    private const int ShortestNumbered = 2;

    /// <summary>Words of it that a query writes in capitals, folded: other words of their stem are not meant, so that "AIME" is not found in "aimed".</summary>
    public (int Offset, string Word)[] Names { get; init; } = [];

    /// <summary>
    /// A phrase in all spellings of its compounds: "fine-tuning", "fine tuning" and "finetuning" each give all three, and "Llama3"
    /// gives "Llama 3". None if it is all stop words. Of a query, whose capitals count, <paramref name="written"/> is the text that the tokens are of.
    /// </summary>
    public static IReadOnlyList<WordSequence> Spellings(List<Token> tokens, string? written = null)
    {
        if (tokens.TrueForAll(t => StopWords.Contains(t.Word)))
            return [];
        var compounds = Compounds.In(tokens).Take(MostCompounds).ToList();
        var spellings = new List<WordSequence>();
        for (var closed = 0; closed < 1 << compounds.Count; closed++)
            spellings.Add(Spelling(tokens, compounds.Where((_, i) => (closed >> i & 1) == 1).ToList(), written));
        if (tokens.Count == 1)
            spellings.AddRange(Opened(tokens[0].Word));
        else
            spellings.AddRange(Pairs(tokens).Take(MostCompounds).Select(pair => Spelling(tokens, [pair], written)));
        return spellings;
    }

    /// <summary>Two words written as one.</summary>
    public static WordSequence Closed(string both) => new([Term.Of(both)], [0], []);

    /// <summary>The two words that one may be written as, "finetuning" as "fine tuning".</summary>
    public static IEnumerable<(string First, string Second)> Parts(string word) => Splits(word)
        .Select(split => (First: word[..split], Second: word[split..]))
        .Where(parts => !StopWords.Contains(parts.First) && !StopWords.Contains(parts.Second));

    private static IEnumerable<WordSequence> Opened(string word) =>
        Parts(word).Select(parts => new WordSequence([Term.Of(parts.First), Term.Of(parts.Second)], [0, 1], []));

    // A name ends before its number. Where else a word may be parted is not known; parts that nobody writes side by side are found nowhere.
    private static IEnumerable<int> Splits(string word)
    {
        var letters = word.TakeWhile(char.IsLetter).Count();
        if (letters < word.Length)
            return letters >= ShortestNumbered && char.IsDigit(word[letters]) ? [letters] : [];
        return word.Length < ShortestCompound ? [] : Enumerable.Range(ShortestPart, word.Length - (2 * ShortestPart) + 1);
    }

    private static IEnumerable<(int First, int Last, string Joined)> Pairs(List<Token> tokens)
    {
        for (var i = 0; i + 1 < tokens.Count; i++)
            if (AreApart(tokens[i], tokens[i + 1]) && !StopWords.Contains(tokens[i].Word) && !StopWords.Contains(tokens[i + 1].Word))
                yield return (i, i + 1, tokens[i].Word + tokens[i + 1].Word);
    }

    // "fine tuning" and "node.js" are also written as one word; "2:4", "N/M" and ideographs are not.
    private static bool AreApart(Token first, Token second) => second.Glue switch
    {
        Glue.None => (!first.Word.All(char.IsAsciiDigit) || !second.Word.All(char.IsAsciiDigit)) && !AreLetters(first, second),
        Glue.Tight => first.Word.Any(char.IsAsciiLetter) && second.Word.Any(char.IsAsciiLetter) && !AreLetters(first, second),
        _ => false,
    };

    private static bool AreLetters(Token first, Token second) => first.Word is [>= 'a' and <= 'z'] && second.Word is [>= 'a' and <= 'z'];

    /// <summary>The positions at which the sequence begins, ascending.</summary>
    public IReadOnlyList<int> FindIn(IndexedPaper paper)
    {
        List<int>? found = null;
        foreach (var start in paper.Positions(Terms[0]))
            if (FollowsFrom(start, paper) && (found is null || found[^1] != start))
                (found ??= []).Add(start);
        return found ?? (IReadOnlyList<int>)[];
    }

    /// <summary>The first and the last position of the sequence that begins somewhere, with the stop words that are held to its ends.</summary>
    public (int First, int Last) SpanFrom(int start) => StopWordsHeld.Length == 0
        ? (start, start + Offsets[^1])
        : (start + Math.Min(0, StopWordsHeld[0].Offset), start + Math.Max(Offsets[^1], StopWordsHeld[^1].Offset));

    private bool FollowsFrom(int start, IndexedPaper paper)
    {
        for (var i = 1; i < Terms.Length; i++)
            if (paper.Positions(Terms[i]).BinarySearch((ushort)(start + Offsets[i])) < 0)
                return false;
        foreach (var (offset, word) in Names)
            if (!paper.IsWritten(start + offset, word))
                return false;
        return Offsets.Length == 1 && StopWordsHeld.Length == 0 || paper.ReadsOn(start, start + Offsets[^1], StopWordsHeld);
    }

    /// <summary>The first and the last word of a phrase that count, of which one at least is no stop word.</summary>
    public static (int First, int Last) Ends(List<Token> tokens)
    {
        var first = tokens.FindIndex(t => !StopWords.Contains(t.Word));
        var last = tokens.FindLastIndex(t => !StopWords.Contains(t.Word));
        while (first > 0 && tokens[first].Glue == Glue.Hyphen)
            first--;
        while (last + 1 < tokens.Count && tokens[last + 1].Glue == Glue.Hyphen)
            last++;
        return (first, last);
    }

    private static WordSequence Spelling(List<Token> tokens, List<(int First, int Last, string Joined)> closed, string? written)
    {
        var terms = new List<ulong>();
        var offsets = new List<int>();
        var stopWords = new List<(int Offset, string Word)>();
        var names = new List<(int Offset, string Word)>();
        var position = 0;
        var ends = Ends(tokens);
        for (var i = 0; i < tokens.Count; i++, position++)
        {
            var compound = closed.Find(c => c.First == i);
            if (compound.Joined is not null)
            {
                terms.Add(Term.Of(compound.Joined));
                offsets.Add(position);
                i = compound.Last;
            }
            else if (!StopWords.Contains(tokens[i].Word))
            {
                terms.Add(Term.Of(tokens[i].Word));
                offsets.Add(position);
                if (written is not null && Tokenizer.IsName(written, tokens[i]))
                    names.Add((position, tokens[i].Word));
            }
            else if (i >= ends.First && i <= ends.Last)
            {
                stopWords.Add((position, tokens[i].Word));
            }
        }
        var first = offsets[0];
        return new(
            [.. terms],
            [.. offsets.Select(o => o - first)],
            [.. stopWords.Select(s => (s.Offset - first, s.Word))])
        {
            Names = [.. names.Select(name => (name.Offset - first, name.Word))],
        };
    }
}
