using System.Threading.Channels;
using DigestService.Papers;
using DigestService.Platform;
using DigestService.Topics;
using DigestService.Topics.Searching;
using NodaTime;

namespace DigestService.Sources;

/// <summary>
/// Takes documents into the catalogue. One thread reads and cleans while another writes, a few thousand drafts at a
/// time, each time in a transaction of its own, so that no import keeps another waiting for long. A document that cannot
/// be read to its end leaves nothing behind: it is written once it has been read. JSON lines, which stand for themselves,
/// are written as they are read, in memory that does not grow with them.
/// </summary>
internal sealed class PaperImport(Database database, TopicMatching matching, WordIndex words, IClock clock)
{
    private const int BatchSize = 4_000;

    /// <summary>
    /// Imports <paramref name="inputs"/> in their order, makes what is new known to search, and matches it against every query;
    /// <paramref name="progress"/> hears of octets read.
    /// </summary>
    public async Task<ImportResult> ImportAsync(IReadOnlyList<ImportInput> inputs, IProgress<long>? progress, CancellationToken ct)
    {
        var storing = StoreAsync(inputs, progress, ct);
        await Task.WhenAll(MatchAfterAsync(storing, ct), words.FollowAsync(storing, ct));
        return await storing;
    }

    // Each new or changed paper meets every distinct query once; a crash before this is made good by the next call.
    private async Task MatchAfterAsync(Task<ImportResult> storing, CancellationToken ct)
    {
        var result = await storing;
        if (result.Added + result.Updated > 0)
            await matching.MatchDueAsync(ct);
    }

    /// <summary>The import without the matching and without the words.</summary>
    internal async Task<ImportResult> StoreAsync(IReadOnlyList<ImportInput> inputs, IProgress<long>? progress, CancellationToken ct)
    {
        // While one batch is written, the next is waiting and the one after it is read.
        var channel = Channel.CreateBounded<Batch>(new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = true });
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

    private static async Task ReadAllAsync(IReadOnlyList<ImportInput> inputs, ChannelWriter<Batch> batches, CancellationToken ct)
    {
        try
        {
            var batch = new Batch();
            foreach (var input in inputs)
                batch = await ReadOneAsync(input, batch, batches, ct);
            await batches.WriteAsync(batch, ct);
            batches.Complete();
        }
        catch (Exception failure)
        {
            batches.Complete(failure);
        }
    }

    // Adds what a document says to the batch, and answers the one that what follows belongs to.
    private static async Task<Batch> ReadOneAsync(ImportInput input, Batch batch, ChannelWriter<Batch> batches, CancellationToken ct)
    {
        Rejection? fatal = null;
        try
        {
            var format = Format(input);
            if (format.Name == PaperFormat.Jsonl.Name)
            {
                CheckIsWhole(input);
                foreach (var draft in Drafts(input, format))
                {
                    batch.Drafts.Add(draft);
                    batch = await HandOverIfFullAsync(batch, batches, ct);
                }
            }
            else
            {
                // All of it or nothing.
                batch.Drafts.AddRange(Drafts(input, format).ToList());
            }
        }
        catch (Exception broken) when (broken is not OperationCanceledException and not OutOfMemoryException and not ChannelClosedException)
        {
            fatal = Refusal(broken, input);
            input.Document.Fault = fatal.Reason;
        }

        batch.Ends.Add(new DocumentEnd(input, fatal));
        return await HandOverIfFullAsync(batch, batches, ct);
    }

    private static async ValueTask<Batch> HandOverIfFullAsync(Batch batch, ChannelWriter<Batch> batches, CancellationToken ct)
    {
        if (batch.Drafts.Count < BatchSize)
            return batch;
        await batches.WriteAsync(batch, ct);
        return new Batch();
    }

    private static PaperFormat Format(ImportInput input)
    {
        if (input.Format is { } named)
            return named;
        using var beginning = input.Open();
        return PaperFormat.Detect(beginning, input.Document.Name);
    }

    // A packed file may turn out cut off at its very end, when most of its lines would be in the catalogue.
    private static void CheckIsWhole(ImportInput input)
    {
        using var stream = input.Open();
        if (stream is not PackedStream)
            return;
        var buffer = new byte[64 * 1024];
        while (stream.Read(buffer) > 0)
        {
        }
    }

    private static IEnumerable<PaperDraft> Drafts(ImportInput input, PaperFormat format)
    {
        using var stream = input.Open();
        foreach (var draft in format.Read(stream, input.Document))
        {
            input.Document.Accept(draft);
            yield return draft;
        }
    }

    // Whatever is wrong is told of the document, so that the others are taken and nobody looks for the file.
    private static Rejection Refusal(Exception broken, ImportInput input) => broken switch
    {
        UnreadableDocumentException unreadable => new Rejection(input.Document.Name, unreadable.Line, unreadable.Message),
        InvalidDataException => new Rejection(input.Document.Name, 1, "The packed file is damaged or cut off."),
        EndOfStreamException => new Rejection(input.Document.Name, 1, "The file is cut off."),
        UnauthorizedAccessException or IOException => new Rejection(input.Document.Name, 1, FileWords.Unreadable(input.Document.Name, broken)),
        _ => new Rejection(input.Document.Name, 1, $"The program fails over this document ({broken.GetType().Name}): please report it, with the document."),
    };

    private async Task<ImportResult> WriteAllAsync(ChannelReader<Batch> batches, IProgress<long>? progress, CancellationToken ct)
    {
        await using var writer = new CatalogueWriter(database, clock);
        var result = new ImportResult();
        await foreach (var batch in batches.ReadAllAsync(ct))
        {
            foreach (var (input, fatal) in batch.Ends)
            {
                result.CountFile();
                result.Count(fatal is null ? input.Document.Rejections : [fatal]);
                if (fatal is null)
                    result.Remark(input.Document.Remarks);
                progress?.Report(input.Length);
            }

            foreach (var drafts in batch.Drafts.Chunk(BatchSize))
            {
                var outcome = await writer.WriteAsync(drafts, ct);
                await writer.CommitAsync(ct);
                result.Count(outcome);
            }
        }

        return result;
    }

    private sealed class Batch
    {
        public List<PaperDraft> Drafts { get; } = [];

        public List<DocumentEnd> Ends { get; } = [];
    }

    private sealed record DocumentEnd(ImportInput Input, Rejection? Fatal);
}
