using NodaTime;

namespace DigestService.Admin;

/// <summary>
/// Wrong passwords by the network they came from: after some of them that network waits, and no other. A right password
/// is not counted.
/// </summary>
internal sealed class FailedSignIns(IClock clock)
{
    private const int Most = 10;
    private const int LeastToForget = 10_000;
    private static readonly Duration Window = Duration.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Attempts> _networks = new(StringComparer.Ordinal);
    // Twice as many as were left the last time: who comes from ever new networks does not have all gone through each time.
    private int _forgetAt = LeastToForget;

    /// <summary>Counts an attempt before its password is looked at; false when the network has to wait, and for how long.</summary>
    public bool TryBegin(string network, out Duration wait)
    {
        var now = clock.GetCurrentInstant();
        wait = Duration.Zero;
        lock (_lock)
        {
            if (_networks.Count >= _forgetAt)
                ForgetOld(now);
            if (!_networks.TryGetValue(network, out var attempts) || IsOver(attempts, now))
                attempts = new Attempts(now, 0);
            if (attempts.Count >= Most)
            {
                wait = attempts.Since + Window - now;
                return false;
            }

            _networks[network] = attempts with { Count = attempts.Count + 1 };
            return true;
        }
    }

    /// <summary>The attempt that was just begun had the right password.</summary>
    public void Forgive(string network)
    {
        lock (_lock)
        {
            if (_networks.TryGetValue(network, out var attempts) && attempts.Count > 0)
                _networks[network] = attempts with { Count = attempts.Count - 1 };
        }
    }

    // Also where the clock was set back meanwhile.
    private static bool IsOver(Attempts attempts, Instant now) => now - attempts.Since >= Window || now < attempts.Since;

    private void ForgetOld(Instant now)
    {
        foreach (var (network, attempts) in _networks.ToList())
        {
            if (IsOver(attempts, now))
                _networks.Remove(network);
        }

        _forgetAt = Math.Max(LeastToForget, 2 * _networks.Count);
    }

    private readonly record struct Attempts(Instant Since, int Count);
}
