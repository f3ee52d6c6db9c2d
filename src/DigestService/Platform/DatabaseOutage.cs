namespace DigestService.Platform;

/// <summary>
/// That the database is out of reach. Every part notices it by itself; the log tells it by the first of them, and again when the service
/// has seen that it answers.
/// </summary>
internal sealed class DatabaseOutage
{
    private readonly Lock _lock = new();
    private bool _isTold;
    private int _ended;

    /// <summary>Notes that it is told; the name of this outage, by which its lines are one.</summary>
    public string Begin()
    {
        lock (_lock)
        {
            _isTold = true;
            return FormattableString.Invariant($"outage {_ended}");
        }
    }

    /// <summary>Notes that the database answers; whether the log says that it does not.</summary>
    public bool End()
    {
        lock (_lock)
        {
            if (!_isTold)
                return false;
            _isTold = false;
            _ended++;
            return true;
        }
    }
}
