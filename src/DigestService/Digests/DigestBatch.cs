using System.Diagnostics;
using DigestService.Delivery;
using DigestService.Mails;
using DigestService.Mails.Languages;
using DigestService.Platform;
using DigestService.Suppressions;
using DigestService.Topics;
using NodaTime;
using Npgsql;

namespace DigestService.Digests;

/// <summary>One run of composing: its moment, which days' sources are ready, and who has been set aside.</summary>
internal sealed class ComposingRun
{
    /// <summary>The moment of the run.</summary>
    public required Instant Now { get; init; }

    /// <summary>Digests that have been due since then or longer wait for no source.</summary>
    public required Instant WaitedSince { get; init; }

    /// <summary>Nominal days whose sources are ready.</summary>
    public required IReadOnlySet<LocalDate> ReadyDays { get; init; }

    /// <summary>Whether all planned days are ready, so that nothing waits.</summary>
    public required bool IsAllReady { get; init; }

    /// <summary>The order in which batches are filled from the buckets: from where the last one ended, and from anywhere at first.</summary>
    public short[] BucketOrder { get; set; } = Buckets.FromAnywhere();

    /// <summary>Readers with a fault in this run; they are tried again by the next.</summary>
    public HashSet<long> SetAside { get; } = [];

    /// <summary>Mails of the last batch that are claimed by this process's sender, to be handed over once the batch is committed.</summary>
    public IReadOnlyList<InFlightDelivery> Direct { get; set; } = [];

    /// <summary>Who was claimed last, also where the transaction was rolled back.</summary>
    public IReadOnlyList<DueSubscriber> Claimed { get; set; } = [];
}

