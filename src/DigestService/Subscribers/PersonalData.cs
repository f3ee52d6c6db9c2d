using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DigestService.Delivery;
using DigestService.Mail;
using DigestService.Mail.Mime;
using DigestService.Platform;
using DigestService.Suppressions;
using NodaTime;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>What is held on one address: handed over whole, or erased to the one hash that keeps us from mailing it again.</summary>
internal sealed class PersonalData(Database database, IClock clock, LinkSigner signer, SuppressionList suppressions)
{
    private const int MailsAtOnce = 100;

    private const string Export = """
        -- personal_data.export
        with reader as (
            select *
            from subscribers
            where address_key = @addressKey
        )
        select jsonb_build_object(
            'address', @addressKey,
            'subscriber', (select to_jsonb(r) from reader r),
            'preferences', (
                select coalesce(jsonb_agg(jsonb_build_object(
                    'topic', t.slug, 'query', p.text, 'name', p.name, 'weight', p.weight, 'muted', p.muted) order by p.query_id), '[]')
                from preferences p
                join reader r on r.id = p.subscriber_id
                left join topics t on t.id = p.topic_id),
            'feedback', (
                select coalesce(jsonb_agg(jsonb_build_object(
                    'paper', f.paper_id, 'title', p.title, 'kind', f.kind, 'given_from', f.given_from, 'given_at', f.given_at)
                    order by f.given_at, f.paper_id, f.kind), '[]')
                from feedback f
                join reader r on r.id = f.subscriber_id
                join papers p on p.id = f.paper_id),
            'address_change', (
                select to_jsonb(c) - array['subscriber_id', 'address_key']
                from address_changes c
                join reader r on r.id = c.subscriber_id),
            'seen_papers', (
                select coalesce(jsonb_agg(s.paper_id order by s.paper_id), '[]')
                from seen_papers s
                where s.subscriber_id = (select id from reader)),
            'digests', (
                select coalesce(jsonb_agg(to_jsonb(d) - 'subscriber_id' order by d.digest_on), '[]')
                from digests d
                join reader r on r.id = d.subscriber_id),
            'digest_items', (
                select coalesce(jsonb_agg(to_jsonb(i) - 'subscriber_id' order by i.digest_on, i.position), '[]')
                from digest_items i
                join reader r on r.id = i.subscriber_id),
            'deliveries', (
                select coalesce(jsonb_agg(
                    to_jsonb(d) - array['message', 'recipient_key', 'content_hash', 'fence', 'owner', 'lease_until']
                    || jsonb_build_object('message_base64', encode(d.message, 'base64')) order by d.id), '[]')
                from deliveries d
                where d.recipient_key = @hash
                   or d.subscriber_id = (select id from reader)),
            'bounces', (
                select coalesce(jsonb_agg(to_jsonb(b) - array['address_hash'] order by b.id), '[]')
                from bounces b
                where b.address_hash = @hash
                   or b.subscriber_id = (select id from reader)),
            'inbound_messages', (
                select coalesce(jsonb_agg(
                    to_jsonb(m) - array['raw', 'content_hash', 'sender_hash', 'answered_hash']
                    || jsonb_build_object('message_base64', encode(m.raw, 'base64')) order by m.id), '[]')
                from inbound_messages m
                where m.sender_hash = @hash
                   or m.subscriber_id = (select id from reader)),
            'former_subscribers', (
                select coalesce(jsonb_agg(f.subscriber_id order by f.subscriber_id), '[]')
                from former_subscribers f
                where f.address_hash = @hash),
            'suppression', (
                select jsonb_build_object('reason', s.reason, 'detail', s.detail, 'created_at', s.created_at)
                from suppressions s
                where s.address_hash = @hash))::text
        """;

    /// <summary>
    /// The row of an address, held until the transaction ends. It comes first, as wherever something of a reader's is
    /// written: composing, sending, saving and leaving have finished with this reader, or wait until they are gone.
    /// </summary>
    private const string LockReader = """
        -- personal_data.lock_reader
        select id
        from subscribers
        where address_key = @addressKey
        for update
        """;

    /// <summary>A reader's own queries, held so that nobody takes one up while it may be removed.</summary>
    private const string LockOwnQueries = """
        -- personal_data.lock_own_queries
        select q.id
        from queries q
        where q.id in (
            select query_id
            from preferences
            where subscriber_id = @id
              and topic_id is null)
        order by q.id
        for update
        """;

    /// <summary>Removes what is held on an address, with or without a row of a reader; answers how many rows that were.</summary>
    private const string Erase = """
        -- personal_data.erase
        with mails as (
            delete from deliveries
            where recipient_key = @hash
               or subscriber_id = @id
            returning 1
        ),
        heard as (
            delete from inbound_messages
            where sender_hash = @hash
               or subscriber_id = @id
            returning 1
        ),
        returned as (
            delete from bounces
            where address_hash = @hash
               or subscriber_id = @id
            returning 1
        ),
        reader as (
            delete from subscribers
            where id = @id
            returning 1
        )
        select (select count(*) from mails) + (select count(*) from returned)
             + (select count(*) from reader) + (select count(*) from heard)
        """;

    // Somebody else's wish to move to this address is the address of the erased as well.
    private const string ForgetWishes = """
        -- personal_data.forget_wishes
        delete from address_changes
        where address_key = @addressKey
        """;

    /// <summary>Mails from outside whose octets are still here, some at a time.</summary>
    private const string ReadInbound = """
        -- personal_data.read_inbound
        select id, raw, subject, excerpt
        from inbound_messages
        where id > @after
          and (raw is not null or subject is not null or excerpt is not null)
        order by id
        limit @limit
        """;

