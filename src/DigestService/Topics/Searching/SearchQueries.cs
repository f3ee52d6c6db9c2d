namespace DigestService.Topics.Searching;

/// <summary>SQL that finds what a search may answer with, anywhere in the catalogue.</summary>
internal static class SearchQueries
{
    private const string Columns = "p.id, p.title, p.abstract, p.authors, p.categories, p.organization, p.text_version, p.first_listed_on";

    /// <summary>Papers by the names their works go by, and by whole titles.</summary>
    public const string ByKeys = """
        -- search.by_keys
        select paper_id
        from (
            select paper_id, 0 as place
            from paper_keys
            where key = any(@keys)
            union all
            select found.paper_id, 1
            from paper_keys found
            where found.key >= @title || '|' collate "C"
              and found.key < @title || '}' collate "C"
        ) as known
        join papers p on p.id = known.paper_id
        where p.first_listed_on <= @today
        group by paper_id, p.first_listed_on
        order by min(known.place), p.first_listed_on desc, paper_id desc
        limit 20
        """;

    /// <summary>
    /// Older papers that hold the words, the newest first. The matches are found before they are put in order: the planner
    /// would else read the papers by date and take each text apart.
    /// </summary>
    public const string ByTitleWords = $"""
        -- search.by_title_words
        with found as materialized (
            select id, first_listed_on
            from papers
            where to_tsvector('english', title) @@ to_tsquery('english', @words)
              and first_listed_on < @before)
        select {Columns}
        from (select id from found order by first_listed_on desc, id desc limit @limit) as newest
        join papers p using (id)
        """;

    /// <inheritdoc cref="ByTitleWords"/>
    public const string ByWords = $"""
        -- search.by_words
        with found as materialized (
            select id, first_listed_on
            from papers
            where to_tsvector('english', title || ' ' || coalesce(abstract, '')) @@ to_tsquery('english', @words)
              and first_listed_on < @before)
        select {Columns}
        from (select id from found order by first_listed_on desc, id desc limit @limit) as newest
        join papers p using (id)
        """;

    /// <summary>Papers of whom all these words may be one author's name, the newest first.</summary>
    public const string ByAuthorWords = """
        -- search.by_author_words
        with found as materialized (
            select id, first_listed_on
            from papers
            where author_words(authors) @@ to_tsquery('simple', @words)
              and first_listed_on <= @today)
        select p.id, p.authors
        from (select id, first_listed_on from found order by first_listed_on desc, id desc limit @limit) as newest
        join papers p using (id)
        order by newest.first_listed_on desc, p.id desc
        """;
}
