using DigestService.Platform;
using NodaTime;

namespace DigestService.Papers;

/// <summary>Which papers of the catalogue are asked for.</summary>
/// <param name="ListedOn">Only those that a listing of this day holds, or that were new on it.</param>
/// <param name="Topic">Only those that match the topic with this slug.</param>
/// <param name="Found">Only those that a search found, in its order.</param>
/// <param name="Limit">At most so many.</param>
internal sealed record CatalogueFilter(LocalDate? ListedOn, string? Topic, IReadOnlyList<long>? Found, int Limit);

/// <summary>A paper as lists show it.</summary>
internal sealed record CatalogueEntry
{
    /// <summary>The row.</summary>
    public required long Id { get; init; }

    /// <summary>arXiv id, where it has one.</summary>
    public string? ArxivId { get; init; }

    /// <summary>Title for people.</summary>
    public required string Title { get; init; }

    /// <summary>Its page.</summary>
    public string? Url { get; init; }

    /// <summary>Its first day in a listing, or the day asked for.</summary>
    public required LocalDate ListedOn { get; init; }

    /// <summary>Votes when last observed.</summary>
    public required int Upvotes { get; init; }

    /// <summary>Rank in the listing asked for, or its best.</summary>
    public int? Position { get; init; }

    /// <summary>Names in order.</summary>
    public string[] Authors { get; init; } = [];

    /// <summary>Abstract for people.</summary>
    public string? Abstract { get; init; }

    /// <summary>Subject codes.</summary>
    public string[] Categories { get; init; } = [];

    /// <summary>Code, where known.</summary>
    public string? CodeUrl { get; init; }

    /// <summary>Sources that named it.</summary>
    public string[] Sources { get; init; } = [];

    /// <summary>When it was withdrawn.</summary>
    public Instant? WithdrawnAt { get; init; }
}

/// <summary>A page of the catalogue and how much there is in all.</summary>
internal sealed record CataloguePage(IReadOnlyList<CatalogueEntry> Papers, int Total);

/// <summary>Reads the catalogue for lists.</summary>
internal sealed class Catalogue(Database database)
{
    private const string Filtered = """
        from papers
        left join lateral (
            select min(entries.position) as position, count(*) > 0 as is_listed
            from listing_entries as entries
            join listings on listings.id = entries.listing_id
            where entries.paper_id = papers.id
                and (cast(@day as date) is null or listings.listed_on = @day)
        ) as place on true
        left join unnest(cast(@ranked as bigint[])) with ordinality as found (id, rank) on found.id = papers.id
        where (cast(@day as date) is null or papers.first_listed_on = @day or place.is_listed)
            and (cast(@topic as text) is null or exists (
                select 1
                from topic_matches as matches
                join topics on topics.query_id = matches.query_id
                where matches.paper_id = papers.id and not matches.is_near and topics.slug = @topic))
            and (cast(@ranked as bigint[]) is null or found.rank is not null)
        """;

    private const string Page = $"""
        -- papers.list
        select papers.id, arxiv_id, title, url, coalesce(@day, first_listed_on) as listed_on, upvotes, place.position,
            authors, abstract, categories, code_url, sources, withdrawn_at
        {Filtered}
        order by found.rank, first_listed_on desc, upvotes desc, place.position, papers.id
        limit @limit
        """;

    private const string Count = $"""
        -- papers.count
        select count(*)::integer
        {Filtered}
        """;

    /// <summary>Papers as a search ranked them, then the newest listing first and within it the most upvoted, then the listing's own order.</summary>
    public async Task<CataloguePage> ListAsync(CatalogueFilter filter, CancellationToken ct)
    {
        var parameters = new { day = filter.ListedOn?.ToDateOnly(), topic = filter.Topic, limit = filter.Limit,
            ranked = filter.Found?.ToArray() };
        var papers = await database.QueryAsync<CatalogueEntry>(Page, parameters, ct);
        var total = await database.QuerySingleOrDefaultAsync<int>(Count, parameters, ct);
        return new CataloguePage(papers, total);
    }
}
