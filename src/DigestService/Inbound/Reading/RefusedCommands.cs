using DigestService.Mail;

namespace DigestService.Inbound.Reading;

/// <summary>Finds in a report which command was refused; null where it does not say.</summary>
internal static class RefusedCommands
{
    private static readonly (string Mark, SendStage Command)[] Marks =
    [
        ("after mail from", SendStage.MailFrom), ("to mail from", SendStage.MailFrom), ("our mail from", SendStage.MailFrom), ("sender was rejected", SendStage.MailFrom), ("mail from command", SendStage.MailFrom), ("smtp:mail", SendStage.MailFrom),
        ("after rcpt to", SendStage.RcptTo), ("to rcpt to", SendStage.RcptTo), ("our rcpt to", SendStage.RcptTo), ("rcpt command", SendStage.RcptTo), ("rcpt host", SendStage.RcptTo), ("smtp:rcpt", SendStage.RcptTo),
        ("does not like recipient", SendStage.RcptTo), ("rejected recipient", SendStage.RcptTo), ("recipient was rejected", SendStage.RcptTo), ("rcpt to:", SendStage.RcptTo), ("rcpt to <", SendStage.RcptTo),
        ("end of data", SendStage.AfterDot), ("to data command", SendStage.AfterDot), ("after data", SendStage.AfterDot), ("our data", SendStage.AfterDot), ("failed after i sent the message", SendStage.AfterDot),
    ];

    /// <summary>Reads the command out of words such as "in reply to RCPT TO command", or out of a transcript.</summary>
    public static SendStage? Read(string words)
    {
        var lower = words.ToLowerInvariant();
        if (FromTranscript(lower) is { } transcribed)
            return transcribed;
        lower = string.Join(' ', lower.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        foreach (var (mark, command) in Marks)
        {
            if (lower.Contains(mark, StringComparison.Ordinal))
                return command;
        }

        return null;
    }

    // sendmail: ">>> RCPT To:<a@b>" and under it "<<< 550 …".
    private static SendStage? FromTranscript(string lower)
    {
        SendStage? said = null;
        foreach (var line in lower.Split('\n'))
        {
            var trimmed = line.TrimStart();
            if (trimmed.StartsWith(">>> ", StringComparison.Ordinal))
                said = trimmed[4..] is var command && command.StartsWith("rcpt", StringComparison.Ordinal) ? SendStage.RcptTo
                    : command.StartsWith("data", StringComparison.Ordinal) || command.StartsWith("bdat", StringComparison.Ordinal) || command.StartsWith('.') ? SendStage.AfterDot
                    : command.StartsWith("mail", StringComparison.Ordinal) || command.StartsWith("ehlo", StringComparison.Ordinal) || command.StartsWith("helo", StringComparison.Ordinal) ? SendStage.MailFrom : said;
            else if (said is not null && (trimmed.StartsWith("<<< 5", StringComparison.Ordinal) || trimmed.StartsWith("<<< 4", StringComparison.Ordinal)))
                return said;
        }

        return null;
    }
}
