namespace DigestService.Delivery;

/// <summary>
/// How many mails a relay takes over one connection, learnt from where it ends them: twice after the same number is a rule, once is
/// chance, or a relay that starts anew. After a minute it is tried with more.
/// </summary>
internal sealed class ConnectionLimit(TimeProvider time)
{
    private const int Most = 500;
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private int _lastEnd;
    private int _learnt;
    private long _learntAt;

    /// <summary>Mails after which a connection is replaced.</summary>
    public int Mails
    {
        get
        {
            lock (_lock)
                return _learnt > 0 && time.GetElapsedTime(_learntAt) < Memory ? _learnt : Most;
        }
    }

    /// <summary>The relay ended a connection in use after that many mails.</summary>
    public void EndedAfter(int mails)
    {
        lock (_lock)
        {
            if (mails == _lastEnd)
                (_learnt, _learntAt) = (mails, time.GetTimestamp());
            _lastEnd = mails;
        }
    }
}
