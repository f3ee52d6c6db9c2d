using NodaTime;

namespace DigestService.Delivery;

/// <summary>
/// The mails a worker has claimed, dealt out to the connections that wait for them: transactional mails first, relays by
/// weight, neither relay nor recipient domain faster than it takes them.
/// </summary>
internal sealed class DispatchQueue : IAsyncDisposable
{
    private const int CrowdedAt = 8;

    private readonly Lock _lock = new();
    private readonly List<InFlightDelivery> _waiting = [];
    private readonly HashSet<InFlightDelivery> _all = [];
    private readonly List<Slot> _slots = [];
    private readonly Dictionary<string, AdaptiveRate> _domains = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<Relay> _relays;
    private readonly double _domainLimit;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private int _crowd;
    private bool _wasFull;
    private TaskCompletionSource _wanting = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>An empty queue before these relays; <paramref name="domainLimit"/> is mails a second and domain, 0 for none.</summary>
    public DispatchQueue(IReadOnlyList<Relay> relays, double domainLimit, TimeProvider time)
    {
        (_relays, _domainLimit, _time) = (relays, domainLimit, time);
        _timer = time.CreateTimer(_ => DealOnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Capacity = Math.Clamp(relays.Sum(relay => relay.Connections) * 16, 32, 512);
    }

    /// <summary>Mails that are worth claiming at once: enough for every connection, few enough for other workers.</summary>
    public int Capacity { get; }

    /// <summary>Claimed mails that a connection could take now; those of crowded domains are in nobody's way.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _waiting.Count - _crowd;
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

    /// <summary>Everything claimed, waiting or under way, for the heartbeat.</summary>
    public IReadOnlyList<InFlightDelivery> All()
    {
        lock (_lock)
            return [.. _all];
    }

    /// <summary>Domains that ask for patience and of which enough mails wait here already; claim no more of them.</summary>
    public string[] CrowdedDomains()
    {
        lock (_lock)
        {
            string[] crowded =
            [
                .. _waiting.GroupBy(mail => mail.Mail.RecipientDomain, StringComparer.Ordinal)
                    .Where(group => group.Count() >= CrowdedAt && _domains.TryGetValue(group.Key, out var rate) && rate.PerSecond < CrowdedAt)
                    .Select(group => group.Key),
            ];
            _crowd = crowded.Length == 0 ? 0 : _waiting.Count(mail => crowded.Contains(mail.Mail.RecipientDomain));
            return crowded;
        }
    }

    /// <summary>Adds what was claimed. Whoever claims a row again has lost the claim on it that still waits here.</summary>
    public void Add(IReadOnlyCollection<InFlightDelivery> mails)
    {
        lock (_lock)
        {
            var rows = mails.Select(mail => mail.Mail.Id).ToHashSet();
            foreach (var superseded in _waiting.Where(mail => rows.Contains(mail.Mail.Id)).ToArray())
                Drop(superseded);
            foreach (var mail in mails)
            {
                _all.Add(mail);
                _waiting.Add(mail);
            }

            _wasFull |= _waiting.Count - _crowd > Capacity / 2;

            // A stable order: what was claimed first goes first within its priority.
            _waiting.Sort((a, b) => (a.Mail.Priority, a.Mail.Id).CompareTo((b.Mail.Priority, b.Mail.Id)));
            Deal();
        }
    }

    /// <summary>The next mail for a connection to this relay.</summary>
    public async Task<InFlightDelivery> TakeAsync(Relay relay, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var slot = new Slot(relay);
        lock (_lock)
        {
            _slots.Add(slot);
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
            _waiting.Insert(0, mail);
            Deal();
        }
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
            InFlightDelivery[] waiting = [.. _waiting];
            _waiting.Clear();
            return waiting;
        }
    }

