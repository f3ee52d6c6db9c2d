using DigestService.Papers;
using DigestService.Topics;
using DigestService.Topics.Searching;
using NodaTime;

namespace DigestService.Tests.Topics;

public sealed class PaperSearchTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private static readonly LocalDate Today = new(2026, 3, 4);

    [Fact]
    public async Task Plain_words_find_what_is_closest_and_a_phrase_finds_only_itself()
    {
        var app = await OpenAsync();

        (await FindAsync(app, "pruning networks early"))[..2].ShouldBe(["Pruning networks early", "Networks that need no pruning"]);
        (await FindAsync(app, "\"pruning networks\"")).ShouldBe(["Pruning networks early"]);
        (await FindAsync(app, "pruning -early")).ShouldBe(["Networks that need no pruning"]);
        (await FindAsync(app, "zyzzyva")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_paper_that_arrives_or_changes_is_found_by_the_next_search()
    {
        var app = await OpenAsync();
        (await FindAsync(app, "quantum annealing")).ShouldBeEmpty();

        await AddPaperAsync(app, 10, "Quantum annealing");

        (await FindAsync(app, "quantum annealing")).ShouldBe(["Quantum annealing"]);
        await app.Database.ExecuteAsync(
            "update papers set title = 'Simulated tempering', updated_at = updated_at + interval '1 hour' where id = 10", null, default);
        (await FindAsync(app, "quantum annealing")).ShouldBeEmpty();
        (await FindAsync(app, "tempering")).ShouldBe(["Simulated tempering"]);
    }

    [Fact]
    public async Task The_catalogue_lists_what_a_search_found_in_its_order()
    {
        var app = await OpenAsync();

        var page = await app.Service<Catalogue>().ListAsync(new CatalogueFilter(null, null, [3, 1], 10), default);

        page.Papers.Select(paper => paper.Id).ShouldBe([3, 1]);
        page.Total.ShouldBe(2);
    }

    private async Task<TestApp> OpenAsync()
    {
        var app = await apps.CreateAsync();
        app.Clock.Now = Today.AtMidnight().InUtc().ToInstant();
        await AddPaperAsync(app, 1, "Networks that need no pruning");
        await AddPaperAsync(app, 2, "Pruning networks early");
        await AddPaperAsync(app, 3, "Robots that fold laundry");
        await AddPaperAsync(app, 4, "Proteins from noise");
        await AddPaperAsync(app, 5, "Pruning of tomorrow, networks and all", Today.PlusDays(1));
        return app;
    }

    private static async Task<List<string>> FindAsync(TestApp app, string text)
    {
        TopicQuery.TryParsePasted(text, out var query, out _).ShouldBeTrue();
        var (papers, total, _) = await app.Service<PaperSearch>().FindAsync(query!, isExact: false, 10, 0, default);
        total.ShouldBe(papers.Count);
        return [.. papers.Select(paper => paper.Title)];
    }

    private static Task<int> AddPaperAsync(TestApp app, long id, string title, LocalDate? listedOn = null) => app.Database.ExecuteAsync(
        """
        insert into papers (id, title, original_title, first_listed_on, created_at, updated_at) overriding system value
        values (@id, @title, @title, @listedOn, @at, @at)
        """,
        new { id, title, listedOn = listedOn ?? Today, at = Today.AtMidnight().InUtc().ToInstant() },
        default);
}
