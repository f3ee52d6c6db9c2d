using System.ComponentModel.DataAnnotations;

namespace DigestService.Subscribers;

/// <summary>Section <c>Subscribers</c>: how long those are remembered who are no readers, or no longer, and how many strangers are answered.</summary>
public sealed class SubscribersOptions
{
    /// <summary>Days after which a sign-up that nobody confirmed is forgotten; its link works for seven.</summary>
    [Range(8, 3650)]
    public int KeepPendingDays { get; set; } = 14;

    /// <summary>Days after which a reader who left is erased, with the evidence of their consent.</summary>
    [Range(8, 36500)]
    public int KeepLeftDays { get; set; } = 1095;

    /// <summary>The most mails an hour that answer sign-ups and requests for the link to preferences, in all.</summary>
    [Range(1, 1_000_000)]
    public int SignUpMailsAnHour { get; set; } = 1_000;
}
