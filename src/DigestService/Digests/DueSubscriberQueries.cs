using DigestService.Platform;
using DigestService.Platform.Layout.Words;
using DigestService.Relevance;
using DigestService.Subscribers;
using DigestService.Topics;
using NodaTime;
using Npgsql;

namespace DigestService.Digests;

/// <summary>Loads readers with what ranking needs of them: a fixed number of statements, however many readers.</summary>
internal static class DueSubscriberQueries
{
    private const string Fields = """
        s.id, s.address, s.address_key, s.state, s.language, s.zone, s.frequency, s.send_at, s.weekly_on, s.max_items, s.outside_topics, s.empty_day,
               s.muted_words, s.prefers_in_short, s.link_version, s.next_due_at,
               l.leader_id, l.name as list_name
        """;

    private const string HasLostMail = """
        exists (
                       select
                       from (
                           select delivery_id
                           from digests
                           where bucket = d.bucket
                             and subscriber_id = d.subscriber_id
                             and outcome = 'queued'
                           order by digest_on desc
                           limit 3) latest
                       join deliveries o on o.bucket = latest.delivery_id & 63 and o.id = latest.delivery_id
                       where o.state in ('failed', 'suppressed'))
        """;

    /// <summary>
    /// Planned digests whose time has come, bucket by bucket in the order of the index, locked for this transaction; others' are
    /// skipped. What fills a batch is taken before the next bucket is looked into.
    /// Whoever is due again is planned first: the later day brings the papers of both. That is asked in a form of which PostgreSQL guesses
    /// that half of all pass: statistics from before planning say that nobody does, and would have it look up all readers of a bucket.
    /// The reader's row is locked first, as everywhere before anything of the reader's is written: erasing and leaving wait
    /// for this batch and then see its mail, and a reader who is just being erased or changed is left to the next batch.
    /// The lock is one that only one can have: whoever composes for a reader has seen all that the reader was sent, because
    /// that is asked by the statements that follow.
    /// </summary>
    private const string ClaimPlanned = $"""
        -- digests.claim_planned
        select due.*
        from unnest(@buckets) as b (bucket)
        cross join lateral (
            select {Fields}, d.digest_on, d.due_at, d.reasons <> '[]'::jsonb as is_asked_for,
                   exists (
                       select
                       from digests later
                       where later.bucket = coalesce(@onlyBucket::smallint, d.bucket)
                         and later.subscriber_id = d.subscriber_id
                         and later.digest_on > d.digest_on) as is_superseded,
                   {HasLostMail} as has_lost_mail
            from digests d
            join subscribers s on s.bucket = coalesce(@onlyBucket::smallint, d.bucket) and s.id = d.subscriber_id
            left join lists l on l.id = s.list_id
            where d.bucket = coalesce(@onlyBucket::smallint, b.bucket)
              and d.outcome = 'planned'
              and d.due_at <= @until
              and d.subscriber_id <> all(@setAside)
              and case when s.state in ('active', 'paused') then coalesce(s.next_due_at > @now, true) else true end
            order by d.due_at
            limit @batch
            for no key update of s skip locked
            for no key update of d skip locked) due
        limit @batch
        """;

    // Where statistics say how many digests of a bucket are planned, PostgreSQL would take and sort them all for each batch of 500 and never
    // guess that the first ones are enough: 110 ms in place of 3 with 6,000 in a bucket. The index has them in that order.
    private const string TakeTheirOrder = """
        -- digests.take_their_order
        select set_config('enable_sort', @sort, true)
        """;

    /// <summary>The same among the days whose sources are ready.</summary>
    private static readonly string ClaimPlannedOfReadyDays = ClaimPlanned
        .Replace("-- digests.claim_planned", "-- digests.claim_planned_of_ready_days", StringComparison.Ordinal)
        .Replace("and d.due_at <= @until", "and d.due_at <= @until and d.digest_on = any(@readyDays)", StringComparison.Ordinal);

    // Where readers are spread over several servers a mail from before there were buckets may be on another than its reader: the states of the
    // mails are asked for by themselves.
    private static readonly string ClaimSpread = Spread(ClaimPlanned);

