using DigestService.Subscribers;

namespace DigestService.Demo;

/// <summary>The statements by which the demo makes its recorded papers today's news.</summary>
internal static class DemoQueries
{
    private const string Movable = """
        id in (
                select entries.paper_id
                from listing_entries as entries
                join listings on listings.id = entries.listing_id
                where listings.source = @source)
            and not exists (
                select 1
                from listing_entries as entries
                join listings on listings.id = entries.listing_id
                where entries.paper_id = papers.id and listings.source <> @source)
        """;

    public const string NewestListing = """
        -- demo.newest_listing
        select listed_on
        from listings
        where source = @source
        order by listed_on desc
        limit 1
        """;

    /// <summary>
    /// Papers that a real source has listed too keep their real day. What keeps papers in memory, such as the preview of
    /// queries, reads again what was updated.
    /// </summary>
    public const string MovePapers = $"""
        -- demo.move_papers
        update papers
        set first_listed_on = first_listed_on + @days,
            updated_at = now()
        where {Movable}
        """;

    /// <summary>In two steps, because a paper has one count a moment; else a digest would tell of "66 upvotes within 1 hour".</summary>
    public const string LiftVotes = $"""
        -- demo.lift_votes
        update votes
        set observed_at = observed_at + interval '100000 days'
        where paper_id in (select id from papers where {Movable})
        """;

    public const string LowerVotes = """
        -- demo.lower_votes
        update votes
        set observed_at = observed_at - interval '100000 days' + make_interval(days => @days),
            seen_until = seen_until + make_interval(days => @days)
        where observed_at > now() + interval '50000 days'
        """;

    /// <summary>In two steps, because a day is unique within a source and the old days overlap the new ones.</summary>
    public const string LiftListings = """
        -- demo.lift_listings
        update listings
        set listed_on = listed_on + 100000
        where source = @source
        """;

    public const string LowerListings = """
        -- demo.lower_listings
        update listings
        set listed_on = listed_on - 100000 + @days
        where source = @source
        """;

    /// <summary>Today's digest is due now, unless the reader has had it.</summary>
    public const string MakeDue = $"""
        -- demo.make_due
        update subscribers
        set next_due_at = @now,
            next_due_on = @today
        where {SubscriberQueries.HasAddress}
            and state = 'active'
            and (last_digest_on is null or last_digest_on < @today)
        """;
}
