using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using DigestService.Platform;
using Npgsql;

namespace DigestService.Benchmarks;

/// <summary>
/// <c>digests run</c> as a whole, in a process of its own, with Postfix's <c>smtp-source</c> beside it in the same run: both put mails of
/// the same size into the same <c>smtp-sink</c>. Prints rates, their ratio and what a digest costs; see docs/performance.md.
/// </summary>
internal static class PipelineBenchmark
{
    private const int Connections = 16;
    private const int MailsOfSource = 10_000;

    /// <summary>The program that is measured: the one built beside this, or the published one that is named.</summary>
    public static string Program => Environment.GetEnvironmentVariable("DIGEST_PROGRAM") ?? Path.Combine(AppContext.BaseDirectory, "digest.dll");

    /// <summary>Several rounds with as many readers; <paramref name="isSigned"/> adds DKIM by RSA of 2,048 bits.</summary>
    public static async Task RunAsync(int readers, int rounds, int historyDays, bool isSigned)
    {
        var database = await PipelineDatabase.CreateAsync(readers, historyDays);
        await database.CopyAsync();
        var size = await MailSizeAsync(database);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{readers:n0} readers, mails of {size:n0} octets, {Connections} connections"));
        var results = new List<Result>();
        for (var round = 0; round < rounds; round++)
        {
            await database.CopyAsync();
            using var sink = await StartSinkAsync();
            var mails = Math.Min(readers, MailsOfSource);
            var before = await SourceAsync(sink.Port, size, mails);
            var result = await MeasureAsync(database, readers, sink.Port, isSigned, () => MeasuredProcess.Read(sink.Process.Id)?.Cpu ?? TimeSpan.Zero);
            result = result with { SourceRate = (before + await SourceAsync(sink.Port, size, mails)) / 2 };
            results.Add(result);
            Print($"round {round + 1}", result);
        }

        Print("median", Median(results));
        if (!isSigned)
            return;
        var signatures = await SpeedOfRsaAsync();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"openssl speed -multi {Environment.ProcessorCount} rsa2048: {signatures:0} signatures a second"));
    }

    /// <summary>
    /// Doubles the readers from <paramref name="least"/> up to <paramref name="most"/>, with a sink that drops what it takes, and
    /// draws what the runs took as an SVG file, where one is named.
    /// </summary>
    public static async Task GrowAsync(int least, int most, int historyDays, string? drawing)
    {
        var results = new List<(int Readers, Result Result)>();
        for (var readers = least; results.Count == 0 || results[^1].Readers < most; readers = Math.Min(readers * 2, most))
        {
            var database = await PipelineDatabase.CreateAsync(readers, historyDays);
            await database.CopyAsync();
            using var sink = new NullSink();
            results.Add((readers, await MeasureAsync(database, readers, sink.Port, isSigned: false, () => TimeSpan.Zero)));
            Print(string.Create(CultureInfo.InvariantCulture, $"{readers:n0} readers"), results[^1].Result);
        }

        if (drawing is not null)
            await File.WriteAllTextAsync(drawing, GrowthDrawing.Of([
                Curve("From planned to sent", "s", (readers, result) => readers / result.Rate),
                Curve("Our CPU", "s", (readers, result) => readers * result.OurCpu / 1e6),
                Curve("PostgreSQL's CPU", "s", (readers, result) => readers * result.PostgresCpu / 1e6),
                Curve("Largest process", "MB", (_, result) => result.Megabytes),
            ]));

        GrowthPanel Curve(string title, string unit, Func<int, Result, double> cost) =>
            new(title, "readers", unit, [.. results.Select(run => (run.Readers, cost(run.Readers, run.Result)))]);
    }

    /// <summary>Settings of a process over this database that send nothing.</summary>
    public static Dictionary<string, string> SettingsFor(string connection) => new(StringComparer.Ordinal)
    {
        ["ConnectionStrings__Digest"] = connection,
        ["Data__Directory"] = Directory.CreateTempSubdirectory("pipeline").FullName,
        ["Site__BaseUrl"] = "https://digest.example",
        ["Site__PostalAddress"] = "1 Road, Town",
        ["Mail__From"] = "digest@digest.example",
        ["Mail__CommandAddress"] = "list@digest.example",
        ["Sources__HuggingFace__Enabled"] = "false",
        ["Sources__Arxiv__Enabled"] = "false",
        ["Urls"] = "http://127.0.0.1:0",
    };

    private static async Task<Result> MeasureAsync(PipelineDatabase copy, int readers, int port, bool isSigned, Func<TimeSpan> sinkCpu)
    {
        await using var database = Database.Connect(copy.ConnectionString);
        var server = await PostgresCpu.OfAsync(database);
        var settings = SettingsFor(copy.ConnectionString);
        foreach (var (key, value) in new[] { ("Smtp__Host", "127.0.0.1"), ("Smtp__Port", port.ToString(CultureInfo.InvariantCulture)), ("Smtp__Tls", "None"), ("Smtp__Connections", "16") })
            settings[key] = value;
        if (isSigned)
            await SignAsync(settings);
        var (walBefore, cpuBefore, sinkBefore) = (await WalAsync(database), server.Total(), sinkCpu());
        var cost = await MeasuredProcess.RunAsync("dotnet", [Program, "digests", "run", "--now", PipelineDatabase.Now.ToString(), "--json"], settings);
        var counts = JsonDocument.Parse(cost.Output[cost.Output.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
        // For a reader of rare topics there may be nothing that day.
        if (counts.GetProperty("sent").GetInt32() + counts.GetProperty("empty").GetInt32() != readers)
            throw new InvalidOperationException($"Not all of {readers} digests were sent: {counts}");
        var kept = await database.QuerySingleOrDefaultAsync<long>(
            "select sum(pg_total_relation_size(relid))::bigint from pg_stat_user_tables where relname like 'deliveries%' or relname = 'fragments'", null, CancellationToken.None);
        return new Result
        {
            Rate = readers / cost.Wall.TotalSeconds,
            OurCpu = cost.Cpu.TotalMicroseconds / readers,
            PostgresCpu = (server.Total() - cpuBefore).TotalMicroseconds / readers,
            SinkCpu = (sinkCpu() - sinkBefore).TotalMicroseconds / readers,
            Wal = (await WalAsync(database) - walBefore) / (double)readers,
            Outbox = kept / (double)readers,
            Megabytes = cost.MostMegabytes,
        };
    }

    private static async Task<int> MailSizeAsync(PipelineDatabase database)
    {
        var folder = Directory.CreateTempSubdirectory("pipeline").FullName;
        await MeasuredProcess.RunAsync(
            "dotnet",
            [Program, "digests", "preview", "r1@reader1.example", "--now", PipelineDatabase.Now.ToString(), "--out", folder],
            SettingsFor(database.ConnectionString));
        return (int)new DirectoryInfo(folder).EnumerateFiles("*.eml").Max(file => file.Length);
    }

    private static Task<long> WalAsync(Database database) =>
        database.QuerySingleOrDefaultAsync<long>("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint", null, CancellationToken.None);

    private static async Task SignAsync(Dictionary<string, string> settings)
    {
        using var key = RSA.Create(2048);
        var file = Path.Combine(settings["Data__Directory"], "dkim.pem");
        await File.WriteAllTextAsync(file, key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead);
        (settings["Dkim__Domain"], settings["Dkim__Selector"], settings["Dkim__PrivateKeyFile"]) = ("digest.example", "s1", file);
    }

    private static async Task<double> SourceAsync(int port, int size, int mails)
    {
        var started = Stopwatch.GetTimestamp();
        await MeasuredProcess.RunAsync("smtp-source", Invariant($"-s {Connections} -m {mails} -l {size} -f a@b.example -t c@d.example 127.0.0.1:{port}"));
        return mails / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> SpeedOfRsaAsync()
    {
        var cost = await MeasuredProcess.RunAsync("openssl", Invariant($"speed -seconds 3 -multi {Environment.ProcessorCount} rsa2048"));
        return double.Parse(Regex.Match(cost.Output, @"rsa\s+2048 bits\s+\S+s\s+\S+s\s+([\d.]+)").Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private static async Task<Sink> StartSinkAsync()
    {
        using var free = new NullSink();
        var port = free.Port;
        free.Dispose();
        var process = MeasuredProcess.Start("smtp-sink", Invariant($"{(Environment.UserName == "root" ? "-u nobody " : "")}127.0.0.1:{port} 1000"));
        for (var i = 0; i < 50; i++)
        {
            using var client = new System.Net.Sockets.TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", port);
                return new Sink(process, port);
            }
            catch (System.Net.Sockets.SocketException)
            {
                await Task.Delay(100);
            }
        }

        throw new InvalidOperationException("smtp-sink does not listen.");
    }

    private static string[] Invariant(FormattableString arguments) => arguments.ToString(CultureInfo.InvariantCulture).Split(' ');

    private static Result Median(List<Result> results)
    {
        return new Result
        {
            Rate = Of(result => result.Rate),
            SourceRate = Of(result => result.SourceRate),
            OurCpu = Of(result => result.OurCpu),
            PostgresCpu = Of(result => result.PostgresCpu),
            SinkCpu = Of(result => result.SinkCpu),
            Wal = Of(result => result.Wal),
            Outbox = Of(result => result.Outbox),
            Megabytes = Of(result => result.Megabytes),
        };

        double Of(Func<Result, double> part) => results.Select(part).Order().ElementAt(results.Count / 2);
    }

    private static void Print(string what, Result result) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{what}: {result.Rate:0} digests/s, {(result.SourceRate > 0 ? result.Rate / result.SourceRate : 0):0.00} of smtp-source's {result.SourceRate:0}; a digest {result.OurCpu:0} µs ours, {result.PostgresCpu:0} µs PostgreSQL's, {result.SinkCpu:0} µs the sink's, {result.Wal / 1000:0.0} kB of WAL, {result.Outbox / 1000:0.0} kB of outbox; {result.Megabytes:0} MB"));

    private sealed record Sink(Process Process, int Port) : IDisposable
    {
        public void Dispose()
        {
            Process.Kill();
            Process.Dispose();
        }
    }

    private sealed record Result
    {
        public required double Rate { get; init; }
        public double SourceRate { get; init; }
        public required double OurCpu { get; init; }
        public required double PostgresCpu { get; init; }
        public required double SinkCpu { get; init; }
        public required double Wal { get; init; }
        public required double Outbox { get; init; }
        public required double Megabytes { get; init; }
    }
}
