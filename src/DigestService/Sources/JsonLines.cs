using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DigestService.Papers;
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

            var raw = ReadLine(octets.Span, out var reason);
            if (raw is not null)
            {
                raw.Line = number;
                raw.ListedOn = document.Said(raw.ListedOn);
                var day = document.DayOf(raw.ListedOn);
                raw.Position = positions[day] = positions.GetValueOrDefault(day) + 1;
            }

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

    private static RawPaper? ReadLine(ReadOnlySpan<byte> line, out string reason)
    {
        reason = "";
        try
        {
            var json = new Utf8JsonReader(line);
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

/// <summary>One object of the <c>jsonl</c> format, under any of the names its fields go by.</summary>
internal static class JsonPaper
{
    /// <summary>Reads the object that <paramref name="json"/> stands at the start of.</summary>
    public static RawPaper Read(ref Utf8JsonReader json)
    {
        var raw = new RawPaper();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("title"u8))
                raw.Title = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("summary"u8) || json.ValueTextEquals("abstract"u8))
                raw.Abstract = JsonFields.Text(ref json) ?? raw.Abstract;
            else if (json.ValueTextEquals("id"u8) || json.ValueTextEquals("arxiv_id"u8))
                raw.Arxiv = JsonFields.Text(ref json) ?? raw.Arxiv;
            else if (json.ValueTextEquals("doi"u8))
                raw.Doi = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("authors"u8))
                ReadAuthors(ref json, raw);
            else if (json.ValueTextEquals("categories"u8))
                ReadCategories(ref json, raw);
            else if (json.ValueTextEquals("tags"u8))
                JsonFields.Names(ref json, raw.Categories, "term"u8);
            else if (json.ValueTextEquals("published"u8))
                raw.PublishedAt = Moments.TryParse(JsonFields.Text(ref json));
            else if (json.ValueTextEquals("updated"u8))
                raw.UpdatedAt = Moments.TryParse(JsonFields.Text(ref json));
            else if (json.ValueTextEquals("listed_on"u8))
                raw.ListedOn = raw.DateOf(JsonFields.Text(ref json))?.InUtc().Date;
            else if (json.ValueTextEquals("upvotes"u8))
                raw.Upvotes = JsonFields.Count(ref json);
            else if (json.ValueTextEquals("abs"u8) || json.ValueTextEquals("url"u8))
                raw.Url = JsonFields.Text(ref json) ?? raw.Url;
            else if (json.ValueTextEquals("pdf"u8))
                raw.PdfUrl = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("code"u8))
                raw.CodeUrl = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("project"u8))
                raw.ProjectUrl = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("comment"u8))
                raw.Comment = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("withdrawn"u8))
                ReadWithdrawal(ref json, raw);
            else
                JsonFields.Skip(ref json);
        }

        raw.TellsWithdrawal |= raw.Comment is not null;
        return raw;
    }

    // ["Jane Doe"], [{"name": "Jane Doe"}], or all of them in one line.
    private static void ReadAuthors(ref Utf8JsonReader json, RawPaper raw)
    {
        // Of a name that stands twice the last counts, as with every other.
        raw.Authors.Clear();
        var isOneLine = PeekIsString(json);
        JsonFields.Names(ref json, raw.Authors, "name"u8);
        if (!isOneLine || raw.Authors is not [var line])
            return;
        raw.Authors.Clear();
        raw.Authors.AddRange(AuthorList.Split(line));
    }

    private static bool PeekIsString(Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.String;

    // A day, or true for one that is not known; false and null say that the paper stands.
    private static void ReadWithdrawal(ref Utf8JsonReader json, RawPaper raw)
    {
        raw.TellsWithdrawal = true;
        json.Read();
        raw.IsSaidWithdrawn = json.TokenType == JsonTokenType.True;
        if (json.TokenType == JsonTokenType.String)
            raw.WithdrawnAt = Moments.TryParse(JsonFields.Value(ref json));
        else
            json.Skip();
    }

    // ["cs.CL","cs.LG"], or "cs.CL hep-th" as arXiv's own dumps have it; "computer vision" is one.
    private static void ReadCategories(ref Utf8JsonReader json, RawPaper raw)
    {
        JsonFields.Names(ref json, raw.Categories, "term"u8);
        if (raw.Categories is [var only] && only.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 1 } parts && parts.All(part => part.AsSpan().ContainsAny('.', '-')))
        {
            raw.Categories.Clear();
            raw.Categories.AddRange(parts);
        }
    }
}

/// <summary>Values of a forgiving kind: absent, null and of the wrong type all read as nothing.</summary>
internal static class JsonFields
{
    /// <summary>A string, or a number as text; else null.</summary>
    public static string? Text(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.String)
            return Value(ref json);
        if (json.TokenType == JsonTokenType.Number)
            return Encoding.UTF8.GetString(json.ValueSpan);
        json.Skip();
        return null;
    }

    /// <summary>The string that the reader stands at. Half of a surrogate pair, which is no character, is left out.</summary>
    public static string? Value(ref Utf8JsonReader json)
    {
        if (!json.ValueIsEscaped)
            return json.GetString();
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException)
        {
            // A wrong octet is the transmission's fault and ends the reading; a lone escape is one writer's.
            var written = json.HasValueSequence ? json.ValueSequence.ToArray() : json.ValueSpan;
            return JsonEscapes.Lenient(written);
        }
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
            Add(names, Value(ref json));
        if (json.TokenType == JsonTokenType.StartObject)
            json.Skip();
        if (json.TokenType != JsonTokenType.StartArray)
            return;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType == JsonTokenType.String)
                Add(names, Value(ref json));
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
