using System.Globalization;
using System.Text.RegularExpressions;
using DigestService.Mail;
using DigestService.Suppressions;

namespace DigestService.Delivery;

/// <summary>
/// Whose fault a refusal is, as one table: the recipient's address, their mailbox, the message, the way there, or us. The
/// first rule that fits decides. docs/delivery.md explains the order.
/// </summary>
/// <remarks>
/// Wrongly blaming an address costs a reader their digest; wrongly blaming ourselves costs a pause. So an address is
/// condemned only by words or codes that speak about it, and plain refusals prove nothing.
/// </remarks>
public static class Refusals
{
    /// <summary>"User not local" (RFC 5321 4.2.3): no other command than one that names a recipient is answered so.</summary>
    private const int UserNotLocal = 551;

    private const string UserUnknown = "user_unknown";

    private const string Busy = "busy";

    /// <summary>The reason where the message is larger than what is taken.</summary>
    public const string TooLarge = "too_large";

    /// <summary>The reason where a server has no room for anybody's mail. Who reports it has tried for days.</summary>
    public const string SystemFull = "system_full";

    /// <summary>Codes that say no more than that a server, its protocol or its rules refused, which is what servers put in front of anything.</summary>
    private static readonly string[] Vague = ["x.3.0", "x.5.0", "x.7.0", "x.7.1"];

