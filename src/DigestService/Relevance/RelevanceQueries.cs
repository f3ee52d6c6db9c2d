namespace DigestService.Relevance;

/// <summary>SQL of the relevance side: it only ever reads.</summary>
internal static class RelevanceQueries
{
    public const string NewestVersions = """
        -- relevance.newest_versions
        select id, updated_at
        from papers
        order by first_listed_on desc, id desc
        limit @limit
        """;

    public const string PapersById = """
        -- relevance.papers_by_id
        select id, title, abstract, authors, categories, organization, updated_at, first_listed_on
        from papers
        where id = any(@papers)
        """;

    /// <summary>
    /// What is known of the attention to papers listed in a window, as it was known then: observations and likes
    /// after that instant are not looked at. arXiv lists in order of submission, so its positions say nothing.
    /// A vote is written down only when it has changed, so a day was last read when any of its papers last changed, and
    /// the others stood then where they had stood before.
    /// </summary>
    public const string CandidatePapers = """
        -- relevance.papers_in_play
        with seen_at as (
            select p.first_listed_on as day, v.observed_at
            from papers p join votes v on v.paper_id = p.id
            where p.first_listed_on between @from and @today and v.observed_at <= @now),
        last_reading as (
            select day, max(observed_at) as read_at
            from seen_at
            group by day),
        reading as (
            select l.day, l.read_at, max(s.observed_at) as earlier_read_at
            from last_reading l
            left join seen_at s on s.day = l.day and s.observed_at <= l.read_at - interval '20 hours'
            group by l.day, l.read_at)
        select p.id, p.first_listed_on, p.withdrawn_at is not null as is_withdrawn,
            coalesce(seen.upvotes, listed.upvotes, p.upvotes) as upvotes,
            case when seen.upvotes is not null then reading.read_at end as read_at,
            earlier.upvotes as earlier_upvotes, reading.earlier_read_at, listed.source, coalesce(listed.position, 0) as position,
            (select count(*) from feedback f
             where f.paper_id = p.id and f.kind in ('like', 'save') and f.given_at <= @now)::int as likes
        from papers p
        left join reading on reading.day = p.first_listed_on
        left join lateral (
            select v.upvotes from votes v
            where v.paper_id = p.id and v.observed_at <= @now
            order by v.observed_at desc limit 1) seen on true
        left join lateral (
            select v.upvotes from votes v
            where v.paper_id = p.id and v.observed_at <= reading.earlier_read_at
            order by v.observed_at desc limit 1) earlier on true
        left join lateral (
            select l.source, e.position, e.upvotes
            from listing_entries e join listings l on l.id = e.listing_id
            where e.paper_id = p.id and l.source not like 'arxiv%' and l.listed_on <= @today
            order by e.position, l.source limit 1) listed on true
        where p.first_listed_on between @from and @today
        """;

    /// <summary>The likes that others learn from: those of the readers who like most.</summary>
    public const string LikesOfActiveReaders = """
        -- relevance.likes_of_active_readers
        with active as (
            select subscriber_id
            from feedback
            where kind in ('like', 'save') and given_at <= @now
            group by subscriber_id
            having count(*) > 1
            order by count(*) desc, subscriber_id
            limit @readers)
        select distinct f.subscriber_id, f.paper_id
        from feedback f
        join active using (subscriber_id)
        where f.kind in ('like', 'save') and f.given_at <= @now
        order by f.subscriber_id, f.paper_id
        """;

    /// <summary>What these readers said of papers, the oldest first; who said both last said "less".</summary>
    public const string OpinionsOfReaders = """
        -- relevance.opinions_of_readers
        select subscriber_id, paper_id, bool_or(kind = 'less') as is_less
        from feedback
        where subscriber_id = any(@readers) and given_at <= @now
        group by subscriber_id, paper_id
        order by subscriber_id, min(given_at), paper_id
        """;

    public const string CountOpinions = """
        -- relevance.count_opinions
        select count(*) from feedback where given_at <= @now
        """;
}
