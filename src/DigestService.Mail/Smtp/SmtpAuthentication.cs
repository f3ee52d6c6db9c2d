using System.Text;

namespace DigestService.Mail.Smtp;

/// <summary>AUTH (RFC 4954) by SCRAM-SHA-256, PLAIN or LOGIN, the first that the server offers.</summary>
internal static class SmtpAuthentication
{
    private const int Granted = 235;
    private const int Continue = 334;

    /// <summary>Logs in; answers <see cref="ConnectOutcome.Ready"/> or why not.</summary>
    public static async Task<ConnectOutcome> LogInAsync(SmtpLink link, SmtpRelay relay, SmtpCapabilities capabilities, CancellationToken ct)
    {
        if (!link.IsSecure && !link.IsLoopback)
            return Failed(null, "The password would have gone over the network in the clear; turn TLS on.");
        var user = relay.User ?? "";
        var password = relay.Password ?? "";
        var mechanisms = capabilities.AuthMechanisms;
        if (mechanisms.Contains("SCRAM-SHA-256", StringComparer.Ordinal))
            return await ScramAsync(link, user, password, ct);
        if (mechanisms.Contains("PLAIN", StringComparer.Ordinal))
            return Judge(await link.AskAsync($"AUTH PLAIN {Base64($"\0{user}\0{password}")}\r\n", ct));
        if (!mechanisms.Contains("LOGIN", StringComparer.Ordinal))
            return Failed(null, "The server offers no way to log in that we know (SCRAM-SHA-256, PLAIN, LOGIN).");

        var reply = await link.AskAsync("AUTH LOGIN\r\n", ct);
        if (reply.Code == Continue)
            reply = await link.AskAsync($"{Base64(user)}\r\n", ct);
        if (reply.Code == Continue)
            reply = await link.AskAsync($"{Base64(password)}\r\n", ct);
        return Judge(reply);
    }

    private static async Task<ConnectOutcome> ScramAsync(SmtpLink link, string user, string password, CancellationToken ct)
    {
        var scram = new ScramClient(user, password);
        var reply = await link.AskAsync($"AUTH SCRAM-SHA-256 {Base64(scram.FirstMessage)}\r\n", ct);
        if (reply.Code != Continue)
            return Judge(reply);
        if (!TryReadBase64(reply.Text, out var challenge) || scram.Answer(challenge) is not { } answer)
            return Failed(reply, "The server's SCRAM challenge is not valid.");
        reply = await link.AskAsync($"{Base64(answer)}\r\n", ct);
        if (reply.Code != Continue)
            return reply.Code == Granted ? Failed(reply, "The server did not prove that it knows the password.") : Judge(reply);
        if (!TryReadBase64(reply.Text, out var proof) || !scram.IsServerProof(proof))
            return Failed(reply, "The server did not prove that it knows the password.");
        return Judge(await link.AskAsync("\r\n", ct));
    }

    private static ConnectOutcome Judge(SmtpReply reply) => reply.Code == Granted ? ConnectOutcome.Ready : Failed(reply, null);

    private static ConnectOutcome Failed(SmtpReply? reply, string? detail) => new(ConnectResult.AuthenticationFailed, reply, detail);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static bool TryReadBase64(string text, out string decoded)
    {
        var octets = new byte[text.Length];
        var isBase64 = Convert.TryFromBase64String(text, octets, out var length);
        decoded = isBase64 ? Encoding.UTF8.GetString(octets.AsSpan(0, length)) : "";
        return isBase64;
    }
}
