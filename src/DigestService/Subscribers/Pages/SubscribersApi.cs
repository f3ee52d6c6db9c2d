using System.Globalization;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Subscribers.Pages.Words;
using DigestService.Topics;
using DigestService.Topics.Starting;
using Microsoft.AspNetCore.Http.HttpResults;
using NodaTime;

namespace DigestService.Subscribers.Pages;

/// <summary>Signing up, preferences, feedback and leaving for programs; a reader's link is their key, as on the pages.</summary>
internal static class SubscribersApi
{
    /// <summary>Maps them.</summary>
    public static void MapSubscribersApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapApi("Readers");
        api.MapPost("/subscribe", SubscribeAsync).RequireRateLimiting(SiteLimits.SignUp).Accepts<ApiSignUp>("application/json")
            .WithSummary("Signs an address up; a mail asks it to confirm. The answer is the same whoever it is.");
        api.MapGet("/preferences/{token}", ShowAsync).WithSummary("A reader's settings.");
        api.MapPut("/preferences/{token}", SaveAsync).Accepts<ApiPreferencesUpdate>("application/json")
            .WithSummary("Changes a reader's settings; what is left out stays, what is null goes back to its default.").ProducesProblem(StatusCodes.Status409Conflict);
        api.MapPost("/preferences/{token}/start", StartAsync).RequireRateLimiting(SiteLimits.Search).Accepts<ApiStart>("application/json")
            .WithSummary("Proposes topics, queries and authors from papers that are named; takes them, and likes the papers, where that is asked for.");
        api.MapPost("/unsubscribe/{token}", LeaveAsync).DisableRateLimiting().WithSummary("Ends a subscription, at once. Repeatable.");
        api.MapPost("/feedback/{token}/{kind}", (string token, string kind, SubscriberLinkOpener links, Archive archive, Feedback feedback, CancellationToken ct) =>
            GiveAsync(token, null, kind, links, archive, feedback, ct)).WithSummary("Records like, less or save for the paper of the link.");
        api.MapPost("/f/{token}/{paper:long}/{kind}", GiveAsync).WithSummary("Records like, less or save for the paper of the short link.");
    }

    private static async Task<Results<Accepted<ApiMessage>, ValidationProblem, ProblemHttpResult>> SubscribeAsync(
        HttpContext http, TopicCatalogue catalogue, DigestOptions digests, Subscriptions subscriptions, StartingPapers starting, LinkSigner signer, IClock clock, CancellationToken ct)
    {
        var body = await JsonBody.ReadAsync<ApiSignUp>(http.Request, ct);
        if (body.Value is not { } signUp)
            return Invalid(body.Faults);
        if (!EmailAddress.TryParse(signUp.Email, out var address))
            return Invalid([new InputFault("email", "This is not an email address we can write to.")]);
        var (change, errors) = new SettingsParser(await catalogue.ListAsync(ct), digests).Read(signUp.ToForm(body.Nulls));
        if (PastedReferences.IsTooLong(signUp.Papers ?? ""))
            errors = [.. errors, TooLong()];
        if (errors.Count > 0)
            return Invalid(errors);
        var consent = Requester.ConsentOf(http, signer, "api", clock.GetCurrentInstant());
        if (await subscriptions.SignUpAsync(address, change with { FirstLikes = await starting.LikesOfAsync(signUp.Papers ?? "", ct) }, consent, ct) is SignUpOutcome.TooMany)
        {
            SignUpBudget.AskLater(http, clock.GetCurrentInstant());
            return TypedResults.Problem(ReaderWords.Of(PageLanguage.All[0]).TooManySignUps, statusCode: StatusCodes.Status429TooManyRequests);
        }

        return TypedResults.Accepted((string?)null, new ApiMessage("If the address can be subscribed, a mail is on its way to it."));
    }

    private static async Task<Results<Ok<ApiPreferences>, NotFound>> ShowAsync(
        string token, HttpContext http, SubscriberLinkOpener links, SettingsEditor editor, Leaving leaving, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        return await links.OpenAsync(token, LinkPurpose.Preferences, ct) is { IsConfirmed: true } reader
            ? TypedResults.Ok(await DescribeAsync(reader, editor, leaving, ct))
            : TypedResults.NotFound();
    }

    private static async Task<Results<Ok<ApiPreferences>, NotFound, ValidationProblem, ProblemHttpResult>> SaveAsync(
        string token, HttpContext http, SubscriberLinkOpener links, SettingsEditor editor, Leaving leaving, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (await links.OpenAsync(token, LinkPurpose.Preferences, ct) is not { IsConfirmed: true } reader)
            return TypedResults.NotFound();
        var body = await JsonBody.ReadAsync<ApiPreferencesUpdate>(http.Request, ct);
        if (body.Value is not { } update)
            return Invalid(body.Faults);
        if (Fixed(update, reader) is { Count: > 0 } faults)
            return Invalid(faults);
        var saved = await editor.SaveAsync(reader.Id, update.ToForm(body.Nulls), SettingsVersion.TryParse(update.Version), ct);
        if (saved.Errors.Count > 0)
            return Invalid(saved.Errors);
        if (saved.ChangedElsewhere.Count > 0)
            return TypedResults.Problem(
                $"Saved elsewhere since that version: {string.Join(", ", saved.ChangedElsewhere.Select(ApiName))}. Read the settings again and send what is to change.",
                statusCode: StatusCodes.Status409Conflict);
        return saved.Reader is { } changed ? TypedResults.Ok(await DescribeAsync(changed, editor, leaving, ct)) : TypedResults.NotFound();
    }

    private static async Task<Results<Ok<ApiProposal>, NotFound, ValidationProblem>> StartAsync(
        string token, HttpContext http, SubscriberLinkOpener links, StartingPoint starting, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (await links.OpenAsync(token, LinkPurpose.Preferences, ct) is not { IsConfirmed: true } reader)
            return TypedResults.NotFound();
        var body = await JsonBody.ReadAsync<ApiStart>(http.Request, ct);
        if (body.Value is not { } start)
            return Invalid(body.Faults);
        if (string.IsNullOrWhiteSpace(start.Papers))
            return Invalid([new InputFault("papers", "Name at least one paper or author.")]);
        if (PastedReferences.IsTooLong(start.Papers))
            return Invalid([TooLong()]);
        var found = await starting.ProposeAsync(reader, start.Papers, ct);
        var proposal = new ApiProposal
        {
            Papers = found.Papers,
            Missing = found.Missing,
            IsCut = found.IsCut,
            Topics = found.Topics.Select(topic => topic.Topic.Slug).ToList(),
            Queries = found.Queries.Select(query => query.Text).ToList(),
            Authors = found.Authors.Select(author => author.Name).ToList(),
            IsTaken = start.Take == true,
        };
        if (!proposal.IsTaken)
            return TypedResults.Ok(proposal);
        var errors = await starting.TakeAsync(
            reader, new TakenProposal(proposal.Topics, proposal.Queries, proposal.Authors, found.Papers.Select(paper => paper.Id).ToList()), "api", ct);
        return errors.Count > 0 ? Invalid(errors) : TypedResults.Ok(proposal);
    }

    private static InputFault TooLong() =>
        new("papers", string.Create(CultureInfo.InvariantCulture, $"This is too long: at most {PastedReferences.LongestText:N0} characters are read."));

    /// <summary>What is sent back as <c>GET</c> gave it is no change; anything else in these fields would be lost without a word.</summary>
    private static List<InputFault> Fixed(ApiPreferencesUpdate update, Subscriber reader)
    {
        var faults = new List<InputFault>();
        if (update.Version is not null && SettingsVersion.TryParse(update.Version) is null)
            faults.Add(new InputFault("version", "This is no version that this service gave."));
        if (update.Email is not null && update.Email != reader.Address)
            faults.Add(new InputFault("email", "The address cannot be changed; sign up with the new one."));
        if (update.State is not null && update.State != StateOf(reader))
            faults.Add(new InputFault("state", "The state cannot be changed here."));
        if (update.PausedUntil is not null && update.PausedUntil != reader.PausedUntil)
            faults.Add(new InputFault("paused_until", "A pause cannot be changed here; the preferences page does it."));
        if (update.List is not null && update.List != reader.ListName)
            faults.Add(new InputFault("list", "The list cannot be changed here; the operator adds addresses to one."));
        if (update.LeadsList is not null && update.LeadsList != (reader.ListId is null ? null : reader.LeadsList))
            faults.Add(new InputFault("leads_list", "Who leads a list cannot be changed here."));
        return faults;
    }

    private static async Task<Results<NoContent, NotFound>> LeaveAsync(
        string token, SubscriberLinkOpener links, Subscriptions subscriptions, CancellationToken ct)
    {
        var (isGenuine, reader) = await links.OpenLeavingAsync(token, ct);
        if (!isGenuine)
            return TypedResults.NotFound();
        if (reader is not null)
            await subscriptions.UnsubscribeAsync(reader.Id, saysGoodbye: false, ct);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, NotFound>> GiveAsync(
        string token, long? paper, string kind, SubscriberLinkOpener links, Archive archive, Feedback feedback, CancellationToken ct)
    {
        if (!Feedback.Kinds.Contains(kind, StringComparer.Ordinal)
            || await links.OpenFeedbackAsync(token, paper, ct) is not { } opened
            || await archive.PaperAsync(opened.PaperId, ct) is not { } found)
            return TypedResults.NotFound();
        await feedback.GiveAsync(opened.Reader.Id, found.Id, kind, "api", ct);
        return TypedResults.NoContent();
    }

    private static async Task<ApiPreferences> DescribeAsync(Subscriber reader, SettingsEditor editor, Leaving leaving, CancellationToken ct) =>
        Describe(reader, await editor.ReadAsync(reader, ct), isBarred: await leaving.BarAsync(reader, ct) is not null);

    private static ApiPreferences Describe(Subscriber reader, StoredSettings stored, bool isBarred) => new()
    {
        Email = reader.Address,
        State = StateOf(reader),
        NextDueAt = isBarred ? null : reader.NextDueAt,
        PausedUntil = reader.State is SubscriberState.Paused ? reader.PausedUntil : null,
        List = reader.ListName,
        LeadsList = reader.ListId is null ? null : reader.LeadsList,
        Version = stored.Version.ToString(),
        Topics = stored.Form.Topics,
        More = stored.Form.More,
        MutedTopics = stored.Form.MutedTopics,
        Queries = stored.Form.Queries,
        MutedWords = reader.MutedWords,
        InShort = reader.PrefersInShort,
        Zone = stored.Form.Zone,
        At = stored.Form.At,
        Frequency = stored.Form.Frequency,
        WeeklyOn = reader.WeeklyOn,
        Max = reader.MaxItems,
        Language = stored.Form.Language,
        OutsideTopics = reader.OutsideTopics,
        EmptyDay = stored.Form.EmptyDay,
    };

    private static string StateOf(Subscriber reader) => reader.State.ToString().ToLowerInvariant();

    private static string ApiName(string field) => field is "query" ? "queries" : field;

    private static ValidationProblem Invalid(IReadOnlyList<InputFault> errors) => WrongRequest.In(errors.Select(error => (ApiName(error.Field), error.Sentence)));
}
