using System.Buffers;
using System.Globalization;
using System.Text;

namespace DigestService.Papers;

/// <summary>
/// The names a work goes by, as kept in <c>paper_keys</c>: <c>arxiv:2512.09363</c>, <c>doi:10.1000/182</c> and
/// <c>title:title in letters and digits|first author's family name</c>, the name empty where a source tells no authors.
/// </summary>
internal static class WorkKeys
{
    // Longer titles differ before this, and an index entry has its limit.
    private const int MaxTitleLength = 240;

    /// <summary>The key of an arXiv identifier.</summary>
    public static string Of(ArxivId id) => "arxiv:" + id.Value;

    /// <summary>The key of a DOI.</summary>
    public static string Of(Doi doi) => "doi:" + doi.Value;

    /// <summary>
    /// The title's part of a title key: letters and digits alone, without case, accents or spaces, Greek letters by name,
    /// so that <c>$\alpha$-Divergence</c> and <c>Alpha divergence</c> are one title.
    /// </summary>
    public static string OfTitle(string title)
    {
        Span<char> buffer = stackalloc char[MaxTitleLength];
        var length = 0;
        foreach (var rune in Ascii.IsValid(title) ? title.EnumerateRunes() : title.Normalize(NormalizationForm.FormKD).EnumerateRunes())
        {
            if (!Append(rune, buffer, ref length))
                break;
        }

        return length == 0 ? "title:" + title.Trim()[..Math.Min(title.Trim().Length, MaxTitleLength)].Replace('|', ' ') : string.Concat("title:", buffer[..length]);
    }

    /// <summary>
    /// The family name of a first author in letters alone; <c>Smith, K.</c> and <c>Kevin Smith</c> give <c>smith</c>.
    /// </summary>
    public static string OfAuthor(IReadOnlyList<string> authors)
    {
        if (authors.Count == 0)
            return "";
        var name = authors[0].AsSpan().Trim();
        var comma = name.IndexOf(',');
        var family = comma > 0 ? name[..comma] : LastWord(name);
        Span<char> buffer = stackalloc char[80];
        var length = 0;
        foreach (var rune in family.ToString().Normalize(NormalizationForm.FormKD).EnumerateRunes())
        {
            if (!Append(rune, buffer, ref length))
                break;
        }

        return length == 0 ? "?" : buffer[..length].ToString();
    }

    private static ReadOnlySpan<char> LastWord(ReadOnlySpan<char> name)
    {
        var space = name.LastIndexOf(' ');
        var last = name[(space + 1)..];
        // "Robert Downey Jr." is filed under Downey.
        if (space > 0 && (last is "Jr." or "Jr" or "Sr." or "Sr" or "II" or "III" or "IV"))
            return LastWord(name[..space].TrimEnd());
        return last;
    }

    private static bool Append(Rune rune, Span<char> buffer, ref int length)
    {
        if (rune.IsAscii)
        {
            var ascii = (char)rune.Value;
            if (!char.IsAsciiLetterOrDigit(ascii))
                return true;
            if (length == buffer.Length)
                return false;
            buffer[length++] = char.ToLowerInvariant(ascii);
            return true;
        }

        if (!Rune.IsLetterOrDigit(rune))
            return true;
        var lower = Rune.ToLowerInvariant(rune);
        if (GreekName(lower.Value) is { } name)
        {
            if (length + name.Length > buffer.Length)
                return false;
            name.CopyTo(buffer[length..]);
            length += name.Length;
            return true;
        }

        if (length + lower.Utf16SequenceLength > buffer.Length)
            return false;
        length += lower.EncodeToUtf16(buffer[length..]);
        return true;
    }

    private static string? GreekName(int letter) => letter switch
    {
        'α' => "alpha", 'β' => "beta", 'γ' => "gamma", 'δ' => "delta", 'ε' => "epsilon", 'ζ' => "zeta", 'η' => "eta",
        'θ' => "theta", 'ι' => "iota", 'κ' => "kappa", 'λ' => "lambda", 'μ' => "mu", 'ν' => "nu", 'ξ' => "xi",
        'π' => "pi", 'ρ' => "rho", 'σ' or 'ς' => "sigma", 'τ' => "tau", 'υ' => "upsilon", 'φ' => "phi", 'χ' => "chi",
        'ψ' => "psi", 'ω' => "omega",
        _ => null,
    };
}
