namespace DigestService.Delivery;

/// <summary>A connection that waits for a mail to send.</summary>
internal sealed class Slot(Relay relay)
{
    /// <summary>Where it leads.</summary>
    public Relay Relay => relay;

    /// <summary>The mail, once there is one.</summary>
    public TaskCompletionSource<InFlightDelivery> Mail { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>The connections that wait for mails, and which of them is next. Not for several threads: its queue holds the lock.</summary>
internal sealed class WaitingConnections(IReadOnlyList<Relay> relays)
{
    private readonly List<Slot> _slots = [];

    /// <summary>Whether one waits.</summary>
    public bool IsAny => _slots.Count > 0;

    /// <summary>Lets a connection to a relay wait.</summary>
    public Slot Add(Relay relay)
    {
        var slot = new Slot(relay);
        _slots.Add(slot);
        return slot;
    }

    /// <summary>Takes out one that waits no longer; false where it has got its mail.</summary>
    public bool Remove(Slot slot) => _slots.Remove(slot);

    /// <summary>Gives a mail to one that waits.</summary>
    public void Serve(Slot slot, InFlightDelivery mail)
    {
        _slots.Remove(slot);
        slot.Relay.Rate.Take();
        slot.Relay.Served += 1.0 / Math.Max(1, slot.Relay.Weight);
        slot.Mail.TrySetResult(mail);
    }

    /// <summary>
    /// The connection whose relay has had least for its weight, of those but <paramref name="not"/>; a reserve only while every other relay is out of order. None while
    /// all of them are at their rate; <paramref name="soonest"/> becomes the time until that ends, where it is less.
    /// </summary>
    public Slot? Next(IReadOnlySet<Relay> not, ref TimeSpan soonest)
    {
        var isReserveWanted = relays.All(relay => relay.Weight == 0 || relay.Breaker.IsOpen || not.Contains(relay));
        Slot? next = null;
        foreach (var slot in _slots)
        {
            if (slot.Relay.Weight == 0 && !isReserveWanted || not.Contains(slot.Relay))
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
            next.Relay.Served = Math.Max(next.Relay.Served, relays.Max(relay => relay.Served) - 10);
        return next;
    }
}
