namespace DigestService.Digests;

/// <summary>The statements that fill the newsstand.</summary>
internal static class NewsstandQueries
{
    /// <summary>Papers of a span of days, with their best place on a ranked listing and the age of their votes.</summary>
    public const string Papers = """
        -- newsstand.papers
        select p.id, p.title, p.abstract, p.authors, p.categories, p.arxiv_id, p.doi, p.url, p.pdf_url, p.code_url,
               p.project_url, p.upvotes, p.first_listed_on, p.published_at, p.withdrawn_at,
               v.observed_at, l.source as listing_source, coalesce(l.position, 0) as position,
               coalesce(f.likes, 0) as likes
        from papers p
        left join lateral (
            select max(v.observed_at) as observed_at
            from votes v
            where v.paper_id = p.id
        ) v on true
        left join lateral (
            select l.source, e.position
            from listing_entries e
            join listings l on l.id = e.listing_id
            where e.paper_id = p.id
            order by e.position, l.id
            limit 1
        ) l on true
        left join lateral (
            select count(*)::int as likes
            from feedback f
            where f.paper_id = p.id
              and f.kind = 'like'
        ) f on true
        where p.first_listed_on between @from and @to
        """;

    /// <summary>Matches of the given queries among the given papers.</summary>
    public const string Matches = """
        -- newsstand.matches
        select query_id, paper_id, relevance, terms
        from topic_matches
        where query_id = any(@queryIds)
          and paper_id = any(@paperIds)
        order by query_id, relevance desc, paper_id
        """;
}
