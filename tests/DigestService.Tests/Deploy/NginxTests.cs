using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Deploy;

/// <summary>deploy/nginx as it is, but for ports, certificate and folders, in a real nginx before the real service.</summary>
public sealed class NginxTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [PeerFact("nginx")]
    public async Task The_first_file_loads_without_a_certificate_and_leaves_the_issuers_path_open()
    {
        await using var nginx = await Nginx.StartAsync(servicePort: 1, withTls: false);
        await File.WriteAllTextAsync(Path.Combine(nginx.Webroot, ".well-known", "acme-challenge", "abc"), "proof");

        (await nginx.GetAsync("/.well-known/acme-challenge/abc", isTls: false)).ShouldBe((HttpStatusCode.OK, "proof"));
        (await nginx.GetAsync("/preferences/SECRETTOKEN", isTls: false)).Status.ShouldBe(HttpStatusCode.MovedPermanently);
        nginx.Logged().ShouldNotContain("SECRETTOKEN");
    }

    [PeerFact("nginx")]
    public async Task Pages_pass_and_what_is_for_operators_does_not_however_it_is_written()
    {
        await using var host = await ServeHost.StartAsync(await apps.CreateConfigurationAsync(), new TestClock(), Roles.Web, default);
        await using var nginx = await Nginx.StartAsync(new Uri(host.Urls[0]).Port, withTls: true);
        using var direct = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };

        (await nginx.GetAsync("/healthz")).Status.ShouldBe(HttpStatusCode.OK);
        foreach (var kept in (string[])["/metrics", "/readyz"])
        {
            (await direct.GetAsync(kept)).StatusCode.ShouldBe(HttpStatusCode.OK);
            foreach (var written in (string[])[kept, kept.ToUpperInvariant(), kept + "/", kept + "//", "/" + kept, kept + "/x", kept + "?a=b", kept.Replace("e", "%65", StringComparison.Ordinal), "/x/.." + kept, "/%2e" + kept])
                (await nginx.GetAsync(written)).Status.ShouldBe(HttpStatusCode.NotFound, written);
            foreach (var written in (string[])[kept.ToUpperInvariant(), kept + "/", kept + "//", $"/{char.ToUpperInvariant(kept[1])}{kept[2..]}", kept + "/x"])
                (await direct.GetAsync(written)).StatusCode.ShouldBe(HttpStatusCode.NotFound, written);
        }
    }

    [PeerFact("nginx")]
    public async Task While_the_service_is_down_no_log_holds_a_readers_link()
    {
        await using var nginx = await Nginx.StartAsync(servicePort: 1, withTls: true);

        (await nginx.GetAsync("/preferences/SECRETTOKEN")).Status.ShouldBe(HttpStatusCode.BadGateway);
        (await nginx.GetAsync("/unsubscribe/SECRETTOKEN", isTls: false)).Status.ShouldBe(HttpStatusCode.MovedPermanently);

        nginx.Logged().ShouldNotContain("SECRETTOKEN");
    }

    private sealed class Nginx : IAsyncDisposable
    {
        private readonly string _folder;
        private readonly int _port;
        private readonly int _tlsPort;
        private readonly Process _process;

        private Nginx(string folder, int port, int tlsPort, Process process) => (_folder, _port, _tlsPort, _process) = (folder, port, tlsPort, process);

        public string Webroot => Path.Combine(_folder, "www");

        public static async Task<Nginx> StartAsync(int servicePort, bool withTls)
        {
            var folder = TestDirectory.Create("nginx");
            var (port, tlsPort) = (FreePort(), FreePort());
            Directory.CreateDirectory(Path.Combine(folder, "www", ".well-known", "acme-challenge"));
            // The workers run as the account that the tests do: they read the folders of the tests.
            await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"),
                $$"""
                {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
                daemon off;
                pid {{folder}}/pid;
                error_log {{folder}}/main.log;
                events { }
                http {
                    access_log {{folder}}/access.log;
                    client_body_temp_path {{folder}}/body; proxy_temp_path {{folder}}/proxy; fastcgi_temp_path {{folder}}/f; uwsgi_temp_path {{folder}}/u; scgi_temp_path {{folder}}/s;
                    {{Example("digest.conf")}}
                    {{(withTls ? Example("digest-tls.conf") : "")}}
                }
                """);
            await File.WriteAllTextAsync(Path.Combine(folder, "fullchain.pem"), TestCertificate.ForLocalhost.ExportCertificatePem());
            using (var key = TestCertificate.ForLocalhost.GetECDsaPrivateKey()!) // made with one
                await File.WriteAllTextAsync(Path.Combine(folder, "privkey.pem"), key.ExportPkcs8PrivateKeyPem());
            var program = Peer.Find("nginx")!; // PeerFact saw it
            var (code, output) = await Peer.RunAsync(program, ["-t", "-c", Path.Combine(folder, "nginx.conf")], ReadOnlyMemory<byte>.Empty);
            code.ShouldBe(0, output);
            var process = Process.Start(new ProcessStartInfo(program, ["-c", Path.Combine(folder, "nginx.conf")]) { UseShellExecute = false })!;
            await Eventually.TrueAsync(() => Task.FromResult(Takes(port)), "nginx listens");
            return new Nginx(folder, port, tlsPort, process);

            string Example(string name) => Repository.Read("deploy", "nginx", name)
                .Replace("listen 80;", string.Create(CultureInfo.InvariantCulture, $"listen 127.0.0.1:{port};"), StringComparison.Ordinal)
                .Replace("listen 443 ssl", string.Create(CultureInfo.InvariantCulture, $"listen 127.0.0.1:{tlsPort} ssl"), StringComparison.Ordinal)
                .Replace("listen [::]:80;", "", StringComparison.Ordinal)
                .Replace("listen [::]:443 ssl http2;", "", StringComparison.Ordinal)
                .Replace("/etc/letsencrypt/live/digest.example.org", folder, StringComparison.Ordinal)
                .Replace("/var/www/html", $"{folder}/www", StringComparison.Ordinal)
                .Replace("/var/log/nginx", folder, StringComparison.Ordinal)
                .Replace("127.0.0.1:8080", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{servicePort}"), StringComparison.Ordinal);
        }

        /// <summary>Asks for exactly this path: HttpClient would tidy it up first.</summary>
        public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path, bool isTls = true)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, isTls ? _tlsPort : _port);
            Stream stream = client.GetStream();
            if (isTls)
            {
                var secured = new SslStream(stream);
#pragma warning disable CA5359 // Our own certificate on loopback.
                await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "digest.example.org", RemoteCertificateValidationCallback = (_, _, _, _) => true });
#pragma warning restore CA5359
                stream = secured;
            }

            await using (stream)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: digest.example.org\r\nConnection: close\r\n\r\n"));
                var answer = await new StreamReader(stream).ReadToEndAsync();
                return ((HttpStatusCode)int.Parse(answer.AsSpan(9, 3), CultureInfo.InvariantCulture), answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
            }
        }

        /// <summary>All that any log of it holds.</summary>
        public string Logged() => string.Concat(Directory.EnumerateFiles(_folder, "*.log").Select(File.ReadAllText));

        public async ValueTask DisposeAsync()
        {
            // SIGTERM, so that its workers go with it.
            await Peer.RunAsync("kill", [_process.Id.ToString(CultureInfo.InvariantCulture)], ReadOnlyMemory<byte>.Empty);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        private static bool Takes(int port)
        {
            using var probe = new TcpClient();
            try
            {
                probe.Connect(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }

        private static int FreePort()
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            return ((IPEndPoint)probe.LocalEndpoint).Port;
        }
    }
}
