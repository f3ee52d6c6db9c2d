using DigestService.Mail.Mime;

namespace DigestService.Inbound.Reading;

/// <summary>
/// Bounces that are no delivery report: text that people were meant to read, as sendmail, qmail, exim, the gateways of
/// Exchange, Notes and GroupWise and many providers write it.
/// </summary>
internal static class WrittenBounce
{
    private const int MostRecipients = 50;

    /// <summary>Where the returned mail begins; what follows is not the report's.</summary>
    private static readonly string[] ReturnedMarks =
    [
        "this is a copy of your message", "header of the original message", "original message follows", "unsent message follows",
        "undelivered message follows", "message header follows", "message headers follow", "below is a copy of the original", "original mail as follows", "copy of the message header",
        "returned message ---", "original message ---", "--- original message", "original message:", "returned message follows", "headers of the message", "message contents follow", "the first part of your message",
        "begin message header", "the contents of your mail", "original text follows", "message header:", "message text follows", "original message header", "---original message---",
        "header of the message", "here is a copy of the", "a copy of the message", "the following is the", "text of your message", "copy of your original message",
        "-- the following text was", "original message was:", "received message headers", "begin original message", "----- message body", "start of returned message", "return message follows", "message follows ---", "unsent message below",
    ];

    /// <summary>Words before an address that make it the recipient that failed.</summary>
    private static readonly string[] RecipientLeads =
    [
        "rcpt to", "recipient", "recipient:", "recipients:", "to:", "delivering to", "message to",
        "could not be delivered to", "undeliverable to", "undeliverable:", "failed:", "for:", "user:", "address:", "addressee:", "unknown:", "user not known:", "mailbox:", "exceeds allowed size:", "user",
        "unknown host:", "mail to", "for", "address", "addresses:", "delivery to",
    ];

    private static readonly string[] SenderLeads = ["from:", "from", "sender:", "sender", "reply-to:", "contact", "contact:", "return-path:", "postmaster", "mailto:", "e-mail", "email"];

    /// <summary>The report proper: text up to the mail it returns.</summary>
    public static string ReportOf(string text)
    {
        var lines = text.Split('\n');
        var end = lines.Length;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            if (IsReturnedMark(line) || i > 0 && IsHeaderBlock(lines, i))
            {
                end = i;
                break;
            }
        }

