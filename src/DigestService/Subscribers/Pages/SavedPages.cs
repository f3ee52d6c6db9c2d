using System.Globalization;
using DigestService.Papers.Citations;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Platform.Layout;

namespace DigestService.Subscribers.Pages;

/// <summary>
/// The papers a reader saved, by a link of their own: as a page, for reference managers and as a feed. The link shows and
/// shortens this list and opens nothing else, so that it can be given to a feed reader.
/// </summary>
internal static class SavedPages
{
    private const int PapersShown = 50;
    private const int PapersCited = 500;
    private const int MostPages = 1_000;
    private const int FeedEntries = 100;

    /// <summary>Maps them.</summary>
    public static void MapSavedPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPage("/saved/{token}", ShowAsync);
        routes.MapForm("/saved/{token}", RemoveAsync);
        routes.MapPage("/saved/{token}.atom", FeedAsync);
        foreach (var ending in CitationFiles.Endings)
            routes.MapPage(
                "/saved/{token}." + ending,
                (string token, HttpContext http, SubscriberLinkOpener links, Feedback feedback, Archive archive, CancellationToken ct) =>
                    CiteAsync(token, ending, http, links, feedback, archive, ct));
    }

    private static async Task<IResult> ShowAsync(
        string token, string? done, int? page, SubscriberLinkOpener links, Feedback feedback, Archive archive, CancellationToken ct)
    {
        if (await OpenAsync(token, links, ct) is not { } reader)
            return SignUpPages.VoidLink();
        var number = Math.Clamp(page ?? 1, 1, MostPages);
        var papers = await PapersAsync(reader, PapersShown + 1, (number - 1) * PapersShown, feedback, archive, ct);
        var shown = papers.Take(PapersShown).ToList();
        var news = await feedback.NewsOfSavedAsync(reader.Id, shown.Select(paper => paper.Id), ct);
        return PageResult.Private<SavedPage>(
            new SavedModel($"/saved/{token}", shown, news, number, papers.Count > PapersShown, done is "removed"), language: reader.Language);
    }

    private static async Task<IResult> RemoveAsync(
        string token, HttpContext http, SubscriberLinkOpener links, Feedback feedback, CancellationToken ct)
    {
        var form = await http.Request.ReadBoundedFormAsync(ct);
        if (await OpenAsync(token, links, ct) is not { } reader)
            return SignUpPages.VoidLink();
        if (!long.TryParse(form.One("paper"), NumberStyles.None, CultureInfo.InvariantCulture, out var paper))
            return Results.BadRequest();
        await feedback.ForgetAsync(reader.Id, paper, "save", ct);
        return new SeeOther($"/saved/{token}?done=removed");
    }

    private static async Task<IResult> FeedAsync(
        string token, HttpContext http, SubscriberLinkOpener links, Feedback feedback, Archive archive, SiteOptions site, CancellationToken ct)
    {
        if (await OpenAsync(token, links, ct) is not { } reader)
            return SignUpPages.VoidLink();
        var papers = await PapersAsync(reader, FeedEntries, offset: 0, feedback, archive, ct);
        http.Response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        return new AtomFeed(site, $"Saved papers · {site.Name}", $"/saved/{token}", $"/saved/{token}.atom", papers) { IsPrivate = true };
    }

    private static async Task<IResult> CiteAsync(
        string token, string ending, HttpContext http, SubscriberLinkOpener links, Feedback feedback, Archive archive, CancellationToken ct)
    {
        if (await OpenAsync(token, links, ct) is not { } reader)
            return SignUpPages.VoidLink();
        var papers = await PapersAsync(reader, PapersCited, offset: 0, feedback, archive, ct);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        return CitationFiles.Of(papers, ending);
    }

    private static async Task<IReadOnlyList<ArchivePaper>> PapersAsync(
        Subscriber reader, int limit, int offset, Feedback feedback, Archive archive, CancellationToken ct) =>
        await archive.ByIdsAsync(await feedback.SavedAsync(reader.Id, limit, offset, ct), ct);

    private static async Task<Subscriber?> OpenAsync(string token, SubscriberLinkOpener links, CancellationToken ct) =>
        (await links.OpenCarryingAsync(token, LinkPurpose.Saved, ct))?.Reader;
}

/// <summary>A reader's saved papers, latest first.</summary>
/// <param name="Path">Path of the page.</param>
/// <param name="Papers">The papers of this page.</param>
/// <param name="News">What some of them have come by since they were saved.</param>
/// <param name="Page">The number of the page, from 1.</param>
/// <param name="HasMore">There are more pages.</param>
/// <param name="IsRemoved">One was just taken off.</param>
public sealed record SavedModel(
    string Path, IReadOnlyList<ArchivePaper> Papers, IReadOnlyDictionary<long, SavedPaperMark> News, int Page, bool HasMore, bool IsRemoved);
