using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using DigestService.Platform;
using DigestService.Relevance.Embeddings;
using DigestService.Relevance.Taste;

namespace DigestService.Relevance.Evaluation;

/// <summary>
/// What <c>rank eval-users</c> prints: means over the readers, for the product, for the product by words alone where there
/// is a sentence model, and for a TF-IDF centroid, in the same run.
/// </summary>
internal sealed record LibraryResult(
    int Users,
    int LearnFrom,
    [property: JsonPropertyName("recall_100")] double Recall100,
    [property: JsonPropertyName("p_10")] double Precision10,
    double Seconds,
    [property: JsonPropertyName("by_words_recall_100")] double? ByWordsRecall100,
    [property: JsonPropertyName("by_words_p_10")] double? ByWordsPrecision10,
    [property: JsonPropertyName("baseline_recall_100")] double BaselineRecall100,
    [property: JsonPropertyName("baseline_p_10")] double BaselinePrecision10);

/// <summary>Measures personalisation on libraries: half of each becomes likes, the other half is to be found.</summary>
internal static class LibraryEvaluation
{
    private const int RecallDepth = 100;
    private const int PrecisionDepth = 10;

    /// <summary>
    /// Runs every library of two items or more of the folder (<c>items.jsonl</c>, <c>users.jsonl</c>). Each reader learns from
    /// the own likes and from those of <paramref name="learnFrom"/> readers, drawn by the seed; null is everybody, and with
    /// less than two there is nobody to learn from.
    /// </summary>
    /// <exception cref="OperatorException">A file is missing or does not hold what it should.</exception>
    public static LibraryResult Run(string folder, int seed, int? learnFrom = null, SentenceModel? model = null)
    {
        var items = JsonLines.Read(Path.Combine(folder, "items.jsonl"), line => (
            Id: JsonLines.Text(line, "_id"),
            Content: new ItemContent(JsonLines.Text(line, "title"), JsonLines.OptionalText(line, "text") is { Length: > 0 } text ? text : null, Tags(line))));
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
            numbers[items[i].Id] = i;
        var libraries = JsonLines.Read(Path.Combine(folder, "users.jsonl"), line => JsonLines.Texts(line, "items").Where(numbers.ContainsKey).Select(id => numbers[id]).Distinct().ToArray())
            .Where(library => library.Length > 1).ToList();
        if (libraries.Count == 0)
            throw new OperatorException($"{Path.Combine(folder, "users.jsonl")}: no reader has two items of items.jsonl, so there is nothing to measure.");
        var halves = Halve(libraries, seed);

        var teachers = Teachers(halves, learnFrom ?? halves.Count, seed);

        var clock = Stopwatch.StartNew();
        var space = new ContentSpace(items.Select(i => i.Content));
        var readers = teachers.Length > 1 ? new SimilarSubscribers(teachers, space) : null;
        var weight = MeaningSpace.Weight(readers is null ? 0 : teachers.Length);
        var meanings = model is null ? null : Meanings(model, items.ConvertAll(i => i.Content), weight * space.UsualProduct);
        var product = Measure(halves, likes => new TasteRanker(space, readers, meanings, meanings is null ? 0 : weight).Rank(likes, RecallDepth));
        var seconds = clock.Elapsed.TotalSeconds;
        var byWords = meanings is null ? ((double Recall, double Precision)?)null : Measure(halves, likes => new TasteRanker(space, readers).Rank(likes, RecallDepth));
        var centroid = new TfIdfCentroid(items.Select(i => $"{i.Content.Title} {i.Content.Text} {string.Join(' ', i.Content.Keywords)}"));
        var baseline = Measure(halves, likes => centroid.Rank(likes, RecallDepth));
        return new(
            halves.Count, teachers.Length, Math.Round(product.Recall, 4), Math.Round(product.Precision, 4), Math.Round(seconds, 2),
            Rounded(byWords?.Recall), Rounded(byWords?.Precision),
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

    private static int[][] Teachers(List<(int[] Likes, HashSet<int> Hidden)> halves, int count, int seed)
    {
        var readers = Enumerable.Range(0, halves.Count).ToArray();
        new Random(seed).Shuffle(readers);
        return [.. readers.Take(count).Order().Select(reader => halves[reader].Likes)];
    }

    // Keywords are read as a part of the text: they are what is known of the paper.
    private static List<RoundedVector?> Meanings(SentenceModel model, List<ItemContent> items, double usualProduct)
    {
        var vectors = new float[items.Count][];
        Parallel.For(0, items.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i => vectors[i] = model.EmbedPaper(items[i].Title, Summary(items[i])));
        var space = MeaningSpace.Learn(vectors.Select((vector, item) => (vector, item)).ToDictionary(v => (long)v.item, v => v.vector), usualProduct);
        return [.. Enumerable.Range(0, items.Count).Select(item => space?[item])];

        static string Summary(ItemContent item) =>
            string.Join(' ', [.. item.Text is null ? [] : (string[])[item.Text], string.Join(", ", item.Keywords.Select(keyword => keyword.Replace('_', ' ')))]);
    }

    private static double? Rounded(double? value) => value is { } known ? Math.Round(known, 4) : null;

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
