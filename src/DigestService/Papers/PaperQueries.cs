namespace DigestService.Papers;

/// <summary>The catalogue's SQL: reading what a batch of drafts touches, and writing what it changed.</summary>
internal static class PaperQueries
{
    /// <summary>What sources say of a paper, in the order of <see cref="PaperColumns"/>.</summary>
    public const string Columns = """
        id, arxiv_id, doi, title, abstract, original_title, original_abstract, authors, categories, organization,
            url, pdf_url, code_url, project_url, model_url, comment, upvotes, upvotes_at, published_at, first_listed_on,
            withdrawn_at, sources, text_source, text_as_of, withdrawal_as_of, in_short, keywords,
            code_added_at, revised_at
        """;

    /// <summary>One import at a time decides what is one work; the others wait for its commit.</summary>
    public const string Lock = """
        -- papers.lock_catalogue
        select pg_advisory_xact_lock(7310020001)
        """;

    /// <summary>
    /// Forgets the names of papers that are gone. Their triggers do, unless somebody switched them off: a name that was left behind would be
    /// taken for ever. Where the catalogue is spread over several servers foreign keys leave none.
    /// </summary>
    public const string ForgetNames = """
        -- papers.forget_names
        delete from paper_keys k
        where k.paper_id = any(@gone)
          and not exists (select from papers p where p.id = k.paper_id)
        """;

    public const string FindKeys = """
        -- paper_keys.find
        select key, paper_id
        from paper_keys
        where key = any(@keys)
        union all
        select found.key, found.paper_id
        from unnest(@titles) as title
        cross join lateral (
            select key, paper_id
            from paper_keys
            where key >= title || '|' collate "C" and key < title || '}' collate "C"
        ) as found
        """;

    public const string ReadPapers = $"""
        -- papers.read_for_merge
        select {Columns},
            case when upvotes_at is not null then (
                select coalesce(seen_until, observed_at)
                from votes
                where votes.paper_id = papers.id
                order by observed_at desc
                limit 1) end as votes_seen_at
        from papers
        where id = any(@ids)
        """;

    public const string ReserveIds = """
        -- papers.reserve_ids
        select array_agg(nextval(ids))
        from (select pg_get_serial_sequence('papers', 'id')::regclass as ids) as of_papers
        cross join generate_series(1, @count)
        """;

    public const string CopyPapers = $"""
        copy papers ({Columns}, created_at, updated_at)
        from stdin (format binary)
        """;

    public const string CreateStaging = """
        -- papers.create_staging
        create temporary table if not exists staged_papers (like papers including compression) on commit delete rows
        """;

    public const string CopyStaged = $"""
        copy staged_papers ({Columns}, created_at, updated_at)
        from stdin (format binary)
        """;

    public const string UpdateFromStaged = """
        -- papers.update_from_staged
        update papers
        set arxiv_id = staged.arxiv_id,
            doi = staged.doi,
            title = staged.title,
            abstract = staged.abstract,
            original_title = staged.original_title,
            original_abstract = staged.original_abstract,
            authors = staged.authors,
            categories = staged.categories,
            organization = staged.organization,
            url = staged.url,
            pdf_url = staged.pdf_url,
            code_url = staged.code_url,
            project_url = staged.project_url,
            model_url = staged.model_url,
            comment = staged.comment,
            upvotes = staged.upvotes,
            upvotes_at = staged.upvotes_at,
            published_at = staged.published_at,
            first_listed_on = staged.first_listed_on,
            withdrawn_at = staged.withdrawn_at,
            sources = staged.sources,
            text_source = staged.text_source,
            text_as_of = staged.text_as_of,
            withdrawal_as_of = staged.withdrawal_as_of,
            in_short = staged.in_short,
            keywords = staged.keywords,
            code_added_at = staged.code_added_at,
            revised_at = staged.revised_at,
            updated_at = staged.updated_at
        from staged_papers as staged
        where papers.id = staged.id
        """;

    /// <summary>What is staged, for a catalogue that stands on several servers, of which the others know nothing of this table.</summary>
    public const string StagedAsJson = """
        -- papers.staged_as_json
        select coalesce(jsonb_agg(to_jsonb(s)), '[]')::text
        from staged_papers s
        """;

    /// <summary><see cref="UpdateFromStaged"/> there.</summary>
    public static readonly string UpdateFromJson = UpdateFromStaged
        .Replace("-- papers.update_from_staged", "-- papers.update_from_json", StringComparison.Ordinal)
        .Replace("from staged_papers as staged", "from jsonb_populate_recordset(null::papers, @rows::jsonb) as staged", StringComparison.Ordinal);

