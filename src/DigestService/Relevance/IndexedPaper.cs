using System.Runtime.InteropServices;
using System.Text;
using DigestService.Relevance.Text;

namespace DigestService.Relevance;

/// <summary>What the relevance side reads of a paper.</summary>
public sealed record PaperText
{
    /// <summary>The paper's row.</summary>
    public required long Id { get; init; }

    /// <summary>The cleaned title.</summary>
    public required string Title { get; init; }

    /// <summary>The cleaned abstract, if known.</summary>
    public string? Abstract { get; init; }

    /// <summary>Names as the source gives them.</summary>
    public IReadOnlyList<string> Authors { get; init; } = [];

    /// <summary>arXiv categories such as <c>cs.CL</c>.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>The organisation behind the paper, if the source names one.</summary>
    public string? Organization { get; init; }
}

/// <summary>
/// A paper prepared for matching: its stems with their positions, the title's before the abstract's, so that words,
/// phrases and nearness can be asked for without reading the text again.
/// </summary>
public sealed class IndexedPaper
{
    /// <summary>Positions from here on are the abstract's.</summary>
    internal const int AbstractStart = 1024;
    private const int LastPosition = ushort.MaxValue;
    private const int MostTitleWords = AbstractStart - 16;
    private const int FarthestBracket = 40;

    private readonly ulong[] _terms;
    private readonly int[] _starts;
    private readonly ushort[] _positions;
    private readonly string[] _organization;
    private readonly (int Start, int End)[] _titleSpans;
    private readonly (int Start, int End)[] _abstractSpans;

    private IndexedPaper(
        PaperText text, List<(ulong Term, ushort Position)> occurrences,
        (int Start, int End)[] titleSpans, (int Start, int End)[] abstractSpans, int titleLength, int abstractLength)
    {
        Text = text;
        _titleSpans = titleSpans;
        _abstractSpans = abstractSpans;
        TitleLength = titleLength;
        AbstractLength = abstractLength;
        Authors = [.. text.Authors.Select(AuthorName.Of)];
        _organization = text.Organization is null ? [] : [.. Tokenizer.Tokenize(text.Organization).Select(t => t.Word.ToLowerInvariant())];

        var all = new ulong[occurrences.Count];
        _positions = new ushort[occurrences.Count];
        for (var i = 0; i < all.Length; i++)
            (all[i], _positions[i]) = occurrences[i];
        Array.Sort(all, _positions);
        var terms = new List<ulong>(all.Length);
        var starts = new List<int>(all.Length);
        for (var i = 0; i < all.Length; i++)
            if (i == 0 || all[i - 1] != all[i])
            {
                terms.Add(all[i]);
                starts.Add(i);
            }
        starts.Add(all.Length);
        for (var i = 0; i < terms.Count; i++)
            if (starts[i + 1] - starts[i] > 1)
                _positions.AsSpan(starts[i]..starts[i + 1]).Sort();
        _terms = [.. terms];
        _starts = [.. starts];
    }

    /// <summary>The paper as it was given.</summary>
    public PaperText Text { get; }

    /// <summary>The paper's row.</summary>
    public long Id => Text.Id;

    internal IReadOnlyList<AuthorName> Authors { get; }

    /// <summary>The words of the organisation's name.</summary>
    internal IReadOnlyList<string> Organization => _organization;

    /// <summary>Where the words of the title stand, stop words too; none where the title has more than are kept.</summary>
    internal (int Start, int End)[]? TitleSpans => _titleSpans.Length < MostTitleWords ? _titleSpans : null;

    /// <summary>The same of the abstract.</summary>
    internal (int Start, int End)[]? AbstractSpans => _abstractSpans.Length < LastPosition - AbstractStart ? _abstractSpans : null;

    /// <summary>Words of the title without stop words.</summary>
    internal int TitleLength { get; }

    /// <summary>Words of the abstract without stop words.</summary>
    internal int AbstractLength { get; }

