using DigestService.Inbound.Commands;
using DigestService.Mail.Mime;

namespace DigestService.Inbound.Reading;

/// <summary>
/// Says what a message is, as a pure function of its octets: it throws for nothing, and what it costs is bounded by
/// <see cref="Limits"/>.
/// </summary>
internal static class InboundReader
{
    /// <summary>Octets of a message that are looked at.</summary>
    public const int MostBytes = 1_000_000;

    private const int MostHeaderOctets = 100_000;

    private static readonly string[] RequiredOfComplaints = ["Feedback-Type", "User-Agent", "Version"];

    /// <summary>The bounds of reading.</summary>
    public static MimeLimits Limits { get; } = new() { MaxBytes = MostBytes, MaxDepth = 20, MaxParts = 200, MaxHeaders = 300, MaxHeaderBytes = 16_000 };

    /// <summary>Reads one message as it came.</summary>
    public static InboundReading Read(ReadOnlyMemory<byte> raw)
    {
        if (IsHopeless(raw.Span))
            return new InboundReading { Kind = InboundKind.Unreadable, IsAutomatic = true };
        var mail = MimeReader.Read(Normalise(raw), Limits);
        if (HeaderOctets(mail.Headers) > MostHeaderOctets)
            return new InboundReading { Kind = InboundKind.Unreadable, IsAutomatic = true };
        var reading = new InboundReading
        {
            Kind = InboundKind.Other,
            IsAutomatic = AutomaticMail.IsAutomatic(mail.Headers),
            From = Addresses.First(mail.Headers.First("From")),
            To = AddressedTo(mail.Headers),
            MessageId = IdOf(mail.Headers.First("Message-ID")),
            Subject = mail.Headers.First("Subject") ?? "",
            References = AnswerThread.References(mail.Headers, IdOf(mail.Headers.First("Message-ID"))),
        };
        return Complaint(mail, reading) ?? Bounce(mail, reading) ?? Automatic(mail, reading) ?? Person(mail, reading);
    }

    private static InboundReading? Complaint(MimePart mail, InboundReading reading)
    {
        if (FindOwn(mail, "message/feedback-report") is { } report)
        {
            var fields = report.ReportBlocks().SelectMany(block => block).Take(200).ToList();
            // RFC 5965 3.1 asks for all three; of a provider that leaves one out a complaint is heard all the same.
            if (!fields.Exists(field => Array.Exists(RequiredOfComplaints, name => field.Key.Equals(name, StringComparison.OrdinalIgnoreCase))))
                return reading with { Kind = InboundKind.Unreadable, IsAutomatic = true };
            var type = Field(fields, "Feedback-Type")?.Trim().ToLowerInvariant();
            if (type is "auth-failure" or "dmarc" or "not-spam")
                return reading with { Kind = InboundKind.AutoReply, IsAutomatic = true };
            var named = fields.Where(field => field.Key.Equals("Original-Rcpt-To", StringComparison.OrdinalIgnoreCase) || field.Key.Equals("Removal-Recipient", StringComparison.OrdinalIgnoreCase))
                .SelectMany(field => Addresses.In(field.Value)).ToList();
            var envelopes = fields.Where(field => field.Key.Equals("Original-Mail-From", StringComparison.OrdinalIgnoreCase)).SelectMany(field => Addresses.In(field.Value));
            return Complained(mail, reading with { ReturnedEnvelopes = [.. envelopes, .. Addresses.In(Returned(mail)?.First("Return-Path"))] }, named);
        }

        // Microsoft's junk reports, which are a mail with the mail in it.
        var isJunkReport = reading.From is { } from && (from.StartsWith("staff@hotmail", StringComparison.OrdinalIgnoreCase) || reading.Subject.TrimStart().StartsWith("complaint about message", StringComparison.OrdinalIgnoreCase))
            && mail.Find("message/rfc822") is not null;
        return isJunkReport ? Complained(mail, reading, Addresses.In(mail.Headers.First("X-HmXmrOriginalRecipient"))) : null;
    }

    private static InboundReading Complained(MimePart mail, InboundReading reading, IReadOnlyList<string> named)
    {
        if (named.Count == 0 && Returned(mail) is { } original)
            named = Addresses.In(original.First("To")).Take(1).ToList();
        return reading with
        {
            Kind = InboundKind.Complaint,
            IsAutomatic = true,
            ReturnedMessageIds = ReturnedIds(mail, ""),
            Recipients = named.Count == 0
                ? [new ReportedRecipient { Reason = "complaint" }]
                : named.Distinct(StringComparer.OrdinalIgnoreCase).Select(address => new ReportedRecipient { Address = address, Reason = "complaint" }).ToList(),
        };
    }

