using System.ComponentModel.DataAnnotations;
using System.Globalization;
using DigestService.Admin.Keys;
using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Suppressions;
using Microsoft.AspNetCore.Http.HttpResults;
using NodaTime;

namespace DigestService.Admin.Api;

/// <summary>How the service does its work, as <c>/readyz</c> and <c>outbox status</c> tell it.</summary>
public sealed record ApiServiceState
{
    /// <summary>Whether the service does its work, as <c>/readyz</c> answers.</summary>
    public required bool Ready { get; init; }

    /// <summary>What is wrong or to be known, such as that sending is held, in sentences.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>Why all sending is held; null while it is not.</summary>
    public string? HeldBecause { get; init; }

    /// <summary>Mails by state; null for one that could not be counted in time.</summary>
    public required IReadOnlyDictionary<string, long?> Outbox { get; init; }
}

/// <summary>Why all sending is to be held.</summary>
public sealed record ApiHoldRequest
{
    /// <summary>For whoever looks later; may be left out.</summary>
    public string? Reason { get; init; }
}

/// <summary>Why all sending is held; null while it is not.</summary>
public sealed record ApiHold(string? HeldBecause);

/// <summary>Mails of the outbox, the latest first, and where the next page begins; null after the last.</summary>
public sealed record ApiMails(IReadOnlyList<ApiMail> Mails, long? NextBefore);

/// <summary>A mail of the outbox.</summary>
public sealed record ApiMail
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>What it is: <c>digest</c>, <c>confirmation</c> and so on.</summary>
    public required string Kind { get; init; }

    /// <summary>To whom it goes.</summary>
    public required string Recipient { get; init; }

    /// <summary>Its reader's number.</summary>
    public long? Reader { get; init; }

    /// <summary>The day of a digest.</summary>
    public LocalDate? DigestOn { get; init; }

    /// <summary><c>queued</c>, <c>claimed</c>, <c>sending</c>, <c>sent</c>, <c>deferred</c>, <c>failed</c>, <c>unknown</c> or <c>suppressed</c>.</summary>
    public required string State { get; init; }

    /// <summary>Held by the operator.</summary>
    public required bool IsHeld { get; init; }

    /// <summary>How often it was tried.</summary>
    public required int Attempts { get; init; }

    /// <summary>When it is tried next.</summary>
    public Instant? NextAttemptAt { get; init; }

    /// <summary>The last words of the relay.</summary>
    public string? Reply { get; init; }

    /// <summary>When it was written.</summary>
    public required Instant CreatedAt { get; init; }

    /// <summary>When it was sent, given up or stopped.</summary>
    public Instant? FinishedAt { get; init; }

    internal static ApiMail Of(FoundDelivery mail) => new()
    {
        Id = mail.Id,
        Kind = mail.Kind,
        Recipient = mail.Recipient,
        Reader = mail.SubscriberId,
        DigestOn = mail.DigestOn,
        State = mail.State,
        IsHeld = mail.IsHeld,
        Attempts = mail.Attempts,
        NextAttemptAt = mail.NextAttemptAt,
        Reply = mail.Reply,
        CreatedAt = mail.CreatedAt,
        FinishedAt = mail.FinishedAt,
    };
}

/// <summary>Addresses that must not be mailed, the newest first, and where the next page begins; null after the last.</summary>
public sealed record ApiSuppressions(IReadOnlyList<ApiSuppression> Suppressions, string? NextOlderThan);

/// <summary>An address that must not be mailed; it is known only where a reader has it.</summary>
public sealed record ApiSuppression(string? Address, string Hash, string Reason, string? Detail, Instant Since);

/// <summary>An address to bar or to lift.</summary>
public sealed record ApiSuppressionChange
{
    /// <summary>The address, or its hash as the list shows it.</summary>
    public string? Address { get; init; }

    /// <summary>For lifting one who unsubscribed or was erased: <c>unsubscribed</c> or <c>erased</c>.</summary>
    public string? Reason { get; init; }
}

/// <summary>How many entries a change reached.</summary>
public sealed record ApiChanged(int Changed);

/// <summary>What the operator's pages do, for programs with a key that may operate.</summary>
internal static class OperatorApi
{
    private const int MostMails = 200;
    private const int MostSuppressions = 200;
    private const int ListedUnlessAsked = 50;
    private static readonly TimeSpan PatienceWithCounts = TimeSpan.FromSeconds(3);

