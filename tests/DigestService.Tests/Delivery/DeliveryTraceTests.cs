using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Digests;
using DigestService.Tests.Inbound;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Delivery;

/// <summary>A digest's way from plan to reply as spans, each with the delivery's id and none with an address.</summary>
public sealed class DeliveryTraceTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Composing_each_attempt_and_the_report_are_one_trace_that_leads_to_the_plan()
    {
        // The domain is this test's alone, and so are its traces: others of this process send as well.
        var from = $"papers@trace-{Guid.NewGuid():n}.example";
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var relay = ScriptedSmtpServer.Start();
        var bed = new InboundTestBed(await DigestTestBed.OpenAsync(
            apps, [.. relay.Settings, ("Inbox__Kind", "Pipe"), ("Mail__From", from), ("Mail__BounceAddress", "bounces@papers.example")]));
        await bed.Digests.AddPaperAsync("Pruning without regret");
        await bed.Digests.AddReaderAsync("ada@reader.example", "pruning");

        (await bed.Digests.RunAsync(DigestTestBed.Hour)).Sent.ShouldBe(1);
        await bed.TakeAsync(ReportMailTests.ReportTo(await bed.EnvelopeOfAsync("ada@reader.example"), "550 5.1.1 <ada@reader.example>: no such user"));

        var id = await bed.Digests.Database.QuerySingleOrDefaultAsync<long>("select id from deliveries", null, default);
        var trace = Telemetry.TraceOf($"{from.Split('@')[1]}/{id}").TraceId;
        var way = ended.Where(span => span.TraceId == trace).ToList();
        way.Select(span => span.OperationName).ShouldBe(["digest.compose", "digest.send", "digest.reply"]);
        way.ShouldAllBe(span => Equals(span.GetTagItem(DeliveryTrace.DeliveryId), id));
        way[0].GetTagItem("digest.outcome").ShouldBe("queued");
        way[1].GetTagItem("digest.state").ShouldBe("sent");
        way[1].GetTagItem("smtp.reply.code").ShouldBe(250);
        way[2].GetTagItem("digest.report").ShouldBe("bounced_hard");
        var batch = ended.Single(span => span.SpanId == way[0].Links.Single().Context.SpanId);
        batch.OperationName.ShouldBe("digest.batch");
        var plan = ended.Single(span => span.OperationName == "digest.plan" && span.TraceId == batch.TraceId);
        plan.GetTagItem("digest.planned").ShouldBe(1);
        foreach (var span in way.Append(batch).Append(plan))
            span.TagObjects.ShouldAllBe(tag => !Convert.ToString(tag.Value, CultureInfo.InvariantCulture)!.Contains("reader.example", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_receiver_a_span_of_a_delivery_costs_next_to_nothing()
    {
        // Other tests of this process may listen meanwhile; then there is nothing to measure.
        var trace = new DeliveryTrace(new MailOptions());
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var id = 0; id < 100_000 && !Telemetry.Spans.HasListeners(); id++)
            trace.Start("digest.send", id)?.Dispose();

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public async Task A_run_pushes_its_traces_to_a_receiver_where_one_is_set()
    {
        await using var relay = ScriptedSmtpServer.Start();
        await using var receiver = OtlpReceiver.Start();
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning without regret");
        await bed.AddReaderAsync("ada@reader.example", "pruning");

        (await WorkerProcess.RunAsync(
            bed.Database, "digests run --now 2026-03-04T07:00:00Z",
            [.. relay.Settings, ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("Mail__From", "papers@papers.example")])).ShouldSucceed();

        var id = await bed.Database.QuerySingleOrDefaultAsync<long>("select id from deliveries where state = 'sent'", null, default);
        var pushed = receiver.Pushed("/v1/traces");
        foreach (var name in (string[])["digest.plan", "digest.batch", "digest.compose", "digest.send", DeliveryTrace.DeliveryId, ProgramVersion.Text])
            pushed.IndexOf(Encoding.UTF8.GetBytes(name)).ShouldBeGreaterThan(0, name);
        var trace = new byte[16];
        Telemetry.TraceOf($"papers.example/{id}").TraceId.CopyTo(trace);
        Count(pushed, trace).ShouldBe(2);
        pushed.IndexOf("reader.example"u8).ShouldBe(-1);
    }

    private static int Count(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> part)
    {
        var count = 0;
        for (var at = whole.IndexOf(part); at >= 0; at = whole.IndexOf(part))
        {
            count++;
            whole = whole[(at + part.Length)..];
        }

        return count;
    }

    /// <summary>Takes what is pushed by OTLP over HTTP and keeps the octets.</summary>
    private sealed class OtlpReceiver : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly ConcurrentQueue<(string Path, byte[] Body)> _pushed = new();
        private readonly Task _work;

        private OtlpReceiver(string url)
        {
            Url = url;
            _listener.Prefixes.Add(url + "/");
            _listener.Start();
            _work = TakeAsync();
        }

        public string Url { get; }

        public static OtlpReceiver Start()
        {
            using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var port = ((IPEndPoint)probe.LocalEndpoint).Port;
            probe.Stop();
            return new OtlpReceiver(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        }

        public ReadOnlySpan<byte> Pushed(string path) => _pushed.Where(push => push.Path == path).SelectMany(push => push.Body).ToArray();

        public async ValueTask DisposeAsync()
        {
            _listener.Close();
            await _work;
        }

        private async Task TakeAsync()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    using var body = new MemoryStream();
                    await context.Request.InputStream.CopyToAsync(body);
                    _pushed.Enqueue((context.Request.Url!.AbsolutePath, body.ToArray())); // a request has an address
                    context.Response.ContentType = "application/x-protobuf";
                    context.Response.Close();
                }
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
