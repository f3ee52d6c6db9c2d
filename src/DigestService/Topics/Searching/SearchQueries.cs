namespace DigestService.Topics.Searching;

/// <summary>SQL that finds what a search may answer with, anywhere in the catalogue.</summary>
internal static class SearchQueries
{
    /// <summary>Papers by the names their works go by, and by whole titles; place says by which: 0 is an identifier.</summary>
    public const string ByKeys = """
        -- search.by_keys
        select paper_id, p.title, min(known.place)::integer as place
        from (
            select paper_id, 0 as place
            from paper_keys
            where key = any(@keys)
            union all
            select found.paper_id, told.place
            from unnest(@titles) with ordinality as told (title, place)
            cross join lateral (
                select paper_id
                from paper_keys
                where key >= told.title || '|' collate "C"
                  and key < told.title || '}' collate "C") as found
        ) as known
        join papers p on p.id = known.paper_id
        where p.first_listed_on <= @today
        group by paper_id, p.title, p.first_listed_on
        order by min(known.place), p.first_listed_on desc, paper_id desc
        limit 20
        """;

    // The matches are found before they are put in order: the planner would else read the papers by date.
    private const string Found = """
        with found as materialized (
            select paper_id as id, first_listed_on
            from paper_words
        """;

    private const string Newest = """
              and first_listed_on < @before)
        select p.id, p.text_version, p.first_listed_on
        from (select id from found order by first_listed_on desc, id desc limit @limit) as newest
        join papers p using (id)
        """;

    /// <summary>Older papers that hold the words in their titles, the newest first.</summary>
    public const string ByTitleWords = $"""
        -- search.by_title_words
        {Found}
            where title @@ to_tsquery('english', @words)
        {Newest}
        """;

    /// <summary>Older papers that hold the words, the newest first.</summary>
    public const string ByWords = $"""
        -- search.by_words
        {Found}
            where words @@ to_tsquery('english', @words)
        {Newest}
        """;

    /// <summary>Older papers that have the authors and hold the words, but for stop words, the newest first.</summary>
    public const string ByWordsAndAuthors = $"""
        -- search.by_words_and_authors
        {Found}
            where authors @@ to_tsquery('simple', @authors)
              and (numnode(to_tsquery('english', @words)) = 0 or words @@ to_tsquery('english', @words))
        {Newest}
        """;

    /// <summary>Older papers that have the authors, the newest first.</summary>
    public const string ByAuthors = $"""
        -- search.by_authors
        {Found}
            where authors @@ to_tsquery('simple', @authors)
        {Newest}
        """;

    /// <summary>Papers of whom all these words may be one author's name, the newest first.</summary>
    public const string ByAuthorWords = """
        -- search.by_author_words
        with found as materialized (
            select paper_id as id, first_listed_on
            from paper_words
            where authors @@ to_tsquery('simple', @words)
              and first_listed_on <= @today)
        select p.id, p.authors
        from (select id, first_listed_on from found order by first_listed_on desc, id desc limit @limit) as newest
        join papers p using (id)
        order by newest.first_listed_on desc, p.id desc
        """;

    /// <summary>One process at a time makes words, so that the words of a paper are never those of its former text.</summary>
    public const string LockIndexing = """
        -- search.lock_indexing
        select pg_advisory_xact_lock(hashtext('search.indexing'))
        """;

    public const string IsIndexingDue = """
        -- search.is_indexing_due
        select exists (select from unindexed_papers)
        """;

    /// <summary>Takes papers that wait for their words, the longest waiting first. One may wait more than once.</summary>
    public const string TakeDue = """
        -- search.take_due
        delete from unindexed_papers
        where id in (select id from unindexed_papers order by id limit @limit)
        returning paper_id
        """;

    /// <summary>Makes the words of papers. A text's beginning will do: PostgreSQL refuses to hold the words of a megabyte.</summary>
    public const string Index = """
        -- search.index
        insert into paper_words (paper_id, first_listed_on, title, words, authors)
        select p.id, p.first_listed_on, strip(made.in_title),
            strip(made.in_title || abstract_words(p.abstract)), strip(author_words(p.authors))
        from papers p
        cross join lateral (select title_words(p.title) as in_title) as made
        where p.id = any(@papers)
        on conflict (paper_id) do update
        set first_listed_on = excluded.first_listed_on, title = excluded.title, words = excluded.words, authors = excluded.authors
        """;
}
