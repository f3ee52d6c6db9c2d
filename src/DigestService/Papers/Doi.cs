using System.Text.RegularExpressions;

namespace DigestService.Papers;

/// <summary>A digital object identifier in lower case, without resolver: <c>10.1007/s00153-015-0433-z</c>.</summary>
public readonly partial record struct Doi
{
    private Doi(string value) => Value = value;

    /// <summary>Prefix and suffix, in lower case (DOIs are compared without case).</summary>
    public string Value { get; }

    /// <summary>The address that resolves it: what has a meaning in addresses is escaped there, and only there.</summary>
    public string Url => "https://doi.org/" + string.Concat(Value.Select(letter =>
        letter is '%' or '#' or '?' or '<' or '>' or '"' or ' ' or '{' or '}' or '|' or '\\' or '^' or '`' or '[' or ']' || letter > '~' ? Uri.EscapeDataString(letter.ToString()) : letter.ToString()));

    /// <summary>
    /// Reads a DOI by itself, after <c>doi:</c> or <c>info:doi/</c>, or in the address of a resolver, preprint server or publisher, of
    /// which what stands behind it is read past. So is the version that preprint servers append: all versions are one work.
    /// </summary>
    public static bool TryParse(string? text, out Doi doi)
    {
        doi = default;
        if (string.IsNullOrEmpty(text) || text.Length > 300 || Shape().Match(text.Trim()) is not { Success: true } match)
            return false;
        var value = match.Groups["doi"].Value;
        var isAddress = match.Groups["address"].Success;
        if (isAddress && value.Contains('%', StringComparison.Ordinal))
            value = Uri.UnescapeDataString(value);
        else if (value.Length > 11 && value.IndexOf("%2f", 3, StringComparison.OrdinalIgnoreCase) is > 0 and < 13)
            value = Uri.UnescapeDataString(value);
        if (value.IndexOf('?', StringComparison.Ordinal) is > 0 and var query)
            value = value[..query];
        if (isAddress && value.IndexOf('#', StringComparison.Ordinal) is > 0 and var fragment)
            value = value[..fragment];
        if (match.Groups["query"].Success && value.IndexOf('&', StringComparison.Ordinal) is > 0 and var next)
            value = value[..next];
        if (match.Groups["page"].Success)
            value = View().Replace(value, "");
        value = value.TrimEnd('.', ',', ';', '/').ToLowerInvariant();
        if (value.AsSpan().ContainsAnyInRange('\0', ' ') || value.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') || !value.Contains('/', StringComparison.Ordinal))
            return false;
        doi = new Doi(PreprintVersion().Match(value) is { Success: true } preprint ? preprint.Groups["work"].Value : value);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    [GeneratedRegex(
        @"^(?:doi:?\s*|info:doi/|(?<address>(?:doi:\s*)?(?:https?://)?(?:(?:dx|www)\.)?doi\.org/|https?://[a-z0-9.-]+/doi/10\.1002/|(?<page>(?:https?://)?[a-z0-9-]+(?:\.[a-z0-9-]+)+/(?:[a-z0-9_-]+/)*(?<query>[a-z0-9_-]*\?(?:[a-z]+=[^&\s]*&)*(?:id|doi)=)?)))?(?<doi>10\.[0-9]{4,9}(?:\.[0-9]+)*(?:/|%2f)\S+)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Shape();

    // bioRxiv and medRxiv, Research Square, Preprints.org, ChemRxiv, the OSF's archives, Authorea and TechRxiv.
    [GeneratedRegex(
        @"^(?<work>10\.(?:1101|64898)/[0-9.]+)(?:v[0-9]+)?(?:\.(?:full|abstract|full\.pdf|full-text|full-text\.pdf|supplementary-material|article-info|article-metrics))?$|^(?<work>10\.(?:21203/rs\.[0-9a-z.-]+)|10\.(?:22541|36227)/[a-z0-9.]+?)/v[0-9]+$|^(?<work>10\.20944/preprints[0-9.]+)\.v[0-9]+$|^(?<work>10\.26434/chemrxiv[0-9a-z.-]*?)(?:-|\.)v[0-9]+$|^(?<work>10\.[0-9]{5}/osf\.io/[a-z0-9]+)_v[0-9]+$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex PreprintVersion();

    // Under which view of the paper its publisher's address leads to.
    [GeneratedRegex(
        @"(?:/(?:full|fulltext|full-text|pdf|epdf|html|abstract|meta|summary|figures|references|metrics|citation|download))+$|\.pdf$|\+html$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex View();
}
