using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DigestService.Platform;

/// <summary>
/// Metrics and traces by OpenTelemetry's names. <c>/metrics</c> serves them to Prometheus; where
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set they are also pushed there.
/// </summary>
internal static class Telemetry
{
    /// <summary>The name of the service's own meter and activity source.</summary>
    public const string Name = "DigestService";

    /// <summary>The service's own instruments; a feature makes its own beside the code that moves them.</summary>
    public static readonly Meter Meter = new(Name);

    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const int FlushMilliseconds = 2000;

    private static readonly string[] Meters = [Name, "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    /// <summary>Registers what <c>/metrics</c> shows, and the push.</summary>
    public static void AddTelemetry(this IServiceCollection services)
    {
        var isPushed = !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(OtlpEndpoint));
        services.AddSingleton(_ => BuildMeters(isPushed));
        if (isPushed)
            services.AddHostedService<OtlpPush>();
    }

    /// <summary>Maps <c>/metrics</c>.</summary>
    public static void MapMetrics(this WebApplication web)
    {
        // Made at the start, so that it has counted from there when the first scrape comes.
        var meters = web.Services.GetRequiredService<MeterProvider>();
        web.MapPrometheusScrapingEndpoint("/metrics", meters, configureBranchedPipeline: null, optionsName: null).ExcludeFromDescription();
    }

    private static MeterProvider BuildMeters(bool isPushed)
    {
        var builder = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("digest"))
            .AddMeter(Meters)
            .AddPrometheusExporter(options =>
            {
                options.ScopeInfoEnabled = false;
                options.TargetInfoEnabled = false;
            });
        if (isPushed)
            builder.AddOtlpExporter();
        return builder.Build();
    }

    /// <summary>Pushes traces to an OTLP receiver, and what is left of the metrics at the end; it reads its further OTEL_ variables itself.</summary>
    private sealed class OtlpPush(MeterProvider meters) : IHostedService, IDisposable
    {
        private TracerProvider? _traces;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _traces = Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(resource => resource.AddService("digest"))
                .AddSource(Name, "Npgsql", "Microsoft.AspNetCore")
                .AddOtlpExporter()
                .Build();
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
}
