using System.Globalization;
using System.Text.Json;
using DigestService.Platform;
using DigestService.Topics;
using NodaTime;
using Npgsql;

namespace DigestService.Digests;

/// <summary>The memory of every digest: what it held and why, or why there was none.</summary>
internal static class Ledger
{
    private const string WithoutASource = "A source had failed by then; after the wait the digest was made with what there was.";

    /// <summary>Records the digests of one batch, mailed or empty, in the batch's own transaction.</summary>
    public static async Task RecordAsync(
        NpgsqlConnection connection, IReadOnlyList<MadeDigest> digests, ComposingRun run, CancellationToken ct)
    {
        if (digests.Count == 0)
            return;
        var selections = digests.Select(digest => digest.Selection!).ToList(); // only digests without a fault come here
        var sent = digests.Select(digest => digest.Mail is null ? [] : digest.Selection!.Entries).ToList();
        var lasts = new int[sent.Count];
        for (var i = 0; i < sent.Count; i++)
            lasts[i] = (i == 0 ? 0 : lasts[i - 1]) + sent[i].Count;
        await connection.ExecuteAsync(
            LedgerQueries.RecordDigests,
            new
            {
                now = run.Now,
                onlyBucket = Buckets.OfAll(selections.Select(selection => selection.Subscriber.Id)),
                ids = selections.Select(selection => selection.Subscriber.Id).ToArray(),
                days = selections.Select(selection => selection.Subscriber.DigestOn.ToDateOnly()).ToArray(),
                deliveries = digests.Select(digest => digest.Mail?.Id).ToArray(),
                reasons = digests.Select(digest => JsonSerializer.Serialize(Reasons(digest), LedgerJson.Options)).ToArray(),
                candidates = selections.Select(selection => selection.Candidates).ToArray(),
                papers = sent.SelectMany(entries => entries.Select(entry => entry.Candidate.PaperId)).ToArray(),
                scores = sent.SelectMany(entries => entries.Select(entry => (float)entry.Score)).ToArray(),
                firstEntries = sent.Select((entries, i) => lasts[i] - entries.Count + 1).ToArray(),
                lastEntries = lasts,
                savedNews = digests.Select(digest => digest.Mail is null ? null : SavedNews.Write(digest.Selection!.SavedNews)).ToArray(),
                why = digests.Select(digest => digest.Why).ToArray(),
            },
            ct);

        IEnumerable<string> Reasons(MadeDigest digest) => run.ReadyDays.Contains(digest.Selection!.Subscriber.DigestOn) // without a fault, as above
            ? digest.Explanation
            : digest.Explanation.Append(WithoutASource);
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
                onlyBucket = Buckets.OfAll(subscribers.Select(subscriber => subscriber.Id)),
                ids = subscribers.Select(subscriber => subscriber.Id).ToArray(),
                days = subscribers.Select(subscriber => subscriber.DigestOn.ToDateOnly()).ToArray(),
            },
            ct);
    }

    /// <summary>Counts an attempt for digests that could not be made; after three they are given up.</summary>
    public static async Task SetAsideAsync(NpgsqlConnection connection, IReadOnlyList<DigestFault> faults, Instant now, CancellationToken ct)
    {
        if (faults.Count == 0)
            return;
        await connection.ExecuteAsync(
            LedgerQueries.SetAside,
            new
            {
                now,
                most = (short)Fault.MostAttempts,
                onlyBucket = Buckets.OfAll(faults.Select(fault => fault.Subscriber.Id)),
                ids = faults.Select(fault => fault.Subscriber.Id).ToArray(),
                days = faults.Select(fault => fault.Subscriber.DigestOn.ToDateOnly()).ToArray(),
                faults = faults.Select(fault => fault.Reason).ToArray(),
                reasons = faults.Select(fault => JsonSerializer.Serialize<string[]>(
                    [string.Create(CultureInfo.InvariantCulture, $"It could not be made, at {Fault.MostAttempts} attempts: {fault.Reason}")], LedgerJson.Options)).ToArray(),
            },
            ct);
    }

    /// <summary>
    /// Forgets that these readers have had the papers of their last digests whose mails never arrived. A mail in doubt may
    /// have arrived, so its papers stay remembered.
    /// </summary>
    /// <param name="connection">In whose transaction it is done.</param>
    /// <param name="database">Where the mails are.</param>
    /// <param name="subscribers">The readers.</param>
    /// <param name="lateAt">For a preview: mails that wait and will be given up at this moment have not arrived either.</param>
    /// <param name="ct">Ends it early.</param>
    public static async Task GiveBackAsync(
        NpgsqlConnection connection, Database database, IReadOnlyList<DueSubscriber> subscribers, Instant? lateAt, CancellationToken ct)
    {
        if (subscribers.Count == 0)
            return;
        var ids = subscribers.Select(subscriber => subscriber.Id).ToArray();
        var latest = (await connection.QueryAsync<QueuedDigest>(LedgerQueries.LatestMails, new { ids, onlyBucket = Buckets.OfAll(ids) }, ct))
            .ToDictionary(digest => digest.DeliveryId);
        var lost = new List<LostMail>();
        foreach (var mails in database.Rounds([.. latest.Keys]))
            lost.AddRange(await connection.QueryAsync<LostMail>(LedgerQueries.LostMails, new { mails, mailBucket = Buckets.OfAll(mails), now = lateAt }, ct));
        if (lost.Count == 0)
            return;
        var digests = lost.Select(mail => latest[mail.Id]).ToList();
        await connection.ExecuteAsync(
            LedgerQueries.CallUndelivered,
            new
            {
                onlyBucket = Buckets.OfAll(digests.Select(digest => digest.SubscriberId)),
                ids = digests.Select(digest => digest.SubscriberId).ToArray(),
                days = digests.Select(digest => digest.DigestOn.ToDateOnly()).ToArray(),
                reasons = lost.Select(mail => JsonSerializer.Serialize<string[]>(
                    [$"It was queued, then {mail.State}: {mail.Reply ?? "no reason is known."}", "It never arrived, so its papers may come again."], LedgerJson.Options)).ToArray(),
            },
            ct);
        foreach (var mails in database.Rounds([.. lost.Select(mail => mail.Id)]))
            await connection.ExecuteAsync(LedgerQueries.LetGo, new { mails, mailBucket = Buckets.OfAll(mails) }, ct);
    }

    /// <summary>Makes digests of a reader anew whose mails were given up before anybody began to send them.</summary>
    public static async Task ComposeAnewAsync(NpgsqlConnection connection, long subscriber, IReadOnlyList<long> mails, CancellationToken ct)
    {
        if (mails.Count > 0)
            await connection.ExecuteAsync(LedgerQueries.ComposeAnew, new { subscriber, mails = mails.ToArray() }, ct);
    }

    private sealed record QueuedDigest
    {
        public required long SubscriberId { get; init; }
        public required LocalDate DigestOn { get; init; }
        public required long DeliveryId { get; init; }
    }

    private sealed record LostMail
    {
        public required long Id { get; init; }
        public required string State { get; init; }
        public string? Reply { get; init; }
    }
}
