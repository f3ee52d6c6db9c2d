using System.Text;
using System.Text.RegularExpressions;
using DigestService.Mail;

namespace DigestService.Delivery;

/// <summary>
/// How a mail was not taken, so that it can be compared with how others were not: answers about us are alike whatever they
/// say, others are alike when they differ in addresses and numbers only.
/// </summary>
internal sealed partial record RelayAnswer
{
    /// <summary>The answers it is like; null for one that speaks of its mail alone, such as greylisting.</summary>
    public string? Group { get; private init; }

    /// <summary>What the relay said, without the addresses of the mail.</summary>
    public required string Words { get; init; }

    /// <summary>Whether a few of them in a row are enough: they speak of us, or prove nothing of the address.</summary>
    public bool IsTelling { get; private init; }

    /// <summary>Whether it was a 4xx.</summary>
    public bool IsTemporary { get; private init; }

    /// <summary>Whether it may ask for no more than time, without saying so, as greylisting by Rspamd does ("4.7.1 Try again later").</summary>
    public bool MayBeGreylisting { get; private init; }

    /// <summary>Whether it is of the session and so never of the mail.</summary>
    public bool IsOfTheSession { get; private init; }

    /// <summary>Reads an outcome that is not an acceptance.</summary>
    public static RelayAnswer Of(ClaimedMail mail, SendOutcome outcome)
    {
        if (outcome.Result is SendResult.NotSent or SendResult.Unknown)
            return new RelayAnswer { Group = RelayTrouble.Broken, Words = outcome.Detail ?? "the connection broke", IsTelling = true };
        if (outcome.Reply is not { } reply)
            return OfOffer(mail, outcome.Detail ?? "the relay cannot take it");
        var kind = Refusals.Judge(outcome);
        var words = (reply with { Text = WithoutAddresses(reply.Text, mail) }).ToString();
        var isTemporary = reply.Code < 500;
        var isGreylisting = isTemporary && kind == RefusalKind.Mailbox;
        return new RelayAnswer
        {
            Words = words,
            Group = isGreylisting ? null : kind.IsOurs() ? RelayTrouble.Ours : Comparable(words, mail),
            IsTelling = kind.IsOurs() || kind is RefusalKind.Unclear or RefusalKind.Message,
            IsTemporary = isTemporary,
            MayBeGreylisting = isTemporary && kind is (RefusalKind.Policy or RefusalKind.Unclear),
            IsOfTheSession = kind == RefusalKind.Authentication,
        };
    }

    /// <summary>
    /// What a relay offers tells us that it cannot take a mail. If it can take none, for their size, it is as if it had refused them. What an
    /// address beyond ASCII asks for (SMTPUTF8) is its mail's own matter.
    /// </summary>
    private static RelayAnswer OfOffer(ClaimedMail mail, string words) =>
        new() { Group = Ascii.IsValid(mail.Recipient) ? WithoutIds(words) : null, Words = words, IsTelling = true };

    /// <summary>Words without what differs from mail to mail and from session to session: ids, counts, times, host names.</summary>
    public static string WithoutIds(string words) => WithDigits().Replace(words, " ").Trim();

    /// <summary>
    /// What is remembered of a relay outlives the erasure of the reader whose mail it was said to; and the signed sender of a mail is
    /// for those alone who got that mail.
    /// </summary>
    private static string WithoutAddresses(string words, ClaimedMail mail)
    {
        var local = mail.Recipient[..mail.Recipient.LastIndexOf('@')];
        var whole = words.Replace(mail.Recipient, "…", StringComparison.OrdinalIgnoreCase).Replace(mail.Sender, "…", StringComparison.OrdinalIgnoreCase);
        return local.Length < 3 ? whole : whole.Replace(local, "…", StringComparison.OrdinalIgnoreCase);
    }

    private static string Comparable(string words, ClaimedMail mail)
    {
        var local = mail.Recipient[..mail.Recipient.LastIndexOf('@')];
        var plain = RefusalWords.Plain(words).Replace(mail.RecipientDomain.ToLowerInvariant(), " ", StringComparison.Ordinal);
        plain = local.Length < 3 ? plain : plain.Replace(local.ToLowerInvariant(), " ", StringComparison.Ordinal);
        return words[..3] + " " + WithoutIds(plain[3..]);
    }

    // What holds a digit is one of them.
    [GeneratedRegex(@"\S*\d\S*|\W+", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex WithDigits();
}