    private static InboundReading? Bounce(MimePart mail, InboundReading reading)
    {
        var text = MailText.OfReport(mail);
        if (DeliveryReport.Read(mail, text) is { } report)
        {
            var read = reading with { IsAutomatic = true, ReturnedMessageIds = ReturnedIds(mail, text), EnvelopeIds = report.EnvelopeIds };
            if (report.Failed.Count > 0)
            {
                var failed = report.Failed.Any(of => of.Address is null)
                    ? Complete(report.Failed, WrittenBounce.Read(mail, text, [.. reading.To])) : report.Failed;
                return read with { Kind = InboundKind.Bounce, Recipients = Merge(failed) };
            }

            if (report.Named.Count > 0)
                return read with { Kind = InboundKind.AutoReply };
        }

        if (FindOwn(mail, "message/disposition-notification") is not null)
            return reading with { Kind = InboundKind.AutoReply, IsAutomatic = true };
        if (NotificationJson.Read(text) is { } notice && AutomaticMail.IsFailureSubject(reading.Subject))
        {
            return reading with
            {
                Kind = notice.Kind,
                IsAutomatic = true,
                Recipients = notice.Recipients,
                ReturnedMessageIds = notice.MessageId is { } id ? [id] : [],
                ReturnedEnvelopes = notice.Envelope is { } envelope ? [envelope] : [],
            };
        }

        return WrittenReport(mail, reading, text);
    }

    private static InboundReading? WrittenReport(MimePart mail, InboundReading reading, string text)
    {
        var told = WrittenBounce.ReportOf(text);
        var isDaemon = AutomaticMail.IsFromDaemon(mail.Headers);
        var isFailure = mail.Headers.First("X-Failed-Recipients") is not null
            || AutomaticMail.IsFailureSubject(reading.Subject) && (isDaemon || AutomaticMail.SaysFailure(told))
            // Whatever its language, a daemon that names a permanent status gives up.
            || isDaemon && (AutomaticMail.SaysFailure(told) || RefusalCodes.Read(told).Status is ['5', ..]) && !AutomaticMail.IsVacationSubject(reading.Subject);
        if (!isFailure)
            return null;
        var read = reading with { IsAutomatic = true, ReturnedMessageIds = ReturnedIds(mail, text) };
        if (AutomaticMail.SaysDelay(reading.Subject, told))
            return read with { Kind = InboundKind.AutoReply };
        var recipients = WrittenBounce.Read(mail, text, [.. reading.To]);
        // A person who tells of mails that bounced quotes no code and returns none.
        var isProof = isDaemon || mail.Headers.First("X-Failed-Recipients") is not null || Returned(mail) is not null || read.ReturnedMessageIds.Count > 0
            || recipients.Any(of => of.Status is not null);
        return !isProof || recipients.Count == 0 && !AutomaticMail.SaysFailure(told) ? null : read with { Kind = InboundKind.Bounce, Recipients = recipients };
    }

    private static InboundReading? Automatic(MimePart mail, InboundReading reading) =>
        reading.IsAutomatic || AutomaticMail.IsVacationSubject(reading.Subject)
            ? reading with { Kind = InboundKind.AutoReply, IsAutomatic = true, Text = ReplyText.OwnWords(MailText.OfPerson(mail)) }
            : null;

    private static InboundReading Person(MimePart mail, InboundReading reading)
    {
        var words = ReplyText.OwnWords(MailText.OfPerson(mail));
        var commands = CommandParser.Parse(reading.Subject, words);
        return reading with
        {
            Kind = commands.Any(command => command.Verb != MailVerb.NotUnderstood) ? InboundKind.Command : InboundKind.Other,
            Commands = commands,
            Unclear = commands.All(command => command.Verb is MailVerb.Confirm or MailVerb.NotUnderstood) ? CommandParser.Unclear(reading.Subject, words, IsReply(mail, reading)) : [],
            Text = words,
        };
    }

    private static bool IsReply(MimePart mail, InboundReading reading) =>
        mail.Headers.First("In-Reply-To") is not null || mail.Headers.First("References") is not null || CommandParser.WithoutPrefixes(reading.Subject).Length < reading.Subject.Trim().Length;

