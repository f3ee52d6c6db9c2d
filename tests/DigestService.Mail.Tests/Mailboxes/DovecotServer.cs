using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DigestService.Mail.Mailboxes;
using DigestService.Tests.Shared;

namespace DigestService.Mail.Tests.Mailboxes;

/// <summary>Debian's Dovecot on loopback with a configuration of its own; one for a class of tests, one account a test.</summary>
public sealed class DovecotServer : IAsyncLifetime
{
    public const string Password = "s3cret \"quoted\\";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dovecot");
    private Process? _process;
    private DateTimeOffset _now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
    private int _accounts;

    public int Port { get; private set; }

    /// <summary>Where the accounts' Maildirs lie, for a delivery agent.</summary>
    public string MailFolder => Path.Combine(_folder.FullName, "mail");

    public int TlsPort { get; private set; }

    public async Task InitializeAsync()
    {
        if (Peer.Find(Peer.Dovecot) is not { } dovecot || OperatingSystem.IsWindows())
            return;
        (Port, TlsPort) = FreePorts();
        await WriteConfigurationAsync();
        _process = Process.Start(dovecot, ["-F", "-c", Path.Combine(_folder.FullName, "dovecot.conf")]);
        await WaitUntilReadyAsync();
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
        {
            // Its children end with it only where it is asked, not killed.
            await Peer.RunAsync("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)], default);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    /// <summary>A new, empty account; the test is skipped where Dovecot is missing, and fails so on CI.</summary>
    public ImapAccount NewAccount() =>
        _process is null
            ? throw Skip.UnlessOnCI("Dovecot is not installed.")
            : new ImapAccount
            {
                Host = "localhost",
                Port = Port,
                Tls = SmtpTls.None,
                User = $"reader{Interlocked.Increment(ref _accounts)}",
                Password = Password,
                TrustedCertificate = TestCertificate.ForLocalhost,
                Timeout = TimeSpan.FromSeconds(20),
            };

    /// <summary>Puts a mail into the inbox the way a delivery agent does; the account must have logged in once.</summary>
    public async Task DeliverAsync(ImapAccount account, byte[] raw)
    {
        var maildir = new Maildir(Path.Combine(_folder.FullName, "mail", account.User));
        await maildir.AddAsync(raw, _now = _now.AddSeconds(1), default);
    }

    private async Task WriteConfigurationAsync()
    {
        var root = _folder.FullName;
        var certificate = TestCertificate.ForLocalhost;
        using var key = certificate.GetECDsaPrivateKey() ?? throw new CryptographicException("The test certificate has no key.");
        await File.WriteAllTextAsync(Path.Combine(root, "cert.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(root, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(Path.Combine(root, "users"), "");
        var (user, group) = Environment.IsPrivilegedProcess ? ("nobody", "nogroup") : (Environment.UserName, await OwnGroupAsync());
        await File.WriteAllTextAsync(
            Path.Combine(root, "dovecot.conf"),
            $$"""
            base_dir = {{root}}/run
            state_dir = {{root}}/run
            log_path = {{root}}/log
            protocols = imap
            listen = 127.0.0.1, 127.0.0.2
            ssl = yes
            ssl_cert = <{{root}}/cert.pem
            ssl_key = <{{root}}/key.pem
            disable_plaintext_auth = no
            auth_mechanisms = plain login
            auth_failure_delay = 0
            mail_location = maildir:{{root}}/mail/%u
            mailbox_idle_check_interval = 1 secs
            first_valid_uid = 1
            default_login_user = {{user}}
            default_internal_user = {{user}}
            default_internal_group = {{group}}
            passdb {
              driver = static
              args = password={PLAIN.b64}{{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Password))}}
            }
            userdb {
              driver = static
              args = uid={{user}} gid={{group}} home={{root}}/mail/%u
            }
            service imap-login {
              chroot =
              inet_listener imap {
                port = {{Port}}
              }
              inet_listener imaps {
                port = {{TlsPort}}
                ssl = yes
              }
            }
            service anvil {
              chroot =
              unix_listener anvil-auth-penalty {
                mode = 0
              }
            }
            """);
        var mail = _folder.CreateSubdirectory("mail");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            File.SetUnixFileMode(mail.FullName, (UnixFileMode)0b111_111_111);
        }
    }

    private static async Task<string> OwnGroupAsync() => (await Peer.RunAsync("id", ["-gn"], default)).Output.Trim();

    private async Task WaitUntilReadyAsync()
    {
        for (var attempt = 0; attempt < 500; attempt++)
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(20);
            }
        }

        throw new InvalidOperationException($"Dovecot did not start: {await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "log"))}");
    }

    private static (int First, int Second) FreePorts()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }
}
