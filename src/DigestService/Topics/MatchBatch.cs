using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Topics;

/// <summary>Matches on their way into the table.</summary>
internal sealed class MatchBatch
{
    // A digest shows three; the reader may have had some of them, or mute them.
    private const int MostCloseADay = 6;

    private readonly List<Row> _rows = [];
    private readonly Dictionary<(long Query, LocalDate Day), PriorityQueue<Row, double>> _close = [];
    private HashSet<long> _queries = [];
    private HashSet<long> _papers = [];

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

    /// <summary>
    /// Holds the queries and papers of all matches, and some others, until the transaction ends, so that none is removed meanwhile.
    /// To be called before anything is written.
    /// </summary>
    public async Task HoldAsync(NpgsqlConnection connection, IEnumerable<long> otherQueries, IEnumerable<long> otherPapers, CancellationToken ct)
    {
        var queries = Rows().Select(row => row.Query).Concat(otherQueries).Distinct().ToArray();
        var papers = Rows().Select(row => row.Paper).Concat(otherPapers).Distinct().ToArray();
        _queries = [.. await connection.QueryAsync<long>(CatalogueQueries.HoldMatchedQueries, new { queries }, ct)];
        _papers = [.. await connection.QueryAsync<long>(CatalogueQueries.HoldMatchedPapers, new { papers }, ct)];
    }

    /// <summary>
    /// Writes all whose query and paper are held: by COPY into a table of their own, from which one statement takes them over.
    /// </summary>
    public async Task InsertAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (Count == 0)
            return;
        await connection.ExecuteAsync(CatalogueQueries.CreateStagedMatches, null, ct);
        await using (var copy = await CopyWriter.BeginAsync(connection, CatalogueQueries.CopyMatches, ct))
        {
            foreach (var row in Rows().Where(row => _queries.Contains(row.Query) && _papers.Contains(row.Paper)))
            {
                await copy.StartRowAsync(ct);
                copy.Write(row.Query);
                copy.Write(row.Paper);
                copy.Write((float)row.Match.Relevance);
                copy.Write(row.Match.Terms);
                copy.Write(row.Match.IsNear);
                copy.Write((float?)row.Match.Closeness);
            }

            await copy.CompleteAsync(ct);
        }

        await connection.ExecuteAsync(CatalogueQueries.MergeMatches, null, ct);
        await connection.ExecuteAsync(CatalogueQueries.DropStagedMatches, null, ct);
    }

    private IEnumerable<Row> Rows() => _rows.Concat(_close.Values.SelectMany(day => day.UnorderedItems.Select(item => item.Element)));

    private readonly record struct Row(long Query, long Paper, QueryMatch Match);
}
