using System.Text;
using System.Text.Json;

namespace DigestService.Inbound.Ways;

/// <summary>Postmark: bounces, spam complaints and inbound mail, each authorised by the password in the webhook's URL.</summary>
internal static class PostmarkPosts
{
    /// <summary>Reads one post.</summary>
    public static WebhookPost Read(WebhookRequest request, string credentials)
    {
        var expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));
        if (!Signatures.AreEqual(request.Header("Authorization") ?? "", expected))
            return WebhookPost.Forged;
        using var document = JsonText.Parse(request.Body);
        return new WebhookPost(IsGenuine: true, document is not null && Read(document.RootElement) is { } message ? [message] : []);
    }

    private static byte[]? Read(JsonElement notice)
    {
        // The returned mail, where the webhook includes it, names the delivery; Postmark's own MessageID does not.
        var content = JsonText.Of(notice, "Content");
        var messageId = MessageIdIn(content) ?? JsonText.Of(notice, "Metadata", "message_id");
        var recipient = JsonText.Of(notice, "Email");
        var id = JsonText.Of(notice, "ID") ?? "";
        switch (JsonText.Of(notice, "RecordType"))
        {
            case "Bounce":
                var type = JsonText.Of(notice, "Type");
                var details = JsonText.Of(notice, "Details") ?? JsonText.Of(notice, "Description");
                var status = Reading.RefusalCodes.Read(details).Status ?? (type is "HardBounce" ? "5.1.1" : null);
                return ReportWriter.Bounce(recipient, messageId, status, details, type is not ("Transient" or "DnsError" or "AutoResponder" or "Subscribe"), id);
            case "SpamComplaint":
                return ReportWriter.Complaint(recipient, messageId, id);
            default:
                return JsonText.Of(notice, "RawEmail") is { Length: > 0 } raw ? Encoding.UTF8.GetBytes(raw) : null;
        }
    }

    private static string? MessageIdIn(string? content) => content?.Split('\n').Take(200)
        .Where(line => line.StartsWith("Message-ID:", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[11..].Trim(' ', '\r', '<', '>')).LastOrDefault();
}