    /// <summary>Maps it.</summary>
    public static void MapOperatorApi(this IEndpointRouteBuilder routes)
    {
        var api = new ApiRoutes(routes.MapGroup(ApiKeyGate.OperatorPath).WithTags("Operator"));
        api.MapGet("/state", StateAsync).WithSummary("How the service does its work, and the outbox by state.");
        api.MapPost("/hold", HoldAsync).Accepts<ApiHoldRequest>("application/json").WithSummary("Stops all sending, in every process, until it is released.");
        api.MapPost("/release", ReleaseAsync).WithSummary("Lets sending go on after a hold.");
        api.MapGet("/outbox", MailsAsync).WithSummary("Mails by state, day, domain and words of the reply, the latest first.");
        foreach (var action in Enum.GetValues<OutboxAction>())
        {
            api.MapPost("/outbox/{id:long}/" + OutboxPages.NameOf(action), (long id, OutboxActions actions, OutboxSearch search, CancellationToken ct) => ActAsync(action, id, actions, search, ct))
                .WithSummary(SummaryOf(action)).ProducesProblem(StatusCodes.Status409Conflict);
        }

        api.MapGet("/suppressions", SuppressionsAsync).WithSummary("Whom the service must not mail, the newest first.");
        api.MapPost("/suppressions", BarAsync).Accepts<ApiSuppressionChange>("application/json").WithSummary("Bars an address from all mail.");
        api.MapPost("/suppressions/lift", LiftAsync).Accepts<ApiSuppressionChange>("application/json").WithSummary("Lets an address be mailed again, and forgets its bounces.");
        api.MapOperatorPapers();
        api.MapOperatorTopics();
        api.MapOperatorReaders();
    }

    private static async Task<Ok<ApiServiceState>> StateAsync(ServiceHealth health, Database database, CancellationToken ct)
    {
        var state = await health.ReadSoonAsync(ct);
        var outbox = await OutboxStatus.ReadCountsAsync(database, PatienceWithCounts, ct);
        return TypedResults.Ok(new ApiServiceState
        {
            Ready = state.IsReady,
            Reasons = [.. state.Faults.Select(fault => fault.Sentence)],
            HeldBecause = state.Hold?.Reason,
            Outbox = new Dictionary<string, long?>(StringComparer.Ordinal)
            {
                ["queued"] = outbox.Queued, ["sending"] = outbox.Sending, ["sent"] = outbox.Sent, ["deferred"] = outbox.Deferred,
                ["failed"] = outbox.Failed, ["unknown"] = outbox.Unknown, ["suppressed"] = outbox.Suppressed,
            },
        });
    }

    private static async Task<Results<Ok<ApiHold>, ValidationProblem>> HoldAsync(HttpContext http, SendingHold hold, CancellationToken ct)
    {
        var reason = SendingHold.OperatorsReason;
        if (JsonBody.IsSent(http.Request))
        {
            var body = await JsonBody.ReadAsync<ApiHoldRequest>(http.Request, ct);
            if (body.Value is not { } asked)
                return Wrong(body.Faults);
            reason = string.IsNullOrWhiteSpace(asked.Reason) ? reason : asked.Reason.Trim();
            if (reason.Length > SendingHold.LongestReason)
                return Wrong("reason", $"It has {SendingHold.LongestReason} characters at most.");
        }

        await hold.HoldAsync(reason, ct);
        return TypedResults.Ok(new ApiHold(await hold.WhyHeldAsync(ct)));
    }

    private static async Task<Ok<ApiHold>> ReleaseAsync(SendingHold hold, CancellationToken ct)
    {
        await hold.ReleaseAsync(ct);
        return TypedResults.Ok(new ApiHold(await hold.WhyHeldAsync(ct)));
    }

    private static async Task<Results<Ok<ApiMails>, ValidationProblem>> MailsAsync(
        string? state, string? day, string? domain, string? reply, long? before, [Range(1, int.MaxValue)] int? limit, OutboxSearch search, CancellationToken ct)
    {
        var filter = OutboxFilter.Of(field => field switch { "state" => state, "day" => day, "domain" => domain, _ => reply });
        if (!string.IsNullOrEmpty(state) && filter.State != state)
            return Wrong("state", $"There is no such state; there are {string.Join(", ", OutboxFilter.States)}.");
        if (!string.IsNullOrEmpty(day) && filter.Day is null)
            return Wrong("day", "A day is written as 2026-02-27.");
        if (ListLimit.FaultOf(limit) is { } fault)
            return Wrong("limit", fault);
        var count = Math.Min(limit ?? ListedUnlessAsked, MostMails);
        var found = await search.FindAsync(filter, before, count + 1, ct);
        return TypedResults.Ok(new ApiMails([.. found.Take(count).Select(ApiMail.Of)], found.Count > count ? found[count - 1].Id : null));
    }

