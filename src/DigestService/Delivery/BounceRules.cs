using DigestService.Mail;

namespace DigestService.Delivery;

/// <summary>What a refusal says about an address; <paramref name="IsHard"/> means the address itself is dead.</summary>
internal sealed record BounceFacts(string? Status, bool IsHard);

/// <summary>Which 5xx condemn an address and which only this mail, as a table over RFC 3463 codes.</summary>
internal static class BounceRules
{
    private static readonly (string Prefix, bool IsHard)[] Enhanced =
    [
        ("5.1.8", false), // our own sender address is bad
        ("5.1.7", false), // likewise
        ("5.1.", true),   // no such mailbox, no such domain, moved
        ("5.2.1", true),  // mailbox disabled
        ("5.2.", false),  // full, too large
        ("5.4.4", true),  // no route to the domain
        ("5.", false),    // system, network, protocol, content, policy
    ];

    private static readonly (int Code, bool IsHard)[] BareAtRcpt =
    [
        (550, true), // no such user here
        (551, true), // not local
        (553, true), // name not allowed
    ];

    /// <summary>
    /// The facts of a 5xx. Enhanced codes decide; without one only RCPT TO speaks of the address, and MAIL FROM never does.
    /// </summary>
    public static BounceFacts Classify(SendOutcome outcome)
    {
        if (outcome.Reply is not { } reply || outcome.Stage == SendStage.MailFrom)
            return new BounceFacts(outcome.Reply?.EnhancedCode, IsHard: false);
        var isHard = reply.EnhancedCode is { } code
            ? Array.Find(Enhanced, rule => code.StartsWith(rule.Prefix, StringComparison.Ordinal)).IsHard
            : outcome.Stage == SendStage.RcptTo && Array.Find(BareAtRcpt, rule => rule.Code == reply.Code).IsHard;
        return new BounceFacts(reply.EnhancedCode ?? reply.Code.ToString(System.Globalization.CultureInfo.InvariantCulture), isHard);
    }
}
