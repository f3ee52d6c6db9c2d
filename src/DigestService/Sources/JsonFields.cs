using System.Globalization;
using System.Text;
using System.Text.Json;
using DigestService.Platform;

namespace DigestService.Sources;

/// <summary>
/// Values of a forgiving kind: absent, null and of the wrong type all read as nothing. The reader is over <see cref="ForeignJson.WithoutHalves"/>,
/// so that no name and no text throws.
/// </summary>
internal static class JsonFields
{
    /// <summary>A string, or a number as text; else null.</summary>
    public static string? Text(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.String)
            return json.GetString();
        if (json.TokenType == JsonTokenType.Number)
            return Encoding.UTF8.GetString(json.ValueSpan);
        json.Skip();
        return null;
    }

    /// <summary>A whole number, also as text or as 12.0, which tables that lack some of the numbers make of 12; else null.</summary>
    public static long? Count(ref Utf8JsonReader json) =>
        decimal.TryParse(Text(ref json), NumberStyles.Float, CultureInfo.InvariantCulture, out var count) && decimal.IsInteger(count) && Math.Abs(count) < long.MaxValue
            ? (long)count
            : null;

    /// <summary>The strings of an array, or the <paramref name="property"/> of each of its objects, or one string alone.</summary>
    public static void Names(ref Utf8JsonReader json, List<string> names, ReadOnlySpan<byte> property)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.String)
            Add(names, json.GetString());
        if (json.TokenType == JsonTokenType.StartObject)
            json.Skip();
        if (json.TokenType != JsonTokenType.StartArray)
            return;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType == JsonTokenType.String)
                Add(names, json.GetString());
            else if (json.TokenType == JsonTokenType.StartObject)
                Add(names, TextOf(ref json, property));
            else
                json.Skip();
        }
    }

    /// <summary>One property of the object the reader stands at; reads to its end.</summary>
    public static string? TextOf(ref Utf8JsonReader json, ReadOnlySpan<byte> property)
    {
        string? value = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals(property))
                value = Text(ref json);
            else
                Skip(ref json);
        }

        return value;
    }

    /// <summary>Reads past a property's value.</summary>
    public static void Skip(ref Utf8JsonReader json)
    {
        json.Read();
        json.Skip();
    }

    private static void Add(List<string> names, string? name)
    {
        if (!string.IsNullOrWhiteSpace(name))
            names.Add(name);
    }
}
