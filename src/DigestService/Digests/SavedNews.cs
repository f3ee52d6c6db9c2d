using System.Text.Json;
using DigestService.Mails;
using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Digests;

/// <summary>
/// What has become of papers that readers saved: each piece of news is told once, in the first digest that is mailed after it.
/// What a digest told stands on its row.
/// </summary>
internal sealed class SavedNews(DigestOptions options)
{
    private const int Code = 1;
    private const int NewVersion = 2;

    // An import that began before a digest was composed may have ended after it. It takes seconds, and a slow one minutes.
    private static readonly Duration LongestImport = Duration.FromMinutes(15);

    /// <summary>
    /// Adds the news of their saved papers to those of these readers who have any: one statement, however many readers, and another
    /// where there are any.
    /// </summary>
    public async Task<IReadOnlyList<DueSubscriber>> AddAsync(
        NpgsqlConnection connection, IReadOnlyList<DueSubscriber> readers, Instant now, CancellationToken ct)
    {
        if (readers.Count == 0)
            return readers;
        var holders = readers.Select(reader => reader.WishesOf).Distinct().ToArray();
        // What was told before is known of digests that are kept.
        var since = now - Duration.FromDays(options.KeepDays);
        var changed = (await connection.QueryAsync<ChangedRow>(SavedNewsQueries.Changed, new { ids = holders, onlyBucket = Buckets.OfAll(holders), since }, ct))
            .ToLookup(row => row.HolderId);
        var concerned = readers.Where(reader => changed.Contains(reader.WishesOf)).Select(reader => reader.Id).ToArray();
        if (concerned.Length == 0)
            return readers;
        var heard = (await connection.QueryAsync<HeardRow>(SavedNewsQueries.Heard, new { ids = concerned, onlyBucket = Buckets.OfAll(concerned) }, ct))
            .ToDictionary(row => row.SubscriberId);
        return [.. readers.Select(reader => heard.TryGetValue(reader.Id, out var row) ? reader with { SavedNews = NewsOf(changed[reader.WishesOf], row, since, now) } : reader)];
    }

    // News since the digest that was last mailed, or since the paper was saved; of a list's papers since the reader joined it. What an
    // import dated before that digest and made visible after it is told as well, unless a digest has told it.
    private static IReadOnlyList<SavedPaperNews> NewsOf(IEnumerable<ChangedRow> changed, HeardRow heard, Instant since, Instant now)
    {
        var earliest = Instant.Max(since, Instant.Max(heard.JoinedAt ?? since, heard.LastMailedAt - LongestImport ?? since));
        var found = new List<(Instant At, SavedPaperNews News)>();
        foreach (var paper in changed)
        {
            var code = paper.CodeUrl is null ? null : News(paper.CodeAddedAt, Code);
            var version = News(paper.RevisedAt, NewVersion);
            if (code is not null || version is not null)
                found.Add((Instant.Max(code ?? Instant.MinValue, version ?? Instant.MinValue), paper.ToNews(code is not null, version is not null)));

            Instant? News(Instant? at, int kind)
            {
                var after = Instant.Max(Instant.Max(paper.GivenAt, earliest), heard.ToldAt(paper.PaperId, kind) ?? earliest);
                return at > after && at <= now ? at : null;
            }
        }

        return [.. found.OrderByDescending(news => news.At).ThenBy(news => news.News.PaperId).Select(news => news.News)];
    }

    /// <summary>What one digest told, with titles and code as they are today; papers that are hidden by now are left out.</summary>
    public static async Task<IReadOnlyList<SavedPaperNews>> ToldAsync(NpgsqlConnection connection, long reader, LocalDate day, CancellationToken ct) =>
        [.. (await connection.QueryAsync<ToldRow>(SavedNewsQueries.Told, new { id = reader, day }, ct)).Select(row => row.ToNews()).DistinctBy(news => news.PaperId)];

    /// <summary>What stands on the digest's row; null where it tells none.</summary>
    public static string? Write(IReadOnlyList<SavedPaperNews> news) => news.Count == 0
        ? null
        : JsonSerializer.Serialize(news.Select(piece => new[] { piece.PaperId, (piece.HasCode ? Code : 0) | (piece.HasNewVersion ? NewVersion : 0) }));

    private sealed record ChangedRow
    {
        public required long HolderId { get; init; }
        public required long PaperId { get; init; }
        public required Instant GivenAt { get; init; }
        public required string Title { get; init; }
        public string? CodeUrl { get; init; }
        public Instant? CodeAddedAt { get; init; }
        public Instant? RevisedAt { get; init; }

        public SavedPaperNews ToNews(bool hasCode, bool hasNewVersion) => new()
        {
            PaperId = PaperId,
            Title = Title,
            CodeUrl = CodeUrl,
            HasCode = hasCode,
            HasNewVersion = hasNewVersion,
        };
    }

