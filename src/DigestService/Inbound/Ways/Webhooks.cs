using DigestService.Inbound.Handling;
using DigestService.Inbound.Reading;
using Microsoft.AspNetCore.Mvc;

namespace DigestService.Inbound.Ways;

/// <summary>What a provider posted: whether it is to be believed, and the messages in it.</summary>
/// <param name="IsGenuine">Whether the signature holds; null where that cannot be known now.</param>
/// <param name="Messages">Raw mails, and notices written as reports.</param>
internal sealed record WebhookPost(bool? IsGenuine, IReadOnlyList<byte[]> Messages)
{
    /// <summary>A post that nobody signed.</summary>
    public static readonly WebhookPost Forged = new(IsGenuine: false, []);

    /// <summary>A post that is to come again, for what its signature is checked with cannot be had.</summary>
    public static readonly WebhookPost Unchecked = new(IsGenuine: null, []);
}

/// <summary>A request as far as signatures need it.</summary>
internal sealed record WebhookRequest(byte[] Body, string ContentType, Func<string, string?> Header, Func<CancellationToken, Task<IFormCollection>> Form);

/// <summary><c>POST /inbound/{provider}</c>: 200 when stored, 403 for a bad signature, 404 for a provider that is not set up, 503 for what cannot be checked now.</summary>
internal static class Webhooks
{
    // Signatures are over the whole body. A mail of a megabyte is longer in JSON or base64 than pages and forms may be.
    /// <summary>A post of more octets is refused.</summary>
    internal const int MostBodyOctets = 4_000_000;

    private const int MostMessages = 1000;
    private const int MostAtOnce = 100;

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/inbound/{provider}", TakeAsync)
        .WithMetadata(new RequestSizeLimitAttribute(MostBodyOctets)).DisableAntiforgery().ExcludeFromDescription();

    private static async Task<IResult> TakeAsync(
        string provider, HttpContext http, InboxOptions options, SesMessages ses, InboundStore store, InboundHandler handler, CancellationToken ct)
    {
        http.Request.EnableBuffering();
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, ct);
        http.Request.Body.Position = 0;
        var request = new WebhookRequest(
            body.ToArray(), http.Request.ContentType ?? "", name => http.Request.Headers[name].FirstOrDefault(), token => http.Request.ReadFormAsync(token));
        var hooks = options.Webhooks;
        var now = http.RequestServices.GetRequiredService<NodaTime.IClock>().GetCurrentInstant();
        var post = provider.ToLowerInvariant() switch
        {
            "ses" when hooks.Ses.TopicArn is { Length: > 0 } topic => await ses.ReadAsync(request, topic, hooks.Ses.CertificateFile, now, ct),
            "sendgrid" when hooks.SendGrid.PublicKey is { Length: > 0 } key => await SendGridPosts.ReadAsync(request, key, now, ct),
            "mailgun" when hooks.Mailgun.SigningKey is { Length: > 0 } key => await MailgunPosts.ReadAsync(request, key, now, ct),
            "postmark" when hooks.Postmark.Credentials is { Length: > 0 } credentials => PostmarkPosts.Read(request, credentials),
            _ => null,
        };
        if (post is null)
            return Results.NotFound();
        // A provider gives up what is refused, and posts again what failed.
        if (post.IsGenuine is not true)
            return Results.StatusCode(post.IsGenuine is null ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status403Forbidden);
        var messages = post.Messages.Take(MostMessages).Select(raw =>
            new StoredOctets(raw.AsMemory(0, Math.Min(raw.Length, InboundReader.MostBytes)), raw.Length > InboundReader.MostBytes)).ToList();
        // Stored is enough to answer 200: what fails now is handled from the database later.
        foreach (var ids in (await store.AddAsync("webhook", messages, ct)).Chunk(MostAtOnce))
            await handler.HandleAsync(ids, ct);
        return Results.Ok();
    }
}
