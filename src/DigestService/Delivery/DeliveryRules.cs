using System.Globalization;
using DigestService.Mail;
using NodaTime;

namespace DigestService.Delivery;

/// <summary>What becomes of a mail after one attempt, as a table; docs/delivery.md prints it for people.</summary>
internal static class DeliveryRules
{
    /// <summary>Attempts after which a mail without an expiry is given up: with the pauses below, about three days.</summary>
    public const int MostAttempts = 20;

    /// <summary>Times a row may fail before a word is said to the server; then it is quarantined.</summary>
    public const int MostFaults = 3;

    private const int MostReplyCharacters = 500;

    private static readonly Rule[] Table =
    [
        new(SendResult.Accepted, Attempts: 1, Doubts: 0, "sent", Again.Never),
        new(SendResult.RejectedPermanently, Attempts: 1, Doubts: 0, "failed", Again.Never),
        new(SendResult.RejectedTemporarily, Attempts: MostAttempts, Doubts: 0, "failed", Again.Never),
        new(SendResult.RejectedTemporarily, Attempts: 1, Doubts: 0, "deferred", Again.AfterPause),
        new(SendResult.NotSent, Attempts: MostAttempts, Doubts: 0, "failed", Again.Never),
        new(SendResult.NotSent, Attempts: 3, Doubts: 0, "deferred", Again.AfterPause),
        new(SendResult.NotSent, Attempts: 1, Doubts: 0, "queued", Again.AtOnce),
        new(SendResult.Unknown, Attempts: 1, Doubts: 1, "unknown", Again.Never),
        new(SendResult.Unknown, Attempts: 1, Doubts: 0, "unknown", Again.AtOnceUnlessHeld),
    ];

    private static readonly Duration[] Pauses =
    [
        Duration.FromMinutes(1), Duration.FromMinutes(5), Duration.FromMinutes(15), Duration.FromMinutes(30),
        Duration.FromHours(1), Duration.FromHours(2), Duration.FromHours(4),
    ];

    private enum Again
    {
        Never,
        AtOnce,
        AtOnceUnlessHeld,
        AfterPause,
    }

    /// <summary>
    /// The first rule that fits: the result, at least so many attempts (this one counted) and so many doubts before.
    /// A resend that is certainly not taken is tried again like any other mail; its earlier doubt stays on the row.
    /// </summary>
    public static Verdict Judge(ClaimedMail mail, SendOutcome outcome, OnUnknown onUnknown, Instant now, Random random)
    {
        var attempts = mail.Attempts + 1;
        var rule = Table.First(rule => rule.Result == outcome.Result && attempts >= rule.Attempts && mail.Doubts >= rule.Doubts);
        Instant? again = rule.Again switch
        {
            Again.AtOnce => now,
            Again.AtOnceUnlessHeld when onUnknown == OnUnknown.Resend => now,
            Again.AfterPause => now + Pause(attempts, random),
            _ => null,
        };
        return new Verdict
        {
            Mail = mail,
            State = rule.State,
            Reply = Describe(outcome),
            AgainAt = again,
            Bounce = outcome.Result == SendResult.RejectedPermanently ? Refusal.Of(outcome) : null,
        };
    }

    /// <summary>A mail that could not even be offered: its bytes do not match its hash, or preparing it threw.</summary>
    public static Verdict JudgeFault(ClaimedMail mail, string reason, Instant now, Random random)
    {
        var isLast = mail.Faults + 1 >= MostFaults;
        return new Verdict
        {
            Mail = mail,
            State = isLast ? "failed" : "deferred",
            Reply = Clean(isLast ? "Quarantined: " + reason : reason),
            AgainAt = isLast ? null : now + Pause(mail.Faults + 1, random),
            IsFault = true,
        };
    }

    private static Duration Pause(int attempt, Random random) =>
        Pauses[Math.Min(attempt, Pauses.Length) - 1] * (0.8 + 0.4 * random.NextDouble());

    private static string Describe(SendOutcome outcome)
    {
        var stage = outcome.Result switch
        {
            SendResult.Accepted => "",
            _ => string.Create(CultureInfo.InvariantCulture, $"[{outcome.Stage}] "),
        };
        return Clean(stage + (outcome.Reply?.ToString() ?? outcome.Detail ?? "no reply"));
    }

    private static string Clean(string text)
    {
        var printable = string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c));
        return printable.Length <= MostReplyCharacters ? printable : printable[..MostReplyCharacters];
    }

    private sealed record Rule(SendResult Result, int Attempts, int Doubts, string State, Again Again);
}

/// <summary>What is to be written about one mail.</summary>
internal sealed record Verdict
{
    /// <summary>The mail as it was claimed; its fence goes with every write.</summary>
    public required ClaimedMail Mail { get; init; }

    /// <summary>The state the row gets.</summary>
    public required string State { get; init; }

    /// <summary>The server's words, or ours about it; printable, at most 500 characters.</summary>
    public required string Reply { get; init; }

    /// <summary>When it is tried again; null for never or by the operator alone.</summary>
    public Instant? AgainAt { get; init; }

    /// <summary>What a 5xx says, and of whom; to be written down as a bounce.</summary>
    public Refusal? Bounce { get; init; }

    /// <summary>Whether the mail failed before a word was said to the server.</summary>
    public bool IsFault { get; init; }
}
