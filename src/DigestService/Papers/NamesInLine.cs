using DigestService.Platform;

namespace DigestService.Papers;

/// <summary>
/// Names that stand in one line. Where one of them runs from right to left, each is isolated (U+2068 and U+2069, Unicode TR 9, section 2.4.2), for else
/// its neighbours and the commas between them change places.
/// </summary>
internal static class NamesInLine
{
    private const char FirstStrongIsolate = '\u2068';
    private const char PopIsolate = '\u2069';

    /// <summary>The names, each fit to stand beside the others.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> names) =>
        names.Any(name => name.EnumerateRunes().Any(UnicodeText.IsRightToLeft))
            ? [.. names.Select(name => $"{FirstStrongIsolate}{name}{PopIsolate}")]
            : names;
}
