using System.Collections.Concurrent;

namespace DigestService.Delivery;

/// <summary>
/// The short way from composing to the sender of the same process: mails that it has room for are written as claimed by it,
/// and handed over once that is committed, so that nobody claims and reads them again.
/// </summary>
/// <remarks>
/// Such a row is like any claimed one: marked before a word is said of it, and taken over by others when its lease ends.
/// What there is no room for is written as queued, as all is where no sender runs here.
/// </remarks>
internal sealed class DirectDispatch
{
    // Longer than a sender needs for half of what it may hold, if it sends some thousand mails a second.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<IReadOnlyList<InFlightDelivery>> _handed = new();
    private volatile Taker? _taker;
    private bool _isSlow;

    /// <summary>
    /// A sender begins to take mails. <paramref name="room"/> says how many it may hold besides what it holds,
    /// <paramref name="roomFor"/> how many of them to one domain, which may take only so many a second, and
    /// <paramref name="halfEmpty"/> completes when it holds no more than half of what it may.
    /// </summary>
    public void Open(string owner, int leaseSeconds, Func<int> room, Func<string, int> roomFor, Func<Task> halfEmpty) =>
        _taker = new Taker(owner, leaseSeconds, room, roomFor, halfEmpty);

    /// <summary>
    /// Waits while the sender holds plenty, for a second at the most: what it has room for is spared being claimed and read
    /// again. One that does not send as quickly as that is not waited for until it holds little again: what is composed then
    /// waits in the outbox, for it and for others.
    /// </summary>
    public async Task WaitForRoomAsync(CancellationToken ct)
    {
        if (_taker is not { } taker)
            return;
        var halfEmpty = taker.HalfEmpty();
        if (!halfEmpty.IsCompleted && _isSlow)
            return;
        _isSlow = await Task.WhenAny(halfEmpty, Task.Delay(Patience, ct)) != halfEmpty;
        ct.ThrowIfCancellationRequested();
    }

    /// <summary>The sender takes no more; answers what was handed over and not taken.</summary>
    public IReadOnlyList<InFlightDelivery> Close()
    {
        _taker = null;
        return TakeAll();
    }

    /// <summary>What the sender has room for now; null where none is at work here, or it has none.</summary>
    public DirectClaim? Reserve()
    {
        if (_taker is not { } taker)
            return null;
        var heldUntil = TimeProvider.System.GetTimestamp() + (taker.LeaseSeconds * TimeProvider.System.TimestampFrequency);
        var onTheirWay = _handed.SelectMany(mails => mails).CountBy(mail => mail.Mail.RecipientDomain).ToDictionary();
        var room = taker.Room() - onTheirWay.Values.Sum();
        return room > 0
            ? new DirectClaim(taker.Owner, taker.LeaseSeconds, room, domain => taker.RoomFor(domain) - onTheirWay.GetValueOrDefault(domain), heldUntil)
            : null;
    }

    /// <summary>Hands over mails whose rows are committed as claimed by the sender.</summary>
    public void Hand(IReadOnlyList<InFlightDelivery> mails)
    {
        if (mails.Count > 0)
            _handed.Enqueue(mails);
    }

    /// <summary>All that was handed over since this was last asked.</summary>
    public IReadOnlyList<InFlightDelivery> TakeAll()
    {
        var all = new List<InFlightDelivery>();
        while (_handed.TryDequeue(out var mails))
            all.AddRange(mails);
        return all;
    }

    private sealed record Taker(string Owner, int LeaseSeconds, Func<int> Room, Func<string, int> RoomFor, Func<Task> HalfEmpty);
}

/// <summary>
/// Whose claim a mail is written with, for how many in all and to one domain, and how long it is certain to hold by this
/// process's monotonic clock.
/// </summary>
internal sealed record DirectClaim(string Owner, int LeaseSeconds, int Room, Func<string, int> RoomFor, long HeldUntil);
