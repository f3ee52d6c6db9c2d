namespace DigestService.Subscribers;

/// <summary>The statements on what readers want and what they thought of papers.</summary>
internal static class PreferenceQueries
{
    // A list's topics and verdicts are held with the reader who leads it.
    private const string Holder = "coalesce((select l.leader_id from subscribers m join lists l on l.id = m.list_id where m.bucket = @id & 63 and m.id = @id), @id)";

    private const string IsHolders = $"""
        bucket = {Holder} & 63
          and subscriber_id = {Holder}
        """;

    /// <summary>With whom the topics and verdicts of some readers are held: with the reader who leads their list, or with themselves.</summary>
    public const string Holders = """
        -- preferences.holders
        select s.id, coalesce(l.leader_id, s.id) as holder
        from unnest(@ids) as r (id)
        join subscribers s on s.bucket = coalesce(@onlyBucket::bigint, r.id & 63) and s.id = r.id
        left join lists l on l.id = s.list_id
        """;

    /// <summary>
    /// A reader who is of no list, and stays of none until the transaction ends; no row where they are of one, or gone. What ends a
    /// subscription without locking the row first, such as a bounce, waits as well.
    /// </summary>
    public const string HoldAlone = """
        -- preferences.hold_alone
        select id
        from subscribers
        where bucket = @id & 63
          and id = @id
          and list_id is null
        for no key update
        """;

    /// <summary>A reader of a list or none, held where they are likewise.</summary>
    public const string Hold = """
        -- preferences.hold
        select id
        from subscribers
        where bucket = @id & 63
          and id = @id
        for no key update
        """;

    /// <summary>
    /// Makes the lists of some readers that are named for them exactly these; the readers for whom that changed anything.
    /// </summary>
    public const string Replace = """
        -- preferences.replace
        with wanted as (
            select w.subscriber_id, q.id as query_id, w.topic_id, w.text, w.name, w.weight, w.muted
            from unnest(@subscriberIds, @canonicals, @topicIds, @texts, @names, @weights, @muted)
                as w (subscriber_id, canonical, topic_id, text, name, weight, muted)
            join queries q on q.canonical = w.canonical
        ),
        lists as (
            select l.subscriber_id, l.topics, l.muted_topics, l.queries,
                   coalesce(array_agg(w.query_id) filter (where w.query_id is not null), '{}') as wanted
            from unnest(@readers, @replacesTopics, @replacesMuted, @replacesQueries) as l (subscriber_id, topics, muted_topics, queries)
            left join wanted w on w.subscriber_id = l.subscriber_id
            group by l.subscriber_id, l.topics, l.muted_topics, l.queries
        ),
        gone as (
            delete from preferences p
            using lists l
            where p.bucket = coalesce(@onlyBucket::bigint, l.subscriber_id & 63)
              and p.subscriber_id = l.subscriber_id
              and case when p.topic_id is null then l.queries when p.muted then l.muted_topics else l.topics end
              and p.query_id <> all (l.wanted)
            returning p.subscriber_id
        ),
        kept as (
            insert into preferences as p (bucket, subscriber_id, query_id, topic_id, text, name, weight, muted)
            select w.subscriber_id & 63, w.subscriber_id, w.query_id, w.topic_id, w.text,
                   nullif(coalesce(w.name, held.name), ''), w.weight, w.muted
            from wanted w
            left join preferences held
              on held.bucket = coalesce(@onlyBucket::bigint, w.subscriber_id & 63)
             and held.subscriber_id = w.subscriber_id
             and held.query_id = w.query_id
            order by w.subscriber_id, w.query_id
            on conflict (bucket, subscriber_id, query_id) do update
            set topic_id = excluded.topic_id,
                text = excluded.text,
                name = excluded.name,
                weight = excluded.weight,
                muted = excluded.muted
            where (p.topic_id, p.text, p.name, p.weight, p.muted)
                is distinct from (excluded.topic_id, excluded.text, excluded.name, excluded.weight, excluded.muted)
            returning p.subscriber_id
        )
        select subscriber_id
        from gone
        union
        select subscriber_id
        from kept
        """;

    /// <summary>A reader's wishes.</summary>
    public const string OfReader = $"""
        -- preferences.of_reader
        select q.canonical, p.topic_id, p.text, p.name, p.weight, p.muted
        from preferences p
        join queries q on q.id = p.query_id
        where p.{IsHolders}
        order by p.topic_id, p.query_id
        """;

    /// <summary>
    /// A reader's own queries that no paper of some days up to one matches, with the days, fewer where no older paper is known; those that
    /// were not matched yet are left out.
    /// </summary>
    public const string Silent = $"""
        -- preferences.silent
        select p.text, least(@days, greatest(1, @until - (select min(first_listed_on) from papers) + 1)) as days
        from preferences p
        join queries q on q.id = p.query_id
        where p.{IsHolders}
          and p.topic_id is null
          and not p.muted
          and q.matched_at is not null
          and not exists (
              select
              from topic_matches m
              join papers on papers.id = m.paper_id
              where m.query_id = q.id
                and not m.is_near
                and m.paper_id >= (select min(id + 0) from papers where first_listed_on > @until - @days) -- by the index of days, not of ids
                and papers.first_listed_on > @until - @days
          )
        """;

