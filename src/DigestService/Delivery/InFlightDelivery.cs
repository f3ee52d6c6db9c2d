using System.Collections.Frozen;

namespace DigestService.Delivery;

/// <summary>A claimed mail and how long the claim is certain to hold, on this process's own monotonic clock.</summary>
internal sealed class InFlightDelivery : IDisposable
{
    /// <summary>The most urgent first, then what was written first.</summary>
    public static readonly IComparer<InFlightDelivery> Order = Comparer<InFlightDelivery>.Create(
        (a, b) => (a.Mail.Priority, a.Mail.Id, a.Mail.Fence).CompareTo((b.Mail.Priority, b.Mail.Id, b.Mail.Fence)));

    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lapsed;
    private long _heldUntil;
    private volatile bool _isWatched;

    /// <summary>A mail held until <paramref name="heldUntil"/>, a timestamp of <paramref name="time"/>.</summary>
    public InFlightDelivery(ClaimedMail mail, long heldUntil, TimeProvider time)
    {
        Mail = mail;
        _time = time;
        _lapsed = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _heldUntil = heldUntil;
    }

    /// <summary>The row.</summary>
    public ClaimedMail Mail { get; }

    /// <summary>Whether it stands as 'sending': from then on only the relay's answer, or recovery, says what became of it.</summary>
    public bool IsMarked { get; set; }

    /// <summary>Relays that can never take it, by what they offer; guarded by its dispatch queue.</summary>
    public IReadOnlySet<Relay> NotBy { get; set; } = FrozenSet<Relay>.Empty;

    /// <summary>Whether it waits in a dispatch queue; guarded by that queue.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>Whether nobody else can hold it. The lease was measured before it was asked for, so we end first.</summary>
    public bool IsHeld => _time.GetTimestamp() < Volatile.Read(ref _heldUntil);

    /// <summary>Whether the lease ends within this time.</summary>
    public bool LapsesWithin(TimeSpan time) => _time.GetElapsedTime(_time.GetTimestamp(), Volatile.Read(ref _heldUntil)) < time;

    /// <summary>Cancelled when the claim lapses: from then on another worker may be sending this mail.</summary>
    public CancellationToken Lapsed => _lapsed.Token;

    /// <summary>The database has renewed the lease.</summary>
    public void Extend(long heldUntil)
    {
        Volatile.Write(ref _heldUntil, heldUntil);
        if (_isWatched)
            Watch();
    }

    /// <summary>The database no longer counts it as ours.</summary>
    public void Lapse()
    {
        Volatile.Write(ref _heldUntil, 0);
        Watch();
    }

    /// <summary>Starts the clock that cancels <see cref="Lapsed"/>; only a mail under way needs it.</summary>
    public void Watch()
    {
        _isWatched = true;
        var left = _time.GetElapsedTime(_time.GetTimestamp(), Volatile.Read(ref _heldUntil));
        try
        {
            _lapsed.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
        catch (ObjectDisposedException)
        {
            // Finished while the heartbeat was asking about it.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lapsed.Dispose();
}
