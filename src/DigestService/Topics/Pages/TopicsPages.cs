using System.Globalization;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Relevance;

namespace DigestService.Topics.Pages;

/// <summary>The catalogue of topics, each with its papers and its feed, the search in the same language, and what is trending.</summary>
internal static class TopicsPages
{
    private const int PapersShown = 50;
    private const int FeedEntries = 60;
    private const int MostPages = 1_000;

    /// <summary>Maps them.</summary>
    public static void MapTopicsPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPage("/topics", async (TopicCatalogue catalogue, CancellationToken ct) =>
            PageResult.Public<TopicsPage>(await catalogue.ListAsync(ct)));
        routes.MapPage("/topics/{slug}", TopicAsync);
        routes.MapPage("/topics/{slug}/feed.atom", FeedAsync);
        routes.MapPage("/search", SearchAsync).RequireRateLimiting(SiteLimits.Search);
        routes.MapPage("/trending", () => Results.Redirect("/trending/day"));
        routes.MapPage("/trending/{view}", TrendingAsync);
        routes.MapPage("/sitemap.xml", Sitemap.ShowAsync);
        routes.MapTopicsApi();
    }

    private static async Task<IResult> TopicAsync(
        string slug, int? page, TopicCatalogue catalogue, Archive archive, CancellationToken ct)
    {
        if (await FindAsync(catalogue, slug, ct) is not { } topic)
            return Results.NotFound();
        var number = Math.Clamp(page ?? 1, 1, MostPages);
        var papers = await archive.OfQueryAsync(topic.QueryId, PapersShown + 1, (number - 1) * PapersShown, ct);
        return PageResult.Public<TopicPage>(
            new TopicModel(topic, papers.Take(PapersShown).ToList(), number, papers.Count > PapersShown));
    }

    private static async Task<IResult> SearchAsync(string? q, PaperSearch search, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(q))
            return PageResult.Public<SearchPage>(new SearchModel(null, null, [], ""));
        if (!TopicQuery.TryParse(q, out var query, out var error))
            return PageResult.Private<SearchPage>(new SearchModel(q, error, [], ""), StatusCodes.Status400BadRequest);
        var (papers, total) = await search.FindAsync(query, PaperSearch.MostShown, 0, ct);
        var summary = total switch
        {
            0 => "Nothing found. Try another word, or synonyms with OR.",
            1 => "One paper.",
            > PaperSearch.MostShown => string.Create(CultureInfo.InvariantCulture, $"{total:n0} papers; the best {PaperSearch.MostShown} of them:"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{total} papers, the closest first."),
        };
        return PageResult.Public<SearchPage>(new SearchModel(q, null, papers, summary));
    }

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
        var papers = await archive.OfQueryAsync(topic.QueryId, FeedEntries, 0, ct);
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

/// <summary>A search and what it found; no query, no search.</summary>
public sealed record SearchModel(string? Query, QueryError? Error, IReadOnlyList<ArchivePaper> Papers, string Summary);
