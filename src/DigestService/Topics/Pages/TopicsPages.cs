using System.Globalization;
using DigestService.Papers.Citations;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Relevance;
using DigestService.Topics.Searching;

namespace DigestService.Topics.Pages;

/// <summary>The catalogue of topics, each with its papers and its feed, the search in the same language, and what is trending.</summary>
internal static class TopicsPages
{
    private const int PapersShown = 50;
    private const int FeedEntries = 60;
    private const int PapersCited = 1_000;
    private const int MostPages = 1_000;
    private const string CategoryField = "cat:";

    /// <summary>Maps them.</summary>
    public static void MapTopicsPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPage("/topics", async (TopicCatalogue catalogue, CancellationToken ct) =>
            PageResult.Public<TopicsPage>(await catalogue.ListAsync(ct)));
        routes.MapPage("/topics/{slug}", TopicAsync);
        routes.MapPage("/topics/{slug}/feed.atom", FeedAsync);
        routes.MapPage("/search", SearchAsync).RequireRateLimiting(SiteLimits.Search);
        routes.MapPage("/search.atom", SearchFeedAsync).RequireRateLimiting(SiteLimits.Search);
        routes.MapPage("/trending", () => Results.Redirect("/trending/day"));
        routes.MapPage("/trending/{view}", TrendingAsync);
        routes.MapPage("/sitemap.xml", Sitemap.ShowAsync);
        foreach (var ending in CitationFiles.Endings)
        {
            routes.MapPage("/topics/{slug}." + ending, (string slug, TopicCatalogue catalogue, Archive archive, CancellationToken ct) =>
                CiteTopicAsync(slug, ending, catalogue, archive, ct));
            routes.MapPage("/search." + ending, (string? q, PaperSearch search, CancellationToken ct) => CiteSearchAsync(q, ending, search, ct))
                .RequireRateLimiting(SiteLimits.Search);
        }

        routes.MapTopicsApi();
    }

    private static async Task<IResult> TopicAsync(
        string slug, int? page, TopicCatalogue catalogue, Archive archive, CancellationToken ct)
    {
        if (await FindAsync(catalogue, slug, ct) is not { } topic)
            return Results.NotFound();
        var number = Math.Clamp(page ?? 1, 1, MostPages);
        var papers = await archive.OfQueryAsync(topic.QueryId, new(PapersShown + 1, (number - 1) * PapersShown), ct);
        return PageResult.Public<TopicPage>(
            new TopicModel(topic, papers.Take(PapersShown).ToList(), number, papers.Count > PapersShown));
    }

    private static async Task<IResult> SearchAsync(string? q, bool? exact, int? page, PaperSearch search, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(q))
            return PageResult.Public<SearchPage>(new SearchModel(null, null, [], 0));
        var number = Math.Clamp(page ?? 1, 1, MostPages);
        var (found, error) = await search.FindAsync(q, exact ?? false, new(PapersShown, (number - 1) * PapersShown), ct);
        return found is null
            ? PageResult.Private<SearchPage>(new SearchModel(q, error, [], 0), StatusCodes.Status400BadRequest)
            : PageResult.Public<SearchPage>(new SearchModel(q, null, found.Papers, found.Total, found.Correction)
            {
                IsExact = exact ?? false,
                Page = number,
                Before = (number - 1) * PapersShown,
            });
    }

    private static async Task<IResult> SearchFeedAsync(string? q, PaperSearch search, SiteOptions site, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(q) || await search.LatestAsync(q, FeedEntries, ct) is not { } papers)
            return Results.BadRequest();
        var asked = Uri.EscapeDataString(q);
        return new AtomFeed(site, $"{TitleOf(q.Trim())} · {site.Name}", $"/search?q={asked}", $"/search.atom?q={asked}", papers);
    }

    // That of a category has its name; every other search is its own title.
    private static string TitleOf(string query) =>
        query.StartsWith(CategoryField, StringComparison.Ordinal) && CategoryName.Of(query[CategoryField.Length..]) is { Name: not null } category
            ? category.Full
            : $"“{query}”";

    private static async Task<IResult> CiteSearchAsync(string? q, string format, PaperSearch search, CancellationToken ct)
    {
        return await search.FindAsync(q ?? "", isExact: false, new(PaperSearch.MostCited), ct) is ({ Papers: var papers }, _)
            ? CitationFiles.Of(papers, format)
            : Results.BadRequest();
    }

    private static async Task<IResult> CiteTopicAsync(
        string slug, string format, TopicCatalogue catalogue, Archive archive, CancellationToken ct) =>
        await FindAsync(catalogue, slug, ct) is { } topic
            ? CitationFiles.Of(await archive.OfQueryAsync(topic.QueryId, new(PapersCited), ct), format)
            : Results.NotFound();

    private static async Task<IResult> TrendingAsync(string view, TrendingPapers trending, CancellationToken ct) =>
        ViewOf(view) is { } known
            ? PageResult.Public<TrendingPage>(new TrendingModel(known, await trending.OfAsync(known, TrendingPapers.Most, ct)))
            : Results.NotFound();

    /// <summary>The view with a name in lower case; null for any other.</summary>
    internal static TrendingView? ViewOf(string name) => name switch
    {
        "day" => TrendingView.Day,
        "week" => TrendingView.Week,
        "month" => TrendingView.Month,
        _ => null,
    };

    private static async Task<IResult> FeedAsync(
        string slug, TopicCatalogue catalogue, Archive archive, SiteOptions site, CancellationToken ct)
    {
        if (await FindAsync(catalogue, slug, ct) is not { } topic)
            return Results.NotFound();
        var papers = await archive.OfQueryAsync(topic.QueryId, new(FeedEntries), ct);
        var page = string.Create(CultureInfo.InvariantCulture, $"/topics/{topic.Slug}");
        return new AtomFeed(site, $"{topic.Name} · {site.Name}", page, $"{page}/feed.atom", papers);
    }

    private static async Task<Topic?> FindAsync(TopicCatalogue catalogue, string slug, CancellationToken ct) =>
        (await catalogue.ListAsync(ct)).FirstOrDefault(topic => topic.Slug == slug);
}

/// <summary>A topic and a page of its papers.</summary>
public sealed record TopicModel(Topic Topic, IReadOnlyList<ArchivePaper> Papers, int Page, bool HasMore);

/// <summary>What is trending in one view, biggest first.</summary>
public sealed record TrendingModel(TrendingView View, IReadOnlyList<ArchivePaper> Papers);

/// <summary>A search and a page of what it found, perhaps for a word in place of a mistyped one; no query, no search.</summary>
public sealed record SearchModel(
    string? Query, QueryError? Error, IReadOnlyList<ArchivePaper> Papers, int Total, Correction? Correction = null)
{
    /// <summary>No word was to be taken for another.</summary>
    public bool IsExact { get; init; }

    /// <summary>The number of the page, from 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Papers on the pages before.</summary>
    public int Before { get; init; }
}
