using DigestService.Admin;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Relevance.Embeddings;
using DigestService.Relevance.Search;
using DigestService.Topics;
using DigestService.Topics.Searching;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace DigestService.Tests.Topics;

public sealed class EmbeddingRoundTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private static readonly LocalDate Today = new(2026, 1, 31);

    [Theory]
    [InlineData("making transformers cheaper at inference", "making transformers cheaper at inference")]
    [InlineData("agents that use a browser", "agents that use a browser")]
    [InlineData("\"speculative decoding\" OR pruning", "speculative decoding pruning")]
    [InlineData("zebra apple -mango", "zebra apple")]
    [InlineData("robots -(cars OR \"self driving\")", "robots")]
    [InlineData("title:pruning cat:cs.LG author:Hinton", "pruning")]
    [InlineData("author:Hinton", null)]
    [InlineData("cat:cs.CL -surveys", null)]
    public void The_meaning_of_a_query_is_what_it_wants_in_reading_order(string text, string? meaning)
    {
        TopicQuery.TryParse(text, out var query, out var error).ShouldBeTrue(error?.Message);

        QueryMeaning.TextOf(query!).ShouldBe(meaning);
    }

    [Fact]
    public async Task A_round_gives_queries_and_papers_their_vectors_and_the_next_has_nothing_to_do()
    {
        await using var app = await fixture.CreateAsync(("Relevance__Embeddings", "Auto"));
        var round = app.Service<EmbeddingRound>();
        await AddPaperAsync(app, 1, "Pruning language models");
        await AddPaperAsync(app, 2, "Catalysts for ammonia");
        await app.AddQueryAsync("sparse networks");
        await app.AddQueryAsync("author:Hinton");

        (await round.CountDueAsync(default)).ShouldBe(2);
        (await round.RunAsync(EmbeddingRound.UsualPapers, null, default)).ShouldBe(2);

        (await round.CountDueAsync(default)).ShouldBe(0);
        (await round.RunAsync(EmbeddingRound.UsualPapers, null, default)).ShouldBe(0);
        (await LengthsAsync(app, "query_vectors")).ShouldBe([0, 768]);
        (await LengthsAsync(app, "paper_vectors")).ShouldBe([768, 768]);
        var checks = await app.Service<Doctor>().ExamineAsync(new MigrationReport(0, 1, 1), default);
        checks.Single(check => check.Name == "embeddings").ShouldSatisfyAllConditions(
            check => check.Ok.ShouldBeTrue(), check => check.Detail.ShouldBe("on; every paper has its vector"));
    }

    [Fact]
    public async Task A_paper_is_embedded_anew_when_its_text_changes_and_not_when_its_votes_do()
    {
        await using var app = await fixture.CreateAsync(("Relevance__Embeddings", "Auto"));
        var round = app.Service<EmbeddingRound>();
        await AddPaperAsync(app, 1, "Pruning language models");
        await round.RunAsync(10, null, default);

        await app.Database.ExecuteAsync("update papers set upvotes = 7, updated_at = updated_at + interval '1 minute'", null, default);
        (await round.RunAsync(10, null, default)).ShouldBe(0);

        await app.Database.ExecuteAsync("update papers set title = 'Pruning trees', updated_at = updated_at + interval '1 minute'", null, default);
        (await round.RunAsync(10, null, default)).ShouldBe(1);
    }

    [Fact]
    public async Task The_vectors_of_another_model_stay_until_every_paper_has_one_of_this()
    {
        await using var app = await fixture.CreateAsync(("Relevance__Embeddings", "Auto"));
        var round = app.Service<EmbeddingRound>();
        await AddPaperAsync(app, 1, "Pruning language models");
        await AddPaperAsync(app, 2, "Catalysts for ammonia");
        await app.Database.ExecuteAsync(
            "insert into paper_vectors (paper_id, model, text_version, vector) select id, 'former', text_version, '\\x00' from papers", null, default);

        await round.RunAsync(1, null, default);
        (await app.Database.QuerySingleOrDefaultAsync<long>("select count(*) from paper_vectors where model = 'former'", null, default)).ShouldBe(2);

        await round.RunAsync(10, null, default);
        (await app.Database.QuerySingleOrDefaultAsync<long>("select count(*) from paper_vectors where model = 'former'", null, default)).ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_model_a_round_does_nothing_and_the_doctor_says_so()
    {
        await using var off = await fixture.CreateAsync();
        var folder = TestDirectory.Create("model");
        await File.WriteAllTextAsync(Path.Combine(folder, "model.onnx"), "no model");
        await File.WriteAllTextAsync(Path.Combine(folder, "vocab.txt"), "[UNK]");
        await using var broken = await fixture.CreateAsync(("Relevance__Embeddings", folder));
        await AddPaperAsync(broken, 1, "Pruning language models");

        (await broken.Service<EmbeddingRound>().RunAsync(10, null, default)).ShouldBe(0);

        (await CheckAsync(off)).ShouldSatisfyAllConditions(check => check.Ok.ShouldBeTrue(), check => check.Detail.ShouldStartWith("off"));
        (await CheckAsync(broken)).ShouldSatisfyAllConditions(
            check => check.Ok.ShouldBeFalse(),
            check => check.IsWarning.ShouldBeTrue(),
            check => check.Detail.ShouldStartWith($"The sentence model could not be loaded: what {folder} holds is no model of sentences with its vocabulary; put another there."));
    }

    [Fact]
    public async Task A_paper_without_the_words_is_near_to_what_was_meant_with_its_closest_sentence_and_one_about_something_else_is_not()
    {
        await using var app = await fixture.CreateAsync(("Relevance__Embeddings", "Auto"));
        await AddPaperAsync(app, 1, "Sparse attention for fast serving",
            "We reduce the inference cost of transformer models by dropping attention heads at run time. Experiments on four data sets are reported.");
        await AddPaperAsync(app, 2, "Catalysts for ammonia", "Iron catalysts are studied under pressure.");
        var query = await app.AddQueryAsync("making transformers cheaper at inference");
        await app.Service<TopicMatching>().MatchDueAsync(default);
        (await MatchesAsync(app)).ShouldBeEmpty();

        await app.Service<EmbeddingRound>().RunAsync(10, null, default);

        var match = (await MatchesAsync(app)).ShouldHaveSingleItem();
        (match.QueryId, match.PaperId, match.IsNear).ShouldBe((query, 1, true));
        match.Closeness.ShouldNotBeNull().ShouldBeInRange(0.45f, 0.9f);
        match.Terms.ShouldBe(["We reduce the inference cost of transformer models by dropping attention heads at run time."]);
        (await app.Service<TopicMatching>().MatchDueAsync(default)).ShouldBe(new MatchingOutcome(0, 0, 0));
    }

    [Fact]
    public async Task What_a_query_shuts_out_or_demands_beyond_words_holds_for_near_papers_too()
    {
        await using var app = await fixture.CreateAsync(("Relevance__Embeddings", "Auto"));
        await AddPaperAsync(app, 1, "Sparse attention for fast serving", "We reduce the inference cost of transformer models by dropping attention heads.");
        var near = new Dictionary<string, bool>(StringComparer.Ordinal)
        {
            ["cheaper transformer inference"] = true,
            ["cheaper transformer inference -mango"] = true,
            ["cheaper transformer inference -attention"] = false,
            ["cheaper transformer inference cat:stat.ML"] = false,
            ["cheaper inference title:transformer"] = false,
            ["cheaper transformer inference author:Nobody"] = false,
        };
        var ids = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var text in near.Keys)
            ids[text] = await app.AddQueryAsync(text);

        await app.Service<EmbeddingRound>().RunAsync(10, null, default);

        var matched = (await MatchesAsync(app)).Select(match => match.QueryId).ToHashSet();
        near.Keys.Where(text => matched.Contains(ids[text])).ShouldBe(near.Keys.Where(text => near[text]));
    }

    [Fact]
    public async Task Of_two_papers_that_hold_the_words_alike_the_one_that_means_it_is_the_more_relevant()
    {
        await using var app = await fixture.CreateAsync(("Relevance__Embeddings", "Auto"));
        await AddPaperAsync(app, 1, "A study of weights", "Pruning fruit trees in orchards makes them bear more apples each year.");
        await AddPaperAsync(app, 2, "A study of weights", "Pruning deep neural networks in vision makes them run faster each time.");
        await app.AddQueryAsync("pruning OR \"sparse neural networks\"");

        await app.Service<EmbeddingRound>().RunAsync(10, null, default);

        var matches = (await MatchesAsync(app)).ToDictionary(match => match.PaperId);
        matches.Count.ShouldBe(2);
        matches.Values.ShouldAllBe(match => !match.IsNear && match.Closeness == null);
        matches[2].Relevance.ShouldBeGreaterThan(matches[1].Relevance);
    }

    [Fact]
    public async Task A_process_without_the_model_matches_by_the_vectors_that_are_stored()
    {
        var settings = await fixture.CreateConfigurationAsync(("Relevance__Embeddings", "Auto"));
        await using var ingest = await TestApp.StartAsync(settings, SharedEncoder.Instance);
        await AddPaperAsync(ingest, 1, "Sparse attention for fast serving", "We reduce the inference cost of transformer models by dropping attention heads.");
        await ingest.AddQueryAsync("making transformers cheaper at inference");
        await ingest.Service<EmbeddingRound>().RunAsync(10, null, default);
        await ingest.Database.ExecuteAsync("insert into unmatched_papers (paper_id) select id from papers; delete from topic_matches", null, default);
        using var none = new SentenceEncoder(new RelevanceOptions { Embeddings = "/nowhere/at/all" }, NullLogger<SentenceEncoder>.Instance);
        await using var plan = await TestApp.StartAsync(settings, none);

        await plan.Service<TopicMatching>().MatchDueAsync(default);

        (await MatchesAsync(plan)).ShouldHaveSingleItem().IsNear.ShouldBeTrue();
        none.Hindrance.ShouldBeNull("nobody asked for the model");
    }

    [Fact]
    public async Task A_preview_says_what_matches_word_for_word_and_what_is_close_and_offers_words_that_would_match()
    {
        await using var app = await fixture.CreateAsync(("Relevance__Embeddings", "Auto"));
        for (var i = 1; i <= 3; i++)
            await AddPaperAsync(app, i, $"Sparse attention, part {i}", "We reduce the inference cost of transformer models by dropping attention heads. It is tried on data.");
        for (var i = -37; i <= -1; i++)
            await AddPaperAsync(app, i, $"Catalysts for ammonia, part {i}", "Iron catalysts are studied under pressure.");
        await app.Service<EmbeddingRound>().RunAsync(3, null, default);
        TopicQuery.TryParse("making transformers cheaper at inference", out var query, out _).ShouldBeTrue();

        var preview = await app.Service<TopicPreview>().TryAsync(query!, Today, 30, default);

        preview.Matches.ShouldBeEmpty();
        preview.Summary.ShouldBe("0 match word for word, 3 are close in meaning.");
        preview.Near.Select(near => near.Paper.Id).ShouldBe([1, 2, 3], ignoreOrder: true);
        preview.Near.ShouldAllBe(near => near.Closeness >= 0.45 && near.Sentence == "We reduce the inference cost of transformer models by dropping attention heads.");
        preview.Suggestions.ShouldContain("attention");
        preview.Suggestions.ShouldNotContain("inference");
    }

    [Fact]
    public async Task A_search_finds_what_is_meant_and_a_paper_without_a_vector_is_still_found_by_its_words()
    {
        await using var app = await fixture.CreateAsync(("Relevance__Embeddings", "Auto"));
        await AddPaperAsync(app, 1, "Inference with transformers", "Transformers are explained.");
        for (var i = 2; i <= 16; i++)
            await AddPaperAsync(app, i, $"Catalysts for ammonia, part {i}", "Iron catalysts are studied under pressure.");
        await AddPaperAsync(app, 17, "Sparse attention for fast serving", "We reduce the computational cost of language models by dropping attention heads.");
        await app.Service<EmbeddingRound>().RunAsync(16, null, default);
        TopicQuery.TryParse("making transformers cheaper at inference", out var query, out _).ShouldBeTrue();

        var found = await app.Service<PaperSearch>().RankAsync(query!, isExact: true, waits: true, default);

        found.Ranked.Take(2).ShouldBe([17, 1], ignoreOrder: true);
    }

    [Fact]
    public async Task Searches_share_what_is_known_of_the_vectors_until_others_are_written()
    {
        await using var app = await fixture.CreateAsync(("Relevance__Embeddings", "Auto"));
        await AddPaperAsync(app, 1, "Inference with transformers", "Transformers are explained.");
        for (var i = 2; i <= 30; i++)
            await AddPaperAsync(app, i, $"Catalysts for ammonia, part {i}", "Iron catalysts are studied under pressure.");
        await app.Service<EmbeddingRound>().RunAsync(30, null, default);
        app.Service<FreeTextSearch>().CheckEvery = TimeSpan.FromHours(1);
        var search = app.Service<PaperSearch>();
        TopicQuery.TryParse("making transformers cheaper at inference", out var query, out _).ShouldBeTrue();
        await search.RankAsync(query!, isExact: true, waits: true, default);

        using (var seen = new SeenStatements(app.Database))
        {
            await search.RankAsync(query!, isExact: true, waits: true, default);
            await search.RankAsync(query!, isExact: true, waits: true, default);
            seen.Names.ShouldNotContain("paper_vectors.versions_by_paper");
        }

        var written = app.Service<StoredVectors>().Written;
        await AddPaperAsync(app, 31, "Sparse attention for fast serving", "We reduce the computational cost of language models by dropping attention heads.");
        await app.Service<EmbeddingRound>().RunAsync(1, null, default);
        app.Service<StoredVectors>().Written.ShouldBeGreaterThan(written);
        using var later = new SeenStatements(app.Database);
        await search.RankAsync(query!, isExact: true, waits: true, default);
        later.Names.ShouldContain("paper_vectors.versions_by_paper");
    }

    [Fact]
    public async Task Papers_that_are_close_in_meaning_know_each_other_until_one_changes()
    {
        await using var app = await fixture.CreateAsync(("Relevance__Embeddings", "Auto"));
        await AddPaperAsync(app, 1, "Sparse attention for fast serving", "We reduce the inference cost of transformer models by dropping attention heads.");
        await AddPaperAsync(app, 2, "Catalysts for ammonia", "Iron catalysts are studied under pressure.");
        await app.Service<EmbeddingRound>().RunAsync(10, null, default);
        await AddPaperAsync(app, 3, "Cheaper transformer inference", "Attention heads are dropped to make serving transformer models fast.");
        await app.Service<EmbeddingRound>().RunAsync(10, null, default);
        app.Clock.Now = Today.AtMidnight().InUtc().ToInstant();
        var archive = app.Service<Archive>();

        (await archive.SimilarToAsync(1, default)).ShouldHaveSingleItem().Id.ShouldBe(3);
        (await archive.SimilarToAsync(3, default)).ShouldHaveSingleItem().Title.ShouldBe("Sparse attention for fast serving");
        (await archive.SimilarToAsync(2, default)).ShouldBeEmpty();

        await app.Database.ExecuteAsync(
            "update papers set title = 'Iron catalysts', abstract = 'They make ammonia.', updated_at = updated_at + interval '1 minute' where id = 3", null, default);
        await app.Service<EmbeddingRound>().RunAsync(10, null, default);

        (await archive.SimilarToAsync(1, default)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("One is short. Another sentence that is long enough to say something. 3.5 times as fast as e.g. the usual one, we find.", 2)]
    [InlineData("我们提出了一种新的方法来降低大型语言模型的推理成本并保持其质量不变。实验表明该方法在多个基准测试中优于现有的方法而且更加快速。", 2)]
    [InlineData(null, 0)]
    public void An_abstract_is_cut_into_its_sentences(string? text, int sentences) => AbstractSentences.Cut(text).Count.ShouldBe(sentences);

    private static Task<IReadOnlyList<MatchRow>> MatchesAsync(TestApp app) => app.Database.QueryAsync<MatchRow>(
        "select query_id, paper_id, relevance, is_near, closeness, terms from topic_matches order by query_id, paper_id", null, default);

    private sealed record MatchRow
    {
        public required long QueryId { get; init; }
        public required long PaperId { get; init; }
        public required float Relevance { get; init; }
        public required bool IsNear { get; init; }
        public float? Closeness { get; init; }
        public required string[] Terms { get; init; }
    }

    private static async Task<Check> CheckAsync(TestApp app) =>
        (await app.Service<Doctor>().ExamineAsync(new MigrationReport(0, 1, 1), default)).Single(check => check.Name == "embeddings");

    private static Task<IReadOnlyList<int>> LengthsAsync(TestApp app, string table) =>
        app.Database.QueryAsync<int>($"select length(vector) from {table} order by 1", null, default);

    private static Task<int> AddPaperAsync(TestApp app, long id, string title, string? summary = null) => app.Database.ExecuteAsync(
        """
        insert into papers (id, title, original_title, abstract, first_listed_on, created_at, updated_at) overriding system value
        values (@id, @title, @title, @summary, @listedOn, @at, @at)
        """,
        new { id, title, summary, listedOn = Today, at = Today.AtMidnight().InUtc().ToInstant() },
        default);
}
