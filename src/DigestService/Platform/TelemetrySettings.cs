using System.Globalization;

namespace DigestService.Platform;

/// <summary>
/// The variables of OpenTelemetry that a push to a receiver goes by. Its library passes over what it cannot read, and pushes elsewhere,
/// otherwise or not at all; they may be set for the whole machine, so that a wrong one is told and stops nothing.
/// </summary>
internal static class TelemetrySettings
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Headers = "OTEL_EXPORTER_OTLP_HEADERS";
    private const string NotPushed = "so nothing is pushed";
    private const string PassedOver = "so it is passed over";

    // What a value has to be, the test of it, and what comes of one that is not.
    private static readonly (string Variable, string Meant, Func<string, bool> IsIt, string Outcome)[] Rules =
    [
        (Endpoint, "an address such as http://127.0.0.1:4318", IsAddress, NotPushed),
        (Headers, "a list such as key=value,key2=value2", IsHeaders, NotPushed),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc or http/protobuf", value => value is "grpc" or "http/protobuf", PassedOver),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "cumulative or delta", value => value.ToLowerInvariant() is "cumulative" or "delta", PassedOver),
        .. ((string[])[
            "OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            "OTEL_METRIC_EXPORT_INTERVAL", "OTEL_METRIC_EXPORT_TIMEOUT",
        ]).Select(variable => (variable, "a whole number of 1 or more", (Func<string, bool>)IsNumber, PassedOver)),
    ];

    /// <summary>Whether metrics and traces are pushed.</summary>
    public static bool IsPushed => IsPushedBy(Environment.GetEnvironmentVariable);

    /// <summary>What is wrong in this process's environment, a sentence a variable; empty where no receiver is set.</summary>
    public static IReadOnlyList<string> Faults() => Faults(Environment.GetEnvironmentVariable);

    /// <summary>Whether these variables lead to a receiver.</summary>
    public static bool IsPushedBy(Func<string, string?> environment) =>
        IsSet(environment(Endpoint)) && Wrong(environment).All(rule => rule.Outcome != NotPushed);

    /// <summary>What is wrong with these variables. A value of the headers is a secret and is not told.</summary>
    public static IReadOnlyList<string> Faults(Func<string, string?> environment) =>
    [
        .. Wrong(environment).Select(rule => $"{rule.Variable}{(rule.Variable == Headers ? "" : $": '{environment(rule.Variable)}'")} is not {rule.Meant}, {rule.Outcome}."),
    ];

    private static IEnumerable<(string Variable, string Meant, Func<string, bool> IsIt, string Outcome)> Wrong(Func<string, string?> environment) =>
        IsSet(environment(Endpoint)) ? Rules.Where(rule => environment(rule.Variable) is { } value && IsSet(value) && !rule.IsIt(value)) : [];

    private static bool IsSet(string? value) => !string.IsNullOrWhiteSpace(value);

    private static bool IsAddress(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);

    private static bool IsHeaders(string value) => Uri.UnescapeDataString(value).Split(',').All(pair => pair.IndexOf('=', StringComparison.Ordinal) > 0);

    private static bool IsNumber(string value) => int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number > 0;
}
