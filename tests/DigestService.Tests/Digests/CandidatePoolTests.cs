using DigestService.Digests;
using DigestService.Relevance;
using DigestService.Relevance.Embeddings;
using DigestService.Topics;
using DigestService.Tests.Relevance;
using NodaTime;

namespace DigestService.Tests.Digests;

/// <summary>What is kept of the papers between runs, and when it is loaded anew.</summary>
public sealed class CandidatePoolTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private static readonly Instant Hour = DigestTestBed.Hour;

    public static TheoryData<string> Changes() => new(
        "insert into votes (paper_id, observed_at, upvotes) select min(id), timestamptz '2026-03-04T06:59:00Z', 77 from papers",
        "update papers set title = 'Another title'",
        "update papers set withdrawn_at = created_at",
        "update papers set upvotes = 500",
        "delete from papers where id = (select max(id) from papers)",
        "insert into listings (source, listed_on, imported_at) values ('huggingface', '2026-03-04', now())",
        "update listing_entries set position = position + 1",
        "delete from topic_matches",
        "insert into similar_papers (paper_id, similar_id, closeness) select min(id), max(id), 0.99 from papers",
        "insert into queries (canonical, created_at) values ('kernels', now())",
        "update queries set matched_at = null");

    [Fact]
    public async Task The_papers_are_loaded_once_for_the_runs_of_an_hour()
    {
        var (bed, pools) = await OpenAsync();

        for (var minute = 0; minute < 60; minute++)
            (await pools.OpenAsync(Hour + Duration.FromMinutes(minute), default)).Papers.Count.ShouldBe(2);

        pools.Loads.ShouldBe(1);
        await pools.OpenAsync(Hour + Duration.FromMinutes(60), default);
        pools.Loads.ShouldBe(2);
        await pools.OpenAsync(Hour - Duration.FromMinutes(1), default);
        pools.Loads.ShouldBe(3);
        await bed.AddPaperAsync("A third paper");
        (await pools.OpenAsync(Hour, default)).Papers.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_query_that_was_asked_for_before_it_was_matched_is_asked_for_again()
    {
        var (bed, pools) = await OpenAsync();
        var pool = await pools.OpenAsync(Hour, default);
        var ada = await bed.AddReaderAsync("ada@reader.example");
        await bed.AddOwnQueryAsync(ada, "networks");
        var query = await bed.Database.QuerySingleOrDefaultAsync<long>("select query_id from preferences where subscriber_id = @ada", new { ada }, default);
        await using var connection = await bed.Database.OpenAsync(default);

        await pool.LoadMatchesAsync(connection, [query], default);
        pool.MatchesOf(query).ShouldBe(QueryMatches.None);
        await pools.MatchSinceAsync(0, default);
        await pool.LoadMatchesAsync(connection, [query], default);

        pool.MatchesOf(query).ShouldNotBe(QueryMatches.None);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Whatever_changes_them_has_them_loaded_anew(string change)
    {
        var (bed, pools) = await OpenAsync();
        await pools.OpenAsync(Hour, default);
        await pools.OpenAsync(Hour, default);
        pools.Loads.ShouldBe(1);

        await bed.Database.ExecuteAsync(change, null, default);

        await pools.OpenAsync(Hour, default);
        pools.Loads.ShouldBe(2);
        await pools.OpenAsync(Hour, default);
        pools.Loads.ShouldBe(2);
    }

    [Fact]
    public async Task A_readers_taste_reads_vectors_as_soon_as_they_are_stored()
    {
        var bed = await DigestTestBed.OpenAsync(apps, ("Relevance__Embeddings", "Auto"));
        var reader = await bed.AddReaderAsync("ada@example.org", "pruning");
        var (liked, alike, other) = (await AddAsync("Pruning trees"), await AddAsync("Sparse networks"), await AddAsync("Iron catalysts"));
        await bed.Database.ExecuteAsync(
            "insert into feedback (subscriber_id, paper_id, kind, given_at, given_from) values (@reader, @liked, 'like', @at, 'web')",
            new { reader, liked, at = Hour - Duration.FromHours(1) },
            default);
        var pools = bed.Service<CandidatePool.Loader>();
        (await ScoresAsync()).ShouldBe((0, 0));

        await AddVectorsAsync(bed, (liked, [1, 0, 0]), (alike, [0.96f, 0, 0.28f]), (other, [0, 1, 0]));

        var scores = await ScoresAsync();
        scores.Alike.ShouldBeGreaterThan(0.2);
        scores.Other.ShouldBe(0);

        Task<long> AddAsync(string title) => bed.AddPaperAsync(title, text: "");

        async Task<(double Alike, double Other)> ScoresAsync()
        {
            var pool = await pools.OpenAsync(Hour, default);
            var taste = (await pool.LoadTasteAsync([reader], default))[reader];
            var papers = Seen(pool);
            return (taste.Judge(papers[alike].Paper).Score, taste.Judge(papers[other].Paper).Score);
        }
    }

    [Fact]
    public async Task A_like_that_newer_papers_have_pushed_out_of_memory_keeps_its_meaning()
    {
        var bed = await DigestTestBed.OpenAsync(apps, ("Relevance__Embeddings", "Auto"));
        var reader = await bed.AddReaderAsync("ada@example.org", "pruning");
        var liked = await bed.AddPaperAsync("Pruning trees", listedOn: DigestTestBed.Today.PlusDays(-400), text: "");
        await bed.Database.ExecuteAsync(
            """
            insert into papers (title, original_title, first_listed_on, created_at, updated_at)
            select 'Filler ' || i, 'Filler ' || i, @day, @at, @at from generate_series(1, @capacity) i
            """,
            new { day = DigestTestBed.Today.PlusDays(-100), at = Hour - Duration.FromDays(100), capacity = RecentPapers.Capacity },
            default);
        await bed.Database.ExecuteAsync("delete from unmatched_papers", null, default);
        var (alike, other) = (await bed.AddPaperAsync("Sparse networks", text: ""), await bed.AddPaperAsync("Iron catalysts", text: ""));
        await bed.Database.ExecuteAsync(
            "insert into feedback (subscriber_id, paper_id, kind, given_at, given_from) values (@reader, @liked, 'like', @at, 'web')",
            new { reader, liked, at = Hour - Duration.FromDays(300) },
            default);
        await AddVectorsAsync(bed, (liked, [1, 0, 0]), (alike, [0.96f, 0, 0.28f]), (other, [0, 1, 0]));

        var pool = await bed.Service<CandidatePool.Loader>().OpenAsync(Hour, default);
        var taste = (await pool.LoadTasteAsync([reader], default))[reader];

        var papers = Seen(pool);
        papers.ShouldNotContainKey(liked);
        taste.Judge(papers[alike].Paper).Score.ShouldBeGreaterThan(0.2);
        taste.Judge(papers[other].Paper).Score.ShouldBe(0);
    }

    [Fact]
    public async Task A_change_that_is_committed_after_a_later_one_is_not_missed()
    {
        var (bed, pools) = await OpenAsync();
        await using var slow = await bed.Database.OpenAsync(default);
        await using var transaction = await slow.BeginTransactionAsync();
        await using (var insert = slow.CreateCommand())
        {
            insert.CommandText = """
                insert into papers (title, original_title, first_listed_on, created_at, updated_at)
                values ('Late', 'Late', '2026-03-04', '2026-03-04T01:00:00Z', '2026-03-04T01:00:00Z')
                """;
            await insert.ExecuteNonQueryAsync();
        }

        await bed.AddPaperAsync("Early");
        (await pools.OpenAsync(Hour, default)).Papers.Values.Select(paper => paper.Title).ShouldNotContain("Late");
        await transaction.CommitAsync();

        (await pools.OpenAsync(Hour, default)).Papers.Values.Select(paper => paper.Title).ShouldContain("Late");
    }

    [Fact]
    public async Task Upvotes_are_new_since_yesterday_only_where_they_were_counted_then()
    {
        var (bed, pools) = await OpenAsync();
        await bed.AddPaperAsync("Counted daily");
        await bed.Database.ExecuteAsync(
            """
            insert into votes (paper_id, observed_at, upvotes, seen_until)
            select id, @now - make_interval(hours => case title when 'Pruning networks' then 47 else 90 end), 50,
                   case title when 'Counted daily' then @now - interval '25 hours' when 'Folding proteins' then @now - interval '49 hours' end
            from papers
            union all
            select id, @now - interval '1 hour', 80, null from papers
            """,
            new { now = Hour },
            default);

        (await pools.OpenAsync(Hour, default)).Papers.Values.ToDictionary(paper => paper.Title, paper => paper.UpvotesGained)
            .ShouldBe(new Dictionary<string, int?> { ["Pruning networks"] = 30, ["Counted daily"] = 30, ["Folding proteins"] = null }, ignoreOrder: true);
    }

    [Fact]
    public async Task Kept_papers_age_as_loaded_ones_do()
    {
        var (bed, pools) = await OpenAsync();
        await bed.AddReaderAsync("ada@reader.example", "pruning");
        await pools.OpenAsync(Hour, default);
        var later = Hour + Duration.FromMinutes(50);

        var kept = await pools.OpenAsync(later, default);
        pools.Loads.ShouldBe(1);
        var loaded = (await bed.Service<CandidatePapersLoader>().LoadAsync(later, 10, default)).At(later, [1]);

        foreach (var paper in loaded[1].Papers)
        {
            Seen(kept)[paper.PaperId].Freshness.ShouldBe(paper.Freshness);
            Seen(kept)[paper.PaperId].Trending.ShouldBe(paper.Trending);
            Seen(kept)[paper.PaperId].IsNew.ShouldBe(paper.IsNew);
        }
    }

    [Fact]
    public async Task Readers_of_later_minutes_get_what_came_in_meanwhile_and_nothing_twice()
    {
        var (bed, pools) = await OpenAsync();
        var ada = await bed.AddReaderAsync("ada@reader.example", "pruning");
        var bob = await bed.AddReaderAsync("bob@reader.example", "pruning", "robots");
        await bed.Database.ExecuteAsync("update subscribers set next_due_at = next_due_at + interval '1 minute' where id = @bob", new { bob }, default);

        await bed.TickAsync();
        var loads = pools.Loads;
        await bed.AddPaperAsync("Pruning once more");
        await bed.TickAsync(Hour + Duration.FromMinutes(1));

        (await bed.TitlesAsync(ada)).ShouldBe(["Pruning networks", "Folding proteins"]);
        (await bed.TitlesAsync(bob)).ShouldBe(["Pruning networks", "Pruning once more", "Folding proteins"], ignoreOrder: true);
        pools.Loads.ShouldBe(loads + 1);
    }

    private async Task<(DigestTestBed Bed, CandidatePool.Loader Pools)> OpenAsync()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks");
        await bed.AddPaperAsync("Folding proteins");
        return (bed, bed.Service<CandidatePool.Loader>());
    }

    private static Dictionary<long, CandidatePaper> Seen(CandidatePool pool) =>
        pool.For(new DueSubscriber
        {
            Id = 1, Address = "", AddressKey = "", State = "active", Language = "en", Zone = "UTC", Frequency = "daily", SendAt = new LocalTime(7, 0),
            WeeklyOn = 1, MaxItems = 10, MutedWords = [], LinkVersion = 1, DigestOn = DigestTestBed.Today, DueAt = Hour,
        }).Candidates.Papers.ToDictionary(paper => paper.PaperId);

    private static async Task AddVectorsAsync(DigestTestBed bed, params IEnumerable<(long Paper, float[] Vector)> vectors)
    {
        foreach (var (paper, vector) in vectors)
            await bed.Database.ExecuteAsync(
                "insert into paper_vectors (paper_id, model, text_version, vector) select id, 'made', text_version, @vector from papers where id = @paper",
                new { paper, vector = VectorOctets.From(vector) },
                default);
        // As the round that embeds them does, so that they are matched again.
        await bed.Database.ExecuteAsync("insert into unmatched_papers (paper_id) select unnest(@papers)", new { papers = vectors.Select(vector => vector.Paper).ToArray() }, default);
        await bed.Service<TopicMatching>().MatchDueAsync(default);
    }
}
