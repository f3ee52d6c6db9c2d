using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace DigestService.Relevance;

/// <summary>
/// The papers in play by their places, which are in the order of their ids: what is known of them whatever the moment, the
/// period and the reader.
/// </summary>
public sealed class PaperTable
{
    private const int MostWordsRemembered = 1_000;

    private readonly FrozenDictionary<long, int> _places;
    private readonly ConcurrentDictionary<string, MutedWord> _words = new(StringComparer.Ordinal);

    /// <summary>Takes the papers in any order.</summary>
    public PaperTable(IEnumerable<IndexedPaper> papers)
    {
        Papers = [.. papers.OrderBy(paper => paper.Id)];
        Ids = Array.ConvertAll(Papers, paper => paper.Id);
        _places = Enumerable.Range(0, Ids.Length).ToFrozenDictionary(place => Ids[place]);
    }

    /// <summary>How many there are.</summary>
    public int Count => Papers.Length;

    /// <summary>The papers, ascending by id.</summary>
    internal IndexedPaper[] Papers { get; }

    /// <summary>Their ids, ascending.</summary>
    internal long[] Ids { get; }

    /// <summary>The place of a paper; -1 for one that is not in play.</summary>
    public int IndexOf(long paperId) => _places.TryGetValue(paperId, out var place) ? place : -1;

    /// <summary>A word that a reader has muted; which papers hold it is remembered for the next reader who has muted it.</summary>
    internal MutedWord Muted(string word)
    {
        if (_words.TryGetValue(word, out var known))
            return known;
        var prepared = new MutedWord(word, this);
        return _words.Count < MostWordsRemembered ? _words.GetOrAdd(word, prepared) : prepared;
    }

    /// <summary>
    /// A word or phrase as a reader wrote it, compared by stem like everything else, or by its beginning, names in capitals as themselves; one that holds nothing searchable
    /// mutes nothing.
    /// </summary>
    internal sealed class MutedWord(string word, PaperTable table)
    {
        private const byte Absent = 1;
        private const byte Held = 2;

        private readonly string? _beginning = Text.WordBeginning.Of(word);
        private readonly IReadOnlyList<WordSequence> _sequences = WordSequence.Spellings(Text.Tokenizer.Tokenize(word), word);
        // Each is found once; two threads that find the same write the same.
        private readonly byte[] _found = new byte[table.Count];

        /// <summary>As the reader wrote it.</summary>
        public string Word => word;

        /// <summary>Whether the paper at a place holds it.</summary>
        public bool IsIn(int paper)
        {
            if (_found[paper] == 0)
                _found[paper] = IsIn(table.Papers[paper]) ? Held : Absent;
            return _found[paper] == Held;
        }

        private bool IsIn(IndexedPaper paper)
        {
            if (_beginning is not null)
                return paper.PositionsOfBeginning(_beginning).Any();
            foreach (var sequence in _sequences)
                if (sequence.FindIn(paper).Count > 0)
                    return true;
            return false;
        }
    }
}
