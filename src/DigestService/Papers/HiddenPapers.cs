using System.Globalization;
using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Papers;

/// <summary>A paper that the operator hid.</summary>
internal sealed record HiddenPaper
{
    /// <summary>Its row, which it gets again when it is put back.</summary>
    public required long Id { get; init; }

    /// <summary>Its title.</summary>
    public required string Title { get; init; }

    /// <summary>Its arXiv id, where it has one.</summary>
    public string? ArxivId { get; init; }

    /// <summary>Why it was hidden, where the operator said so.</summary>
    public string? Reason { get; init; }

    /// <summary>When it was hidden.</summary>
    public required Instant HiddenAt { get; init; }

    /// <summary>Whether somebody who writes <paramref name="words"/> means it: by its number, its arXiv id or its whole title.</summary>
    public bool IsNamed(string words) => words == Id.ToString(CultureInfo.InvariantCulture)
        || string.Equals(words.Trim(), Title, StringComparison.OrdinalIgnoreCase)
        || (Papers.ArxivId.TryParse(words, out var arxiv) && arxiv.Value == ArxivId);
}

/// <summary>
/// Takes papers out of the catalogue by hand. A hidden paper is nowhere: no page, search or digest shows it, and no source brings
/// it back. What readers thought of it counts no more until it is put back; digests that were sent keep their place for it.
/// </summary>
internal sealed class HiddenPapers(Database database, IClock clock)
{
    private const int MostListed = 500;

    /// <summary>Hides a paper; its title, or null where there is no such paper.</summary>
    public Task<string?> HideAsync(long id, string? reason, CancellationToken ct) => database.InTransactionAsync<string?>(
        async connection =>
        {
            await connection.ExecuteAsync(PaperQueries.Lock, null, ct);
            var kept = await connection.QueryAsync<string>(
                HiddenPaperQueries.Keep, new { id, reason = string.IsNullOrWhiteSpace(reason) ? null : PeopleText.Clean(reason), now = clock.GetCurrentInstant() }, ct);
            if (kept is not [var title])
                return null;
            await connection.ExecuteAsync(HiddenPaperQueries.TakeOut, new { id }, ct);
            return title;
        },
        ct);

    /// <summary>Puts a paper back as it was; its title, or null where none is hidden under this number.</summary>
    public Task<string?> UnhideAsync(long id, CancellationToken ct) => database.InTransactionAsync<string?>(
        async connection =>
        {
            await connection.ExecuteAsync(PaperQueries.Lock, null, ct);
            if (await connection.QueryAsync<string>(HiddenPaperQueries.Title, new { id }, ct) is not [var title])
                return null;
            await connection.ExecuteAsync(HiddenPaperQueries.PutBack, new { id, now = clock.GetCurrentInstant() }, ct);
            return title;
        },
        ct);

    /// <summary>The hidden papers, the latest first.</summary>
    public Task<IReadOnlyList<HiddenPaper>> ListAsync(CancellationToken ct) =>
        database.QueryAsync<HiddenPaper>(HiddenPaperQueries.List, new { limit = MostListed }, ct);

    /// <summary>Those of the drafts that tell of no hidden paper, by the rule by which they would be found to tell of a known one.</summary>
    public static async Task<IReadOnlyList<PaperDraft>> WithoutAsync(NpgsqlConnection connection, IReadOnlyList<PaperDraft> drafts, CancellationToken ct)
    {
        var hidden = new WorkResolver();
        var isAny = false;
        await using (var command = new NpgsqlCommand(HiddenPaperQueries.Works, connection))
        await using (var row = await command.ExecuteReaderAsync(ct))
        {
            while (await row.ReadAsync(ct))
            {
                isAny = true;
                var paper = PaperColumns.Read(row);
                foreach (var key in await row.GetFieldValueAsync<string[]>(row.GetOrdinal("keys"), ct))
                    hidden.Know(key, paper);
            }
        }

        return isAny ? drafts.Where(draft => hidden.Find(draft, DraftKeys.Of(draft)) is null).ToList() : drafts;
    }
}
