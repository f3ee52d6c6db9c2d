using System.Text.Json;
using System.Text.Json.Nodes;
using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Platform;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>What is held on one address, handed over whole.</summary>
internal sealed class PersonalData(Database database, LinkSigner signer)
{
    private const string Export = $"""
        -- personal_data.export
        with reader as (
            select *
            from subscribers
            where {SubscriberQueries.HasAddress}
        )
        select jsonb_build_object(
            'address', @addressKey,
            'subscriber', (select to_jsonb(r) - 'bucket' from reader r),
            'list', (
                select jsonb_build_object('name', l.name, 'leads', l.leader_id = r.id)
                from reader r
                join lists l on l.id = r.list_id),
            'preferences', (
                select coalesce(jsonb_agg(jsonb_build_object(
                    'topic', t.slug, 'query', p.text, 'name', p.name, 'weight', p.weight, 'muted', p.muted) order by p.query_id), '[]')
                from preferences p
                join reader r on r.bucket = p.bucket and r.id = p.subscriber_id
                left join topics t on t.id = p.topic_id),
            'feedback', (
                select coalesce(jsonb_agg(jsonb_build_object(
                    'paper', f.paper_id, 'title', p.title, 'kind', f.kind, 'given_from', f.given_from, 'given_at', f.given_at)
                    order by f.given_at, f.paper_id, f.kind), '[]')
                from (
                    select bucket, subscriber_id, paper_id, kind, given_from, given_at from feedback
                    union all
                    select bucket, subscriber_id, paper_id, kind, given_from, given_at from hidden_feedback) f
                join reader r on r.bucket = f.bucket and r.id = f.subscriber_id
                join (
                    select id, title from papers
                    union all
                    select id, title from hidden_papers) p on p.id = f.paper_id),
            'address_change', (
                select to_jsonb(c) - array['bucket', 'subscriber_id', 'address_key']
                from address_changes c
                join reader r on r.bucket = c.bucket and r.id = c.subscriber_id),
            'seen_papers', (
                select coalesce(jsonb_agg(s.paper_id order by s.paper_id), '[]')
                from seen_papers s
                where s.bucket = (select bucket from reader)
                  and s.subscriber_id = (select id from reader)),
            'digests', (
                select coalesce(jsonb_agg(to_jsonb(d) - array['bucket', 'subscriber_id'] || jsonb_build_object('why', encode(d.why, 'hex')) order by d.digest_on), '[]')
                from digests d
                join reader r on r.bucket = d.bucket and r.id = d.subscriber_id),
            'digest_items', (
                select coalesce(jsonb_agg(to_jsonb(i) - array['bucket', 'subscriber_id'] order by i.digest_on, i.position), '[]')
                from digest_items i
                join reader r on r.bucket = i.bucket and r.id = i.subscriber_id),
            'deliveries', (
                select coalesce(jsonb_agg(
                    to_jsonb(d) - array['bucket', 'is_queued_by_domain', 'message', 'recipient_key', 'content_hash', 'fence', 'owner', 'lease_until', 'stage']
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
                    to_jsonb(m) - array['raw', 'content_hash', 'sender_hash', 'answered_hash', 'named']
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

    /// <summary>Everything held on the address, as one JSON object; empty lists where there is nothing.</summary>
    public async Task<JsonElement> ExportAsync(EmailAddress address, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        var json = await connection.QuerySingleOrDefaultAsync<string>(
            Export, new { addressKey = address.Key, hash = signer.HashAddress(address.Key) }, ct);
        var held = JsonNode.Parse(json ?? "{}") as JsonObject ?? [];
        foreach (var delivery in (held["deliveries"] as JsonArray ?? []).OfType<JsonObject>())
            await ShowMailAsync(connection, delivery, ct);
        foreach (var digest in (held["digests"] as JsonArray ?? []).OfType<JsonObject>())
            RecordedWhy.Spell(digest);
        return JsonSerializer.SerializeToElement(held);
    }

    /// <summary>Whether an export holds nothing but the address that was asked for.</summary>
    public static bool IsNothing(JsonElement export) => export.EnumerateObject().All(part =>
        part.NameEquals("address") || part.Value.ValueKind == JsonValueKind.Null || part.Value is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 0);

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
}
