using DigestService.Platform;

namespace DigestService.Topics.Searching;

/// <summary>
/// Keeps <c>paper_words</c>, by which a search finds papers, up to date with their texts. An import calls it when its papers are
/// written, and a search before it looks, so that what an interrupted import left behind is found all the same.
/// </summary>
internal sealed class WordIndex(Database database)
{
    // A fifth of a second, for which a search that comes meanwhile waits.
    private const int PapersAtOnce = 1_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Makes the words of papers while others are being written, and of all of them when <paramref name="writing"/> has ended.</summary>
    public async Task FollowAsync(Task writing, CancellationToken ct)
    {
        while (!writing.IsCompleted)
        {
            await CatchUpAsync(ct);
            await Task.WhenAny(writing, Task.Delay(Pause, ct));
        }

        await CatchUpAsync(ct);
    }

    /// <summary>Makes the words of all papers that wait for them; one small query where none does.</summary>
    public async Task CatchUpAsync(CancellationToken ct)
    {
        if (!await database.QuerySingleOrDefaultAsync<bool>(SearchQueries.IsIndexingDue, null, ct))
            return;
        while (await database.InTransactionAsync(
            async connection =>
            {
                await connection.ExecuteAsync(SearchQueries.LockIndexing, null, ct);
                var papers = await connection.QueryAsync<long>(SearchQueries.TakeDue, new { limit = PapersAtOnce }, ct);
                await connection.ExecuteAsync(SearchQueries.Index, new { papers = papers.Distinct().ToArray() }, ct);
                return papers.Count;
            },
            ct) == PapersAtOnce)
        {
        }
    }
}
