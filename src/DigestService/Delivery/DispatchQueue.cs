using System.Collections.Frozen;
using NodaTime;

namespace DigestService.Delivery;

/// <summary>
/// The mails a worker has claimed, dealt out to the connections that wait for them: transactional mails first, relays by
/// weight, neither relay nor recipient domain faster than it takes them (see <see cref="DomainQueues"/>).
/// </summary>
internal sealed partial class DispatchQueue : IAsyncDisposable
{
    // Mails of slow domains are held back here too, and what composing hands over; a digest's recipe has some 3 kB.
    private const int LeastHeld = 2_048;

    private readonly Lock _lock = new();
    private readonly SortedSet<InFlightDelivery> _ready = new(InFlightDelivery.Order);
    private readonly HashSet<InFlightDelivery> _all = [];

    // Mails that not every relay can take.
    private readonly SortedSet<InFlightDelivery> _choosy = new(InFlightDelivery.Order);
    private readonly DomainQueues _domains;
    private readonly IReadOnlyList<Relay> _relays;
    private readonly WaitingConnections _connections;
    private readonly ITimer _timer;
    private bool _wasFull;
    private bool _wantsDomains;
    private TaskCompletionSource _wanting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _halfEmpty;

    /// <summary>An empty queue before these relays; <paramref name="domainLimit"/> is mails a second and domain, 0 for none.</summary>
    public DispatchQueue(IReadOnlyList<Relay> relays, double domainLimit, TimeProvider time)
    {
        (_relays, _connections, _domains) = (relays, new WaitingConnections(relays), new DomainQueues(domainLimit, time));
        _timer = time.CreateTimer(_ => DealOnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Capacity = Math.Clamp(relays.Sum(relay => relay.Connections) * 16, 32, 512);
    }

    /// <summary>Mails that are worth claiming at once: enough for every connection, few enough for other workers.</summary>
    public int Capacity { get; }

    /// <summary>How many more mails are worth claiming now. Mails that wait for their domain's time are in nobody's way.</summary>
    public int Room
    {
        get
        {
            lock (_lock)
                return Math.Max(0, Math.Min(Capacity - _ready.Count, MostHeld - _all.Count));
        }
    }

    /// <summary>How many more mails may be claimed for slow domains, all of them together.</summary>
    public int RoomForSlowDomains
    {
        get
        {
            lock (_lock)
                return Math.Max(0, MostHeld - _all.Count);
        }
    }

    /// <summary>Whether nothing is claimed at all.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _all.Count == 0;
        }
    }

    /// <summary>Completes when there is room for more, or nothing left at all.</summary>
    public Task Wanting
    {
        get
        {
            lock (_lock)
                return _wanting.Task;
        }
    }

    /// <summary>Completes when no more than half of what may be held is.</summary>
    public Task HalfEmpty
    {
        get
        {
            lock (_lock)
                return _all.Count <= MostHeld / 2
                    ? Task.CompletedTask
                    : (_halfEmpty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Everything claimed, waiting or under way, for the heartbeat.</summary>
    public IReadOnlyList<InFlightDelivery> All()
    {
        lock (_lock)
            return [.. _all];
    }

    /// <summary>Domains that ask for patience and of which enough mails wait here already; claim no more of them.</summary>
    public CrowdedDomains CrowdedDomains()
    {
        lock (_lock)
            return _domains.Crowded();
    }

    /// <summary>How many mails to this domain are worth claiming now.</summary>
    public int RoomFor(string domain)
    {
        lock (_lock)
            return _domains.RoomFor(domain);
    }

    /// <summary>How many mails to this domain may be handed over besides what is held in all: any number, where nothing limits it.</summary>
    public int DirectRoomFor(string domain)
    {
        lock (_lock)
            return _domains.IsLimited(domain) ? _domains.RoomFor(domain) : int.MaxValue;
    }

    /// <summary>Whether a slow domain's mails have run low since this was last asked.</summary>
    public bool TakeWishForDomains()
    {
        lock (_lock)
        {
            var wish = _wantsDomains;
            _wantsDomains = false;
            return wish;
        }
    }

    /// <summary>Adds what was claimed. Whoever claims a row again has lost the claim on it that still waits here.</summary>
    public void Add(IReadOnlyCollection<InFlightDelivery> mails)
    {
        lock (_lock)
        {
            var rows = mails.Select(mail => mail.Mail.Id).ToHashSet();
            foreach (var superseded in _all.Where(mail => mail.IsWaiting && rows.Contains(mail.Mail.Id)).ToArray())
                Drop(superseded);
            foreach (var mail in mails)
            {
                _all.Add(mail);
                Place(mail);
            }

            _ready.UnionWith(_domains.TakeDue());
            _wasFull |= _ready.Count > Capacity / 2;
            Deal();
        }
    }

    /// <summary>The next mail for a connection to this relay.</summary>
    public async Task<InFlightDelivery> TakeAsync(Relay relay, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        Slot slot;
        lock (_lock)
        {
            slot = _connections.Add(relay);
            Deal();
        }

        await using var cancellation = ct.Register(() => Leave(slot, ct));
        return await slot.Mail.Task;
    }

    /// <summary>Gives a mail back unsent: its relay could not be reached.</summary>
    public void Return(InFlightDelivery mail)
    {
        lock (_lock)
        {
            Place(mail);
            Deal();
        }
    }

    /// <summary>Whether what one relay cannot take may be for another.</summary>
    public bool HasSeveralRelays => _relays.Count > 1;

    /// <summary>
    /// Gives a mail back that this relay can never take, for one of the others. False where none of them works, or too many mails
    /// wait for some relays alone.
    /// </summary>
    public bool TryReturn(InFlightDelivery mail, Relay notBy)
    {
        lock (_lock)
        {
            mail.NotBy = new HashSet<Relay>(mail.NotBy) { notBy };
            if (!IsRoomElsewhere(mail))
                return false;
            Place(mail);
            Deal();
            return true;
        }
    }

    /// <summary>Whether there is a relay that may take a mail which this one can never take.</summary>
    public bool IsAnyOther(InFlightDelivery mail, Relay notBy)
    {
        lock (_lock)
            return _relays.Any(relay => relay != notBy && !mail.NotBy.Contains(relay));
    }

    /// <summary>Whether a mail that this relay can never take would now be taken back for one of the others.</summary>
    public bool IsReturnable(InFlightDelivery mail, Relay notBy)
    {
        lock (_lock)
            return IsRoomElsewhere(mail, notBy);
    }

    /// <summary>A mail is finished, or no longer ours.</summary>
    public void Finish(InFlightDelivery mail)
    {
        lock (_lock)
            Drop(mail);
    }

    /// <summary>Takes out everything no connection has taken, to be released.</summary>
    public IReadOnlyList<InFlightDelivery> TakeWaiting()
    {
        lock (_lock)
        {
            InFlightDelivery[] waiting = [.. _ready, .. _choosy, .. _domains.TakeAll()];
            _ready.Clear();
            _choosy.Clear();
            foreach (var mail in waiting)
                mail.IsWaiting = false;
            return waiting;
        }
    }

    /// <summary>Learns from a relay's answer how fast it and the recipient's domain may go on.</summary>
    public void Learn(Relay relay, string domain, Pushback pushback)
    {
        lock (_lock)
        {
            switch (pushback)
            {
                case Pushback.None:
                    relay.Rate.Succeeded();
                    _ready.UnionWith(_domains.Succeeded(domain));
                    break;
                case Pushback.FromRelay:
                    relay.Rate.PushedBack();
                    break;
                case Pushback.FromDomain:
                    _domains.PushedBack(domain);
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Leave(Slot slot, CancellationToken ct)
    {
        lock (_lock)
        {
            if (_connections.Remove(slot))
                slot.Mail.TrySetCanceled(ct);
        }
    }

    private void DealOnTimer()
    {
        lock (_lock)
            Deal();
    }
}