    private static readonly Rule[] Table =
    [
        // The session is at fault, never the mail (RFC 4954 6, RFC 3207 4).
        new(RefusalKind.Authentication) { Codes = [530, 534, 535, 538] },
        new(RefusalKind.Authentication) { Statuses = ["x.7.8"] },
        new(RefusalKind.Authentication) { Words = RefusalWords.Authentication },

        // Words that speak of us beat every code: relays put 5.1.1 in front of them.
        new(RefusalKind.Address, UserUnknown) { Words = RefusalWords.NotInDirectory },
        new(RefusalKind.Mailbox, Busy) { Words = RefusalWords.Greylisted },
        new(RefusalKind.Mailbox, Busy) { Words = RefusalWords.MailboxBusy },
        new(RefusalKind.Relay) { Words = RefusalWords.NoRelaying },
        new(RefusalKind.Message) { Words = RefusalWords.LinkInMessage, After = SendStage.Data },
        new(RefusalKind.Reputation) { Words = RefusalWords.Reputation },
        new(RefusalKind.Policy) { Words = RefusalWords.SenderIdentity },
        new(RefusalKind.Account) { Words = RefusalWords.OurSender },
        new(RefusalKind.Quota) { Words = RefusalWords.OurSendingQuota },

        // MAIL FROM comes before any recipient is named: only the size of the message is not about us there.
        new(RefusalKind.Message, TooLarge) { Statuses = ["x.3.4", "x.2.3"] },
        new(RefusalKind.Mailbox, "full") { Words = RefusalWords.MailboxSize },
        new(RefusalKind.Message, TooLarge) { Words = RefusalWords.TooLarge },
        new(RefusalKind.Mailbox, "full") { Statuses = ["x.2.2"] },
        new(RefusalKind.Relay, SystemFull) { Words = RefusalWords.SystemFull },
        new(RefusalKind.Quota) { Words = RefusalWords.OurQuota },
        new(RefusalKind.Message, TooLarge) { Codes = [552], At = SendStage.MailFrom },
        new(RefusalKind.Account) { At = SendStage.MailFrom },

        // What its owner may mend: full, suspended, members only. It says nothing of the address.
        new(RefusalKind.Mailbox, "full") { Words = RefusalWords.MailboxFull },
        new(RefusalKind.Mailbox, "closed_to_us") { Words = RefusalWords.ClosedToUs },
        new(RefusalKind.Mailbox, "disabled") { Words = RefusalWords.MailboxDisabled },

        // Words that speak of the address beat codes that do not: "5.7.1 User unknown".
        new(RefusalKind.Address, "no_mail") { Words = RefusalWords.DomainWithoutMail },
        new(RefusalKind.Address, UserUnknown) { Words = RefusalWords.NoSuchAddress, NeedsProof = true },
        new(RefusalKind.Address, UserUnknown) { Words = RefusalWords.NobodyThere, NeedsProof = true },
        new(RefusalKind.Route) { Words = RefusalWords.NameServerFailure },
        new(RefusalKind.Address, "host_unknown") { Words = RefusalWords.NoSuchDomain, Before = SendStage.Data },
        new(RefusalKind.Address, UserUnknown) { Statuses = ["x.1.0"], Words = RefusalWords.AddressRejected },
        new(RefusalKind.Address, UserUnknown) { Statuses = ["x.4.1"], Words = RefusalWords.UnknownToExchange },
        new(RefusalKind.Address, UserUnknown) { Statuses = ["x.5.0"], Words = RefusalWords.MailboxUnavailable },
        new(RefusalKind.Message) { Words = RefusalWords.Content, After = SendStage.Data },
        new(RefusalKind.Reputation) { Words = RefusalWords.Spam },

        // The same words without proof beat no code but those that say nothing, and not where they name a rule as well.
        new(RefusalKind.Unclear, UserUnknown) { Statuses = Vague, Words = RefusalWords.NoSuchAddress, Without = RefusalWords.AnyPolicy },
        new(RefusalKind.Unclear, UserUnknown) { Statuses = Vague, Words = RefusalWords.NobodyThere, Without = RefusalWords.AnyPolicy },

        // Codes (RFC 3463, the IANA registry, RFC 7504, and what Exchange and Gmail add to them).
        new(RefusalKind.Mailbox, "disabled") { Statuses = ["x.2.1", "x.7.13"] },
        new(RefusalKind.Address, "host_unknown") { Statuses = ["x.1.2", "x.4.4"] },
        new(RefusalKind.Address, "no_mail") { Statuses = ["x.1.10"] },
        new(RefusalKind.Address, "moved") { Statuses = ["x.1.6"] },
        new(RefusalKind.Address, UserUnknown) { Statuses = ["x.1.1", "x.1.3", "x.7.17", "x.7.18"] },
        new(RefusalKind.Account) { Statuses = ["x.1.7", "x.1.8"] },
        new(RefusalKind.Quota) { Statuses = ["x.1.90", "x.4.5"] },
        new(RefusalKind.Policy) { Statuses = ["x.1.0"] },
        new(RefusalKind.Mailbox) { Statuses = ["x.2."] },
        new(RefusalKind.Message) { Statuses = ["x.6."] },
        new(RefusalKind.Relay) { Statuses = ["x.3.", "x.5."] },
        new(RefusalKind.Route, "expired") { Statuses = ["x.4.7"] },
        new(RefusalKind.Route) { Statuses = ["x.4."] },
        new(RefusalKind.Authentication) { Statuses = ["x.7.0"], At = SendStage.RcptTo, Words = RefusalWords.Login },
        new(RefusalKind.Policy) { Statuses = ["x.7."] },
        new(RefusalKind.Address, "no_mail") { Codes = [556] },
        new(RefusalKind.Relay) { Codes = [421, 500, 501, 502, 503, 504, 521] },
        new(RefusalKind.Mailbox, "full") { Codes = [452, 552], At = SendStage.RcptTo },
        new(RefusalKind.Message) { Codes = [552] },

        // No code says more: words that usually speak of us, or of the way there.
        new(RefusalKind.Route, "expired") { Words = RefusalWords.Expired },
        new(RefusalKind.Route) { Words = RefusalWords.AnyRoute },
        new(RefusalKind.Relay) { Words = RefusalWords.AnyRelay },
        new(RefusalKind.Policy) { Words = RefusalWords.AnyPolicy },

        // It is said and not proved: once it may be a filter.
        new(RefusalKind.Unclear, UserUnknown) { Words = RefusalWords.NoSuchAddress },
        new(RefusalKind.Unclear, UserUnknown) { Words = RefusalWords.NobodyThere },
    ];

