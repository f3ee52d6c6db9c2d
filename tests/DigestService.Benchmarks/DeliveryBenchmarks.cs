using System.Net;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using DigestService.Delivery;
using DigestService.Mail;
using DigestService.Mail.Smtp;
using DigestService.Platform;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Npgsql;

namespace DigestService.Benchmarks;

/// <summary>
/// What the outbox costs: mails of 25 kB through it, beside the same client in a bare loop, and the rows' journey
/// (claim, mark, record) without any mail. Needs a PostgreSQL in <c>DIGEST_TEST_POSTGRES</c>. Started as
/// <c>delivery ROUNDS</c> the first two take turns.
/// </summary>
[SimpleJob(RunStrategy.Monitoring, launchCount: 1, warmupCount: 1, iterationCount: 5)]
public class DeliveryBenchmarks
{
    private const int Mails = 5_000;
    private static readonly Instant Now = Instant.FromUtc(2026, 1, 1, 7, 0);
    private readonly FixedClock _clock = new(Now);
    private readonly byte[] _message = [.. "Subject: Papers of the day\r\n\r\n"u8, .. Enumerable.Repeat("A line of a digest, as long as they are.\r\n"u8.ToArray(), 600).SelectMany(line => line)];
    private Database? _database;
    private SmtpReceiver? _relay;

    /// <summary>Connections to the relay, or that many marks in flight.</summary>
    [Params(4, 16)]
    public int Connections { get; set; }

    private Database Database => _database ?? throw new InvalidOperationException("Not connected.");

    private int Port => _relay?.EndPoint.Port ?? throw new InvalidOperationException("Not started.");

    /// <summary>Makes a database and a relay that drops what it takes.</summary>
    [GlobalSetup]
    public async Task PrepareAsync()
    {
        var server = Environment.GetEnvironmentVariable("DIGEST_TEST_POSTGRES")
            ?? throw new InvalidOperationException("Set DIGEST_TEST_POSTGRES to a PostgreSQL to measure on.");
        await using (var source = NpgsqlDataSource.Create(server))
        {
            await using var drop = source.CreateCommand("drop database if exists digest_delivery_benchmark with (force)");
            await drop.ExecuteNonQueryAsync();
            await using var create = source.CreateCommand("create database digest_delivery_benchmark");
            await create.ExecuteNonQueryAsync();
        }

        _database = Database.Connect(new NpgsqlConnectionStringBuilder(server) { Database = "digest_delivery_benchmark" }.ConnectionString);
        await Migrator.MigrateAsync(Database, CancellationToken.None);
        _relay = SmtpReceiver.Start(new IPEndPoint(IPAddress.Loopback, 0), (_, _) => Task.CompletedTask);
    }

