using DigestService.Relevance;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Relevance;

public sealed class RecentPapersTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private static readonly LocalDate Today = new(2026, 3, 4);

    [Fact]
    public async Task Two_papers_that_change_days_are_held_with_the_days_they_have_now()
    {
        var app = await fixture.CreateAsync();
        await AddPaperAsync(app, 1, Today);
        await AddPaperAsync(app, 2, Today.PlusDays(-1));
        await app.Service<RecentPapers>().GetAsync(default);

        await app.Database.ExecuteAsync(
            "update papers set first_listed_on = case id when 1 then @before else @today end, updated_at = updated_at + interval '1 hour'",
            new { before = Today.PlusDays(-1), today = Today }, default);

        (await HeldAsync(app)).ShouldBe([(2, Today), (1, Today.PlusDays(-1))]);
    }

    [Fact]
    public async Task A_reading_that_breaks_off_is_made_up_for_by_the_next()
    {
        var app = await fixture.CreateAsync();
        await AddPaperAsync(app, 1, Today);
        await app.Service<RecentPapers>().GetAsync(default);
        await AddPaperAsync(app, 2, Today);

        // The newest papers cannot be read for a moment; whether any has changed can.
        await app.Database.ExecuteAsync("alter table papers rename column text_version to hidden", null, default);
        await Should.ThrowAsync<Npgsql.PostgresException>(() => app.Service<RecentPapers>().GetAsync(default));
        await app.Database.ExecuteAsync("alter table papers rename column hidden to text_version", null, default);

        (await HeldAsync(app)).ShouldBe([(2, Today), (1, Today)]);
    }

    private static async Task<List<(long Id, LocalDate Day)>> HeldAsync(TestApp app) =>
        [.. (await app.Service<RecentPapers>().GetAsync(default)).Papers.Select(paper => (paper.Paper.Id, paper.FirstListedOn))];

    private static Task<int> AddPaperAsync(TestApp app, long id, LocalDate day) => app.Database.ExecuteAsync(
        """
        insert into papers (id, title, original_title, first_listed_on, created_at, updated_at) overriding system value
        values (@id, 'Paper ' || @id, 'Paper', @day, @at, @at)
        """,
        new { id, day, at = Today.AtMidnight().InUtc().ToInstant() },
        default);
}
