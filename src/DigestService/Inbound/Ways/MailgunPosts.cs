using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NodaTime;

namespace DigestService.Inbound.Ways;

/// <summary>Mailgun: event webhooks in JSON, and routes that post raw mail (<c>body-mime</c>) as a form.</summary>
internal static class MailgunPosts
{
    /// <summary>Reads one post.</summary>
    public static async Task<WebhookPost> ReadAsync(WebhookRequest request, string key, Instant now, CancellationToken ct)
    {
        if (!request.ContentType.StartsWith("application/json", StringComparison.OrdinalIgnoreCase))
        {
            var form = await request.Form(ct);
            if (!IsSigned(key, form["timestamp"], form["token"], form["signature"], now))
                return WebhookPost.Forged;
            return new WebhookPost(IsGenuine: true, form["body-mime"].ToString() is { Length: > 0 } raw ? [Encoding.UTF8.GetBytes(raw)] : []);
        }

        using var document = JsonText.Parse(request.Body);
        if (document is null)
            return WebhookPost.Forged;
        var root = document.RootElement;
        if (!IsSigned(key, JsonText.Of(root, "signature", "timestamp"), JsonText.Of(root, "signature", "token"), JsonText.Of(root, "signature", "signature"), now))
            return WebhookPost.Forged;
        return new WebhookPost(IsGenuine: true, root.TryGetProperty("event-data", out var notice) && Read(notice) is { } report ? [report] : []);
    }

    private static byte[]? Read(JsonElement notice)
    {
        var (recipient, messageId) = (JsonText.Of(notice, "recipient"), JsonText.Of(notice, "message", "headers", "message-id"));
        var id = JsonText.Of(notice, "id") ?? "";
        switch (JsonText.Of(notice, "event"))
        {
            case "failed":
                var status = JsonText.Of(notice, "delivery-status", "enhanced-code");
                var text = $"{JsonText.Of(notice, "delivery-status", "code")} {status} {JsonText.Of(notice, "delivery-status", "message")} {JsonText.Of(notice, "delivery-status", "description")}";
                return ReportWriter.Bounce(recipient, messageId, status, text, JsonText.Of(notice, "severity") is not "temporary", id);
            case "complained":
                return ReportWriter.Complaint(recipient, messageId, id);
            default:
                return null;
        }
    }

    private static bool IsSigned(string key, string? timestamp, string? token, string? signature, Instant now) =>
        timestamp is not null && token is not null && signature is not null
        && Signatures.IsRecent(timestamp, now)
        && Signatures.AreEqual(
            Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(timestamp + token))), signature.ToLowerInvariant());
}
