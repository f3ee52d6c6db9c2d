using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;

namespace DigestService.Mail.Smtp;

/// <summary>Brings a connection from nothing to ready: TCP, TLS, greeting, EHLO, AUTH. Every failure is a value.</summary>
internal static class SmtpHandshake
{
    public static async Task<(ConnectOutcome Outcome, SmtpLink? Link, SmtpCapabilities Capabilities)> OpenAsync(SmtpRelay relay, CancellationToken ct)
    {
        SmtpLink? link = null;
        try
        {
            link = await SmtpLink.ConnectAsync(relay.Host, relay.Port, ct);
            var (outcome, capabilities) = await PrepareAsync(link, relay, ct);
            if (outcome.Result == ConnectResult.Ready)
            {
                var ready = link;
                link = null;
                return (outcome, ready, capabilities);
            }

            return (outcome, null, SmtpCapabilities.None);
        }
        catch (AuthenticationException untrusted)
        {
            return (Failed(ConnectResult.TlsFailed, null, untrusted.InnerException?.Message ?? untrusted.Message), null, SmtpCapabilities.None);
        }
        catch (OperationCanceledException)
        {
            return (Failed(ConnectResult.Unreachable, null, "The server took too long."), null, SmtpCapabilities.None);
        }
        catch (Exception broken) when (broken is IOException or SocketException)
        {
            // A connection that breaks inside the TLS handshake says nothing about SMTP any more.
            var result = link is { Stream: System.Net.Security.SslStream, IsSecure: false } ? ConnectResult.TlsFailed : ConnectResult.Unreachable;
            return (Failed(result, null, broken.Message), null, SmtpCapabilities.None);
        }
        finally
        {
            if (link is not null)
                await link.DisposeAsync();
        }
    }

    private static async Task<(ConnectOutcome, SmtpCapabilities)> PrepareAsync(SmtpLink link, SmtpRelay relay, CancellationToken ct)
    {
        if (relay.Tls == SmtpTls.Implicit)
            await link.SecureAsync(relay.Host, relay.TrustedCertificate, ct);

        var greeting = await link.Replies.ReadAsync(ct);
        if (greeting.Code != 220)
            return (Failed(ConnectResult.Refused, greeting, null), SmtpCapabilities.None);

        var (hello, capabilities) = await SayHelloAsync(link, relay, ct);
        if (hello.Code != 250)
            return (Failed(ConnectResult.Refused, hello, null), SmtpCapabilities.None);

        if (relay.Tls == SmtpTls.StartTls)
        {
            if (await StartTlsAsync(link, relay, capabilities, ct) is { } failure)
                return (failure, SmtpCapabilities.None);
            (hello, capabilities) = await SayHelloAsync(link, relay, ct);
            if (hello.Code != 250)
                return (Failed(ConnectResult.Refused, hello, null), SmtpCapabilities.None);
        }

        if (relay.User is null)
            return (ConnectOutcome.Ready, capabilities);
        return (await SmtpAuthentication.LogInAsync(link, relay, capabilities, ct), capabilities);
    }

    private static async Task<(SmtpReply Reply, SmtpCapabilities Capabilities)> SayHelloAsync(SmtpLink link, SmtpRelay relay, CancellationToken ct)
    {
        var lines = new List<string>();
        var reply = await link.AskAsync($"EHLO {relay.ClientName}\r\n", ct, lines);
        if (reply.Code == 250)
            return (reply, ReadCapabilities(lines));
        // Only a server older than EHLO does not know it (RFC 5321 3.2).
        return reply.Code is 500 or 502
            ? (await link.AskAsync($"HELO {relay.ClientName}\r\n", ct), SmtpCapabilities.None)
            : (reply, SmtpCapabilities.None);
    }

    private static async Task<ConnectOutcome?> StartTlsAsync(SmtpLink link, SmtpRelay relay, SmtpCapabilities capabilities, CancellationToken ct)
    {
        if (!capabilities.StartTls)
            return Failed(ConnectResult.TlsFailed, null, "The server does not offer STARTTLS.");
        var reply = await link.AskAsync("STARTTLS\r\n", ct);
        if (reply.Code != 220)
            return Failed(ConnectResult.TlsFailed, reply, null);
        // Whoever sits on the wire could have put replies here for us to believe once we are in TLS.
        if (link.Replies.HasBuffered)
            return Failed(ConnectResult.TlsFailed, reply, "The server went on in the clear after STARTTLS.");
        await link.SecureAsync(relay.Host, relay.TrustedCertificate, ct);
        return null;
    }

    private static SmtpCapabilities ReadCapabilities(List<string> lines)
    {
        var capabilities = SmtpCapabilities.None;
        foreach (var line in lines.Skip(1))
        {
            var words = line.Split([' ', '='], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
                continue;
            capabilities = words[0].ToUpperInvariant() switch
            {
                "PIPELINING" => capabilities with { Pipelining = true },
                "8BITMIME" => capabilities with { EightBitMime = true },
                "SMTPUTF8" => capabilities with { SmtpUtf8 = true },
                "ENHANCEDSTATUSCODES" => capabilities with { EnhancedStatusCodes = true },
                "CHUNKING" => capabilities with { Chunking = true },
                "STARTTLS" => capabilities with { StartTls = true },
                "SIZE" => capabilities with { MaxSize = words.Length > 1 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0 },
                // Old servers write AUTH=LOGIN beside AUTH LOGIN.
                "AUTH" => capabilities with { AuthMechanisms = [.. capabilities.AuthMechanisms.Union(words[1..].Select(word => word.ToUpperInvariant()), StringComparer.Ordinal)] },
                _ => capabilities,
            };
        }

        return capabilities;
    }

    private static ConnectOutcome Failed(ConnectResult result, SmtpReply? reply, string? detail) => new(result, reply, detail);
}
