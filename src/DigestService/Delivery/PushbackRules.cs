using DigestService.Mail;

namespace DigestService.Delivery;

/// <summary>Which answers ask us to slow down, and whom they speak for.</summary>
internal static class PushbackRules
{
    /// <summary>
    /// 421, 451 and 452 do. 421 ends the whole session and MAIL FROM names no recipient: both speak for the relay;
    /// the rest speaks for the recipient's domain. Greylisting asks for time, not for a lower rate, and a full mailbox for neither.
    /// </summary>
    public static Pushback Read(SendOutcome outcome) => outcome switch
    {
        { Result: SendResult.Accepted } => Pushback.None,
        { Result: not SendResult.RejectedTemporarily } => Pushback.Silent,
        { Reply: not { Code: 421 or 451 or 452 } } => Pushback.Silent,
        { Reply: { } reply } when RefusalWords.Plain(reply.Text) is var words && (RefusalWords.Greylisted.IsMatch(words) || IsOfMailbox(outcome, reply, words)) => Pushback.Silent,
        { Reply.Code: 421 } or { Stage: SendStage.MailFrom } => Pushback.FromRelay,
        _ => Pushback.FromDomain,
    };

    private static bool IsOfMailbox(SendOutcome outcome, SmtpReply reply, string words) =>
        (EnhancedStatus.TryParse(reply.EnhancedCode, out var status) ? status : EnhancedStatus.FindIn(words)) is { Subject: 2 }
        && Refusals.Judge(outcome) == RefusalKind.Mailbox;
}

/// <summary>Who asked us to slow down, if anybody.</summary>
internal enum Pushback
{
    /// <summary>Nobody: the mail was taken.</summary>
    None,

    /// <summary>The answer says nothing about rates.</summary>
    Silent,

    /// <summary>The relay, for all its mail.</summary>
    FromRelay,

    /// <summary>The recipient's domain.</summary>
    FromDomain,
}