        return string.Join('\n', lines, 0, end);
    }

    /// <summary>Reads the recipients a text gives up on, each with the words that stand by it.</summary>
    public static IReadOnlyList<ReportedRecipient> Read(MimePart mail, string text, IReadOnlyCollection<string> ourselves)
    {
        var report = ReportOf(text);
        var wanted = Addressees(mail, text[report.Length..]);
        var located = Locate(report, ourselves);
        var headed = Addresses.In(string.Join(',', mail.Headers.All("X-Failed-Recipients").Take(5)));
        List<(string Address, int Start)> chosen =
            headed.Count > 0 ? headed.Select(address => (address, FirstAt(report, address))).ToList()
            : Choose(located, wanted);
        if (chosen.Count == 0 && wanted.Count == 1)
            chosen = [(wanted[0], 0)];
        if (chosen.Count == 0 && RecipientInWords(report) is { } named)
            chosen = [(named, 0)];
        var starts = chosen.Select(of => of.Start).Concat(located.Where(of => of.IsLead).Select(of => of.Start)).Distinct().Order().ToList();
        return chosen.Take(MostRecipients).Select(of => Judge(mail.Headers.First("Subject") ?? "", report, of.Address, of.Start, starts, chosen.Count)).ToList();
    }

    /// <summary>Whom the returned mail was sent to, where the report holds it.</summary>
    private static List<string> Addressees(MimePart mail, string returned)
    {
        var original = mail.Walk().Skip(1).FirstOrDefault(part => part.Type.MediaType is "message/rfc822" or "message/global");
        var headers = original is { Children: [var inner, ..] } ? inner.Headers
            : mail.Walk().FirstOrDefault(part => part.Type.MediaType is "text/rfc822-headers" or "message/rfc822-headers") is { } part
                && MimeHeaders.ReadBlocks(part.Content) is [var first, ..] ? first : null;
        var fields = headers is null
            ? returned.Split('\n').Take(200).Select(line => line.Trim(' ', '>', '|'))
                .Where(line => line.StartsWith("To:", StringComparison.OrdinalIgnoreCase) || line.StartsWith("Cc:", StringComparison.OrdinalIgnoreCase))
            : headers.All("To").Concat(headers.All("Cc")).Concat(headers.All("Delivered-To"));
        return Addresses.In(string.Join(',', fields.Take(10))).ToList();
    }

    private static List<Located> Locate(string report, IReadOnlyCollection<string> ourselves)
    {
        var located = new List<Located>();
        foreach (var (address, start, end) in Addresses.Locate(report))
        {
            if (located.Count >= 4 * MostRecipients)
                break;
            if (ourselves.Contains(address, StringComparer.OrdinalIgnoreCase) || AutomaticMail.IsDaemonAddress(address))
                continue;
            var before = LineBefore(report, start);
            if (SenderLeads.Any(lead => before.EndsWith(lead, StringComparison.OrdinalIgnoreCase)))
                continue;
            located.Add(new Located(
                address, start, IsLead(before, report, end), IsAnswered(report, end), before.TrimEnd(':', ' ').Equals("to", StringComparison.OrdinalIgnoreCase)));
        }

        return located;
    }

    // An address that stands first in its line, or after words that say so, is one the report is about.
    private static bool IsLead(string before, string report, int end)
    {
        if (before.Length == 0)
            return true;
        if (before.All(c => !char.IsLetter(c)))
            return true;
        return RecipientLeads.Any(lead => EndsWithWord(before, lead)) && (end >= report.Length || report[end] != '/');
    }

    // "<a@b>... User unknown", "a@b: no such user", "a@b [Connection timed out]": the refusal stands right behind it.
    private static bool IsAnswered(string report, int end)
    {
        var rest = report.AsSpan(end, Math.Min(12, report.Length - end)).TrimStart(">\"') ");
        return rest.StartsWith("...", StringComparison.Ordinal) || rest.StartsWith("on ", StringComparison.Ordinal) || rest is [':' or '[', ' ' or '\n' or >= 'A', ..];
    }

    private static bool EndsWithWord(string text, string word) =>
        text.EndsWith(word, StringComparison.OrdinalIgnoreCase) && (text.Length == word.Length || !char.IsLetterOrDigit(text[text.Length - word.Length - 1]));

    private static string LineBefore(string report, int start)
    {
        var lineStart = report.LastIndexOf('\n', Math.Max(0, start - 1)) + 1;
        lineStart = Math.Max(lineStart, start - 200);
        return lineStart >= start ? "" : report[lineStart..start].Trim(' ', '\t', '<', '(', '"', '\'', '*', '[', '>', '|', '-', '.', '=', '«', '“');
    }

    private static List<(string Address, int Start)> Choose(List<Located> located, List<string> wanted)
    {
        var leads = located.Where(of => of.IsLead).ToList();
        // "To: a@b", "Subject: …" above the list of those that failed only says which mail it was.
        if (leads.Exists(of => of is { IsAnswered: true, IsSummary: false }))
            leads.RemoveAll(of => of.IsSummary);
        var candidates = leads.Count > 0 ? leads : located;
        var known = candidates.Where(of => wanted.Contains(of.Address, StringComparer.OrdinalIgnoreCase)).ToList();
        if (known.Count == 0 && leads.Count > 0 && wanted.Count > 0)
            known = located.Where(of => wanted.Contains(of.Address, StringComparer.OrdinalIgnoreCase)).ToList();
        // A forwarded mail bounces from an address that the returned mail does not name: then the report's own word counts.
        if (known.Count > 0)
            known = [.. known, .. leads.Where(of => of.IsAnswered)];
        var chosen = known.Count > 0 ? known : leads.Count > 0 ? leads : wanted.Count == 0 && located.Count > 0 ? [located[0]] : [];
        return chosen.GroupBy(of => of.Address, StringComparer.OrdinalIgnoreCase)
            .Select(same => same.FirstOrDefault(of => of.IsAnswered) ?? same.First()).Select(of => (of.Address, of.Start)).ToList();
    }

    private static int FirstAt(string report, string address) => Math.Max(0, report.IndexOf(address, StringComparison.OrdinalIgnoreCase));

    private static ReportedRecipient Judge(string subject, string report, string address, int start, List<int> starts, int count)
    {
        var words = report;
        if (count > 1)
        {
            var next = starts.FirstOrDefault(other => other > start && FindsOther(report, other, address));
            words = report[start..(next == 0 ? report.Length : next)];
            var lineStart = report.AsSpan(0, start).LastIndexOf('\n') + 1;
            // sendmail's "550 <a@b>... User unknown" has its code before the address.
            words = report[lineStart..start] + words;
        }

        words = WithoutProlog(words);
        var (code, status) = RefusalCodes.Read(words);
        var stage = RefusedCommands.Read(words);
        // What the server said says more than what stands by the address, and that more than the report around it.
        var verdict = ReportedRefusal.Judge(code, status, stage, SaidByServer(words));
        if (verdict.IsUnclear && code is null && status is null)
            verdict = verdict.Or(ReportedRefusal.Judge(code, status, stage, NextTo(report, start)));
        if (verdict.IsUnclear)
            verdict = verdict.Or(ReportedRefusal.Judge(code, status, stage, words));
        // Without any code the report is its program's word alone, and some write the same of a mail that is still tried.
        if (verdict.Reason is "user_unknown" && code is null && status is null && !AutomaticMail.SaysFinal(subject + "\n" + report))
            verdict = verdict with { IsHard = false };
        return new ReportedRecipient
        {
            Address = address,
            Status = status ?? RefusalCodes.Write(code),
            Permanent = verdict.IsHard,
            IsOfMailbox = verdict.IsOfMailbox,
            Reason = verdict.Reason,
            Text = RefusalCodes.Shorten(words),
        };
    }

    private static string NextTo(string report, int start)
    {
        var lines = report[start..Math.Min(report.Length, start + 1000)].Split('\n');
        return string.Join(' ', lines.Take(6).TakeWhile((line, i) => i == 0 || line.Trim().Length > 0));
    }

    private static bool FindsOther(string report, int at, string address) =>
        !report.AsSpan(at).TrimStart("<\"'").StartsWith(address, StringComparison.OrdinalIgnoreCase);

    private static string? SaidByServer(string words)
    {
        var lines = words.Split('\n');
        var at = Array.FindIndex(lines, line => RefusalCodes.Read(line) is not (null, null));
        return at < 0 ? null : string.Join(' ', lines.Skip(at).Take(4).TakeWhile(line => line.Trim().Length > 0));
    }

    /// <summary>A report without the sentences that every report of a program has, which say nothing of this refusal.</summary>
    internal static string WithoutProlog(string words) => string.Join('\n', words.Split('\n').Where(line => !BoilerPlate.IsBoilerPlate(line)));

    private static string? RecipientInWords(string report)
    {
        foreach (var line in report.Split('\n').Take(60))
        {
            var lower = line.TrimStart(' ', '\t', '>', '*', '|').ToLowerInvariant();
            if (lower.StartsWith("to:", StringComparison.Ordinal) && Addresses.In(line) is [var address, ..])
                return address;
        }

        return null;
    }

    private sealed record Located(string Address, int Start, bool IsLead, bool IsAnswered, bool IsSummary);

    private static readonly string[] Rules = ["--", "***", "==="];

    private static bool IsReturnedMark(string line)
    {
        if (line.Length is < 8 or > 120)
            return false;
        var lower = line.ToLowerInvariant();
        var end = lower.TrimEnd(' ', '.', '\r');
        return Array.Exists(ReturnedMarks, mark => lower.Contains(mark, StringComparison.Ordinal))
            && (Array.Exists(Rules, rule => lower.Contains(rule, StringComparison.Ordinal))
                || lower.TrimEnd().EndsWith(':') || end.EndsWith("follows", StringComparison.Ordinal) || end.EndsWith("follow", StringComparison.Ordinal));
    }

    // A returned mail without an introduction: two lines of header fields, the first of a kind that only mails have.
    private static bool IsHeaderBlock(string[] lines, int at)
    {
        // Indented fields are the report's own summary of the mail.
        var line = lines[at].TrimStart('>');
        if (!line.StartsWith("Received:", StringComparison.OrdinalIgnoreCase) && !line.StartsWith("Return-Path:", StringComparison.OrdinalIgnoreCase)
            && !line.StartsWith("Message-ID:", StringComparison.OrdinalIgnoreCase) && !line.StartsWith("MIME-Version:", StringComparison.OrdinalIgnoreCase)
            && !line.StartsWith("From:", StringComparison.OrdinalIgnoreCase))
            return false;
        return lines.Skip(at + 1).Take(8).Any(next => next.TrimStart(' ', '\t', '>') is { } field
            && (field.StartsWith("Received:", StringComparison.OrdinalIgnoreCase) || field.StartsWith("Subject:", StringComparison.OrdinalIgnoreCase)
                || field.StartsWith("Date:", StringComparison.OrdinalIgnoreCase) || field.StartsWith("Message-ID:", StringComparison.OrdinalIgnoreCase)));
    }
}

/// <summary>Sentences that reports are made of, whatever went wrong.</summary>
file static class BoilerPlate
{
    private static readonly string[] Sentences =
    [
        "automatically", "a message that you sent", "could not be delivered to one or more", "one or more of its recipients", "this is a permanent error", "the following address", "following recipient", "i'm afraid i wasn't able", "hi. this is the", "sorry it didn't work out",
        "giving up on", "no further delivery attempts", "do not reply", "for further assistance", "if you do so", "you can delete your own text", "attached returned message", "for more information", "this report", "the reason", "please send mail to", "please verify", "please check", "contact your",
        "was not delivered to", "your message", "unable to deliver message to the following", "we were unable to deliver", "the original message was received", "i'm going to", "message from", "the mail system", "this is the mail", "i'm sorry to have to inform",
        "delivery to the following", "transcript of session", "permanent fatal errors", "technical details",
    ];

    public static bool IsBoilerPlate(string line)
    {
        var lower = line.ToLowerInvariant();
        return Array.Exists(Sentences, sentence => lower.Contains(sentence, StringComparison.Ordinal)) && RefusalCodes.Read(line) is (null, null);
    }
}
