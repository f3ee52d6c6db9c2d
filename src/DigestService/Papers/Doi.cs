using System.Text.RegularExpressions;

namespace DigestService.Papers;

/// <summary>A digital object identifier in lower case, without resolver: <c>10.1007/s00153-015-0433-z</c>.</summary>
public readonly partial record struct Doi
{
    private Doi(string value) => Value = value;

    /// <summary>Prefix and suffix, in lower case (DOIs are compared without case).</summary>
    public string Value { get; }

    /// <summary>The address that resolves it.</summary>
    public string Url => "https://doi.org/" + Value;

    /// <summary>
    /// Reads a DOI by itself, after <c>doi:</c> or in a resolver's address. The version that bioRxiv and medRxiv append is
    /// read past: all versions are one work.
    /// </summary>
    public static bool TryParse(string? text, out Doi doi)
    {
        doi = default;
        if (string.IsNullOrEmpty(text) || text.Length > 300 || Shape().Match(text.Trim()) is not { Success: true } match)
            return false;
        doi = new Doi(match.Groups["doi"].Value.TrimEnd('.', ',', ';').ToLowerInvariant());
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    [GeneratedRegex(
        @"^(?:doi:\s*|https?://(?:dx\.)?doi\.org/|https?://(?:www\.)?(?:bio|med)rxiv\.org/(?:cgi/)?content/(?:short/)?)?(?:(?<doi>10\.(?:1101|64898)/[0-9.]+)(?:v[0-9]+)?(?:\.(?:full|abstract|full\.pdf))?(?:\?.*)?|(?<doi>10\.[0-9]{4,9}/[^\s?#""<>]+))$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Shape();
}