    /// <summary>Whose fault a refusal is, and a word for why that tells a full mailbox from a busy one; <c>unknown</c> where nothing is proved.</summary>
    /// <param name="code">The reply's code; 0 where a report gives none.</param>
    /// <param name="status">The enhanced code; null where there is none. A generic one gives way to one in the text.</param>
    /// <param name="text">The server's words, without or with its codes.</param>
    /// <param name="stage">What was refused; null for a report, which speaks of one recipient after the fact.</param>
    public static (RefusalKind Kind, string Reason) Explain(int code, EnhancedStatus? status, string text, SendStage? stage)
    {
        var words = RefusalWords.Plain(text);
        var known = status is { IsGeneric: false } ? status : EnhancedStatus.FindIn(words) ?? status;
        return Array.Find(Table, rule => rule.Fits(code, known, words, stage)) is { } rule ? (rule.Kind, rule.Reason) : (RefusalKind.Unclear, "unknown");
    }

    /// <summary>Whose fault the refusal of a mail is. An outcome without a reply is the message's: the relay cannot take it.</summary>
    public static RefusalKind Judge(SendOutcome outcome) => Explain(outcome).Kind;

    /// <summary>The same, with a word for why.</summary>
    public static (RefusalKind Kind, string Reason) Explain(SendOutcome outcome) => outcome.Reply is { } reply
        ? Explain(reply.Code, EnhancedStatus.TryParse(reply.EnhancedCode, out var status) ? status : null, reply.Text, outcome.Stage)
        : (RefusalKind.Message, "message");

    /// <summary>
    /// Whether a refusal proves nothing of the address by itself, and something after weeks: the mailbox is shut or not reached, or
    /// nobody is said to be there.
    /// </summary>
    public static bool IsOfMailbox((RefusalKind Kind, string Reason) refusal) =>
        refusal is { Kind: RefusalKind.Mailbox or RefusalKind.Route } or { Kind: RefusalKind.Unclear, Reason: UserUnknown };

    /// <summary>Whether a 4xx says more of the mailbox than that it has no time just now, as greylisting does.</summary>
    public static bool IsOfMailboxForLong((RefusalKind Kind, string Reason) refusal) =>
        refusal is { Kind: RefusalKind.Mailbox, Reason: not Busy } or { Kind: RefusalKind.Address } or { Kind: RefusalKind.Unclear, Reason: UserUnknown };

    /// <summary>Whether the refusal is about us, not about one recipient or one mail: others would be refused just the same.</summary>
    public static bool IsOurs(this RefusalKind kind) => kind >= RefusalKind.Relay;

    private sealed record Rule(RefusalKind Kind, string? Why = null)
    {
        public string Reason { get; } = Why ?? Kind.ToString().ToLowerInvariant();

        public int[]? Codes { get; init; }

        /// <summary>Subject and detail behind <c>x.</c>; one that ends in a dot stands for all its details.</summary>
        public string[]? Statuses { get; init; }

        public Regex? Words { get; init; }

        public Regex? Without { get; init; }

        public SendStage? At { get; init; }

        /// <summary>This stage or a later one, or a report.</summary>
        public SendStage? After { get; init; }

        /// <summary>An earlier stage than this, or a report that tells none.</summary>
        public SendStage? Before { get; init; }

        /// <summary>
        /// Filters say "user unknown" too, after they have read the mail or of whatever they do not like. It is believed where
        /// RCPT TO was refused, or where a code or the words themselves speak of the address.
        /// </summary>
        public bool NeedsProof { get; init; }

