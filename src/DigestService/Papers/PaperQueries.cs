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

    public const string FindKeys = """
        -- paper_keys.find
        select key as Key, paper_id as PaperId
        from paper_keys
        where key = any(@keys)
        union
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
        select nextval(ids)
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

    public const string HolderOfKey = """
        -- paper_keys.holder
        select distinct paper_id from paper_keys where key = any(@keys)
        """;

    public const string CreateListings = """
        -- listings.create
        with told as (
            select source, listed_on
            from unnest(@sources, @days) as told (source, listed_on)
        ), created as (
            insert into listings (source, listed_on, imported_at)
            select source, listed_on, @now
            from told
            on conflict (source, listed_on) do nothing
            returning id, source, listed_on
        )
        select id as Id, source as Source, listed_on as ListedOn
        from created
        union all
        select listings.id, listings.source, listings.listed_on
        from listings
        join told using (source, listed_on)
        """;

    // A place in a listing is the one seen last; seeing the same again changes nothing.
    public const string UpsertEntries = """
        -- listing_entries.upsert
        insert into listing_entries (listing_id, paper_id, position, upvotes, observed_at)
        select listing_id, paper_id, position, upvotes, observed_at
        from unnest(@listings, @papers, @positions, @upvotes, @observed)
            as told (listing_id, paper_id, position, upvotes, observed_at)
        on conflict (listing_id, paper_id) do update
        set position = excluded.position,
            upvotes = coalesce(excluded.upvotes, listing_entries.upvotes),
            observed_at = excluded.observed_at
        where excluded.observed_at > listing_entries.observed_at
            and (excluded.position, excluded.upvotes) is distinct from (listing_entries.position, listing_entries.upvotes)
        """;

    // An observation that says what the one before it said makes that one last longer: trending reads changes. One that
    // falls into a lasting one splits it, so that the order in which files come changes nothing.
    public const string InsertVotes = """
        -- votes.observe
        with placed as (
            select told.paper_id, told.observed_at, told.seen_until, told.upvotes,
                latest.observed_at as latest_at, latest.upvotes as latest_upvotes, latest.until as latest_until
            from unnest(@papers, @observed, @until, @upvotes) as told (paper_id, observed_at, seen_until, upvotes)
            left join lateral (
                select observed_at, upvotes, coalesce(seen_until, observed_at) as until
                from votes
                where votes.paper_id = told.paper_id and votes.observed_at <= told.observed_at
                order by votes.observed_at desc
                limit 1
            ) as latest on true
        ), lasting as (
            update votes
            set seen_until = placed.seen_until
            from placed
            where votes.paper_id = placed.paper_id
                and votes.observed_at = placed.latest_at
                and placed.latest_upvotes = placed.upvotes
                and placed.latest_until < placed.seen_until
                and not exists (
                    select 1
                    from votes as later
                    where later.paper_id = placed.paper_id
                        and later.observed_at > placed.latest_at
                        and later.observed_at <= placed.seen_until)
        ), split as (
            update votes
            set seen_until = null
            from placed
            where votes.paper_id = placed.paper_id
                and votes.observed_at = placed.latest_at
                and placed.latest_at < placed.observed_at
                and placed.latest_until > placed.observed_at
                and placed.latest_upvotes <> placed.upvotes
        )
        insert into votes (paper_id, observed_at, upvotes, seen_until)
        select distinct on (paper_id, observed_at) paper_id, observed_at, upvotes, seen_until
        from (
            select paper_id, observed_at, upvotes, nullif(seen_until, observed_at) as seen_until
            from placed
            where upvotes is distinct from latest_upvotes
            union all
            select paper_id, latest_until, latest_upvotes, null
            from placed
            where latest_upvotes <> upvotes and latest_at < observed_at and latest_until > seen_until
        ) as readings
        order by paper_id, observed_at, upvotes desc
        on conflict (paper_id, observed_at) do update
        set upvotes = greatest(votes.upvotes, excluded.upvotes)
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

        insert into listing_entries (listing_id, paper_id, position, upvotes, observed_at)
        select distinct on (listing_id, winner) listing_id, winner, position, upvotes, observed_at
        from listing_entries join merged on paper_id = loser
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
