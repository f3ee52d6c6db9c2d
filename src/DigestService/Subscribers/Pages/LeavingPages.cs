using DigestService.Mail;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Subscribers.Pages.Words;

namespace DigestService.Subscribers.Pages;

/// <summary>
/// The way out. The POST is RFC 8058's one-click: mail programs send it without a cookie, follow no redirect, and may
/// send it more than once; it is answered with 200 each time. A link of any mail ever sent works, however old. The page that
/// follows lets a reader take it back, say why, and have their data or be erased.
/// </summary>
internal static class LeavingPages
{
    /// <summary>Maps it.</summary>
    public static void MapLeavingPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPage("/unsubscribe/{token}", AskAsync);
        routes.MapForm("/unsubscribe/{token}", ActAsync).DisableRateLimiting();
    }

    /// <summary>The page of a reader who has left, with what they may still do.</summary>
    public static async Task<IResult> LeftAsync(string path, Subscriber? reader, Leaving leaving, Func<ReaderWords, string>? notice, CancellationToken ct)
    {
        var model = await ModelOfAsync(path, reader, leaving, ct);
        return PageResult.Private<LeftPage>(model with { Notice = notice?.Invoke(ReaderWords.Of(reader?.Language ?? PageLanguage.All[0])) }, language: reader?.Language);
    }

    private static async Task<LeftModel> ModelOfAsync(string path, Subscriber? reader, Leaving leaving, CancellationToken ct)
    {
        var bar = reader is null ? null : await leaving.BarAsync(reader, ct);
        return new(path, reader is not null && bar is null && leaving.MayUndo(reader), reader is { HasLeft: true }) { Bar = bar };
    }

    // The page leads nowhere else: mail programs and forwarded mails pass this link on, and it must open no settings.
    private static async Task<IResult> AskAsync(string token, SubscriberLinkOpener links, Leaving leaving, CancellationToken ct) =>
        await links.OpenLeavingAsync(token, ct) switch
        {
            (false, _) => SignUpPages.VoidLink(),
            (_, null or { HasLeft: true }) => await LeftAsync(PathOf(token), await links.OpenAsync(token, LinkPurpose.Unsubscribe, ct), leaving, notice: null, ct),
            (_, { } reader) => ButtonPage.Show(
                say => new ButtonModel(say.LeaveTitle, say.LeaveLead(EmailAddress.Readable(reader.Address)), PathOf(token), say.LeaveButton), reader.Language),
        };

    private static async Task<IResult> ActAsync(
        string token, HttpContext http, SubscriberLinkOpener links, Subscriptions subscriptions, Leaving leaving, PersonalData data, Erasure erasure, CancellationToken ct)
    {
        IFormCollection form;
        try
        {
            form = await http.Request.ReadBoundedFormAsync(ct);
        }
        catch (BadHttpRequestException)
        {
            // Some mail programs write their click in a form that cannot be read, or name a character set that is none: it is a click all the same,
            // each time. What is written as our page writes it may be what somebody who has left asks for afterwards.
            if (http.Request.ContentType is "application/x-www-form-urlencoded" && await links.OpenLeavingAsync(token, ct) is not (true, { HasLeft: false }))
                throw;
            return await LeaveAsync(token, isOneClick: true, links, subscriptions, leaving, ct);
        }

        return form.One("action") is { } action
            ? await AfterwardsAsync(action, form, token, links, leaving, data, erasure, ct)
            : await LeaveAsync(token, form.One("List-Unsubscribe") is not null, links, subscriptions, leaving, ct);
    }

    // A mail program's one click (RFC 8058) is not answered by another mail.
    private static async Task<IResult> LeaveAsync(
        string token, bool isOneClick, SubscriberLinkOpener links, Subscriptions subscriptions, Leaving leaving, CancellationToken ct)
    {
        var (isGenuine, reader) = await links.OpenLeavingAsync(token, ct);
        if (!isGenuine)
            return SignUpPages.VoidLink();
        if (reader is not null)
            await subscriptions.UnsubscribeAsync(reader.Id, saysGoodbye: !isOneClick, ct);
        return await LeftAsync(PathOf(token), await links.OpenAsync(token, LinkPurpose.Unsubscribe, ct), leaving, notice: null, ct);
    }

    // Leaving works by every link ever sent; what is asked for afterwards works only by one that was not voided, and only
    // while the reader is gone. A button pressed twice is told what the first press did.
    private static async Task<IResult> AfterwardsAsync(
        string action, IFormCollection form, string token, SubscriberLinkOpener links, Leaving leaving, PersonalData data, Erasure erasure, CancellationToken ct)
    {
        var reader = await links.OpenAsync(token, LinkPurpose.Unsubscribe, ct);
        if (reader is { IsConfirmed: true } && action is "undo")
            return Back(reader);
        if (reader is not { HasLeft: true } || !EmailAddress.TryParse(reader.Address, out var address))
            return await links.IsOfErasedAsync(token, LinkPurpose.Unsubscribe, ct) ? PreferencesPages.Erased(language: null) : SignUpPages.VoidLink();
        switch (action)
        {
            case "undo" when await leaving.UndoAsync(reader.Id, ct):
                return Back(reader);
            case "undo":
                // The page itself says that the address is barred.
                return await LeftAsync(PathOf(token), reader, leaving, await leaving.BarAsync(reader, ct) is null ? say => say.TooLate : null, ct);
            case "reason" when FaultOf(form.One("reason"), reader.Language) is { } fault:
                return PageResult.Private<LeftPage>(
                    await ModelOfAsync(PathOf(token), reader, leaving, ct) with { Reason = form.One("reason"), Fault = fault }, StatusCodes.Status400BadRequest, reader.Language);
            case "reason":
                await leaving.GiveReasonAsync(reader.Id, form.One("reason") ?? "", ct);
                return await LeftAsync(PathOf(token), reader, leaving, say => say.ThanksForReason, ct);
            case "download":
                return new DataDownload(await data.ExportAsync(address, ct));
            case "erase" when form.One("sure") is "yes":
                await erasure.EraseAsync(address, ct);
                return PreferencesPages.Erased(reader.Language);
            default:
                return Results.BadRequest();
        }
    }

    private static IResult Back(Subscriber reader) =>
        MessagePage.Show((words, say) => new MessageModel(say.BackTitle, say.BackLead, "/", words.ToToday), reader.Language);

    private static string? FaultOf(string? reason, string language) => TypedText.LengthOf(reason?.Trim() ?? "") switch
    {
        0 => ReaderWords.Of(language).ReasonEmpty,
        > Leaving.LongestReason => ReaderWords.Of(language).ReasonTooLong(Leaving.LongestReason),
        _ => null,
    };

    private static string PathOf(string token) => $"/unsubscribe/{token}";
}
