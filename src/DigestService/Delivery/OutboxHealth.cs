using System.Globalization;
using System.Text.RegularExpressions;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Delivery;

/// <summary>Whether mails get away: what <c>/readyz</c>, <c>doctor</c> and the alarms say of the outbox.</summary>
internal sealed partial class OutboxHealth(Database database, IClock clock)
{
    private const int FewestFailures = 10;

    private static readonly Duration MostTransactionalWait = Duration.FromMinutes(10);
    private static readonly Duration MostStandstill = Duration.FromMinutes(15);

    /// <summary>What is wrong, most pressing first, each in a sentence that says what to do; empty while all is well.</summary>
    public async Task<IReadOnlyList<string>> FindFaultsAsync(CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        var outbox = await ReadAsync(now, ct);
        var faults = new List<string>();
        if (outbox.OldestTransactionalAt is { } oldest && now - oldest > MostTransactionalWait)
        {
            faults.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{Quantities.Count(outbox.Transactional, "confirmation or preference mail waits", "confirmation and preference mails wait")}, the oldest for {Quantities.Length(now - oldest)}: look at the relay and at 'digest outbox status'."));
        }

        var unsuccessful = outbox.Failed + outbox.Deferred;
        if (unsuccessful >= FewestFailures && unsuccessful > outbox.Sent)
        {
            faults.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"Of the mails of the last hour {outbox.Sent} were sent, {outbox.Failed} failed and {outbox.Deferred} were put off; the last reply was: {Address().Replace(outbox.LastReply ?? "none", "(an address)")}. Mend what it says before 'digest outbox retry'."));
        }

        // The sentences before say more; this one is for a sender that is not there or gets nowhere.
        if (faults.Count == 0 && outbox.OldestDueAt is { } due && now - due > MostStandstill && !outbox.IsMoving)
        {
            faults.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"Mails have been due for {Quantities.Length(now - due)} and none was sent in the last {MostStandstill.TotalMinutes:0}: {(outbox.HeldBecause is { } held ? $"sending is held ({held}), and 'digest outbox release' lets it go on" : "is there a process with the role send, and does Smtp__Host lead to a relay that answers? 'digest doctor' tries it")}."));
        }

        return faults;
    }

    /// <summary>Mails in doubt that wait for the operator's word, in a sentence; null when there are none.</summary>
    public async Task<string?> FindDoubtAsync(CancellationToken ct)
    {
        var parked = await database.QuerySingleOrDefaultAsync<long>(OutboxHealthQueries.Parked, null, ct);
        return parked == 0
            ? null
            : $"{Quantities.Count(parked, "mail may or may not have arrived and waits", "mails may or may not have arrived and wait")} for your word: 'digest outbox release --unknown' sends such mails once more, 'digest outbox dismiss' lets them be.";
    }

    /// <summary>Mails due and not yet sent.</summary>
    public async Task<WaitingMails> ReadWaitingAsync(CancellationToken ct) =>
        await database.QuerySingleOrDefaultAsync<WaitingMails>(OutboxHealthQueries.Waiting, new { now = clock.GetCurrentInstant() }, ct)
            ?? throw new InvalidOperationException("Counting gave no row.");

    // Replies quote whom the mail was for, and these sentences go into the log and out on /readyz.
    [GeneratedRegex(@"[^\s<>()]+@[^\s<>()]+", RegexOptions.NonBacktracking)]
    private static partial Regex Address();

    private async Task<OutboxCounts> ReadAsync(Instant now, CancellationToken ct) =>
        await database.QuerySingleOrDefaultAsync<OutboxCounts>(OutboxHealthQueries.LastHour, new { now, from = now - Duration.FromHours(1), recent = now - MostStandstill }, ct)
            ?? throw new InvalidOperationException("Counting gave no row.");

    private sealed record OutboxCounts
    {
        public required long Transactional { get; init; }

        public Instant? OldestTransactionalAt { get; init; }

        public required long Sent { get; init; }

        public required long Failed { get; init; }

        public required long Deferred { get; init; }

        public string? LastReply { get; init; }

        public Instant? OldestDueAt { get; init; }

        public required bool IsMoving { get; init; }

        public string? HeldBecause { get; init; }
    }
}

/// <summary>Mails due and not yet sent.</summary>
internal sealed record WaitingMails
{
    /// <summary>Mails whose time has come.</summary>
    public required long Due { get; init; }

    /// <summary>Since when the oldest of them waits.</summary>
    public Instant? OldestDueAt { get; init; }

    /// <summary>Mails parked for the operator or the second attempt.</summary>
    public required long Unknown { get; init; }
}

/// <summary>The statements of <see cref="OutboxHealth"/>. None counts finished mails.</summary>
internal static class OutboxHealthQueries
{
    // What the operator holds waits for nobody else.
    public const string LastHour = """
        -- deliveries.last_hour
        with waiting as (
            select state, priority, created_at, next_attempt_at, attempts, reply
            from deliveries
            where stage in ('waiting', 'doubtful')
              and next_attempt_at < 'infinity'
        ),
        failed as (
            select finished_at, reply
            from deliveries
            where stage = 'failed'
              and finished_at between @from and @now
        )
        select (select count(*) from waiting where priority < 10 and created_at <= @now) as transactional,
               (select min(created_at) from waiting where priority < 10 and created_at <= @now) as oldest_transactional_at,
               (select count(*) from (
                   select 1 from deliveries where state = 'sent' and finished_at between @from and @now limit 100000) s) as sent,
               (select count(*) from failed) as failed,
               (select count(*) from waiting where state = 'deferred') as deferred,
               (select min(next_attempt_at) from waiting where next_attempt_at <= @now) as oldest_due_at,
               exists (select 1 from deliveries where state in ('sent', 'failed', 'suppressed') and finished_at between @recent and @now) as is_moving,
               (select held_because from delivery_control where held_at is not null) as held_because,
               coalesce(
                   (select reply from failed order by finished_at desc limit 1),
                   (select reply from waiting where state = 'deferred' order by next_attempt_at desc limit 1)) as last_reply
        """;

    /// <summary>Mails due and not yet sent.</summary>
    public const string Waiting = """
        -- deliveries.waiting
        with due as (
            select next_attempt_at
            from deliveries
            where stage = 'waiting'
              and next_attempt_at <= @now
        )
        select (select count(*) from due) as due,
               (select min(next_attempt_at) from due) as oldest_due_at,
               (select count(*) from deliveries where stage in ('doubtful', 'parked')) as unknown
        """;

    /// <summary>Mails in doubt that nobody sends again without the operator's word.</summary>
    public const string Parked = """
        -- deliveries.count_parked
        select count(*)
        from deliveries
        where stage = 'parked'
        """;
}
