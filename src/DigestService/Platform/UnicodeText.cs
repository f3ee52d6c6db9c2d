using System.Text;

namespace DigestService.Platform;

/// <summary>Unicode forms of text from outside, which may hold what is no text.</summary>
internal static class UnicodeText
{
    private const char NoCharacter = '\uFFFE';

    /// <summary>
    /// The text in a normalization form. <see cref="string.Normalize(NormalizationForm)"/> throws over halves of surrogate pairs and
    /// U+FFFE, which any request, feed or relay may send: they become U+FFFD.
    /// </summary>
    public static string Normalized(this string text, NormalizationForm form)
    {
        if (text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            text = string.Concat(text.EnumerateRunes());
        return text.Replace(NoCharacter, '\uFFFD').Normalize(form);
    }

    /// <summary>Whether a character is of a script that runs from right to left, such as Hebrew and Arabic.</summary>
    public static bool IsRightToLeft(Rune rune) =>
        rune.Value is >= 0x590 and <= 0x8FF or >= 0xFB1D and <= 0xFDFF or >= 0xFE70 and <= 0xFEFF or >= 0x10800 and <= 0x10FFF;
}
