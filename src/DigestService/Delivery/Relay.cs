using DigestService.Mail;

namespace DigestService.Delivery;

/// <summary>One relay as the sender sees it: how to reach it, its share, its rate and whether it works.</summary>
internal sealed class Relay(SmtpRelayOptions options, string clientName, TimeProvider time)
{
    private const int MostRefusalsOfSender = 5;

    private int _refusalsOfSender;

    /// <summary>How it is reached.</summary>
    public SmtpRelay Target { get; } = options.ToRelay(clientName);

    /// <summary>Host and port, for logs and rows.</summary>
    public string Name { get; } = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{options.Host}:{options.Port}");

    /// <summary>Share beside other relays; 0 for a reserve.</summary>
    public int Weight => options.Weight;

    /// <summary>Connections at once.</summary>
    public int Connections => options.Connections;

    /// <summary>Whether it can be reached.</summary>
    public CircuitBreaker Breaker { get; } = new(time);

    /// <summary>Its limit and what its answers ask for; guarded by whoever deals out mails.</summary>
    public AdaptiveRate Rate { get; } = new(options.MessagesPerSecond, time);

    /// <summary>Mails it got, divided by its weight: the least goes next.</summary>
    public double Served { get; set; }

    /// <summary>What its last failure to connect was, in words.</summary>
    public string? LastFailure { get; set; }

    /// <summary>
    /// A relay that refuses our sender time and again is misconfigured; going on would burn every mail there is.
    /// </summary>
    public void NoteSenderRefused(bool isRefused)
    {
        if (!isRefused)
            Interlocked.Exchange(ref _refusalsOfSender, 0);
        else if (Interlocked.Increment(ref _refusalsOfSender) % MostRefusalsOfSender == 0)
            Breaker.Failed();
    }
}
