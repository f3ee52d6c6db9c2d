using DigestService.Relevance.Text;

namespace DigestService.Relevance.Evaluation;

/// <summary>The yardstick: BM25 as textbooks print it (k1 1.2, b 0.75) over title and text run together.</summary>
internal sealed class TextbookBm25
{
    private const double K1 = 1.2;
    private const double B = 0.75;

    private readonly Dictionary<string, List<(int Text, int Frequency)>> _postings = new(StringComparer.Ordinal);
    private readonly List<int> _lengths = [];

    /// <summary>Indexes the texts in their order.</summary>
    public TextbookBm25(IEnumerable<(string Title, string Body)> texts)
    {
        foreach (var (title, body) in texts)
        {
            var terms = Terms($"{title} {body}").ToList();
            foreach (var (term, frequency) in terms.CountBy(t => t, StringComparer.Ordinal))
            {
                if (!_postings.TryGetValue(term, out var list))
                    _postings[term] = list = [];
                list.Add((_lengths.Count, frequency));
            }
            _lengths.Add(terms.Count);
        }
    }

    /// <summary>The texts that share a word with the query, best first, ties in order.</summary>
    public IReadOnlyList<int> Rank(string query, int limit)
    {
        var average = Math.Max(1, _lengths.Average());
        var scores = new Dictionary<int, double>();
        foreach (var term in Terms(query))
        {
            if (!_postings.TryGetValue(term, out var list))
                continue;
            var idf = Math.Log(1 + ((_lengths.Count - list.Count + 0.5) / (list.Count + 0.5)));
            foreach (var (text, frequency) in list)
                scores[text] = scores.GetValueOrDefault(text)
                    + (idf * frequency * (K1 + 1) / (frequency + (K1 * (1 - B + (B * _lengths[text] / average)))));
        }
        return [.. scores.OrderByDescending(s => s.Value).ThenBy(s => s.Key).Take(limit).Select(s => s.Key)];
    }

    private static IEnumerable<string> Terms(string text) =>
        Tokenizer.Tokenize(text).Where(t => !StopWords.Contains(t.Word)).Select(t => PorterStemmer.Stem(t.Word));
}