    public const string ClearStaged = """
        -- papers.clear_staged
        delete from staged_papers
        """;

    public const string CopyKeys = "copy paper_keys (key, paper_id) from stdin (format binary)";

    /// <summary>Those of the papers that are still there, held against removal: names and places refer to them without a foreign key.</summary>
    public const string Hold = """
        -- papers.hold
        select id
        from papers
        where id = any(@ids)
        order by id
        for key share
        """;

    public const string HolderOfKey = """
        -- paper_keys.holder
        select distinct paper_id from paper_keys where key = any(@keys)
        """;

    public const string CreateMerged = """
        -- papers.create_merged
        create temporary table if not exists merged (loser bigint not null, winner bigint not null) on commit delete rows
        """;

    /// <summary>
    /// Moves everything that names a merged row to the row that stays, then removes it. Every table with a
    /// <c>paper_id</c> is here; a test compares this list with the schema. The lists of digests keep the number they were
    /// sent with: whoever reads them follows <c>merged_papers</c>.
    /// </summary>
    public const string MoveMerged = """
        -- papers.move_merged
        insert into merged (loser, winner)
        select loser, winner
        from unnest(@losers, @winners) as told (loser, winner);

        select id from papers where id = any(@losers) order by id for update;

        update paper_keys set paper_id = winner from unnest(@losers, @winners) as moved (loser, winner) where paper_id = loser;

        with held as materialized (
            select id
            from listings
            where id = any (array(select listing_id from listing_entries join merged on paper_id = loser))
            order by id
            for key share
        )
        insert into listing_entries (listing_id, paper_id, position, upvotes, observed_at)
        select distinct on (listing_id, winner) listing_id, winner, position, upvotes, observed_at
        from listing_entries join merged on paper_id = loser join held on held.id = listing_id
        order by listing_id, winner, position
        on conflict (listing_id, paper_id) do nothing;

        insert into votes (paper_id, observed_at, upvotes, seen_until)
        select winner, observed_at, max(upvotes), max(seen_until)
        from votes join merged on paper_id = loser
        group by winner, observed_at
        on conflict (paper_id, observed_at) do update set upvotes = greatest(votes.upvotes, excluded.upvotes);

        with held as materialized (
            select id
            from queries
            where id = any (array(select query_id from topic_matches join merged on paper_id = loser))
            order by id
            for key share
        )
        insert into topic_matches (query_id, paper_id, relevance, terms, is_near, closeness)
        select distinct on (query_id, winner) query_id, winner, relevance, terms, is_near, closeness
        from topic_matches join merged on paper_id = loser join held on held.id = query_id
        order by query_id, winner, is_near, relevance desc
        on conflict (query_id, paper_id) do nothing;

        delete from topic_matches using merged where paper_id = loser;

        insert into feedback (bucket, subscriber_id, paper_id, kind, given_from, given_at)
        select distinct on (bucket, subscriber_id, winner, kind) bucket, subscriber_id, winner, kind, given_from, given_at
        from feedback join merged on paper_id = loser
        order by bucket, subscriber_id, winner, kind, given_at
        on conflict (bucket, subscriber_id, paper_id, kind) do nothing;

        delete from feedback earlier
        using merged
        where earlier.paper_id = winner
          and earlier.kind in ('like', 'less')
          and exists (
              select
              from feedback later
              where later.bucket = earlier.bucket
                and later.subscriber_id = earlier.subscriber_id
                and later.paper_id = earlier.paper_id
                and later.kind in ('like', 'less')
                and (later.given_at, later.kind) > (earlier.given_at, earlier.kind));

        insert into earlier_papers (bucket, subscriber_id, paper_id)
        select distinct bucket, subscriber_id, winner
        from earlier_papers join merged on paper_id = loser
        on conflict (bucket, subscriber_id, paper_id) do nothing;

        delete from earlier_papers where paper_id = any(@losers);

        update merged_papers set paper_id = winner from unnest(@losers, @winners) as moved (loser, winner) where paper_id = loser;

        insert into merged_papers (merged_id, paper_id, merged_at)
        select loser, winner, @now
        from unnest(@losers, @winners) as moved (loser, winner);

        delete from paper_words using merged where paper_id = loser;

        delete from papers where id = any(@losers);

        delete from merged;
        """;
}
