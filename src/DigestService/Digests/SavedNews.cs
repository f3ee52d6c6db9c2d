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

    // An import that began before the digest was composed may have ended after it. It takes seconds, and a slow one minutes.
    private static readonly Duration LongestImport = Duration.FromMinutes(15);

    /// <summary>Adds the news of their saved papers to those of these readers who have any: one statement, however many readers.</summary>
    public async Task<IReadOnlyList<DueSubscriber>> AddAsync(
        NpgsqlConnection connection, IReadOnlyList<DueSubscriber> readers, Instant now, CancellationToken ct)
    {
        if (readers.Count == 0)
            return readers;
        var parameters = new
        {
            ids = readers.Select(reader => reader.Id).ToArray(),
            wishesOf = readers.Select(reader => reader.WishesOf).ToArray(),
            now,
            // What was told before is known of digests that are kept.
            keptSince = now - Duration.FromDays(options.KeepDays),
            overlap = LongestImport.ToTimeSpan(),
        };
        var news = (await connection.QueryAsync<NewsRow>(SavedNewsQueries.OfReaders, parameters, ct)).ToLookup(row => row.SubscriberId, row => row.ToNews());
        return news.Count == 0 ? readers : [.. readers.Select(reader => reader with { SavedNews = [.. news[reader.Id]] })];
    }

    /// <summary>What one digest told, with titles and code as they are today; papers that are hidden by now are left out.</summary>
    public static async Task<IReadOnlyList<SavedPaperNews>> ToldAsync(NpgsqlConnection connection, long reader, LocalDate day, CancellationToken ct) =>
        [.. (await connection.QueryAsync<ToldRow>(SavedNewsQueries.Told, new { id = reader, day }, ct)).Select(row => row.ToNews()).DistinctBy(news => news.PaperId)];

    /// <summary>What stands on the digest's row; null where it tells none.</summary>
    public static string? Write(IReadOnlyList<SavedPaperNews> news) => news.Count == 0
        ? null
        : JsonSerializer.Serialize(news.Select(piece => new[] { piece.PaperId, (piece.HasCode ? Code : 0) | (piece.HasNewVersion ? NewVersion : 0) }));

    private sealed record NewsRow
    {
        public required long SubscriberId { get; init; }
        public required long PaperId { get; init; }
        public required string Title { get; init; }
        public string? CodeUrl { get; init; }
        public required bool HasCode { get; init; }
        public required bool HasNewVersion { get; init; }

        public SavedPaperNews ToNews() => new()
        {
            PaperId = PaperId,
            Title = Title,
            CodeUrl = CodeUrl,
            HasCode = HasCode,
            HasNewVersion = HasNewVersion,
        };
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
    /// News since the digest that was last mailed to each reader, or since the paper was saved, the latest first. What an import
    /// dated before that digest and made visible after it is told as well, unless that digest told it.
    /// </summary>
    public const string OfReaders = """
        -- digests.saved_news
        with changed as materialized (
            select r.id, f.paper_id, f.given_at, p.title, p.code_url, p.code_added_at, p.revised_at
            from unnest(@ids, @wishesOf) as r (id, wishes_of)
            cross join lateral (
                select paper_id, given_at
                from feedback
                where bucket = r.wishes_of & 63
                  and subscriber_id = r.wishes_of
                  and kind = 'save'
                offset 0) f
            cross join lateral (
                select title, code_url, code_added_at, revised_at
                from papers
                where id = f.paper_id
                  and withdrawn_at is null
                offset 0) p
            where greatest(p.code_added_at, p.revised_at) > greatest(f.given_at, @keptSince)
        ),
        previous as materialized (
            select r.id, d.composed_at, d.saved_news
            from (select distinct id from changed) r
            cross join lateral (
                select composed_at, saved_news
                from digests
                where bucket = r.id & 63
                  and subscriber_id = r.id
                  and outcome = 'queued'
                order by digest_on desc
                limit 1) d
        ),
        bounded as materialized (
            select c.*, coalesce(case when told.is_told then d.composed_at else d.composed_at - @overlap end, '-infinity') as mailed_at
            from changed c
            left join previous d on d.id = c.id
            left join lateral (
                select exists (
                    select
                    from jsonb_array_elements(d.saved_news) as piece
                    where (piece ->> 0)::bigint = c.paper_id) as is_told) told on true
        ),
        news as (
            select id, paper_id, title, code_url, code_added_at, revised_at,
                   code_url is not null and code_added_at > greatest(given_at, @keptSince, mailed_at) and code_added_at <= @now as has_code,
                   revised_at > greatest(given_at, @keptSince, mailed_at) and revised_at <= @now as has_new_version
            from bounded
        )
        select id as subscriber_id, paper_id, title, code_url,
               coalesce(has_code, false) as has_code, coalesce(has_new_version, false) as has_new_version
        from news
        where has_code or has_new_version
        order by id, greatest(case when has_code then code_added_at end, case when has_new_version then revised_at end) desc, paper_id
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