    private sealed record HeardRow
    {
        public required long SubscriberId { get; init; }
        public Instant? JoinedAt { get; init; }
        public Instant? LastMailedAt { get; init; }

        // What the latest digests told, the last first: papers, kinds, and when each digest was composed.
        public required long[] Papers { get; init; }
        public required int[] Kinds { get; init; }
        public required DateTime[] ComposedAt { get; init; }

        /// <summary>When that kind of news of a paper was last told; null where the latest digests did not.</summary>
        public Instant? ToldAt(long paper, int kind)
        {
            for (var i = 0; i < Papers.Length; i++)
            {
                if (Papers[i] == paper && (Kinds[i] & kind) != 0)
                    return Instant.FromDateTimeUtc(ComposedAt[i]);
            }

            return null;
        }
    }

    private sealed record ToldRow
    {
        public required long PaperId { get; init; }
        public required string Title { get; init; }
        public string? CodeUrl { get; init; }
        public required int Kinds { get; init; }

        public SavedPaperNews ToNews() => new()
        {
            PaperId = PaperId,
            Title = Title,
            CodeUrl = CodeUrl,
            HasCode = (Kinds & Code) != 0,
            HasNewVersion = (Kinds & NewVersion) != 0,
        };
    }
}

/// <summary>The statements of news of saved papers.</summary>
internal static class SavedNewsQueries
{
    /// <summary>
    /// Saved papers that have come by code or by a new version since they were saved. Papers are found one by one by their key: a
    /// reader who has saved none costs one look into the index.
    /// </summary>
    public const string Changed = """
        -- digests.changed_saved_papers
        select r.id as holder_id, f.paper_id, f.given_at, p.title, p.code_url, p.code_added_at, p.revised_at
        from unnest(@ids) as r (id)
        cross join lateral (
            select paper_id, given_at
            from feedback
            where bucket = coalesce(@onlyBucket::bigint, r.id & 63)
              and subscriber_id = r.id
              and kind = 'save'
            offset 0) f
        cross join lateral (
            select title, code_url, code_added_at, revised_at
            from papers
            where id = f.paper_id
              and withdrawn_at is null
            offset 0) p
        where greatest(p.code_added_at, p.revised_at) > greatest(f.given_at, @since)
        """;

    /// <summary>
    /// When a digest was last mailed to each reader, what that one and those of the week before told, and since when a list's papers concern
    /// them. Digests of several days may be mailed within minutes, to who changes the zone.
    /// </summary>
    public const string Heard = """
        -- digests.saved_news_heard
        select s.id as subscriber_id,
               case when s.joined_list_at is not null then greatest(s.joined_list_at, s.confirmed_at) end as joined_at,
               last.composed_at as last_mailed_at, told.papers, told.kinds, told.composed_at
        from unnest(@ids) as r (id)
        join subscribers s on s.bucket = coalesce(@onlyBucket::bigint, r.id & 63) and s.id = r.id
        left join lateral (
            select digest_on, composed_at
            from digests
            where bucket = coalesce(@onlyBucket::bigint, r.id & 63)
              and subscriber_id = r.id
              and outcome = 'queued'
              and composed_at is not null
            order by digest_on desc
            limit 1) last on true
        cross join lateral (
            select coalesce(array_agg(coalesce(m.paper_id, n.paper_id) order by d.digest_on desc), '{}') as papers,
                   coalesce(array_agg(n.kinds order by d.digest_on desc), '{}') as kinds,
                   coalesce(array_agg(d.composed_at order by d.digest_on desc), '{}') as composed_at
            from digests d
            cross join lateral (
                select (piece ->> 0)::bigint as paper_id, (piece ->> 1)::int as kinds
                from jsonb_array_elements(d.saved_news) as p (piece)) n
            left join merged_papers m on m.merged_id = n.paper_id
            where d.bucket = coalesce(@onlyBucket::bigint, r.id & 63)
              and d.subscriber_id = r.id
              and d.outcome = 'queued'
              and d.composed_at is not null
              and d.digest_on > last.digest_on - 7) told
        """;

    /// <summary>What one digest told, in its order.</summary>
    public const string Told = """
        -- digests.saved_news_told
        select p.id as paper_id, p.title, p.code_url, (n.piece ->> 1)::int as kinds
        from digests d
        cross join lateral jsonb_array_elements(d.saved_news) with ordinality as n (piece, place)
        left join merged_papers m on m.merged_id = (n.piece ->> 0)::bigint
        join papers p on p.id = coalesce(m.paper_id, (n.piece ->> 0)::bigint)
        where d.bucket = @id & 63
          and d.subscriber_id = @id
          and d.digest_on = @day
        order by n.place
        """;
}
