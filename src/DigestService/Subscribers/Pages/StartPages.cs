using System.Globalization;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Subscribers.Pages.Words;
using DigestService.Topics.Starting;

namespace DigestService.Subscribers.Pages;

/// <summary>
/// Starting from papers: a reader pastes what names them, sees what is proposed, and takes what stays ticked. What was pasted
/// is not stored.
/// </summary>
internal static class StartPages
{
    /// <summary>Maps them.</summary>
    public static void MapStartPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPage("/preferences/{token}/start", ShowAsync);
        routes.MapForm("/preferences/{token}/start", ActAsync).RequireRateLimiting(SiteLimits.Search);
    }

    // Who named papers when they signed up sees at once what fits them.
    private static async Task<IResult> ShowAsync(string token, string? done, SubscriberLinkOpener links, StartingPoint starting, CancellationToken ct)
    {
        if (await links.OpenAsync(token, LinkPurpose.Preferences, ct) is not { } reader)
            return SignUpPages.VoidLink();
        if (!reader.ChoosesSettings)
            return new SeeOther(links.Path(LinkPurpose.Preferences, reader));
        var model = Model(links, reader);
        return Page(reader, done is not "confirmed" ? model : model with
        {
            Notice = ReaderWords.Of(reader.Language).Confirmed,
            Proposal = await starting.ProposeFromLikesAsync(reader, ct),
        });
    }

    private static async Task<IResult> ActAsync(string token, HttpContext http, SubscriberLinkOpener links, StartingPoint starting, PreferencesView view, SettingsEditor editor, CancellationToken ct)
    {
        var form = await http.Request.ReadLongFormAsync(ct);
        if (await links.OpenAsync(token, LinkPurpose.Preferences, ct) is not { } reader)
            return SignUpPages.VoidLink();
        if (!reader.ChoosesSettings)
            return new SeeOther(links.Path(LinkPurpose.Preferences, reader));
        // From the preferences a script sends the settings with it, which would be lost.
        if (form.One("form") is "all" && (await PreferencesPages.SaveAsync(view, editor, reader, form, mayBeStale: true, ct)).Refusal is { } refusal)
            return refusal;
        return form.One("action") switch
        {
            "take" => await TakeAsync(links, starting, reader, form, ct),
            "find" or null => await ProposeAsync(links, starting, reader, form.One("papers") ?? "", ct),
            _ => Results.BadRequest(),
        };
    }

    private static async Task<IResult> ProposeAsync(SubscriberLinkOpener links, StartingPoint starting, Subscriber reader, string text, CancellationToken ct)
    {
        var say = ReaderWords.Of(reader.Language);
        var model = Model(links, reader) with { Text = text };
        if (string.IsNullOrWhiteSpace(text) || PastedReferences.IsTooLong(text))
        {
            var fault = PastedReferences.IsTooLong(text) ? say.StartTooLong(PastedReferences.LongestText) : say.StartEmpty;
            return Page(reader, model with { Fault = fault }, StatusCodes.Status400BadRequest);
        }

        return Page(reader, model with { Proposal = await starting.ProposeAsync(reader, text, ct) });
    }

    private static async Task<IResult> TakeAsync(
        SubscriberLinkOpener links, StartingPoint starting, Subscriber reader, IFormCollection form, CancellationToken ct)
    {
        var papers = new List<long>();
        foreach (var id in form.All("paper"))
        {
            if (!long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var paper))
                return Results.BadRequest();
            papers.Add(paper);
        }

        var errors = await starting.TakeAsync(reader, new TakenProposal(form.All("topics"), form.All("query"), form.All("author"), papers), "web", ct);
        if (errors.Count > 0)
            return Page(reader, Model(links, reader) with { Errors = errors.Select(error => error.Sentence).Distinct(StringComparer.Ordinal).ToList() }, StatusCodes.Status400BadRequest);
        return new SeeOther(links.Path(LinkPurpose.Preferences, reader) + "?done=started");
    }

    private static StartModel Model(SubscriberLinkOpener links, Subscriber reader) => new() { PreferencesPath = links.Path(LinkPurpose.Preferences, reader) };

    private static IResult Page(Subscriber reader, StartModel model, int status = StatusCodes.Status200OK) =>
        PageResult.Private<StartPage>(model, status, reader.Language);
}

/// <summary>The page on which a reader starts from papers: the form, and what is proposed once it was sent.</summary>
public sealed record StartModel
{
    /// <summary>Path of the reader's preferences; the page's own is below it.</summary>
    public required string PreferencesPath { get; init; }

    /// <summary>What was just done.</summary>
    public string? Notice { get; init; }

    /// <summary>What was pasted.</summary>
    public string Text { get; init; } = "";

    /// <summary>What is wrong with what was pasted.</summary>
    public string? Fault { get; init; }

    /// <summary>Why nothing was taken.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>What is proposed; null before anything was pasted.</summary>
    public StartingProposal? Proposal { get; init; }
}
