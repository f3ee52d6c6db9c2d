using DigestService.Platform;
using NodaTime;
using Npgsql;
using NpgsqlTypes;

namespace DigestService.Topics;

/// <summary>Matches on their way into the table.</summary>
internal sealed class MatchBatch
{
    // A digest shows three; the reader may have had some of them, or mute them.
    private const int MostCloseADay = 6;

    private readonly List<Row> _rows = [];
    private readonly Dictionary<(long Query, LocalDate Day), PriorityQueue<Row, double>> _close = [];

    /// <summary>Matches so far.</summary>
    public int Count => _rows.Count + _close.Values.Sum(day => day.Count);

    /// <summary>Takes a match. Of the papers of a day that are only close to a query in meaning, the closest are kept.</summary>
    public void Add(long query, long paper, LocalDate listedOn, QueryMatch match)
    {
        var row = new Row(query, paper, match);
        if (match.Closeness is null)
        {
            _rows.Add(row);
            return;
        }

        if (!_close.TryGetValue((query, listedOn), out var day))
            _close[(query, listedOn)] = day = new();
        day.Enqueue(row, match.Relevance);
        if (day.Count > MostCloseADay)
            day.Dequeue();
    }

    /// <summary>Writes all of them: by COPY into a table of their own, from which one statement takes them over.</summary>
    public async Task InsertAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (Count == 0)
            return;
        await connection.ExecuteAsync(CatalogueQueries.CreateStagedMatches, null, ct);
        await using (var copy = await connection.BeginBinaryImportAsync(CatalogueQueries.CopyMatches, ct))
        {
            foreach (var row in _rows.Concat(_close.Values.SelectMany(day => day.UnorderedItems.Select(item => item.Element))))
                await WriteAsync(copy, row, ct);
            await copy.CompleteAsync(ct);
        }

        await connection.ExecuteAsync(CatalogueQueries.MergeMatches, null, ct);
        await connection.ExecuteAsync(CatalogueQueries.DropStagedMatches, null, ct);
    }

    private static async Task WriteAsync(NpgsqlBinaryImporter copy, Row row, CancellationToken ct)
    {
        await copy.StartRowAsync(ct);
        await copy.WriteAsync(row.Query, NpgsqlDbType.Bigint, ct);
        await copy.WriteAsync(row.Paper, NpgsqlDbType.Bigint, ct);
        await copy.WriteAsync((float)row.Match.Relevance, NpgsqlDbType.Real, ct);
        await copy.WriteAsync(row.Match.Terms as string[] ?? [.. row.Match.Terms], NpgsqlDbType.Array | NpgsqlDbType.Text, ct);
        await copy.WriteAsync(row.Match.IsNear, NpgsqlDbType.Boolean, ct);
        if (row.Match.Closeness is { } closeness)
            await copy.WriteAsync((float)closeness, NpgsqlDbType.Real, ct);
        else
            await copy.WriteNullAsync(ct);
    }

    private readonly record struct Row(long Query, long Paper, QueryMatch Match);
}