    /// <summary>The distinct stems, in the order of their numbers.</summary>
    internal ReadOnlySpan<ulong> Terms => _terms;

    /// <summary>Reads a paper once; costs some microseconds for each hundred words.</summary>
    public static IndexedPaper Of(PaperText text)
    {
        var occurrences = new List<(ulong, ushort)>(256);
        var title = Add(text.Title, 0, MostTitleWords, occurrences, out var titleLength);
        var body = Add(text.Abstract ?? "", AbstractStart, LastPosition, occurrences, out var abstractLength);
        return new(text, occurrences, title, body, titleLength, abstractLength);
    }

    /// <summary>Whether the organisation's name holds these words in a row.</summary>
    internal bool IsFrom(IReadOnlyList<string> words) =>
        words.Count > 0 && Enumerable.Range(0, Math.Max(0, _organization.Length - words.Count + 1))
            .Any(start => words.SequenceEqual(_organization.Skip(start).Take(words.Count), StringComparer.Ordinal));

    /// <summary>The place of a stem among <see cref="Terms"/>; negative where it does not occur.</summary>
    internal int IndexOf(ulong term) => Array.BinarySearch(_terms, term);

    /// <summary>Where a stem stands; empty where it does not occur.</summary>
    internal ReadOnlySpan<ushort> Positions(ulong term)
    {
        var at = IndexOf(term);
        return at < 0 ? [] : PositionsAt(at);
    }

    /// <summary>Where the <paramref name="index"/>th of <see cref="Terms"/> stands.</summary>
    internal ReadOnlySpan<ushort> PositionsAt(int index) => _positions.AsSpan(_starts[index].._starts[index + 1]);

    /// <summary>Whether no sentence ends from one position to another, and these words stand at their distances from the first.</summary>
    internal bool ReadsOn(int first, int last, ReadOnlySpan<(int Offset, string Word)> words)
    {
        var (text, spans, offset) = Field(first);
        var (from, to) = (first - offset, last - offset);
        foreach (var (distance, word) in words)
        {
            var at = first - offset + distance;
            if (at < 0 || at >= spans.Length || !text.AsSpan(spans[at].Start..spans[at].End).Equals(word, StringComparison.OrdinalIgnoreCase))
                return false;
            (from, to) = (Math.Min(from, at), Math.Max(to, at));
        }
        for (var i = from; i < to; i++)
            if (HoldsSentenceEnd(text.AsSpan(spans[i].End..spans[i + 1].Start)))
                return false;
        return true;
    }

    /// <summary>Whether a word stands somewhere as itself, in the singular or plural and with a hyphen or without: "LLMs" is LLM, "DALL-E" DALLE, and "clipping" is not CLIP.</summary>
    internal bool IsWritten(int position, string word)
    {
        var (text, spans, offset) = Field(position);
        var (start, end) = spans[position - offset];
        return IsName(Tokenizer.WordAt(text, start, end), word)
            || IsName(string.Concat(Tokenizer.Tokenize(Quote(position, position)).Select(part => part.Word)), word);
    }

    private static bool IsName(string written, string name) =>
        written.Equals(name, StringComparison.OrdinalIgnoreCase) || IsPluralOf(written, name) || IsPluralOf(name, written);

    private static bool IsPluralOf(string plural, string word) =>
        plural.Equals(word + "s", StringComparison.OrdinalIgnoreCase)
        || plural.Equals(word + "es", StringComparison.OrdinalIgnoreCase)
        || (word is [.. var stem, 'y' or 'Y'] && plural.Equals(stem + "ies", StringComparison.OrdinalIgnoreCase));

    /// <summary>The positions of words that begin so, ascending; the beginning is folded already.</summary>
    internal IEnumerable<int> PositionsOfBeginning(string beginning)
    {
        for (var i = 0; i < _titleSpans.Length; i++)
            if (BeginsWith(Text.Title, _titleSpans[i], beginning))
                yield return i;
        for (var i = 0; i < _abstractSpans.Length; i++)
            if (BeginsWith(Text.Abstract!, _abstractSpans[i], beginning)) // a span in the abstract needs one
                yield return AbstractStart + i;
    }

