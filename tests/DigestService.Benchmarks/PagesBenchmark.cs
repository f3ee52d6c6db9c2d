using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Topics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace DigestService.Benchmarks;

/// <summary>
/// Requests a second for public pages from a served site over 28,000 papers, beside octets of the same size from a bare Kestrel:
/// real sockets, connections that stay open, one request at a time on each. Needs a PostgreSQL on this machine in
/// <c>DIGEST_TEST_POSTGRES</c>.
/// </summary>
internal static class PagesBenchmark
{
    private const int Connections = 64;
    private static readonly TimeSpan Warmth = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(4);

    /// <summary>Runs it.</summary>
    public static async Task RunAsync()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ConnectionStrings:Digest"] = await TickBenchmark.CreateDatabaseAsync(),
            ["Data:Directory"] = Directory.CreateTempSubdirectory("pages").FullName,
            ["Sources:HuggingFace:Enabled"] = "false",
            ["Sources:Arxiv:Enabled"] = "false",
            ["Relevance:Embeddings"] = "Off",
            ["Urls"] = "http://127.0.0.1:0",
            ["Logging:LogLevel:Default"] = "Warning",
        }).Build();
        await using var host = await ServeHost.StartAsync(configuration, new FixedClock(Instant.FromUtc(2026, 3, 4, 12, 0)), Roles.Web, CancellationToken.None);
        await host.Services.GetRequiredService<TopicCatalogue>().LoadAsync(CancellationToken.None);
        await TickBenchmark.FillAsync(host.Services.GetRequiredService<Database>());
        await host.Services.GetRequiredService<TopicMatching>().MatchDueAsync(CancellationToken.None);
        using var browser = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };
        var place = new Uri(host.Urls[0]);

        Console.WriteLine("path, octets, requests a second, of the bare octets of that size");
        foreach (var path in new[] { "/", "/papers", "/topics", "/trending/week", "/paper/1", "/search?q=model", "/feed.atom" })
        {
            var octets = await browser.GetByteArrayAsync(path);
            var bare = await BareAsync(octets);
            var page = await RateAsync(place.Port, _ => path);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}, {octets.Length}, {page:0}, {page / bare:p0} of {bare:0}"));
        }

        // As people ask: two words that stand in one title, hardly ever the same two. In lower case no word is an operator.
        var titles = await host.Services.GetRequiredService<Database>().QueryAsync<string>("select lower(title) from papers order by id limit 20000", null, CancellationToken.None);
        var asked = 0;
        string NextSearch()
        {
            var number = Interlocked.Increment(ref asked);
            var words = titles[number * 7 % titles.Count].Split(' ');
            return $"/search?q={words[number % 7]}+{words[(number + 3) % 7]}";
        }

        var bareSearch = await BareAsync(await browser.GetByteArrayAsync(NextSearch()));
        var searches = await RateAsync(place.Port, _ => NextSearch());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"/search, each another query, {searches:0}, {searches / bareSearch:p1} of {bareSearch:0}"));
    }

    private static async Task<double> BareAsync(byte[] octets)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var web = builder.Build();
        web.Run(http =>
        {
            http.Response.ContentType = "text/html; charset=utf-8";
            http.Response.ContentLength = octets.Length;
            return http.Response.Body.WriteAsync(octets, 0, octets.Length);
        });
        await web.StartAsync();
        return await RateAsync(new Uri(web.Urls.First()).Port, _ => "/");
    }

    private static async Task<double> RateAsync(int port, Func<int, string> path)
    {
        await ManyAsync(port, path, Warmth);
        var since = Stopwatch.GetTimestamp();
        var answered = await ManyAsync(port, path, Length);
        return answered / Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    private static async Task<long> ManyAsync(int port, Func<int, string> path, TimeSpan length)
    {
        var until = Stopwatch.GetTimestamp() + (long)(length.TotalSeconds * Stopwatch.Frequency);
        var counts = await Task.WhenAll(Enumerable.Range(0, Connections).Select(number => Task.Run(() => OneAsync(port, number, path, until))));
        return counts.Sum();
    }

    private static async Task<long> OneAsync(int port, int number, Func<int, string> path, long until)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var buffer = new byte[256 * 1024];
        var answered = 0L;
        while (Stopwatch.GetTimestamp() < until)
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path(number)} HTTP/1.1\r\nHost: localhost\r\nAccept-Language: en\r\n\r\n"));
            await ReadAnswerAsync(socket, buffer);
            answered++;
        }

        return answered;
    }

    // Whole answers with a Content-Length; anything but 200 ends the measurement.
    private static async Task ReadAnswerAsync(Socket socket, byte[] buffer)
    {
        var held = 0;
        var head = -1;
        while (head < 0)
        {
            held += await ReceiveAsync(socket, buffer.AsMemory(held));
            head = buffer.AsSpan(0, held).IndexOf("\r\n\r\n"u8);
        }

        var text = Encoding.ASCII.GetString(buffer, 0, head);
        if (!text.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
            throw new InvalidOperationException(text);
        var at = text.IndexOf("Content-Length:", StringComparison.OrdinalIgnoreCase) + "Content-Length:".Length;
        var rest = long.Parse(text.AsSpan(at).Trim().ToString().Split('\r')[0], CultureInfo.InvariantCulture) - (held - head - 4);
        while (rest > 0)
            rest -= await ReceiveAsync(socket, buffer);
    }

    private static async Task<int> ReceiveAsync(Socket socket, Memory<byte> buffer)
    {
        var read = await socket.ReceiveAsync(buffer);
        return read > 0 ? read : throw new InvalidOperationException("The server hung up.");
    }
}
