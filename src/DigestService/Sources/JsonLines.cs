using System.Text.Json;
using DigestService.Papers;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Sources;

/// <summary>
/// One JSON object a line, or an array of them: <c>title</c>, <c>summary</c> or <c>abstract</c>, and optionally <c>id</c>
/// (arXiv), <c>doi</c>, <c>authors</c>, <c>categories</c>, <c>published</c>, <c>listed_on</c>, <c>upvotes</c>,
/// <c>abs</c>, <c>pdf</c>, <c>code</c>, <c>project</c>, <c>comment</c>. Lines stand for themselves: one that cannot be
/// read is refused and the others are taken. Memory does not grow with the file.
/// </summary>
internal static class JsonLines
{
    private const int MaxLineLength = 4 << 20;

    /// <summary>The file's papers, read as they are asked for.</summary>
    public static IEnumerable<PaperDraft> Read(Stream stream, SourceDocument document)
    {
        var positions = new Dictionary<LocalDate, int>();
        using var lines = new LineReader(stream, MaxLineLength).Read().GetEnumerator();
        while (lines.MoveNext())
        {
            var (number, line) = lines.Current;
            if (line is not { } octets)
            {
                document.Reject(number, $"The line is longer than {MaxLineLength} octets.");
                continue;
            }

            if (octets.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
                continue;
            if (number == 1 && octets.Span[octets.Span.IndexOfAnyExcept(" \t"u8)] == '[')
            {
                foreach (var entry in ReadArray(octets, lines, document))
                    yield return entry;
                yield break;
            }

            var raw = ReadLine(octets, out var reason);
            raw?.Place(number, positions, document);
            if (raw?.TryBuild(SourceAuthority.JsonLines, document, out reason) is { } draft)
                yield return draft;
            else
                document.Reject(number, reason);
        }
    }

    // An array is one document: it is gathered whole, and half of one is refused.
    private static List<PaperDraft> ReadArray(
        ReadOnlyMemory<byte> first, IEnumerator<(int Number, ReadOnlyMemory<byte>? Line)> rest, SourceDocument document)
    {
        using var whole = new MemoryStream();
        whole.Write(first.Span);
        while (rest.MoveNext())
        {
            if (rest.Current.Line is not { } line || whole.Length > JsonDocuments.MaxLength)
                throw new UnreadableDocumentException(rest.Current.Number, "The array, or a line of it, is too long.");
            whole.WriteByte((byte)'\n');
            whole.Write(line.Span);
        }

        return JsonDocuments.ReadArray(whole.ToArray(), document, SourceAuthority.JsonLines, JsonPaper.Read);
    }

    private static RawPaper? ReadLine(ReadOnlyMemory<byte> line, out string reason)
    {
        reason = "";
        try
        {
            var json = new Utf8JsonReader(ForeignJson.WithoutHalves(line).Span);
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
            {
                reason = "The line is no JSON object.";
                return null;
            }

            var raw = JsonPaper.Read(ref json);
            if (json.Read())
                reason = "The line goes on behind its JSON object.";
            return reason.Length == 0 ? raw : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException)
        {
            reason = "The line is not valid JSON.";
            return null;
        }
    }
}
