using DigestService.Platform;
using NodaTime;

namespace DigestService.Delivery;

/// <summary>The claims of one worker: taking, renewing and giving back rows, and taking over from workers that fell silent.</summary>
internal sealed class Claims(Database database, DeliveryOptions options, IClock clock)
{
    private const int TransactionalOnly = 9;
    private const int Anything = short.MaxValue;

    private readonly string _owner = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():n}";

    /// <summary>Claims up to <paramref name="count"/> due mails, the most urgent first.</summary>
    /// <param name="count">Most to claim.</param>
    /// <param name="crowded">Recipient domains to leave alone.</param>
    /// <param name="isFull">Whether only what overtakes digests is wanted.</param>
    /// <param name="ct">Stops the statement.</param>
    public async Task<IReadOnlyList<InFlightDelivery>> ClaimAsync(int count, string[] crowded, bool isFull, CancellationToken ct)
    {
        var heldUntil = LeaseFromNow();
        var parameters = new
        {
            now = clock.GetCurrentInstant(),
            count,
            crowded,
            most = isFull ? TransactionalOnly : Anything,
            owner = _owner,
            lease = options.LeaseSeconds,
        };
        var rows = await database.QueryAsync<ClaimedMail>(DeliveryQueries.ClaimDue, parameters, ct);
        return [.. rows.Select(row => new InFlightDelivery(row, heldUntil, TimeProvider.System))];
    }

    /// <summary>Renews the leases of what is in flight; whatever the database no longer counts as ours lapses here too.</summary>
    public async Task RenewAsync(IReadOnlyList<InFlightDelivery> mails, CancellationToken ct)
    {
        if (mails.Count == 0)
            return;
        var heldUntil = LeaseFromNow();
        var renewed = (await database.QueryAsync<Claim>(DeliveryQueries.Renew, WithFences(mails, options.LeaseSeconds), ct)).ToHashSet();
        foreach (var mail in mails)
        {
            if (renewed.Contains(mail.Mail.Claim))
                mail.Extend(heldUntil);
            else
                mail.Lapse();
        }
    }

    /// <summary>Renews the leases of a queue three times as often as they would end, whatever the rest is waiting for.</summary>
    public async Task KeepAsync(DispatchQueue queue, CancellationToken allDone)
    {
        var pause = TimeSpan.FromSeconds(options.LeaseSeconds / 3.0);
        while (!allDone.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(pause, allDone);
                await RenewAsync(queue.All(), allDone);
                pause = TimeSpan.FromSeconds(options.LeaseSeconds / 3.0);
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
    public Task ReleaseAsync(IReadOnlyList<InFlightDelivery> mails, CancellationToken ct) =>
        mails.Count == 0 ? Task.CompletedTask : database.ExecuteAsync(DeliveryQueries.Release, WithFences(mails, options.LeaseSeconds), ct);

    /// <summary>Takes over rows whose lease has ended; answers the states they were in.</summary>
    public Task<IReadOnlyList<string>> TakeOverLapsedAsync(CancellationToken ct) =>
        database.QueryAsync<string>(DeliveryQueries.TakeOverLapsed, new { resend = options.OnUnknown == OnUnknown.Resend }, ct);

    /// <summary>Ends what is no longer worth sending; answers how many.</summary>
    public Task<int> ExpireLateAsync(CancellationToken ct) =>
        database.ExecuteAsync(DeliveryQueries.ExpireLate, new { now = clock.GetCurrentInstant() }, ct);

    /// <summary>Whether anything is due, or in the queue of this or any other worker.</summary>
    public Task<bool> IsAnythingLeftAsync(CancellationToken ct) =>
        database.QuerySingleOrDefaultAsync<bool>(DeliveryQueries.IsAnythingLeft, new { now = clock.GetCurrentInstant() }, ct);

    /// <summary>Rows that are due and that nobody holds.</summary>
    public Task<long> CountDueAsync(CancellationToken ct) =>
        database.QuerySingleOrDefaultAsync<long>(DeliveryQueries.CountDue, new { now = clock.GetCurrentInstant() }, ct);

    private long LeaseFromNow() => TimeProvider.System.GetTimestamp() + options.LeaseSeconds * TimeProvider.System.TimestampFrequency;

    private static object WithFences(IReadOnlyList<InFlightDelivery> mails, int lease) => new
    {
        ids = mails.Select(mail => mail.Mail.Id).ToArray(),
        fences = mails.Select(mail => mail.Mail.Fence).ToArray(),
        lease,
    };
}
