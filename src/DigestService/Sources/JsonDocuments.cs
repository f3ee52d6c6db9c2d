using System.Text;
using System.Text.Json;
using DigestService.Papers;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Sources;

/// <summary>Reads one entry of an array; the reader stands at its start, and at its end afterwards.</summary>
internal delegate RawPaper EntryReader(ref Utf8JsonReader json);

/// <summary>Documents that are one JSON value: read whole, within a limit, because half of one is nothing.</summary>
internal static class JsonDocuments
{
    /// <summary>The most octets that one document may have.</summary>
    public const int MaxLength = 64 << 20;

    /// <summary>The drafts of an array's entries; ranks count within each day.</summary>
    /// <exception cref="UnreadableDocumentException">It is no array, or not all of one.</exception>
    public static IEnumerable<PaperDraft> ReadArray(Stream stream, SourceDocument document, string source, EntryReader readEntry) =>
        ReadArray(ReadAll(stream), document, source, readEntry);

    /// <inheritdoc cref="ReadArray(Stream, SourceDocument, string, EntryReader)"/>
    public static List<PaperDraft> ReadArray(ReadOnlyMemory<byte> octets, SourceDocument document, string source, EntryReader readEntry)
    {
        octets = ForeignJson.WithoutHalves(octets);
        var drafts = new List<PaperDraft>();
        var json = new Utf8JsonReader(octets.Span);
        var entry = 0;
        var (line, counted) = (1, 0);
        try
        {
            json.Read();
            if (json.TokenType != JsonTokenType.StartArray)
                throw new UnreadableDocumentException(1, "A JSON array was expected" + Complaint(octets.Span) + ".");
            var positions = new Dictionary<LocalDate, int>();
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                entry++;
                var at = (int)json.TokenStartIndex;
                (line, counted) = (line + octets.Span[counted..at].Count((byte)'\n'), at);
                if (json.TokenType != JsonTokenType.StartObject)
                {
                    json.Skip();
                    document.Reject(line, $"Entry {entry} is no object.");
                    continue;
                }

                var raw = readEntry(ref json);
                raw.Place(line, positions, document);
                if (raw.TryBuild(source, document, out var reason) is { } draft)
                    drafts.Add(draft);
                else
                    document.Reject(line, $"Entry {entry}: {reason}");
            }

            json.Read();
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            throw new UnreadableDocumentException(
                LineOf(octets.Span, (int)json.TokenStartIndex), $"The JSON is broken or cut off in entry {entry}.", broken);
        }

        return drafts;
    }

    /// <summary>All octets of a document, without byte order mark.</summary>
    /// <exception cref="UnreadableDocumentException">There are more than <see cref="MaxLength"/>.</exception>
    public static ReadOnlyMemory<byte> ReadAll(Stream stream)
    {
        var octets = ReadAll(stream, MaxLength);
        return octets.Span.StartsWith("\uFEFF"u8) ? octets[3..] : octets;
    }

    /// <summary>All octets of a document, valid for as long as it is read.</summary>
    /// <exception cref="UnreadableDocumentException">There are more than <paramref name="limit"/>.</exception>
    public static ReadOnlyMemory<byte> ReadAll(Stream stream, int limit)
    {
        if (stream is MemoryStream { Position: 0 } inMemory && inMemory.Length <= limit && inMemory.TryGetBuffer(out var octets))
            return octets;
        using var copy = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (stream.Read(buffer) is > 0 and var read)
        {
            copy.Write(buffer, 0, read);
            if (copy.Length > limit)
                throw new UnreadableDocumentException(1, $"The document is larger than {limit >> 20} MB.");
        }

        return copy.ToArray();
    }

    // {"error":"Invalid date"} is what sources answer instead.
    private static string Complaint(ReadOnlySpan<byte> octets)
    {
        try
        {
            var json = new Utf8JsonReader(octets);
            if (json.Read() && json.TokenType == JsonTokenType.StartObject && JsonFields.TextOf(ref json, "error"u8) is { } error)
                return ", and the source answers: " + PeopleText.Clean(error.Length > 300 ? error[..300] : error).TrimEnd('.');
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return "";
        }

        return "";
    }

    private static int LineOf(ReadOnlySpan<byte> octets, int at) => octets[..Math.Clamp(at, 0, octets.Length)].Count((byte)'\n') + 1;
}

/// <summary>An answer as test recorders keep it: <c>{"url", "status_code", "body"}</c>, the body in any other format.</summary>
internal static class RecordedAnswer
{
    /// <summary>Reads the body as what it is.</summary>
    public static IEnumerable<PaperDraft> Read(Stream stream, SourceDocument document)
    {
        string? body;
        try
        {
            using var json = ForeignJson.Parse(JsonDocuments.ReadAll(stream));
            body = json.RootElement.GetProperty("body").GetString();
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new UnreadableDocumentException(1, "The recorded answer is broken.", broken);
        }

        var octets = Encoding.UTF8.GetBytes(body ?? "");
        var format = PaperFormat.Detect(new MemoryStream(octets));
        return format.Name == PaperFormat.Recorded.Name
            ? throw new UnreadableDocumentException(1, "A recorded answer holds another.")
            : format.Read(new MemoryStream(octets), document);
    }
}
