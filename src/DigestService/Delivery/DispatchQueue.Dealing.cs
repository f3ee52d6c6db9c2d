using System.Collections.Frozen;

namespace DigestService.Delivery;

/// <summary>Which mail goes to which connection, and when.</summary>
internal sealed partial class DispatchQueue
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    private int MostHeld => Math.Max(LeastHeld, Capacity * 4);

    // One that is being tried is waited for.
    private static bool IsWorkingFor(InFlightDelivery mail, Relay relay) => !mail.NotBy.Contains(relay) && relay.Breaker.Pause == TimeSpan.Zero;

    private bool IsRoomElsewhere(InFlightDelivery mail, Relay? notBy = null) => _choosy.Count < Capacity && _relays.Any(relay => relay != notBy && IsWorkingFor(mail, relay));

    private void Place(InFlightDelivery mail)
    {
        mail.IsWaiting = true;
        if (mail.NotBy.Count > 0)
            _choosy.Add(mail);
        else if (!_domains.TryAdd(mail))
            _ready.Add(mail);
    }

    private void Deal()
    {
        var soonest = TimeSpan.MaxValue;
        DealChoosy(ref soonest);
        _ready.UnionWith(_domains.TakeDue());
        while (_connections.IsAny && Next() is { } mail)
        {
            if (!mail.IsHeld)
            {
                // Its lease ended while it waited: it is anybody's, and perhaps in this queue again already.
                Drop(mail);
                continue;
            }

            if (_domains.TryAdd(mail))
            {
                // Its domain has asked for patience since it was claimed.
                _ready.Remove(mail);
                _ready.UnionWith(_domains.TakeDue());
                continue;
            }

            if (_connections.Next(mail.NotBy, ref soonest) is not { } slot)
                break;
            Send(mail, slot);
        }

        if (_domains.UntilNext() is { } wait && wait < soonest)
            soonest = wait;
        // A relay that breaks down or works again says so to nobody here, and then a mail that waited for it may be for another, or for a reserve.
        if (_relays.Count > 1 && _connections.IsAny && _ready.Count + _choosy.Count > 0 && soonest > Glance)
            soonest = Glance;
        if (soonest != TimeSpan.MaxValue)
            _timer.Change(soonest + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    // They had their domain's turn. Where no relay works that may take one, another finds that out and puts it off.
    private void DealChoosy(ref TimeSpan soonest)
    {
        if (_choosy.Count == 0)
            return;
        foreach (var mail in _choosy.ToArray())
        {
            if (!_connections.IsAny)
                return;
            if (!mail.IsHeld)
                Drop(mail);
            else if (_connections.Next(_relays.Any(relay => IsWorkingFor(mail, relay)) ? mail.NotBy : FrozenSet<Relay>.Empty, ref soonest) is { } slot)
                Send(mail, slot);
        }
    }

    private void Send(InFlightDelivery mail, Slot slot)
    {
        _ready.Remove(mail);
        _choosy.Remove(mail);
        mail.IsWaiting = false;
        var isDomainLow = _domains.Dealt(mail);
        _ready.UnionWith(_domains.TakeDue());
        _connections.Serve(slot, mail);
        _wantsDomains |= isDomainLow;
        if (isDomainLow || _ready.Count == 0 && _domains.UntilNext() is null || _wasFull && _ready.Count <= Capacity / 2)
            Signal();
    }

    /// <summary>
    /// The mail that goes next. What relays in trouble are tried with is drawn by lot, so that a row of dead addresses does
    /// not hold up the mails behind it. A mail in doubt has one try left and is not taken while there is another.
    /// </summary>
    private InFlightDelivery? Next()
    {
        if (_relays.Any(relay => relay.Breaker.Failures == 0))
            return _ready.Min;
        var certain = _ready.Where(mail => mail.Mail.Doubts == 0).ToArray();
        if (certain.Length > 0)
            return certain[Random.Shared.Next(certain.Length)];
        return _domains.IsAnyCertain ? null : _ready.Min;
    }

    private void Drop(InFlightDelivery mail)
    {
        _all.Remove(mail);
        _ready.Remove(mail);
        _choosy.Remove(mail);
        _domains.Remove(mail);
        mail.IsWaiting = false;
        mail.Dispose();
        if (_all.Count == 0)
            Signal();
        if (_halfEmpty is not null && _all.Count <= MostHeld / 2)
        {
            _halfEmpty.TrySetResult();
            _halfEmpty = null;
        }
    }

    private void Signal()
    {
        _wasFull = false;
        _wanting.TrySetResult();
        _wanting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
