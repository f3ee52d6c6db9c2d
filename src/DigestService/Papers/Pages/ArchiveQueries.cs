namespace DigestService.Papers.Pages;

/// <summary>The statements of the public archive.</summary>
internal static class ArchiveQueries
{
    private const string Columns = """
        p.id, p.title, p.abstract, p.authors, p.categories, p.arxiv_id, p.doi, p.organization, p.url, p.pdf_url,
               p.code_url, p.project_url, p.comment, p.in_short, p.keywords, p.upvotes, p.first_listed_on, p.published_at, p.withdrawn_at
        """;

    /// <summary>The latest day with a listing, not later than today.</summary>
    public const string LatestDay = """
        -- archive.latest_day
        select greatest(
            (select max(listed_on) from listings l where listed_on <= @today
                and exists (select 1 from listing_entries e where e.listing_id = l.id)),
            (select max(first_listed_on) from papers where first_listed_on <= @today)) as day
        """;

    /// <summary>Days and their papers in a window of time, latest first.</summary>
    public const string Days = """
        -- archive.days
        select day, count(*)::int as papers
        from (
            select first_listed_on as day, id
            from papers
            where first_listed_on between @from and @until
            union
            select l.listed_on, e.paper_id
            from listings l
            join listing_entries e on e.listing_id = l.id
            where l.listed_on between @from and @until) listed
        group by day
        order by day desc
        """;

    /// <summary>What was listed on a day, what readers liked most first, then in the listing's order, what has no place there last; after a place.</summary>
    public const string OfDay = $"""
        -- archive.of_day
        with listed as (
            select paper_id, min(position) as position
            from (
                select e.paper_id, coalesce(e.position, 1000001) as position
                from listings l
                join listing_entries e on e.listing_id = l.id
                where l.listed_on = @day
                union all
                select id, 1000000
                from papers
                where first_listed_on = @day) entries
            group by paper_id
        )
        select {Columns}, listed.position
        from listed
        join papers p on p.id = listed.paper_id
        where p.upvotes < @upvotes
           or (p.upvotes = @upvotes and (listed.position, p.id) > (@position, @paper))
        order by p.upvotes desc, listed.position, p.id
        limit @limit
        offset @offset
        """;

    /// <summary>The listing days on both sides of a day.</summary>
    public const string Neighbours = """
        -- archive.neighbours
        select greatest(
                   (select max(first_listed_on) from papers where first_listed_on < @day),
                   (select max(listed_on) from listings l where listed_on < @day
                       and exists (select 1 from listing_entries e where e.listing_id = l.id))) as earlier,
               least(
                   (select min(first_listed_on) from papers where first_listed_on > @day and first_listed_on <= @today),
                   (select min(listed_on) from listings l where listed_on > @day and listed_on <= @today
                       and exists (select 1 from listing_entries e where e.listing_id = l.id))) as later
        """;

    /// <summary>One paper, by its number or that of a row that was merged into it.</summary>
    public const string Paper = $"""
        -- archive.paper
        select {Columns}
        from papers p
        where p.id = coalesce((select m.paper_id from merged_papers m where m.merged_id = @id), @id)
        """;

    /// <summary>The row of an arXiv id.</summary>
    public const string ByArxivId = """
        -- archive.by_arxiv_id
        select id
        from papers
        where arxiv_id = @arxivId
        """;

    /// <summary>The topics of the catalogue that a paper matches, the closest first.</summary>
    public const string TopicsOfPaper = """
        -- archive.topics_of_paper
        select t.slug, t.name
        from topic_matches m
        join topics t on t.query_id = m.query_id
        where m.paper_id = @id
          and not m.is_near
        order by m.relevance desc, t.id
        """;

    /// <summary>The papers closest to one in meaning, each with its closest sentence while its abstract has it.</summary>
    public const string SimilarTo = """
        -- archive.similar_to
        select p.id, p.title, p.first_listed_on as listed_on, s.closeness,
               case when strpos(p.abstract, s.sentence) > 0 then nullif(s.sentence, '') end as sentence
        from similar_papers s
        join papers p on p.id = s.similar_id
        where s.paper_id = @id
          and p.first_listed_on <= @today
          and p.withdrawn_at is null
        order by s.closeness desc, p.id
        limit @limit
        """;

    /// <summary>The papers of a topic, latest first, after a place.</summary>
    public const string OfQuery = $"""
        -- archive.of_query
        select {Columns}
        from topic_matches m
        join papers p on p.id = m.paper_id
        where m.query_id = @queryId
          and not m.is_near
          and p.first_listed_on <= @day
          and (p.first_listed_on < @day or p.upvotes < @upvotes or (p.upvotes = @upvotes and p.id > @paper))
        order by p.first_listed_on desc, p.upvotes desc, p.id
        limit @limit
        offset @offset
        """;

    /// <summary>The papers of a category, latest first.</summary>
    public const string OfCategory = $"""
        -- archive.of_category
        select {Columns}
        from papers p
        where p.categories @> array[@category]
          and p.first_listed_on <= @today
        order by p.first_listed_on desc, p.upvotes desc, p.id
        limit @limit
        offset @offset
        """;

    /// <summary>A paper's upvotes at the end of each day on which they changed, the latest days.</summary>
    public const string VotesOfPaper = """
        -- archive.votes_of_paper
        select (observed_at at time zone 'UTC')::date as day, max(upvotes) as upvotes
        from votes
        where paper_id = @id
        group by 1
        order by 1 desc
        limit 30
        """;

    /// <summary>The latest papers and their days, for search engines.</summary>
    public const string Sitemap = """
        -- archive.sitemap
        select id, first_listed_on as day
        from papers
        where first_listed_on <= @today
        order by first_listed_on desc, id desc
        limit @limit
        """;

    /// <summary>Papers by row, in the order given.</summary>
    public const string ByIds = $"""
        -- archive.by_ids
        select {Columns}
        from unnest(@ids) with ordinality as wanted (id, place)
        join papers p on p.id = wanted.id
        order by wanted.place
        """;

    /// <summary>The latest papers, day by day, the best of each day first, after a place.</summary>
    public const string Latest = $"""
        -- archive.latest
        select {Columns}
        from papers p
        where p.first_listed_on <= @day
          and (p.first_listed_on < @day or p.upvotes < @upvotes or (p.upvotes = @upvotes and p.id > @paper))
        order by p.first_listed_on desc, p.upvotes desc, p.id
        limit @limit
        offset @offset
        """;
}
