using System.Diagnostics;
using System.Globalization;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Topics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace DigestService.Benchmarks;

/// <summary>
/// Importing readers from CSV: five topics each, a tenth with a query of their own. Prints readers a second and the CPU of this
/// process and of PostgreSQL, for a first import and for a second of the same file. Needs a PostgreSQL on this machine in
/// <c>DIGEST_TEST_POSTGRES</c>.
/// </summary>
internal static class ReadersImportBenchmark
{
    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Asia/Kolkata", "Australia/Sydney"];

    /// <summary>Imports so many readers, twice.</summary>
    public static async Task RunAsync(int readers)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ConnectionStrings:Digest"] = await TickBenchmark.CreateDatabaseAsync("digest_readers_benchmark"),
            ["Data:Directory"] = Directory.CreateTempSubdirectory("readers").FullName,
        }).Build();
        await using var app = await App.StartAsync(configuration, new FixedClock(Instant.FromUtc(2026, 3, 4, 7, 0)), CancellationToken.None);
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        app.AddServices(services);
        await using var provider = services.BuildServiceProvider();
        var catalogue = provider.GetRequiredService<TopicCatalogue>();
        await catalogue.LoadAsync(CancellationToken.None);
        var slugs = (await catalogue.ListAsync(CancellationToken.None)).Select(topic => topic.Slug).ToArray();
        var file = Path.GetTempFileName();
        await File.WriteAllLinesAsync(file, Lines(readers, slugs));
        var server = await PostgresCpu.OfAsync(provider.GetRequiredService<Database>());
        foreach (var what in (string[])["first import", "second import"])
        {
            using var process = Process.GetCurrentProcess();
            var (ours, theirs, since) = (process.TotalProcessorTime, server.Total(), Stopwatch.GetTimestamp());
            var result = await provider.GetRequiredService<SubscriberImport>().ImportAsync(file, unconfirmed: false, CancellationToken.None);
            var wall = Stopwatch.GetElapsedTime(since);
            process.Refresh();
            var (our, their) = (process.TotalProcessorTime - ours, server.Total() - theirs);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{what}: {result.Added} added, {result.Unchanged} unchanged, {result.Rejected} rejected; {our.TotalSeconds:0.00} s of our CPU, {their.TotalSeconds:0.00} s of PostgreSQL's, {wall.TotalSeconds:0.0} s in all: {readers / (our + their).TotalSeconds:n0} a second of CPU, {readers / wall.TotalSeconds:n0} of time"));
        }
    }

    private static IEnumerable<string> Lines(int readers, string[] slugs)
    {
        var random = new Random(1);
        yield return "email,topics,query,zone,at,frequency,max";
        for (var i = 0; i < readers; i++)
        {
            // The first topics are chosen most often.
            var topics = Enumerable.Range(0, 5).Select(_ => slugs[(int)(slugs.Length * Math.Pow(random.NextDouble(), 2))]).Distinct(StringComparer.Ordinal);
            var query = i % 10 == 0 ? FormattableString.Invariant($"\"\"\"state space\"\" w{i % 5000}x\"") : "";
            yield return FormattableString.Invariant($"reader{i}@mail{i % 50}.example,{string.Join(';', topics)},{query},{Zones[random.Next(Zones.Length)]},0{random.Next(5, 10)}:00,daily,10");
        }
    }
}
