using DigestService.Relevance;
using DigestService.Relevance.Text;

namespace DigestService.Topics.Starting;

/// <summary>A query that some papers have in common, and how many of them it matches.</summary>
public sealed record ProposedQuery(string Text, int Papers);

/// <summary>
/// Finds short queries in what papers have in common: the telling phrases of two or three words that stand in a title and in
/// several of the papers, and single words that are names ("LoRA") or stand in half of the titles.
/// </summary>
internal static class SharedWords
{
    private const int Most = 3;
    private const int MostWords = 3;
    private const int FewestLetters = 4;
    private const int MostTried = 12;
    // What one paper in thirty is about brings several a day.
    private const int Common = 30;

    /// <summary>The queries, the most telling first; none that one of the <paramref name="known"/> queries asks for already.</summary>
    public static IReadOnlyList<ProposedQuery> Find(
        IReadOnlyList<IndexedPaper> papers, IReadOnlyList<IndexedPaper> catalogue, CatalogueStatistics statistics, IReadOnlyList<TopicQuery> known)
    {
        var fewest = papers.Count < 2 ? 1 : Math.Max(2, papers.Count / 10);
        var chosen = new List<ProposedQuery>();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var phrase in Phrases(papers)
            .Where(phrase => phrase.InTitle is not null && phrase.Papers >= fewest && (papers.Count > 1 || phrase.IsRepeated) && IsTelling(phrase, papers.Count, statistics))
            .OrderByDescending(phrase => phrase.Papers * Weight(phrase, statistics)).ThenBy(phrase => phrase.InTitle, StringComparer.Ordinal)
            .Take(MostTried))
        {
            if (chosen.Count == Most || phrase.Stems.Any(taken.Contains))
                continue;
            if (IsKnown(phrase, known))
            {
                taken.UnionWith(phrase.Stems);
                continue;
            }

            var text = phrase.Stems.Count > 1 ? $"\"{phrase.InTitle}\"" : phrase.InTitle!; // not null by the condition above
            if (!TopicQuery.TryParse(text, out var query, out _) || papers.Count(paper => QueryMatcher.IsMatch(query, paper)) is var matched && matched < fewest)
                continue;
            var ids = papers.Select(paper => paper.Id).ToHashSet();
            var others = catalogue.Count(paper => !ids.Contains(paper.Id) && QueryMatcher.IsMatch(query, paper));
            // What no second paper says is a name that will not come again.
            if (others + matched < 2 || others * Common > catalogue.Count)
                continue;
            taken.UnionWith(phrase.Stems);
            chosen.Add(new(text, matched));
        }

        return chosen;
    }

    private static double Weight(Phrase phrase, CatalogueStatistics statistics)
    {
        var telling = phrase.Stems.Select(stem => statistics.Idf(Term.OfStem(stem))).ToList();
        var highest = telling.Max();
        return highest + ((telling.Sum() - highest) / 2);
    }

    private static bool IsTelling(Phrase phrase, int papers, CatalogueStatistics statistics) => phrase.Stems.Count > 1
        || (phrase.InTitle!.Length >= FewestLetters // a title's, by the condition before
            && (phrase.IsName || (phrase.Titles > 1 && phrase.Titles * 2 >= papers))
            && statistics.PapersWith(Term.OfStem(phrase.Stems[0])) * Common <= statistics.Papers + (phrase.Papers * Common));

    private static bool IsKnown(Phrase phrase, IReadOnlyList<TopicQuery> known)
    {
        var title = IndexedPaper.Of(new PaperText { Id = 0, Title = phrase.InTitle ?? "" });
        return known.Any(query => QueryMatcher.IsMatch(query, title));
    }

    private static IEnumerable<Phrase> Phrases(IReadOnlyList<IndexedPaper> papers)
    {
        var phrases = new Dictionary<string, Phrase>(StringComparer.Ordinal);
        foreach (var paper in papers)
        {
            Add(phrases, paper.Id, paper.Text.Title, isTitle: true);
            Add(phrases, paper.Id, paper.Text.Abstract ?? "", isTitle: false);
        }

        return phrases.Values;
    }

    private static void Add(Dictionary<string, Phrase> phrases, long paper, string text, bool isTitle)
    {
        var tokens = Tokenizer.Tokenize(text);
        for (var first = 0; first < tokens.Count; first++)
        {
            var stems = new List<string>(MostWords);
            for (var last = first; last < tokens.Count && stems.Count < MostWords && !StopWords.Contains(tokens[last].Word); last++)
            {
                if (last > first && !ReadsOn(text, tokens[last - 1], tokens[last]))
                    break;
                stems.Add(PorterStemmer.NarrowStem(tokens[last].Word));
                var key = string.Join(' ', stems);
                if (!phrases.TryGetValue(key, out var phrase))
                    phrases.Add(key, phrase = new Phrase([.. stems]));
                phrase.See(paper, isTitle ? Written(text, tokens, first, last) : null);
            }
        }
    }

    private static bool ReadsOn(string text, Token before, Token word) =>
        word.Glue is Glue.Hyphen or Glue.Tight || (word.Start - before.End == 1 && text[before.End] == ' ');

    private static string Written(string text, List<Token> tokens, int first, int last)
    {
        var letters = text[tokens[first].Start..tokens[last].End].ToCharArray();
        for (var i = first; i <= last; i++)
        {
            // "Speculative" begins small in a query; "RLHF" and "LoRA" keep their letters.
            var start = tokens[i].Start - tokens[first].Start;
            if (!text.AsSpan(tokens[i].Start + 1, tokens[i].End - tokens[i].Start - 1).ContainsAnyInRange('A', 'Z'))
                letters[start] = char.ToLowerInvariant(letters[start]);
        }

        return new string(letters);
    }

    private sealed class Phrase(IReadOnlyList<string> stems)
    {
        private long _last;
        private long? _lastTitle;
        private int _times;

        public IReadOnlyList<string> Stems { get; } = stems;

        public string? InTitle { get; private set; }

        public int Papers { get; private set; }

        public int Titles { get; private set; }

        public bool IsRepeated { get; private set; }

        // Letters within are capitals, or some are digits.
        public bool IsName => InTitle?.AsSpan(1).ContainsAnyInRange('A', 'Z') == true || InTitle?.AsSpan().ContainsAnyInRange('0', '9') == true;

        public void See(long paper, string? inTitle)
        {
            if (Papers == 0 || _last != paper)
                (_last, _times, Papers) = (paper, 0, Papers + 1);
            IsRepeated |= ++_times > 1;
            Titles += inTitle is null || _lastTitle == paper ? 0 : 1;
            _lastTitle = inTitle is null ? _lastTitle : paper;
            InTitle ??= inTitle;
        }
    }
}
