using System.Text.Json;
using DigestService.Mails;
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

    /// <summary>Records the selections of one batch, mailed or empty, in the batch's own transaction.</summary>
    public static async Task RecordAsync(
        NpgsqlConnection connection,
        IReadOnlyList<DigestSelection> selections,
        IReadOnlyList<DigestContent> contents,
        int papersConsidered,
        IReadOnlySet<LocalDate> readyDays,
        Instant now,
        CancellationToken ct)
    {
        if (selections.Count == 0)
            return;
        var deliveries = contents.ToDictionary(content => content.Recipient.SubscriberId, content => content.DeliveryId);
        await connection.ExecuteAsync(
            LedgerQueries.RecordDigests,
            new
            {
                now,
                ids = selections.Select(selection => selection.Subscriber.Id).ToArray(),
                days = selections.Select(selection => selection.Subscriber.DigestOn.ToDateOnly()).ToArray(),
                deliveries = selections.Select(selection => deliveries.TryGetValue(selection.Subscriber.Id, out var id) ? id : (long?)null).ToArray(),
                reasons = selections.Select(selection => JsonSerializer.Serialize(Reasons(selection), LedgerJson.Options)).ToArray(),
                candidates = selections.Select(selection => selection.Candidates).ToArray(),
                cuts = selections.Select(selection => LedgerJson.Write(selection.Cut, MostCutsKept)).ToArray(),
            },
            ct);

        var items = selections.Where(selection => deliveries.ContainsKey(selection.Subscriber.Id))
            .SelectMany(selection => selection.Entries.Select((entry, i) => (selection.Subscriber, Entry: entry, Position: i + 1)))
            .ToList();
        await connection.ExecuteAsync(
            LedgerQueries.RecordItems,
            new
            {
                ids = items.Select(item => item.Subscriber.Id).ToArray(),
                days = items.Select(item => item.Subscriber.DigestOn.ToDateOnly()).ToArray(),
                positions = items.Select(item => (short)item.Position).ToArray(),
                papers = items.Select(item => item.Entry.Candidate.PaperId).ToArray(),
                scores = items.Select(item => (float)item.Entry.Score).ToArray(),
                sections = items.Select(item => DigestSelection.IsOutside(item.Entry) ? "outside" : "topics").ToArray(),
                reasons = items.Select(item => LedgerJson.Write(item.Entry.Reasons)).ToArray(),
            },
            ct);

        IEnumerable<string> Reasons(DigestSelection selection) => readyDays.Contains(selection.Subscriber.DigestOn)
            ? selection.Explanation(papersConsidered)
            : selection.Explanation(papersConsidered).Append(WithoutASource);
    }

    /// <summary>Closes digests that will not be composed, with one sentence why.</summary>
    public static async Task CloseAsync(
        NpgsqlConnection connection, IReadOnlyList<DueSubscriber> subscribers, string outcome, string reason, Instant now, CancellationToken ct)
    {
        if (subscribers.Count == 0)
            return;
        await connection.ExecuteAsync(
            LedgerQueries.Close,
            new
            {
                now,
                outcome,
                reason,
                ids = subscribers.Select(subscriber => subscriber.Id).ToArray(),
                days = subscribers.Select(subscriber => subscriber.DigestOn.ToDateOnly()).ToArray(),
            },
            ct);
    }
}
