namespace DigestService.Relevance;

/// <summary>SQL of the relevance side: it only ever reads.</summary>
internal static class RelevanceQueries
{
    /// <summary>The last change and the newest row: where both are as before, so are all papers.</summary>
    public const string Mark = """
        -- relevance.mark
        select (select max(updated_at) from papers) as updated_at, (select max(id) from papers) as id,
            (select max(hidden_at) from hidden_papers) as hidden_at
        """;

    public const string CountUpTo = """
        -- relevance.count_up_to
        select count(*)::int from (select from papers limit @limit) as some_papers
        """;

    public const string NewestVersions = """
        -- relevance.newest_versions
        select id, text_version, first_listed_on
        from papers
        order by first_listed_on desc, id desc
        limit @limit
        """;

    public const string PapersById = """
        -- relevance.papers_by_id
        select id, title, abstract, authors, categories, organization, text_version, first_listed_on
        from papers
        where id = any(@papers)
        """;

    /// <summary>
    /// What is known of the attention to papers listed in a window, as it was known then: observations and likes
    /// after that instant are not looked at. arXiv lists in order of submission, so its positions say nothing.
    /// A paper that arXiv announced earlier is news again on the first listing that counts its votes: its day, its peers
    /// and its exposure are that listing's.
    /// A vote is written down only when it has changed, so a day was last read when any of its papers last changed, and
    /// the others stood then where they had stood before.
    /// </summary>
    public const string CandidatePapers = """
        -- relevance.candidate_papers
        with listed as materialized (
            select distinct on (e.paper_id) e.paper_id, l.listed_on, l.source, e.position, e.upvotes
            from listings l
            join listing_entries e on e.listing_id = l.id
            where l.source not like 'arxiv%' and l.listed_on between @from and @today
            order by e.paper_id, e.upvotes is null, l.listed_on, e.position, l.source),
        counted as materialized (
            select listed.paper_id, listed.listed_on
            from listed
            where listed.upvotes is not null
              and not exists (
                select from listing_entries e
                join listings l on l.id = e.listing_id
                where e.paper_id = listed.paper_id and e.upvotes is not null
                  and l.source not like 'arxiv%' and l.listed_on < @from)),
        candidate as materialized (
            select p.id, coalesce(c.listed_on, p.first_listed_on) as day
            from papers p
            left join counted c on c.paper_id = p.id
            where p.first_listed_on between @from and @today
            union
            select paper_id, listed_on
            from counted),
        seen_at as materialized (
            select c.day, v.observed_at
            from candidate c
            join votes v on v.paper_id = c.id
            where v.observed_at <= @now),
        last_reading as (
            select day, max(observed_at) as read_at
            from seen_at
            group by day),
        reading as (
            select l.day, l.read_at, max(s.observed_at) as earlier_read_at
            from last_reading l
            left join seen_at s on s.day = l.day and s.observed_at <= l.read_at - interval '20 hours'
            group by l.day, l.read_at)
        select p.id, c.day as listed_on, p.withdrawn_at is not null as is_withdrawn,
            case when counted.paper_id is null then p.created_at else coalesce((
                select min(v.observed_at) from votes v
                where v.paper_id = p.id and v.observed_at >= (c.day - 1)::timestamp at time zone 'UTC'), p.created_at) end as known_since,
            coalesce(seen.upvotes, listed.upvotes, p.upvotes) as upvotes,
            case when seen.upvotes is not null then reading.read_at end as read_at,
            earlier.upvotes as earlier_upvotes, reading.earlier_read_at, listed.source, listed.listed_on as listing_on, coalesce(listed.position, 0) as position
        from candidate c
        join papers p on p.id = c.id
        left join counted on counted.paper_id = p.id
        left join listed on listed.paper_id = p.id
        left join reading on reading.day = c.day
        left join lateral (
            select v.upvotes from votes v
            where v.paper_id = p.id and v.observed_at <= @now
            order by v.observed_at desc limit 1) seen on true
        left join lateral (
            select v.upvotes from votes v
            where v.paper_id = p.id and v.observed_at <= reading.earlier_read_at
            order by v.observed_at desc limit 1) earlier on true
        """;

    /// <summary>
    /// How many readers liked or saved the given papers by then. What one reader alone likes is no talk: on a day without votes it would
    /// lead everybody's digest. Who leads a list and leaves, or goes on without it, has likes in common with it: what was given at one moment counts once.
    /// </summary>
    public const string Likes = """
        -- relevance.likes
        select paper_id, count(distinct first_given_at)::int as likes
        from (
            select paper_id, min(given_at) as first_given_at
            from feedback
            where paper_id = any(@papers)
              and kind in ('like', 'save')
              and given_at <= @now
            group by bucket, subscriber_id, paper_id) readers
        group by paper_id
        having count(distinct first_given_at) > 1
        """;

    /// <summary>Of the given papers, those that are as good as the same as another, which need not be among them.</summary>
    public const string SameResults = """
        -- relevance.same_results
        select paper_id, similar_id
        from similar_papers
        where paper_id = any(@papers)
          and closeness >= @least
        order by paper_id, closeness desc, similar_id
        """;

    /// <summary>
    /// The likes that others learn from: of the latest of all, those of the readers who like most among the given papers, a row a
    /// reader. However many readers there are, no more is read than that.
    /// </summary>
    public const string LikesOfActiveReaders = """
        -- relevance.likes_of_active_readers
        select subscriber_id, array_agg(distinct paper_id) as papers
        from (
            select subscriber_id, paper_id
            from feedback
            where kind in ('like', 'save') and given_at <= @now
            order by given_at desc
            limit @latest) latest
        where paper_id = any(@papers)
        group by subscriber_id
        having count(distinct paper_id) > 1
        order by count(distinct paper_id) desc, subscriber_id
        limit @readers
        """;

    /// <summary>What these readers said of papers, the oldest first; who said both last said "less".</summary>
    public const string OpinionsOfReaders = """
        -- relevance.opinions_of_readers
        select f.subscriber_id, f.paper_id, bool_or(f.kind = 'less') as is_less
        from unnest(@readers) as r (id)
        join feedback f on f.bucket = coalesce(@onlyBucket::bigint, r.id & 63) and f.subscriber_id = r.id
        where f.given_at <= @now
        group by f.subscriber_id, f.paper_id
        order by f.subscriber_id, min(f.given_at), f.paper_id
        """;

    /// <summary>The newest opinion and how many came with it: another answer means that likes were given since.</summary>
    public const string NewestOpinion = """
        -- relevance.newest_opinion
        select max(given_at) as given_at, count(*) as count
        from feedback
        where given_at = (select max(given_at) from feedback where given_at <= @now)
        """;
}
