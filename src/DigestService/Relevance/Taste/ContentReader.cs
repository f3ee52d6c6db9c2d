using System.Collections.Concurrent;
using DigestService.Relevance.Text;

namespace DigestService.Relevance.Taste;

/// <summary>
/// Reads papers as taste sees them: words, pairs of neighbouring title words, and keywords both whole and in words. A word is
/// stemmed once, whichever papers have it. For several threads at once.
/// </summary>
internal sealed class ContentReader
{
    /// <summary>What a word of the title or of a keyword counts.</summary>
    public const float Word = 1;

    /// <summary>What a word of the abstract counts.</summary>
    public const float WordOfText = 0.5f;

    private readonly ConcurrentDictionary<string, ReadWord> _words = new(StringComparer.Ordinal);
    private readonly Func<string, ReadWord> _read = Read;

    /// <summary>The features of one paper in the order of its text, each as often as it occurs.</summary>
    public List<CountedFeature> FeaturesOf(ItemContent item)
    {
        var features = new List<CountedFeature>((item.Title.Length + (item.Text?.Length ?? 0)) / 6);
        string? previous = null;
        foreach (var token in Tokenizer.Tokenize(item.Title))
        {
            var word = _words.GetOrAdd(token.Word, _read);
            if (word.Stem is null)
                continue;
            features.Add(new(word.Term, Word));
            if (previous is not null)
                features.Add(new(Term.OfPair(previous, word.Stem), Word));
            previous = word.Stem;
        }

        if (item.Text is not null)
            foreach (var token in Tokenizer.Tokenize(item.Text))
                if (_words.GetOrAdd(token.Word, _read) is { Stem: not null } word)
                    features.Add(new(word.Term, WordOfText));
        foreach (var keyword in item.Keywords)
            AddKeyword(keyword, features);
        return features;
    }

    private void AddKeyword(string keyword, List<CountedFeature> features)
    {
        var whole = "";
        foreach (var token in Tokenizer.Tokenize(keyword))
        {
            var word = _words.GetOrAdd(token.Word, _read);
            if (word.Stem is null)
                continue;
            features.Add(new(word.Term, Word));
            whole += word.Stem;
        }

        if (whole.Length > 0)
            features.Add(new(Term.OfStem($"keyword:{whole}"), Word));
    }

    private static ReadWord Read(string word) =>
        !StopWords.Contains(word) && PorterStemmer.Stem(word) is var stem ? new(stem, Term.OfStem(stem)) : default;

    // Without a stem where it is a stop word.
    private readonly record struct ReadWord(string? Stem, ulong Term);
}

/// <summary>A feature by its number in every process, and what one occurrence of it counts.</summary>
internal readonly record struct CountedFeature(ulong Feature, float Count);
