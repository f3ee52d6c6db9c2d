using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Platform;
using DigestService.Suppressions;
using NodaTime;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>
/// Moves a subscription to another address: the new address is mailed a link, and only its button moves anything; the old
/// address is told. Nobody learns from it whether an address is subscribed.
/// </summary>
internal sealed class AddressChange(
    Database database, IClock clock, LinkSigner signer, SiteOptions site, SuppressionList suppressions, ServiceMailComposer composer, ServiceMailer mailer, SignUpBudget budget, Erasure erasure)
{
    /// <summary>How long the link in the mail to the new address works.</summary>
    public static readonly Duration LinkLasts = Duration.FromDays(7);

    // A button pressed twice asks once: a second wish would end the link in the mail of the first.
    private static readonly Duration SameWish = Duration.FromMinutes(1);

    private const int MostAsksADay = 3;
    private const int MostAskersOfAddress = 3;

    private const string Remember = """
        -- address_changes.remember
        insert into address_changes as c (bucket, subscriber_id, address, address_key, asked_at, link_version)
        values (@id & 63, @id, @address, @addressKey, @now, @linkVersion)
        on conflict (bucket, subscriber_id) do update
        set address = excluded.address,
            address_key = excluded.address_key,
            link_version = excluded.link_version,
            asks = case when c.asked_at < @since then 1 else c.asks + 1 end,
            asked_at = excluded.asked_at
        where c.asked_at < @since
           or c.asks < @most
        """;

    private const string OtherAskers = """
        -- address_changes.other_askers
        select count(*)::int
        from address_changes
        where address_key = @addressKey
          and asked_at >= @since
          and subscriber_id <> @id
        """;

    // A wish that stands, or that was fulfilled by the move which began the present generation of links.
    private const string Find = """
        -- address_changes.find
        select c.address, c.address_key, c.asked_at, c.link_version, s.link_version > c.link_version as is_moved
        from address_changes c
        join subscribers s on s.bucket = c.bucket and s.id = c.subscriber_id
        where c.bucket = @id & 63
          and c.subscriber_id = @id
          and (s.link_version = c.link_version
               or s.link_version = c.link_version + 1 and s.address_key = c.address_key)
        """;

    private const string GiveUpAddress = """
        -- address_changes.give_up_address
        delete from subscriber_addresses
        where bucket = bucket_of_address(@addressKey)
          and address_key = @addressKey
          and subscriber_id = @id
        """;

    // The reader keeps id and bucket; the address is entered in its own.
    private const string Move = """
        -- address_changes.move
        with given_up as (
            delete from subscriber_addresses
            where bucket = bucket_of_address(@was)
              and address_key = @was
        ), taken as (
            insert into subscriber_addresses (bucket, address_key, subscriber_bucket, subscriber_id)
            values (bucket_of_address(@addressKey), @addressKey, @id & 63, @id)
        )
        update subscribers
        set address = @address,
            address_key = @addressKey,
            link_version = link_version + 1,
            sign_up_mails = 0,
            sign_up_mailed_at = null,
            consent = consent || jsonb_build_object('moved_at', @now::timestamptz)
        where bucket = @id & 63
          and id = @id
        """;

    /// <summary>
    /// Asks the new address by a mail with a link. False when the reader asked too often today, or the hour's mails to strangers are
    /// spent; whether a mail went out stays unsaid, for the address may be barred, have a subscription of its own, or be one that
    /// several readers named today.
    /// </summary>
    public Task<bool> AskAsync(long id, EmailAddress address, CancellationToken ct) => database.InTransactionAsync(
        async connection =>
        {
            var now = clock.GetCurrentInstant();
            return await AskAsync(
                connection,
                id,
                address,
                reader =>
                {
                    var token = signer.Sign(LinkPurpose.Address, id, now.ToUnixTimeSeconds(), now + LinkLasts, reader.LinkVersion);
                    return MailAsync(connection, reader, address.ToString(), "address", content => composer.ConfirmAddress(content, site.Link($"/address/{token}")), now, ct);
                },
                now,
                ct);
        },
        ct);

    /// <summary>
    /// The same in the caller's transaction, whose <paramref name="askAsync"/> mails the new address: it is called only where
    /// that address may be mailed and is nobody else's.
    /// </summary>
    public async Task<bool> AskAsync(
        NpgsqlConnection connection, long id, EmailAddress address, Func<Subscriber, Task> askAsync, Instant now, CancellationToken ct)
    {
        if (await LockAsync(connection, id, ct) is not { IsConfirmed: true } reader || reader.AddressKey == address.Key)
            return true;
        if (await connection.QuerySingleOrDefaultAsync<WishRow>(Find, new { id }, ct) is { } last && last.AddressKey == address.Key && now < last.AskedAt + SameWish)
            return true;
        var wish = new { id, address = address.ToString(), addressKey = address.Key, linkVersion = reader.LinkVersion, now, since = now - Duration.FromDays(1), most = MostAsksADay };
        if (await budget.IsSpentAsync(connection, now, ct) || await connection.ExecuteAsync(Remember, wish, ct) == 0)
            return false;
        if (await MayMoveAsync(connection, address.Key, await OwnerAsync(connection, id, address.Key, SubscriberQueries.Find, ct), ct)
            && await connection.QuerySingleAsync<int>(OtherAskers, wish, ct) < MostAskersOfAddress)
        {
            await SignUpBudget.TakeAsync(connection, now, ct);
            await askAsync(reader);
        }

        return true;
    }

    /// <summary>
    /// The wish behind a link, fulfilled by it before or not yet; null when the link was voided, replaced by a later wish, is too old, or its address
    /// is taken.
    /// </summary>
    public async Task<FoundAddressChange?> FindAsync(string token, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        // The reader after the wish: another press may move them in between, and who is told to be moved must be as they are then.
        return LinkSigner.ClaimedSubject(token) is { } id
            && await connection.QuerySingleOrDefaultAsync<WishRow>(Find, new { id }, ct) is { } wish
            && signer.TryRead(token, LinkPurpose.Address, clock.GetCurrentInstant(), out var link, wish.LinkVersion)
            && link.Extra == wish.AskedAt.ToUnixTimeSeconds()
            && await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Find, new { id }, ct) is { IsConfirmed: true } reader
            && (wish.IsMoved || await MayMoveAsync(connection, wish.AddressKey, await OwnerAsync(connection, id, wish.AddressKey, SubscriberQueries.Find, ct), ct))
                ? new FoundAddressChange(reader, wish.Address, wish.IsMoved)
                : null;
    }

    /// <summary>Moves the subscription to the address that a link names.</summary>
    /// <returns>The reader as they are now; null when the link moves nothing any more.</returns>
    public async Task<Subscriber?> MoveAsync(string token, CancellationToken ct) =>
        await FindAsync(token, ct) switch
        {
            { IsMoved: true, Reader: var moved } => moved,
            { } wish when EmailAddress.TryParse(wish.Address, out var address) =>
                await database.InTransactionAsync(connection => MoveAsync(connection, wish.Reader.Id, address, clock.GetCurrentInstant(), ct), ct),
            _ => null,
        };

    /// <summary>
    /// The same for the owner of an address who agreed by mail, in the caller's transaction: nothing moves when the reader has
    /// wished for another address since, or voided all links. Who agrees twice has moved once.
    /// </summary>
    public async Task<Subscriber?> MoveAsync(NpgsqlConnection connection, long id, EmailAddress address, Instant now, CancellationToken ct)
    {
        if (await LockAsync(connection, id, ct) is not { IsConfirmed: true } reader
            || await connection.QuerySingleOrDefaultAsync<WishRow>(Find, new { id }, ct) is not { } wish
            || wish.AddressKey != address.Key)
            return null;
        if (wish.IsMoved)
            return reader;
        var owner = await OwnerAsync(connection, id, address.Key, SubscriberQueries.Lock, ct);
        return await MayMoveAsync(connection, address.Key, owner, ct) ? await MoveAsync(connection, reader, address, owner, now, ct) : null;
    }

    // Voids all links in mails to the old address but those to leave, and tells that address. Digests that wait are made anew for the new one. Whoever agrees reads the mail of the new one: what
    // its owner ended, its owner begins.
    private async Task<Subscriber?> MoveAsync(NpgsqlConnection connection, Subscriber reader, EmailAddress address, Subscriber? former, Instant now, CancellationToken ct)
    {
        await suppressions.LiftByOwnerAsync(connection, address.Key, ct);
        if (former is not null)
            await connection.ExecuteAsync(GiveUpAddress, new { id = former.Id, addressKey = address.Key }, ct);
        await connection.ExecuteAsync(Move, new { id = reader.Id, was = reader.AddressKey, address = address.ToString(), addressKey = address.Key, now }, ct);
        // Their links are void, and the old address may be somebody else's by now.
        var waiting = await Outbox.GiveUpDigestsAsync(connection, reader.Id, "The reader moved to another address before it was sent.", now, ct);
        await Ledger.ComposeAnewAsync(connection, reader.Id, waiting, ct);
        if (former is not null)
            await erasure.EraseFormerAsync(connection, former, reader.Id, ct);
        await MailAsync(connection, reader, reader.Address, "moved", composer.Moved, now, ct);
        return await LockAsync(connection, reader.Id, ct);
    }

    // Who left, or never confirmed, and has the address still is whoever agrees to the move: they make room.
    private async Task<bool> MayMoveAsync(NpgsqlConnection connection, string addressKey, Subscriber? owner, CancellationToken ct) =>
        owner is null or { State: SubscriberState.Pending or SubscriberState.Unsubscribed }
        && (await suppressions.FindAsync(connection, [addressKey], ct)).Values.All(reason => reason is "unsubscribed" or "erased");

    // Whoever else has an address, found or held until the transaction ends.
    private static async Task<Subscriber?> OwnerAsync(NpgsqlConnection connection, long id, string addressKey, string find, CancellationToken ct) =>
        await connection.QuerySingleOrDefaultAsync<long?>(SubscriberQueries.IdByAddress, new { addressKey }, ct) is { } owner && owner != id
            ? await connection.QuerySingleOrDefaultAsync<Subscriber>(find, new { id = owner }, ct)
            : null;

    // No mail of these carries a link of the reader's own: the new address may be a stranger's, mistyped, and the old one given up.
    private Task MailAsync(
        NpgsqlConnection connection, Subscriber reader, string address, string kind, Func<ServiceMailContent, ComposedMail> compose, Instant now, CancellationToken ct) =>
        mailer.EnqueueAsync(connection, ServiceMailer.RecipientOf(reader) with { Address = address }, reader.Id, kind, compose, now, ct);

    private static Task<Subscriber?> LockAsync(NpgsqlConnection connection, long id, CancellationToken ct) =>
        connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Lock, new { id }, ct);

    private sealed record WishRow
    {
        public required string Address { get; init; }
        public required string AddressKey { get; init; }
        public required Instant AskedAt { get; init; }
        public required int LinkVersion { get; init; }
        public required bool IsMoved { get; init; }
    }
}

/// <summary>The move behind a link.</summary>
/// <param name="Reader">Who wished for it.</param>
/// <param name="Address">The new address.</param>
/// <param name="IsMoved">The link's button was pressed before: the digest comes to that address already.</param>
internal sealed record FoundAddressChange(Subscriber Reader, string Address, bool IsMoved);
