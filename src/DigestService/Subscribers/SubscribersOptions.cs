using System.ComponentModel.DataAnnotations;

namespace DigestService.Subscribers;

/// <summary>Section <c>Subscribers</c>: how long those are remembered who are no readers, or no longer.</summary>
public sealed class SubscribersOptions
{
    /// <summary>Days after which a sign-up that nobody confirmed is forgotten; its link works for seven.</summary>
    [Range(8, 3650)]
    public int KeepPendingDays { get; set; } = 14;

    /// <summary>Days after which a reader who left is erased, with the evidence of their consent.</summary>
    [Range(8, 36500)]
    public int KeepLeftDays { get; set; } = 1095;
}
