using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace DigestService.Platform.Layout;

/// <summary>A JSON body as it was read; <see cref="Value"/> is null when there are faults.</summary>
/// <param name="Value">What was sent.</param>
/// <param name="Nulls">Names of the fields that were sent as null: said, unlike those that are missing.</param>
/// <param name="Faults">What is wrong with the fields.</param>
internal sealed record JsonBody<T>(T? Value, IReadOnlySet<string> Nulls, IReadOnlyList<InputFault> Faults)
    where T : class;

/// <summary>Reads the JSON that programs send: strictly, so that a mistyped name is answered and not passed over.</summary>
internal static class JsonBody
{
    private const int MostFaults = 10;

    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="BadHttpRequestException">It is no JSON, no object, or garbled.</exception>
    public static async Task<JsonBody<T>> ReadAsync<T>(HttpRequest request, CancellationToken ct)
        where T : class
    {
        if (!request.HasJsonContentType() || !IsUtf8(request) || request.Headers.ContentEncoding.Count > 0)
            throw new RefusedRequestException("The body is to be JSON in UTF-8, not compressed.", StatusCodes.Status415UnsupportedMediaType);
        var options = request.HttpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        using var document = await ParseAsync(request, ct);
        if (document.RootElement.ValueKind is not JsonValueKind.Object)
            throw new RefusedRequestException("The body is not a JSON object.");
        var known = options.GetTypeInfo(typeof(T)).Properties.Select(property => property.Name).ToHashSet(StringComparer.Ordinal);
        var sent = document.RootElement.EnumerateObject().ToList();
        var unknown = Names(sent).Where(name => !known.Contains(name)).Distinct(StringComparer.Ordinal).Take(MostFaults)
            .Select(name => new InputFault(TypedText.Shortened(name, 60), $"There is no field of this name; there are {string.Join(", ", known)}."))
            .ToList();
        var nulls = sent.Where(field => field.Value.ValueKind is JsonValueKind.Null).Select(field => field.Name).ToHashSet(StringComparer.Ordinal);
        if (unknown.Count > 0)
            return new(null, nulls, unknown);
        try
        {
            var value = document.RootElement.Deserialize<T>(options);
            // No text of ours holds a NUL and the database takes none.
            var faults = sent.Where(field => HoldsNul(field.Value)).Select(field => new InputFault(field.Name, "A text holds no NUL.")).ToList();
            return new(faults.Count > 0 ? null : value, nulls, faults);
        }
        catch (JsonException wrong)
        {
            return new(null, nulls, [new InputFault(FieldOf(wrong), "The value is not of the kind that this field takes.")]);
        }
    }

    /// <summary>Whether a request whose body may be left out has one.</summary>
    public static bool IsSent(HttpRequest request) => request.ContentLength is { } octets ? octets > 0 : request.ContentType is not null;

    private static List<string> Names(IEnumerable<JsonProperty> fields)
    {
        try
        {
            return fields.Select(field => field.Name).ToList();
        }
        catch (InvalidOperationException garbled)
        {
            throw new RefusedRequestException("The body is not JSON: the name of a field holds what is no character.", inner: garbled);
        }
    }

    private static bool HoldsNul(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Contains('\0', StringComparison.Ordinal), // a string is no null
        JsonValueKind.Array => value.EnumerateArray().Any(HoldsNul),
        _ => false,
    };

    private static bool IsUtf8(HttpRequest request) =>
        request.GetTypedHeaders().ContentType?.Charset.Value is null or "" or "utf-8" or "UTF-8" or "\"utf-8\"" or "us-ascii";

    private static async Task<JsonDocument> ParseAsync(HttpRequest request, CancellationToken ct)
    {
        try
        {
            return await AnswerPatience.WhileReadingAsync(request, () => JsonDocument.ParseAsync(request.Body, new JsonDocumentOptions { MaxDepth = 8 }, ct));
        }
        catch (JsonException garbled)
        {
            throw new RefusedRequestException("The body is not JSON.", inner: garbled);
        }
    }

    // A path is written $.topics[3], or $['odd name'].
    private static string FieldOf(JsonException wrong)
    {
        var path = (wrong.Path ?? "").TrimStart('$').TrimStart('.');
        var end = path.AsSpan().IndexOfAny('.', '[');
        return end < 0 ? path : path[..end];
    }
}
