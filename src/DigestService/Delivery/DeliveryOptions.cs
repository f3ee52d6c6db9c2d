using System.ComponentModel.DataAnnotations;

namespace DigestService.Delivery;

/// <summary>Section <c>Delivery</c>: how the outbox behaves when things go wrong.</summary>
public sealed class DeliveryOptions
{
    internal const int LongestLeaseSeconds = 3600;

    /// <summary>What happens to a mail of which nobody can know whether it was taken.</summary>
    public OnUnknown OnUnknown { get; set; } = OnUnknown.Resend;

    /// <summary>
    /// How long a worker that says nothing keeps its mails, by the database's clock. Workers that live renew every third of it.
    /// </summary>
    [Range(2, LongestLeaseSeconds)]
    public int LeaseSeconds { get; set; } = 30;

    /// <summary>Mails a second to one recipient domain, over each process; 0: no limit but the one its answers ask for.</summary>
    [Range(0, 1_000_000)]
    public int MessagesPerDomainPerSecond { get; set; }

    /// <summary>Days that finished deliveries are kept before their partition is dropped.</summary>
    [Range(2, 3650)]
    public int KeepDays { get; set; } = 30;

    /// <summary>Days that handled mails from outside are kept, octets and all; unset, as <see cref="KeepDays"/>.</summary>
    [Range(1, 3650)]
    public int? KeepInboundDays { get; set; }

    /// <summary>Days that bounces are kept; those of a month decide whether an address is suppressed.</summary>
    [Range(31, 3650)]
    public int KeepBounceDays { get; set; } = 90;
}

/// <summary>What to do in doubt.</summary>
public enum OnUnknown
{
    /// <summary>Send once more, byte for byte the same; a second doubt waits for the operator.</summary>
    Resend,

    /// <summary>Wait for the operator.</summary>
    Hold,
}
