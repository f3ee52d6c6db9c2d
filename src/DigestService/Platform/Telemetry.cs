using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DigestService.Platform;

/// <summary>
/// Metrics and traces by OpenTelemetry's names. <c>/metrics</c> serves them to Prometheus; where
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a receiver they are also pushed there.
/// </summary>
internal static class Telemetry
{
    /// <summary>The name of the service's own meter and activity source.</summary>
    public const string Name = "DigestService";

    /// <summary>The service's own instruments; a feature makes its own beside the code that moves them.</summary>
    public static readonly Meter Meter = new(Name);

    /// <summary>The service's own spans. Nobody listens unless a receiver is set, and then starting one gives null.</summary>
    public static readonly ActivitySource Spans = new(Name);

    private const int FlushMilliseconds = 2000;

    private static readonly string[] Meters = [Name, "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    /// <summary>Registers what <c>/metrics</c> shows, and the push.</summary>
    public static void AddTelemetry(this IServiceCollection services)
    {
        services.AddSingleton(_ => BuildMeters());
        if (TelemetrySettings.IsPushed)
            services.AddHostedService<OtlpPush>();
    }

    /// <summary>Registers the traces of a verb that runs and exits, such as <c>digests run</c>.</summary>
    public static void AddTraces(this IServiceCollection services)
    {
        if (TelemetrySettings.IsPushed)
            services.AddSingleton(_ => BuildTraces());
    }

    /// <summary>Begins to collect what <see cref="AddTraces"/> registered; what was collected is pushed when the services are disposed.</summary>
    public static void StartTraces(this IServiceProvider services) => services.GetService<TracerProvider>();

    /// <summary>
    /// The trace of one thing that several processes work on one after the other: whoever knows its name knows the trace.
    /// The parent of its spans is a name as well and is never sent.
    /// </summary>
    public static ActivityContext TraceOf(string name)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        return new ActivityContext(
            ActivityTraceId.CreateFromBytes(hash.AsSpan(0, 16)), ActivitySpanId.CreateFromBytes(hash.AsSpan(16, 8)), ActivityTraceFlags.Recorded, isRemote: true);
    }

    /// <summary>Maps <c>/metrics</c>.</summary>
    public static void MapMetrics(this WebApplication web)
    {
        // Made at the start, so that it has counted from there when the first scrape comes.
        var meters = web.Services.GetRequiredService<MeterProvider>();
        web.MapPrometheusScrapingEndpoint("/metrics", meters, configureBranchedPipeline: null, optionsName: null).ExcludeFromDescription();
    }

    private static TracerProvider BuildTraces() => Sdk.CreateTracerProviderBuilder()
        .ConfigureResource(resource => resource.AddService("digest", serviceVersion: ProgramVersion.Text))
        .AddSource(Name, "Npgsql", "Microsoft.AspNetCore")
        .AddProcessor(new WithoutVisitors())
        .AddOtlpExporter()
        .Build();

    private static MeterProvider BuildMeters()
    {
        var builder = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("digest", serviceVersion: ProgramVersion.Text))
            .AddMeter(Meters)
            .AddPrometheusExporter(options =>
            {
                options.ScopeInfoEnabled = false;
                options.TargetInfoEnabled = false;
            });
        if (TelemetrySettings.IsPushed)
            builder.AddOtlpExporter();
        return builder.Build();
    }

    /// <summary>Pushes traces to an OTLP receiver, and what is left of the metrics at the end; it reads its further OTEL_ variables itself.</summary>
    private sealed class OtlpPush(MeterProvider meters) : IHostedService, IDisposable
    {
        private TracerProvider? _traces;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _traces = BuildTraces();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            meters.ForceFlush(FlushMilliseconds);
            _traces?.ForceFlush(FlushMilliseconds);
            return Task.CompletedTask;
        }

        public void Dispose() => _traces?.Dispose();
    }

    /// <summary>Takes out of a request's span what is somebody's own: a path holds the link of a reader.</summary>
    private sealed class WithoutVisitors : BaseProcessor<Activity>
    {
        private static readonly string[] Personal =
            ["url.path", "url.query", "url.full", "http.target", "http.url", "client.address", "network.peer.address", "network.peer.port", "user_agent.original"];

        public override void OnEnd(Activity data)
        {
            foreach (var tag in Personal)
                data.SetTag(tag, null);
        }
    }
}
