using DigestService.Platform;
using NodaTime;

namespace DigestService.Sources;

/// <summary>By what a server knows one of its answers again (RFC 9110, sections 8.8.2 and 8.8.3).</summary>
internal sealed record AnswerMarks(string? ETag, string? LastModified);

/// <summary>What the servers of one source said of their answers, kept from run to run in <c>source_answers</c>.</summary>
internal sealed class AnswerMemory
{
    private readonly Dictionary<string, AnswerMarks> _marks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Instant> _notBefore = new(StringComparer.Ordinal);

    /// <summary>The marks of the answer to <paramref name="address"/> that was imported last.</summary>
    public AnswerMarks? MarksOf(Uri address) => _marks.GetValueOrDefault(address.AbsoluteUri);

    /// <summary>Until when the server of <paramref name="address"/> asked to be left alone.</summary>
    public Instant? NotBefore(Uri address) =>
        _notBefore.TryGetValue(address.GetLeftPart(UriPartial.Authority), out var until) ? until : null;

    /// <summary>Remembers an answer that was imported.</summary>
    public void Remember(Uri address, AnswerMarks? marks)
    {
        if (marks is not null)
            _marks[address.AbsoluteUri] = marks;
        else
            _marks.Remove(address.AbsoluteUri);
    }

    /// <summary>Remembers that a server asked to be left alone.</summary>
    public void LeaveAlone(Uri address, Instant until) => _notBefore[address.GetLeftPart(UriPartial.Authority)] = until;

    /// <summary>What is remembered of a source.</summary>
    public static async Task<AnswerMemory> LoadAsync(Database database, string source, CancellationToken ct)
    {
        var memory = new AnswerMemory();
        foreach (var row in await database.QueryAsync<Row>(SourceQueries.ReadAnswers, new { source }, ct))
        {
            if (row.ETag is not null || row.LastModified is not null)
                memory._marks[row.Address] = new AnswerMarks(row.ETag, row.LastModified);
            if (row.NotBefore is { } until)
                memory._notBefore[row.Address] = until;
        }

        return memory;
    }

    /// <summary>Keeps it for the next run.</summary>
    public Task SaveAsync(Database database, string source, Instant now, CancellationToken ct)
    {
        var rows = _marks.Select(mark => (Address: mark.Key, mark.Value.ETag, mark.Value.LastModified, NotBefore: (DateTime?)null))
            .Concat(_notBefore.Where(wait => wait.Value > now).Select(wait => (Address: wait.Key, ETag: (string?)null, LastModified: (string?)null, NotBefore: (DateTime?)wait.Value.ToDateTimeUtc())))
            .ToList();
        var parameters = new
        {
            source,
            now,
            addresses = rows.Select(row => row.Address).ToArray(),
            etags = rows.Select(row => row.ETag).ToArray(),
            modified = rows.Select(row => row.LastModified).ToArray(),
            waits = rows.Select(row => row.NotBefore).ToArray(),
        };
        return database.ExecuteAsync(SourceQueries.KeepAnswers, parameters, ct);
    }

    private sealed record Row
    {
        public required string Address { get; init; }

        public string? ETag { get; init; }

        public string? LastModified { get; init; }

        public Instant? NotBefore { get; init; }
    }
}
