using System.Threading.Channels;
using DigestService.Papers;
using DigestService.Platform;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Sources;

/// <summary>
/// Takes documents into the catalogue. One thread reads and cleans while another writes, a few thousand drafts at a
/// time, so that memory does not grow with what is imported. A document is taken whole or not at all: what could not be
/// read to its end leaves nothing behind.
/// </summary>
internal sealed class PaperImport(Database database, TopicMatching matching, IClock clock)
{
    private const int ChunkSize = 250;
    private const int BatchSize = 4_000;
    private const int ChunksInFlight = 16;

    /// <summary>
    /// Imports <paramref name="inputs"/> in their order and matches what is new against every query;
    /// <paramref name="progress"/> hears of octets read.
    /// </summary>
    public async Task<ImportResult> ImportAsync(IReadOnlyList<ImportInput> inputs, IProgress<long>? progress, CancellationToken ct)
    {
        var result = await StoreAsync(inputs, progress, ct);
        // Each new or changed paper meets every distinct query once; a crash before this is made good by the next call.
        if (result.Added + result.Updated > 0)
            await matching.MatchDueAsync(ct);
        return result;
    }

    /// <summary>The import without the matching.</summary>
    internal async Task<ImportResult> StoreAsync(IReadOnlyList<ImportInput> inputs, IProgress<long>? progress, CancellationToken ct)
    {
        var channel = Channel.CreateBounded<Step>(new BoundedChannelOptions(ChunksInFlight) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var reading = Task.Run(() => ReadAllAsync(inputs, channel.Writer, stop.Token), stop.Token);
        try
        {
            var result = await WriteAllAsync(channel.Reader, progress, ct);
            await reading;
            return result;
        }
        catch
        {
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private static async Task ReadAllAsync(IReadOnlyList<ImportInput> inputs, ChannelWriter<Step> steps, CancellationToken ct)
    {
        try
        {
            foreach (var input in inputs)
                await ReadOneAsync(input, steps, ct);
            steps.Complete();
        }
        catch (Exception failure)
        {
            steps.Complete(failure);
        }
    }

    private static async Task ReadOneAsync(ImportInput input, ChannelWriter<Step> steps, CancellationToken ct)
    {
        Rejection? fatal = null;
        var chunk = new List<PaperDraft>(ChunkSize);
        using var drafts = Drafts(input).GetEnumerator();
        while (true)
        {
            try
            {
                if (!drafts.MoveNext())
                    break;
            }
            catch (Exception broken) when (Refusal(broken, input) is { } refusal)
            {
                fatal = refusal;
                break;
            }

            chunk.Add(drafts.Current);
            if (chunk.Count < ChunkSize)
                continue;
            await steps.WriteAsync(new Step(chunk, null), ct);
            chunk = new List<PaperDraft>(ChunkSize);
        }

        var end = new DocumentEnd(input, fatal);
        await steps.WriteAsync(new Step(fatal is null ? chunk : [], end), ct);
    }

    private static IEnumerable<PaperDraft> Drafts(ImportInput input)
    {
        var format = input.Format;
        if (format is null)
        {
            using var beginning = input.Open();
            format = PaperFormat.Detect(beginning);
        }

        using var stream = input.Open();
        foreach (var draft in format.Read(stream, input.Document))
        {
            input.Document.Accept(draft);
            yield return draft;
        }
    }

    // What is wrong with the document is told of it; what is wrong with this machine ends the import.
    private static Rejection? Refusal(Exception broken, ImportInput input) => broken switch
    {
        UnreadableDocumentException unreadable => new Rejection(input.Document.Name, unreadable.Line, unreadable.Message),
        InvalidDataException => new Rejection(input.Document.Name, 1, "The packed file is damaged or cut off."),
        EndOfStreamException => new Rejection(input.Document.Name, 1, "The file is cut off."),
        UnauthorizedAccessException or IOException => new Rejection(input.Document.Name, 1, "The file cannot be read: " + broken.Message),
        _ => null,
    };

    private async Task<ImportResult> WriteAllAsync(ChannelReader<Step> steps, IProgress<long>? progress, CancellationToken ct)
    {
        await using var writer = new CatalogueWriter(database, clock);
        var result = new ImportResult();
        var whole = new List<PaperDraft>();
        var current = new List<PaperDraft>();
        var begun = new List<WriteOutcome>();
        await foreach (var (drafts, end) in steps.ReadAllAsync(ct))
        {
            current.AddRange(drafts);
            if (current.Count >= BatchSize && end is null)
            {
                // The document is longer than a batch: what stands of it stays uncommitted until its end is seen.
                await FlushAsync(writer, whole, result, ct);
                begun.Add(await writer.WriteAsync(current, ct));
                current.Clear();
            }

            if (end is null)
                continue;
            result.CountFile();
            if (end.Fatal is { } fatal)
            {
                await writer.RollbackAsync(ct);
                result.Count([fatal]);
            }
            else
            {
                result.Count(end.Input.Document.Rejections);
                if (begun.Count > 0)
                {
                    begun.Add(await writer.WriteAsync(current, ct));
                    await writer.CommitAsync(ct);
                    begun.ForEach(result.Count);
                }
                else
                {
                    whole.AddRange(current);
                }
            }

            begun.Clear();
            current.Clear();
            if (whole.Count >= BatchSize)
                await FlushAsync(writer, whole, result, ct);
            progress?.Report(end.Input.Length);
        }

        await FlushAsync(writer, whole, result, ct);
        return result;
    }

    private static async Task FlushAsync(CatalogueWriter writer, List<PaperDraft> drafts, ImportResult result, CancellationToken ct)
    {
        if (drafts.Count == 0)
            return;
        var outcome = await writer.WriteAsync(drafts, ct);
        await writer.CommitAsync(ct);
        result.Count(outcome);
        drafts.Clear();
    }

    private sealed record Step(List<PaperDraft> Drafts, DocumentEnd? End);

    private sealed record DocumentEnd(ImportInput Input, Rejection? Fatal);
}
