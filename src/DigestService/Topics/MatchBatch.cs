using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Topics;

/// <summary>Matches on their way into the table.</summary>
internal sealed class MatchBatch
{
    private const char UnitSeparator = '\u001f';

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

    /// <summary>Writes all of them in one statement.</summary>
    public Task InsertAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        List<Row> rows = [.. _rows, .. _close.Values.SelectMany(day => day.UnorderedItems.Select(item => item.Element))];
        return rows.Count == 0
            ? Task.CompletedTask
            : connection.ExecuteAsync(
                CatalogueQueries.InsertMatches,
                new
                {
                    queries = rows.Select(row => row.Query).ToArray(),
                    papers = rows.Select(row => row.Paper).ToArray(),
                    relevances = rows.Select(row => (float)row.Match.Relevance).ToArray(),
                    terms = rows.Select(row => string.Join(UnitSeparator, row.Match.Terms)).ToArray(),
                    near = rows.Select(row => row.Match.IsNear).ToArray(),
                    closenesses = rows.Select(row => (float?)row.Match.Closeness).ToArray(),
                },
                ct);
    }

    private readonly record struct Row(long Query, long Paper, QueryMatch Match);
}
