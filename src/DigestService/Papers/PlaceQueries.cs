namespace DigestService.Papers;

/// <summary>The SQL of <see cref="PlaceWriter"/>.</summary>
internal static class PlaceQueries
{
    /// <summary>The listings that are there, held against removal: places refer to them without a foreign key.</summary>
    public const string HoldListings = """
        -- listings.hold
        select id as Id, source as Source, listed_on as ListedOn
        from listings
        join unnest(@sources, @days) as told (source, listed_on) using (source, listed_on)
        order by id
        for key share of listings
        """;

    public const string CreateListings = """
        -- listings.create
        insert into listings (source, listed_on, imported_at)
        select source, listed_on, @now
        from unnest(@sources, @days) as told (source, listed_on)
        on conflict (source, listed_on) do nothing
        returning id as Id, source as Source, listed_on as ListedOn
        """;

    /// <summary>The numbers of those places, from 1, that are unknown or say something else than is known.</summary>
    public const string DueEntries = """
        -- listing_entries.due
        select told.number::integer
        from unnest(@listings, @papers, @positions, @upvotes, @observed) with ordinality
            as told (listing_id, paper_id, position, upvotes, observed_at, number)
        left join listing_entries known on known.listing_id = told.listing_id and known.paper_id = told.paper_id
        where known.paper_id is null
            or (told.observed_at > known.observed_at and (told.position, told.upvotes) is distinct from (known.position, known.upvotes))
        """;

    /// <summary>Places of papers that are new, of which no other is known.</summary>
    public const string CopyEntries = "copy listing_entries (listing_id, paper_id, position, upvotes, observed_at) from stdin (format binary)";

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

    /// <summary>The numbers of those observations, from 1, that say something that is not known.</summary>
    public const string DueVotes = """
        -- votes.due
        select told.number::integer
        from unnest(@papers, @observed, @until, @upvotes) with ordinality as told (paper_id, observed_at, seen_until, upvotes, number)
        left join lateral (
            select upvotes, coalesce(seen_until, observed_at) as until
            from votes
            where votes.paper_id = told.paper_id and votes.observed_at <= told.observed_at
            order by votes.observed_at desc
            limit 1
        ) as latest on true
        where (latest.upvotes = told.upvotes and latest.until >= told.seen_until) is not true
        """;

    /// <summary>Votes of papers that are new, of which none are known.</summary>
    public const string CopyVotes = "copy votes (paper_id, observed_at, upvotes, seen_until) from stdin (format binary)";

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
}
