using System.Globalization;
using System.Text.Json;
using DigestService.Platform;

namespace DigestService.Topics;

/// <summary>A topic as a seed file has it; <see cref="Canonical"/> is its query in canonical form.</summary>
internal sealed record TopicSeed(string Slug, string Name, string Group, string Description, string Canonical);

/// <summary>Reads a file of topics: a list of objects with <c>slug</c>, <c>name</c>, <c>group</c>, <c>description</c> and <c>query</c>.</summary>
internal static class TopicSeeds
{
    private static readonly JsonDocumentOptions Format = new() { CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The topics of a file, in its order.</summary>
    /// <exception cref="OperatorException">The file cannot be read, or something in it is wrong: the sentence says what and where.</exception>
    public static async Task<IReadOnlyList<TopicSeed>> ReadAsync(string file, CancellationToken ct)
    {
        try
        {
            await using var stream = File.OpenRead(file);
            using var document = await JsonDocument.ParseAsync(stream, Format, ct);
            return Read(document.RootElement, file);
        }
        catch (JsonException wrong)
        {
            throw new OperatorException($"The topics cannot be read: {file} {FileWords.IsNoJson(wrong)}", wrong);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"The topics cannot be read: {FileWords.WhyUnreadable(file, unreadable, "it comes with the program, so put it back.")}", unreadable);
        }
    }

    private static List<TopicSeed> Read(JsonElement list, string file)
    {
        if (list.ValueKind is not JsonValueKind.Array)
            throw new OperatorException($"The topics cannot be read: {file} holds no list of topics, which begins with '['.");
        var seeds = new List<TopicSeed>();
        var slugs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var topic in list.EnumerateArray())
        {
            var seed = Read(topic, seeds.Count + 1, file);
            if (!slugs.Add(seed.Slug))
                throw new OperatorException($"{file} has two topics with the slug '{seed.Slug}'; a slug names one.");
            seeds.Add(seed);
        }

        return seeds;
    }

    private static TopicSeed Read(JsonElement topic, int number, string file)
    {
        var slug = Text("slug");
        var query = Text("query");
        return TopicQuery.TryParse(query, out var parsed, out var error)
            ? new TopicSeed(slug, Text("name"), Text("group"), Text("description"), parsed.Canonical)
            : throw new OperatorException($"The topic '{slug}' in {file} has a wrong query: {error.Pointing(query)}");

        string Text(string field) => topic.ValueKind is JsonValueKind.Object && topic.TryGetProperty(field, out var value) && TextOf(value) is { Length: > 0 } text
            ? text
            : throw new OperatorException(string.Create(CultureInfo.InvariantCulture, $"Topic {number} of {file} has no '{field}', which is a text; give it one."));
    }

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind is JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, or octets that are not UTF-8.
            return null;
        }
    }
}
