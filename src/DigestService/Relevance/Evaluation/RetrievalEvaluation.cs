using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DigestService.Platform;
using DigestService.Relevance.Embeddings;
using DigestService.Relevance.Search;

namespace DigestService.Relevance.Evaluation;

/// <summary>
/// What <c>rank eval</c> prints: means over the queries, for the product, for the product by words alone where there is a
/// sentence model, and for textbook BM25, in the same run.
/// </summary>
internal sealed record RetrievalResult(
    int Queries,
    [property: System.Text.Json.Serialization.JsonPropertyName("ndcg_10")] double Ndcg10,
    [property: System.Text.Json.Serialization.JsonPropertyName("recall_100")] double Recall100,
    double Seconds,
    [property: System.Text.Json.Serialization.JsonPropertyName("by_words_ndcg_10")] double? ByWordsNdcg10,
    [property: System.Text.Json.Serialization.JsonPropertyName("by_words_recall_100")] double? ByWordsRecall100,
    [property: System.Text.Json.Serialization.JsonPropertyName("baseline_ndcg_10")] double BaselineNdcg10,
    [property: System.Text.Json.Serialization.JsonPropertyName("baseline_recall_100")] double BaselineRecall100);

/// <summary>Measures free-text relevance on a collection with judged queries.</summary>
internal static class RetrievalEvaluation
{
    private const int NdcgDepth = 10;
    private const int RecallDepth = 100;

    /// <summary>Runs every judged query of the folder (<c>corpus.jsonl</c>, <c>queries.jsonl</c>, <c>qrels.tsv</c>).</summary>
    /// <exception cref="OperatorException">A file is missing or does not hold what it should.</exception>
    public static RetrievalResult Run(string folder, SentenceModel? model = null)
    {
        var texts = JsonLines.Read(Path.Combine(folder, "corpus.jsonl"), line => (
            Id: JsonLines.Text(line, "_id"), Title: JsonLines.OptionalText(line, "title"), Body: JsonLines.OptionalText(line, "text")));
        var queries = JsonLines.Read(Path.Combine(folder, "queries.jsonl"), line => (
            Id: JsonLines.Text(line, "_id"), Text: JsonLines.Text(line, "text")));
        var judgements = ReadJudgements(Path.Combine(folder, "qrels.tsv"));
        var judged = queries.Where(q => judgements.TryGetValue(q.Id, out var gains) && gains.Values.Any(g => g > 0)).ToList();
        if (judged.Count == 0)
            throw new OperatorException($"{Path.Combine(folder, "qrels.tsv")}: no query of queries.jsonl has a text that answers it, so there is nothing to measure.");
        var ids = texts.Select(t => t.Id).ToArray();
        var content = texts.Select(t => (t.Title, t.Body)).ToList();

        var clock = Stopwatch.StartNew();
        var embedded = model is null ? null : EmbeddedTexts.Embed(model, content);
        var index = TextIndex.Build(content);
        var ranker = new FreeTextRanker(index, embedded);
        var product = Measure(query => Ids(ranker, query));
        var seconds = clock.Elapsed.TotalSeconds;
        var wordsAlone = embedded is null ? null : new FreeTextRanker(index);
        var byWords = wordsAlone is null ? ((double Ndcg, double Recall)?)null : Measure(query => Ids(wordsAlone, query));
        var bm25 = new TextbookBm25(content);
        var baseline = Measure(query => [.. bm25.Rank(query, RecallDepth).Select(text => ids[text])]);
        return new(
            judged.Count, Rounded(product.Ndcg), Rounded(product.Recall), Math.Round(seconds, 2),
            byWords is null ? null : Rounded(byWords.Value.Ndcg), byWords is null ? null : Rounded(byWords.Value.Recall),
            Rounded(baseline.Ndcg), Rounded(baseline.Recall));

        List<string> Ids(FreeTextRanker by, string query) => [.. by.Rank(query, RecallDepth).Select(r => ids[r.Text])];

        (double Ndcg, double Recall) Measure(Func<string, IReadOnlyList<string>> rank)
        {
            var measured = judged.AsParallel().AsOrdered().Select(query =>
            {
                var ranked = rank(query.Text);
                var gains = judgements[query.Id];
                return (RankingMetrics.Ndcg(ranked, gains, NdcgDepth), RankingMetrics.Recall(ranked, gains, RecallDepth));
            }).ToList();
            return (measured.Average(m => m.Item1), measured.Average(m => m.Item2));
        }
    }

    private static Dictionary<string, Dictionary<string, int>> ReadJudgements(string file)
    {
        var judgements = new Dictionary<string, Dictionary<string, int>>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in JsonLines.ReadLines(file))
        {
            number++;
            var columns = line.Split('\t');
            if (columns.Length < 3 || !double.TryParse(columns[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var gain))
            {
                // The first line is the header.
                if (number == 1 || string.IsNullOrWhiteSpace(line))
                    continue;
                throw new OperatorException($"{file}, line {number}: three columns parted by tabs were expected (query, text, gain).");
            }
            if (!judgements.TryGetValue(columns[0], out var gains))
                judgements[columns[0]] = gains = new(StringComparer.Ordinal);
            gains[columns[1]] = (int)gain;
        }
        return judgements;
    }

    private static double Rounded(double value) => Math.Round(value, 4);
}
