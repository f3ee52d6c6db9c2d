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
}
