using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using DigestService.Digests;
using DigestService.Mails.Gallery;
using DigestService.Hosting;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Demo;

/// <summary><c>demo</c>: the whole service on one machine with nothing prepared, its mails caught in a page beside it.</summary>
internal static partial class DemoVerb
{
    private const int UsualPort = 8080;
    private static readonly TimeSpan ArrivalPatience = TimeSpan.FromSeconds(30);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("demo", "Try the whole service here: private database, seeds, and an inbox that shows its mails.");
        command.SetAction((parse, ct) => Verb.RunGuardedAsync(parse, () => RunAsync(parse.GetValue(Verb.Verbose), ct)));
        return command;
    }

    private static async Task<int> RunAsync(bool verbose, CancellationToken ct)
    {
        await Console.Error.WriteLineAsync("Starting the demo…");
        var settings = Settings.Load();
        var data = Settings.Bind<DataOptions>(settings, "Data");
        var clock = Verb.SystemClock();
        await using var inbox = new DemoInbox(data.Prepare("inbox"), clock);
        var configuration = Configure(settings, inbox.Port);
        await using var host = await ServeHost.StartAsync(
            configuration,
            clock,
            Roles.All,
            ct,
            verbose,
            services => services.AddSingleton(inbox).AddSingleton<DemoSeeds>(),
            web =>
            {
                InboxPages.Map(web);
                MailGalleryPage.Map(web);
            });
        await host.Services.GetRequiredService<DemoSeeds>().LoadAsync(ct);
        await host.Services.GetRequiredService<DigestTick>().RunAsync(clock.GetCurrentInstant(), ct);
        await WaitForDigestAsync(inbox, ct);
        Welcome(configuration, inbox);
        return await host.RunAsync(ct, StopSignals.Impatience);
    }

    /// <summary>The operator's settings, with all that would reach beyond this machine turned back to it.</summary>
    private static IConfiguration Configure(IConfiguration settings, int smtpPort)
    {
        var url = settings["Urls"]?.Split(';')[0].TrimEnd('/') ?? string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort()}");
        var demo = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["ConnectionStrings:Digest"] = "",
            ["Urls"] = url,
            ["Site:BaseUrl"] = AnyHost().Replace(url, "//127.0.0.1"),
            ["Site:PostalAddress"] = "1 Example Street, Exampleton",
            ["Mail:From"] = "digest@demo.example",
            ["Mail:BounceAddress"] = "bounces@demo.example",
            ["Mail:CommandAddress"] = "commands@demo.example",
        };
        if (string.IsNullOrEmpty(settings["Admin:Password"]))
            demo["Admin:Password"] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5));
        return new ConfigurationBuilder()
            .AddInMemoryCollection(settings.AsEnumerable().Where(setting => !IsReplaced(setting.Key)))
            .AddInMemoryCollection(demo)
            .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
            {
                ["Smtp:Host"] = "127.0.0.1",
                ["Smtp:Port"] = smtpPort.ToString(CultureInfo.InvariantCulture),
                ["Smtp:Tls"] = "None",
                ["Sources:HuggingFace:Enabled"] = "false",
                ["Sources:Arxiv:Enabled"] = "false",
            })
            .Build();
    }

    /// <summary>Relays, mailboxes, keys and sources of a real installation have no part in a demo.</summary>
    private static bool IsReplaced(string key) =>
        key.Split(':')[0].ToLowerInvariant() is "smtp" or "dkim" or "inbox" or "sources" or "mail";

    private static int FreePort()
    {
        foreach (var port in (int[])[UsualPort, 0])
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            try
            {
                probe.Start();
                return ((IPEndPoint)probe.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Taken: the next one is whatever is free.
            }
        }

        return UsualPort;
    }

    private static async Task WaitForDigestAsync(DemoInbox inbox, CancellationToken ct)
    {
        if (inbox.List().Any(mail => mail.IsDigest))
            return;
        await Task.WhenAny(inbox.Arrival, Task.Delay(ArrivalPatience, ct));
        ct.ThrowIfCancellationRequested();
    }

    private static void Welcome(IConfiguration configuration, DemoInbox inbox)
    {
        var url = configuration["Site:BaseUrl"];
        var digest = inbox.List().FirstOrDefault(mail => mail.IsDigest);
        Console.Out.WriteLine(
            $"""

              The demo is running.

                Site     {url}/
                         sign up: the confirmation mail arrives in the inbox below
                Inbox    {url}/inbox
                         {(digest is null ? "empty so far" : $"“{digest.Subject}” for {DemoSeeds.Reader}")}
                Mails    {url}/dev/mails
                         every mail of the service, with awkward data
                Admin    {url}/admin
                         password: {configuration["Admin:Password"]}

              Nothing leaves this machine. Ctrl-C stops all of it; the data stays in {Path.GetFullPath(configuration["Data:Directory"] ?? ".data")}.

            """);
    }

    /// <summary>Hosts that mean every address of this machine: one listens on them and links to none of them.</summary>
    [GeneratedRegex(@"//(\+|\*|0\.0\.0\.0|\[::\])(?=[:/]|$)")]
    private static partial Regex AnyHost();
}
