using System.CommandLine;
using DigestService.Platform;
using DigestService.Relevance.Embeddings;
using Microsoft.Extensions.Logging.Abstractions;

namespace DigestService.Relevance.Evaluation;

/// <summary><c>rank eval</c> and <c>rank eval-users</c>: how good the choice is, on data with known answers.</summary>
internal static class RankVerb
{
    /// <summary>The verb with its two branches.</summary>
    public static Command Create() => new("rank", "Measure relevance and personalisation on data with known answers.")
    {
        EvalVerb(),
        EvalUsersVerb(),
    };

    private static Command EvalVerb()
    {
        var folder = FolderArgument("corpus.jsonl, queries.jsonl and qrels.tsv");
        var embeddings = EmbeddingsOption();
        return new Command("eval", "Free-text relevance on judged queries, beside textbook BM25.") { folder, embeddings }.DoesAlone((parse, _) =>
        {
            using var encoder = Encoder(parse, embeddings);
            using var lease = encoder.Borrow();
            var result = RetrievalEvaluation.Run(parse.GetValue(folder)!, lease?.Model);
            VerbContext.Report(parse, result, text =>
            {
                text.WriteLine(FormattableString.Invariant($"{Quantities.Count(result.Queries, "query", "queries")} in {result.Seconds:0.0} s"));
                WriteRow(text, "nDCG@10", result.Ndcg10, result.BaselineNdcg10, "BM25");
                WriteRow(text, "recall@100", result.Recall100, result.BaselineRecall100, "BM25");
                WriteByWords(text, "nDCG@10", result.Ndcg10, result.ByWordsNdcg10);
                WriteByWords(text, "recall@100", result.Recall100, result.ByWordsRecall100);
            });
            return Task.FromResult(0);
        });
    }

    private static Command EvalUsersVerb()
    {
        var folder = FolderArgument("items.jsonl and users.jsonl");
        var seed = VerbNumbers.WithDefault("--seed", "Decides which half of each library is visible.", byDefault: 1, least: 0);
        var learnFrom = VerbNumbers.Optional("--learn-from", "Learn from the likes of so many readers, not of all; 0 is a reader alone.", least: 0);
        var embeddings = EmbeddingsOption();
        return new Command("eval-users", "Personalisation on readers' libraries, beside a TF-IDF centroid.") { folder, seed, learnFrom, embeddings }.DoesAlone((parse, _) =>
        {
            using var encoder = Encoder(parse, embeddings);
            using var lease = encoder.Borrow();
            var result = LibraryEvaluation.Run(parse.GetValue(folder)!, parse.GetValue(seed), parse.GetValue(learnFrom), lease?.Model);
            VerbContext.Report(parse, result, text =>
            {
                text.WriteLine(FormattableString.Invariant($"{Quantities.Count(result.Users, "reader", "readers")}, learning from {result.LearnFrom}, in {result.Seconds:0.0} s"));
                WriteRow(text, "recall@100", result.Recall100, result.BaselineRecall100, "centroid");
                WriteRow(text, "precision@10", result.Precision10, result.BaselinePrecision10, "centroid");
                WriteByWords(text, "recall@100", result.Recall100, result.ByWordsRecall100);
                WriteByWords(text, "precision@10", result.Precision10, result.ByWordsPrecision10);
            });
            return Task.FromResult(0);
        });
    }

    private static Option<string> EmbeddingsOption() => new("--embeddings")
    {
        Description = "auto: with the sentence model where it is there; off: without; or a folder with another model.",
        DefaultValueFactory = _ => "auto",
    };

    private static SentenceEncoder Encoder(ParseResult parse, Option<string> embeddings) =>
        new(new RelevanceOptions { Embeddings = parse.GetValue(embeddings)! }, NullLogger<SentenceEncoder>.Instance);

    private static void WriteByWords(TextWriter text, string name, double product, double? byWords)
    {
        if (byWords is { } alone)
            WriteRow(text, name, product, alone, "by words alone");
    }

    private static void WriteRow(TextWriter text, string name, double product, double baseline, string baselineName) =>
        text.WriteLine(FormattableString.Invariant(
            $"{name,-12} {product:0.0000}   {baselineName} {baseline:0.0000}   ratio {(baseline > 0 ? product / baseline : 0):0.000}"));

    private static Argument<string> FolderArgument(string holds) => new("folder") { Description = $"A folder that holds {holds}." };
}
