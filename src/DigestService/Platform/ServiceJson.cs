using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Platform;

/// <summary>How the service writes JSON for programs: snake_case, ISO times, readable Unicode.</summary>
internal static class ServiceJson
{
    /// <summary>The one set of options, for verbs and endpoints.</summary>
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new InstantJsonConverter(), new LocalDateJsonConverter(), new LocalTimeJsonConverter() },
    };
}

/// <summary><c>2026-01-31T07:00:00Z</c>.</summary>
internal sealed class InstantJsonConverter : JsonConverter<Instant>
{
    /// <inheritdoc/>
    public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        InstantPattern.ExtendedIso.ReadJson(reader.GetString());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options) =>
        writer.WriteStringValue(InstantPattern.ExtendedIso.Format(value));
}

/// <summary><c>2026-01-31</c>.</summary>
internal sealed class LocalDateJsonConverter : JsonConverter<LocalDate>
{
    /// <inheritdoc/>
    public override LocalDate Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        LocalDatePattern.Iso.ReadJson(reader.GetString());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, LocalDate value, JsonSerializerOptions options) =>
        writer.WriteStringValue(LocalDatePattern.Iso.Format(value));
}

/// <summary><c>07:00</c>.</summary>
internal sealed class LocalTimeJsonConverter : JsonConverter<LocalTime>
{
    private static readonly LocalTimePattern Pattern = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    /// <inheritdoc/>
    public override LocalTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Pattern.ReadJson(reader.GetString());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, LocalTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Pattern.Format(value));
}

file static class PatternJson
{
    /// <summary>A value as a pattern reads it; what the pattern cannot read is a fault of the JSON, as a word where a number belongs.</summary>
    public static T ReadJson<T>(this IPattern<T> pattern, string? text) =>
        pattern.Parse(text ?? "") is { Success: true } parsed ? parsed.Value : throw new JsonException();
}
