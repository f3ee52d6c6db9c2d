using DigestService.Relevance;
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

        var papers = (await app.Service<CandidatePapersLoader>().LoadAsync(Now, 7, [1], default))[1].Papers;

        papers[1].Trending.Value.ShouldBeGreaterThan(papers[2].Trending.Value);
        papers[1].Trending.Upvotes.ShouldBe(90);
        papers[2].Trending.ShouldBe(new TrendingScore(0, 200, 55, null, 0));
        papers[3].Trending.Upvotes.ShouldBe(0);
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