    /// <summary>Learns from a relay's answer how fast it and the recipient's domain may go on.</summary>
    public void Learn(Relay relay, string domain, Pushback pushback)
    {
        lock (_lock)
        {
            var domainRate = _domains.GetValueOrDefault(domain);
            switch (pushback)
            {
                case Pushback.None:
                    relay.Rate.Succeeded();
                    domainRate?.Succeeded();
                    if (domainRate is { IsUnlimited: true })
                        _domains.Remove(domain);
                    break;
                case Pushback.FromRelay:
                    relay.Rate.PushedBack();
                    break;
                case Pushback.FromDomain:
                    _domains[domain] = domainRate ??= new AdaptiveRate(_domainLimit, _time);
                    domainRate.PushedBack();
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
            if (_slots.Remove(slot))
                slot.Mail.TrySetCanceled(ct);
        }
    }

    private void DealOnTimer()
    {
        lock (_lock)
            Deal();
    }

    private void Deal()
    {
        var soonest = TimeSpan.MaxValue;
        for (var i = 0; i < _waiting.Count && _slots.Count > 0;)
        {
            var mail = _waiting[i];
            if (!mail.IsHeld)
            {
                // Its lease ended while it waited: it is anybody's, and perhaps in this queue again already.
                Drop(mail);
                continue;
            }

            if (IsDoubtfulProbe(mail))
            {
                i++;
                continue;
            }

            var domain = DomainRate(mail.Mail.RecipientDomain);
            if (domain?.Wait() is { } patience && patience > TimeSpan.Zero)
            {
                soonest = patience < soonest ? patience : soonest;
                i++;
                continue;
            }

            if (NextSlot(ref soonest) is not { } slot)
                break;
            _waiting.RemoveAt(i);
            _slots.Remove(slot);
            domain?.Take();
            slot.Relay.Rate.Take();
            slot.Relay.Served += 1.0 / Math.Max(1, slot.Relay.Weight);
            slot.Mail.TrySetResult(mail);
            if (_waiting.Count == 0 || _wasFull && _waiting.Count - _crowd <= Capacity / 2)
                Signal();
        }

        if (soonest != TimeSpan.MaxValue)
            _timer.Change(soonest + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    /// <summary>A mail in doubt has one try left: it is not what a relay in trouble is tried with while there is another.</summary>
    private bool IsDoubtfulProbe(InFlightDelivery mail) =>
        mail.Mail.Doubts > 0 && _relays.All(relay => relay.Breaker.Failures > 0) && _waiting.Exists(other => other.Mail.Doubts == 0);

    /// <summary>The connection whose relay has had least for its weight; a reserve only while every other relay is out of order.</summary>
    private Slot? NextSlot(ref TimeSpan soonest)
    {
        var isReserveWanted = _relays.All(relay => relay.Weight == 0 || relay.Breaker.IsOpen);
        Slot? next = null;
        foreach (var slot in _slots)
        {
            if (slot.Relay.Weight == 0 && !isReserveWanted)
                continue;
            if (next is not null && next.Relay.Served <= slot.Relay.Served)
                continue;
            var patience = slot.Relay.Rate.Wait();
            if (patience > TimeSpan.Zero)
                soonest = patience < soonest ? patience : soonest;
            else
                next = slot;
        }

        // A relay that comes back from a rest does not make up for it all at once.
        if (next is not null)
            next.Relay.Served = Math.Max(next.Relay.Served, _relays.Max(relay => relay.Served) - 10);
        return next;
    }

    private void Drop(InFlightDelivery mail)
    {
        _all.Remove(mail);
        _waiting.Remove(mail);
        mail.Dispose();
        if (_all.Count == 0)
            Signal();
    }

    private AdaptiveRate? DomainRate(string domain)
    {
        if (!_domains.TryGetValue(domain, out var rate) && _domainLimit > 0)
            _domains[domain] = rate = new AdaptiveRate(_domainLimit, _time);
        return rate;
    }

    private void Signal()
    {
        _wasFull = false;
        _wanting.TrySetResult();
        _wanting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Slot(Relay relay)
    {
        public Relay Relay => relay;

        public TaskCompletionSource<InFlightDelivery> Mail { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
