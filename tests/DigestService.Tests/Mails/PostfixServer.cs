using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Mails;

/// <summary>
/// Debian's Postfix with a configuration, queue and port of its own, on loopback. It delivers mail for one domain into
/// Maildirs and refuses everything else: no mail can leave the machine.
/// </summary>
internal sealed class PostfixServer : IAsyncDisposable
{
    /// <summary>The only domain it takes mail for.</summary>
    public const string Domain = "trip.example";

    /// <summary>A domain all of whose mail comes back.</summary>
    public const string DeadDomain = "dead.example";

    private readonly string _root;
    private readonly string _postfix;

    private PostfixServer(string root, string postfix, int port)
    {
        _root = root;
        _postfix = postfix;
        Port = port;
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Starts it, delivering one user's mail to the Maildir of that name below <paramref name="mailFolder"/>.</summary>
    public static Task<PostfixServer> StartAsync(string mailFolder, string user) =>
        StartAsync(mailFolder, new Dictionary<string, string>(StringComparer.Ordinal) { [user] = user });

    /// <summary>
    /// The same for several users, each with the Maildir that is named beside it; what stands behind a plus is passed over.
    /// Mail to <see cref="DeadDomain"/> is taken and then returned.
    /// </summary>
    public static async Task<PostfixServer> StartAsync(string mailFolder, IReadOnlyDictionary<string, string> users)
    {
        if (Peer.Find("postfix") is not { } postfix)
            throw Skip.UnlessOnCI("needs Postfix");
        if (!Environment.IsPrivilegedProcess)
            throw Skip.Because("needs root: Postfix changes to its own users");
        var root = Directory.CreateTempSubdirectory("postfix").FullName;
        var server = new PostfixServer(root, postfix, FreePort());
        await server.ConfigureAsync(mailFolder, users);
        var (exitCode, output) = await Peer.RunAsync(postfix, ["-c", server.Configuration, "start"], default);
        exitCode.ShouldBe(0, output + server.Log());
        await Eventually.TrueAsync(server.AnswersAsync, "Postfix answers");
        return server;
    }

    /// <summary>What it logged.</summary>
    public string Log() => File.Exists(Path.Combine(_root, "log")) ? File.ReadAllText(Path.Combine(_root, "log")) : "";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Peer.RunAsync(_postfix, ["-c", Configuration, "stop"], default);
        Directory.Delete(_root, recursive: true);
    }

    private string Configuration => Path.Combine(_root, "etc");

    private async Task ConfigureAsync(string mailFolder, IReadOnlyDictionary<string, string> users)
    {
        foreach (var folder in new[] { "etc", "spool", "data" })
            Directory.CreateDirectory(Path.Combine(_root, folder));
        await Peer.RunAsync("chmod", ["755", _root], default);
        await Peer.RunAsync("chown", ["postfix", Path.Combine(_root, "data")], default);
        var nobody = (await Peer.RunAsync("id", ["-u", "nobody"], default)).Output.Trim();
        var nogroup = (await Peer.RunAsync("id", ["-g", "nobody"], default)).Output.Trim();
        await File.WriteAllTextAsync(Path.Combine(Configuration, "main.cf"), $$"""
            compatibility_level = 3.6
            queue_directory = {{_root}}/spool
            data_directory = {{_root}}/data
            command_directory = /usr/sbin
            daemon_directory = /usr/lib/postfix/sbin
            maillog_file = {{_root}}/log
            maillog_file_prefixes = {{_root}}
            myhostname = {{Domain}}
            mydestination =
            local_recipient_maps =
            alias_maps =
            mynetworks = 127.0.0.0/8
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            smtpd_relay_restrictions = reject_unauth_destination
            default_transport = error:nothing leaves this machine
            relay_transport = error:nothing leaves this machine
            virtual_mailbox_domains = {{Domain}}
            virtual_mailbox_base = {{mailFolder}}
            virtual_mailbox_maps = inline:{ {{string.Join(", ", users.Select(user => $"{user.Key}@{Domain}={user.Value}/"))}} }
            recipient_delimiter = +
            relay_domains = {{DeadDomain}}
            transport_maps = inline:{ { {{DeadDomain}} = error:5.1.1 User unknown } }
            virtual_minimum_uid = 1
            virtual_uid_maps = static:{{nobody}}
            virtual_gid_maps = static:{{nogroup}}

            """);
        await File.WriteAllTextAsync(Path.Combine(Configuration, "master.cf"), $"""
            127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)} inet n - n - - smtpd
            postlog unix-dgram n - n - 1 postlogd
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            verify unix - - n - 1 verify
            flush unix n - n 1000? 0 flush
            proxymap unix - - n - - proxymap
            error unix - - n - - error
            retry unix - - n - - error
            discard unix - - n - - discard
            virtual unix - n n - - virtual
            anvil unix - - n - 1 anvil

            """);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