    /// <summary>Leaves of a message that it came, so that the same octets are not taken for a new one.</summary>
    private const string EmptyInbound = """
        -- personal_data.empty_inbound
        update inbound_messages
        set raw = null,
            subject = null,
            excerpt = null,
            error = null,
            is_kept = false
        where id = any(@ids)
        """;

    /// <summary>Removes those of the held queries that nobody has any more; their text was the reader's own.</summary>
    private const string ForgetQueries = """
        -- personal_data.forget_queries
        delete from queries q
        where q.id = any(@queries)
          and not exists (select from preferences where query_id = q.id)
          and not exists (select from topics where query_id = q.id)
        """;

    /// <summary>Remembers which row the reader had, so that links to leave keep working if they come back.</summary>
    private const string RememberRow = """
        -- former_subscribers.remember
        insert into former_subscribers (subscriber_id, address_hash)
        values (@id, @hash)
        on conflict (subscriber_id) do nothing
        """;

    /// <summary>Everything held on the address, as one JSON object; empty lists where there is nothing.</summary>
    public async Task<JsonElement> ExportAsync(EmailAddress address, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        var json = await connection.QuerySingleOrDefaultAsync<string>(
            Export, new { addressKey = address.Key, hash = signer.HashAddress(address.Key) }, ct);
        var held = JsonNode.Parse(json ?? "{}") as JsonObject ?? [];
        foreach (var delivery in (held["deliveries"] as JsonArray ?? []).OfType<JsonObject>())
            await ShowMailAsync(connection, delivery, ct);
        return JsonSerializer.SerializeToElement(held);
    }

    /// <summary>A mail that stands in the outbox as what it is put together from is shown as it would arrive.</summary>
    private static async Task ShowMailAsync(NpgsqlConnection connection, JsonObject delivery, CancellationToken ct)
    {
        delivery.Remove("fragments", out var fragments);
        if (fragments is not JsonArray ids || delivery["message_base64"] is not JsonValue recipe)
            return;
        var octets = Convert.FromBase64String(recipe.GetValue<string>());
        var mail = await StoredFragments.ToMailAsync(connection, octets, [.. ids.Select(id => id!.GetValue<long>())], ct); // ids are numbers
        delivery["message_base64"] = mail is null ? null : Convert.ToBase64String(mail, Base64FormattingOptions.InsertLineBreaks);
    }

    /// <summary>
    /// Erases all that is held on an address, a reader's row or only what was left of one; false when nothing is held. The
    /// suppression stays, a keyed hash, so that neither an import nor a restored list mails them again.
    /// </summary>
    public Task<bool> EraseAsync(EmailAddress address, CancellationToken ct) =>
        database.InTransactionAsync(connection => EraseAsync(connection, address, ct), ct);

    /// <summary>The same in the caller's transaction.</summary>
    public async Task<bool> EraseAsync(NpgsqlConnection connection, EmailAddress address, CancellationToken ct)
    {
        var hash = signer.HashAddress(address.Key);
        var id = await connection.QuerySingleOrDefaultAsync<long?>(LockReader, new { addressKey = address.Key }, ct);
        var queries = await connection.QueryAsync<long>(LockOwnQueries, new { id }, ct);
        var erased = await connection.QuerySingleAsync<long>(Erase, new { id, hash }, ct)
            + await connection.ExecuteAsync(ForgetWishes, new { addressKey = address.Key }, ct)
            + await EmptyMailsThatNameAsync(connection, address, ct);
        if (erased == 0)
            return false;
        await connection.ExecuteAsync(ForgetQueries, new { queries = queries.ToArray() }, ct);
        if (id is not null)
            await connection.ExecuteAsync(RememberRow, new { id, hash }, ct);
        await suppressions.AddAsync(connection, address.Key, "erased", null, clock.GetCurrentInstant(), ct);
        return true;
    }

    /// <summary>
    /// Mails that others wrote may name the address: a bounce that matched no delivery any more, a mail that was passed on.
    /// They are few and soon deleted, so that each is read.
    /// </summary>
    private static async Task<int> EmptyMailsThatNameAsync(NpgsqlConnection connection, EmailAddress address, CancellationToken ct)
    {
        var named = new List<long>();
        for (var after = 0L; await connection.QueryAsync<StoredMail>(ReadInbound, new { after, limit = MailsAtOnce }, ct) is { Count: > 0 } mails; after = mails[^1].Id)
            named.AddRange(mails.Where(mail => mail.Names(address)).Select(mail => mail.Id));
        return named.Count == 0 ? 0 : await connection.ExecuteAsync(EmptyInbound, new { ids = named.ToArray() }, ct);
    }

    private sealed record StoredMail
    {
        public required long Id { get; init; }

        public byte[]? Raw { get; init; }

        public string? Subject { get; init; }

        public string? Excerpt { get; init; }

        /// <summary>Whether the address stands in it, as it is or in an encoding of mails.</summary>
        public bool Names(EmailAddress address) =>
            Holds(Subject, address) || Holds(Excerpt, address)
            || (Raw is { } raw && (Holds(Encoding.Latin1.GetString(raw), address) || MimeReader.Read(raw).Walk().Any(part => Holds(part, address))));

        private static bool Holds(MimePart part, EmailAddress address) =>
            part.Headers.Any(header => Holds(header.Value, address)) || (part.Children.Count == 0 && Holds(part.Text(), address));

        // Text of every charset comes out as text; an address in links is percent-encoded.
        private static bool Holds(string? text, EmailAddress address) =>
            text is not null
            && (text.Contains(address.Key, StringComparison.OrdinalIgnoreCase)
                || text.Contains(Uri.EscapeDataString(address.Key), StringComparison.OrdinalIgnoreCase));
    }
}
