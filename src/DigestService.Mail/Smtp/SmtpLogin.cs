using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace DigestService.Mail.Smtp;

/// <summary>
/// AUTH (RFC 4954): by XOAUTH2 where the relay has a token, else by the strongest way to use a password that the server
/// offers, and by the next one where the server does not know it after all.
/// </summary>
internal static class SmtpLogin
{
    private static readonly string[] Strongest = ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "NTLM", "DIGEST-MD5", "CRAM-MD5"];

    /// <summary>Logs in; answers <see cref="ConnectOutcome.Ready"/> or why not.</summary>
    public static async Task<ConnectOutcome> LogInAsync(ObservedSmtpClient client, SmtpRelay relay, bool isLoopback, CancellationToken ct)
    {
        if (!client.IsSecure && !isLoopback)
            return Failed(null, "The password would have gone over the network in the clear; turn TLS on.");
        if (relay.AccessToken is not null || relay.AccessTokenFile is not null)
            return await ByTokenAsync(client, relay, ct);

        var outcome = Failed(null, client.AuthenticationMechanisms.Count == 0
            ? "The server offers no login."
            : $"The server offers no way to log in that we know, only {string.Join(", ", client.AuthenticationMechanisms.Order(StringComparer.Ordinal))}.");
        foreach (var mechanism in WaysToUseAPassword(client, relay))
        {
            var earlier = outcome;
            try
            {
                outcome = await TryAsync(client, mechanism, ct);
            }
            catch (Exception gone) when (earlier.Reply is not null && gone is IOException or SocketException or SmtpProtocolException or ServiceNotConnectedException)
            {
                // The server hung up after it had refused the way before this one. That refusal says more.
                return earlier;
            }

            // A refused PLAIN or LOGIN is a wrong password; tried again it could lock the account.
            if (outcome.Result == ConnectResult.Ready || mechanism is PlainLogin or SaslMechanismLogin && outcome.Reply?.Code == 535)
                return outcome;
        }

        return outcome;
    }

    private static async Task<ConnectOutcome> ByTokenAsync(ObservedSmtpClient client, SmtpRelay relay, CancellationToken ct)
    {
        if (!client.AuthenticationMechanisms.Contains("XOAUTH2"))
            return Failed(null, "The server does not offer XOAUTH2.");
        string? token;
        try
        {
            // Tokens live for an hour or so: whoever renews them writes the file, and each login reads it anew.
            token = relay.AccessTokenFile is { } file ? await File.ReadAllTextAsync(file, ct) : relay.AccessToken;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var why = e is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : $"cannot be read by the account '{Environment.UserName}'";
            return Failed(null, $"The file with the access token, {relay.AccessTokenFile}, {why}.");
        }

        return string.IsNullOrWhiteSpace(token)
            ? Failed(null, "The access token is empty.")
            : await TryAsync(client, new SaslMechanismOAuth2(relay.User ?? "", token.Trim()), ct);
    }

    private static IEnumerable<SaslMechanism> WaysToUseAPassword(ObservedSmtpClient client, SmtpRelay relay)
    {
        var credentials = new NetworkCredential(relay.User ?? "", relay.Password ?? "");
        foreach (var name in Strongest)
        {
            if (client.AuthenticationMechanisms.Contains(name) && SaslMechanism.Create(name, Encoding.UTF8, credentials) is { } mechanism)
                yield return mechanism;
        }

        if (client.AuthenticationMechanisms.Contains("PLAIN"))
        {
            yield return new PlainLogin(credentials, withCommand: true);
            yield return new PlainLogin(credentials, withCommand: false);
        }

        if (client.AuthenticationMechanisms.Contains("LOGIN"))
            yield return new SaslMechanismLogin(Encoding.UTF8, credentials);
    }

    private static async Task<ConnectOutcome> TryAsync(ObservedSmtpClient client, SaslMechanism mechanism, CancellationToken ct)
    {
        try
        {
            await client.AuthenticateAsync(mechanism, ct);
            return ConnectOutcome.Ready;
        }
        catch (AuthenticationException refused)
        {
            // MailKit puts the reply into its message, as "535: text".
            return refused.Message.Split(": ", 2) is [{ Length: 3 } digits, var text] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var code)
                ? Failed(SmtpReplyText.Join(code, text.Split('\n')), null)
                : Failed(null, refused.Message);
        }
        catch (NotSupportedException)
        {
            return Failed(null, "The server offers no way to log in.");
        }
    }

    private static ConnectOutcome Failed(SmtpReply? reply, string? detail) => new(ConnectResult.AuthenticationFailed, reply, detail);

    /// <summary>PLAIN (RFC 4616), in the AUTH command or, where the server wants that, in a line of its own.</summary>
    private sealed class PlainLogin(NetworkCredential credentials, bool withCommand) : SaslMechanism(credentials)
    {
        private const int MostTimes = 2;

        private int _times;

        public override string MechanismName => "PLAIN";

        public override bool SupportsInitialResponse => withCommand;

        // A server that passes over what came with the command asks for it again.
        protected override byte[] Challenge(byte[]? token, int startIndex, int length, CancellationToken cancellationToken) =>
            ++_times <= MostTimes
                ? Encoding.UTF8.GetBytes($"\0{Credentials.UserName}\0{Credentials.Password}")
                : throw new SaslException(MechanismName, SaslErrorCode.ChallengeTooLong, "The server asks for the password again and again.");
    }
}