    private static async Task<Results<Ok<ApiMail>, NotFound, ProblemHttpResult>> ActAsync(
        OutboxAction action, long id, OutboxActions actions, OutboxSearch search, CancellationToken ct)
    {
        var done = await actions.DoAsync(action, [id], ct);
        if (await search.FindAsync(id, ct) is not { } mail)
            return TypedResults.NotFound();
        return done == 0
            ? TypedResults.Problem(OutboxActions.Sentence(action, done, 1), statusCode: StatusCodes.Status409Conflict)
            : TypedResults.Ok(ApiMail.Of(mail));
    }

    private static async Task<Results<Ok<ApiSuppressions>, ValidationProblem>> SuppressionsAsync(
        string? older_than, [Range(1, int.MaxValue)] int? limit, OperatorSuppressions suppressions, CancellationToken ct)
    {
        var age = SuppressionAge.Parse(older_than ?? "");
        if (older_than is not null && age is null)
            return Wrong("older_than", "This is no place that an answer named.");
        if (ListLimit.FaultOf(limit) is { } fault)
            return Wrong("limit", fault);
        var count = Math.Min(limit ?? ListedUnlessAsked, MostSuppressions);
        var page = await suppressions.PageAsync(age, count + 1, ct);
        return TypedResults.Ok(new ApiSuppressions(
            [.. page.Take(count).Select(entry => new ApiSuppression(entry.Address, entry.Hash, entry.Reason, entry.Detail, entry.Since))],
            page.Count > count ? SuppressionAge.Of(page[count - 1]).ToString() : null));
    }

    private static async Task<Results<Ok<ApiChanged>, ValidationProblem>> BarAsync(HttpContext http, OperatorSuppressions suppressions, CancellationToken ct) =>
        await ReadChangeAsync(http, suppressions, ct) switch
        {
            ({ } hash, { Reason: null }, _) => TypedResults.Ok(new ApiChanged(await suppressions.AddAsync([hash], "operator", ct))),
            ({ }, _, _) => Wrong("reason", "What is barred here is barred by the operator: leave this out."),
            (_, _, var fault) => fault ?? Wrong("address", "This is neither an address nor a hash of the list."),
        };

    private static async Task<Results<Ok<ApiChanged>, ValidationProblem>> LiftAsync(HttpContext http, OperatorSuppressions suppressions, CancellationToken ct) =>
        await ReadChangeAsync(http, suppressions, ct) switch
        {
            ({ } hash, { } change, _) => TypedResults.Ok(new ApiChanged(await suppressions.LiftAsync(new SuppressionFilter([hash], change.Reason, null), ct))),
            (_, _, var fault) => fault ?? Wrong("address", "This is neither an address nor a hash of the list."),
        };

    private static async Task<(byte[]? Hash, ApiSuppressionChange? Change, ValidationProblem? Fault)> ReadChangeAsync(
        HttpContext http, OperatorSuppressions suppressions, CancellationToken ct)
    {
        var body = await JsonBody.ReadAsync<ApiSuppressionChange>(http.Request, ct);
        return body.Value is { } change ? (suppressions.HashOf(change.Address?.Trim() ?? ""), change, null) : (null, null, Wrong(body.Faults));
    }

    private static string SummaryOf(OutboxAction action) => action switch
    {
        OutboxAction.Retry => "Sends a mail that failed, waits or is in doubt at the next chance.",
        OutboxAction.Hold => "Keeps a mail from being sent until it is released.",
        OutboxAction.Release => "Lets a held mail be sent at the next chance.",
        _ => "Sends a mail never.",
    };

    /// <summary>One field that cannot be taken.</summary>
    public static ValidationProblem Wrong(string field, string sentence) => Wrong([new InputFault(field, sentence)]);

    /// <summary>Fields that cannot be taken.</summary>
    public static ValidationProblem Wrong(IReadOnlyList<InputFault> faults) => WrongRequest.In(faults.Select(fault => (fault.Field, fault.Sentence)));
}
