namespace DigestService.Delivery;

/// <summary>Where the mails of one run ended; each counts once, in its last state.</summary>
internal sealed record SendCounts
{
    /// <summary>Taken by a relay.</summary>
    public int Sent { get; init; }

    /// <summary>To be tried again later.</summary>
    public int Deferred { get; init; }

    /// <summary>Refused for good, expired or quarantined.</summary>
    public int Failed { get; init; }

    /// <summary>In doubt, waiting for the operator.</summary>
    public int Unknown { get; init; }

    /// <summary>Stopped by a suppression, a reader who left or the operator.</summary>
    public int Suppressed { get; init; }

    /// <summary>Why due mails remain, in a sentence; null where none do.</summary>
    public string? Hindrance { get; init; }
}

/// <summary>Counts results as they become durable.</summary>
internal sealed class RunningCounts
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, string> _unsent = [];
    private int _sent;

    /// <summary>Notes the state a mail has reached.</summary>
    public void Note(long id, string state)
    {
        lock (_lock)
        {
            if (state == "sent")
            {
                _unsent.Remove(id);
                _sent++;
            }
            else
            {
                _unsent[id] = state;
            }
        }
    }

    /// <summary>The counts so far; <paramref name="left"/> are due mails that could not be sent now.</summary>
    public SendCounts Sum(int left = 0, string? hindrance = null)
    {
        lock (_lock)
        {
            return new SendCounts
            {
                Sent = _sent,
                Deferred = Count("deferred") + left,
                Failed = Count("failed"),
                Unknown = Count("unknown"),
                Suppressed = Count("suppressed"),
                Hindrance = hindrance,
            };
        }
    }

    private int Count(string state) => _unsent.Values.Count(value => value == state);
}
