using DigestService.Platform;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Topics;

public sealed class TopicMatchingTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private static readonly LocalDate Today = new(2026, 1, 31);

    [Fact]
    public async Task Loading_the_seed_twice_changes_nothing_and_topics_of_one_query_share_it()
    {
        await using var app = await fixture.CreateAsync();
        var file = Path.Combine(TestDirectory.Create("topics"), "topics.json");
        await File.WriteAllTextAsync(file, """
            [{"slug":"a","name":"A","group":"G","description":"One.","query":"lora OR \"low rank\""},
             {"slug":"b","name":"B","group":"G","description":"Two.","query":"\"Low  Rank\" OR LoRA"}]
            """);
        var catalogue = app.Service<TopicCatalogue>();

        (await catalogue.LoadAsync(file, default)).ShouldBe(2);
        (await catalogue.LoadAsync(file, default)).ShouldBe(0);

        var topics = (await catalogue.ListAsync(default)).Where(t => t.Slug is "a" or "b").ToList();
        topics.Select(t => t.QueryId).Distinct().ShouldHaveSingleItem();
        topics[0].Query.ShouldBe("\"low rank\" OR lora");
    }

    [Fact]
    public async Task A_wrong_query_in_the_seed_is_named_with_its_place()
    {
        await using var app = await fixture.CreateAsync();
        var file = Path.Combine(TestDirectory.Create("topics"), "topics.json");
        await File.WriteAllTextAsync(file, """[{"slug":"bad","name":"A","group":"G","description":"One.","query":"(lora"}]""");

        var refusal = await Should.ThrowAsync<OperatorException>(() => app.Service<TopicCatalogue>().LoadAsync(file, default));

        refusal.Message.ShouldContain("'bad'");
        refusal.Message.ShouldContain("never closed");
    }

    [Fact]
    public async Task The_seeded_topics_all_parse()
    {
        await using var app = await fixture.CreateAsync();

        await app.Service<TopicCatalogue>().LoadAsync(TopicCatalogue.SeedFile, default);

        (await app.Service<TopicCatalogue>().ListAsync(default)).Count.ShouldBeGreaterThan(50);
    }

    [Fact]
    public async Task Papers_meet_queries_once_whichever_came_first_and_again_when_they_change()
    {
        await using var app = await fixture.CreateAsync();
        var matching = app.Service<TopicMatching>();
        await matching.MatchDueAsync(default);
        var early = await AddQueryAsync(app, "lora");
        await AddPaperAsync(app, 1, "LoRA for everybody");
        await AddPaperAsync(app, 2, "Proteins fold");

        (await matching.MatchDueAsync(default)).Papers.ShouldBe(2);
        var late = await AddQueryAsync(app, "fold* OR \"protein folding\" OR proteins");
        var second = await matching.MatchDueAsync(default);
        (await matching.MatchDueAsync(default)).ShouldBe(new MatchingOutcome(0, 0, 0));
        (await MatchesAsync(app)).ShouldBe([(early, 1), (late, 2)]);
        second.ShouldBe(new MatchingOutcome(0, 1, 1));

        await app.Database.ExecuteAsync(
            "update papers set title = 'LoRA folds proteins', updated_at = updated_at + interval '1 hour' where id = 1", null, default);
        await matching.MatchDueAsync(default);

        (await MatchesAsync(app)).ShouldBe([(early, 1), (late, 1), (late, 2)]);
    }

    [Fact]
    public async Task A_match_keeps_the_words_of_the_paper()
    {
        await using var app = await fixture.CreateAsync();
        await AddQueryAsync(app, "\"low rank adaptation\" -quantum");
        await AddPaperAsync(app, 7, "Low-Rank Adaptations at scale");

        await app.Service<TopicMatching>().MatchDueAsync(default);

        (await app.Database.QuerySingleOrDefaultAsync<string[]>("select terms from topic_matches", null, default))
            .ShouldBe(["Low-Rank Adaptations"]);
    }

    [Theory]
    [InlineData("paper", "broad")]
    [InlineData("unheard", "narrow")]
    [InlineData("seldom", "less than one paper a week")]
    [InlineData("often", null)]
    public async Task A_preview_says_when_a_query_is_too_broad_or_too_narrow(string text, string? says)
    {
        await using var app = await fixture.CreateAsync();
        for (var i = 1; i <= 150; i++)
            await AddPaperAsync(app, i, $"Paper {i} {(i % 50 == 0 ? "seldom" : "")} {(i % 10 == 0 ? "often" : "")}", Today.PlusDays(-i % 14));
        await AddPaperAsync(app, 999, "An old paper", Today.PlusDays(-40));
        TopicQuery.TryParse(text, out var query, out _).ShouldBeTrue();

        var preview = await app.Service<TopicPreview>().TryAsync(query!, Today, 14 + (says?.StartsWith("less", StringComparison.Ordinal) == true ? 14 : 0), default);

        preview.Matches.ShouldNotContain(m => m.Paper.Id == 999);
        preview.PerDay.ShouldBe((double)preview.Matches.Count / preview.Days, 0.001);
        if (says is null)
            preview.Advice.ShouldBeNull();
        else
            preview.Advice.ShouldNotBeNull().ShouldContain(says);
    }

    private static async Task<long> AddQueryAsync(TestApp app, string text)
    {
        TopicQuery.TryParse(text, out var query, out var error).ShouldBeTrue(error?.Message);
        return await app.Database.InTransactionAsync(
            async connection => (await app.Service<TopicCatalogue>().EnsureQueriesAsync(connection, [query!.Canonical], default))[query.Canonical],
            default);
    }

    private static Task<int> AddPaperAsync(TestApp app, long id, string title, LocalDate? listedOn = null) => app.Database.ExecuteAsync(
        """
        insert into papers (id, title, original_title, first_listed_on, created_at, updated_at) overriding system value
        values (@id, @title, @title, @listedOn, @at, @at)
        """,
        new { id, title, listedOn = listedOn ?? Today, at = Today.AtMidnight().InUtc().ToInstant() },
        default);

    private static async Task<List<(long, long)>> MatchesAsync(TestApp app) =>
        [.. (await app.Database.QueryAsync<MatchRow>("select query_id, paper_id from topic_matches order by 1, 2", null, default))
            .Select(m => (m.QueryId, m.PaperId))];

    private sealed record MatchRow
    {
        public required long QueryId { get; init; }

        public required long PaperId { get; init; }
    }
}
