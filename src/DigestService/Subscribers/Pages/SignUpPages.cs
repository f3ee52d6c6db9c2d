using System.Globalization;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Subscribers.Pages.Words;
using DigestService.Topics;
using DigestService.Topics.Starting;
using NodaTime;

namespace DigestService.Subscribers.Pages;

/// <summary>The front page, signing up and confirming.</summary>
internal static class SignUpPages
{
    private const int PapersShown = 15;

    /// <summary>Everybody who signs up sees this, whoever they are to us.</summary>
    private static IResult LookInYourInbox() => MessagePage.Show(
        (words, say) => new MessageModel(say.LookTitle, say.LookLead, "/", words.ToToday));

    /// <summary>Maps them.</summary>
    public static void MapSignUpPages(this IEndpointRouteBuilder routes)
    {
        routes.MapPage("/", FrontAsync);
        routes.MapForm("/subscribe", SubscribeAsync).RequireRateLimiting(SiteLimits.SignUp);
        routes.MapPage("/subscribe", () => Results.Redirect("/#subscribe"));
        routes.MapPage("/confirm/{token}", AskAsync);
        routes.MapForm("/confirm/{token}", ConfirmAsync);
    }

    private static async Task<IResult> FrontAsync(HttpContext http, Archive archive, TopicCatalogue catalogue, CancellationToken ct)
    {
        var signUp = new SignUpModel(await catalogue.ListAsync(ct))
        {
            Chosen = http.Request.Query["topics"].Where(slug => slug is not null).Select(slug => slug!).ToList(),
            Query = http.Request.Query["query"].ToString() is { Length: > 0 and <= WishLimits.LongestQuery } query ? query : null,
        };
        if (await archive.LatestDayAsync(ct) is not { } day)
            return PageResult.Public<FrontPage>(new FrontModel(null, [], 0, signUp));
        var papers = await archive.OfDayAsync(day, new(PapersShown), ct);
        var total = (await archive.DaysAsync(day, ct))[0].Papers;
        return PageResult.Public<FrontPage>(new FrontModel(day, papers, total, signUp));
    }

    private static async Task<IResult> SubscribeAsync(
        HttpContext http, TopicCatalogue catalogue, DigestOptions digests, Subscriptions subscriptions, StartingPapers starting, FormStamps stamps, LinkSigner signer, IClock clock, CancellationToken ct)
    {
        var form = await http.Request.ReadLongFormAsync(ct);
        // A field that people do not see is filled in by programs alone; they learn nothing from the answer.
        if (!string.IsNullOrEmpty(form.One("website")))
            return LookInYourInbox();

        var topics = await catalogue.ListAsync(ct);
        var (change, errors) = new SettingsParser(topics, digests, PageLanguage.Of(http)).Read(SettingsOf(http, form));
        if (!EmailAddress.TryParse(form.One("email"), out var address))
            errors = [new InputFault("email", ReaderWords.Of(PageLanguage.Of(http)).NotAnAddress), .. errors];
        if (await stamps.IsTooOldAsync(form.One(FormStamps.Field), ct))
            errors = [new InputFault("form", ReaderWords.Of(PageLanguage.Of(http)).FormTooOld), .. errors];
        var papers = form.One("papers") ?? "";
        if (PastedReferences.IsTooLong(papers))
            errors = [.. errors, new InputFault("papers", ReaderWords.Of(PageLanguage.Of(http)).StartTooLong(PastedReferences.LongestText))];
        if (errors.Count > 0)
            return AskAgain(topics, form, errors, StatusCodes.Status400BadRequest);

        var consent = Requester.ConsentOf(http, signer, "web", clock.GetCurrentInstant());
        if (await subscriptions.SignUpAsync(address, change with { FirstLikes = await starting.LikesOfAsync(papers, ct) }, consent, ct) is SignUpOutcome.TooMany)
        {
            SignUpBudget.AskLater(http, clock.GetCurrentInstant());
            return AskAgain(topics, form, [new InputFault("form", ReaderWords.Of(PageLanguage.Of(http)).TooManySignUps)], StatusCodes.Status429TooManyRequests);
        }

        return LookInYourInbox();
    }

    private static PageResult AskAgain(IReadOnlyList<Topic> topics, IFormCollection form, IReadOnlyList<InputFault> errors, int status) => PageResult.Private<SignUpPage>(
        new SignUpModel(topics)
        {
            Email = form.One("email"),
            Chosen = form.All("topics"),
            Query = form.One("query"),
            Papers = form.One("papers") ?? "",
            Errors = errors,
        },
        status);

    private static SettingsForm SettingsOf(HttpContext http, IFormCollection form)
    {
        // The zone is the browser's guess: one we do not know is no reason to send anybody back to the form.
        var zone = form.One("zone");
        var isSilent = form.All("topics").Count == 0 && string.IsNullOrWhiteSpace(form.One("query"));
        return new SettingsForm
        {
            Topics = isSilent ? null : form.All("topics"),
            Queries = isSilent ? null : form.All("query"),
            Zone = zone is not null && Digests.DigestSchedule.FindZone(zone) is not null ? zone : null,
            At = form.One("at"),
            Frequency = form.One("frequency"),
            WeeklyOn = form.One("weekly_on"),
            Max = form.One("max"),
            Language = form.One("language") ?? PageLanguage.Asked(http),
        };
    }

    private static async Task<IResult> AskAsync(string token, SubscriberLinkOpener links, CancellationToken ct) =>
        await links.OpenAsync(token, LinkPurpose.Confirm, ct) switch
        {
            { State: SubscriberState.Pending } reader => ButtonPage.Show(
                say => new ButtonModel(say.ConfirmTitle, say.ConfirmLead(EmailAddress.Readable(reader.Address)), $"/confirm/{token}", say.ConfirmButton), reader.Language),
            { IsConfirmed: true } reader => ButtonPage.Show(
                say => new ButtonModel(say.SubscribedTitle, say.SubscribedLead, $"/confirm/{token}", say.ToPreferences), reader.Language),
            _ => VoidLink(),
        };

    private static async Task<IResult> ConfirmAsync(
        string token, HttpContext http, SubscriberLinkOpener links, Subscriptions subscriptions, LinkSigner signer, IClock clock, CancellationToken ct)
    {
        if (await links.OpenAsync(token, LinkPurpose.Confirm, ct) is not { } reader)
            return VoidLink();
        var evidence = new ConfirmationEvidence
        {
            ConfirmedAt = clock.GetCurrentInstant(),
            ConfirmedBy = "link",
            ConfirmedFrom = Requester.Hash(http, signer),
        };
        if (await subscriptions.ConfirmAsync(reader.Id, reader.LinkVersion, evidence, ct) is ConfirmOutcome.Void)
            return VoidLink();
        // Who named papers sees what fits them; a list has its topics from whoever leads it.
        var starts = reader is { FirstLikes.Length: > 0, FollowsList: false };
        return new SeeOther($"{links.Path(LinkPurpose.Preferences, reader)}{(starts ? "/start" : "")}?done=confirmed");
    }

    /// <summary>One page for every link that does not work, so that nobody learns why; it offers to mail a fresh one.</summary>
    public static IResult VoidLink() => PageResult.Private<VoidLinkPage>(null, StatusCodes.Status404NotFound);
}
