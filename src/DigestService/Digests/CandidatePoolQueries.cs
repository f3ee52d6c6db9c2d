namespace DigestService.Digests;

/// <summary>The statements that fill the candidate pool.</summary>
internal static class CandidatePoolQueries
{
    /// <summary>
    /// What mails show of the given papers, with upvotes as they were known at that moment, and how many were gained since yesterday:
    /// nothing where they were last counted long before, as after an outage.
    /// </summary>
    public const string Papers = """
        -- pools.papers
        select p.id, p.title, p.abstract, p.authors, p.arxiv_id, p.url, p.pdf_url, p.code_url, p.project_url, p.in_short,
               coalesce(seen.upvotes, p.upvotes) as upvotes,
               seen.upvotes - earlier.upvotes as upvotes_gained,
               p.first_listed_on
        from papers p
        left join lateral (
            select v.upvotes
            from votes v
            where v.paper_id = p.id
              and v.observed_at <= @now
            order by v.observed_at desc
            limit 1
        ) seen on true
        left join lateral (
            select v.upvotes
            from votes v
            where v.paper_id = p.id
              and v.observed_at <= @now - interval '20 hours'
              and coalesce(v.seen_until, v.observed_at) >= @now - interval '48 hours'
            order by v.observed_at desc
            limit 1
        ) earlier on true
        where p.id = any(@ids)
        """;

    /// <summary>Those of the given papers that were listed since a day, when, and by which ids digests may have them.</summary>
    public const string Tellings = """
        -- pools.tellings
        select p.id, p.first_listed_on,
               p.id || array(select m.merged_id from merged_papers m where m.paper_id = p.id) as numbers
        from papers p
        where p.id = any(@ids)
          and p.first_listed_on >= @toldSince
        """;

    /// <summary>Matches of the given queries among the given papers.</summary>
    public const string Matches = """
        -- pools.matches
        select query_id, paper_id, relevance, terms, is_near, closeness
        from topic_matches
        where query_id = any(@queryIds)
          and paper_id = any(@paperIds)
        order by query_id, relevance desc, paper_id
        """;

    public const string NewestUnmatched = """
        -- pools.newest_unmatched
        select coalesce(max(id), 0)
        from queries
        where matched_at is null
        """;

    /// <summary>Forgets changes that every pool has long since seen.</summary>
    public const string ForgetChanges = """
        -- pools.forget_changes
        delete from candidate_changes
        where changed_at < now() - interval '1 day'
        """;
}
