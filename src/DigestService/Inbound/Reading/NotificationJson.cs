using System.Text.Json;

namespace DigestService.Inbound.Reading;

/// <summary>Amazon SES's notices, which come by mail or by webhook as one JSON object.</summary>
internal static class NotificationJson
{
    /// <summary>Reads a notice out of a text that begins with one; null for anything else.</summary>
    public static (InboundKind Kind, IReadOnlyList<ReportedRecipient> Recipients, string? MessageId)? Read(string text)
    {
        var start = text.IndexOf('{', StringComparison.Ordinal);
        if (start < 0 || start > 200 || !text.Contains("notificationType", StringComparison.Ordinal) && !text.Contains("eventType", StringComparison.Ordinal))
            return null;
        // Mail breaks long lines, which JSON in mail does not expect: a break inside a string is a space too many.
        var json = text[start..].Replace("\n", "", StringComparison.Ordinal);
        try
        {
            var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(json), new JsonReaderOptions { MaxDepth = 20 });
            using var document = JsonDocument.ParseValue(ref reader);
            return ReadNotice(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads a notice.</summary>
    private static (InboundKind Kind, IReadOnlyList<ReportedRecipient> Recipients, string? MessageId)? ReadNotice(JsonElement notice)
    {
        if (notice.ValueKind != JsonValueKind.Object)
            return null;
        var messageId = HeaderOf(notice, "Message-ID");
        switch (Text(notice, "notificationType") ?? Text(notice, "eventType"))
        {
            case "Bounce" when notice.TryGetProperty("bounce", out var bounce):
                var isPermanent = Text(bounce, "bounceType") is "Permanent";
                var subType = Text(bounce, "bounceSubType");
                return (InboundKind.Bounce, List(bounce, "bouncedRecipients").Select(recipient => Judge(recipient, isPermanent, subType)).ToList(), messageId);
            case "Complaint" when notice.TryGetProperty("complaint", out var complaint):
                return (InboundKind.Complaint, List(complaint, "complainedRecipients").Select(recipient => new ReportedRecipient { Address = Text(recipient, "emailAddress"), Reason = "complaint" }).ToList(), messageId);
            default:
                return null;
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

    private static string? HeaderOf(JsonElement notice, string name)
    {
        if (!notice.TryGetProperty("mail", out var mail))
            return null;
        foreach (var header in List(mail, "headers"))
        {
            if (string.Equals(Text(header, "name"), name, StringComparison.OrdinalIgnoreCase))
                return Text(header, "value")?.Trim('<', '>', ' ');
        }

        return mail.TryGetProperty("commonHeaders", out var common) ? Text(common, "messageId")?.Trim('<', '>', ' ') : null;
    }

    private static IEnumerable<JsonElement> List(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Take(100) : [];

    private static string? Text(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