    private static readonly string ClaimSpreadOfReadyDays = Spread(ClaimPlannedOfReadyDays);

    private static string Spread(string claim) => claim
        .Replace("-- digests.claim_", "-- digests.claim_spread_", StringComparison.Ordinal)
        .Replace(HasLostMail, "true", StringComparison.Ordinal);

    /// <summary>
    /// Claims a batch: what has waited long enough, where there is such, then what waits for no source. A day that somebody else
    /// plans meanwhile, of which nobody has asked whether its sources are ready, is left to the next run.
    /// </summary>
    public static async Task<IReadOnlyList<DueSubscriber>> ClaimAsync(
        NpgsqlConnection connection, ComposingRun run, IReadOnlyList<short[]> rounds, int batch, CancellationToken ct)
    {
        await connection.ExecuteAsync(TakeTheirOrder, new { sort = "off" }, ct);
        var claimed = await ClaimInOrderAsync(connection, run, rounds, batch, ct);
        await connection.ExecuteAsync(TakeTheirOrder, new { sort = "on" }, ct);
        return claimed;
    }

    private static async Task<IReadOnlyList<DueSubscriber>> ClaimInOrderAsync(
        NpgsqlConnection connection, ComposingRun run, IReadOnlyList<short[]> rounds, int batch, CancellationToken ct)
    {
        var isSpread = rounds.Count > 1;
        var setAside = run.SetAside.ToArray();
        if (!run.IsAllReady)
        {
            foreach (var buckets in rounds)
                if (await connection.QueryAsync<DueSubscriber>(
                    isSpread ? ClaimSpread : ClaimPlanned, new { buckets, onlyBucket = Buckets.Only(buckets), until = run.WaitedSince, now = run.Now, setAside, batch }, ct) is { Count: > 0 } claimed)
                    return claimed;
        }

        var readyDays = run.ReadyDays.Select(day => day.ToDateOnly()).ToArray();
        foreach (var buckets in rounds)
            if (await connection.QueryAsync<DueSubscriber>(
                isSpread ? ClaimSpreadOfReadyDays : ClaimPlannedOfReadyDays, new { buckets, onlyBucket = Buckets.Only(buckets), until = run.Now, now = run.Now, readyDays, setAside, batch }, ct) is { Count: > 0 } claimed)
                return claimed;
        return [];
    }

    /// <summary>One reader, with the digest that is planned or due, else the one that comes next.</summary>
    public const string ById = $"""
        -- digests.reader_by_id
        select {Fields},
               coalesce(planned.digest_on, s.next_due_on, (@now at time zone 'UTC')::date) as digest_on, @now as due_at,
               coalesce(planned.is_asked_for, false) as is_asked_for
        from subscribers s
        left join lists l on l.id = s.list_id
        left join lateral (
            select d.digest_on, d.reasons <> '[]'::jsonb as is_asked_for
            from digests d
            where d.bucket = s.bucket
              and d.subscriber_id = s.id
              and d.outcome = 'planned'
            order by d.digest_on desc
            limit 1) planned on true
        where s.bucket = @id & 63
          and s.id = @id
        """;

    private const string Topics = """
        -- digests.reader_topics
        select p.subscriber_id, p.query_id, coalesce(t.name, p.name, p.text) as name, t.id is not null as is_of_catalogue, p.text, p.weight, p.muted
        from unnest(@ids) as r (id)
        join preferences p on p.bucket = coalesce(@onlyBucket::bigint, r.id & 63) and p.subscriber_id = r.id
        left join topics t on t.id = p.topic_id
        order by p.subscriber_id, p.query_id
        """;

