using DigestService.Platform;
using DigestService.Relevance;
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
    public async Task Those_who_follow_a_topic_follow_it_to_another_query_of_the_seed_unless_it_is_the_operators()
    {
        await using var app = await fixture.CreateAsync();
        var catalogue = app.Service<TopicCatalogue>();
        await LoadAsync("lora", "robots");
        await app.Database.ExecuteAsync("update topics set edited_at = '2026-01-01Z' where slug = 'b'", null, default);
        await app.Database.ExecuteAsync(
            """
            insert into subscribers (address, address_key, state, created_at) values ('ada@mail.example', 'ada@mail.example', 'pending', '2026-01-01Z');
            insert into preferences (subscriber_id, query_id, topic_id) select s.id, t.query_id, t.id from subscribers s, topics t where t.slug in ('a', 'b')
            """,
            null,
            default);

        await LoadAsync("\"low rank\"", "humanoids");

        (await app.Database.QueryAsync<string>("select canonical from preferences p join queries q on q.id = p.query_id order by canonical", null, default))
            .ShouldBe(["\"low rank\"", "robots"]);

        async Task LoadAsync(string first, string second)
        {
            var file = Path.Combine(TestDirectory.Create("topics"), "topics.json");
            var topics = new[] { ("a", first), ("b", second) }
                .Select(topic => new { slug = topic.Item1, name = topic.Item1, group = "G", description = "One.", query = topic.Item2 });
            await File.WriteAllTextAsync(file, System.Text.Json.JsonSerializer.Serialize(topics));
            await catalogue.LoadAsync(file, default);
        }
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

        await app.Service<TopicCatalogue>().LoadAsync(default);

        (await app.Service<TopicCatalogue>().ListAsync(default)).Count.ShouldBeGreaterThan(50);
    }

    [Fact]
    public async Task Papers_meet_queries_once_whichever_came_first_and_again_when_they_change()
    {
        await using var app = await fixture.CreateAsync();
        var matching = app.Service<TopicMatching>();
        await matching.MatchDueAsync(default);
        var early = await app.AddQueryAsync("lora");
        await AddPaperAsync(app, 1, "LoRA for everybody");
        await AddPaperAsync(app, 2, "Proteins fold");

        (await matching.MatchDueAsync(default)).Papers.ShouldBe(2);
        var late = await app.AddQueryAsync("fold* OR \"protein folding\" OR proteins");
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
        await app.AddQueryAsync("\"low rank adaptation\" -quantum");
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

    [Theory]
    [InlineData(3, 30, 3)]
    [InlineData(0, 30, 1)]
    [InlineData(3, 1, 1)]
    [InlineData(200, 30, 30)]
    public void A_preview_counts_no_day_that_the_newest_papers_do_not_reach(int daysBack, int asked, int counted)
    {
        var paper = new RecentPaper(IndexedPaper.Of(new PaperText { Id = 1, Title = "A paper" }), Today.PlusDays(-daysBack), 1);
        var full = new RecentCatalogue([.. Enumerable.Repeat(paper, RecentPapers.Capacity)], CatalogueStatistics.Empty);

        full.DaysHeld(asked, Today).ShouldBe(counted);
        (full with { Papers = [paper] }).DaysHeld(asked, Today).ShouldBe(asked);
    }

    [Fact]
    public async Task A_change_of_votes_or_days_makes_nothing_match_or_learn_anew()
    {
        await using var app = await fixture.CreateAsync();
        var matching = app.Service<TopicMatching>();
        await app.AddQueryAsync("lora");
        await AddPaperAsync(app, 1, "LoRA for everybody");
        await matching.MatchDueAsync(default);
        var words = (await app.Service<RecentPapers>().GetAsync(default)).Statistics;

        await app.Database.ExecuteAsync(
            "update papers set upvotes = 99, url = 'https://a.example', first_listed_on = first_listed_on - 1, updated_at = updated_at + interval '1 hour'", null, default);

        (await matching.MatchDueAsync(default)).ShouldBe(new MatchingOutcome(0, 0, 0));
        var after = await app.Service<RecentPapers>().GetAsync(default);
        after.Statistics.ShouldBeSameAs(words);
        after.Papers[0].FirstListedOn.ShouldBe(Today.PlusDays(-1));
    }

    [Theory]
    [InlineData("title = title || ' again'")]
    [InlineData("abstract = 'LoRA.'")]
    [InlineData("authors = array['A. One']")]
    [InlineData("categories = array['cs.CL']")]
    [InlineData("organization = 'An institute'")]
    public async Task A_change_of_what_is_read_of_a_paper_makes_it_match_anew(string change)
    {
        await using var app = await fixture.CreateAsync();
        await AddPaperAsync(app, 1, "LoRA for everybody");
        await app.Service<TopicMatching>().MatchDueAsync(default);

        await app.Database.ExecuteAsync($"update papers set {change}", null, default);

        (await app.Service<TopicMatching>().MatchDueAsync(default)).Papers.ShouldBe(1);
    }

    [Fact]
    public async Task A_query_that_nobody_has_any_more_goes_when_it_comes_round_again_and_topics_and_readers_queries_stay()
    {
        await using var app = await fixture.CreateAsync();
        var matching = app.Service<TopicMatching>();
        await AddPaperAsync(app, 1, "LoRA for everybody");
        var (unused, read, topic) = (await app.AddQueryAsync("lora"), await app.AddQueryAsync("everybody"), await app.AddQueryAsync("lora everybody"));
        await app.Database.ExecuteAsync(
            """
            insert into topics (slug, name, topic_group, description, query_id) values ('t', 'T', 'G', 'D', @topic);
            insert into subscribers (address, address_key, state, created_at) values ('a@b.example', 'a@b.example', 'pending', now());
            insert into preferences (subscriber_id, query_id, text) select id, @read, 'everybody' from subscribers
            """,
            new { read, topic },
            default);
        await matching.MatchDueAsync(default);

        app.Clock.Now += Duration.FromDays(8);
        await matching.MatchDueAsync(default);

        (await app.Database.QueryAsync<long>("select id from queries order by id", null, default)).ShouldBe([read, topic]);
        (await MatchesAsync(app)).ShouldNotContain(match => match.Item1 == unused);
    }

    [Fact]
    public async Task Matches_too_old_for_any_digest_go_for_readers_queries_and_stay_for_topics()
    {
        await using var app = await fixture.CreateAsync();
        var matching = app.Service<TopicMatching>();
        await AddPaperAsync(app, 1, "LoRA for everybody", Today);
        await AddPaperAsync(app, 2, "LoRA for some", Today.PlusDays(-200));
        var (own, topic) = (await app.AddQueryAsync("lora"), await app.AddQueryAsync("lora OR nothing"));
        await app.Database.ExecuteAsync(
            """
            insert into topics (slug, name, topic_group, description, query_id) values ('t', 'T', 'G', 'D', @topic);
            insert into subscribers (address, address_key, state, created_at) values ('a@b.example', 'a@b.example', 'pending', now());
            insert into preferences (subscriber_id, query_id, text) select id, @own, 'lora' from subscribers
            """,
            new { own, topic },
            default);
        await matching.MatchDueAsync(default);

        app.Clock.Now += Duration.FromDays(8);
        await matching.MatchDueAsync(default);

        (await MatchesAsync(app)).ShouldBe([(own, 1), (topic, 1), (topic, 2)]);
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
