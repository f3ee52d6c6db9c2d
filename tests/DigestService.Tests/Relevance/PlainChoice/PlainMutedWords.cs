using DigestService.Relevance;
using DigestService.Relevance.Text;

namespace DigestService.Tests.Relevance.PlainChoice;

/// <summary>Words and phrases a reader does not want to meet, compared by stem like everything else.</summary>
internal sealed class PlainMutedWords
{
    private readonly List<(string Word, WordSequence Sequence)> _words;

    private PlainMutedWords(List<(string, WordSequence)> words) => _words = words;

    /// <summary>Nothing muted.</summary>
    public static PlainMutedWords None { get; } = new([]);

    /// <summary>Prepares words as the reader wrote them; one that holds nothing searchable mutes nothing.</summary>
    public static PlainMutedWords Of(IEnumerable<string> words)
    {
        var prepared = new List<(string, WordSequence)>();
        foreach (var word in words)
            foreach (var sequence in WordSequence.Spellings(Tokenizer.Tokenize(word), word))
                prepared.Add((word, sequence));
        return prepared.Count == 0 ? None : new(prepared);
    }

    /// <summary>The first muted word the paper holds, as the reader wrote it.</summary>
    public string? FirstIn(IndexedPaper paper)
    {
        foreach (var (word, sequence) in _words)
            if (sequence.FindIn(paper).Count > 0)
                return word;
        return null;
    }
}
