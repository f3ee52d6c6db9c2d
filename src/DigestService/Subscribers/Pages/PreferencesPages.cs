using System.Globalization;
using System.Text.Json;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Subscribers.Pages.Words;
using NodaTime;

namespace DigestService.Subscribers.Pages;

/// <summary>The preferences page and everything its buttons do.</summary>
internal static class PreferencesPages
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly Dictionary<string, Func<ReaderWords, string>> Notices = new(StringComparer.Ordinal)
    {
        ["confirmed"] = say => say.Confirmed,
        ["saved"] = say => say.Saved,
        ["started"] = say => say.Started,
        ["paused"] = say => say.Paused,
        ["resumed"] = say => say.Resumed,
        ["forgotten"] = say => say.Forgotten,
        ["moved"] = say => say.Moved,
        ["voided"] = say => say.Voided,
        ["now"] = say => say.OnItsWay,
        ["sent"] = say => say.SentToday,
    };

    /// <summary>What somebody sees who was just erased.</summary>
    public static IResult Erased(Subscriber reader) =>
        MessagePage.Show((words, say) => new MessageModel(say.ErasedTitle, say.ErasedLead, "/", words.ToToday), reader.Language);

    /// <summary>Maps them.</summary>
    public static void MapPreferencesPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPage("/preferences/{token}", ShowAsync);
        routes.MapForm("/preferences/{token}", ActAsync);
        routes.MapForm("/preferences/{token}/try", TryAsync).RequireRateLimiting(SiteLimits.Search);
        routes.MapPage("/preferences/{token}/data.json", DataAsync);
    }

    private static async Task<IResult> ShowAsync(
        string token, string? done, SubscriberLinkOpener links, PreferencesView view, Leaving leaving, CancellationToken ct)
    {
        if (await links.OpenAsync(token, LinkPurpose.Preferences, ct) is not { } reader)
            return SignUpPages.VoidLink();
        if (!reader.IsConfirmed)
            return Ended(reader, links, leaving);
        return PageResult.Private<PreferencesPage>(await view.StoredAsync(reader, Notices.GetValueOrDefault(done ?? "")?.Invoke(ReaderWords.Of(reader.Language)), ct), language: reader.Language);
    }

    private static async Task<IResult> ActAsync(
        string token,
        HttpContext http,
        SubscriberLinkOpener links,
        PreferencesView view,
        Subscriptions subscriptions,
        SettingsEditor editor,
        Feedback feedback,
        PersonalData data,
        Leaving leaving,
        AddressChange address,
        DigestOnDemand onDemand,
        CancellationToken ct)
    {
        var form = await http.Request.ReadBoundedFormAsync(ct);
        if (await links.OpenAsync(token, LinkPurpose.Preferences, ct) is not { } reader)
            return SignUpPages.VoidLink();
        if (!reader.IsConfirmed)
            return Ended(reader, links, leaving);
        switch (form.One("action"))
        {
            case "pause":
                return await PauseAsync(http, links, view, subscriptions, reader, form.One("pause_until"), ct);
            case "resume":
                await subscriptions.ResumeAsync(reader.Id, ct);
                return Done(http, links, reader, "resumed");
            case "forget":
                if (!long.TryParse(form.One("paper"), NumberStyles.None, CultureInfo.InvariantCulture, out var paper))
                    return Results.BadRequest();
                await feedback.ForgetAsync(reader.Id, paper, form.One("kind") ?? "", ct);
                return Done(http, links, reader, "forgotten");
            case "reset":
                await feedback.ResetAsync(reader.Id, ct);
                return Done(http, links, reader, "forgotten");
            case "void":
                var renewed = await subscriptions.VoidLinksAsync(reader.Id, ct);
                return Done(http, links, renewed ?? reader, "voided");
            case "now":
                return Done(http, links, reader, await onDemand.AskAsync(reader, ct) ? "now" : "sent");
            case "move":
                return await AskToMoveAsync(view, address, reader, form.One("new_address"), ct);
            case "erase":
                return await EraseAsync(data, reader, form.One("sure"), ct);
            case "save" or null:
                return await SaveAsync(http, links, view, subscriptions, editor, reader, form, ct);
            default:
                return Results.BadRequest();
        }
    }

    /// <summary>What the settings on the page would bring, saved or not: the whole page, or for the script what changes of it.</summary>
    private static async Task<IResult> TryAsync(string token, HttpContext http, SubscriberLinkOpener links, PreferencesView view, CancellationToken ct)
    {
        var form = await http.Request.ReadBoundedFormAsync(ct);
        if (await links.OpenAsync(token, LinkPurpose.Preferences, ct) is not { IsConfirmed: true } reader)
            return SignUpPages.VoidLink();
        var isForScript = form.One("fragment") is not null;
        var model = await view.TryAsync(reader, PreferencesForm.Read(form), form.One("version"), ct);
        return isForScript
            ? PageResult.Private<TriedSettings>(model, language: reader.Language)
            : PageResult.Private<PreferencesPage>(model, language: reader.Language);
    }

    private static async Task<IResult> SaveAsync(
        HttpContext http, SubscriberLinkOpener links, PreferencesView view, Subscriptions subscriptions, SettingsEditor editor, Subscriber reader, IFormCollection form, CancellationToken ct)
    {
        if (!string.IsNullOrWhiteSpace(form.One("pause_until")) && view.PauseEnd(reader, form.One("pause_until")) is null)
            return await PauseAsync(http, links, view, subscriptions, reader, form.One("pause_until"), ct);
        var typed = PreferencesForm.Read(form);
        var saved = await editor.SaveAsync(reader.Id, typed, SettingsVersion.TryParse(form.One("version")), ct);
        if (saved.Reader is null)
            return SignUpPages.VoidLink();
        if (saved.Errors.Count > 0)
            return PageResult.Private<PreferencesPage>(
                await view.TypedAsync(reader, saved.Merged ?? typed, form.One("version"), saved.Errors, ct), StatusCodes.Status400BadRequest, reader.Language);
        if (!saved.IsSaved)
            return PageResult.Private<PreferencesPage>(await view.StaleAsync(saved.Reader, saved, ct), StatusCodes.Status409Conflict, reader.Language);
        if (view.PauseEnd(reader, form.One("pause_until")) is { } until)
            await subscriptions.PauseAsync(reader.Id, until, ct);
        return Done(http, links, reader, "saved");
    }

    private static async Task<IResult> PauseAsync(
        HttpContext http, SubscriberLinkOpener links, PreferencesView view, Subscriptions subscriptions, Subscriber reader, string? until, CancellationToken ct)
    {
        var day = view.PauseEnd(reader, until);
        if (day is null && !string.IsNullOrWhiteSpace(until))
        {
            var model = await view.StoredAsync(reader, null, ct);
            return PageResult.Private<PreferencesPage>(
                model with { Errors = [new FormError("pause_until", ReaderWords.Of(reader.Language).PauseFault)] },
                StatusCodes.Status400BadRequest,
                reader.Language);
        }

        await subscriptions.PauseAsync(reader.Id, day, ct);
        return Done(http, links, reader, "paused");
    }

    private static async Task<IResult> AskToMoveAsync(
        PreferencesView view, AddressChange change, Subscriber reader, string? typed, CancellationToken ct)
    {
        var say = ReaderWords.Of(reader.Language);
        var fault = EmailAddress.TryParse(typed, out var address) ? null : say.NotAnAddress;
        if (fault is null && !await change.AskAsync(reader.Id, address, ct))
            fault = say.EnoughForToday;
        if (fault is null)
            return MessagePage.Show((_, _) => new MessageModel(say.MoveAskedTitle, say.MoveAskedLead, view.PathOf(reader), say.BackToPreferences), reader.Language);
        var model = await view.StoredAsync(reader, null, ct);
        return PageResult.Private<PreferencesPage>(
            model with { Errors = [new FormError("new_address", fault)], NewAddress = typed }, StatusCodes.Status400BadRequest, reader.Language);
    }

    private static async Task<IResult> EraseAsync(PersonalData data, Subscriber reader, string? sure, CancellationToken ct)
    {
        if (sure != "yes" || !EmailAddress.TryParse(reader.Address, out var address))
            return Results.BadRequest();
        await data.EraseAsync(address, ct);
        return Erased(reader);
    }

    private static async Task<IResult> DataAsync(
        string token, HttpContext http, SubscriberLinkOpener links, PersonalData data, CancellationToken ct)
    {
        if (await links.OpenAsync(token, LinkPurpose.Preferences, ct) is not { } reader
            || !EmailAddress.TryParse(reader.Address, out var address))
            return SignUpPages.VoidLink();
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"digest-data.json\"";
        return Results.Json(await data.ExportAsync(address, ct), Indented);
    }

    private static IResult Ended(Subscriber reader, SubscriberLinkOpener links, Leaving leaving) => reader.State is SubscriberState.Unsubscribed
        ? LeavingPages.Left(links.Path(LinkPurpose.Unsubscribe, reader), reader, leaving)
        : MessagePage.Show((_, say) => new MessageModel(say.NotSubscribedTitle, say.NotSubscribedLead, "/#subscribe", say.SignUp), reader.Language);

    private static IResult Done(HttpContext http, SubscriberLinkOpener links, Subscriber reader, string done)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.Location = $"{links.Path(LinkPurpose.Preferences, reader)}?done={done}";
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }
}

