using System.Globalization;
using System.Text.RegularExpressions;
using DigestService.Mail;
using NodaTime;

namespace DigestService.Delivery;

/// <summary>What becomes of a mail after one attempt, as a table; docs/delivery.md prints it for people.</summary>
internal static partial class DeliveryRules
{
    /// <summary>Attempts after which a mail without an expiry is given up: with the pauses below, about three days.</summary>
    public const int MostAttempts = 20;

    /// <summary>Times a row may fail before a word is said to the server; then it is quarantined.</summary>
    public const int MostFaults = 3;

    private const int MostPausesForRelay = 4;
    private const int MostReplyCharacters = 500;

    private static readonly Rule[] Table =
    [
        new(SendResult.Accepted, "sent", Again.Never),
        new(SendResult.RejectedPermanently, "deferred", Again.AfterPause) { Of = RelayVerdict.OfTheRelay },
        new(SendResult.RejectedPermanently, "failed", Again.Never) { IsFinal = true },
        new(SendResult.RejectedPermanently, "failed", Again.Never) { Attempts = MostAttempts },
        new(SendResult.RejectedPermanently, "deferred", Again.AfterPause),
        new(SendResult.RejectedTemporarily, "deferred", Again.AfterPause) { Of = RelayVerdict.OfTheRelay },
        new(SendResult.RejectedTemporarily, "failed", Again.Never) { Attempts = MostAttempts },
        new(SendResult.RejectedTemporarily, "deferred", Again.AfterPause),
        new(SendResult.NotSent, "deferred", Again.AfterPause) { Of = RelayVerdict.OfTheRelay },
        new(SendResult.NotSent, "failed", Again.Never) { Attempts = MostAttempts },
        new(SendResult.NotSent, "deferred", Again.AfterPause) { Attempts = 3 },
        new(SendResult.NotSent, "queued", Again.AtOnce),
        new(SendResult.Unknown, "unknown", Again.Never) { Doubts = 1 },
        new(SendResult.Unknown, "unknown", Again.AtOnceUnlessHeld) { Of = RelayVerdict.OfTheMail },
        new(SendResult.Unknown, "unknown", Again.AfterPauseUnlessHeld),
    ];

    private static readonly Duration[] Pauses =
    [
        Duration.FromMinutes(1), Duration.FromMinutes(5), Duration.FromMinutes(15), Duration.FromMinutes(30),
        Duration.FromHours(1), Duration.FromHours(2), Duration.FromHours(4),
    ];

    /// <summary>No mail waits longer for its next attempt.</summary>
    public static Duration LongestPause { get; } = Pauses[^1] * 1.2;

    private enum Again
    {
        Never,
        AtOnce,
        AtOnceUnlessHeld,
        AfterPause,
        AfterPauseUnlessHeld,
    }

    /// <summary>
    /// The first rule that fits: the result, at least so many attempts (this one counted) and so many doubts before.
    /// A resend that is certainly not taken is tried again like any other mail; its earlier doubt stays on the row.
    /// </summary>
    public static Verdict Judge(
        ClaimedMail mail, SendOutcome outcome, RelayVerdict relay, OnUnknown onUnknown, Instant now, Random random)
    {
        var attempts = mail.Attempts + 1;
        var refusal = Refusal.Of(outcome);
        var rule = Find(mail, outcome, refusal, relay);
        Instant? again = rule.Again switch
        {
            Again.AtOnce => now,
            Again.AtOnceUnlessHeld when onUnknown == OnUnknown.Resend => now,
            Again.AtOnceUnlessHeld => null,
            Again.AfterPause => now + PauseFor(relay, attempts, random),
            Again.AfterPauseUnlessHeld when onUnknown == OnUnknown.Resend => now + PauseFor(relay, attempts, random),
            _ => null,
        };
        return new Verdict
        {
            Mail = mail,
            State = rule.State,
            Reply = Describe(outcome),
            AgainAt = again,
            Bounce = rule.State == "failed" ? refusal : null,
            IsSpared = relay == RelayVerdict.OfTheRelay && rule.State == "deferred",
        };
    }

    /// <summary>Whether an attempt fails the mail for good.</summary>
    public static bool Fails(ClaimedMail mail, SendOutcome outcome, RelayVerdict relay) => Find(mail, outcome, Refusal.Of(outcome), relay).State == "failed";

    private static Rule Find(ClaimedMail mail, SendOutcome outcome, Refusal? refusal, RelayVerdict relay) => Table.First(rule =>
        rule.Result == outcome.Result
        && mail.Attempts + 1 >= rule.Attempts
        && mail.Doubts >= rule.Doubts
        && (rule.Of is null || rule.Of == relay)
        && (!rule.IsFinal || IsFinal(refusal, relay)));

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

    /// <summary>A mail that this relay has left to another, which works: it waits as it did before.</summary>
    public static Verdict JudgeForAnother(ClaimedMail mail, SendOutcome outcome, Instant now) => JudgeUnoffered(mail, now) with { Reply = Describe(outcome) };

    /// <summary>A mail that was marked and then offered to nobody: it waits as it did before.</summary>
    public static Verdict JudgeUnoffered(ClaimedMail mail, Instant now) => new()
    {
        Mail = mail,
        State = "queued",
        Reply = "The relay ended the connection before this mail.",
        AgainAt = now,
        IsSpared = true,
    };

    /// <summary>Whether a 5xx ends the mail. One about us does not, nor one that says nothing while the relay takes no other mail.</summary>
    private static bool IsFinal(Refusal? refusal, RelayVerdict relay) => refusal is not null
        && !refusal.Kind.IsOurs()
        && (refusal.Kind != RefusalKind.Unclear || relay == RelayVerdict.OfTheMail);

    // What is the relay's fault is tried soon after it works again.
    private static Duration PauseFor(RelayVerdict relay, int attempts, Random random) =>
        Pause(relay == RelayVerdict.OfTheRelay ? Math.Min(attempts, MostPausesForRelay) : attempts, random);

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

    /// <summary>The 4xx that <see cref="Describe"/> wrote down; null where it was anything else.</summary>
    public static SendOutcome? ReadPutOff(string? reply) =>
        reply is not null && PutOff().Match(reply) is { Success: true, Groups: var found } && Enum.TryParse<SendStage>(found["stage"].ValueSpan, out var stage)
            ? new(stage, SendResult.RejectedTemporarily, new SmtpReply(int.Parse(found["code"].ValueSpan, CultureInfo.InvariantCulture), found["status"] is { Success: true, Value: var status } ? status : null, found["text"].Value), null)
            : null;

    [GeneratedRegex(@"^\[(?<stage>\w+)\] (?<code>4\d\d) ((?<status>4\.\d{1,3}\.\d{1,3}) )?(?<text>.*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex PutOff();

    private static string Clean(string text)
    {
        var printable = string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c));
        return printable.Length <= MostReplyCharacters ? printable : printable[..MostReplyCharacters];
    }

    private sealed record Rule(SendResult Result, string State, Again Again)
    {
        public int Attempts { get; init; } = 1;

        public int Doubts { get; init; }

        public RelayVerdict? Of { get; init; }

        public bool IsFinal { get; init; }
    }
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

    /// <summary>What a 5xx says, and of whom, or the last 4xx of the mailbox; to be written down as a bounce.</summary>
    public Refusal? Bounce { get; init; }

    /// <summary>Whether the attempt is not the mail's own and does not count.</summary>
    public bool IsSpared { get; init; }

    /// <summary>Whether the mail failed before a word was said to the server.</summary>
    public bool IsFault { get; init; }
}
