using System.Text.Json;
using DigestService.Digests.Mail;
using DigestService.Platform;
using DigestService.Relevance;
using NodaTime;
using Npgsql;

namespace DigestService.Digests;

/// <summary>The memory of every digest: what it held and why, or why there was none.</summary>
internal static class Ledger
{
    private const int MostCutsKept = 30;
    private const string WithoutASource = "A source had failed by then; after the wait the digest was made with what there was.";

    /// <summary>Records the choices of one batch, mailed or empty, in the batch's own transaction.</summary>
    public static async Task RecordAsync(
        NpgsqlConnection connection,
        IReadOnlyList<Choice> choices,
        IReadOnlyList<DigestLetter> letters,
        int papersConsidered,
        IReadOnlySet<LocalDate> readyDays,
        Instant now,
        CancellationToken ct)
    {
        if (choices.Count == 0)
            return;
        var deliveries = letters.ToDictionary(letter => letter.Reader.SubscriberId, letter => letter.DeliveryId);
        await connection.ExecuteAsync(
            LedgerQueries.RecordDigests,
            new
            {
                now,
                ids = choices.Select(choice => choice.Reader.Id).ToArray(),
                days = choices.Select(choice => choice.Reader.DigestOn.ToDateOnly()).ToArray(),
                deliveries = choices.Select(choice => deliveries.TryGetValue(choice.Reader.Id, out var id) ? id : (long?)null).ToArray(),
                reasons = choices.Select(choice => JsonSerializer.Serialize(Reasons(choice), LedgerJson.Options)).ToArray(),
                candidates = choices.Select(choice => choice.Candidates).ToArray(),
                cuts = choices.Select(choice => LedgerJson.Write(choice.Cut, MostCutsKept)).ToArray(),
            },
            ct);

        var items = choices.Where(choice => deliveries.ContainsKey(choice.Reader.Id))
            .SelectMany(choice => choice.Entries.Select((entry, i) => (choice.Reader, Entry: entry, Position: i + 1)))
            .ToList();
        await connection.ExecuteAsync(
            LedgerQueries.RecordItems,
            new
            {
                ids = items.Select(item => item.Reader.Id).ToArray(),
                days = items.Select(item => item.Reader.DigestOn.ToDateOnly()).ToArray(),
                positions = items.Select(item => (short)item.Position).ToArray(),
                papers = items.Select(item => item.Entry.Candidate.PaperId).ToArray(),
                scores = items.Select(item => (float)item.Entry.Score).ToArray(),
                sections = items.Select(item => Choice.IsOutside(item.Entry) ? "outside" : "topics").ToArray(),
                reasons = items.Select(item => LedgerJson.Write(item.Entry.Reasons)).ToArray(),
            },
            ct);

        IEnumerable<string> Reasons(Choice choice) => readyDays.Contains(choice.Reader.DigestOn)
            ? choice.Explanation(papersConsidered)
            : choice.Explanation(papersConsidered).Append(WithoutASource);
    }

    /// <summary>Closes digests that will not be composed, with one sentence why.</summary>
    public static async Task CloseAsync(
        NpgsqlConnection connection, IReadOnlyList<Reader> readers, string outcome, string reason, Instant now, CancellationToken ct)
    {
        if (readers.Count == 0)
            return;
        await connection.ExecuteAsync(
            LedgerQueries.Close,
            new
            {
                now,
                outcome,
                reason,
                ids = readers.Select(reader => reader.Id).ToArray(),
                days = readers.Select(reader => reader.DigestOn.ToDateOnly()).ToArray(),
            },
            ct);
    }
}
