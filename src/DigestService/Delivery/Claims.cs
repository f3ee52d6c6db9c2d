using DigestService.Platform;
using DigestService.Suppressions;
using NodaTime;

namespace DigestService.Delivery;

/// <summary>The claims of one worker: taking, renewing and giving back rows, and taking over from workers that fell silent.</summary>
internal sealed class Claims(Database database, LoadedFragments fragments, DeliveryOptions options, IClock clock)
{
    /// <summary>Rows that are ended in one statement.</summary>
    public const int MostExpiredAtOnce = 10_000;

    /// <summary>
    /// From so many buckets a claim is filled, where each has enough. With fewer, what is due the longest in its bucket would wait
    /// for more mails that are due later elsewhere; with more, workers would meet more often.
    /// </summary>
    public const int BucketsAClaim = 8;

    private short[] _buckets = Buckets.FromAnywhere();
    private SpreadClaims? _spread;

    /// <summary>The name that this worker's claims carry.</summary>
    public string Owner { get; } = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():n}";

    /// <summary>How claims are made where the outbox is spread over several servers; null where it is not.</summary>
    private SpreadClaims? Spread => database.IsDistributed ? _spread ??= new SpreadClaims(database, options, Owner) : null;

    /// <summary>Claims due mails in the order of time, those that overtake digests first.</summary>
    /// <param name="urgent">Most to claim of the mails that overtake digests.</param>
    /// <param name="digests">Most to claim of the digests.</param>
    /// <param name="crowded">Recipient domains to leave alone.</param>
    /// <param name="ct">Stops the statement.</param>
    public async Task<IReadOnlyList<InFlightDelivery>> ClaimAsync(int urgent, int digests, CrowdedDomains crowded, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        var claimed = await ClaimAsync(
            () => Spread is { } spread
                ? spread.ClaimAsync(_buckets, urgent, digests, ShareOf(digests), crowded, now, ct)
                : database.QueryAsync<ClaimedMail>(
                    ClaimQueries.ClaimDue,
                    new
                    {
                        now,
                        buckets = _buckets,
                        onlyBucket = (short?)null,
                        urgent,
                        digests,
                        share = ShareOf(digests),
                        crowded = crowded.All,
                        crowdedWithUrgent = crowded.WithUrgent,
                        owner = Owner,
                        lease = options.LeaseSeconds,
                    },
                    ct),
            ct);
        MoveOn(claimed);
        return claimed;
    }

    /// <summary>Claims due digests out of the queues of single domains, as many of each as there is room for.</summary>
    public Task<IReadOnlyList<InFlightDelivery>> ClaimOfDomainsAsync(string[] domains, int[] rooms, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        return ClaimAsync(
            () => Spread is { } spread
                ? spread.ClaimOfDomainsAsync(_buckets, domains, rooms, now, ct)
                : database.QueryAsync<ClaimedMail>(
                    ClaimQueries.ClaimOfDomains,
                    new { now, buckets = Buckets.All, onlyBucket = (short?)null, domains, rooms, owner = Owner, lease = options.LeaseSeconds },
                    ct),
            ct);
    }

    /// <summary>Claims one of these, if it is due.</summary>
    public Task<IReadOnlyList<InFlightDelivery>> ClaimAgainAsync(long[] ids, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        return ClaimAsync(
            () => Spread is { } spread
                ? spread.ClaimAgainAsync(ids, now, ct)
                : database.QueryAsync<ClaimedMail>(ClaimQueries.ClaimAgain, new { now, ids, onlyBucket = (short?)null, owner = Owner, lease = options.LeaseSeconds }, ct),
            ct);
    }

    /// <summary>
    /// Moves digests to crowded domains out of the way, into queues of their domains, as far as they are among the next
    /// <paramref name="count"/> that would be claimed; answers how many that were.
    /// </summary>
    public Task<int> QueueByDomainAsync(string[] crowded, int count, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        return Spread is { } spread
            ? spread.QueueByDomainAsync(_buckets, crowded, count, ShareOf(count), now, ct)
            : database.ExecuteAsync(
                ClaimQueries.QueueByDomain, new { now, buckets = _buckets, onlyBucket = (short?)null, crowded, count, share = ShareOf(count) }, ct);
    }

    /// <summary>Up to <paramref name="count"/> domains that have a queue, in the order of their names, after <paramref name="after"/>.</summary>
    public Task<IReadOnlyList<string>> QueuedDomainsAsync(string after, int count, CancellationToken ct) =>
        database.QueryAsync<string>(database.IsDistributed ? SpreadQueries.QueuedDomains : ClaimQueries.QueuedDomains, new { after, count }, ct);

    /// <summary>Renews the leases of what is in flight; whatever the database no longer counts as ours lapses here too.</summary>
    public async Task RenewAsync(IReadOnlyList<InFlightDelivery> mails, CancellationToken ct)
    {
        if (mails.Count == 0)
            return;
        if (Spread is { } spread)
        {
            await spread.RenewAsync(mails, LeaseFromNow, ct);
            return;
        }

        var heldUntil = LeaseFromNow();
        Renewed(mails, await database.QueryAsync<Claim>(DeliveryQueries.Renew, WithFences(mails, options.LeaseSeconds), ct), heldUntil);
    }

    /// <summary>Lets those go on that the database has renewed, and no others.</summary>
    public static void Renewed(IReadOnlyList<InFlightDelivery> mails, IEnumerable<Claim> renewed, long heldUntil)
    {
        var claims = renewed.ToHashSet();
        foreach (var mail in mails)
        {
            if (claims.Contains(mail.Mail.Claim))
                mail.Extend(heldUntil);
            else
                mail.Lapse();
        }
    }

    /// <summary>
    /// Looks at the leases of a queue six times as often as they would end, whatever the rest is waiting for, and renews those
    /// of which a fifth is over. So nearly two thirds of a lease are always left, and a mail that is sent soon is never renewed.
    /// </summary>
    public async Task KeepAsync(DispatchQueue queue, CancellationToken allDone)
    {
        var pause = TimeSpan.FromSeconds(options.LeaseSeconds / 6.0);
        while (!allDone.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(pause, allDone);
                await RenewAsync([.. queue.All().Where(mail => mail.LapsesWithin(TimeSpan.FromSeconds(options.LeaseSeconds * 0.8)))], allDone);
                pause = TimeSpan.FromSeconds(options.LeaseSeconds / 6.0);
            }
            catch (OperationCanceledException) when (allDone.IsCancellationRequested)
            {
                return;
            }
            catch (Exception gone) when (Outage.Is(gone))
            {
                pause = TimeSpan.FromSeconds(Math.Min(1, options.LeaseSeconds / 6.0));
            }
        }
    }

    /// <summary>Gives claimed mails back at once, for others to send.</summary>
    public async Task ReleaseAsync(IReadOnlyList<InFlightDelivery> mails, CancellationToken ct)
    {
        if (mails.Count == 0)
            return;
        foreach (var round in database.Rounds([.. mails], mail => mail.Mail.Id))
            await database.ExecuteAsync(DeliveryQueries.Release, WithFences(round, options.LeaseSeconds), ct);
    }

    /// <summary>Takes over rows whose lease has ended; answers the states they were in.</summary>
    public Task<IReadOnlyList<string>> TakeOverLapsedAsync(CancellationToken ct) => Spread is { } spread
        ? spread.TakeOverLapsedAsync(ct)
        : database.QueryAsync<string>(
            DeliveryQueries.TakeOverLapsed, new { buckets = Buckets.All, onlyBucket = (short?)null, resend = options.OnUnknown == OnUnknown.Resend }, ct);

    /// <summary>Ends what is no longer worth sending, and parks what is in doubt of it; answers whether there is more of it.</summary>
    /// <param name="expired">Is told each row and the state it has now: <c>failed</c>, or <c>unknown</c>.</param>
    /// <param name="ct">Stops the statement.</param>
    public async Task<bool> ExpireLateAsync(Action<long, string> expired, CancellationToken ct)
    {
        var rows = await ExpireLateAsync(database, clock.GetCurrentInstant(), ct);
        foreach (var row in rows)
            expired(row.Id, row.State);
        return rows.Count >= MostExpiredAtOnce;
    }

    /// <summary>Likewise, for whoever claims nothing; answers the rows, ten thousand at the most, or as many of each bucket where the outbox is spread.</summary>
    public static async Task<IReadOnlyList<ExpiredMail>> ExpireLateAsync(Database database, Instant now, CancellationToken ct)
    {
        var buckets = database.IsDistributed ? [.. await database.QueryAsync<short>(SpreadQueries.LateBuckets, new { now }, ct)] : Buckets.All;
        var rows = new List<ExpiredMail>();
        foreach (var round in database.Rounds(buckets))
            rows.AddRange(await database.QueryAsync<ExpiredMail>(
                DeliveryQueries.ExpireLate, new { buckets = round, onlyBucket = Buckets.Only(round), now, count = MostExpiredAtOnce }, ct));
        await RecordBouncesAsync(database, [.. rows.Select(row => row.ReadBounce()).OfType<Bounce>()], now, ct);
        return rows;
    }

    /// <summary>
    /// Makes due what waits longer than any pause is, since a clock that ran ahead put it off, and lets leases end that such a clock made longer
    /// than any is; answers how many mails became due.
    /// </summary>
    public async Task<int> BringForwardAsync(CancellationToken ct)
    {
        var (now, longestPause, count) = (clock.GetCurrentInstant(), DeliveryRules.LongestPause.TotalSeconds, 0);
        var (lease, longestLease) = (options.LeaseSeconds, DeliveryOptions.LongestLeaseSeconds);
        foreach (var round in database.Rounds(Buckets.All))
        {
            var onlyBucket = Buckets.Only(round);
            count += await database.ExecuteAsync(DeliveryQueries.BringForward, new { buckets = round, onlyBucket, now, longestPause }, ct);
            await database.ExecuteAsync(DeliveryQueries.ShortenLeases, new { buckets = round, onlyBucket, lease, longestLease }, ct);
        }

        return count;
    }

    // What is written here is that a mailbox put off all that came. If we die before it, that is known of one mail less.
    private static async Task RecordBouncesAsync(Database database, Bounce[] bounces, Instant now, CancellationToken ct)
    {
        if (bounces.Length == 0)
            return;
        await database.InTransactionAsync(
            async connection =>
            {
                foreach (var readers in database.Rounds(bounces.Select(bounce => bounce.SubscriberId).OfType<long>().ToArray()))
                    await connection.ExecuteAsync(DeliveryQueries.HoldReaders, new { subscribers = readers, readerBucket = Buckets.OfAll(readers) }, ct);
                await SuppressionList.RecordBouncesAsync(connection, bounces, now, database.IsDistributed, ct);
            },
            ct);
    }

    /// <summary>Whether anything is due, or in the queue of this or any other worker.</summary>
    public Task<bool> IsAnythingLeftAsync(CancellationToken ct) => database.QuerySingleOrDefaultAsync<bool>(
        database.IsDistributed ? SpreadQueries.IsAnythingLeft : DeliveryQueries.IsAnythingLeft, new { buckets = Buckets.All, now = clock.GetCurrentInstant() }, ct);

    /// <summary>Rows that are due and that nobody holds.</summary>
    public Task<long> CountDueAsync(CancellationToken ct) =>
        database.QuerySingleOrDefaultAsync<long>(DeliveryQueries.CountDue, new { now = clock.GetCurrentInstant() }, ct);

    private async Task<IReadOnlyList<InFlightDelivery>> ClaimAsync(Func<Task<IReadOnlyList<ClaimedMail>>> claim, CancellationToken ct)
    {
        var heldUntil = LeaseFromNow();
        IReadOnlyList<ClaimedMail> rows = [.. (await claim()).Select(row => row.Fragments is { } named ? row with { Fragments = FragmentIds.Unpack(named) } : row)];
        await fragments.LoadAsync(rows.SelectMany(row => row.Fragments ?? []), ct);
        return [.. rows.Select(row => new InFlightDelivery(WithRecipe(row), heldUntil, TimeProvider.System))];
    }

    private ClaimedMail WithRecipe(ClaimedMail row) =>
        row.Fragments is { } ids && fragments.Find(ids) is { } found ? row with { Recipe = new MailRecipe(row.Message, found) } : row;

    private long LeaseFromNow() => TimeProvider.System.GetTimestamp() + options.LeaseSeconds * TimeProvider.System.TimestampFrequency;

    private static int ShareOf(int digests) => (digests + BucketsAClaim - 1) / BucketsAClaim;

    /// <summary>The next claim begins after the bucket that this one came to.</summary>
    private void MoveOn(IReadOnlyList<InFlightDelivery> claimed)
    {
        var visited = claimed.Where(mail => mail.Mail.Priority > 0).Select(mail => Buckets.Of(mail.Mail.Id)).ToHashSet();
        if (visited.Count > 0)
            _buckets = Buckets.From(_buckets.Last(visited.Contains) + 1);
    }

    private static object WithFences(IReadOnlyList<InFlightDelivery> mails, int lease) => new
    {
        bucket = Buckets.OfAll(mails.Select(mail => mail.Mail.Id)),
        ids = mails.Select(mail => mail.Mail.Id).ToArray(),
        fences = mails.Select(mail => mail.Mail.Fence).ToArray(),
        lease,
    };
}

/// <summary>A row that has become too late to be sent by itself.</summary>
internal sealed record ExpiredMail
{
    /// <summary>Delivery id.</summary>
    public required long Id { get; init; }

    /// <summary><c>failed</c>, or <c>unknown</c> where it is in doubt.</summary>
    public required string State { get; init; }

    /// <summary>The reader; null for a mail that belongs to none.</summary>
    public long? SubscriberId { get; init; }

    /// <summary>Keyed hash of the recipient.</summary>
    public required byte[] RecipientKey { get; init; }

    /// <summary>What was answered last; null where it was never offered.</summary>
    public string? Reply { get; init; }

    /// <summary>Reads what that says of the mailbox; null where it says nothing of it, or where the mail may have arrived.</summary>
    public Bounce? ReadBounce() => State == "failed" && DeliveryRules.ReadPutOff(Reply) is { } outcome ? Refusal.Of(outcome)?.ToBounce(Id, SubscriberId, RecipientKey, Reply) : null;
}
