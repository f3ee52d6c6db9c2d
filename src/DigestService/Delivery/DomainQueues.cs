namespace DigestService.Delivery;

/// <summary>
/// Claimed mails to domains that take only so many a second. Each such domain has a queue, of which one mail at a time has
/// its turn, so that mails to everybody else never wait behind it.
/// </summary>
/// <param name="limit">Mails a second to each domain; 0 for no limit but what answers ask for.</param>
/// <param name="time">The process's own clock.</param>
internal sealed class DomainQueues(double limit, TimeProvider time)
{
    private readonly Dictionary<string, DomainQueue> _byName = new(StringComparer.Ordinal);
    private readonly PriorityQueue<DomainQueue, long> _byNextTurn = new();

    /// <summary>Domains of which enough mails wait here for now.</summary>
    public CrowdedDomains Crowded()
    {
        foreach (var idle in _byName.Values.Where(queue => queue.IsForgettable).ToArray())
            _byName.Remove(idle.Name);
        DomainQueue[] crowded = [.. _byName.Values.Where(queue => queue.Room <= 0)];
        return new CrowdedDomains(
            [.. crowded.Select(queue => queue.Name)],
            [.. crowded.Where(queue => queue.Waiting.Count(mail => mail.Mail.Priority == 0) >= queue.MostWaiting).Select(queue => queue.Name)]);
    }

    /// <summary>Whether a mail waits here that was never in doubt.</summary>
    public bool IsAnyCertain => _byName.Values.Any(queue => queue.Waiting.Any(mail => mail.Mail.Doubts == 0));

    /// <summary>Whether a domain takes only so many a second.</summary>
    public bool IsLimited(string domain) => _byName.TryGetValue(domain, out var queue) ? queue.IsLimited : limit > 0;

    /// <summary>How many more mails to this domain are worth claiming.</summary>
    public int RoomFor(string domain) =>
        Math.Max(0, (_byName.TryGetValue(domain, out var queue) ? queue : new DomainQueue(domain, new AdaptiveRate(limit, time))).Room);

    /// <summary>Takes in a mail whose domain is limited; false where it is not, or where this mail has its domain's turn.</summary>
    public bool TryAdd(InFlightDelivery mail)
    {
        if (Find(mail) is not { IsLimited: true } queue || queue.Turn == mail)
            return false;
        queue.Waiting.Add(mail);
        Schedule(queue);
        return true;
    }

    /// <summary>Hands out the next mail of each domain whose time has come; that mail has the domain's turn until it is dealt or removed.</summary>
    public IEnumerable<InFlightDelivery> TakeDue()
    {
        while (_byNextTurn.TryPeek(out var queue, out var at) && at <= time.GetTimestamp())
        {
            _byNextTurn.Dequeue();
            queue.IsScheduled = false;
            if (queue.Waiting.Min is not { } mail || queue.Turn is not null)
                continue;
            if (queue.Rate.Wait() > TimeSpan.Zero)
            {
                Schedule(queue);
                continue;
            }

            queue.Waiting.Remove(mail);
            queue.Turn = mail;
            yield return mail;
        }
    }

    /// <summary>How long until a domain's time comes; null where none waits.</summary>
    public TimeSpan? UntilNext()
    {
        if (!_byNextTurn.TryPeek(out _, out var at))
            return null;
        var now = time.GetTimestamp();
        return at <= now ? TimeSpan.Zero : time.GetElapsedTime(now, at);
    }

    /// <summary>A mail goes to a relay now. True when its domain's queue has just run half empty and should be filled up.</summary>
    public bool Dealt(InFlightDelivery mail)
    {
        if (Find(mail) is not { } queue)
            return false;
        queue.Rate.Take();
        if (queue.Turn == mail)
            queue.Turn = null;
        Schedule(queue);
        return queue.IsLimited && queue.MostWaiting >= 4 && queue.Waiting.Count == queue.MostWaiting / 2;
    }

    /// <summary>A mail is no longer to be sent from here.</summary>
    public void Remove(InFlightDelivery mail)
    {
        if (!_byName.TryGetValue(mail.Mail.RecipientDomain, out var queue))
            return;
        queue.Waiting.Remove(mail);
        if (queue.Turn == mail)
            queue.Turn = null;
        Schedule(queue);
    }

    /// <summary>Takes everything out that waits here.</summary>
    public IReadOnlyList<InFlightDelivery> TakeAll()
    {
        InFlightDelivery[] waiting = [.. _byName.Values.SelectMany(queue => queue.Waiting)];
        foreach (var queue in _byName.Values)
        {
            queue.Waiting.Clear();
            queue.Turn = null;
        }

        return waiting;
    }

    /// <summary>The domain took a mail. Answers the mails that waited, if nothing limits it any more.</summary>
    public IReadOnlyCollection<InFlightDelivery> Succeeded(string domain)
    {
        if (!_byName.TryGetValue(domain, out var queue))
            return [];
        queue.Rate.Succeeded();
        if (queue.IsLimited)
            return [];
        _byName.Remove(domain);
        InFlightDelivery[] free = [.. queue.Waiting];
        queue.Waiting.Clear();
        return free;
    }

    /// <summary>The domain asked for patience.</summary>
    public void PushedBack(string domain)
    {
        if (!_byName.TryGetValue(domain, out var queue))
            _byName[domain] = queue = new DomainQueue(domain, new AdaptiveRate(limit, time));
        queue.Rate.PushedBack();
    }

    private DomainQueue? Find(InFlightDelivery mail)
    {
        var domain = mail.Mail.RecipientDomain;
        if (!_byName.TryGetValue(domain, out var queue) && limit > 0)
            _byName[domain] = queue = new DomainQueue(domain, new AdaptiveRate(limit, time));
        return queue;
    }

    private void Schedule(DomainQueue queue)
    {
        if (queue.IsScheduled || queue.Turn is not null || queue.Waiting.Count == 0)
            return;
        queue.IsScheduled = true;
        _byNextTurn.Enqueue(queue, time.GetTimestamp() + (long)(queue.Rate.Wait().TotalSeconds * time.TimestampFrequency));
    }

    private sealed class DomainQueue(string name, AdaptiveRate rate)
    {
        private const int MostOfOneDomain = 256;

        public string Name => name;

        public AdaptiveRate Rate => rate;

        public SortedSet<InFlightDelivery> Waiting { get; } = new(InFlightDelivery.Order);

        /// <summary>The mail that may go now and has not been taken by a connection yet.</summary>
        public InFlightDelivery? Turn { get; set; }

        public bool IsScheduled { get; set; }

        public bool IsLimited => !rate.IsUnlimited;

        /// <summary>What the domain takes in a second and one more: the queue is filled up once a second.</summary>
        public int MostWaiting => (int)Math.Clamp(Math.Ceiling(rate.PerSecond) + 1, 2, MostOfOneDomain);

        public int Room => IsLimited ? MostWaiting - Waiting.Count - (Turn is null ? 0 : 1) : MostOfOneDomain;

        /// <summary>Whether a queue made anew would behave the same.</summary>
        public bool IsForgettable => IsLimited && rate.IsAtLimit && Waiting.Count == 0 && Turn is null && !IsScheduled && rate.Wait() == TimeSpan.Zero;
    }
}

/// <summary>Domains of which a worker holds enough for now.</summary>
/// <param name="All">Those of which no digest need be claimed.</param>
/// <param name="WithUrgent">Those among them of which not even mails that overtake digests need be claimed.</param>
internal readonly record struct CrowdedDomains(string[] All, string[] WithUrgent);