    /// <summary>The first <paramref name="length"/> letters of each word that is as long, folded; some more than once.</summary>
    internal IEnumerable<string> Beginnings(int length) =>
        _titleSpans.Select(span => Text.Title[span.Start..span.End])
            .Concat(_abstractSpans.Select(span => Text.Abstract![span.Start..span.End])) // a span in the abstract needs one
            .Where(word => word.Length >= length)
            .Select(word => Folded(word[..length]));

    private static bool BeginsWith(string text, (int Start, int End) span, string beginning)
    {
        var word = text.AsSpan(span.Start, span.End - span.Start);
        return word.StartsWith(beginning, StringComparison.OrdinalIgnoreCase)
            || (!Ascii.IsValid(word) && Folded(word.ToString()).StartsWith(beginning, StringComparison.Ordinal));
    }

    private static string Folded(string word) => Ascii.IsValid(word)
        ? word.ToLowerInvariant()
        : string.Concat(Tokenizer.Tokenize(word).Select(token => token.Word));

    // ". " and the like; a dot within "e.g." or "3.5" has no space after it.
    private static bool HoldsSentenceEnd(ReadOnlySpan<char> between) =>
        between.IndexOfAny('.', '!', '?') is >= 0 and var mark && mark + 1 < between.Length && char.IsWhiteSpace(between[mark + 1]);

    private (string Text, (int Start, int End)[] Spans, int Offset) Field(int position) => position < AbstractStart
        ? (Text.Title, _titleSpans, 0)
        : (Text.Abstract!, _abstractSpans, AbstractStart); // a position in the abstract needs one

    /// <summary>The words of the text from one position to another as they are written there, compounds whole.</summary>
    internal string Quote(int first, int last)
    {
        var (text, spans, offset) = Field(first);
        first -= offset;
        last -= offset;
        while (first > 0 && Tokenizer.IsHyphen(text.AsSpan(spans[first - 1].End..spans[first].Start)))
            first--;
        while (last + 1 < spans.Length && Tokenizer.IsHyphen(text.AsSpan(spans[last].End..spans[last + 1].Start)))
            last++;
        return text[WithBrackets(text, spans[first].Start, spans[last].End)];
    }

    // Of "(KV) cache" not "KV) cache", where the other bracket is not far.
    private static Range WithBrackets(string text, int start, int end)
    {
        var open = 0;
        var (from, to) = (start, end);
        for (var at = start; at < end; at++)
        {
            open += text[at] switch { '(' => 1, ')' => -1, _ => 0 };
            if (open >= 0)
                continue;
            open = 0;
            if (from > 0 && text.LastIndexOf('(', from - 1, Math.Min(from, FarthestBracket)) is >= 0 and var opening)
                from = opening;
        }
        if (open > 0 && text.IndexOf(')', to, Math.Min(text.Length - to, FarthestBracket)) is >= 0 and var closing)
            to = closing + 1;
        return from..to;
    }

    private static (int, int)[] Add(
        string text, int offset, int limit, List<(ulong, ushort)> occurrences, out int length)
    {
        var tokens = Tokenizer.Tokenize(text);
        if (tokens.Count > limit - offset)
            CollectionsMarshal.SetCount(tokens, limit - offset);
        length = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            // A stop word holds its position, so that phrases keep their distances, and is not indexed.
            if (StopWords.Contains(tokens[i].Word))
                continue;
            occurrences.Add((Term.Of(tokens[i].Word), (ushort)(offset + i)));
            length++;
        }
        foreach (var (first, last, joined) in Compounds.In(tokens))
        {
            // At both ends: a phrase may reach the compound from either side.
            var term = Term.Of(joined);
            occurrences.Add((term, (ushort)(offset + first)));
            occurrences.Add((term, (ushort)(offset + last)));
        }
        return [.. tokens.Select(t => (t.Start, t.End))];
    }
}
