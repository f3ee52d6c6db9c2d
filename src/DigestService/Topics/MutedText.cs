using System.Text.RegularExpressions;
using DigestService.Relevance;
using DigestService.Relevance.Text;

namespace DigestService.Topics;

/// <summary>Words and phrases that a reader does not want to meet, as they are kept.</summary>
internal static partial class MutedText
{
    private static readonly char[] Between = [',', ';', '，', '；', '、', '\n', '\r'];

    /// <summary>
    /// The words and phrases of a list that is written in lines or with commas between them. A phrase in quotation marks is one, whatever
    /// stands in it.
    /// </summary>
    public static string[] Cut(string list) =>
        Unquoted(list).Split(Between, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A list whose phrases need no quotation marks any more.</summary>
    public static string Unquoted(string list) => Quoted().Replace(list, phrase => AsOne(phrase.Groups["phrase"].Value));

    /// <summary>A phrase without the marks at which a list is cut, which say nothing in it.</summary>
    public static string AsOne(string phrase) => string.Join(' ', phrase.Split(Between, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    /// <summary>
    /// In small letters, which make equal ones one, but for names in capitals: AIME is not "aimed", and WHO is a word to search for. Null
    /// for what would mute nothing: a text without a word to search for, or with fields and operators, which only queries have.
    /// </summary>
    public static string? Kept(string written)
    {
        var words = Words(written);
        if (!IsFound(written, words) || QueryLexer.Cut(written, out _, isPasted: true).Exists(IsForQueries))
            return null;
        var kept = WithNames(written);
        return Words(kept).SequenceEqual(words, StringComparer.Ordinal) ? kept : written;
    }

    private static string WithNames(string written)
    {
        var kept = written.ToLowerInvariant().ToCharArray();
        foreach (var name in Tokenizer.Tokenize(written).Where(token => Tokenizer.IsName(written, token)))
            written.CopyTo(name.Start, kept, name.Start, name.End - name.Start);
        return new(kept);
    }

    private static List<string> Words(string text) => Tokenizer.Tokenize(text).ConvertAll(token => token.Word);

    private static bool IsFound(string text, List<string> words) =>
        WordBeginning.Of(text) is not null
        || (words.Exists(word => !StopWords.Contains(word)) && text.Count(c => c == '*') == words.Count(word => word.EndsWith('*')));

    private static bool IsForQueries(Lexeme piece) =>
        piece.Kind is LexemeKind.Field || (piece.Kind is LexemeKind.Or or LexemeKind.Minus && piece.Text is not ("or" or "not"));

    [GeneratedRegex("(?<=^|[,;，；、\n\r])[^\\S\n\r]*[\"“”„«](?<phrase>[^\"“”„«»\n\r]+)[\"“”»](?=[^\\S\n\r]*($|[,;，；、\n\r]))")]
    private static partial Regex Quoted();
}
