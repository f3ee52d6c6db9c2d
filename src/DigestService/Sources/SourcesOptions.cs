using System.ComponentModel.DataAnnotations;
using Quartz;

namespace DigestService.Sources;

/// <summary>Section <c>Sources</c>: where papers are fetched from, and how politely.</summary>
public sealed class SourcesOptions : IValidatableObject
{
    /// <summary>Hugging Face's daily papers.</summary>
    public HuggingFaceOptions HuggingFace { get; set; } = new();

    /// <summary>arXiv's daily feed, completed from its API, and its OAI-PMH.</summary>
    public ArxivOptions Arxiv { get; set; } = new();

    /// <summary>Anybody else's RSS, Atom, JSON Feed or JSON lines.</summary>
    public List<FeedOptions> Feeds { get; set; } = [];

    /// <summary>What holds for all requests.</summary>
    public SourceHttpOptions Http { get; set; } = new();

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var parts = new (string Key, string? Cron, string? Url)[]
            {
                ("HuggingFace", HuggingFace.Cron, HuggingFace.BaseUrl),
                ("Arxiv", Arxiv.Cron, Arxiv.BaseUrl),
            }
            .Concat(Feeds.Select((feed, i) => ($"Feeds__{i}", (string?)feed.Cron, (string?)feed.Url)));
        foreach (var (key, cron, url) in parts)
        {
            if (cron is null || !CronExpression.TryParse(cron, out _))
                yield return new ValidationResult($"'{cron}' is no schedule such as '0 20 * * * ?' (second minute hour day month weekday, UTC).", [$"{key}__Cron"]);
            if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("https" or "http"))
                yield return new ValidationResult($"'{url}' is no http or https address.", [$"{key}__{(key.StartsWith("Feeds", StringComparison.Ordinal) ? "Url" : "BaseUrl")}"]);
        }

        var names = Feeds.Select(feed => feed.Name).ToList();
        if (names.Exists(name => name is not { Length: > 0 and <= 50 } || !name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-')))
            yield return new ValidationResult("Every feed needs a Name of small letters, digits and hyphens.", [nameof(Feeds)]);
        if (names.Concat(["huggingface", "arxiv", "arxiv-oai", "jsonl", "listing", "import", "operator"]).GroupBy(name => name, StringComparer.Ordinal).Any(group => group.Count() > 1))
            yield return new ValidationResult("Every feed needs a Name of its own.", [nameof(Feeds)]);
        if (Arxiv.Categories.Exists(category => category.Length is 0 or > 30 || !category.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-')))
            yield return new ValidationResult("Categories are arXiv's codes, such as cs.CL.", ["Arxiv__Categories"]);
    }
}

/// <summary>Section <c>Sources:HuggingFace</c>.</summary>
public sealed class HuggingFaceOptions
{
    /// <summary>Whether it is fetched on schedule.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>When, as Quartz writes it, in UTC.</summary>
    public string Cron { get; set; } = "0 20 * * * ?";

    /// <summary>The site, or a recorded one.</summary>
    public string BaseUrl { get; set; } = "https://huggingface.co";

    /// <summary>How many days are asked for again each time: votes come in for days.</summary>
    [Range(1, 30)]
    public int PollDays { get; set; } = 3;
}

/// <summary>Section <c>Sources:Arxiv</c>.</summary>
public sealed class ArxivOptions
{
    internal const string DefaultBaseUrl = "https://export.arxiv.org";

    /// <summary>Whether it is fetched on schedule.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>When, as Quartz writes it, in UTC.</summary>
    public string Cron { get; set; } = "0 40 4,5,8,12,20 * * ?";

    /// <summary>The API's site, or a recorded one that then serves feeds and OAI-PMH too.</summary>
    public string BaseUrl { get; set; } = DefaultBaseUrl;

    /// <summary>The categories to follow; none: those of machine learning.</summary>
    public List<string> Categories { get; set; } = [];

    /// <summary>arXiv asks for this much between requests.</summary>
    [Range(0.0, 3600)]
    public double SpacingSeconds { get; set; } = 3;

    /// <summary>The categories that are followed.</summary>
    internal IReadOnlyList<string> EffectiveCategories => Categories.Count > 0 ? Categories : ["cs.AI", "cs.CL", "cs.CV", "cs.LG", "stat.ML"];

    /// <summary>Where papers are asked for by query.</summary>
    internal Uri Api => new(new Uri(BaseUrl), "/api/query");

    /// <summary>The folder of the daily feeds, one a category.</summary>
    internal Uri Feeds => IsTheirs ? new Uri("https://rss.arxiv.org/rss/") : new Uri(new Uri(BaseUrl), "/rss/");

    /// <summary>Where OAI-PMH answers.</summary>
    internal Uri Oai => IsTheirs ? new Uri("https://oaipmh.arxiv.org/oai") : new Uri(new Uri(BaseUrl), "/oai");

    private bool IsTheirs => BaseUrl.TrimEnd('/').Equals(DefaultBaseUrl, StringComparison.OrdinalIgnoreCase);
}

/// <summary>One of <c>Sources:Feeds</c>.</summary>
public sealed class FeedOptions
{
    /// <summary>Its name, for <c>papers fetch</c> and as provenance.</summary>
    public string Name { get; set; } = "";

    /// <summary>Where it is.</summary>
    public string Url { get; set; } = "";

    /// <summary>Whether it is fetched on schedule.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>When, as Quartz writes it, in UTC.</summary>
    public string Cron { get; set; } = "0 10 */3 * * ?";

    /// <summary>Whether its order says how much people thought of the papers. Most feeds are in order of time.</summary>
    public bool Ranked { get; set; }
}

/// <summary>Section <c>Sources:Http</c>.</summary>
public sealed class SourceHttpOptions
{
    /// <summary>An answer that is not there in full by then is given up.</summary>
    [Range(0.1, 86400)]
    public double TimeoutSeconds { get; set; } = 60;

    /// <summary>The most an answer may hold, unpacked.</summary>
    [Range(1, 64)]
    public int MaxMegabytes { get; set; } = 64;

    /// <summary>How often a request is tried again when the source is busy or unreachable.</summary>
    [Range(0, 100)]
    public int Retries { get; set; } = 3;

    /// <summary>The first wait before trying again; the next are twice as long each.</summary>
    [Range(0.0, 86400)]
    public double RetrySeconds { get; set; } = 5;

    /// <summary>A source that asks for more patience than this is left alone until the next run.</summary>
    [Range(0.0, 86400)]
    public double MaxRetryAfterSeconds { get; set; } = 300;
}
