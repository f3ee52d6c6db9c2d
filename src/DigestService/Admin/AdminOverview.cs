using DigestService.Mail;
using DigestService.Platform;
using DigestService.Sources;
using NodaTime;

namespace DigestService.Admin;

/// <summary>What the operator's pages read.</summary>
internal sealed class AdminOverview(Database database, LinkSigner signer, IClock clock)
{
    /// <summary>So many readers are shown of those that a search finds.</summary>
    public const int Most = 50;

    private const string Digests = """
        -- admin.digests_by_day
        select digest_on, outcome, count(*) as count
        from digests
        where bucket = any(@buckets)
          and digest_on >= @from
        group by digest_on, outcome
        order by digest_on desc, outcome
        """;

    /// <summary>How many readers there are in each state.</summary>
    public const string Readers = """
        -- admin.readers_by_state
        select state as name, count(*) as count
        from subscribers
        group by state
        order by state
        """;

    // A process that was killed leaves its row as it was, until the next run of that source has ended.
    private const string Sources = """
        -- admin.last_runs
        with runs as (
            select id, run_id, source, listed_on, started_at, outcome, read, added, rejected, detail
            from source_runs
            order by started_at desc
            limit 20
        )
        select runs.source, runs.listed_on, runs.started_at, runs.read, runs.added, runs.rejected, runs.detail,
            case when runs.outcome = 'running' and coalesce(seen.last_at, runs.started_at) < @since then 'interrupted' else runs.outcome end as outcome
        from runs
        left join lateral (
            select max(finished_at) as last_at
            from source_runs
            where runs.outcome = 'running' and source = runs.source and coalesce(run_id, id) = coalesce(runs.run_id, runs.id)
        ) as seen on true
        order by runs.started_at desc
        """;

    private const string FindReaders = """
        -- admin.find_readers
        select id, address, state, zone, to_char(send_at, 'HH24:MI') as at, frequency, next_due_at, last_digest_on
        from subscribers
        where position(lower(@text) in address_key) > 0
           or exists (select from unnest(@stored::text[]) as s (part) where position(lower(s.part) in address_key) > 0)
        order by address_key
        limit @most
        """;

    private const string InternationalDomains = """
        -- admin.international_domains
        select distinct split_part(address_key, '@', 2)
        from subscribers
        where position('xn--' in address_key) > 0
        """;

    private const string SuppressionCounts = """
        -- admin.suppressions_by_reason
        select reason as name, count(*) as count
        from suppressions
        group by reason
        order by reason
        """;

    private const string FindSuppression = """
        -- admin.find_suppression
        select reason, detail, created_at
        from suppressions
        where address_hash = @hash
        """;

    /// <summary>Digests of the last days by outcome, the newest day first.</summary>
    public Task<IReadOnlyList<DigestCount>> DigestsSinceAsync(LocalDate from, CancellationToken ct) =>
        database.QueryAsync<DigestCount>(Digests, new { buckets = Buckets.All, from }, ct);

    /// <summary>How many readers there are in each state.</summary>
    public Task<IReadOnlyList<NamedCount>> ReadersAsync(CancellationToken ct) => database.QueryAsync<NamedCount>(Readers, null, ct);

    /// <summary>The last runs of all sources. One that has left no sign for an hour is <c>interrupted</c>.</summary>
    public Task<IReadOnlyList<SourceRun>> SourcesAsync(CancellationToken ct) =>
        database.QueryAsync<SourceRun>(Sources, new { since = clock.GetCurrentInstant() - SourceHealth.RunPatience }, ct);

    /// <summary>Readers whose address contains <paramref name="text"/>, as it is stored or as it is shown; one more than <see cref="Most"/> says that there are others.</summary>
    public async Task<IReadOnlyList<FoundSubscriber>> FindReadersAsync(string text, CancellationToken ct)
    {
        var domains = await database.QueryAsync<string>(InternationalDomains, null, ct);
        return await database.QueryAsync<FoundSubscriber>(FindReaders, new { text, stored = EmailAddress.PartsAsStored(text, domains).ToArray(), most = Most + 1 }, ct);
    }

    /// <summary>How many addresses are suppressed for each reason.</summary>
    public Task<IReadOnlyList<NamedCount>> SuppressionsAsync(CancellationToken ct) => database.QueryAsync<NamedCount>(SuppressionCounts, null, ct);

    /// <summary>Why an address is suppressed; null where it is not. The list holds hashes, so only whole addresses are found.</summary>
    public Task<FoundSuppression?> FindSuppressionAsync(string addressKey, CancellationToken ct) =>
        database.QuerySingleOrDefaultAsync<FoundSuppression>(FindSuppression, new { hash = signer.HashAddress(addressKey) }, ct);
}

/// <summary>A count beside its name.</summary>
internal sealed record NamedCount
{
    public required string Name { get; init; }
    public required long Count { get; init; }
}

/// <summary>How many digests of a nominal day ended one way.</summary>
internal sealed record DigestCount
{
    public required LocalDate DigestOn { get; init; }
    public required string Outcome { get; init; }
    public required long Count { get; init; }
}

/// <summary>One run of a source.</summary>
internal sealed record SourceRun
{
    public required string Source { get; init; }
    public LocalDate? ListedOn { get; init; }
    public required Instant StartedAt { get; init; }
    public required string Outcome { get; init; }
    public required int Read { get; init; }
    public required int Added { get; init; }
    public required int Rejected { get; init; }
    public string? Detail { get; init; }
}

/// <summary>A reader as the search shows them.</summary>
internal sealed record FoundSubscriber
{
    public required long Id { get; init; }
    public required string Address { get; init; }
    public required string State { get; init; }
    public required string Zone { get; init; }
    public required string At { get; init; }
    public required string Frequency { get; init; }
    public Instant? NextDueAt { get; init; }
    public LocalDate? LastDigestOn { get; init; }
}

/// <summary>Why an address gets no mail.</summary>
internal sealed record FoundSuppression
{
    public required string Reason { get; init; }
    public string? Detail { get; init; }
    public required Instant CreatedAt { get; init; }
}
