using System.Globalization;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Mails.Languages;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Subscribers.Pages.Words;
using NodaTime;

namespace DigestService.Subscribers.Pages;

/// <summary>The preferences page and everything its buttons do.</summary>
internal static class PreferencesPages
{
    private static readonly Dictionary<string, Func<ReaderWords, string>> Notices = new(StringComparer.Ordinal)
    {
        ["confirmed"] = say => say.Confirmed,
        ["saved"] = say => say.Saved,
        ["started"] = say => say.Started,
        ["paused"] = say => say.Paused,
        ["resumed"] = say => say.Resumed,
        ["forgotten"] = say => say.Forgotten,
        ["moved"] = say => say.Moved,
        ["alone"] = say => say.WentAlone,
        ["voided"] = say => say.Voided,
        ["now"] = say => say.OnItsWay,
        ["sent"] = say => say.SentToday,
        ["today-paused"] = say => say.TodayPaused,
        ["today-barred"] = say => say.Barred,
    };

    // What else the page does: a script sends the settings with it, for what was changed and not saved would be lost.
    private static readonly string[] BesideSettings = ["pause", "resume", "now", "forget", "reset", "void", "move"];

    /// <summary>What somebody sees who was just erased.</summary>
    public static IResult Erased(string? language) =>
        MessagePage.Show((words, say) => new MessageModel(say.ErasedTitle, say.ErasedLead, "/", words.ToToday), language);

