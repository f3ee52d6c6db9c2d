using NodaTime;

namespace DigestService.Papers.Pages;

/// <summary>A paper as the public pages, feeds and the API show it.</summary>
public sealed record ArchivePaper
{
    private const int MostAuthors = 6;

    /// <summary>Row id, as in <c>/paper/{id}</c>.</summary>
    public required long Id { get; init; }

    /// <summary>Title.</summary>
    public required string Title { get; init; }

    /// <summary>Abstract or summary, where there is one.</summary>
    public string? Abstract { get; init; }

    /// <summary>Names in the order of the paper.</summary>
    public required string[] Authors { get; init; }

    /// <summary>arXiv categories and the like.</summary>
    public required string[] Categories { get; init; }

    /// <summary>arXiv id without version.</summary>
    public string? ArxivId { get; init; }

    /// <summary>DOI.</summary>
    public string? Doi { get; init; }

    /// <summary>The institution that stands behind it.</summary>
    public string? Organization { get; init; }

    /// <summary>Page of the paper.</summary>
    public string? Url { get; init; }

    /// <summary>The paper itself.</summary>
    public string? PdfUrl { get; init; }

    /// <summary>Its code.</summary>
    public string? CodeUrl { get; init; }

    /// <summary>Its project page.</summary>
    public string? ProjectUrl { get; init; }

    /// <summary>The author's remark.</summary>
    public string? Comment { get; init; }

    /// <summary>One sentence on it that a machine wrote.</summary>
    public string? InShort { get; init; }

    /// <summary>Keywords that a machine chose.</summary>
    public string[] Keywords { get; init; } = [];

    /// <summary>Upvotes as last observed.</summary>
    public required int Upvotes { get; init; }

    /// <summary>Its place on the list of the day that was asked for; 0 where none was.</summary>
    public int Position { get; init; }

    /// <summary>The day it was first listed anywhere.</summary>
    public required LocalDate FirstListedOn { get; init; }

    /// <summary>When it was published.</summary>
    public Instant? PublishedAt { get; init; }

    /// <summary>When it was withdrawn.</summary>
    public Instant? WithdrawnAt { get; init; }

    /// <summary>Where a title leads: the paper's page elsewhere, arXiv's, or its DOI's.</summary>
    public string? Home => WebLink.OrNull(Url)
        ?? (ArxivId is not null ? $"https://arxiv.org/abs/{ArxivId}" : null)
        ?? (Doi is not null ? $"https://doi.org/{Doi}" : null);

    /// <summary>The paper as PDF.</summary>
    public string? Pdf => WebLink.OrNull(PdfUrl) ?? (ArxivId is not null ? $"https://arxiv.org/pdf/{ArxivId}" : null);

    /// <summary>The language of title and abstract as far as their letters tell: nearly all of the catalogue is English.</summary>
    public string? TextLanguage => TextLetters.LanguageOf(Title);

    /// <summary>The first names, and how many more in the words of a language.</summary>
    public string AuthorLine(Func<string, int, string> andMore) => Authors.Length <= MostAuthors
        ? AllAuthors
        : andMore(string.Join(", ", NamesInLine.Of(Authors).Take(MostAuthors)), Authors.Length - MostAuthors);

    /// <summary>All names in one line.</summary>
    public string AllAuthors => string.Join(", ", NamesInLine.Of(Authors));
}

/// <summary>One day of listings and how many papers it brought.</summary>
public sealed record ArchiveDay
{
    /// <summary>The day.</summary>
    public required LocalDate Day { get; init; }

    /// <summary>Papers listed on it.</summary>
    public required int Papers { get; init; }
}

/// <summary>Links from elsewhere, of which only the web's own schemes are shown.</summary>
internal static class WebLink
{
    /// <summary>The link if it is http or https; null for <c>javascript:</c> and everything else.</summary>
    public static string? OrNull(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? url : null;
}
