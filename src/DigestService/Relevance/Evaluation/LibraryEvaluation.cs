using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using DigestService.Platform;
using DigestService.Relevance.Taste;

namespace DigestService.Relevance.Evaluation;

/// <summary>What <c>rank eval-users</c> prints: means over the readers, for the product and for a TF-IDF centroid in the same run.</summary>
internal sealed record LibraryResult(
    int Users,
    [property: JsonPropertyName("recall_100")] double Recall100,
    [property: JsonPropertyName("p_10")] double Precision10,
    double Seconds,
    [property: JsonPropertyName("baseline_recall_100")] double BaselineRecall100,
    [property: JsonPropertyName("baseline_p_10")] double BaselinePrecision10);

/// <summary>Measures personalisation on libraries: half of each becomes likes, the other half is to be found.</summary>
internal static class LibraryEvaluation
{
    private const int RecallDepth = 100;
    private const int PrecisionDepth = 10;

    /// <summary>Runs every library of two items or more of the folder (<c>items.jsonl</c>, <c>users.jsonl</c>).</summary>
    /// <exception cref="OperatorException">A file is missing or does not hold what it should.</exception>
    public static LibraryResult Run(string folder, int seed)
    {
        var items = JsonLines.Read(Path.Combine(folder, "items.jsonl"), line => (
            Id: JsonLines.Text(line, "_id"),
            Content: new ItemContent(JsonLines.Text(line, "title"), JsonLines.OptionalText(line, "text") is { Length: > 0 } text ? text : null, Tags(line))));
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
            numbers[items[i].Id] = i;
        var libraries = JsonLines.Read(Path.Combine(folder, "users.jsonl"), line => line.GetProperty("items").EnumerateArray()
            .Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : item.GetRawText())
            .Where(numbers.ContainsKey).Select(id => numbers[id]).Distinct().ToArray())
            .Where(library => library.Length > 1).ToList();
        var halves = Halve(libraries, seed);

        var clock = Stopwatch.StartNew();
        var space = new ContentSpace(items.Select(i => i.Content));
        var ranker = new TasteRanker(space, new SimilarSubscribers([.. halves.Select(h => h.Likes)], space));
        var product = Measure(halves, likes => ranker.Rank(likes, RecallDepth));
        var seconds = clock.Elapsed.TotalSeconds;
        var centroid = new TfIdfCentroid(items.Select(i => $"{i.Content.Title} {i.Content.Text} {string.Join(' ', i.Content.Keywords)}"));
        var baseline = Measure(halves, likes => centroid.Rank(likes, RecallDepth));
        return new(
            halves.Count, Math.Round(product.Recall, 4), Math.Round(product.Precision, 4), Math.Round(seconds, 2),
            Math.Round(baseline.Recall, 4), Math.Round(baseline.Precision, 4));
    }

    private static List<(int[] Likes, HashSet<int> Hidden)> Halve(List<int[]> libraries, int seed)
    {
        var random = new Random(seed);
        return libraries.ConvertAll(library =>
        {
            random.Shuffle(library);
            return (library[..(library.Length / 2)], library[(library.Length / 2)..].ToHashSet());
        });
    }

    private static (double Recall, double Precision) Measure(
        List<(int[] Likes, HashSet<int> Hidden)> halves, Func<int[], IReadOnlyList<int>> rank)
    {
        var measured = halves.AsParallel().AsOrdered().Select(half =>
        {
            var (likes, hidden) = half;
            var ranked = rank(likes);
            return (
                Recall: (double)ranked.Count(hidden.Contains) / hidden.Count,
                Precision: ranked.Take(PrecisionDepth).Count(hidden.Contains) / (double)PrecisionDepth);
        }).ToList();
        return measured.Count == 0 ? (0, 0) : (measured.Average(m => m.Recall), measured.Average(m => m.Precision));
    }

    private static List<string> Tags(JsonElement line) =>
        line.TryGetProperty("tags", out var tags) && tags.ValueKind == JsonValueKind.Array
            ? [.. tags.EnumerateArray().Where(t => t.ValueKind == JsonValueKind.String).Select(t => t.GetString()!)]
            : [];
}
