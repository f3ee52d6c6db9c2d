using DigestService.Platform;

namespace DigestService.Tests.Scale;

/// <summary>
/// A database of a service that has run for years: 100,000 readers with 3,000,000 likes and 50,000 queries of their own,
/// 300,000 papers, ninety days of digests and a month of deliveries. Filled by set-based SQL in a minute or two.
/// </summary>
internal static class LargeDatabase
{
    /// <summary>The moment that the statements are asked at.</summary>
    public const string Now = "timestamptz '2026-03-02 06:00:00+00'";

    private static readonly string[] Fillings =
    [
        // Nothing here refers to what is not there, and checking three million references takes longer than the rest.
        "set session_replication_role = replica",
        "set synchronous_commit = off",
        """
        insert into papers (arxiv_id, title, abstract, authors, categories, upvotes, published_at, first_listed_on, sources, created_at, updated_at)
        select '2' || lpad((g / 10000)::text, 3, '0') || '.' || lpad((g % 10000)::text, 5, '0'),
               'A study of method ' || g || ' for task ' || g % 977,
               repeat('We study the method ' || g % 5003 || ' and its use. ', 8),
               array['Author ' || g % 40000, 'Author ' || g % 30011], array['cs.LG'], g % 50,
               day + interval '4 hours', day, '{huggingface}', day + interval '5 hours', day + interval '5 hours'
        from (select g, date '2026-03-02' - ((300000 - g) / 300) as day from generate_series(1, 300000) g) p
        """,
        "insert into paper_keys (key, paper_id) select 'arxiv:' || arxiv_id, id from papers",
        "insert into paper_keys (key, paper_id) select 'title:' || lower(title) || '|author ' || id % 40000, id from papers",
        "insert into listings (source, listed_on, imported_at) select 'huggingface', day, day from (select distinct first_listed_on as day from papers order by 1) d",
        """
        insert into listing_entries (listing_id, paper_id, position, upvotes)
        select l.id, p.id, 1 + p.id % 300, p.upvotes from papers p join listings l on l.listed_on = p.first_listed_on
        """,
        """
        insert into votes (paper_id, observed_at, upvotes)
        select id, created_at + n * interval '1 day', upvotes + n from papers cross join generate_series(0, 3) n
        """,
        """
        insert into source_runs (source, listed_on, started_at, finished_at, outcome, newest_on, content_hash)
        select 'huggingface', (at at time zone 'UTC')::date, at, at, 'done', (at at time zone 'UTC')::date, '\x00'
        from generate_series(timestamptz '2025-03-02', timestamptz '2026-03-02', interval '1 hour') at
        """,
        "insert into queries (canonical, created_at, matched_at, matched_papers) select 'query ' || g, now(), " + Now + ", 300000 from generate_series(1, 50060) g",
        "insert into topics (slug, name, topic_group, description, query_id) select 'topic-' || g, 'Topic ' || g, 'group', '', g from generate_series(1, 60) g",
        """
        insert into topic_matches (query_id, paper_id, relevance, terms)
        select g, 1 + (g * 37 + n * 59) % 300000, 0.5, '{term}' from generate_series(1, 60) g, generate_series(0, 4999) n
        """,
        """
        insert into topic_matches (query_id, paper_id, relevance, terms)
        select g, 300000 - (g * 31 + n * 7919) % 300000, 0.5, '{term}' from generate_series(61, 50060) g, generate_series(0, 19) n
        """,
        """
        insert into paper_words (paper_id, first_listed_on, title, words, authors)
        select id, first_listed_on, to_tsvector('english', title), to_tsvector('english', title || ' ' || coalesce(abstract, '')), author_words(authors)
        from papers
        """,
         "insert into paper_vectors (paper_id, model, text_version, vector) select id, 'model', text_version, '\\x00' from papers",
         "insert into query_vectors (query_id, model, vector) select id, 'model', '\\x00' from queries",
         """
        insert into similar_papers (paper_id, similar_id, closeness, sentence)
        select g, 1 + (g + n * 7919) % 300000, 0.7, case when g < 299800 then 'A sentence.' end from generate_series(1, 300000) g, generate_series(1, 5) n
        """,
         "vacuum papers",
        // Kept, and still to be taken out of the papers.
        "insert into hidden_papers (id, title, hidden_at, keys, paper, listings, votes) values (4712, 'A study', now(), '{}', '{}', '[]', '[]')",
        """
        insert into subscribers (bucket, id, address, address_key, state, zone, send_at, frequency, next_due_at, next_due_on, last_digest_on, created_at, confirmed_at)
        select g & 63, g, 'reader' || g || '@example.org', 'reader' || g || '@example.org', 'active',
               (array['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo'])[1 + g % 4], make_time(5 + g % 5, 0, 0),
               case when g % 10 = 0 then 'daily' else 'weekly' end,
               timestamptz '2026-03-02 05:59:00+00' + (g % 1440) * interval '1 minute', date '2026-03-02', date '2026-03-01',
               timestamptz '2025-06-01', timestamptz '2025-06-01'
        from generate_series(1, 100000) g
        """,
        """
        insert into subscriber_addresses (bucket, address_key, subscriber_bucket, subscriber_id)
        select bucket_of_address(address_key), address_key, bucket, id from subscribers order by 1, 2
        """,
        """
        insert into preferences (bucket, subscriber_id, query_id, topic_id)
        select s & 63, s, 1 + (s + n * 17) % 60, 1 + (s + n * 17) % 60 from generate_series(1, 100000) s, generate_series(0, 2) n
        """,
        "insert into preferences (bucket, subscriber_id, query_id, text) select (1 + g) & 63, 1 + g, 60 + g, 'query ' || g from generate_series(1, 50000) g",
        """
        insert into feedback (bucket, subscriber_id, paper_id, kind, given_from, given_at)
        select s & 63, s, 1 + (base + n * 9973) % 300000, case when n % 10 = 0 then 'less' else 'like' end, 'web',
               timestamptz '2026-03-02' - (random() * 300) * interval '1 day'
        from (select s, (300000 * random() ^ 2)::int as base from generate_series(1, 100000) s) r, generate_series(0, 29) n
        """,
        """
        insert into digests (bucket, subscriber_id, digest_on, due_at, outcome, delivery_id, planned_at, composed_at)
        select s & 63, s, day, day + interval '6 hours', 'queued', 64 * mail + ((1 + mail % 100000) & 63), day, day + interval '6 hours'
        from generate_series(1, 100000) s,
             lateral (select day::date, day_number
                      from generate_series(date '2026-03-01' - 89, date '2026-03-01', interval '1 day') with ordinality d (day, day_number)
                      where s % 10 = 0 or day_number % 7 = s % 7) days,
             lateral (select 1 + (s * 13 + day_number * 7) % 1000000 as mail) m
        """,
        """
        insert into digests (bucket, subscriber_id, digest_on, due_at, outcome, planned_at)
        select s & 63, s, date '2026-03-02', timestamptz '2026-03-02 05:00:00+00' + (s % 60) * interval '1 minute', 'planned', now() from generate_series(10, 100000, 10) s
        """,
        """
        insert into deliveries (bucket, id, subscriber_id, kind, digest_on, sender, recipient, recipient_key, recipient_domain, message_id,
            content_hash, state, attempts, created_at, finished_at)
        select (1 + g % 100000) & 63, nextval('delivery_ids') + ((1 + g % 100000) & 63), 1 + g % 100000, 'digest', date '2026-03-01' - g / 33333, 'digest@example.org', 'reader' || 1 + g % 100000 || '@example.org',
               sha256(int4send(1 + g % 100000)), 'domain' || g % 500 || '.example', '<' || g || '@example.org>', '\x00', case when g % 200 = 0 then 'failed' else 'sent' end, 1,
               timestamptz '2026-03-01' - g / 33333 * interval '1 day', timestamptz '2026-03-01' - g / 33333 * interval '1 day'
        from generate_series(1, 1000000) g
        """,
        """
        insert into deliveries (bucket, id, subscriber_id, kind, digest_on, sender, recipient, recipient_key, recipient_domain, message_id,
            message, content_hash, state, next_attempt_at, created_at, expires_at)
        select g & 63, nextval('delivery_ids') + (g & 63), g, 'digest', date '2026-03-02', 'digest@example.org', 'reader' || g || '@example.org',
               sha256(int4send(g)), 'domain' || g % 500 || '.example', '<n' || g || '@example.org>', '\x00', '\x00', 'queued',
               timestamptz '2026-03-02 05:30:00+00', timestamptz '2026-03-02 05:30:00+00', timestamptz '2026-03-03 06:00:00+00'
        from generate_series(1, 100000) g
        """,
        """
        insert into suppressions (address_hash, reason, created_at)
        select sha256(int4send(-g)), 'unsubscribed', timestamptz '2026-01-01' from generate_series(1, 50000) g
        """,
        """
        insert into bounces (subscriber_id, delivery_id, address_hash, permanent, occurred_on, received_at)
        select 1 + g % 100000, 64 * g + ((1 + g % 100000) & 63), sha256(int4send(1 + g % 100000)), g % 3 = 0, date '2026-03-01' - g / 1000, timestamptz '2026-03-01' from generate_series(1, 50000) g
        """,
        """
        insert into inbound_messages (content_hash, source, raw, kind, received_at, handled_at)
        select ('message ' || g)::text::bytea, 'imap', '\x00', 'bounce', timestamptz '2026-03-01', timestamptz '2026-03-01' from generate_series(1, 50000) g
        """,
    ];

    /// <summary>Fills a fresh, migrated database and gathers its statistics.</summary>
    public static async Task FillAsync(Database database, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        foreach (var filling in Fillings.Append("reset session_replication_role").Append("vacuum analyze"))
            await Dapper.SqlMapper.ExecuteAsync(connection, new Dapper.CommandDefinition(filling, commandTimeout: 0, cancellationToken: ct));
    }
}