/// <summary>The fields of the preferences page.</summary>
internal static class PreferencesForm
{
    /// <summary>
    /// What was typed. A browser says nothing of boxes that are not ticked: the page marks itself as whole, and then
    /// no topic means none; any other sender leaves alone what it does not name.
    /// </summary>
    public static SettingsForm Read(IFormCollection form)
    {
        var isWhole = form.One("form") == "all";
        var authors = (form.One("authors") ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(FollowedAuthor.Query).ToList();
        return new SettingsForm
        {
            BlankIsDefault = true,
            Topics = ListOf("topics"),
            More = ListOf("more"),
            MutedTopics = ListOf("mute"),
            Queries = ListOf("query") is { } queries ? [.. queries, .. authors] : null,
            QueryNames = form.ContainsKey("query_name") ? [.. form.All("query_name"), .. authors.Select(_ => "")] : null,
            Zone = form.One("zone"),
            At = form.One("at"),
            Frequency = form.One("frequency"),
            WeeklyOn = form.One("weekly_on"),
            Max = form.One("max"),
            Language = form.One("language"),
            OutsideTopics = form.One("outside_topics"),
            EmptyDay = form.One("empty_day"),
            MutedWords = form.One("muted_words"),
            InShort = form.One("in_short") ?? (isWhole ? "no" : null),
        };

        IReadOnlyList<string>? ListOf(string name) => isWhole || form.ContainsKey(name) ? form.All(name) : null;
    }
}
