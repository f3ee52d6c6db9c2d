using System.Text;
using System.Text.Json;
using DigestService.Platform;

namespace DigestService.Relevance.Evaluation;

/// <summary>Reads files of one JSON object a line, with errors an operator can act on.</summary>
internal static class JsonLines
{
    /// <summary>All objects of a file, each turned into a value.</summary>
    /// <exception cref="OperatorException">The file cannot be read, or a line is not what it should be.</exception>
    public static List<T> Read<T>(string file, Func<JsonElement, T> convert)
    {
        var values = new List<T>();
        var number = 0;
        foreach (var line in ReadLines(file))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            try
            {
                using var document = ForeignJson.Parse(Encoding.UTF8.GetBytes(line));
                values.Add(convert(document.RootElement));
            }
            catch (JsonException broken)
            {
                throw new OperatorException($"{file}, line {number}: one JSON object was expected.", broken);
            }
            catch (FormatException wrong)
            {
                throw new OperatorException($"{file}, line {number}: {wrong.Message}", wrong);
            }
        }
        return values;
    }

    /// <summary>The lines of a file.</summary>
    /// <exception cref="OperatorException">The file cannot be read.</exception>
    public static IEnumerable<string> ReadLines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException(FileWords.Unreadable(file, wrong), wrong);
        }
    }

    /// <summary>A text or number that must be there.</summary>
    public static string Text(JsonElement line, string name)
    {
        if (line.ValueKind != JsonValueKind.Object || !line.TryGetProperty(name, out var value))
            throw new FormatException($"an object with \"{name}\" was expected.");
        return Text(value);
    }

    /// <summary>A list of texts or numbers that must be there.</summary>
    public static IEnumerable<string> Texts(JsonElement line, string name)
    {
        if (line.ValueKind != JsonValueKind.Object || !line.TryGetProperty(name, out var values) || values.ValueKind != JsonValueKind.Array)
            throw new FormatException($"an object with a list \"{name}\" was expected.");
        return values.EnumerateArray().Select(Text);
    }

    /// <summary>A text that may be absent or null.</summary>
    public static string OptionalText(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
