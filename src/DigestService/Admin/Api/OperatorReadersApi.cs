using DigestService.Digests;
using DigestService.Mail;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Subscribers;
using DigestService.Suppressions;
using Microsoft.AspNetCore.Http.HttpResults;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Admin.Api;

/// <summary>A reader as the operator sees them.</summary>
public sealed record ApiReader
{
    /// <summary>Row id.</summary>
    public required long Id { get; init; }

    /// <summary>The address.</summary>
    public required string Email { get; init; }

    /// <summary><c>pending</c>, <c>active</c>, <c>paused</c>, <c>unsubscribed</c> or <c>suppressed</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why the address must not be mailed; null where it may.</summary>
    public string? SuppressedBecause { get; init; }

    /// <summary>IANA time zone.</summary>
    public required string Zone { get; init; }

    /// <summary>When the next digest is due.</summary>
    public Instant? NextDueAt { get; init; }

    /// <summary>The list of addresses whose digest they get.</summary>
    public string? List { get; init; }

    /// <summary>When they confirmed.</summary>
    public Instant? ConfirmedAt { get; init; }

    /// <summary>The latest digests, sixty at most.</summary>
    public required IReadOnlyList<ApiReaderDigest> Digests { get; init; }
}

/// <summary>What became of one day's digest.</summary>
/// <param name="DigestOn">The reader's day.</param>
/// <param name="Outcome">As the ledger has it.</param>
/// <param name="Mail">The number of its mail.</param>
/// <param name="MailState">How that stands.</param>
public sealed record ApiReaderDigest(LocalDate DigestOn, string Outcome, long? Mail, string? MailState);

/// <summary>Why a digest held what it held, or why there was none.</summary>
public sealed record ApiWhy
{
    /// <summary><c>queued</c>, <c>empty</c>, <c>expired</c>, <c>suppressed</c>, <c>failed</c>, <c>planned</c> or <c>none</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The state of its mail.</summary>
    public string? Delivery { get; init; }

    /// <summary>The list that the reader is of now.</summary>
    public string? List { get; init; }

    /// <summary>Sentences.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>How many papers were considered.</summary>
    public required int Candidates { get; init; }

    /// <summary>What it held, in order.</summary>
    public required IReadOnlyList<ApiWhyItem> Items { get; init; }

    /// <summary>How many papers were cut for each reason.</summary>
    public required IReadOnlyDictionary<string, int> CutCounts { get; init; }
}

/// <summary>One paper of a digest that was explained.</summary>
public sealed record ApiWhyItem(int Position, long Paper, string Title, double Score);

/// <summary>Readers by their address, for programs.</summary>
internal static class OperatorReadersApi
{
    /// <summary>Maps it.</summary>
    public static void MapOperatorReaders(this ApiRoutes api)
    {
        api.MapGet("/readers", FindAsync).WithSummary("The reader of an address: state, next digest, and what became of the latest ones.");
        api.MapGet("/readers/{id:long}/digests/{digest_on}", WhyAsync).WithSummary("Why a reader's digest of a day held what it held, or why there was none.");
    }

    private static async Task<Results<Ok<ApiReader>, NotFound, ValidationProblem>> FindAsync(
        string? email, Database database, OperatorSuppressions suppressions, CancellationToken ct)
    {
        if (!EmailAddress.TryParse(email, out var address))
            return OperatorApi.Wrong("email", "This is no address; one looks like ada@example.org.");
        if (await database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.FindByAddress, new { addressKey = address.Key }, ct) is not { } reader)
            return TypedResults.NotFound();
        var barred = (await suppressions.ReadersAsync([(reader.Id, reader.AddressKey)], ct)).GetValueOrDefault(reader.Id);
        var days = await DayOfReader.FindAsync(database, reader.Id, ct);
        return TypedResults.Ok(new ApiReader
        {
            Id = reader.Id,
            Email = reader.Address,
            State = barred is null ? reader.State.ToString().ToLowerInvariant() : "suppressed",
            SuppressedBecause = barred,
            Zone = reader.Zone,
            NextDueAt = reader.NextDueAt,
            List = reader.ListName,
            ConfirmedAt = reader.ConfirmedAt,
            Digests = [.. days.Select(day => new ApiReaderDigest(day.DigestOn, day.Outcome, day.DeliveryId, day.State))],
        });
    }

    private static async Task<Results<Ok<ApiWhy>, NotFound, ValidationProblem>> WhyAsync(
        long id, string digest_on, Database database, DigestLedger ledger, IClock clock, CancellationToken ct)
    {
        if (PageDates.Parse(digest_on) is not { } day)
            return OperatorApi.Wrong("digest_on", "A day is written as 2026-02-27.");
        if (await database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Find, new { id }, ct) is not { } reader
            || !EmailAddress.TryParse(reader.Address, out var address))
            return TypedResults.NotFound();
        var account = await ledger.ExplainAsync(address, day, clock.GetCurrentInstant(), ct);
        return TypedResults.Ok(new ApiWhy
        {
            Outcome = account.Outcome,
            Delivery = account.Delivery,
            List = account.List,
            Reasons = account.Reasons,
            Candidates = account.Candidates,
            Items = [.. account.Items.Select(item => new ApiWhyItem(item.Position, item.Paper, item.Title, item.Score))],
            CutCounts = account.CutCounts,
        });
    }
}
