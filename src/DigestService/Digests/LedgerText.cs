using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DigestService.Digests;

/// <summary>Writes what stands as JSON on the row of a digest, each time into the same memory.</summary>
internal static class LedgerText
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _octets;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    /// <summary>What <paramref name="write"/> writes of <paramref name="what"/>.</summary>
    public static string Of<T>(T what, Action<Utf8JsonWriter, T> write)
    {
        var octets = _octets ??= new ArrayBufferWriter<byte>(4096);
        var json = _json ??= new Utf8JsonWriter(octets, Plain);
        octets.ResetWrittenCount();
        json.Reset();
        write(json, what);
        json.Flush();
        return Encoding.UTF8.GetString(octets.WrittenSpan);
    }
}
