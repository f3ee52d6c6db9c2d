using System.ComponentModel.DataAnnotations;

namespace DigestService.Delivery;

/// <summary>Section <c>Mail</c>: who the service is when it writes.</summary>
public sealed class MailOptions
{
    /// <summary>The address that nobody set.</summary>
    internal const string DefaultFrom = "digest@localhost.localdomain";

    /// <summary>Address in <c>From</c>.</summary>
    [Required]
    [EmailAddress]
    public string From { get; set; } = DefaultFrom;

    /// <summary>Name beside it; unset, the site's name.</summary>
    public string? FromName { get; set; }

    /// <summary>Where bounces return; each delivery adds its own <c>+id-mac</c>. Unset, the address in <c>From</c>.</summary>
    [EmailAddress]
    public string? BounceAddress { get; set; }

    /// <summary>Where alerts go, such as a relay that takes no mail; unset, none are mailed.</summary>
    [EmailAddress]
    public string? OperatorAddress { get; set; }

    /// <summary>Where readers write commands such as <c>unsubscribe</c>; unset, no mail offers them.</summary>
    [EmailAddress]
    public string? CommandAddress { get; set; }
}
