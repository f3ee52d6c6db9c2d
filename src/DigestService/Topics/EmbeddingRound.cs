using DigestService.Relevance.Embeddings;

namespace DigestService.Topics;

/// <summary>
/// Gives queries and papers the vectors they wait for, and matches again what has got one. Without a model, or where it
/// fails, nothing happens, and matching goes on by words alone.
/// </summary>
internal sealed partial class EmbeddingRound(
    QueryEmbedder queries, PaperEmbedder papers, ClosestSentences sentences, SimilarSentences similar, SentenceEncoder encoder, TopicMatching matching,
    ILogger<EmbeddingRound> log)
{
    /// <summary>A day's papers: what one round embeds where nobody says otherwise, some seconds of one thread.</summary>
    public const int UsualPapers = 500;

    // Some twenty seconds of one busy thread; what is left waits for the rounds that follow.
    private const int MostAbstracts = 200;

    /// <summary>Papers that wait for their vector; zero where there is no model.</summary>
    public Task<long> CountDueAsync(CancellationToken ct) => papers.CountDueAsync(ct);

    /// <summary>Why nothing is embedded, in a sentence; null where embedding works, which only trying tells.</summary>
    public string? Hindrance => encoder.ModelName is null ? encoder.Hindrance : null;

    /// <summary>
    /// Embeds all queries and at most so many papers, the newest first, and finds the sentences that show why papers are close;
    /// answers how many papers.
    /// </summary>
    public async Task<int> RunAsync(int mostPapers, IProgress<int>? progress, CancellationToken ct)
    {
        var donePapers = 0;
        try
        {
            var doneQueries = await queries.EmbedDueAsync(ct);
            donePapers = await papers.EmbedDueAsync(mostPapers, progress, ct);
            if (doneQueries + donePapers > 0)
            {
                LogEmbedded(log, donePapers, doneQueries);
                await matching.MatchDueAsync(ct);
            }
            else if (mostPapers > 0)
            {
                await queries.ForgetOtherModelsAsync(ct);
            }

            await sentences.FindDueAsync(ct);
            await similar.FindDueAsync(Math.Min(mostPapers, MostAbstracts), ct);
        }
        catch (Microsoft.ML.OnnxRuntime.OnnxRuntimeException broken)
        {
            encoder.Fail(broken);
        }

        return donePapers;
    }

    [LoggerMessage(EventId = 2201, Level = LogLevel.Information, Message = "Embedded: papers {Papers}, queries {Queries}")]
    private static partial void LogEmbedded(ILogger log, int papers, int queries);
}
