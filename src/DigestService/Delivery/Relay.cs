using DigestService.Mail;

namespace DigestService.Delivery;

/// <summary>One relay as the sender sees it: how to reach it, its share, its rate and whether it works.</summary>
internal sealed class Relay(SmtpRelayOptions options, string clientName, TimeProvider time)
{
    // Some fifteen seconds of not being reached: longer than a restart takes.
    private const int FailuresToTell = 5;
    private const int FailuresToGiveUp = 3;

    // One that worked in this run and cannot be reached any more may be starting anew: it gets half a minute, as the database does.
    private const int FailuresToGiveUpWhatWorked = 7;

    // One try at a silent relay waits half a minute, and further ones would tell no more.
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(25);

    // Its operator may give it more room.
    private static readonly TimeSpan TooLargeRemembered = TimeSpan.FromHours(1);

    private volatile TooLarge? _tooLarge;
    private int _waiting;

    /// <summary>How it is reached.</summary>
    public SmtpRelay Target { get; } = options.ToRelay(clientName);

    /// <summary>Host and port, for logs and rows.</summary>
    public string Name { get; } = NameOf(options);

    /// <summary>Share beside other relays; 0 for a reserve.</summary>
    public int Weight => options.Weight;

    /// <summary>Connections at once.</summary>
    public int Connections => options.Connections;

    /// <summary>Whether it may be tried now.</summary>
    public CircuitBreaker Breaker => Health.Breaker;

    /// <summary>What its answers say about it.</summary>
    public RelayHealth Health { get; } = new(time);

    /// <summary>Its limit and what its answers ask for; guarded by whoever deals out mails.</summary>
    public AdaptiveRate Rate { get; } = new(options.MessagesPerSecond, time);

    /// <summary>How many mails it takes over one connection.</summary>
    public ConnectionLimit ConnectionLimit { get; } = new(time);

    /// <summary>How many connections it takes at once.</summary>
    public ConnectionsAtOnce AtOnce { get; } = new(time);

    /// <summary>Mails it got, divided by its weight: the least goes next.</summary>
    public double Served { get; set; }

    /// <summary>Why it could not be reached when that was last tried, in words; null where it was.</summary>
    public string? LastFailure { get; set; }

    /// <summary>Whether it could not be reached when that was last tried, be it by another run: a connection alone shows that it can be again.</summary>
    public bool IsUnreached { get; set; }

    /// <summary>How long a connection to it may take before it counts as out of order, while it is waited for on.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(31);

    /// <summary>Whether it took longer than that when it last let us in: such a relay is slow and works.</summary>
    public bool GreetsLate { get; set; }

    /// <summary>Whether there are others that may take its mails.</summary>
    public bool IsOneOfSeveral { get; init; }

    /// <summary>
    /// Whether a connection may wait for a late greeting; who gets true ends it by <see cref="EndWait"/>. One at a time: others show whether it
    /// greets again. A mail in hand that another relay may take does not wait; once this one is known to let nobody in, no mail is in hand.
    /// </summary>
    public bool TryWait() => (!IsOneOfSeveral || IsUnreached) && Interlocked.Exchange(ref _waiting, 1) == 0;

    /// <summary>The connection that waited has been greeted, or was given up.</summary>
    public void EndWait() => Volatile.Write(ref _waiting, 0);

    /// <summary>Whether it was reached in this run.</summary>
    public bool HasBeenReached { get; set; }

    /// <summary>Its trouble as it stands in the database; null where none does.</summary>
    public string? WrittenTrouble { get; set; }

    /// <summary>When that was last written, on the process's own clock; 0 for not in this run.</summary>
    public long TroubleWrittenAt { get; set; }

    /// <summary>Whether a run that is to end should not wait for it.</summary>
    public bool IsGivenUp => Health.Trouble is { IsTelling: true }
        || Breaker.IsOpen && HasFailed(HasBeenReached && LastFailure is not null ? FailuresToGiveUpWhatWorked : FailuresToGiveUp);

    /// <summary>Why the operator should look at it, in words; null while it works as far as is known.</summary>
    public string? Trouble => Health.Trouble is { } trouble ? LastFailure ?? Refuses(trouble.Words)
        : HasFailed(WrittenTrouble is null ? FailuresToTell : 1) ? LastFailure
        : null;

    /// <summary>Why it took no mail in this run, in words; null where it did or was not asked.</summary>
    public string? WhyNot => Health.Trouble is { } trouble ? LastFailure ?? Refuses(trouble.Words)
        : HasFailed(FailuresToGiveUp) ? LastFailure
        : Health.RefusedAll is { } words ? Refuses(words)
        : null;

    /// <summary>Host and port of a relay that is set.</summary>
    public static string NameOf(SmtpRelayOptions options) => NameOf(options.Host, options.Port);

    /// <summary>Host and port of a relay.</summary>
    public static string NameOf(string? host, int port) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{host}:{port}");

    /// <summary>Notes that it has refused a mail of so many octets for their number.</summary>
    public void NoteTooLarge(int octets) => _tooLarge = new(_tooLarge is { } known ? Math.Min(known.Octets, octets) : octets, time.GetTimestamp());

    /// <summary>Why a mail of so many octets had better go to another; null where this one may take it.</summary>
    public string? WhyTooLarge(int octets) => _tooLarge is { } known && octets >= known.Octets && time.GetElapsedTime(known.At) < TooLargeRemembered
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The mail has {octets} octets, and the server has refused one of {known.Octets} for its size.")
        : null;

    private bool HasFailed(int times) => Breaker.Failures >= times || Breaker.FailedFor >= LongEnough;

    private sealed record TooLarge(int Octets, long At);

    private string Refuses(string words) => $"{Name} takes no mail: {words}";
}
