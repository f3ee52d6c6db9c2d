using System.Runtime.CompilerServices;
using DigestService.Platform;

namespace DigestService.Delivery;

/// <summary>
/// Decides what to claim next for a worker's dispatch queue: what is due in the order of time, mails that overtake digests
/// even where it is full, and of domains that take little as much as they take. Gives back what is not begun.
/// </summary>
internal sealed partial class QueueFeeder(Claims claims, DispatchQueue queue, ILogger logger)
{
    private const int Overtakers = 16;
    private const int MostDomainsAtOnce = 256;
    private const int ShortestReach = 256;

    // 8,192 rows are moved in 0.2 s, for which nothing else is claimed (docs/delivery.md).
    private const int LongestReach = 8_192;
    private static readonly TimeSpan LookPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWrites = TimeSpan.FromSeconds(3);

    private readonly RepeatTimer _overtakers = new();
    private readonly RepeatTimer _domains = new();

    private int _reach = ShortestReach;
    private string _afterDomain = "";

    /// <summary>Claims as much as there is room for, in one or two groups; each is to be added to the queue before the next is asked for.</summary>
    public async IAsyncEnumerable<IReadOnlyList<InFlightDelivery>> ClaimAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var crowded = queue.CrowdedDomains();
        if (crowded.All.Length > 0)
            await ClearTheWayAsync(crowded.All, ct);
        IReadOnlyList<InFlightDelivery> mails = [];
        if (queue.Room is var room && room > queue.Capacity / 2)
            mails = await claims.ClaimAsync(room, room, crowded, ct);
        else if (_overtakers.IsTime(LookPause))
            mails = await claims.ClaimAsync(Overtakers, 0, crowded, ct);
        if (mails.Count > 0)
            yield return mails;
        if (!queue.TakeWishForDomains() && !_domains.IsTime(LookPause) && !queue.IsEmpty)
            yield break;
        mails = await ClaimOfDomainsAsync(ct);
        if (mails.Count > 0)
            yield return mails;
    }

    /// <summary>Gives back what was claimed and not begun, so that others need not wait for the leases.</summary>
    public Task GiveBackAsync() => GiveBackAsync(queue.TakeWaiting());

    /// <summary>Gives back these, which are not begun either.</summary>
    public async Task GiveBackAsync(IReadOnlyList<InFlightDelivery> waiting)
    {
        try
        {
            using var limit = new CancellationTokenSource(LastWrites);
            await claims.ReleaseAsync(waiting, limit.Token);
        }
        catch (Exception gone) when (Outage.Is(gone) || gone is OperationCanceledException)
        {
            LogNotGivenBack(waiting.Count);
        }

        foreach (var mail in waiting)
            queue.Finish(mail);
    }

    /// <summary>
    /// Digests to crowded domains leave the order of time in the buckets that the next claim visits, the further ahead the more
    /// of them there are: claims that follow read past ever fewer of them.
    /// </summary>
    private async Task ClearTheWayAsync(string[] crowded, CancellationToken ct)
    {
        var moved = await claims.QueueByDomainAsync(crowded, _reach, ct);
        _reach = moved >= _reach / Claims.BucketsAClaim ? Math.Min(LongestReach, _reach * 4) : ShortestReach;
    }

    private async Task<IReadOnlyList<InFlightDelivery>> ClaimOfDomainsAsync(CancellationToken ct)
    {
        var left = queue.RoomForSlowDomains;
        if (left == 0)
            return [];
        var names = await claims.QueuedDomainsAsync(_afterDomain, MostDomainsAtOnce, ct);
        _afterDomain = names.Count == MostDomainsAtOnce ? names[^1] : "";
        var wanted = new List<(string Name, int Room)>();
        foreach (var name in names)
        {
            var room = Math.Min(left, queue.RoomFor(name));
            if (room == 0)
                continue;
            wanted.Add((name, room));
            left -= room;
        }

        return wanted.Count == 0
            ? []
            : await claims.ClaimOfDomainsAsync([.. wanted.Select(domain => domain.Name)], [.. wanted.Select(domain => domain.Room)], ct);
    }

    [LoggerMessage(5014, LogLevel.Warning, "Claimed mails that could not be given back and wait for their leases to end: {Count}")]
    private partial void LogNotGivenBack(int count);
}