    /// <summary>Ends both.</summary>
    [GlobalCleanup]
    public async Task ClearAsync()
    {
        if (_relay is not null)
            await _relay.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>Fills the outbox anew.</summary>
    [IterationSetup]
#pragma warning disable VSTHRD002 // An iteration's setup cannot be awaited, and nothing else runs beside it.
    public void Fill() => Task.Run(FillAsync).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002

    /// <summary>The client alone: what sending costs without any memory of it.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Mails)]
    public Task BareClient() => Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
    {
        await using var client = new SmtpTransport();
        await client.ConnectAsync(new SmtpRelay { Host = "127.0.0.1", Port = Port }, CancellationToken.None);
        for (var i = 0; i < Mails / Connections; i++)
            await client.SendAsync(new Envelope("bounces+1@service.example", "reader@mail.example"), _message, CancellationToken.None);
    }));

    private static DataOptions Data => new() { Directory = Path.Combine(Path.GetTempPath(), "digest-delivery-benchmark") };

    /// <summary>The outbox, run to empty.</summary>
    [Benchmark(OperationsPerInvoke = Mails)]
    public async Task ThroughTheOutbox()
    {
        var smtp = new SmtpOptions { Host = "127.0.0.1", Port = Port, Connections = Connections };
        var holding = new SendingHold(Database, Data, NullLogger<SendingHold>.Instance);
        var sender = new Sender(Database, holding, new RelayTroubles(Database, smtp, _clock, NullLogger<RelayTroubles>.Instance), new LoadedFragments(Database), MailSignature.Load(new DkimOptions()), new NewMail(), new DirectDispatch(), new DeliveryTrace(new MailOptions()), new MailOptions(), smtp, new DeliveryOptions(), _clock, new ClockSkew(Database, TimeProvider.System), NullLogger<Sender>.Instance);
        var counts = await sender.DrainAsync(CancellationToken.None);
        if (counts.Sent != Mails)
            throw new InvalidOperationException($"{counts} instead of {Mails} sent.");
    }

    /// <summary>The rows' journey without any mail.</summary>
    [Benchmark(OperationsPerInvoke = Mails)]
    public async Task RowsAlone()
    {
        var options = new DeliveryOptions();
        var claims = new Claims(Database, new LoadedFragments(Database), options, _clock);
        await using var outcomes = new OutcomeWriter(Database, new SendingHold(Database, Data, NullLogger<SendingHold>.Instance), options, _clock, _ => { }, NullLogger.Instance);
        outcomes.Start();
        while (await claims.ClaimAsync(0, Connections * 16, new CrowdedDomains([], []), CancellationToken.None) is { Count: > 0 } mails)
        {
            var queue = new System.Collections.Concurrent.ConcurrentQueue<InFlightDelivery>(mails);
            await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
            {
                while (queue.TryDequeue(out var mail))
                {
                    await outcomes.MarkAsync(mail, "relay:25");
                    outcomes.Record(new Verdict { Mail = mail.Mail, State = "sent", Reply = "250 ok" });
                }
            }));
        }
    }

    /// <summary>
    /// The client alone and the outbox by turns, so that whatever else the machine does falls on both alike; prints the
    /// medians of the rounds and their ratio.
    /// </summary>
    public static async Task SideBySideAsync(int rounds)
    {
        foreach (var connections in (int[])[4, 16])
        {
            var benchmark = new DeliveryBenchmarks { Connections = connections };
            await benchmark.PrepareAsync();
            var (bare, outbox) = (new List<double>(), new List<double>());
            for (var round = 0; round <= rounds; round++)
            {
                await benchmark.FillAsync();
                bare.Add(await MailsPerSecondAsync(benchmark.BareClient));
                outbox.Add(await MailsPerSecondAsync(benchmark.ThroughTheOutbox));
            }

            await benchmark.ClearAsync();
            // The first round warms up.
            var (alone, through) = (Median(bare.Skip(1)), Median(outbox.Skip(1)));
            Console.WriteLine($"{connections} connections, {rounds} rounds: {alone:0} mails a second by the client alone, {through:0} through the outbox, 1 : {alone / through:0.0}");
        }
    }

    private static async Task<double> MailsPerSecondAsync(Func<Task> sending)
    {
        var started = TimeProvider.System.GetTimestamp();
        await sending();
        return Mails / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private async Task FillAsync()
    {
        var outbox = new Outbox(new LinkSigner(new byte[32]));
        await Database.ExecuteAsync("truncate deliveries", null, CancellationToken.None);
        await Database.InTransactionAsync(
            async connection =>
            {
                var ids = await outbox.ReserveIdsAsync(connection, [.. Enumerable.Range(0, Mails).Select(n => Buckets.Of(n / 200))], CancellationToken.None);
                OutgoingMail[] mails =
                [
                    .. ids.Select(id => new OutgoingMail
                    {
                        Id = id,
                        Kind = "digest",
                        Sender = $"bounces+{id}@service.example",
                        Recipient = $"reader{id}@mail.example",
                        MessageId = $"{id}@service.example",
                        Message = _message,
                    }),
                ];
                await outbox.EnqueueAsync(connection, mails, Now, CancellationToken.None);
            },
            CancellationToken.None);
    }
}
