using System.Text.RegularExpressions;
using NodaTime;

namespace DigestService.Papers;

/// <summary>
/// An arXiv identifier without its version: <c>2512.09363</c>, or before April 2007 <c>math/0306266</c>
/// (the subject class of <c>math.GT/0309136</c> names no other paper and is left out).
/// </summary>
public readonly partial record struct ArxivId
{
    private ArxivId(string value) => Value = value;

    /// <summary>The identifier as arXiv writes it, without <c>arXiv:</c> and without version.</summary>
    public string Value { get; }

    /// <summary>The page of the paper on arXiv.</summary>
    public string AbstractUrl => "https://arxiv.org/abs/" + Value;

    /// <summary>The PDF of the newest version on arXiv.</summary>
    public string PdfUrl => "https://arxiv.org/pdf/" + Value;

    /// <summary>The first day of the month in which arXiv gave out the identifier.</summary>
    public LocalDate FirstDayOfMonth
    {
        get
        {
            var digits = Value.AsSpan(Value.IndexOf('/', StringComparison.Ordinal) + 1);
            var year = (digits[0] - '0') * 10 + digits[1] - '0';
            var month = (digits[2] - '0') * 10 + digits[3] - '0';
            return new LocalDate(year + (year > 90 ? 1900 : 2000), month, 1);
        }
    }

    /// <summary>
    /// Reads an identifier by itself, with <c>arXiv:</c> or <c>oai:arXiv.org:</c> before it, as arXiv's own DOI, or in the
    /// address of a page or PDF on arXiv or on a site that shows arXiv's papers; a version, and a class in brackets behind
    /// it, are read past.
    /// </summary>
    public static bool TryParse(string? text, out ArxivId id)
    {
        id = default;
        if (string.IsNullOrEmpty(text) || text.Length > 200)
            return false;
        if (IsPlainNewStyle(text))
        {
            id = new ArxivId(text);
            return true;
        }

        if (Shape().Match(text.Trim()) is not { Success: true } match)
            return false;
        id = match.Groups["new"] is { Success: true } newStyle
            ? new ArxivId(newStyle.Value)
            : new ArxivId(match.Groups["archive"].Value.ToLowerInvariant() + "/" + match.Groups["number"].Value);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static bool IsPlainNewStyle(string text)
    {
        if (text.Length is not (9 or 10) || text[4] != '.')
            return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (i != 4 && !char.IsAsciiDigit(text[i]))
                return false;
        }

        return text[2] is '0' ? text[3] != '0' : text[2] is '1' && text[3] <= '2';
    }

    [GeneratedRegex(
        @"^(?:arxiv\s*[:._-]\s*|oai:arxiv\.org:|(?:https?://)?(?:[a-z0-9-]+\.)*(?:arxiv\.org/(?:abs|pdf|html|ps|format|e-print|src)|ar5iv\.org/(?:abs|html)|alphaxiv\.org/(?:abs|pdf|overview|html)|(?:huggingface\.co|hf\.co)/papers|xxx\.lanl\.gov/abs|arxiv-vanity\.com/papers|scirate\.com/arxiv|emergentmind\.com/papers)/|(?:https?://)?(?:(?:dx|www)\.)?doi\.org/10\.48550/arxiv\.|(?:doi:\s*|info:doi/)?10\.48550/arxiv\.)?(?:(?<new>[0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5})|(?<archive>[a-z]{2,8}(?:-[a-z]{2,4})?)(?:\.[a-z]{2})?/(?<number>[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3}))(?:v[0-9]{1,3})?(?:\.pdf)?/?(?:\s+\[[^\]]*\])?(?:[?#].*)?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Shape();
}