        public bool Fits(int code, EnhancedStatus? status, string words, SendStage? stage) =>
            (Codes is null || Codes.Contains(code))
            && (Statuses is null || status is { } known && Array.Exists(Statuses, pattern => IsStatus(known, pattern)))
            && (At is null || stage == At)
            && (After is null || stage is null || stage >= After)
            && (Before is null || stage is null || stage < Before)
            && (Words is null || Words.IsMatch(words))
            && (Without is null || !Without.IsMatch(words))
            && (!NeedsProof || stage == SendStage.RcptTo || IsOfAddress(status) || code == UserNotLocal || stage is null && code == 0 && status is null or { IsGeneric: true } || RefusalWords.IsCertain(words));

        private static bool IsOfAddress(EnhancedStatus? status) => status is { Subject: 1 or 4 };

        private static bool IsStatus(EnhancedStatus status, string pattern)
        {
            var text = status.ToString()[1..];
            return pattern.EndsWith('.') ? text.StartsWith(pattern[1..], StringComparison.Ordinal) : text == pattern[1..];
        }
    }
}

/// <summary>Whose fault a refusal is.</summary>
public enum RefusalKind
{
    /// <summary>The words prove nothing: not about the address by themselves, and about us if others get them too.</summary>
    Unclear,

    /// <summary>The address: no such mailbox or domain, moved, disabled. The only kind that is a hard bounce.</summary>
    Address,

    /// <summary>The mailbox, for now: full, busy, greylisting.</summary>
    Mailbox,

    /// <summary>The message: its size, form or content.</summary>
    Message,

    /// <summary>The way to the recipient's server, or the time a server had to try it.</summary>
    Route,

    /// <summary>Us: the relay does not relay for us, does not understand us or is out of order.</summary>
    Relay,

    /// <summary>Us: our account at the relay or our envelope sender.</summary>
    Account,

    /// <summary>Us: a policy of the relay, or how our domain, host name or DNS is set up.</summary>
    Policy,

    /// <summary>Us: a block list or a bad reputation.</summary>
    Reputation,

    /// <summary>Us: as many mails as we may send.</summary>
    Quota,

    /// <summary>Us, and this session alone: the relay wants a login or TLS that it did not get.</summary>
    Authentication,
}

/// <summary>A refusal as it is written down: its enhanced status or bare code, and whose fault it is.</summary>
internal sealed record Refusal(string? Status, RefusalKind Kind)
{
    /// <summary>Whether the address itself is dead.</summary>
    public bool IsHard => Kind == RefusalKind.Address;

    /// <summary>Whether the address is given up after weeks of it, though it is not proved to be dead.</summary>
    public bool IsOfMailbox { get; init; }

    /// <summary>Whether a 4xx said it until the mail was given up, which proves less.</summary>
    public bool IsTemporary { get; init; }

    /// <summary>What a 5xx says, or a 4xx of the mailbox that is still the last answer when its mail is given up; null for anything else.</summary>
    public static Refusal? Of(SendOutcome outcome)
    {
        if (outcome.Result is not (SendResult.RejectedPermanently or SendResult.RejectedTemporarily))
            return null;
        var refusal = Refusals.Explain(outcome);
        var status = outcome.Reply?.EnhancedCode ?? outcome.Reply?.Code.ToString(CultureInfo.InvariantCulture);
        return outcome.Result switch
        {
            SendResult.RejectedPermanently => new(status, refusal.Kind) { IsOfMailbox = Refusals.IsOfMailbox(refusal) },
            SendResult.RejectedTemporarily when Refusals.IsOfMailboxForLong(refusal) => new(status, RefusalKind.Mailbox) { IsOfMailbox = true, IsTemporary = true },
            _ => null,
        };
    }

    /// <summary>The bounce of a mail.</summary>
    public Bounce ToBounce(long delivery, long? subscriber, byte[] recipientKey, string? reply) => new()
    {
        SubscriberId = subscriber,
        DeliveryId = delivery,
        AddressHash = recipientKey,
        Status = Status,
        IsPermanent = IsHard,
        IsOfMailbox = IsOfMailbox,
        IsTemporary = IsTemporary,
        Reason = reply,
    };
}
