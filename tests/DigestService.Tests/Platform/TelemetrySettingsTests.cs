using DigestService.Platform;

namespace DigestService.Tests.Platform;

/// <summary>What an operator is told of variables that lead telemetry nowhere.</summary>
public sealed class TelemetrySettingsTests
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    [Theory]
    [InlineData("garbage")]
    [InlineData("127.0.0.1:4318")]
    [InlineData("localhost:4318")]
    [InlineData("collector.example:4317")]
    [InlineData("//collector.example")]
    [InlineData("/var/run/otel")]
    [InlineData("ftp://collector.example")]
    [InlineData("http://")]
    [InlineData("http//collector.example")]
    [InlineData("unix:///run/otel.sock")]
    public void A_receiver_that_is_no_address_is_told_and_nothing_is_pushed(string value)
    {
        TelemetrySettings.Faults(Environment((Endpoint, value))).ShouldBe([$"{Endpoint}: '{value}' is not an address such as http://127.0.0.1:4318, so nothing is pushed."]);
        TelemetrySettings.IsPushedBy(Environment((Endpoint, value))).ShouldBeFalse();
    }

    [Theory]
    [InlineData("http://127.0.0.1:4318")]
    [InlineData("https://collector.example/otlp")]
    [InlineData("HTTP://[::1]:4317/")]
    public void A_receiver_that_is_an_address_is_pushed_to(string value)
    {
        TelemetrySettings.Faults(Environment((Endpoint, value))).ShouldBeEmpty();
        TelemetrySettings.IsPushedBy(Environment((Endpoint, value))).ShouldBeTrue();
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http", "grpc or http/protobuf")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "grpc or http/protobuf")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "a whole number of 1 or more")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "both", "cumulative or delta")]
    [InlineData("OTEL_BSP_SCHEDULE_DELAY", "-1", "a whole number of 1 or more")]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE", "many", "a whole number of 1 or more")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "1.5", "a whole number of 1 or more")]
    public void Another_variable_that_cannot_be_read_is_told_and_passed_over(string variable, string value, string meant)
    {
        var environment = Environment((Endpoint, "http://127.0.0.1:4318"), (variable, value));

        TelemetrySettings.Faults(environment).ShouldBe([$"{variable}: '{value}' is not {meant}, so it is passed over."]);
        TelemetrySettings.IsPushedBy(environment).ShouldBeTrue();
        TelemetrySettings.Faults(Environment((variable, value))).ShouldBeEmpty();
    }

    [Fact]
    public void Headers_that_cannot_be_read_are_told_without_their_secret()
    {
        var environment = Environment((Endpoint, "http://127.0.0.1:4318"), ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2"));

        TelemetrySettings.Faults(environment).ShouldBe(["OTEL_EXPORTER_OTLP_HEADERS is not a list such as key=value,key2=value2, so nothing is pushed."]);
        TelemetrySettings.IsPushedBy(environment).ShouldBeFalse();
        TelemetrySettings.Faults(Environment((Endpoint, "http://127.0.0.1:4318"), ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2,tenant=a%3Db"))).ShouldBeEmpty();
    }

    [Fact]
    public void An_environment_without_a_receiver_has_no_fault_and_pushes_nothing()
    {
        TelemetrySettings.Faults(Environment()).ShouldBeEmpty();
        TelemetrySettings.Faults(Environment((Endpoint, " "))).ShouldBeEmpty();
        TelemetrySettings.IsPushedBy(Environment()).ShouldBeFalse();
    }

    private static Func<string, string?> Environment(params (string Name, string Value)[] variables) =>
        name => Array.Find(variables, variable => variable.Name == name).Value;
}