    // A paper is in no digest from before it was listed. What digests had that are kept no more stands by itself, and is
    // asked for only where it is about a paper that may be news again. Older papers that tell the same as one of the pool's
    // are few, and looked for by themselves.
    private const string Had = """
        -- digests.reader_had
        with archived as materialized (
            select coalesce(array_agg(p), '{}') as papers
            from unnest(@paperIds) as p
            where exists (
                select
                from earlier_papers e
                where e.paper_id = p
                  and (@onlyBucket::bigint is null or e.bucket = @onlyBucket))
        )
        select r.id as subscriber_id,
               (select max(d.digest_on)
                from digests d
                where d.bucket = coalesce(@onlyBucket::bigint, r.id & 63)
                  and d.subscriber_id = r.id
                  and d.outcome = 'queued') as previous_digest_on,
               exists (
                   select
                   from earlier_papers e
                   where e.bucket = coalesce(@onlyBucket::bigint, r.id & 63)
                     and e.subscriber_id = r.id) as had_earlier,
               array(
                   select coalesce(m.paper_id, e.paper_id)
                   from digests d
                   cross join lateral unnest(d.papers) as e (paper_id)
                   left join merged_papers m on m.merged_id = e.paper_id
                   where d.bucket = coalesce(@onlyBucket::bigint, r.id & 63)
                     and d.subscriber_id = r.id
                     and d.digest_on >= @hadSince
                     and d.outcome = 'queued')
               || case when cardinality(@tellings::bigint[]) > 0 then array(
                   select coalesce(m.paper_id, e.paper_id)
                   from digests d
                   cross join lateral unnest(d.papers) as e (paper_id)
                   left join merged_papers m on m.merged_id = e.paper_id
                   where d.bucket = coalesce(@onlyBucket::bigint, r.id & 63)
                     and d.subscriber_id = r.id
                     and d.digest_on >= @toldSince
                     and d.digest_on < @hadSince
                     and d.outcome = 'queued'
                     and d.papers && @tellings::bigint[]) else '{}' end
               || array(
                   select e.paper_id
                   from earlier_papers e
                   where e.bucket = coalesce(@onlyBucket::bigint, r.id & 63)
                     and e.subscriber_id = r.id
                     and e.paper_id = any((select papers from archived)::bigint[])) as papers
        from unnest(@ids) as r (id)
        """;

    // Asked for the few alone whose last digest is long ago.
    private const string QuietDays = """
        -- digests.reader_quiet_days
        select d.subscriber_id, d.digest_on
        from unnest(@ids, @previous) as r (id, previous)
        join digests d on d.bucket = coalesce(@onlyBucket::bigint, r.id & 63) and d.subscriber_id = r.id
        where d.digest_on > r.previous
          and d.outcome = 'empty'
        order by d.subscriber_id, d.digest_on
        """;

    private const string Judged = """
        -- digests.reader_judged
        select distinct f.subscriber_id, f.paper_id
        from unnest(@ids) as r (id)
        join feedback f on f.bucket = coalesce(@onlyBucket::bigint, r.id & 63) and f.subscriber_id = r.id
        where f.paper_id = any(@paperIds)
          and f.kind in ('like', 'less')
        """;

    // Where it is evening, tomorrow's listing is there already.
    private const int DaysAhead = 2;