    /// <summary>
    /// What is held with some readers, for the confirmation mail: the catalogue's names, and no name for an own query, whose text
    /// a stranger may have typed.
    /// </summary>
    public const string NamesOf = """
        -- preferences.names_of
        select p.subscriber_id, t.name
        from unnest(@holders) as r (id)
        join preferences p on p.bucket = coalesce(@onlyBucket::bigint, r.id & 63) and p.subscriber_id = r.id
        left join topics t on t.id = p.topic_id
        where not p.muted
        order by p.subscriber_id, p.weight desc, t.id, p.query_id
        """;

    /// <summary>
    /// Records verdicts; a like takes back a "less", and the other way round. A reader or a paper that is gone by now records
    /// nothing.
    /// </summary>
    public const string GiveFeedback = """
        -- feedback.give
        with reader as materialized (
            select id
            from subscribers
            where bucket = @holder & 63
              and id = @holder
            for key share
        ),
        known as materialized (
            select id
            from papers
            where id = any(@papers)
            order by id
            for key share
        ),
        given as (
            select paper_id, kind, case kind when 'like' then 'less' when 'less' then 'like' end as opposite
            from unnest(@papers, @kinds) as g (paper_id, kind)
        ),
        taken_back as (
            delete from feedback f
            using given g
            where f.bucket = @holder & 63
              and f.subscriber_id = @holder
              and f.subscriber_id in (select id from reader)
              and f.paper_id = g.paper_id
              and f.kind = g.opposite
        )
        insert into feedback (bucket, subscriber_id, paper_id, kind, given_from, given_at)
        select reader.id & 63, reader.id, known.id, g.kind, @from, @now
        from reader
        cross join given g
        join known on known.id = g.paper_id
        on conflict (bucket, subscriber_id, paper_id, kind) do nothing
        """;

    /// <summary>What a reader thought of papers, latest first.</summary>
    public const string FeedbackOfReader = $"""
        -- feedback.of_reader
        select f.paper_id, p.title, f.kind
        from feedback f
        join papers p on p.id = f.paper_id
        where f.{IsHolders}
        order by f.given_at desc, f.paper_id
        limit @limit
        offset @offset
        """;

    /// <summary>What a reader saved, latest first.</summary>
    public const string SavedPapers = $"""
        -- feedback.saved_papers
        select paper_id
        from feedback
        where {IsHolders}
          and kind = 'save'
        order by given_at desc, paper_id
        limit @limit
        offset @offset
        """;

    /// <summary>The papers of a reader's latest digest that held a paper.</summary>
    public const string Companions = """
        -- feedback.companions
        select i.paper_id
        from digest_items i
        where i.bucket = @id & 63
          and i.subscriber_id = @id
          and i.digest_on = (
              select max(h.digest_on)
              from digest_items h
              where h.bucket = @id & 63
                and h.subscriber_id = @id
                and h.paper_id = @paperId)
        group by i.paper_id
        order by min(i.position)
        """;

    /// <summary>The day of the latest digest that was mailed to a reader.</summary>
    public const string LatestDigest = """
        -- feedback.latest_digest
        select max(digest_on) as day
        from digests
        where bucket = @id & 63
          and subscriber_id = @id
          and outcome in ('queued', 'undelivered')
          and composed_at is not null
        """;

    /// <summary>What a reader thought of some papers.</summary>
    public const string Given = $"""
        -- feedback.given
        select paper_id, kind
        from feedback
        where {IsHolders}
          and paper_id = any(@papers)
        """;

    /// <summary>What papers that a reader saved have come by since.</summary>
    public const string NewsOfSaved = $"""
        -- feedback.news_of_saved
        select p.id as paper_id,
               case when p.code_url is not null and p.code_added_at > f.given_at then p.code_added_at end as code_at,
               case when p.revised_at > f.given_at then p.revised_at end as revised_at
        from feedback f
        join papers p on p.id = f.paper_id
        where f.{IsHolders}
          and f.paper_id = any(@papers)
          and f.kind = 'save'
          and greatest(p.code_added_at, p.revised_at) > f.given_at
        """;

    /// <summary>Forgets one verdict, or all of them.</summary>
    public const string ForgetFeedback = """
        -- feedback.forget
        with hidden as (
            delete from hidden_feedback
            where bucket = @holder & 63
              and subscriber_id = @holder
              and (@paperId::bigint is null or paper_id = @paperId)
              and (@kind::text is null or kind = @kind)
        )
        delete from feedback
        where bucket = @holder & 63
          and subscriber_id = @holder
          and (@paperId::bigint is null or paper_id = @paperId)
          and (@kind::text is null or kind = @kind)
        """;
}
