using System.Collections.Concurrent;
using NodaTime;

namespace DigestService.Admin.Keys;

/// <summary>How many requests each key has had in the minute that runs, in this process.</summary>
internal sealed class KeyQuota(IClock clock)
{
    /// <summary>Requests a minute.</summary>
    public const int AMinute = 600;

    private static readonly Duration Window = Duration.FromMinutes(1);
    private readonly ConcurrentDictionary<long, Minute> _minutes = [];

    /// <summary>Takes one request of a key: what is left (negative where none was), and in how many seconds the next minute begins.</summary>
    public (int Left, int Seconds) Take(long key)
    {
        var minute = _minutes.GetOrAdd(key, _ => new Minute());
        lock (minute)
        {
            var now = clock.GetCurrentInstant();
            if (now >= minute.BeganAt + Window || now < minute.BeganAt)
                (minute.BeganAt, minute.Taken) = (now, 0);
            minute.Taken = Math.Min(minute.Taken + 1, AMinute + 1);
            return (AMinute - minute.Taken, Math.Max(1, (int)Math.Ceiling((minute.BeganAt + Window - now).TotalSeconds)));
        }
    }

    private sealed class Minute
    {
        public Instant BeganAt { get; set; } = Instant.MinValue;

        public int Taken { get; set; }
    }
}
