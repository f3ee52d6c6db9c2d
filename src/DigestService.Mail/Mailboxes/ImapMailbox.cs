using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;
using MailKit.Security;

namespace DigestService.Mail.Mailboxes;

/// <summary>The mailbox port over MailKit's IMAP client. Connects when first needed and again after a failure.</summary>
public sealed class ImapMailbox(ImapAccount account) : IMailbox
{
    private static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(25);

    private const string HandledKeyword = "$DigestHandled";
    private const string HungUp = "hung up.";

    private StrictImapClient? _client;
    private GatheringStream? _connection;
    private IMailFolder? _folder;
    private bool _hasNews;

    /// <summary>What the server may answer to one command: the largest mail that is read, and what is said about it.</summary>
    internal int MostOctetsAnAnswer { get; init; } = 100 * 1024 * 1024;

    /// <inheritdoc/>
    public string? Warning { get; private set; }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MailboxMessage> ReadNewAsync(int maxBytes, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var message in ReadableMail.OfAsync(await GuardAsync(SearchNewAsync, ct), uid => FetchOrPassOverAsync(uid, maxBytes, ct)))
            yield return message;
    }

    /// <inheritdoc/>
    public async Task<int> CountNewAsync(CancellationToken ct) => (await GuardAsync(SearchNewAsync, ct)).Count;

    /// <inheritdoc/>
    public Task MarkHandledAsync(IReadOnlyList<MailboxMessage> messages, CancellationToken ct) =>
        GuardAsync(
            async (client, folder, token) =>
            {
                // After a change of UIDVALIDITY the number names another mail (RFC 9051 2.3.1.1).
                var validity = folder.UidValidity.ToString(CultureInfo.InvariantCulture);
                var uids = messages.Select(message => message.Key.Split('-'))
                    .Where(key => key.Length == 2 && string.Equals(key[0], validity, StringComparison.Ordinal))
                    .Select(key => UniqueId.Parse(key[1])).ToList();
                if (uids.Count > 0)
                    await MarkAsync(client, folder, uids, token);
                return true;
            },
            ct);

    /// <inheritdoc/>
    public async Task WaitForMailAsync(TimeSpan limit, CancellationToken ct)
    {
        var started = TimeProvider.System.GetTimestamp();
        var canIdle = await GuardAsync((client, _, _) => Task.FromResult(client.Capabilities.HasFlag(ImapCapabilities.Idle)), ct);
        if (_hasNews)
            return;
        var rest = limit - TimeProvider.System.GetElapsedTime(started);
        if (rest <= TimeSpan.Zero)
            return;
        if (canIdle)
            await GuardAsync((client, folder, token) => IdleAsync(client, folder, rest < LongestIdle ? rest : LongestIdle, ct, token), ct, rest + account.Timeout);
        else
            await Task.Delay(rest, ct);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client?.Dispose();
        (_client, _folder) = (null, null);
        return ValueTask.CompletedTask;
    }

    private async Task<T> GuardAsync<T>(Func<ImapClient, IMailFolder, CancellationToken, Task<T>> step, CancellationToken ct, TimeSpan? limit = null)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(limit ?? account.Timeout);
        try
        {
            var (client, folder) = await OpenAsync(deadline.Token);
            return await step(client, folder, deadline.Token);
        }
        catch (Exception e)
        {
            var whyNotBelieved = _client?.WhyNotBelieved
                ?? (account.Tls is SmtpTls.Implicit && _connection?.FirstOctet is { } first && !TlsTrust.MayBeTls(first)
                    ? string.Create(CultureInfo.InvariantCulture, $"port {account.Port} does not speak TLS from the start: set Inbox__Imap__Tls=StartTls")
                    : null);
            await DisposeAsync();
            ct.ThrowIfCancellationRequested();
            throw e switch
            {
                MailboxException => e,
                OperationCanceledException => new MailboxException($"The mailbox's server {account.Host} took too long.", e),
                SslHandshakeException or NotSupportedException => new MailboxException(
                    $"TLS with {account.Host} failed: {whyNotBelieved ?? (e is NotSupportedException ? "the server does not offer STARTTLS." : TlsWords.BrokenHandshake(account.Host))}", e),
                AuthenticationException => new MailboxException($"The mailbox's server {account.Host} refused the login: {e.Message}", e),
                IOException or SocketException => new MailboxException($"The mailbox's server {account.Host} cannot be reached: {HostWords.WhyNoAddress(e) ?? e.Message}", e),
                CommandException or FolderNotFoundException => new MailboxException($"The mailbox's server {account.Host} refused: {e.Message}", e),
                ImapProtocolException or ServiceNotConnectedException when WordsOfParting(e.Message) is { } words => new MailboxException($"The mailbox's server {account.Host} {words}", e),
                _ => new MailboxException($"The mailbox's server {account.Host} was not understood.", e),
            };
        }
    }

    // MailKit passes on what a BYE says (RFC 9051 7.1.5), and has sentences of its own for a server that leaves without a word and for one that speaks something else.
    private static string? WordsOfParting(string said) =>
        said.StartsWith("Syntax error", StringComparison.Ordinal) ? null
        : said.StartsWith("The Imap", StringComparison.OrdinalIgnoreCase) || said == "Bye." ? HungUp
        : $"hung up: {said}";

    private async Task<(ImapClient Client, IMailFolder Folder)> OpenAsync(CancellationToken ct)
    {
        if (_client is { IsConnected: true } && _folder is not null)
            return (_client, _folder);
        _client?.Dispose();
        _client = new StrictImapClient(account);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(account.Host, account.Port, ct);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var isLoopback = socket.RemoteEndPoint is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address);
        _connection = new GatheringStream(new NetworkStream(socket, ownsSocket: true), MostOctetsAnAnswer);
        await _client.ConnectAsync(_connection, account.Host, account.Port, TlsTrust.StartOf(account.Tls), ct);
        if (!_client.IsSecure && !isLoopback)
            throw new MailboxException("The mailbox's password would have gone over the network in the clear; turn TLS on.");
        await _client.AuthenticateAsync(account.User, account.Password, ct);
        _folder = await _client.GetFolderAsync(account.Folder, ct);
        _folder.CountChanged += (_, _) => _hasNews = true;
        if (await _folder.OpenAsync(FolderAccess.ReadWrite, ct) is not FolderAccess.ReadWrite)
            throw new MailboxException($"The mailbox's server {account.Host} opens {account.Folder} for reading alone, so that handled mail cannot be marked: give {account.User} the right to write to it.");
        _hasNews = true;
        return (_client, _folder);
    }

    private async Task<IList<UniqueId>> SearchNewAsync(ImapClient client, IMailFolder folder, CancellationToken ct)
    {
        await client.NoOpAsync(ct);
        _hasNews = false;
        // Marked and still here: whoever marked it died before it was moved, or could not move it.
        return await folder.SearchAsync(
            MayMark(folder) && Warning is null ? SearchQuery.NotSeen.Or(SearchQuery.HasKeyword(HandledKeyword)) : SearchQuery.NotSeen, ct);
    }

    // Dovecot hangs up over a mail that it cannot open, and Exchange says NO to one that it cannot convert, each time it is asked: the mails behind it are read all the same.
    private async Task<(MailboxMessage? Message, MailboxException? Why)> FetchOrPassOverAsync(UniqueId uid, int maxBytes, CancellationToken ct)
    {
        Task<MailboxMessage?> FetchThisAsync() => GuardAsync((_, folder, token) => FetchAsync(folder, uid, maxBytes, token), ct);
        try
        {
            return (await FetchThisAsync(), null);
        }
        catch (MailboxException refused) when (IsOfOneMail(refused))
        {
            // A server that is on its way down says so too, and cannot be opened again.
            await GuardAsync((_, _, _) => Task.FromResult(true), ct);
        }

        try
        {
            return (await FetchThisAsync(), null);
        }
        catch (MailboxException refused) when (IsOfOneMail(refused))
        {
            return (null, new MailboxException(string.Create(CultureInfo.InvariantCulture, $"The mail with the UID {uid.Id} in {account.Folder} cannot be read; the others are. {refused.Message}"), refused));
        }
    }

    private static bool IsOfOneMail(MailboxException refused) =>
        refused.InnerException is CommandException || refused.InnerException is ImapProtocolException said && WordsOfParting(said.Message) is { } words && words != HungUp;

    private static async Task<MailboxMessage?> FetchAsync(IMailFolder folder, UniqueId uid, int maxBytes, CancellationToken ct)
    {
        using var content = new MemoryStream();
        try
        {
            // One octet more than is wanted tells whether the mail is longer.
            await using var stream = await folder.GetStreamAsync(uid, 0, maxBytes + 1, ct);
            await stream.CopyToAsync(content, ct);
        }
        catch (MessageNotFoundException)
        {
            return null;
        }

        var raw = content.GetBuffer().AsMemory(0, (int)Math.Min(content.Length, maxBytes));
        return new MailboxMessage($"{folder.UidValidity}-{uid.Id}", raw, content.Length > maxBytes);
    }

    // A crash between the two leaves mail that is marked and not moved; the search finds it by its keyword.
    private async Task MarkAsync(ImapClient client, IMailFolder folder, IList<UniqueId> uids, CancellationToken ct)
    {
        if (MayMark(folder))
            await folder.AddFlagsAsync(uids, MessageFlags.Seen, new HashSet<string>(StringComparer.OrdinalIgnoreCase) { HandledKeyword }, silent: true, ct);
        else
            await folder.AddFlagsAsync(uids, MessageFlags.Seen, silent: true, ct);
        if (account.HandledFolder is not { Length: > 0 } name || Warning is not null)
            return;
        try
        {
            await folder.MoveToAsync(uids, await HandledFolderAsync(client, name, ct), ct);
        }
        catch (Exception refused) when (refused is CommandException or FolderNotFoundException or NotSupportedException or ArgumentException)
        {
            // It is read and marked; it only stays where it is.
            Warning = $"Handled mail stays in {account.Folder}, because {account.Host} did not move it to {name}: {refused.Message}";
        }
    }

    private static async Task<IMailFolder> HandledFolderAsync(ImapClient client, string name, CancellationToken ct)
    {
        try
        {
            return await client.GetFolderAsync(name, ct);
        }
        catch (FolderNotFoundException)
        {
            var parent = client.GetFolder(client.PersonalNamespaces[0]);
            var last = name.LastIndexOf(parent.DirectorySeparator);
            if (last > 0)
                parent = await HandledFolderAsync(client, name[..last], ct);
            try
            {
                return await parent.CreateAsync(name[(last + 1)..], isMessageFolder: true, ct) ?? throw new FolderNotFoundException(name);
            }
            catch (CommandException)
            {
                // Another worker made it meanwhile.
                return await client.GetFolderAsync(name, ct);
            }
        }
    }

    private bool MayMark(IMailFolder folder) => account.HandledFolder is { Length: > 0 } && folder.PermanentFlags.HasFlag(MessageFlags.UserDefined);

    private static async Task<bool> IdleAsync(ImapClient client, IMailFolder folder, TimeSpan limit, CancellationToken ct, CancellationToken deadline)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(ct);
        done.CancelAfter(limit);
        void Wake(object? sender, EventArgs e) => done.Cancel();
        folder.CountChanged += Wake;
        try
        {
            await client.IdleAsync(done.Token, deadline);
        }
        finally
        {
            folder.CountChanged -= Wake;
        }

        ct.ThrowIfCancellationRequested();
        return true;
    }

    private sealed class StrictImapClient : ImapClient
    {
        private readonly ImapAccount _account;

        public StrictImapClient(ImapAccount account)
        {
            _account = account;
            Timeout = int.MaxValue;
            ServerCertificateValidationCallback = (_, shown, chain, errors) =>
            {
                WhyNotBelieved = TlsWords.FindFault(account.Host, shown, chain, errors, TimeProvider.System.GetUtcNow());
                return errors == SslPolicyErrors.None;
            };
        }

        public string? WhyNotBelieved { get; private set; }

        protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(
            string host,
            RemoteCertificateValidationCallback remoteCertificateValidationCallback)
        {
            var options = TlsTrust.OptionsFor(host, _account.TrustedCertificate);
            options.RemoteCertificateValidationCallback = base.GetSslClientAuthenticationOptions(host, remoteCertificateValidationCallback).RemoteCertificateValidationCallback;
            return options;
        }
    }
}