    /// <summary>Adds each reader's topics, and what they have had and judged of the candidate pool's papers.</summary>
    public static async Task<IReadOnlyList<DueSubscriber>> CompleteAsync(
        NpgsqlConnection connection, IReadOnlyList<DueSubscriber> subscribers, CandidatePool pool, CancellationToken ct)
    {
        if (subscribers.Count == 0)
            return subscribers;
        var parameters = new
        {
            ids = subscribers.Select(subscriber => subscriber.Id).ToArray(),
            onlyBucket = Buckets.OfAll(subscribers.Select(subscriber => subscriber.Id)),
            paperIds = pool.Papers.Keys.Concat(pool.EarlierTellings.Papers).ToArray(),
            hadSince = pool.FirstListedOn.PlusDays(-DaysAhead),
            tellings = pool.EarlierTellings.Numbers,
            toldSince = pool.EarlierTellings.FirstListedOn.PlusDays(-DaysAhead),
        };
        // What a list wants is loaded once, and what each of its readers has had for each.
        var holders = subscribers.Select(subscriber => subscriber.WishesOf).Distinct().ToArray();
        var wishes = new { ids = holders, onlyBucket = Buckets.OfAll(holders), parameters.paperIds };
        var topics = await connection.QueryAsync<TopicRow>(Topics, wishes, ct);
        await pool.LoadMatchesAsync(connection, topics.Select(topic => topic.QueryId), ct);
        var chosen = topics.ToLookup(
            row => row.SubscriberId, row => row);
        var followed = topics.Where(row => !row.Muted && row.Author is not null).ToLookup(row => row.SubscriberId);
        var had = (await connection.QueryAsync<HadRow>(Had, parameters, ct)).ToDictionary(row => row.SubscriberId);
        var quietDays = await QuietDaysAsync(connection, subscribers, had, ct);
        var judged = (await connection.QueryAsync<PaperRow>(Judged, wishes, ct)).ToLookup(r => r.SubscriberId, r => r.PaperId);
        var taste = await pool.LoadTasteAsync(wishes.ids, ct);
        return subscribers
            .Select(subscriber => subscriber with
            {
                Topics = chosen[subscriber.WishesOf].Select(row => row.ToChosen(subscriber.Language)).ToList(),
                PreviousDigestOn = had[subscriber.Id].PreviousDigestOn,
                IsFirst = had[subscriber.Id] is { PreviousDigestOn: null, HadEarlier: false },
                QuietDays = [.. quietDays[subscriber.Id]],
                Seen = had[subscriber.Id].Papers.Where(paper => pool.Papers.ContainsKey(paper) || pool.EarlierTellings.Papers.Contains(paper)).ToArray(),
                Judged = judged[subscriber.WishesOf].ToArray(),
                Taste = taste.GetValueOrDefault(subscriber.WishesOf),
                FollowedAuthors = followed[subscriber.WishesOf].ToDictionary(row => row.QueryId, row => row.Author!),
            })
            .ToList();
    }

    private static async Task<ILookup<long, LocalDate>> QuietDaysAsync(
        NpgsqlConnection connection, IReadOnlyList<DueSubscriber> subscribers, Dictionary<long, HadRow> had, CancellationToken ct)
    {
        var unheard = subscribers.Where(subscriber => had[subscriber.Id].PreviousDigestOn?.PlusDays(subscriber.ShortestBreak) < subscriber.DigestOn).Select(subscriber => had[subscriber.Id]).ToList();
        var rows = unheard.Count == 0 ? [] : await connection.QueryAsync<QuietDayRow>(
            QuietDays,
            new
            {
                ids = unheard.Select(row => row.SubscriberId).ToArray(),
                previous = unheard.Select(row => row.PreviousDigestOn!.Value.ToDateOnly()).ToArray(), // only those who have one are among them
                onlyBucket = Buckets.OfAll(unheard.Select(row => row.SubscriberId)),
            },
            ct);
        return rows.ToLookup(row => row.SubscriberId, row => row.DigestOn);
    }

    private sealed record TopicRow
    {
        public required long SubscriberId { get; init; }
        public required long QueryId { get; init; }
        public required string Name { get; init; }
        public string? Text { get; init; }
        public required float Weight { get; init; }
        public required bool Muted { get; init; }
        public required bool IsOfCatalogue { get; init; }

        /// <summary>The topic by its name in the reader's language; what readers name themselves is theirs.</summary>
        public ChosenTopic ToChosen(string language) =>
            new(QueryId, IsOfCatalogue ? CatalogueNames.In(Name, language) : Name == Text ? OwnQueryName.In(Text, language) : Name, Weight, Muted);

        public string? Author => Text is not null && TopicQuery.TryParse(Text, out var query, out _) ? query.SoleAuthor : null;
    }

    private sealed record HadRow
    {
        public required long SubscriberId { get; init; }
        public LocalDate? PreviousDigestOn { get; init; }
        public required bool HadEarlier { get; init; }
        public required long[] Papers { get; init; }
    }

    private sealed record QuietDayRow
    {
        public required long SubscriberId { get; init; }
        public required LocalDate DigestOn { get; init; }
    }

    private sealed record PaperRow
    {
        public required long SubscriberId { get; init; }
        public required long PaperId { get; init; }
    }
}
