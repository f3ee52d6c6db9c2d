namespace DigestService.Topics;

/// <summary>What can be wrong with a query.</summary>
public enum QueryMistake
{
    /// <summary>It is empty.</summary>
    Empty,

    /// <summary>It has more characters than a query may have.</summary>
    TooLong,

    /// <summary>It holds a control character.</summary>
    ControlCharacter,

    /// <summary>A quotation mark is never closed.</summary>
    OpenQuote,

    /// <summary>A bracket closes nothing.</summary>
    StrayBracket,

    /// <summary>It holds no word that is searched for.</summary>
    NoWord,

    /// <summary>Its brackets are nested too deep.</summary>
    TooDeep,

    /// <summary>OR has nothing before it.</summary>
    NothingBeforeOr,

    /// <summary>OR has nothing after it.</summary>
    NothingAfterOr,

    /// <summary>A minus has nothing after it.</summary>
    NothingAfterMinus,

    /// <summary>It says only what is not wanted.</summary>
    OnlyUnwanted,

    /// <summary>A pair of brackets holds nothing.</summary>
    EmptyBrackets,

    /// <summary>A bracket is never closed.</summary>
    OpenBracket,

    /// <summary>It holds too many words and phrases.</summary>
    TooManyWords,

    /// <summary>Something else stands where a word belongs.</summary>
    WordMissing,

    /// <summary>A star stands where it means nothing.</summary>
    OddStar,

    /// <summary>A piece is nothing but marks.</summary>
    OnlyMarks,

    /// <summary>There is no such field.</summary>
    NoField,

    /// <summary>A field stands in the brackets of another.</summary>
    FieldInField,

    /// <summary>A field has nothing after it.</summary>
    NothingAfterField,

    /// <summary>What stands after a field is not searched for.</summary>
    NoWordAfterField,
}

/// <summary>
/// What is wrong with a query, and where (an offset in UTF-16 characters and a length, which may be 0 at the end).
/// </summary>
/// <param name="Position">Where it begins.</param>
/// <param name="Length">How long it is.</param>
/// <param name="Mistake">What is wrong.</param>
/// <param name="Detail">The piece of the query, or the number, that its sentence names.</param>
public sealed record QueryError(int Position, int Length, QueryMistake Mistake, string Detail = "")
{
    private const int LongestLine = 76;

    /// <summary>An English sentence for the person who wrote it.</summary>
    public string Message => In("en");

    /// <summary>The sentence in a language.</summary>
    public string In(string language) => QueryMistakeWords.Sentence(Mistake, Detail, language);

    /// <summary>The sentence, with the query below it and a caret under the place; for fixed-width output.</summary>
    public string Pointing(string query) => Pointing(Message, query, Position, Length);

    /// <summary>The same for a sentence and a place that were taken out of an error. Of a long query what stands around the place is shown.</summary>
    public static string Pointing(string sentence, string query, int position, int length)
    {
        var line = query.Replace('\r', ' ').Replace('\n', ' ');
        if (line.Length > LongestLine)
        {
            var from = Math.Clamp(position - LongestLine / 2, 0, line.Length - LongestLine);
            from += char.IsLowSurrogate(line[from]) ? 1 : 0;
            var to = Math.Min(from + LongestLine, line.Length);
            to -= to < line.Length && char.IsLowSurrogate(line[to]) ? 1 : 0;
            var before = from > 0 ? "…" : "";
            position += before.Length - from;
            length = Math.Min(length, to - from + before.Length - position);
            line = before + line[from..to] + (to < line.Length ? "…" : "");
        }

        return $"{sentence}\n  {line}\n  {new string(' ', position)}{new string('^', Math.Max(1, length))}";
    }
}
