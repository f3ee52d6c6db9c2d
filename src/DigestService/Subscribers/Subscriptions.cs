using DigestService.Mail;
using DigestService.Platform;
using DigestService.Suppressions;
using DigestService.Topics;
using NodaTime;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>What became of a sign-up. The person who signed up is told the same in every case; the operator is told this.</summary>
internal enum SignUpOutcome
{
    /// <summary>The confirmation mail is in the outbox.</summary>
    ConfirmationSent,

    /// <summary>They are subscribed; a mail tells them so, and them alone.</summary>
    AlreadySubscribed,

    /// <summary>Their last mail is too recent for another one.</summary>
    MailedRecently,

    /// <summary>The address bounced, complained or was barred: it is never mailed.</summary>
    Suppressed,

    /// <summary>Too many were answered in this hour, whoever they are: nothing was written.</summary>
    TooMany,
}

/// <summary>What became of adding a reader whose consent the operator holds.</summary>
/// <param name="Reader">The reader; null when they were not added.</param>
/// <param name="HasLeft">They have left or were erased.</param>
/// <param name="OfList">The list that gives the reader their settings, where others were named; a reader who was not added for neither reason must not be mailed.</param>
internal readonly record struct AddResult(Subscriber? Reader, bool HasLeft, string? OfList = null);

/// <summary>What became of a confirmation.</summary>
internal enum ConfirmOutcome
{
    /// <summary>The subscription begins.</summary>
    Confirmed,

    /// <summary>It had begun before.</summary>
    AlreadyConfirmed,

    /// <summary>Nothing waits for this confirmation any more.</summary>
    Void,
}

