using DigestService.Mails;
using DigestService.Platform;
using DigestService.Platform.Layout.Words;
using NodaTime;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>
/// The mails about a subscription itself, from its sign-up to its end, put into the outbox in the transaction that made them
/// due. Of each that tells of a step there is one a day at most, however often the step is taken back and taken again.
/// </summary>
internal sealed class SignUpMailer(ServiceMailComposer composer, ServiceMailer mailer)
{
    /// <summary>Asks each reader to confirm.</summary>
    public async Task AskToConfirmAsync(
        NpgsqlConnection connection, IReadOnlyList<Subscriber> readers, Instant now, CancellationToken ct)
    {
        var holders = await SubscriberRows.HoldersAsync(connection, [.. readers.Select(reader => reader.Id)], ct);
        var byHolder = (await NamesOfAsync(connection, holders, ct)).ToLookup(row => row.SubscriberId);
        await EnqueueAsync(
            connection,
            readers,
            "confirmation",
            content =>
            {
                var followed = byHolder[holders[content.Recipient.SubscriberId]].ToList();
                return composer.Confirmation(
                    content, NamesIn(content.Recipient.Language, followed), followed.Count(row => row.Name is null));
            },
            now,
            ct);
    }

    /// <summary>Tells a reader who signs up again that they are subscribed, with the link to their preferences.</summary>
    public Task TellAlreadySubscribedAsync(NpgsqlConnection connection, Subscriber reader, Instant now, CancellationToken ct) =>
        EnqueueAsync(connection, [reader], "already_subscribed", composer.AlreadySubscribed, now, ct);

    /// <summary>Mails a reader the link to their preferences, as they asked.</summary>
    public Task SendPreferencesLinkAsync(NpgsqlConnection connection, Subscriber reader, Instant now, CancellationToken ct) =>
        EnqueueAsync(connection, [reader], "preferences", composer.PreferencesLink, now, ct);

    /// <summary>Greets a reader who has just confirmed, with the link to their preferences.</summary>
    public async Task WelcomeAsync(NpgsqlConnection connection, Subscriber reader, Instant now, CancellationToken ct)
    {
        if (reader.NextDueAt is not { } first || await HadLatelyAsync(connection, reader, "welcome", now, ct))
            return;
        var topics = await NamesOfAsync(connection, await SubscriberRows.HoldersAsync(connection, [reader.Id], ct), ct);
        await EnqueueAsync(connection, [reader], "welcome", content => composer.Welcome(content, NamesIn(reader.Language, topics), first), now, ct);
    }

    /// <summary>
    /// Tells a reader that their digests are paused: whoever did it may hold a mail that was passed on. False where they were
    /// told today.
    /// </summary>
    public async Task<bool> TellPausedAsync(NpgsqlConnection connection, Subscriber reader, Instant now, CancellationToken ct)
    {
        if (await HadLatelyAsync(connection, reader, "paused", now, ct))
            return false;
        await EnqueueAsync(connection, [reader], "paused", content => composer.Paused(content, reader.PausedUntil), now, ct);
        return true;
    }

    /// <summary>The last mail to a reader who was subscribed and has left.</summary>
    public async Task SayGoodbyeAsync(NpgsqlConnection connection, Subscriber reader, Instant now, CancellationToken ct)
    {
        if (reader.ConfirmedAt is not null && !await HadLatelyAsync(connection, reader, "goodbye", now, ct))
            await EnqueueAsync(connection, [reader], "goodbye", composer.Goodbye, now, ct);
    }

    private static Task<bool> HadLatelyAsync(NpgsqlConnection connection, Subscriber reader, string kind, Instant now, CancellationToken ct) =>
        connection.QuerySingleAsync<bool>(SubscriberQueries.HadMail, new { id = reader.Id, kind, since = now - Duration.FromDays(1) }, ct);

    private Task EnqueueAsync(
        NpgsqlConnection connection, IReadOnlyList<Subscriber> readers, string kind, Func<ServiceMailContent, ComposedMail> compose, Instant now, CancellationToken ct) =>
        mailer.EnqueueAsync(connection, readers.Select(ServiceMailer.RecipientOf).ToList(), kind, compose, now, ct);

    private static Task<IReadOnlyList<FollowedName>> NamesOfAsync(NpgsqlConnection connection, Dictionary<long, long> holders, CancellationToken ct)
    {
        var ids = holders.Values.Distinct().ToArray();
        return connection.QueryAsync<FollowedName>(PreferenceQueries.NamesOf, new { holders = ids, onlyBucket = Buckets.OfAll(ids) }, ct);
    }

    private static List<string> NamesIn(string language, IEnumerable<FollowedName> followed) =>
        followed.Select(row => row.Name).OfType<string>().Select(name => CatalogueNames.In(name, language)).ToList();

    private sealed record FollowedName
    {
        public required long SubscriberId { get; init; }
        public string? Name { get; init; }
    }
}
