using DigestService.Platform;
using DigestService.Relevance.Text;

namespace DigestService.Relevance.Search;

/// <summary>A collection of texts with titles, inverted: for each stem the texts it stands in, how often and where.</summary>
internal sealed class TextIndex
{
    // A word of the title is worth two more of the body.
    private const float TitleWeight = 2;
    private const float FieldGap = 100;
    private const int LongWord = 8;
    // A word of a single text is as likely a slip itself.
    private const int FewestTexts = 2;
    private const int UsualWords = 200;

    private readonly Dictionary<string, int> _terms = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _words = new(StringComparer.Ordinal);
    private readonly List<List<Posting>> _postings = [];
    private readonly List<float> _lengths = [];

    /// <summary>One text with a stem: its weighted frequency and positions.</summary>
    public readonly record struct Posting(int Text, float Frequency, int[] Positions);

    /// <summary>Texts held.</summary>
    public int Count => _lengths.Count;

    /// <summary>Distinct stems.</summary>
    public int Terms => _postings.Count;

    /// <summary>The mean weighted length.</summary>
    public double AverageLength { get; private set; } = 1;

    /// <summary>Reads a collection in its order.</summary>
    public static TextIndex Build(IEnumerable<(string Title, string Body)> texts)
    {
        var index = new TextIndex();
        foreach (var (title, body) in texts)
            index.Add(title, body);
        index.AverageLength = index.Count == 0 ? 1 : Math.Max(1, index._lengths.Average());
        return index;
    }

    /// <summary>The texts a stem stands in.</summary>
    public IReadOnlyList<Posting> Postings(int term) => _postings[term];

    /// <summary>The weighted length of a text.</summary>
    public float Length(int text) => _lengths[text];

    /// <summary>How telling a stem is.</summary>
    public double Idf(int term) => RarityOf(_postings[term].Count);

    /// <summary>How telling something is that stands in so many of the texts.</summary>
    public double RarityOf(int texts) => Math.Log(1 + ((Count - texts + 0.5) / (texts + 0.5)));

    /// <summary>The stems of a query that the collection knows, in order.</summary>
    public IReadOnlyList<int> TermsOf(string query) =>
        [.. Tokenizer.Tokenize(query).Where(token => !StopWords.Contains(token.Word)).SelectMany(token => TermsOfWord(token.Word))];

    // A word that no text holds may be two that texts hold side by side: GPT4 is GPT-4.
    private int[] TermsOfWord(string word)
    {
        if (_terms.TryGetValue(PorterStemmer.Stem(word), out var known))
            return [known];
        int[] best = [];
        var most = FewestTexts - 1;
        for (var cut = 1; cut < word.Length; cut++)
        {
            if (!_words.TryGetValue(word[..cut], out var first) || !_words.TryGetValue(word[cut..], out var second))
                continue;
            var texts = TextsWithNeighbours(first, second);
            if (texts > most)
                (best, most) = ([first, second], texts);
        }

        return best;
    }

    private int TextsWithNeighbours(int first, int second)
    {
        var others = _postings[second].ToDictionary(posting => posting.Text, posting => posting.Positions);
        return _postings[first].Count(posting => others.TryGetValue(posting.Text, out var positions) && posting.Positions.Any(at => Array.BinarySearch(positions, at + 1) >= 0));
    }

    /// <summary>Every text as tf-idf weights, of length 1; the terms of each ascend.</summary>
    public IReadOnlyList<WeightedText> Weighted()
    {
        var terms = new List<int>[Count];
        var weights = new List<float>[Count];
        for (var i = 0; i < Count; i++)
            (terms[i], weights[i]) = ([], []);
        for (var term = 0; term < Terms; term++)
            foreach (var posting in _postings[term])
            {
                terms[posting.Text].Add(term);
                weights[posting.Text].Add((float)((1 + Math.Log(posting.Positions.Length)) * Idf(term)));
            }
        return [.. Enumerable.Range(0, Count).Select(i =>
        {
            var vector = weights[i].ToArray();
            VectorMath.Normalise(vector);
            return new WeightedText([.. terms[i]], vector);
        })];
    }

