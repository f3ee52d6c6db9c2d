using System.Text;

namespace DigestService.Papers.Pages;

/// <summary>The language of a text, as far as its letters alone tell.</summary>
internal static class TextLetters
{
    // A name or a formula in other letters makes no other language.
    private const double Most = 0.5;

    private static readonly (string Tag, int From, int To)[] Scripts =
    [
        ("ja", 0x3040, 0x30FF), ("ko", 0xAC00, 0xD7AF), ("zh", 0x4E00, 0x9FFF), ("ru", 0x0400, 0x04FF), ("el", 0x0370, 0x03FF),
        ("ar", 0x0600, 0x06FF), ("he", 0x0590, 0x05FF), ("hi", 0x0900, 0x097F), ("th", 0x0E00, 0x0E7F),
    ];

    /// <summary>English for a text in Latin letters, the language that a script is most often written in for others; null without letters.</summary>
    public static string? LanguageOf(string? text)
    {
        if (text is null)
            return null;
        var letters = 0;
        var latin = 0;
        Span<int> found = stackalloc int[Scripts.Length];
        foreach (var rune in text.EnumerateRunes())
        {
            if (!Rune.IsLetter(rune))
                continue;
            letters++;
            if (rune.Value < 0x250)
                latin++;
            for (var script = 0; script < Scripts.Length; script++)
            {
                if (rune.Value >= Scripts[script].From && rune.Value <= Scripts[script].To)
                    found[script]++;
            }
        }

        if (letters == 0)
            return null;
        // Japanese is written in Chinese characters too: its own letters decide.
        if (found[0] > 0 && found[0] + found[2] > letters * Most)
            return Scripts[0].Tag;
        for (var script = 1; script < Scripts.Length; script++)
        {
            if (found[script] > letters * Most)
                return Scripts[script].Tag;
        }

        return latin > letters * Most ? "en" : null;
    }
}
