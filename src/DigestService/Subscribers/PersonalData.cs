using System.Text.Json;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Suppressions;
using NodaTime;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>What is held on one address: handed over whole, or erased to the one hash that keeps us from mailing it again.</summary>
internal sealed class PersonalData(Database database, IClock clock, LinkSigner signer, SuppressionList suppressions)
{
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
                    'topic', t.slug, 'query', p.text, 'weight', p.weight, 'muted', p.muted) order by p.query_id), '[]')
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
            'seen_papers', (
                select coalesce(jsonb_agg(s.paper_id order by s.paper_id), '[]')
                from seen_papers s
                join reader r on r.id = s.subscriber_id),
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
            'suppression', (
                select jsonb_build_object('reason', s.reason, 'detail', s.detail, 'created_at', s.created_at)
                from suppressions s
                where s.address_hash = @hash))::text
        """;

    private const string Erase = """
        -- personal_data.erase
        with mails as (
            delete from deliveries
            where recipient_key = @hash
               or subscriber_id = @id
        ),
        heard as (
            delete from inbound_messages
            where sender_hash = @hash
               or subscriber_id = @id
        ),
        items as (
            delete from digest_items
            where subscriber_id = @id
        ),
        returned as (
            delete from bounces
            where address_hash = @hash
               or subscriber_id = @id
        )
        delete from subscribers
        where id = @id
        """;

    /// <summary>Everything held on the address, as one JSON object; empty lists where there is nothing.</summary>
    public async Task<JsonElement> ExportAsync(EmailAddress address, CancellationToken ct)
    {
        var json = await database.QuerySingleOrDefaultAsync<string>(
            Export, new { addressKey = address.Key, hash = signer.HashAddress(address.Key) }, ct);
        return JsonDocument.Parse(json ?? "{}").RootElement;
    }

    /// <summary>
    /// Erases the reader of an address; false when there is none. The suppression stays, a keyed hash, so that neither
    /// an import nor a restored list mails them again.
    /// </summary>
    public Task<bool> EraseAsync(EmailAddress address, CancellationToken ct) =>
        database.InTransactionAsync(connection => EraseAsync(connection, address, ct), ct);

    /// <summary>The same in the caller's transaction.</summary>
    public async Task<bool> EraseAsync(NpgsqlConnection connection, EmailAddress address, CancellationToken ct)
    {
        var hash = signer.HashAddress(address.Key);
        var reader = await connection.QuerySingleOrDefaultAsync<Subscriber>(
            SubscriberQueries.FindByAddress, new { addressKey = address.Key }, ct);
        if (reader is null)
            return false;
        await suppressions.AddAsync(connection, address.Key, "erased", null, clock.GetCurrentInstant(), ct);
        await connection.ExecuteAsync(Erase, new { id = reader.Id, hash }, ct);
        return true;
    }
}
