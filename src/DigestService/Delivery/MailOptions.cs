using System.ComponentModel.DataAnnotations;
using System.Text;

namespace DigestService.Delivery;

/// <summary>Section <c>Mail</c>: who the service is when it writes.</summary>
public sealed class MailOptions : IValidatableObject
{
    /// <summary>The address that nobody set.</summary>
    internal const string DefaultFrom = "digest@localhost.localdomain";

    /// <summary>Address in <c>From</c>.</summary>
    [Required]
    [EmailAddress]
    public string From { get; set; } = DefaultFrom;

    /// <summary>What stands behind the @ of <see cref="From"/>.</summary>
    internal string FromDomain => From[(From.LastIndexOf('@') + 1)..];

    /// <summary>Name beside it; unset, the site's name.</summary>
    public string? FromName { get; set; }

    /// <summary>Where bounces return; each delivery adds its own <c>+id-mac</c>. Unset, the address in <c>From</c>.</summary>
    [EmailAddress]
    public string? BounceAddress { get; set; }

    /// <summary>Where alerts go, such as a relay that takes no mail; unset, none are mailed.</summary>
    [EmailAddress]
    public string? OperatorAddress { get; set; }

    /// <summary>Each morning a mail to <see cref="OperatorAddress"/> with the numbers of the day before.</summary>
    public bool DailyReport { get; set; }

    /// <summary>Where readers write commands such as <c>unsubscribe</c>; unset, no mail offers them.</summary>
    [EmailAddress]
    public string? CommandAddress { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrEmpty(OperatorAddress) && !Mail.EmailAddress.TryParse(OperatorAddress, out _))
            yield return new ValidationResult(
                $"no mail can go to '{OperatorAddress}': write an address with the whole name of its domain, such as operator@example.org.", [nameof(OperatorAddress)]);
        var isSet = !string.IsNullOrEmpty(BounceAddress);
        var address = isSet ? BounceAddress! : From; // Set, as was just seen.
        var octets = Encoding.UTF8.GetByteCount(address.AsSpan(0, Math.Max(0, address.LastIndexOf('@'))));
        if (octets > Delivery.BounceAddress.LongestLocalPart)
            yield return new ValidationResult(
                $"bounces return to '{address}' with a tag for each mail, and what stands before the @ has {octets} octets; at most "
                + $"{Delivery.BounceAddress.LongestLocalPart} leave room for the tag.{(isSet ? "" : " Set Mail__BounceAddress to a shorter one.")}",
                [isSet ? nameof(BounceAddress) : nameof(From)]);
    }
}
