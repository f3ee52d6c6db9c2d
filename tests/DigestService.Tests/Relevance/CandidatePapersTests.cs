using DigestService.Relevance;
using DigestService.Tests.Digests;
using NodaTime;

namespace DigestService.Tests.Relevance;

public sealed class CandidatePapersTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private static readonly LocalDate Listed = new(2026, 3, 2);
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 4, 7, 0);

    [Fact]
    public async Task Votes_of_the_last_day_count_and_a_paper_that_stood_still_between_readings_got_none()
    {
        var app = await apps.CreateAsync();
        await AddAsync(app, 1, (Now - Duration.FromHours(40), 20), (Now - Duration.FromHours(25), 30), (Now, 90));
        await AddAsync(app, 2, (Now - Duration.FromHours(40), 200));
        await AddAsync(app, 3, (Now + Duration.FromHours(1), 900));

        var papers = (await app.Service<CandidatePapersLoader>().LoadAsync(Now, 7, default)).At(Now, [1])[1].Papers.ToDictionary(paper => paper.PaperId);

        papers[1].Trending.Value.ShouldBeGreaterThan(papers[2].Trending.Value);
        papers[1].Trending.Upvotes.ShouldBe(90);
        papers[2].Trending.ShouldBe(new TrendingScore(0, 200, 55, null, 0));
        papers[3].Trending.Upvotes.ShouldBe(0);
    }

    [Fact]
    public async Task A_paper_that_arxiv_announced_days_before_is_measured_from_the_listing_that_counts_its_votes()
    {
        var app = await apps.CreateAsync();
        await AddAsync(app, 1);
        await AddAsync(app, 2);
        await AnnounceAsync(app, 1, Listed.PlusDays(-3));
        await ListAsync(app, 1, Listed.PlusDays(2), 1, upvotes: 11);
        await ListAsync(app, 2, Listed.PlusDays(2), 2, upvotes: 1);

        var papers = (await app.Service<CandidatePapersLoader>().LoadAsync(Now, 7, default)).At(Now, [1])[1].Papers.ToDictionary(paper => paper.PaperId);

        papers[1].ListedOn.ShouldBe(Listed.PlusDays(2));
        (papers[1].IsNew, papers[1].Freshness).ShouldBe((true, 1));
        papers[1].Trending.Value.ShouldBeGreaterThan(papers[2].Trending.Value);
        papers[1].Trending.Hours.ShouldBe(7);
    }

    [Fact]
    public async Task A_paper_that_arxiv_announced_before_the_window_is_news_where_it_is_listed_within_and_only_once()
    {
        var app = await apps.CreateAsync();
        foreach (var id in (long[])[1, 2])
        {
            await AddAsync(app, id);
            await AnnounceAsync(app, id, Listed.PlusDays(-30));
            await ListAsync(app, id, Listed.PlusDays(1), (int)id, upvotes: 50);
        }

        await ListAsync(app, 2, Listed.PlusDays(-20), 3, upvotes: 40);

        var papers = (await app.Service<CandidatePapersLoader>().LoadAsync(Now, 7, default)).At(Now, [1])[1].Papers.ToDictionary(paper => paper.PaperId);

        papers.Keys.ShouldBe([1]);
    }

    [Fact]
    public async Task What_one_reader_likes_and_saves_is_not_talked_about_and_what_two_like_is()
    {
        var app = await apps.CreateAsync();
        await AddAsync(app, 1);
        await AddAsync(app, 2);
        await LikeAndSaveAsync(app, "ada@reader.example", 1, 2);
        await LikeAndSaveAsync(app, "eve@reader.example", 2);

        var papers = (await app.Service<CandidatePapersLoader>().LoadAsync(Now, 7, default)).At(Now, [1])[1].Papers.ToDictionary(paper => paper.PaperId);

        papers[1].Trending.Value.ShouldBe(0);
        papers[2].Trending.Value.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Where_no_source_counts_votes_the_newest_papers_come_first()
    {
        var app = await apps.CreateAsync();
        foreach (var id in (long[])[1, 2, 3])
        {
            await AddAsync(app, id);
            await AnnounceAsync(app, id, Listed.PlusDays(id == 1 ? 0 : 2));
        }

        (await app.Service<CandidatePapersLoader>().BiggestAsync(Now, 3, TrendingView.Day, 3, default)).ShouldBe([2, 3, 1]);
    }

    [Theory]
    [InlineData("2026-03-03T22:00:00Z", "2026-03-04T04:00:00Z", true)]
    [InlineData("2026-03-04T01:00:00Z", "2026-03-04T18:00:00Z", true)]
    [InlineData("2026-03-04T01:00:00Z", "2026-03-05T02:00:00Z", false)]
    [InlineData("2026-11-21T08:00:00Z", "2026-03-05T05:00:00Z", true)]
    [InlineData("2026-11-21T08:00:00Z", "2026-03-06T05:00:00Z", false)]
    public async Task Age_runs_from_when_a_paper_could_be_read_here_whatever_the_hour_in_utc(string writtenDown, string now, bool isNew)
    {
        var app = await apps.CreateAsync();
        await AddAsync(app, 1);
        await AnnounceAsync(app, 1, new LocalDate(2026, 3, 4));
        await app.Database.ExecuteAsync("update papers set created_at = @at::timestamptz", new { at = writtenDown }, default);

        var moment = NodaTime.Text.InstantPattern.ExtendedIso.Parse(now).GetValueOrThrow();
        var papers = (await app.Service<CandidatePapersLoader>().LoadAsync(moment, 7, default)).At(moment, [1])[1].Papers.ToDictionary(paper => paper.PaperId);

        papers[1].IsNew.ShouldBe(isNew);
    }

    private static async Task LikeAndSaveAsync(TestApp app, string address, params long[] papers)
    {
        var reader = await new DigestTestBed(app).AddReaderAsync(address);
        await app.Database.ExecuteAsync(
            """
            insert into feedback (subscriber_id, paper_id, kind, given_from, given_at)
            select @reader, paper, kind, 'web', @at
            from unnest(@papers) paper
            cross join unnest(array['like', 'save']) kind
            """,
            new { reader, papers, at = Now - Duration.FromHours(1) - Duration.FromSeconds(reader) },
            default);
    }

    private static Task AnnounceAsync(TestApp app, long id, LocalDate day) =>
        app.Database.ExecuteAsync("update papers set first_listed_on = @day where id = @id", new { id, day }, default);

    // Listed an hour after midnight and read at once; its votes are of this morning.
    private static async Task ListAsync(TestApp app, long id, LocalDate day, int position, int upvotes)
    {
        await app.Database.ExecuteAsync(
            """
            insert into listings (source, listed_on, imported_at) values ('huggingface', @day, @Now) on conflict do nothing;
            insert into listing_entries (listing_id, paper_id, position, upvotes)
            select id, @id, @position, @upvotes from listings where listed_on = @day;
            insert into votes (paper_id, observed_at, upvotes)
            values (@id, @day + interval '1 hour', 0), (@id, @Now, @upvotes)
            on conflict do nothing
            """,
            new { id, day, position, upvotes, Now },
            default);
    }

    private static async Task AddAsync(TestApp app, long id, params (Instant At, int Upvotes)[] observations)
    {
        await app.Database.ExecuteAsync(
            """
            insert into papers (id, title, original_title, first_listed_on, created_at, updated_at) overriding system value
            values (@id, 'A paper', 'A paper', @Listed, @Now, @Now)
            """,
            new { id, Listed, Now },
            default);
        foreach (var (at, upvotes) in observations)
            await app.Database.ExecuteAsync(
                "insert into votes (paper_id, observed_at, upvotes) values (@id, @at, @upvotes)", new { id, at, upvotes }, default);
    }
}
