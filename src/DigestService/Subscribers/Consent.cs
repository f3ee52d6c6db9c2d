using System.Text.Json.Serialization;
using NodaTime;

namespace DigestService.Subscribers;

/// <summary>
/// The evidence that a reader asked for our mail, kept on their row as JSON: when and how they asked, when they
/// confirmed, and which text they agreed to. An address on the network is kept as a keyed hash: enough to show that
/// two acts came from one place, useless for finding a person.
/// </summary>
internal sealed record Consent
{
    /// <summary>The version of the words beside the sign-up button; raise it when they change.</summary>
    public const string CurrentText = "2026-11";

    /// <summary>The way the sign-up came: <c>web</c>, <c>api</c>, <c>mail</c>, <c>operator</c> or <c>import</c>.</summary>
    public required string How { get; init; }

    /// <summary>When they asked.</summary>
    public required Instant RequestedAt { get; init; }

    /// <summary>Which words they saw.</summary>
    public required string TextVersion { get; init; }

    /// <summary>Keyed hash of the network address that asked, in hexadecimal.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RequestedFrom { get; init; }

    /// <summary>The program that asked, as it named itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? UserAgent { get; init; }
}

/// <summary>The evidence of the confirmation, added to the consent.</summary>
internal sealed record ConfirmationEvidence
{
    /// <summary>When the button was pressed, or the operator vouched for it.</summary>
    public required Instant ConfirmedAt { get; init; }

    /// <summary><c>link</c>, or <c>operator</c> when it was confirmed elsewhere.</summary>
    public required string ConfirmedBy { get; init; }

    /// <summary>Keyed hash of the network address, in hexadecimal.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ConfirmedFrom { get; init; }
}
