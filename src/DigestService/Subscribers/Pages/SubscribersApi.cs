using System.Globalization;
using DigestService.Mail;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Topics;
using Microsoft.AspNetCore.Http.HttpResults;
using NodaTime;

namespace DigestService.Subscribers.Pages;

/// <summary>Settings as the API takes them; what is left out stays as it is.</summary>
public record ApiSettings
{
    /// <summary>Slugs of topics; with <see cref="Queries"/>, the whole list of what the reader wants.</summary>
    public IReadOnlyList<string>? Topics { get; init; }

    /// <summary>Slugs among them that count double.</summary>
    public IReadOnlyList<string>? More { get; init; }

    /// <summary>Slugs of topics to leave out.</summary>
    public IReadOnlyList<string>? MutedTopics { get; init; }

    /// <summary>Queries of the reader's own.</summary>
    public IReadOnlyList<string>? Queries { get; init; }

    /// <summary>Words whose papers are left out.</summary>
    public IReadOnlyList<string>? MutedWords { get; init; }

    /// <summary>IANA time zone.</summary>
    public string? Zone { get; init; }

    /// <summary>Local hour, <c>07:00</c>.</summary>
    public string? At { get; init; }

    /// <summary><c>daily</c>, <c>weekdays</c> or <c>weekly</c>.</summary>
    public string? Frequency { get; init; }

    /// <summary>The day of a weekly digest: Monday is 1.</summary>
    public int? WeeklyOn { get; init; }

    /// <summary>The most papers in a digest.</summary>
    public int? Max { get; init; }

    /// <summary>Language of mails: en, de, fr, es or zh.</summary>
    public string? Language { get; init; }

    /// <summary>Places kept for what is big outside the topics.</summary>
    public int? OutsideTopics { get; init; }

    /// <summary><c>skip</c>, <c>trending</c> or <c>note</c>.</summary>
    public string? EmptyDay { get; init; }

    internal SettingsForm ToForm() => new()
    {
        Topics = Topics ?? (Queries is null ? null : []),
        More = More ?? [],
        MutedTopics = MutedTopics ?? [],
        Queries = Queries,
        MutedWords = MutedWords is null ? null : string.Join('\n', MutedWords),
        Zone = Zone,
        At = At,
        Frequency = Frequency,
        WeeklyOn = WeeklyOn?.ToString(CultureInfo.InvariantCulture),
        Max = Max?.ToString(CultureInfo.InvariantCulture),
        Language = Language,
        OutsideTopics = OutsideTopics?.ToString(CultureInfo.InvariantCulture),
        EmptyDay = EmptyDay,
    };
}

/// <summary>A sign-up.</summary>
public sealed record ApiSignUp : ApiSettings
{
    /// <summary>The reader's address.</summary>
    public required string Email { get; init; }
}

/// <summary>The same words for everybody who signs up.</summary>
public sealed record ApiMessage(string Message);

/// <summary>A reader's settings and what comes next.</summary>
public sealed record ApiPreferences : ApiSettings
{
    /// <summary>The reader's address.</summary>
    public required string Email { get; init; }

    /// <summary><c>active</c> or <c>paused</c>.</summary>
    public required string State { get; init; }

    /// <summary>When the next digest is due.</summary>
    public Instant? NextDueAt { get; init; }

    /// <summary>The day on which a pause ends.</summary>
    public LocalDate? PausedUntil { get; init; }
}

