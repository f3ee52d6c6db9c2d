using DigestService.Mails;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Subscribers;
using NodaTime;
using Npgsql;

namespace DigestService.Digests;

/// <summary>The digest a reader would get, chosen and composed by the same code, with nothing sent and nothing changed.</summary>
internal sealed class DigestPreview(Database database, CandidatePool.Loader pools, DigestSelector selector, SavedNews savedNews, DigestComposer composer)
{
    /// <summary>Previews the digest that is planned or due at <paramref name="now"/>, else the next one.</summary>
    /// <exception cref="OperatorException">Nobody is subscribed with that address.</exception>
    public async Task<PreviewedDigest> PreviewAsync(EmailAddress address, Instant now, CancellationToken ct)
    {
        var (selection, content) = await ChooseAsync(address, now, ct);
        return new PreviewedDigest(selection, composer.Compose(content));
    }

    /// <summary>The same before it becomes a mail.</summary>
    /// <exception cref="OperatorException">Nobody is subscribed with that address.</exception>
    public async Task<(DigestSelection Selection, DigestContent Content)> ChooseAsync(EmailAddress address, Instant now, CancellationToken ct)
    {
        var pool = await pools.OpenAsync(now, ct);
        var subscriber = await LoadAsync(address, now, pool, ct)
            ?? throw new OperatorException(NotSubscribed(address));
        var selection = selector.Choose(subscriber, pool);
        return (selection, selection.ToContent(deliveryId: 0, pool, now));
    }

    /// <summary>The reader as the next digest is chosen for them; null where nobody is subscribed with that address.</summary>
    public async Task<DueSubscriber?> LoadAsync(EmailAddress address, Instant now, CandidatePool pool, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        if (await FindAsync(connection, address, now, ct) is not { } subscriber)
            return null;
        // After downtime several may have come due; the planner sends the latest.
        var due = subscriber.Schedule.Between(subscriber.DigestOn, now).Select(occurrence => occurrence.DigestOn);
        subscriber = subscriber with { DigestOn = due.LastOrDefault(subscriber.DigestOn) };
        // What composing would write before it chooses is written, looked at and taken back; where nothing can be written, it is left out.
        await using var nothingChanges = await connection.BeginTransactionAsync(ct);
        if (!await DatabaseRoom.IsReadOnlyAsync(connection, ct))
            await Ledger.GiveBackAsync(connection, database, [subscriber], now, ct);
        var completed = await DueSubscriberQueries.CompleteAsync(connection, [subscriber], pool, ct);
        subscriber = (await savedNews.AddAsync(connection, completed, now, ct))[0];
        await nothingChanges.RollbackAsync(ct);
        return subscriber;
    }

    /// <summary>A sentence about an address that nobody is subscribed with.</summary>
    public static string NotSubscribed(EmailAddress address) => $"{address} is not subscribed; see 'digest subscribers list'.";

    private static async Task<DueSubscriber?> FindAsync(NpgsqlConnection connection, EmailAddress address, Instant now, CancellationToken ct)
    {
        var id = await SubscriberRows.FindIdAsync(connection, address, ct);
        return await connection.QuerySingleOrDefaultAsync<DueSubscriber>(DueSubscriberQueries.ById, new { id, now }, ct);
    }
}

/// <summary>A previewed digest: what was chosen, and the mail it becomes.</summary>
internal sealed record PreviewedDigest(DigestSelection Selection, ComposedMail Mail);