    /// <summary>Maps them.</summary>
    public static void MapPreferencesPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPage("/preferences/{token}", ShowAsync);
        routes.MapForm("/preferences/{token}", ActAsync);
        routes.MapForm("/preferences/{token}/try", TryAsync).RequireRateLimiting(SiteLimits.Search);
        // What was asked for by a form is asked for again by an address that is kept, or by a browser that comes back.
        routes.MapPage("/preferences/{token}/try", BackAsync);
        routes.MapPage("/preferences/{token}/tomorrow", BackAsync);
        routes.MapPage("/preferences/{token}/data.json", DataAsync);
        routes.MapLearnedPages();
    }

    private static async Task<IResult> ShowAsync(
        string token, string? done, string? once, SubscriberLinkOpener links, PreferencesView view, Leaving leaving, CancellationToken ct)
    {
        if (await links.OpenAsync(token, LinkPurpose.Preferences, ct) is not { } reader)
            return SignUpPages.VoidLink();
        if (!reader.IsConfirmed)
            return await EndedAsync(reader, links, leaving, ct);
        var say = ReaderWords.Of(reader.Language);
        var notice = Notices.GetValueOrDefault(done ?? "")?.Invoke(say);
        if (notice is not null && once is not null)
            notice = Language.Of(reader.Language).Sentences(notice, say.KeptOnce);
        return reader.FollowsList
            ? PageResult.Private<ListMemberPage>(await view.MemberAsync(reader, notice, ct), language: reader.Language)
            : PageResult.Private<PreferencesPage>(await view.StoredAsync(reader, notice, ct), language: reader.Language);
    }

    private static async Task<IResult> ActAsync(
        string token,
        HttpContext http,
        SubscriberLinkOpener links,
        PreferencesView view,
        Subscriptions subscriptions,
        SettingsEditor editor,
        Feedback feedback,
        Erasure erasure,
        Leaving leaving,
        SubscriberLists lists,
        AddressChange address,
        DigestOnDemand onDemand,
        IClock clock,
        CancellationToken ct)
    {
        var form = await http.Request.ReadBoundedFormAsync(ct);
        if (await links.OpenAsync(token, LinkPurpose.Preferences, ct) is not { } reader)
            return form.One("action") is "erase" && await links.IsOfErasedAsync(token, LinkPurpose.Preferences, ct) ? Erased(language: null) : SignUpPages.VoidLink();
        if (!reader.IsConfirmed && form.One("action") is not "erase")
            return await EndedAsync(reader, links, leaving, ct);
        var action = form.One("action") ?? "save";
        var isSettings = action is "save" || form.One("form") is "all" && Array.IndexOf(BesideSettings, action) >= 0;
        if (reader.FollowsList && (isSettings || action is "reset" or "forget"))
            return PageResult.Private<ListMemberPage>(
                await view.MemberAsync(reader, notice: null, ct) with { Fault = ReaderWords.Of(reader.Language).ListIsChangedByLeader }, StatusCodes.Status403Forbidden, reader.Language);
        var (until, isFaulty) = action is "pause" or "save" ? PauseOf(form, reader, clock) : default;
        if (isFaulty)
            return await FaultyPauseAsync(view, reader, form, ct);
        if (action is "move" && !EmailAddress.TryParse(form.One("new_address"), out _))
            return await FaultyAddressAsync(view, reader, form, ct);
        var (refusal, isKeptOnce) = isSettings ? await SaveAsync(view, editor, reader, form, mayBeStale: action is not "save", ct) : default;
        if (refusal is not null)
            return refusal;
        switch (action)
        {
            case "alone":
                await lists.GoAloneAsync(reader.Id, ct);
                return Done("alone");
            case "pause":
                await subscriptions.PauseAsync(reader.Id, until, ct);
                return Done("paused");
            case "resume":
                await subscriptions.ResumeAsync(reader.Id, ct);
                return Done("resumed");
            case "forget":
                if (!long.TryParse(form.One("paper"), NumberStyles.None, CultureInfo.InvariantCulture, out var paper))
                    return Results.BadRequest();
                await feedback.ForgetAsync(reader.Id, paper, form.One("kind") ?? "", ct);
                return int.TryParse(form.One("learned"), NumberStyles.None, CultureInfo.InvariantCulture, out var learned)
                    ? new SeeOther(LearnedPages.PathOf(links.Path(LinkPurpose.Preferences, reader), learned))
                    : Done("forgotten");
            case "reset":
                await feedback.ResetAsync(reader.Id, ct);
                return Done("forgotten");
            case "void":
                reader = await subscriptions.VoidLinksAsync(reader.Id, ct) ?? reader;
                return Done("voided");
            case "now":
                return Done(NoticeOf(await onDemand.AskAsync(reader, ct)));
            case "move":
                return await AskToMoveAsync(view, address, reader, form.One("new_address"), ct);
            case "erase":
                return await EraseAsync(erasure, reader, form.One("sure"), ct);
            case "save":
                if (until is not null)
                    await subscriptions.PauseAsync(reader.Id, until, ct);
                return Done("saved");
            default:
                return Results.BadRequest();
        }

        SeeOther Done(string done) => new($"{links.Path(LinkPurpose.Preferences, reader)}?done={done}{(isKeptOnce ? "&once" : "")}");
    }

    /// <summary>What the settings on the page would bring, saved or not: the whole page, or for the script what changes of it.</summary>
    private static async Task<IResult> TryAsync(string token, HttpContext http, SubscriberLinkOpener links, PreferencesView view, CancellationToken ct)
    {
        var form = await http.Request.ReadBoundedFormAsync(ct);
        if (await links.OpenAsync(token, LinkPurpose.Preferences, ct) is not { } reader)
            return SignUpPages.VoidLink();
        if (!reader.ChoosesSettings)
            return new SeeOther(links.Path(LinkPurpose.Preferences, reader));
        var isForScript = form.One("fragment") is not null;
        var model = await view.TryAsync(reader, PreferencesForm.Read(form), form.One("version"), form.One("find"), ct);
        return isForScript
            ? PageResult.Private<TriedSettings>(model, language: reader.Language)
            : PageResult.Private<PreferencesPage>(model, language: reader.Language);
    }

    private static async Task<IResult> BackAsync(string token, SubscriberLinkOpener links, CancellationToken ct) =>
        await links.OpenAsync(token, LinkPurpose.Preferences, ct) is { } reader ? new SeeOther(links.Path(LinkPurpose.Preferences, reader)) : SignUpPages.VoidLink();

    /// <summary>Saves the settings as they stand on the page; without an answer once they are saved, and what else the button does is done with what the reader sees.</summary>
    /// <param name="view">Builds the page that says why not.</param>
    /// <param name="editor">Saves them.</param>
    /// <param name="reader">Whose settings.</param>
    /// <param name="form">What stands on the page.</param>
    /// <param name="mayBeStale">Whether a page on which nothing was changed may be older than what is stored: for a button that does something else.</param>
    /// <param name="ct">Stops it.</param>
    internal static async Task<(IResult? Refusal, bool IsKeptOnce)> SaveAsync(
        PreferencesView view, SettingsEditor editor, Subscriber reader, IFormCollection form, bool mayBeStale, CancellationToken ct)
    {
        var typed = PreferencesForm.Read(form);
        var saved = await editor.SaveAsync(reader.Id, typed, SettingsVersion.TryParse(form.One("version")), ct);
        if (saved.Reader is null)
            return (SignUpPages.VoidLink(), false);
        if (saved.IsSaved || mayBeStale && saved.IsUntouched)
            return (null, saved.LeavesOutSame);
        var (model, status) = saved.Errors.Count > 0
            ? (await view.TypedAsync(reader, saved.Merged ?? typed, form.One("version"), saved.Errors, ct), StatusCodes.Status400BadRequest)
            : (await view.StaleAsync(saved.Reader, saved, ct), StatusCodes.Status409Conflict);
        return (PageResult.Private<PreferencesPage>(model with { Pasted = form.One("papers") ?? "" }, status, reader.Language), false);
    }

    private static (LocalDate? Until, bool IsFaulty) PauseOf(IFormCollection form, Subscriber reader, IClock clock)
    {
        var text = form.One("pause_until");
        var until = PauseEnd.Of(text, reader, clock.GetCurrentInstant());
        return (until, until is null && !string.IsNullOrWhiteSpace(text));
    }

    private static async Task<IResult> FaultyPauseAsync(PreferencesView view, Subscriber reader, IFormCollection form, CancellationToken ct) => reader.FollowsList
        ? PageResult.Private<ListMemberPage>(
            await view.MemberAsync(reader, notice: null, ct) with { Fault = ReaderWords.Of(reader.Language).PauseFault }, StatusCodes.Status400BadRequest, reader.Language)
        : PageResult.Private<PreferencesPage>(
            await FaultyAsync(view, reader, form, new InputFault("pause_until", ReaderWords.Of(reader.Language).PauseFault), ct) with { PauseUntil = form.One("pause_until") },
            StatusCodes.Status400BadRequest,
            reader.Language);

    private static async Task<IResult> FaultyAddressAsync(PreferencesView view, Subscriber reader, IFormCollection form, CancellationToken ct)
    {
        var (typed, fault) = (form.One("new_address"), ReaderWords.Of(reader.Language).NotAnAddress);
        return reader.FollowsList
            ? PageResult.Private<ListMemberPage>(
                await view.MemberAsync(reader, notice: null, ct) with { NewAddress = typed, AddressFault = fault }, StatusCodes.Status400BadRequest, reader.Language)
            : PageResult.Private<PreferencesPage>(
                await FaultyAsync(view, reader, form, new InputFault("new_address", fault), ct) with { NewAddress = typed }, StatusCodes.Status400BadRequest, reader.Language);
    }

    // With all that is wrong: nothing was saved.
    private static Task<PreferencesModel> FaultyAsync(PreferencesView view, Subscriber reader, IFormCollection form, InputFault fault, CancellationToken ct) =>
        view.FaultyAsync(reader, PreferencesForm.Read(form), form.One("version"), fault, ct);

    private static async Task<IResult> AskToMoveAsync(
        PreferencesView view, AddressChange change, Subscriber reader, string? typed, CancellationToken ct)
    {
        var say = ReaderWords.Of(reader.Language);
        if (EmailAddress.TryParse(typed, out var address) && await change.AskAsync(reader.Id, address, ct))
            return MessagePage.Show((_, _) => new MessageModel(say.MoveAskedTitle, say.MoveAskedLead, view.PathOf(reader), say.BackToPreferences), reader.Language);
        return reader.FollowsList
            ? PageResult.Private<ListMemberPage>(
                await view.MemberAsync(reader, notice: null, ct) with { NewAddress = typed, AddressFault = say.EnoughForToday }, StatusCodes.Status400BadRequest, reader.Language)
            : PageResult.Private<PreferencesPage>(
                await view.StoredAsync(reader, null, ct) with { IsSaved = true, Errors = [new InputFault("new_address", say.EnoughForToday)], NewAddress = typed },
                StatusCodes.Status400BadRequest,
                reader.Language);
    }

    private static async Task<IResult> EraseAsync(Erasure erasure, Subscriber reader, string? sure, CancellationToken ct)
    {
        if (sure != "yes" || !EmailAddress.TryParse(reader.Address, out var address))
            return Results.BadRequest();
        await erasure.EraseAsync(address, ct);
        return Erased(reader.Language);
    }

    private static async Task<IResult> DataAsync(string token, SubscriberLinkOpener links, PersonalData data, CancellationToken ct) =>
        await links.OpenAsync(token, LinkPurpose.Preferences, ct) is { } reader && EmailAddress.TryParse(reader.Address, out var address)
            ? new DataDownload(await data.ExportAsync(address, ct))
            : SignUpPages.VoidLink();

    private static string NoticeOf(OnDemandOutcome outcome) => outcome switch
    {
        OnDemandOutcome.Planned => "now",
        OnDemandOutcome.Paused => "today-paused",
        OnDemandOutcome.Barred => "today-barred",
        _ => "sent",
    };

    private static async Task<IResult> EndedAsync(Subscriber reader, SubscriberLinkOpener links, Leaving leaving, CancellationToken ct) => reader.HasLeft
        ? await LeavingPages.LeftAsync(links.Path(LinkPurpose.Unsubscribe, reader), reader, leaving, notice: null, ct)
        : MessagePage.Show((_, say) => new MessageModel(say.NotSubscribedTitle, say.NotSubscribedLead, "/#subscribe", say.SignUp), reader.Language);
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
            // A clock that was emptied is no wish for another hour.
            At = isWhole && string.IsNullOrWhiteSpace(form.One("at")) ? null : form.One("at"),
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