    // A report that leaves the address out of its fields has it in its text, as a rule.
    private static IReadOnlyList<ReportedRecipient> Complete(IReadOnlyList<ReportedRecipient> failed, IReadOnlyList<ReportedRecipient> told) =>
        told.Count == 0 ? failed
        : failed.Count == 1 ? told.Select(of => failed[0] with { Address = of.Address }).ToList()
        : failed.Where(of => of.Address is not null).ToList() is { Count: > 0 } complete ? complete : told;

    private static List<ReportedRecipient> Merge(IReadOnlyList<ReportedRecipient> recipients) =>
        recipients.GroupBy(of => of.Address ?? "", StringComparer.OrdinalIgnoreCase).Select(same => same.FirstOrDefault(of => of.Permanent) ?? same.First()).ToList();

    private static MimeHeaders? Returned(MimePart mail)
    {
        foreach (var part in mail.Walk().Skip(1))
        {
            if (part.Type.MediaType is "message/rfc822" or "message/global" && part.Children is [var inner, ..])
                return inner.Headers;
            if (part.Type.MediaType is "text/rfc822-headers" or "message/rfc822-headers")
                return MimeHeaders.ReadBlocks(part.Content, Limits) is [var first, ..] ? first : null;
        }

        return null;
    }

    private static IReadOnlyList<string> ReturnedIds(MimePart mail, string text)
    {
        var ids = Returned(mail)?.All("Message-ID").Select(IdOf).OfType<string>().ToList() ?? [];
        if (ids.Count > 0)
            return ids;
        var report = WrittenBounce.ReportOf(text);
        return text[report.Length..].Split('\n').Take(300).Select(line => line.TrimStart(' ', '\t', '>'))
            .Where(line => line.StartsWith("Message-ID:", StringComparison.OrdinalIgnoreCase)).Select(line => IdOf(line[11..])).OfType<string>().Take(3).ToList();
    }

    private static IReadOnlyList<string> AddressedTo(MimeHeaders headers) =>
        Addresses.In(string.Join(',', headers.All("Delivered-To").Concat(headers.All("X-Original-To")).Concat(headers.All("Envelope-To")).Concat(headers.All("X-Envelope-To")).Concat(headers.All("To")).Concat(headers.All("Cc")).Take(20)));

    private static string? IdOf(string? value)
    {
        var id = value?.Trim().TrimStart('<');
        var end = id?.IndexOf('>', StringComparison.Ordinal) ?? -1;
        if (end >= 0)
            id = id![..end];
        return id is { Length: > 2 and < 300 } && !id.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) ? id : null;
    }

    private static MimePart? FindOwn(MimePart part, string mediaType)
    {
        if (string.Equals(part.Type.MediaType, mediaType, StringComparison.Ordinal))
            return part;
        return part.Type.IsMultipart ? part.Children.Select(child => FindOwn(child, mediaType)).FirstOrDefault(found => found is not null) : null;
    }

    private static string? Field(List<KeyValuePair<string, string>> fields, string name) =>
        fields.Find(field => field.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    private static int HeaderOctets(MimeHeaders headers) => headers.Sum(field => field.Key.Length + field.Value.Length + 4);

    // No text of any kind: pictures, archives, nothing at all.
    private static bool IsHopeless(ReadOnlySpan<byte> raw)
    {
        var head = raw[..Math.Min(raw.Length, 4096)];
        var controls = 0;
        foreach (var octet in head)
            controls += octet < 32 && octet is not ((byte)'\t' or (byte)'\r' or (byte)'\n' or 27) ? 1 : 0;
        return head.Trim(" \t\r\n\0"u8).IsEmpty || controls > head.Length / 20;
    }

    // Blank lines before the header are nobody's. Mail whose lines end in a bare carriage return was mangled on its way.
    private static ReadOnlyMemory<byte> Normalise(ReadOnlyMemory<byte> raw)
    {
        var start = raw.Span.IndexOfAnyExcept(" \t\r\n"u8);
        if (raw.Span[..Math.Max(0, start)].LastIndexOfAny((byte)'\n', (byte)'\r') is >= 0 and var lineEnd)
            raw = raw[(lineEnd + 1)..];
        var head = raw.Span[..Math.Min(raw.Length, 16_000)];
        if (head.Contains((byte)'\n') || !head.Contains((byte)'\r'))
            return raw;
        var lines = raw[..Math.Min(raw.Length, MostBytes)].ToArray();
        lines.AsSpan().Replace((byte)'\r', (byte)'\n');
        return lines;
    }
}