/// <summary>
/// One transaction of composing: claim, choose, compose, record. A reader for whom choosing or composing throws is left
/// out with the reason; what the database refuses fails the batch, and the pipeline looks for the reader.
/// </summary>
internal sealed class DigestBatch(
    Database database, DigestOptions options, DigestSelector selector, SavedNews savedNews, DigestComposer composer, RecipeDictionaries dictionaries, Outbox outbox,
    DirectDispatch direct, SuppressionList suppressions, DeliveryTrace trace)
{
    /// <summary>Composes up to <paramref name="size"/> digests in the connection's transaction.</summary>
    public async Task<ComposedCounts> ComposeAsync(
        NpgsqlConnection connection, CandidatePool pool, ComposingRun run, int size, CancellationToken ct)
    {
        using var span = Telemetry.Spans.StartActivity("digest.batch");
        var now = run.Now;
        run.Direct = [];
        await connection.ExecuteAsync(TransactionQueries.CompileNothing, null, ct);
        var claimed = run.Claimed = await DueSubscriberQueries.ClaimAsync(connection, run, [.. database.Rounds(run.BucketOrder)], size, ct);
        if (claimed.Count == 0)
            return new ComposedCounts();
        run.BucketOrder = Buckets.From(Buckets.Of(claimed[^1].Id));

        // The later day brings the papers of the earlier: two digests at once help nobody.
        var superseded = claimed.Where(reader => reader.IsSuperseded).ToList();
        var current = claimed.Where(reader => !reader.IsSuperseded).ToList();
        var suppressed = await suppressions.FindAsync(connection, current.Select(subscriber => subscriber.AddressKey).ToList(), ct);
        var gone = current.Where(IsGone).ToList();
        var late = current.Where(reader => !IsGone(reader) && IsLate(reader)).ToList();
        var served = current.Where(reader => !IsGone(reader) && !IsLate(reader)).ToList();
        await Ledger.GiveBackAsync(connection, database, served.Where(reader => reader.HasLostMail).ToList(), lateAt: null, ct);
        var subscribers = await DueSubscriberQueries.CompleteAsync(connection, served, pool, ct);
        subscribers = await savedNews.AddAsync(connection, subscribers, now, ct);

        var ids = await outbox.ReserveIdsAsync(connection, [.. subscribers.Select(subscriber => Buckets.Of(subscriber.Id))], ct);
        var choices = new ListChoices(selector, pool);
        var made = subscribers.Zip(ids).AsParallel().AsOrdered().WithCancellation(ct)
            .Select(pair => MakeTraced(pair.First, pair.Second, choices, pool, now, span?.Context))
            .ToList();
        var finished = made.Where(digest => digest.Fault is null).ToList();
        var faults = made.Select(digest => digest.Fault).OfType<DigestFault>().ToList();
        var mails = finished.Select(digest => digest.Mail).OfType<OutgoingMail>().ToList();

        // One transaction: the mail is owed, its papers are remembered as sent and the ledger says why, or none of it.
        run.Direct = await outbox.EnqueueAsync(connection, mails, direct.Reserve(), now, ct);
        await Ledger.RecordAsync(connection, finished, run, ct);
        foreach (var group in gone.GroupBy(WhyGone, StringComparer.Ordinal))
            await Ledger.CloseAsync(connection, [.. group], "suppressed", group.Key, now, ct);
        await Ledger.CloseAsync(connection, late, "expired", "It was too old to be sent by the time it could be composed.", now, ct);
        await Ledger.CloseAsync(connection, superseded, "expired", "The digest of a later day was due by the time it could be composed, and brings its papers.", now, ct);
        await Ledger.SetAsideAsync(connection, faults, now, ct);
        await pool.RecordFaultsAsync(connection, now, ct);
        span?.SetTag("digest.claimed", claimed.Count).SetTag("digest.queued", mails.Count).SetTag("digest.set_aside", faults.Count);
        run.SetAside.UnionWith(faults.Select(fault => fault.Subscriber.Id));
        return new ComposedCounts
        {
            Queued = mails.Count,
            Empty = finished.Count - mails.Count,
            Suppressed = gone.Count,
            Expired = late.Count + superseded.Count,
            SetAside = faults.Count,
        };

        bool IsGone(DueSubscriber reader) => reader.State != "active" || suppressed.ContainsKey(reader.AddressKey);
        string WhyGone(DueSubscriber reader) => suppressed.TryGetValue(reader.AddressKey, out var reason)
            ? $"The address was suppressed by the time the digest was due: {reason}."
            : "The reader had left or paused by the time the digest was due.";
        bool IsLate(DueSubscriber reader) => now - reader.DueAt > Duration.FromTimeSpan(options.CatchUpWithin);
    }

    private MadeDigest MakeTraced(DueSubscriber subscriber, long deliveryId, ListChoices choices, CandidatePool pool, Instant now, ActivityContext? batch)
    {
        using var span = trace.Start("digest.compose", deliveryId, batch);
        var made = Make(subscriber, deliveryId, choices, pool, now);
        span?.SetTag("digest.subscriber.id", subscriber.Id)
            .SetTag("digest.recipe.octets", made.Mail?.Recipe?.Octets.Length)
            .SetTag("digest.outcome", made switch { { Fault: not null } => "set_aside", { Mail: null } => "empty", _ => "queued" });
        return made;
    }

    /// <summary>Chooses and composes one digest, which a paper that cannot be rendered, or news, do not keep from being made.</summary>
    public MadeDigest Make(DueSubscriber subscriber, long deliveryId, ListChoices choices, CandidatePool pool, Instant now)
    {
        try
        {
            while (true)
            {
                var selection = choices.Choose(subscriber);
                if (!selection.IsMailed)
                    return MadeDigest.Of(selection, null);
                DigestContent? content = null;
                try
                {
                    content = selection.ToContent(deliveryId, pool, now);
                    return MadeDigest.Of(selection, Finish(content, subscriber.NextDueAt));
                }
                catch (Exception thrown) when (DigestFaults.IsOfSomeReader(thrown))
                {
                    // One of its papers is to blame and is out of the pool for everybody; the rest makes another page.
                    if (content is not null && LeaveOutUnrenderable(content, pool))
                        continue;
                    if (subscriber.SavedNews.Count == 0)
                        throw;
                    // News are worth no digest: what they would break would break each one that follows.
                    subscriber = subscriber with { SavedNews = [] };
                }
            }
        }
        catch (Exception thrown) when (DigestFaults.IsOfSomeReader(thrown))
        {
            return new MadeDigest(null, null, DigestFault.Of(subscriber, thrown));
        }
    }

    private bool LeaveOutUnrenderable(DigestContent content, CandidatePool pool)
    {
        var isAnyToBlame = false;
        foreach (var entry in content.Entries)
            try
            {
                composer.RenderOwn(content with { Entries = [entry], SavedNews = [] });
            }
            catch (Exception thrown) when (DigestFaults.IsOfSomeReader(thrown))
            {
                pool.LeaveOut(Fault.Of(entry.Paper.Id, thrown));
                isAnyToBlame = true;
            }

        return isAnyToBlame;
    }

    private OutgoingMail Finish(DigestContent content, Instant? expiresAt)
    {
        var mail = composer.ComposeRecipe(content);
        return new OutgoingMail
        {
            Id = content.DeliveryId,
            Kind = "digest",
            SubscriberId = content.Recipient.SubscriberId,
            DigestOn = content.DigestOn,
            Sender = mail.Sender,
            Recipient = content.Recipient.Address,
            MessageId = mail.MessageId,
            Recipe = dictionaries.Pack(mail.Recipe, Language.Of(content.Recipient.Language).Tag, content.DigestOn, content.Recipient.SubscriberId),
            ExpiresAt = expiresAt,
        };
    }
}

/// <summary>
/// What became of one claimed digest: a selection, with a mail where one goes out, or a fault. Why it is as it is is written down at once:
/// what was cut, a thousand papers where the whole of arXiv comes in, is not kept for each of a batch.
/// </summary>
internal sealed record MadeDigest(DigestSelection? Selection, OutgoingMail? Mail, DigestFault? Fault)
{
    /// <summary>Why it holds what it holds, as <see cref="WhyWriter"/> writes it; empty for a fault.</summary>
    public byte[] Why { get; private init; } = [];

    /// <summary>Why there is no list on the reader's topics; empty where there is one.</summary>
    public IReadOnlyList<string> Explanation { get; private init; } = [];

    /// <summary>A digest that was made, mailed or not.</summary>
    public static MadeDigest Of(DigestSelection selection, OutgoingMail? mail) => new(selection with { Cut = [] }, mail, null)
    {
        Why = WhyWriter.Write(mail is null ? [] : [.. selection.Entries.Select(entry => entry.Reasons)], selection.Cut),
        Explanation = selection.Explanation(),
    };
}
