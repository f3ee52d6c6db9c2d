using NodaTime;

namespace DigestService.Papers.Citations;

/// <summary>What a citation says of a paper.</summary>
internal sealed record CitedPaper
{
    /// <summary>The row.</summary>
    public required long Id { get; init; }

    /// <summary>The title for people.</summary>
    public required string Title { get; init; }

    /// <summary>Names in order; empty where nobody is named.</summary>
    public required string[] Authors { get; init; }

    /// <summary>arXiv id without version.</summary>
    public string? ArxivId { get; init; }

    /// <summary>The DOI as it is registered, without escapes.</summary>
    public string? Doi { get; init; }

    /// <summary>The paper's page as its source names it.</summary>
    public string? Url { get; init; }

    /// <summary>When it was published, where that is known.</summary>
    public Instant? PublishedAt { get; init; }

    /// <summary>The day it was first listed.</summary>
    public required LocalDate FirstListedOn { get; init; }

    /// <summary>The day it was published, as far as that is known.</summary>
    public LocalDate Day => PublishedAt?.InUtc().Date ?? FirstListedOn;

    /// <summary>An address that leads to the paper: its page, else arXiv's, else the DOI's resolver.</summary>
    public string? Address =>
        Uri.TryCreate(Url, UriKind.Absolute, out var page) && page.Scheme is "http" or "https" && page.UserInfo.Length == 0
            ? page.AbsoluteUri
            : ArxivId is not null ? "https://arxiv.org/abs/" + ArxivId
            : Papers.Doi.TryParse(Doi, out var doi) ? doi.Url : null;
}