/// <summary>Signing up, preferences, feedback and leaving for programs; a reader's link is their key, as on the pages.</summary>
internal static class SubscribersApi
{
    /// <summary>Maps them.</summary>
    public static void MapSubscribersApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapApi().WithTags("Readers");
        api.MapPost("/subscribe", SubscribeAsync).RequireRateLimiting(SiteLimits.SignUp)
            .WithSummary("Signs an address up; a mail asks it to confirm. The answer is the same whoever it is.");
        api.MapGet("/preferences/{token}", ShowAsync).WithSummary("A reader's settings.");
        api.MapPut("/preferences/{token}", SaveAsync).WithSummary("Changes a reader's settings; what is left out stays.");
        api.MapPost("/unsubscribe/{token}", LeaveAsync).WithSummary("Ends a subscription, at once. Repeatable.");
        api.MapPost("/feedback/{token}/{kind}", GiveAsync).WithSummary("Records like, less or save for the paper of the link.");
    }

    private static async Task<Results<Accepted<ApiMessage>, ValidationProblem>> SubscribeAsync(
        ApiSignUp signUp, HttpContext http, TopicCatalogue catalogue, Subscriptions subscriptions, LinkSigner signer, IClock clock, CancellationToken ct)
    {
        var (change, errors) = new SettingsParser(await catalogue.ListAsync(ct)).Read(signUp.ToForm());
        if (!EmailAddress.TryParse(signUp.Email, out var address))
            errors = [new FormError("email", "This is not an email address we can write to."), .. errors];
        if (errors.Count > 0)
            return Invalid(errors);
        var consent = new Consent
        {
            How = "api",
            RequestedAt = clock.GetCurrentInstant(),
            TextVersion = Consent.CurrentText,
            RequestedFrom = Requester.Hash(http, signer),
            UserAgent = Requester.UserAgent(http),
        };
        await subscriptions.SignUpAsync(address, change, consent, ct);
        return TypedResults.Accepted((string?)null, new ApiMessage("If the address can be subscribed, a mail is on its way to it."));
    }

    private static async Task<Results<Ok<ApiPreferences>, NotFound>> ShowAsync(
        string token, HttpContext http, SubscriberLinkOpener links, PreferencesView view, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        return await links.OpenAsync(token, LinkPurpose.Preferences, ct) is { IsConfirmed: true } reader
            ? TypedResults.Ok(Describe(reader, await view.FormOfAsync(reader, ct)))
            : TypedResults.NotFound();
    }

    private static async Task<Results<Ok<ApiPreferences>, NotFound, ValidationProblem>> SaveAsync(
        string token, ApiSettings settings, HttpContext http, SubscriberLinkOpener links, PreferencesView view, Subscriptions subscriptions, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (await links.OpenAsync(token, LinkPurpose.Preferences, ct) is not { IsConfirmed: true } reader)
            return TypedResults.NotFound();
        var (change, errors) = await view.CheckAsync(settings.ToForm(), ct);
        if (errors.Count > 0)
            return Invalid(errors);
        var changed = await subscriptions.ChangeAsync(reader.Id, change, ct) ?? reader;
        return TypedResults.Ok(Describe(changed, await view.FormOfAsync(changed, ct)));
    }

    private static async Task<Results<NoContent, NotFound>> LeaveAsync(
        string token, SubscriberLinkOpener links, Subscriptions subscriptions, CancellationToken ct)
    {
        var (isGenuine, reader) = await links.OpenLeavingAsync(token, ct);
        if (!isGenuine)
            return TypedResults.NotFound();
        if (reader is not null)
            await subscriptions.UnsubscribeAsync(reader.Id, ct);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, NotFound>> GiveAsync(
        string token, string kind, SubscriberLinkOpener links, Archive archive, Feedback feedback, CancellationToken ct)
    {
        if (!Feedback.Kinds.Contains(kind, StringComparer.Ordinal)
            || await links.OpenCarryingAsync(token, LinkPurpose.Feedback, ct) is not { } opened
            || await archive.PaperAsync(opened.Extra, ct) is not { } paper)
            return TypedResults.NotFound();
        await feedback.GiveAsync(opened.Reader.Id, paper.Id, kind, "api", ct);
        return TypedResults.NoContent();
    }

    private static ApiPreferences Describe(Subscriber reader, SettingsForm form) => new()
    {
        Email = reader.Address,
        State = reader.State.ToString().ToLowerInvariant(),
        NextDueAt = reader.NextDueAt,
        PausedUntil = reader.PausedUntil,
        Topics = form.Topics,
        More = form.More,
        MutedTopics = form.MutedTopics,
        Queries = form.Queries,
        MutedWords = reader.MutedWords,
        Zone = form.Zone,
        At = form.At,
        Frequency = form.Frequency,
        WeeklyOn = reader.WeeklyOn,
        Max = reader.MaxItems,
        Language = form.Language,
        OutsideTopics = reader.OutsideTopics,
        EmptyDay = form.EmptyDay,
    };

    private static ValidationProblem Invalid(IReadOnlyList<FormError> errors) => TypedResults.ValidationProblem(
        errors.GroupBy(error => error.Field, StringComparer.Ordinal)
            .ToDictionary(field => field.Key, field => field.Select(error => error.Sentence).ToArray(), StringComparer.Ordinal));
}
