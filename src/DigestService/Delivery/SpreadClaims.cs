using DigestService.Platform;
using NodaTime;

namespace DigestService.Delivery;

/// <summary>
/// What <see cref="Claims"/> asks of an outbox that is spread over several servers: bucket by bucket, with leases from the coordinator's time.
/// What seldom stands anywhere is looked for on all servers at once first.
/// </summary>
internal sealed class SpreadClaims(Database database, DeliveryOptions options, string owner)
{
    private static readonly TimeSpan LookPause = TimeSpan.FromSeconds(1);

    private readonly RepeatTimer _looks = new();
    private bool _isNothingDue;

    /// <summary>
    /// Claims due mails: those that overtake digests wherever they are, then digests in the order of the buckets. Where a look into all of them has
    /// found nothing, the next one is a second later: each costs a statement a bucket.
    /// </summary>
    public async Task<IReadOnlyList<ClaimedMail>> ClaimAsync(short[] buckets, int urgent, int digests, int share, CrowdedDomains crowded, Instant now, CancellationToken ct)
    {
        if (!_looks.IsTime(LookPause) && _isNothingDue)
            return [];
        if (await SpreadForm.TimeUnlessHeldAsync(database, ct) is not { } clock)
            return [];
        var mails = new List<ClaimedMail>();
        foreach (var bucket in await database.QueryAsync<short>(SpreadQueries.UrgentBuckets, new { now }, ct))
            if (mails.Count < urgent)
                mails.AddRange(await ClaimAsync(bucket, urgent - mails.Count, 0));
        var most = mails.Count + digests;
        foreach (var bucket in buckets)
            if (mails.Count < most)
                mails.AddRange(await ClaimAsync(bucket, 0, most - mails.Count));
        if (digests > 0)
            _isNothingDue = mails.Count == 0;
        return mails;

        Task<IReadOnlyList<ClaimedMail>> ClaimAsync(short bucket, int urgent, int digests) => database.QueryAsync<ClaimedMail>(
            SpreadQueries.ClaimDue,
            new
            {
                now,
                buckets = new[] { bucket },
                onlyBucket = bucket,
                urgent,
                digests,
                share = Math.Min(share, digests),
                crowded = crowded.All,
                crowdedWithUrgent = crowded.WithUrgent,
                owner,
                leaseUntil = clock + Duration.FromSeconds(options.LeaseSeconds),
            },
            ct);
    }

    /// <summary>Claims digests out of the queues of single domains, as many of each as there is room for.</summary>
    public async Task<IReadOnlyList<ClaimedMail>> ClaimOfDomainsAsync(short[] buckets, string[] domains, int[] rooms, Instant now, CancellationToken ct)
    {
        if (await SpreadForm.TimeUnlessHeldAsync(database, ct) is not { } clock)
            return [];
        var mails = new List<ClaimedMail>();
        var left = domains.Zip(rooms).ToDictionary(domain => domain.First, domain => domain.Second, StringComparer.Ordinal);
        foreach (var bucket in buckets)
        {
            if (left.Count == 0)
                break;
            var claimed = await database.QueryAsync<ClaimedMail>(
                SpreadQueries.ClaimOfDomains,
                new
                {
                    now,
                    buckets = new[] { bucket },
                    onlyBucket = bucket,
                    domains = left.Keys.ToArray(),
                    rooms = left.Values.ToArray(),
                    owner,
                    leaseUntil = clock + Duration.FromSeconds(options.LeaseSeconds),
                },
                ct);
            mails.AddRange(claimed);
            foreach (var mail in claimed)
                if (--left[mail.RecipientDomain] == 0)
                    left.Remove(mail.RecipientDomain);
        }

        return mails;
    }

    /// <summary>Claims one of these, if it is due.</summary>
    public async Task<IReadOnlyList<ClaimedMail>> ClaimAgainAsync(long[] ids, Instant now, CancellationToken ct)
    {
        if (await SpreadForm.TimeUnlessHeldAsync(database, ct) is not { } clock)
            return [];
        foreach (var round in database.Rounds(ids))
        {
            var claimed = await database.QueryAsync<ClaimedMail>(
                SpreadQueries.ClaimAgain, new { now, ids = round, onlyBucket = Buckets.Of(round[0]), owner, leaseUntil = clock + Duration.FromSeconds(options.LeaseSeconds) }, ct);
            if (claimed.Count > 0)
                return claimed;
        }

        return [];
    }

    /// <summary>Moves digests to crowded domains out of the way, a share of each bucket, until so many are moved.</summary>
    public async Task<int> QueueByDomainAsync(short[] buckets, string[] crowded, int count, int share, Instant now, CancellationToken ct)
    {
        var moved = 0;
        foreach (var bucket in buckets)
            if (moved < count)
                moved += await database.ExecuteAsync(
                    ClaimQueries.QueueByDomain, new { now, buckets = new[] { bucket }, onlyBucket = bucket, crowded, count = share, share }, ct);
        return moved;
    }

    /// <summary>
    /// Renews leases, those of mails that a server may just be taking first: for them an end would be a doubt. Each bucket's go on from when they are
    /// renewed, however many follow.
    /// </summary>
    public async Task RenewAsync(IReadOnlyList<InFlightDelivery> mails, Func<long> leaseFromNow, CancellationToken ct)
    {
        foreach (var part in mails.GroupBy(mail => mail.IsMarked).OrderByDescending(part => part.Key))
        {
            var heldUntil = leaseFromNow();
            var clock = await SpreadForm.TimeAsync(database, ct);
            foreach (var round in database.Rounds([.. part], mail => mail.Mail.Id))
                Claims.Renewed(
                    round,
                    await database.QueryAsync<Claim>(
                        SpreadQueries.Renew,
                        new
                        {
                            bucket = Buckets.OfAll(round.Select(mail => mail.Mail.Id)),
                            ids = round.Select(mail => mail.Mail.Id).ToArray(),
                            fences = round.Select(mail => mail.Mail.Fence).ToArray(),
                            clock,
                            leaseUntil = clock + Duration.FromSeconds(options.LeaseSeconds),
                        },
                        ct),
                    heldUntil);
        }
    }

    /// <summary>Takes over rows whose lease has ended; answers the states they were in.</summary>
    public async Task<IReadOnlyList<string>> TakeOverLapsedAsync(CancellationToken ct)
    {
        var clock = await SpreadForm.TimeAsync(database, ct);
        var states = new List<string>();
        foreach (var bucket in await database.QueryAsync<short>(SpreadQueries.LapsedBuckets, new { clock }, ct))
            states.AddRange(await database.QueryAsync<string>(
                SpreadQueries.TakeOverLapsed, new { clock, buckets = new[] { bucket }, onlyBucket = bucket, resend = options.OnUnknown == OnUnknown.Resend }, ct));
        return states;
    }
}
