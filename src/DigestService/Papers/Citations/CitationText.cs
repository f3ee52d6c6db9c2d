using System.Globalization;
using System.Text;
using DigestService.Platform;

namespace DigestService.Papers.Citations;

/// <summary>Text for one field of a citation.</summary>
internal static class CitationText
{
    /// <summary>One line without control characters, so that no title can add a field.</summary>
    public static string Line(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                if (line.Length > 0 && line[^1] != ' ')
                    line.Append(' ');
            }
            else if (rune.Value != 0xFFFD && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse))
            {
                line.Append(rune.ToString());
            }
        }

        return line.ToString().TrimEnd();
    }

    /// <summary>The letters and digits of a word in small ASCII letters, accents taken off.</summary>
    public static string AsciiLetters(string text)
    {
        var folded = string.Concat(text.Normalized(NormalizationForm.FormC).Select(LetterFolding.Of));
        return string.Concat(folded.Normalized(NormalizationForm.FormKD).Where(char.IsAsciiLetterOrDigit).Select(char.ToLowerInvariant));
    }
}
