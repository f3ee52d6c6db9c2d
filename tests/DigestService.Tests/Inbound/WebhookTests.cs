using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using DigestService.Delivery;
using DigestService.Inbound.Ways;
using DigestService.Mails;
using DigestService.Tests.Journeys;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Inbound;

/// <summary>Notices and mail that providers post: believed when signed, and only then.</summary>
public sealed class WebhookTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Topic = "arn:aws:sns:eu-west-1:123456789012:digest";

    [Fact]
    public async Task A_signed_bounce_from_SendGrid_counts_and_a_changed_one_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var site = await OpenAsync(("Inbox__Webhooks__SendGrid__PublicKey", Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())));
        var messageId = await AddDeliveryAsync(site);
        var body = JsonSerializer.Serialize(new[] { new Dictionary<string, string> { ["event"] = "bounce", ["email"] = "ada@reader.example", ["smtp-id"] = $"<{messageId}>", ["status"] = "5.1.1", ["reason"] = "550 5.1.1 User unknown", ["sg_event_id"] = "e1" } });

        (await PostSendGridAsync(site, key, body, body.Replace("ada", "bob", StringComparison.Ordinal))).ShouldBe(HttpStatusCode.Forbidden);
        (await BouncesAsync(site)).ShouldBe("0");
        (await PostSendGridAsync(site, key, body, body)).ShouldBe(HttpStatusCode.OK);
        (await PostSendGridAsync(site, key, body, body)).ShouldBe(HttpStatusCode.OK);

        (await BouncesAsync(site)).ShouldBe("1");
    }

    [Fact]
    public async Task A_signed_complaint_from_Mailgun_suppresses_and_an_old_or_forged_one_does_not()
    {
        await using var site = await OpenAsync(("Inbox__Webhooks__Mailgun__SigningKey", "key-1"));
        var messageId = await AddDeliveryAsync(site);
        var now = site.Clock.Now.ToUnixTimeSeconds();

        (await PostMailgunAsync(site, "key-2", now, messageId)).ShouldBe(HttpStatusCode.Forbidden);
        (await PostMailgunAsync(site, "key-1", now - 200_000, messageId)).ShouldBe(HttpStatusCode.Forbidden);
        (await SuppressionsAsync(site)).ShouldBe("0");
        (await PostMailgunAsync(site, "key-1", now, messageId)).ShouldBe(HttpStatusCode.OK);

        (await SuppressionsAsync(site)).ShouldBe("1");
    }

    [Fact]
    public async Task Mail_that_Postmark_posts_with_the_password_is_read()
    {
        await using var site = await OpenAsync(("Inbox__Webhooks__Postmark__Credentials", "hook:secret"), ("Mail__CommandAddress", "digest@papers.example"));
        var body = JsonSerializer.Serialize(new { RawEmail = "From: ada@reader.example\r\nTo: digest@papers.example\r\nSubject: help\r\n\r\n" });

        (await PostAsync(site, "postmark", body, "application/json", request => request.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("hook:wrong"u8)))).ShouldBe(HttpStatusCode.Forbidden);
        (await PostAsync(site, "postmark", body, "application/json", request => request.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("hook:secret"u8)))).ShouldBe(HttpStatusCode.OK);

        (await site.CountMailsAsync("ada@reader.example", "answer")).ShouldBe(1);
    }

    [Fact]
    public async Task Of_a_mail_that_is_posted_a_megabyte_is_kept()
    {
        await using var site = await OpenAsync(("Inbox__Webhooks__Postmark__Credentials", "hook:secret"), ("Mail__CommandAddress", "digest@papers.example"));
        var body = JsonSerializer.Serialize(new { RawEmail = "From: ada@reader.example\r\nTo: digest@papers.example\r\nSubject: help\r\n\r\n" + new string('x', 1_500_000) });

        (await PostAsync(site, "postmark", body, "application/json", request => request.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("hook:secret"u8)))).ShouldBe(HttpStatusCode.OK);

        (await site.Database.QuerySingleOrDefaultAsync<string>("select length(raw) || ' ' || is_truncated from inbound_messages", null, default)).ShouldBe("1000000 true");
    }

    [Fact]
    public async Task A_notice_of_SES_counts_when_the_certificate_signed_it_for_our_topic()
    {
        using var rsa = RSA.Create(2048);
        var file = await WriteCertificateAsync(rsa);
        await using var site = await OpenAsync(("Inbox__Webhooks__Ses__TopicArn", Topic), ("Inbox__Webhooks__Ses__CertificateFile", file));
        var messageId = await AddDeliveryAsync(site);
        var notice = JsonSerializer.Serialize(new
        {
            notificationType = "Bounce",
            bounce = new { bounceType = "Permanent", bounceSubType = "General", bouncedRecipients = new[] { new { emailAddress = "ada@reader.example", status = "5.1.1", diagnosticCode = "smtp; 550 5.1.1 user unknown" } } },
            mail = new { headers = new[] { new { name = "Message-ID", value = $"<{messageId}>" } } },
        });

        (await PostAsync(site, "ses", Sns(rsa, "arn:aws:sns:eu-west-1:999999999999:other", notice, site), "text/plain")).ShouldBe(HttpStatusCode.Forbidden);
        (await PostAsync(site, "ses", Sns(rsa, Topic, notice, site).Replace("user unknown", "user unknowm", StringComparison.Ordinal), "text/plain")).ShouldBe(HttpStatusCode.Forbidden);
        (await BouncesAsync(site)).ShouldBe("0");
        (await PostAsync(site, "ses", Sns(rsa, Topic, notice, site), "text/plain")).ShouldBe(HttpStatusCode.OK);

        (await BouncesAsync(site)).ShouldBe("1");
    }

    // A topic leaves headers out unless it is set to include them.
    [Fact]
    public async Task A_notice_of_SES_without_headers_counts_by_the_envelope_of_the_mail()
    {
        using var rsa = RSA.Create(2048);
        var file = await WriteCertificateAsync(rsa);
        await using var site = await OpenAsync(("Inbox__Webhooks__Ses__TopicArn", Topic), ("Inbox__Webhooks__Ses__CertificateFile", file), ("Mail__BounceAddress", "bounces@papers.example"));
        await AddDeliveryAsync(site);
        var delivery = await site.Database.QuerySingleOrDefaultAsync<long>("select id from deliveries", null, default);
        var envelope = site.Service<BounceAddress>().For(delivery);

        (await PostAsync(site, "ses", Sns(rsa, Topic, Bounce("bounces+9@papers.example"), site), "text/plain")).ShouldBe(HttpStatusCode.OK);
        (await BouncesAsync(site)).ShouldBe("0");
        (await PostAsync(site, "ses", Sns(rsa, Topic, Bounce(envelope), site), "text/plain")).ShouldBe(HttpStatusCode.OK);

        (await BouncesAsync(site)).ShouldBe("1");

        static string Bounce(string source) => JsonSerializer.Serialize(new
        {
            notificationType = "Bounce",
            bounce = new { bounceType = "Permanent", bounceSubType = "General", bouncedRecipients = new[] { new { emailAddress = "ada@reader.example", status = "5.1.1", diagnosticCode = "smtp; 550 5.1.1 user unknown" } } },
            mail = new { source, messageId = "0000-of-amazon" },
        });
    }

    [Fact]
    public async Task A_notice_of_SES_that_cannot_be_checked_now_is_to_come_again()
    {
        using var rsa = RSA.Create(2048);
        var file = await WriteCertificateAsync(rsa);
        await using var site = await OpenAsync(("Inbox__Webhooks__Ses__TopicArn", Topic), ("Inbox__Webhooks__Ses__CertificateFile", file));
        File.Move(file, file + ".away");

        (await PostAsync(site, "ses", Sns(rsa, Topic, "{}", site), "text/plain")).ShouldBe(HttpStatusCode.ServiceUnavailable);
        File.Move(file + ".away", file);

        (await PostAsync(site, "ses", Sns(rsa, Topic, "{}", site), "text/plain")).ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("ses")]
    [InlineData("sendgrid")]
    [InlineData("mailgun")]
    [InlineData("postmark")]
    [InlineData("nobody")]
    public async Task A_provider_that_is_not_set_up_is_not_there(string provider)
    {
        await using var site = await OpenAsync();

        (await PostAsync(site, provider, "{}", "application/json")).ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("ses", "[]")]
    [InlineData("ses", "{\"TopicArn\":\"arn:aws:sns:eu-west-1:123456789012:digest\",\"SigningCertURL\":\"https://sns.eu-west-1.amazonaws.com.evil.example/x.pem\"}")]
    [InlineData("ses", "{\"TopicArn\":\"arn:aws:sns:eu-west-1:123456789012:digest\",\"SigningCertURL\":\"http://127.0.0.1/x.pem\"}")]
    [InlineData("ses", "{\"TopicArn\":\"\\ud800\"}")]
    [InlineData("ses", "{\"\\ud800\":1,\"TopicArn\":\"x\"}")]
    [InlineData("sendgrid", "not json")]
    [InlineData("mailgun", "{\"s\\ud800\":1,\"signature\":{\"token\":\"\\udfff\"}}")]
    [InlineData("mailgun", "[1,2]")]
    [InlineData("mailgun", "{\"signature\":{}}")]
    [InlineData("postmark", "null")]
    public async Task Nonsense_is_refused_and_never_an_error(string provider, string body)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var site = await OpenAsync(
            ("Inbox__Webhooks__Ses__TopicArn", Topic), ("Inbox__Webhooks__SendGrid__PublicKey", Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())), ("Inbox__Webhooks__Mailgun__SigningKey", "k"), ("Inbox__Webhooks__Postmark__Credentials", "a:b"));

        (await PostAsync(site, provider, body, "application/json")).ShouldBe(HttpStatusCode.Forbidden);
    }

    private Task<Site> OpenAsync(params (string, string)[] settings) => Site.OpenAsync(apps, [("Mail__From", "papers@papers.example"), .. settings]);

    [Fact]
    public void The_shipped_proxy_lets_through_what_a_provider_may_post()
    {
        var words = Repository.Read("deploy", "nginx", "digest-tls.conf").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

        var size = words[Array.IndexOf(words, "client_max_body_size") + 1];
        size.ShouldEndWith("m;");
        (int.Parse(size[..^2], CultureInfo.InvariantCulture) << 20).ShouldBeGreaterThanOrEqualTo(Webhooks.MostBodyOctets);
    }

    private static async Task<string> WriteCertificateAsync(RSA key)
    {
        using var certificate = new CertificateRequest("CN=sns", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2036, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var file = Path.Combine(TestDirectory.Create("sns"), "cert.pem");
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem());
        return file;
    }

    private static string Sns(RSA key, string topic, string message, Site site)
    {
        var timestamp = NodaTime.Text.InstantPattern.ExtendedIso.Format(site.Clock.Now);
        var signed = $"Message\n{message}\nMessageId\nm1\nTimestamp\n{timestamp}\nTopicArn\n{topic}\nType\nNotification\n";
        return JsonSerializer.Serialize(new
        {
            Type = "Notification",
            MessageId = "m1",
            TopicArn = topic,
            Message = message,
            Timestamp = timestamp,
            SignatureVersion = "2",
            Signature = Convert.ToBase64String(key.SignData(Encoding.UTF8.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
        });
    }

    private static Task<HttpStatusCode> PostSendGridAsync(Site site, ECDsa key, string signed, string sent)
    {
        var timestamp = site.Clock.Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = key.SignData(Encoding.UTF8.GetBytes(timestamp + signed), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return PostAsync(site, "sendgrid", sent, "application/json", headers =>
        {
            headers.Add("X-Twilio-Email-Event-Webhook-Timestamp", timestamp);
            headers.Add("X-Twilio-Email-Event-Webhook-Signature", Convert.ToBase64String(signature));
        });
    }

    private static Task<HttpStatusCode> PostMailgunAsync(Site site, string key, long timestamp, string messageId)
    {
        var at = timestamp.ToString(CultureInfo.InvariantCulture);
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(at + "token")));
        var body = new Dictionary<string, object>
        {
            ["signature"] = new { timestamp = at, token = "token", signature },
            ["event-data"] = new Dictionary<string, object>
            {
                ["id"] = "e1",
                ["event"] = "complained",
                ["recipient"] = "ada@reader.example",
                ["message"] = new { headers = new Dictionary<string, string> { ["message-id"] = messageId } },
            },
        };
        return PostAsync(site, "mailgun", JsonSerializer.Serialize(body), "application/json");
    }

    private static async Task<HttpStatusCode> PostAsync(Site site, string provider, string body, string type, Action<HttpRequestHeaders>? headers = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/inbound/{provider}") { Content = new StringContent(body, Encoding.UTF8, type) };
        headers?.Invoke(request.Headers);
        using var response = await site.Browser.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>A sent delivery to a reader; its Message-ID.</summary>
    private static async Task<string> AddDeliveryAsync(Site site)
    {
        await site.SignUpAsync("ada@reader.example");
        return await site.Database.QuerySingleOrDefaultAsync<string>("select message_id from deliveries", null, default) ?? "";
    }

    private static Task<string?> BouncesAsync(Site site) => site.Database.QuerySingleOrDefaultAsync<string>("select count(*)::text from bounces", null, default);

    private static Task<string?> SuppressionsAsync(Site site) => site.Database.QuerySingleOrDefaultAsync<string>("select count(*)::text from suppressions where reason = 'complained'", null, default);
}