    /// <summary>
    /// A text that is not in the collection, read with the collection's stems, and its place in the collection's
    /// <paramref name="space"/>: stems that the collection does not know are left out.
    /// </summary>
    public OtherText ReadOther(string title, string body, LatentSpace? space)
    {
        var read = new List<(int Term, int Position, float Weight)>(UsualWords);
        var length = ReadKnown(title, 0, 1 + TitleWeight, read) + ReadKnown(body, (int)FieldGap, 1, read);
        // By term, each in the order of the text.
        var order = Enumerable.Range(0, read.Count).Select(i => ((long)read[i].Term << 32) | (uint)i).ToArray();
        Array.Sort(order);
        var (terms, frequencies, positions) = (new List<int>(order.Length), new List<float>(order.Length), new List<int[]>(order.Length));
        for (var (from, until) = (0, 0); from < order.Length; from = until)
        {
            var term = (int)(order[from] >> 32);
            for (until = from + 1; until < order.Length && (int)(order[until] >> 32) == term;)
                until++;
            var (frequency, places) = (0f, new int[until - from]);
            for (var i = from; i < until; i++)
            {
                var word = read[(int)order[i]];
                frequency += word.Weight;
                places[i - from] = word.Position;
            }

            terms.Add(term);
            frequencies.Add(frequency);
            positions.Add(places);
        }

        var weights = new float[terms.Count];
        for (var i = 0; i < weights.Length; i++)
            weights[i] = (float)((1 + Math.Log(positions[i].Length)) * Idf(terms[i]));
        VectorMath.Normalise(weights);
        int[] known = [.. terms];
        return new(known, [.. frequencies], [.. positions], length, space?.Place(new(known, weights)) ?? []);
    }

    /// <summary>Whether a text of the collection holds the word, in any form, or texts hold its two parts side by side.</summary>
    public bool Knows(string word) => TermsOfWord(word).Length > 0;

    /// <summary>
    /// The word of the collection that a mistyped one most probably is: one letter other (two in long words), the same first
    /// letter, and the commonest of those; null where there is none.
    /// </summary>
    public string? Neighbour(string word)
    {
        var most = word.Length >= LongWord ? 2 : 1;
        (string Word, int Distance, int Texts)? best = null;
        foreach (var (known, term) in _words)
        {
            if (Math.Abs(known.Length - word.Length) > most || known[0] != word[0])
                continue;
            var distance = EditDistance.Of(word, known, most);
            var texts = _postings[term].Count;
            if (distance <= most && texts >= FewestTexts && (best is not { } so || (distance, -texts).CompareTo((so.Distance, -so.Texts)) < 0))
                best = (known, distance, texts);
        }

        return best?.Word;
    }

    private float ReadKnown(string text, int offset, float weight, List<(int Term, int Position, float Weight)> read)
    {
        var length = 0f;
        var position = offset;
        foreach (var token in Tokenizer.Tokenize(text))
        {
            if (StopWords.Contains(token.Word))
                continue;
            length += weight;
            position++;
            // Most words of another text are the collection's, and stemming is what takes the time.
            if (_words.TryGetValue(token.Word, out var term) || _terms.TryGetValue(PorterStemmer.Stem(token.Word), out term))
                read.Add((term, position, weight));
        }
        return length;
    }

    private void Add(string title, string body)
    {
        var text = Count;
        var found = new Dictionary<int, (float Frequency, List<int> Positions)>();
        var length = Read(title, 0, 1 + TitleWeight, found) + Read(body, (int)FieldGap, 1, found);
        foreach (var (term, (frequency, positions)) in found)
            _postings[term].Add(new(text, frequency, [.. positions]));
        _lengths.Add(length);
    }

    private float Read(string text, int offset, float weight, Dictionary<int, (float Frequency, List<int> Positions)> found)
    {
        var length = 0f;
        var position = offset;
        foreach (var token in Tokenizer.Tokenize(text))
        {
            if (StopWords.Contains(token.Word))
                continue;
            var term = TermOf(token.Word);
            if (!found.TryGetValue(term, out var entry))
                entry = (0, []);
            entry.Positions.Add(position++);
            found[term] = entry with { Frequency = entry.Frequency + weight };
            length += weight;
        }
        return length;
    }

    private int TermOf(string word)
    {
        if (_words.TryGetValue(word, out var term))
            return term;
        var stem = PorterStemmer.Stem(word);
        if (!_terms.TryGetValue(stem, out term))
        {
            _terms[stem] = term = _postings.Count;
            _postings.Add([]);
        }

        return _words[word] = term;
    }
}

/// <summary>
/// A text outside the collection, in the collection's terms: frequency and positions of each, its weighted length, and its place in
/// the collection's latent space.
/// </summary>
internal sealed class OtherText(int[] terms, float[] frequencies, int[][] positions, float length, float[] place)
{
    /// <summary>Its weighted length.</summary>
    public float Length => length;

    /// <summary>Its place in the collection's latent space.</summary>
    public float[] Place => place;

    /// <summary>Its weighted frequency and the positions of a term; null where it does not hold it.</summary>
    public (float Frequency, int[] Positions)? Find(int term) =>
        Array.BinarySearch(terms, term) is >= 0 and var at ? (frequencies[at], positions[at]) : null;
}
