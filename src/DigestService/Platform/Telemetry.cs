using System.Diagnostics;
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

    /// <summary>Meters that are told of.</summary>
    public static readonly string[] Meters = [Name, "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Registers the collector behind <c>/metrics</c> and the push.</summary>
    public static void AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<PrometheusCollector>();
        if (!string.IsNullOrWhiteSpace(configuration[OtlpEndpoint]))
            services.AddHostedService<OtlpPush>();
    }

    /// <summary>Maps <c>/metrics</c>.</summary>
    public static void MapMetrics(this WebApplication web)
    {
        // Made at the start, so that it has counted from there when the first scrape comes.
        var collector = web.Services.GetRequiredService<PrometheusCollector>();
        web.MapGet("/metrics", () => Results.Text(collector.Write(), "text/plain; version=0.0.4; charset=utf-8")).ExcludeFromDescription();
    }

    /// <summary>Pushes to an OTLP receiver; it reads its further OTEL_ variables itself.</summary>
    private sealed class OtlpPush : IHostedService, IDisposable
    {
        private MeterProvider? _metrics;
        private TracerProvider? _traces;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _metrics = Sdk.CreateMeterProviderBuilder()
                .ConfigureResource(resource => resource.AddService("digest"))
                .AddMeter(Meters)
                .AddOtlpExporter()
                .Build();
            _traces = Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(resource => resource.AddService("digest"))
                .AddSource(Name, "Npgsql", "Microsoft.AspNetCore")
                .AddOtlpExporter()
                .Build();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            _metrics?.ForceFlush(2000);
            _traces?.ForceFlush(2000);
            return Task.CompletedTask;
        }

        public void Dispose()
        {
            _metrics?.Dispose();
            _traces?.Dispose();
        }
    }
}
