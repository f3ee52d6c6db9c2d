using System.Collections.Concurrent;
using DigestService.Relevance.Text;

namespace DigestService.Relevance.Taste;

/// <summary>
/// Reads papers as taste sees them: words, pairs of neighbouring title words, and keywords both whole and in words. What the same
/// letters mean is worked out once, whichever papers have them. For several threads at once.
/// </summary>
internal sealed class ContentReader
{
    private const float Word = 1;
    private const float WordOfText = 0.5f;

    private readonly ConcurrentDictionary<string, ReadWord> _words = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ReadWord>.AlternateLookup<ReadOnlySpan<char>> _byLetters;

    /// <summary>Makes a reader that knows no word yet.</summary>
    public ContentReader() => _byLetters = _words.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The features of one paper in the order of its text, each as often as it occurs.</summary>
    public List<CountedFeature> FeaturesOf(ItemContent item)
    {
        var (title, text) = (item.TitleSpans ?? Spans(item.Title), item.Text is null ? [] : item.TextSpans ?? Spans(item.Text));
        var features = new List<CountedFeature>((title.Length * 2) + text.Length);
        string? previous = null;
        foreach (var (start, end) in title)
            if (Read(item.Title, start, end) is { Stem: { } stem } word)
            {
                features.Add(new(word, word.Term, Word));
                if (previous is not null)
                    features.Add(new(null, Term.OfPair(previous, stem), Word));
                previous = stem;
            }

        foreach (var (start, end) in text)
            if (Read(item.Text!, start, end) is { Stem: not null } word) // a place in the text needs one
                features.Add(new(word, word.Term, WordOfText));
        foreach (var keyword in item.Keywords)
            AddKeyword(keyword, features);
        return features;
    }

    private void AddKeyword(string keyword, List<CountedFeature> features)
    {
        var whole = "";
        foreach (var (start, end) in Spans(keyword))
            if (Read(keyword, start, end) is { Stem: { } stem } word)
            {
                features.Add(new(word, word.Term, Word));
                whole += stem;
            }

        if (whole.Length > 0)
            features.Add(new(null, Term.OfStem($"keyword:{whole}"), Word));
    }

    private ReadWord Read(string text, int start, int end)
    {
        var letters = text.AsSpan(start, end - start);
        if (_byLetters.TryGetValue(letters, out var known))
            return known;
        var word = Tokenizer.WordAt(text, start, end);
        var read = !StopWords.Contains(word) && PorterStemmer.Stem(word) is var stem ? new ReadWord(stem, Term.OfStem(stem)) : ReadWord.Stop;
        if (Tokenizer.IsSameEverywhere(letters, word))
            _words.TryAdd(letters.ToString(), read);
        return read;
    }

    private static (int Start, int End)[] Spans(string text) => [.. Tokenizer.Tokenize(text).Select(token => (token.Start, token.End))];
}

/// <summary>A word as it was read.</summary>
/// <param name="Stem">Its stem; null for a stop word.</param>
/// <param name="Term">The stem's number in every process.</param>
internal sealed record ReadWord(string? Stem, ulong Term)
{
    /// <summary>A word that counts for nothing.</summary>
    public static ReadWord Stop { get; } = new(null, 0);

    /// <summary>The stem's number in the collection; below 0 until it was looked for.</summary>
    public int Number { get; set; } = -1;
}

/// <summary>One occurrence of a feature: the word, where it is one, its number in every process, and what it counts.</summary>
internal readonly record struct CountedFeature(ReadWord? Word, ulong Term, float Count);
