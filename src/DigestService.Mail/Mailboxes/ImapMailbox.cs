using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Text;
using System.Text.RegularExpressions;

namespace DigestService.Mail.Mailboxes;

/// <summary>
/// The part of IMAP (RFC 9051, 3501, 2177) that reading an inbox takes: unseen mails by UID, marked \Seen when handled,
/// IDLE between. Connects when first needed and again after a failure.
/// </summary>
public sealed partial class ImapMailbox(ImapAccount account) : IMailbox
{
    private const int MaxLiteral = 100 * 1024 * 1024;
    private static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(25);

    private ImapLink? _link;
    private string _validity = "";
    private bool _canIdle;
    private bool _hasNews;

    /// <inheritdoc/>
    public async IAsyncEnumerable<MailboxMessage> ReadNewAsync(int maxBytes, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var uid in await GuardAsync(SearchUnseenAsync, ct))
        {
            var message = await GuardAsync((link, token) => FetchAsync(link, uid, maxBytes, token), ct);
            if (message is not null)
                yield return message;
        }
    }

    /// <inheritdoc/>
    public Task MarkHandledAsync(MailboxMessage message, CancellationToken ct) =>
        GuardAsync(
            async (link, token) =>
            {
                // After a change of UIDVALIDITY the number names another mail (RFC 9051 2.3.1.1).
                if (message.Key.Split('-') is [var validity, var uid] && string.Equals(validity, _validity, StringComparison.Ordinal))
                    Note(await link.RunAsync($"UID STORE {uid} +FLAGS.SILENT (\\Seen)", token));
                return true;
            },
            ct);

    /// <inheritdoc/>
    public async Task WaitForMailAsync(TimeSpan limit, CancellationToken ct)
    {
        var started = TimeProvider.System.GetTimestamp();
        await GuardAsync((_, _) => Task.FromResult(true), ct);
        if (_hasNews)
            return;
        var rest = limit - TimeProvider.System.GetElapsedTime(started);
        if (rest <= TimeSpan.Zero)
            return;
        if (_canIdle)
            await GuardAsync((link, token) => IdleAsync(link, rest < LongestIdle ? rest : LongestIdle, ct, token), ct, rest + account.Timeout);
        else
            await Task.Delay(rest, ct);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_link is { } link)
        {
            _link = null;
            await link.DisposeAsync();
        }
    }

    /// <summary>Runs one step on an open connection; whatever breaks closes it and is told in one sentence.</summary>
    private async Task<T> GuardAsync<T>(Func<ImapLink, CancellationToken, Task<T>> step, CancellationToken ct, TimeSpan? limit = null)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(limit ?? account.Timeout);
        try
        {
            _link ??= await OpenAsync(deadline.Token);
            return await step(_link, deadline.Token);
        }
        catch (Exception e)
        {
            await DisposeAsync();
            ct.ThrowIfCancellationRequested();
            throw e switch
            {
                MailboxException => e,
                OperationCanceledException => new MailboxException($"The mailbox's server {account.Host} took too long.", e),
                AuthenticationException => new MailboxException($"TLS with {account.Host} failed: {e.InnerException?.Message ?? e.Message}", e),
                IOException or SocketException => new MailboxException($"The mailbox's server {account.Host} cannot be reached: {e.Message}", e),
                _ => new MailboxException($"The mailbox's server {account.Host} was not understood.", e),
            };
        }
    }

    private async Task<ImapLink> OpenAsync(CancellationToken ct)
    {
        var link = await ImapLink.ConnectAsync(account.Host, account.Port, MaxLiteral, ct);
        try
        {
            if (account.Tls == SmtpTls.Implicit)
                await link.SecureAsync(account.Host, account.TrustedCertificate, ct);
            var greeting = await link.ReadAsync(ct);
            if (!greeting.Text.StartsWith("* OK", StringComparison.OrdinalIgnoreCase))
                throw new MailboxException($"The mailbox's server refused us: {greeting.Text}");
            if (account.Tls == SmtpTls.StartTls)
            {
                await link.RunAsync("STARTTLS", ct);
                await link.SecureAsync(account.Host, account.TrustedCertificate, ct);
            }

            await LogInAsync(link, ct);
            _canIdle = (await CapabilitiesAsync(link, ct)).Contains("IDLE");
            var selected = await link.RunAsync($"SELECT {Quote(account.Folder)}", ct);
            _validity = selected.Select(response => ValidityPattern().Match(response.Text)).FirstOrDefault(match => match.Success)?.Groups[1].Value ?? "0";
            _hasNews = true;
            return link;
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    private async Task LogInAsync(ImapLink link, CancellationToken ct)
    {
        if (!link.IsSecure && !link.IsLoopback)
            throw new MailboxException("The mailbox's password would have gone over the network in the clear; turn TLS on.");
        var capabilities = await CapabilitiesAsync(link, ct);
        if (capabilities.Contains("AUTH=PLAIN"))
        {
            var secret = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{account.User}\0{account.Password}"));
            await (capabilities.Contains("SASL-IR")
                ? link.RunAsync($"AUTHENTICATE PLAIN {secret}", ct)
                : link.RunAsync("AUTHENTICATE PLAIN", ct, afterContinuation: secret));
        }
        else
        {
            await link.RunAsync($"LOGIN {Quote(account.User)} {Quote(account.Password)}", ct);
        }
    }

    private static async Task<HashSet<string>> CapabilitiesAsync(ImapLink link, CancellationToken ct) =>
        (await link.RunAsync("CAPABILITY", ct))
            .Where(response => response.Text.StartsWith("* CAPABILITY", StringComparison.OrdinalIgnoreCase))
            .SelectMany(response => response.Text.Split(' '))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);

    private async Task<List<uint>> SearchUnseenAsync(ImapLink link, CancellationToken ct)
    {
        _hasNews = false;
        // A search looks at the mailbox as this session knows it; NOOP lets the server bring that up to date.
        await link.RunAsync("NOOP", ct);
        var responses = await link.RunAsync("UID SEARCH UNSEEN", ct);
        Note(responses);
        return
        [
            .. responses
                .Where(response => response.Text.StartsWith("* SEARCH", StringComparison.OrdinalIgnoreCase))
                .SelectMany(response => response.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(2))
                .Select(word => uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var uid) ? uid : 0)
                .Where(uid => uid > 0)
                .Order(),
        ];
    }

    private async Task<MailboxMessage?> FetchAsync(ImapLink link, uint uid, int maxBytes, CancellationToken ct)
    {
        var responses = await link.RunAsync($"UID FETCH {uid} (RFC822.SIZE BODY.PEEK[]<0.{maxBytes}>)", ct);
        Note(responses);
        // A mail deleted since the search has no response, which is no error.
        var fetched = responses.FirstOrDefault(response => response.Text.Contains(" FETCH (", StringComparison.OrdinalIgnoreCase)
            && response.Text.Contains("BODY[]", StringComparison.OrdinalIgnoreCase));
        if (fetched is null)
            return null;
        var raw = fetched.Literals is [var literal, ..] ? literal : QuotedBody(fetched.Text);
        var size = SizePattern().Match(fetched.Text) is { Success: true } match
            && long.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var octets) ? octets : raw.Length;
        return new MailboxMessage($"{_validity}-{uid}", raw.AsMemory(0, Math.Min(raw.Length, maxBytes)), size > maxBytes);
    }

    private async Task<bool> IdleAsync(ImapLink link, TimeSpan limit, CancellationToken ct, CancellationToken deadline)
    {
        var tag = await link.SendAsync("IDLE", deadline);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        waiting.CancelAfter(limit);
        Task<ImapResponse>? pending = null;
        while (!_hasNews)
        {
            // The read outlives the wait: what it brings after DONE must not be lost.
            pending ??= link.ReadAsync(deadline);
            try
            {
                var response = await pending.WaitAsync(waiting.Token);
                pending = null;
                Note([response]);
            }
            catch (OperationCanceledException) when (waiting.IsCancellationRequested && !deadline.IsCancellationRequested)
            {
                break;
            }
        }

        ct.ThrowIfCancellationRequested();
        await link.WriteAsync("DONE\r\n", deadline);
        while (true)
        {
            var response = await (pending ?? link.ReadAsync(deadline));
            pending = null;
            if (response.Text.StartsWith(tag + " ", StringComparison.Ordinal))
                return true;
            Note([response]);
        }
    }

    // The server may tell of new mail in the middle of anything.
    private void Note(IEnumerable<ImapResponse> responses) =>
        _hasNews |= responses.Any(response => response.IsUntagged && response.Text.EndsWith(" EXISTS", StringComparison.OrdinalIgnoreCase));

    private static string Quote(string text)
    {
        if (text.Any(c => char.IsControl(c) || c > 126))
            throw new MailboxException("The mailbox's user, password or folder holds characters that IMAP cannot quote.");
        return $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    private static byte[] QuotedBody(string text)
    {
        var match = QuotedBodyPattern().Match(text);
        return match.Success ? Encoding.UTF8.GetBytes(match.Groups[1].Value.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal)) : [];
    }

    [GeneratedRegex(@"\[UIDVALIDITY (\d{1,10})\]", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ValidityPattern();

    [GeneratedRegex(@"RFC822\.SIZE (\d{1,18})", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SizePattern();

    [GeneratedRegex("BODY\\[\\](?:<0>)? \"((?:[^\"\\\\]|\\\\.)*)\"", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex QuotedBodyPattern();
}
