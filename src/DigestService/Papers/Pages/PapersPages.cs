using System.Globalization;
using DigestService.Papers.Citations;
using DigestService.Platform;
using DigestService.Platform.Layout;
using NodaTime;

namespace DigestService.Papers.Pages;

/// <summary>The public archive: days, papers, feed.</summary>
internal static class PapersPages
{
    /// <summary>Papers on one page of a day: with their beginnings some 60 kB.</summary>
    public const int PapersShown = 50;

    private const int FeedEntries = 60;
    private const int LongestCategory = 60;
    private const int PapersCited = 1_000;
    private const int MostPages = 1_000;

    /// <summary>Maps them.</summary>
    public static void MapPapersPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPage("/papers", PapersAsync);
        routes.MapPage("/papers/{date}", DayAsync);
        routes.MapPage("/paper/{id:long}", PaperAsync);
        routes.MapPage("/paper/{arxivId}", PaperByArxivIdAsync);
        // Until 2007 an id of arXiv's had two parts.
        routes.MapPage("/paper/{archive}/{number}", (string archive, string number, Archive papers, CancellationToken ct) => PaperByArxivIdAsync($"{archive}/{number}", papers, ct));
        routes.MapPage("/category/{category}", CategoryAsync);
        foreach (var ending in CitationFiles.Endings)
        {
            routes.MapPage("/paper/{id}." + ending, (string id, Archive archive, CancellationToken ct) => CitePaperAsync(id, ending, archive, ct));
            routes.MapPage("/paper/{archive}/{number}." + ending, (string archive, string number, Archive papers, CancellationToken ct) => CitePaperAsync($"{archive}/{number}", ending, papers, ct));
            routes.MapPage("/papers/{date}." + ending, (string date, Archive archive, CancellationToken ct) => CiteDayAsync(date, ending, archive, ct));
        }

        routes.MapPage("/feed.atom", FeedAsync);
        routes.MapPapersApi();
    }

    private static async Task<IResult> PapersAsync(string? until, Archive archive, CancellationToken ct)
    {
        var asked = PageDates.Parse(until);
        if (until is not null && asked is null)
            return Results.BadRequest();
        var last = LocalDate.Min(asked ?? await archive.LatestDayAsync(ct) ?? archive.Today, archive.Today);
        var days = await archive.DaysAsync(last, ct);
        var (earlier, _) = await archive.NeighboursAsync(last.PlusDays(1 - Archive.DaysShown), ct);
        return PageResult.Public<PapersPage>(new PapersModel(days, earlier, until is null));
    }

    private static async Task<IResult> DayAsync(string date, int? page, Archive archive, CancellationToken ct)
    {
        if (PageDates.Parse(date) is not { } day)
            return Results.NotFound();
        var number = Math.Clamp(page ?? 1, 1, MostPages);
        var papers = await archive.OfDayAsync(day, new(PapersShown + 1, (number - 1) * PapersShown), ct);
        var (earlier, later) = await archive.NeighboursAsync(day, ct);
        return PageResult.Public<DayPage>(
            new DayModel(day, papers.Take(PapersShown).ToList(), number, papers.Count > PapersShown, earlier, later));
    }

    private static async Task<IResult> PaperAsync(long id, Archive archive, CancellationToken ct)
    {
        if (await archive.PaperAsync(id, ct) is not { } paper)
            return Results.NotFound();
        // Two rows turned out to be one work: the address in an old mail leads to the one that stayed.
        return paper.Id == id
            ? PageResult.Public<PaperPage>(new PaperModel(paper, await archive.TopicsOfAsync(id, ct), await archive.SimilarToAsync(id, ct), await archive.VotesOfAsync(id, ct)))
            : Results.Redirect(string.Create(CultureInfo.InvariantCulture, $"/paper/{paper.Id}"), permanent: true);
    }

    private static async Task<IResult> CategoryAsync(string category, int? page, Archive archive, CancellationToken ct)
    {
        var number = Math.Clamp(page ?? 1, 1, MostPages);
        category = WithSlashes(category);
        if (category.Length > LongestCategory || category.Contains('\0', StringComparison.Ordinal))
            return Results.NotFound();
        var papers = await archive.OfCategoryAsync(category, new(PapersShown + 1, (number - 1) * PapersShown), ct);
        return papers.Count == 0 && number == 1
            ? Results.NotFound()
            : PageResult.Public<CategoryPage>(new CategoryModel(category, papers.Take(PapersShown).ToList(), number, papers.Count > PapersShown));
    }

    // The server leaves a slash in a part of a path as it was escaped; feeds have categories such as AI/ML.
    private static string WithSlashes(string part) => part.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static async Task<IResult> PaperByArxivIdAsync(string arxivId, Archive archive, CancellationToken ct) =>
        await archive.FindArxivAsync(WithSlashes(arxivId), ct) is { } id
            ? Results.Redirect(string.Create(CultureInfo.InvariantCulture, $"/paper/{id}"))
            : Results.NotFound();

    private static async Task<IResult> CitePaperAsync(string id, string format, Archive archive, CancellationToken ct)
    {
        var number = long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : await archive.FindArxivAsync(WithSlashes(id), ct);
        return number is { } known && await archive.PaperAsync(known, ct) is { } paper ? CitationFiles.Of([paper], format) : Results.NotFound();
    }

    private static async Task<IResult> CiteDayAsync(string date, string format, Archive archive, CancellationToken ct) =>
        PageDates.Parse(date) is { } day
            ? CitationFiles.Of(await archive.OfDayAsync(day, new(PapersCited), ct), format)
            : Results.NotFound();

    private static async Task<IResult> FeedAsync(Archive archive, SiteOptions site, CancellationToken ct) =>
        new AtomFeed(site, site.Name, "/", "/feed.atom", await archive.LatestAsync(new(FeedEntries), ct));
}
