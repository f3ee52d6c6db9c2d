using System.Buffers;

namespace DigestService.Mail.Mime;

/// <summary>The letters that travel as they are: space to tilde.</summary>
public static class PrintableAscii
{
    // ContainsAnyExceptInRange would do, but code that was compiled ahead allocates both of its bounds at each call.
    private static readonly SearchValues<char> Letters = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(letter => (char)letter)]);

    /// <summary>Whether a text has no other letters.</summary>
    public static bool IsAll(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Letters);

    /// <summary>Whether it is such letters with single spaces between words and none around them.</summary>
    public static bool IsLine(ReadOnlySpan<char> text) =>
        !text.IsEmpty && IsAll(text) && text[0] != ' ' && text[^1] != ' ' && !text.Contains("  ", StringComparison.Ordinal);
}
