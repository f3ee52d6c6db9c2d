using System.Text;
using System.Text.Json;
using DigestService.Platform;

namespace DigestService.Inbound.Reading;

/// <summary>Amazon SES's notices, which come by mail or by webhook as one JSON object.</summary>
internal static class NotificationJson
{
    // Of what a reader called spam; the others say that a signature failed, or that a mail was no spam (RFC 5965).
    private static readonly string[] NoComplaints = ["auth-failure", "not-spam"];

    /// <summary>Reads a notice out of a text that begins with one; null for anything else.</summary>
    public static Notification? Read(string text)
    {
        var start = text.IndexOf('{', StringComparison.Ordinal);
        if (start < 0 || start > 200 || !text.Contains("notificationType", StringComparison.Ordinal) && !text.Contains("eventType", StringComparison.Ordinal))
            return null;
        // Mail breaks long lines, which JSON in mail does not expect: a break inside a string is a space too many.
        var json = text[start..].Replace("\n", "", StringComparison.Ordinal);
        try
        {
            var reader = new Utf8JsonReader(ForeignJson.WithoutHalves(Encoding.UTF8.GetBytes(json)).Span, new JsonReaderOptions { MaxDepth = 20 });
            using var document = JsonDocument.ParseValue(ref reader);
            return ReadNotice(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Notification? ReadNotice(JsonElement notice)
    {
        if ((Text(notice, "notificationType") ?? Text(notice, "eventType")) is not { } type)
            return null;
        var told = new Notification
        {
            // Of deliveries, delays and openings nothing follows.
            Kind = InboundKind.AutoReply,
            MessageId = MessageIdOf(notice),
            Envelope = Text(Member(notice, "mail"), "source"),
        };
        switch (type)
        {
            case "Bounce" when Member(notice, "bounce") is { ValueKind: JsonValueKind.Object } bounce:
                var isPermanent = Text(bounce, "bounceType") is "Permanent";
                var subType = Text(bounce, "bounceSubType");
                return told with { Kind = InboundKind.Bounce, Recipients = List(bounce, "bouncedRecipients").Select(recipient => Judge(recipient, isPermanent, subType)).ToList() };
            case "Complaint" when Member(notice, "complaint") is { ValueKind: JsonValueKind.Object } complaint && !NoComplaints.Contains(Text(complaint, "complaintFeedbackType")):
                return told with { Kind = InboundKind.Complaint, Recipients = List(complaint, "complainedRecipients").Select(recipient => new ReportedRecipient { Address = Text(recipient, "emailAddress"), Reason = "complaint" }).ToList() };
            default:
                return told;
        }
    }

    private static ReportedRecipient Judge(JsonElement recipient, bool isPermanent, string? subType)
    {
        var diagnostic = Text(recipient, "diagnosticCode");
        var said = RefusalCodes.Read(diagnostic);
        var status = Text(recipient, "status") ?? said.Status;
        var verdict = ReportedRefusal.Judge(said.Code, status, RefusedCommands.Read(diagnostic ?? ""), diagnostic);
        if (diagnostic is null)
            verdict = new ReportedRefusal(isPermanent ? "user_unknown" : "temporary", isPermanent && subType is "General" or "NoEmail");
        return new ReportedRecipient
        {
            Address = Text(recipient, "emailAddress"),
            Status = status,
            Permanent = verdict.IsHard && isPermanent,
            IsOfMailbox = verdict.IsOfMailbox,
            Reason = verdict.Reason,
            Text = RefusalCodes.Shorten(diagnostic),
        };
    }

    private static string? MessageIdOf(JsonElement notice)
    {
        var mail = Member(notice, "mail");
        foreach (var header in List(mail, "headers"))
        {
            if (string.Equals(Text(header, "name"), "Message-ID", StringComparison.OrdinalIgnoreCase))
                return Text(header, "value")?.Trim('<', '>', ' ');
        }

        return Text(Member(mail, "commonHeaders"), "messageId")?.Trim('<', '>', ' ');
    }

    private static IEnumerable<JsonElement> List(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().Take(100) : [];

    private static string? Text(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static JsonElement Member(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) ? value : default;
}

/// <summary>What one notice tells.</summary>
internal sealed record Notification
{
    /// <summary>A bounce, a complaint, or a notice of which nothing follows.</summary>
    public required InboundKind Kind { get; init; }

    /// <summary>Whom it is about.</summary>
    public IReadOnlyList<ReportedRecipient> Recipients { get; init; } = [];

    /// <summary>The mail's own Message-ID without angle brackets; only where the topic is set to include headers.</summary>
    public string? MessageId { get; init; }

    /// <summary>The mail's envelope sender.</summary>
    public string? Envelope { get; init; }
}
