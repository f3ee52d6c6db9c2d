using DigestService.Platform;
using DigestService.Platform.Layout;

namespace DigestService.Subscribers.Pages;

/// <summary>All that a reader thought of papers, page by page; the preferences show the latest of it.</summary>
internal static class LearnedPages
{
    private const int VerdictsShown = 50;
    private const int MostPages = 1_000;

    /// <summary>Maps it.</summary>
    public static void MapLearnedPages(this IEndpointRouteBuilder routes) => routes.MapPage("/preferences/{token}/learned", ShowAsync);

    /// <summary>Where a reader finds a page of it again who took something back there.</summary>
    public static string PathOf(string preferences, int page) => FormattableString.Invariant($"{preferences}/learned?page={page}&done=forgotten");

    private static async Task<IResult> ShowAsync(
        string token, int? page, string? done, SubscriberLinkOpener links, Feedback feedback, CancellationToken ct)
    {
        if (await links.OpenAsync(token, LinkPurpose.Preferences, ct) is not { } reader)
            return SignUpPages.VoidLink();
        var path = links.Path(LinkPurpose.Preferences, reader);
        if (!reader.ChoosesSettings)
            return new SeeOther(path);
        var number = Math.Clamp(page ?? 1, 1, MostPages);
        var verdicts = await feedback.OfAsync(reader.Id, VerdictsShown + 1, (number - 1) * VerdictsShown, ct);
        return PageResult.Private<LearnedPage>(
            new LearnedModel(path, [.. verdicts.Take(VerdictsShown)], number, verdicts.Count > VerdictsShown, done is "forgotten"), language: reader.Language);
    }
}

/// <summary>A page of what a reader thought of papers, the latest first.</summary>
/// <param name="PreferencesPath">Path of the reader's preferences.</param>
/// <param name="Verdicts">What they thought.</param>
/// <param name="Page">The number of the page, from 1.</param>
/// <param name="HasMore">There are more pages.</param>
/// <param name="IsForgotten">Something was just taken back.</param>
public sealed record LearnedModel(string PreferencesPath, IReadOnlyList<Verdict> Verdicts, int Page, bool HasMore, bool IsForgotten);
