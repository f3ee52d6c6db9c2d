using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using DigestService.Mail;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Inbound.Ways;

/// <summary>
/// Amazon SES through SNS: notices of bounces and complaints, and received mail. The signature is checked with a
/// certificate that only amazonaws.com can have served; a subscription to the configured topic is confirmed.
/// </summary>
internal sealed partial class SesMessages(ILogger<SesMessages> logger) : IDisposable
{
    private const int MostCertificates = 20;
    private static readonly string[] SignedInNotices = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
    private static readonly string[] SignedInHandshakes = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(15), MaxResponseContentBufferSize = 64 * 1024 };
    private readonly ConcurrentDictionary<string, X509Certificate2> _certificates = new(StringComparer.Ordinal);

    /// <summary>Reads one post.</summary>
    public async Task<WebhookPost> ReadAsync(WebhookRequest request, string topicArn, string? certificateFile, Instant now, CancellationToken ct)
    {
        using var document = JsonText.Parse(request.Body);
        if (document is null)
            return WebhookPost.Forged;
        var message = document.RootElement;
        if (!string.Equals(JsonText.Of(message, "TopicArn"), topicArn, StringComparison.Ordinal))
            return WebhookPost.Forged;
        var (certificate, whyNone) = certificateFile is null
            ? await FetchAsync(JsonText.Of(message, "SigningCertURL"), ct)
            : SesWebhookOptions.ReadCertificate(certificateFile);
        if (whyNone is not null)
        {
            LogNoCertificate(whyNone);
            return WebhookPost.Unchecked;
        }

        if (certificate is null || !IsSigned(message, certificate, now))
            return WebhookPost.Forged;
        if (JsonText.Of(message, "Type") is "SubscriptionConfirmation")
            return await IsConfirmedAsync(JsonText.Of(message, "SubscribeURL"), ct) ? new WebhookPost(IsGenuine: true, []) : WebhookPost.Unchecked;
        return new WebhookPost(IsGenuine: true, Read(JsonText.Of(message, "Message") ?? "") is { } raw ? [raw] : []);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static byte[]? Read(string text)
    {
        using var document = JsonText.Parse(Encoding.UTF8.GetBytes(text));
        if (document is null)
            return null;
        var notice = document.RootElement;
        if (JsonText.Of(notice, "notificationType") is not "Received")
            return ReportWriter.Json(text);
        if (JsonText.Of(notice, "content") is not { Length: > 0 } content)
            return null;
        var isBase64 = JsonText.Of(notice, "receipt", "action", "encoding") is "BASE64";
        var octets = new byte[content.Length];
        return isBase64 && Convert.TryFromBase64String(content, octets, out var length) ? octets[..length] : Encoding.UTF8.GetBytes(content);
    }

    private static bool IsSigned(JsonElement message, X509Certificate2 certificate, Instant now)
    {
        if (Instant.FromDateTimeUtc(certificate.NotAfter.ToUniversalTime()) < now
            || !InstantPattern.ExtendedIso.Parse(JsonText.Of(message, "Timestamp") ?? "").TryGetValue(default, out var at)
            || at < now - Duration.FromDays(1) || at > now + Duration.FromDays(1))
            return false;
        var fields = JsonText.Of(message, "Type") is "Notification" ? SignedInNotices : SignedInHandshakes;
        var signed = new StringBuilder();
        foreach (var field in fields)
        {
            if (JsonText.Of(message, field) is { } value)
                signed.Append(field).Append('\n').Append(value).Append('\n');
        }

        try
        {
            using var key = certificate.GetRSAPublicKey();
            var algorithm = JsonText.Of(message, "SignatureVersion") switch { "2" => HashAlgorithmName.SHA256, "1" => HashAlgorithmName.SHA1, _ => default };
            return key is not null && algorithm.Name is not null
                && key.VerifyData(Encoding.UTF8.GetBytes(signed.ToString()), Convert.FromBase64String(JsonText.Of(message, "Signature") ?? ""), algorithm, RSASignaturePadding.Pkcs1);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return false;
        }
    }

    // Neither a certificate nor a reason: Amazon has none under the address that the post names, so it signed nothing with it.
    private async Task<(X509Certificate2? Certificate, string? WhyNone)> FetchAsync(string? url, CancellationToken ct)
    {
        if (url is null || !IsAmazons(url, out var address) || !address.AbsolutePath.EndsWith(".pem", StringComparison.Ordinal))
            return (null, null);
        if (_certificates.TryGetValue(url, out var known))
            return (known, null);
        try
        {
            var certificate = X509Certificate2.CreateFromPem(await _http.GetStringAsync(address, ct));
            if (_certificates.Count < MostCertificates)
                _certificates[url] = certificate;
            return (certificate, null);
        }
        catch (Exception e) when (e is CryptographicException or HttpRequestException { StatusCode: < HttpStatusCode.InternalServerError })
        {
            return (null, null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || e is TaskCanceledException && !ct.IsCancellationRequested)
        {
            return (null, Unreached(address, e));
        }
    }

    // Until its address is asked, the topic posts nothing else; SNS posts again what was answered with 503.
    private async Task<bool> IsConfirmedAsync(string? url, CancellationToken ct)
    {
        if (url is null || !IsAmazons(url, out var address))
        {
            LogUnconfirmed("it names no address of Amazon's.");
            return true;
        }

        try
        {
            using var answer = await _http.GetAsync(address, ct);
            if (answer.IsSuccessStatusCode)
                LogConfirmed();
            else
                LogUnconfirmed(string.Create(CultureInfo.InvariantCulture, $"{address.Host} answered {(int)answer.StatusCode}."));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || e is TaskCanceledException && !ct.IsCancellationRequested)
        {
            LogUnconfirmed(Unreached(address, e));
            return false;
        }
    }

    private static string Unreached(Uri address, Exception failure) => $"{address.Host} cannot be reached or broke off: {failure.GetBaseException().Message.TrimEnd('.')}.";

    // sns.eu-west-1.amazonaws.com and no name that only looks like it.
    private static bool IsAmazons(string url, out Uri address) =>
        Uri.TryCreate(url, UriKind.Absolute, out address!) && address.Scheme == Uri.UriSchemeHttps && address.IsDefaultPort && address.UserInfo.Length == 0
        && address.Host.Split('.') is ["sns", _, "amazonaws", "com"] or ["sns", _, "amazonaws", "com", "cn"];

    [LoggerMessage(6005, LogLevel.Warning, "What SNS posts waits, for its signature cannot be checked: {Reason}")]
    private partial void LogNoCertificate(string reason);

    [LoggerMessage(6006, LogLevel.Information, "Confirmed the subscription to the SNS topic")]
    private partial void LogConfirmed();

    [LoggerMessage(6009, LogLevel.Warning, "The subscription to the SNS topic is not confirmed, so it posts no notices: {Reason}")]
    private partial void LogUnconfirmed(string reason);
}