/// <summary>Subscribing, confirming, pausing and leaving: the same for the web, the API, mailed commands and the operator.</summary>
internal sealed partial class Subscriptions(
    Database database,
    IClock clock,
    SubscriberRows rows,
    SuppressionList suppressions,
    SignUpMailer mailer,
    SignUpBudget budget,
    Feedback feedback,
    TopicMatching matching,
    ILogger<Subscriptions> logger)
{
    /// <summary>Signs an address up, to be confirmed from its own inbox.</summary>
    public async Task<SignUpOutcome> SignUpAsync(EmailAddress address, SettingsChange change, Consent consent, CancellationToken ct)
    {
        var (id, outcome) = await database.InTransactionAsync(connection => SignUpAsync(connection, address, change, consent, ct), ct);
        LogSignUp(id, consent.How, outcome);
        return outcome;
    }

    /// <summary>The same in the caller's transaction; answers the reader's row as well, 0 where there is none.</summary>
    public async Task<(long Id, SignUpOutcome Outcome)> SignUpAsync(
        NpgsqlConnection connection, EmailAddress address, SettingsChange change, Consent consent, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        if (await budget.IsSpentAsync(connection, now, ct))
            return (0, SignUpOutcome.TooMany);
        if (await LockAsync(connection, address, now, ct) is not { } reader)
            return (0, SignUpOutcome.Suppressed);
        SubscriberMetrics.Count("requested");
        return (reader.Id, reader.IsConfirmed
            ? await AnswerSubscribedAsync(connection, reader, now, ct)
            : await AskToConfirmAsync(connection, reader, change, consent, now, ct));
    }

    /// <summary>
    /// Subscribes an address whose consent the operator holds. Who has left or was erased comes back only if the operator
    /// says that they asked to (<paramref name="isReturning"/>).
    /// </summary>
    public async Task<AddResult> AddConfirmedAsync(
        EmailAddress address, SettingsChange change, Consent consent, bool isReturning, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        var added = await database.InTransactionAsync(
            async connection =>
            {
                if (!isReturning && await HasLeftAsync(connection, address, ct))
                    return new AddResult(null, HasLeft: true);
                if (await LockAsync(connection, address, now, ct) is not { } reader)
                    return new AddResult(null, HasLeft: false);
                if (reader is { FollowsList: true, IsConfirmed: true } && change != SettingsChange.None)
                    return new AddResult(null, HasLeft: false, reader.ListName);
                var confirmed = reader.IsConfirmed ? reader.Change(change, now) : reader.SignUp(change).Confirm(now);
                object[] evidence = reader.IsConfirmed
                    ? []
                    : [consent, new ConfirmationEvidence { ConfirmedAt = now, ConfirmedBy = "operator" }];
                await suppressions.LiftByOwnerAsync(connection, address.Key, ct);
                await SubscriberRows.SaveAsync(connection, [confirmed], evidence, ct);
                await SubscriberLists.FollowAsync(connection, [confirmed], now, ct);
                await ReplaceWishesAsync(connection, confirmed, change, ct);
                return new AddResult(confirmed, HasLeft: false);
            },
            ct);
        await matching.MatchDueAsync(ct);
        return added;
    }

    /// <summary>Confirms a sign-up; pressing the button twice is one subscription.</summary>
    public async Task<ConfirmOutcome> ConfirmAsync(long id, int linkVersion, ConfirmationEvidence evidence, CancellationToken ct)
    {
        var outcome = await database.InTransactionAsync(connection => ConfirmAsync(connection, id, linkVersion, evidence, ct), ct);
        LogConfirmed(id, outcome);
        return outcome;
    }

    /// <summary>The same in the caller's transaction.</summary>
    public async Task<ConfirmOutcome> ConfirmAsync(
        NpgsqlConnection connection, long id, int linkVersion, ConfirmationEvidence evidence, CancellationToken ct)
    {
        var reader = await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Lock, new { id }, ct);
        if (reader is null || reader.LinkVersion != linkVersion)
            return ConfirmOutcome.Void;
        if (reader.IsConfirmed)
            return ConfirmOutcome.AlreadyConfirmed;
        if (reader.State is not SubscriberState.Pending)
            return ConfirmOutcome.Void;
        await suppressions.LiftByOwnerAsync(connection, reader.AddressKey, ct);
        var confirmed = reader.Confirm(evidence.ConfirmedAt);
        await SubscriberRows.SaveAsync(connection, [confirmed], [evidence], ct);
        await feedback.GiveAsync(connection, id, reader.FirstLikes.Select(paper => new GivenVerdict(paper, "like")).ToList(), "web", ct);
        await mailer.WelcomeAsync(connection, confirmed, clock.GetCurrentInstant(), ct);
        SubscriberMetrics.Count("confirmed");
        return ConfirmOutcome.Confirmed;
    }

    /// <summary>
    /// Changes settings; topics and own queries too where the change names them. Null when there is no such reader, or when
    /// the settings are no longer those of <paramref name="expected"/>.
    /// </summary>
    public async Task<Subscriber?> ChangeAsync(long id, SettingsChange change, SettingsVersion expected, CancellationToken ct)
    {
        var changed = await database.InTransactionAsync(
            async connection =>
            {
                var reader = await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Lock, new { id }, ct);
                if (reader is null)
                    return null;
                var wishes = await connection.QueryAsync<Wish>(PreferenceQueries.OfReader, new { id }, ct);
                if (!SettingsVersion.Of(reader, wishes).Equals(expected))
                    return null;
                var now = clock.GetCurrentInstant();
                return await SaveAsync(connection, reader.Change(change, now), change, now, ct);
            },
            ct);
        await matching.MatchDueAsync(ct);
        return changed;
    }

    /// <summary>No digests before a day; without a day, none until the reader resumes. A mail tells them, once a pause.</summary>
    public Task<Subscriber?> PauseAsync(long id, LocalDate? until, CancellationToken ct) => database.InTransactionAsync(
        async connection =>
        {
            var before = SubscriberState.Pending;
            var paused = await UpdateAsync(
                connection,
                id,
                (reader, now) =>
                {
                    before = reader.State;
                    return reader.Pause(until, now);
                },
                SettingsChange.None,
                ct);
            if (paused is { State: SubscriberState.Paused } && before == SubscriberState.Active)
                await mailer.TellPausedAsync(connection, paused, clock.GetCurrentInstant(), ct);
            return paused;
        },
        ct);

    /// <summary>Digests come again.</summary>
    public Task<Subscriber?> ResumeAsync(long id, CancellationToken ct) =>
        UpdateAsync(id, (reader, now) => reader.Resume(now), ct);

    /// <summary>Voids every link that is out in mails but those to leave, for a reader whose link came to somebody else.</summary>
    public Task<Subscriber?> VoidLinksAsync(long id, CancellationToken ct) =>
        UpdateAsync(id, (reader, _) => reader with { LinkVersion = reader.LinkVersion + 1 }, ct);

    /// <summary>
    /// Ends a subscription, at once: when this has committed, the sender that looks at the row or at the suppressions
    /// sends this reader nothing more. Leaving twice is leaving.
    /// </summary>
    /// <param name="id">The reader.</param>
    /// <param name="saysGoodbye">Whether a last mail says so: to a person who pressed a button, to no program.</param>
    /// <param name="ct">Stops it.</param>
    public Task UnsubscribeAsync(long id, bool saysGoodbye, CancellationToken ct) => database.InTransactionAsync(
        async connection =>
        {
            if (await UnsubscribeAsync(connection, id, ct) && saysGoodbye
                && await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Lock, new { id }, ct) is { } reader)
                await mailer.SayGoodbyeAsync(connection, reader, clock.GetCurrentInstant(), ct);
        },
        ct);

    /// <summary>The same in the caller's transaction; false where the reader had left before.</summary>
    public async Task<bool> UnsubscribeAsync(NpgsqlConnection connection, long id, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        var reader = await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Lock, new { id }, ct);
        if (reader is null or { HasLeft: true })
            return false;
        await suppressions.AddAsync(connection, reader.AddressKey, "unsubscribed", null, now, ct);
        await SubscriberRows.SaveAsync(connection, [reader.End(now)], [], ct);
        LogUnsubscribed(id);
        SubscriberMetrics.Count("unsubscribed");
        return true;
    }

    /// <summary>
    /// Bars an address whose owner called a mail to it spam, in the caller's transaction: no path but the operator's leads
    /// back. The subscription of the mail's reader ends, unless they moved to another address since.
    /// </summary>
    public async Task ComplainedAsync(NpgsqlConnection connection, EmailAddress address, long? readerId, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        var reader = await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Lock, new { id = readerId }, ct);
        await suppressions.AddAsync(connection, address.Key, "complained", "A feedback report named a mail to this address.", now, ct);
        if (reader?.AddressKey == address.Key)
            await SubscriberRows.SaveAsync(connection, [reader.End(now) with { State = SubscriberState.Suppressed }], [], ct);
    }

    private async Task<bool> HasLeftAsync(NpgsqlConnection connection, EmailAddress address, CancellationToken ct)
    {
        var known = await rows.LockAsync(connection, [address.Key], ct);
        var reasons = await suppressions.FindAsync(connection, [address.Key], ct);
        return !reasons.Values.Any(OperatorSuppressions.StopsAll) && (reasons.Count > 0 || known.Any(reader => reader.HasLeft));
    }

    // Null: the address must not be mailed, and no row is made for it. Who left or was erased may come back by their
    // own will; a bounce, a complaint or the operator's word stays until it is lifted.
    private async Task<Subscriber?> LockAsync(NpgsqlConnection connection, EmailAddress address, Instant now, CancellationToken ct)
    {
        var reasons = await suppressions.FindAsync(connection, [address.Key], ct);
        if (reasons.Values.Any(OperatorSuppressions.StopsAll))
            return null;
        var (byKey, _) = await rows.LockOrCreateAsync(connection, [address], now, ct);
        var reader = byKey[address.Key];
        // Whom the operator put on the list as one who left has left. Asked anew, for a confirmation may have lifted it meanwhile.
        return reader.IsConfirmed && reasons.Count > 0 && (await suppressions.FindAsync(connection, [address.Key], ct)).Count > 0 ? reader.End(now) : reader;
    }

    private async Task<SignUpOutcome> AnswerSubscribedAsync(
        NpgsqlConnection connection, Subscriber reader, Instant now, CancellationToken ct)
    {
        if (!reader.MayBeMailed(now))
            return SignUpOutcome.MailedRecently;
        await mailer.TellAlreadySubscribedAsync(connection, reader, now, ct);
        await SignUpBudget.TakeAsync(connection, now, ct);
        await SubscriberRows.SaveAsync(connection, [reader.Mailed(now)], [], ct);
        return SignUpOutcome.AlreadySubscribed;
    }

    private async Task<SignUpOutcome> AskToConfirmAsync(
        NpgsqlConnection connection, Subscriber reader, SettingsChange change, Consent consent, Instant now, CancellationToken ct)
    {
        // Nothing is kept that no mail has shown to the owner of the address.
        if (!reader.MayBeMailed(now))
            return SignUpOutcome.MailedRecently;
        var waiting = reader;
        if (!reader.AwaitsConfirmation(now))
        {
            waiting = reader.SignUp(change);
            await ReplaceWishesAsync(connection, waiting, change, ct);
        }

        await SubscriberRows.SaveAsync(connection, [waiting.Mailed(now)], ReferenceEquals(waiting, reader) ? [] : [consent], ct);
        await mailer.AskToConfirmAsync(connection, [waiting], now, ct);
        await SignUpBudget.TakeAsync(connection, now, ct);
        return SignUpOutcome.ConfirmationSent;
    }

    /// <summary>
    /// Moves a reader's row on by a function of <see cref="Lifecycle"/>, and replaces what they wish for where the change
    /// names it, in the caller's transaction. New queries are matched at the next tick.
    /// </summary>
    public async Task<Subscriber?> UpdateAsync(
        NpgsqlConnection connection, long id, Func<Subscriber, Instant, Subscriber> update, SettingsChange change, CancellationToken ct)
    {
        var reader = await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Lock, new { id }, ct);
        if (reader is null)
            return null;
        var now = clock.GetCurrentInstant();
        return await SaveAsync(connection, update(reader, now), change, now, ct);
    }

    private async Task<Subscriber> SaveAsync(NpgsqlConnection connection, Subscriber updated, SettingsChange change, Instant now, CancellationToken ct)
    {
        await SubscriberRows.SaveAsync(connection, [updated], [], ct);
        await SubscriberLists.FollowAsync(connection, [updated], now, ct);
        await ReplaceWishesAsync(connection, updated, change, ct);
        return updated;
    }

    private async Task<Subscriber?> UpdateAsync(
        long id, Func<Subscriber, Instant, Subscriber> update, CancellationToken ct) =>
        await database.InTransactionAsync(connection => UpdateAsync(connection, id, update, SettingsChange.None, ct), ct);

    private Task ReplaceWishesAsync(NpgsqlConnection connection, Subscriber reader, SettingsChange change, CancellationToken ct) =>
        change.Wishes is { } wishes
            ? rows.ReplaceWishesAsync(connection, [new ReaderWishes(reader.Id, wishes)], ct)
            : Task.CompletedTask;

    [LoggerMessage(3001, LogLevel.Information, "Sign-up of subscriber {SubscriberId} by {How}: {Outcome}")]
    private partial void LogSignUp(long subscriberId, string how, SignUpOutcome outcome);

    [LoggerMessage(3002, LogLevel.Information, "Confirmation of subscriber {SubscriberId}: {Outcome}")]
    private partial void LogConfirmed(long subscriberId, ConfirmOutcome outcome);

    [LoggerMessage(3003, LogLevel.Information, "Subscriber {SubscriberId} unsubscribed")]
    private partial void LogUnsubscribed(long subscriberId);
}
