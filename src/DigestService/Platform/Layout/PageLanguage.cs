using System.Collections.Concurrent;

namespace DigestService.Platform.Layout;

/// <summary>The language of a page: the reader's own where the page is theirs, else what the browser asks for.</summary>
internal static class PageLanguage
{
    /// <summary>The languages of pages and mails, the default first.</summary>
    public static readonly IReadOnlyList<string> All = ["en", "de", "fr", "es", "zh"];

    private const int MostRemembered = 500;
    private const int LongestHeader = 200;

    private static readonly ConcurrentDictionary<string, string> Remembered = new(StringComparer.Ordinal);

    /// <summary>The first language of ours that the browser asks for; null when it asks for none of them.</summary>
    public static string? Asked(HttpContext http)
    {
        var header = http.Request.Headers.AcceptLanguage.ToString();
        if (header.Length is 0 or > LongestHeader)
            return null;
        if (Remembered.TryGetValue(header, out var known))
            return known.Length == 0 ? null : known;
        var asked = http.Request.GetTypedHeaders().AcceptLanguage
            .Where(language => language.Quality is not 0)
            .OrderByDescending(language => language.Quality ?? 1)
            .Select(language => language.Value.ToString().Split('-')[0].ToLowerInvariant())
            .FirstOrDefault(language => All.Contains(language, StringComparer.Ordinal));
        if (Remembered.Count < MostRemembered)
            Remembered[header] = asked ?? "";
        return asked;
    }

    /// <summary>The language a page is written in for whoever asks.</summary>
    public static string Of(HttpContext http) => Asked(http) ?? All[0];

    /// <summary>The tag as HTML names it: Chinese is written in simplified characters.</summary>
    public static string HtmlTag(string language) => language == "zh" ? "zh-Hans" : language;
}
