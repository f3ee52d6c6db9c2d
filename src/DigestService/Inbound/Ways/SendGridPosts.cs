using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Inbound.Ways;

/// <summary>Twilio SendGrid: signed event webhook, and raw mail of Inbound Parse under the same signature.</summary>
internal static class SendGridPosts
{
    /// <summary>Reads one post.</summary>
    public static async Task<WebhookPost> ReadAsync(WebhookRequest request, string publicKey, Instant now, CancellationToken ct)
    {
        var timestamp = request.Header("X-Twilio-Email-Event-Webhook-Timestamp");
        if (!Signatures.IsRecent(timestamp, now) || !IsSigned(request, publicKey, timestamp!)) // it was just read
            return WebhookPost.Forged;
        if (request.ContentType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
        {
            var form = await request.Form(ct);
            return new WebhookPost(IsGenuine: true, form["email"].ToString() is { Length: > 0 } raw ? [Encoding.UTF8.GetBytes(raw)] : []);
        }

        using var document = JsonText.Parse(request.Body);
        return new WebhookPost(IsGenuine: true, document is { RootElement.ValueKind: JsonValueKind.Array } ? document.RootElement.EnumerateArray().Select(Read).OfType<byte[]>().ToList() : []);
    }

    private static byte[]? Read(JsonElement notice)
    {
        var (recipient, messageId) = (JsonText.Of(notice, "email"), JsonText.Of(notice, "smtp-id"));
        var id = JsonText.Of(notice, "sg_event_id") ?? "";
        return JsonText.Of(notice, "event") switch
        {
            "bounce" or "dropped" => ReportWriter.Bounce(recipient, messageId, JsonText.Of(notice, "status"), JsonText.Of(notice, "reason") ?? JsonText.Of(notice, "response"), isFinal: true, id),
            "spamreport" => ReportWriter.Complaint(recipient, messageId, id),
            _ => null,
        };
    }

    private static bool IsSigned(WebhookRequest request, string publicKey, string timestamp)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(publicKey), out _);
            var signature = Convert.FromBase64String(request.Header("X-Twilio-Email-Event-Webhook-Signature") ?? "");
            byte[] signed = [.. Encoding.UTF8.GetBytes(timestamp), .. request.Body];
            return key.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return false;
        }
    }
}

/// <summary>What all signatures need.</summary>
internal static class Signatures
{
    private static readonly Duration Tolerance = Duration.FromHours(24);

    /// <summary>Whether a time in seconds since 1970 is within a day of now: providers try again for hours.</summary>
    public static bool IsRecent(string? timestamp, Instant now) =>
        long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds < 100_000_000_000
        && Instant.FromUnixTimeSeconds(seconds) is var at
        && at > now - Tolerance && at < now + Tolerance;

    /// <summary>Whether two texts are equal, in a time that does not tell where they differ.</summary>
    public static bool AreEqual(string a, string b) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));
}

/// <summary>JSON of providers, of which nothing is believed.</summary>
internal static class JsonText
{
    /// <summary>Reads a document; null where it is none.</summary>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return ForeignJson.Parse(body, maxDepth: 30);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A string or number by the names on the way to it; null where there is none.</summary>
    public static string? Of(JsonElement of, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (of.ValueKind != JsonValueKind.Object || !of.TryGetProperty(name, out of))
                return null;
        }

        return of.ValueKind switch { JsonValueKind.String => of.GetString(), JsonValueKind.Number => of.GetRawText(), _ => null };
    }
}
