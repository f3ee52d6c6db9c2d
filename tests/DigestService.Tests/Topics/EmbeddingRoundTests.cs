using DigestService.Admin;
using DigestService.Platform;
using DigestService.Relevance.Embeddings;
using DigestService.Topics;
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
        await AddQueryAsync(app, "sparse networks");
        await AddQueryAsync(app, "author:Hinton");

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
            check => check.Detail.ShouldContain("could not be loaded"));
    }

    private static async Task<Check> CheckAsync(TestApp app) =>
        (await app.Service<Doctor>().ExamineAsync(new MigrationReport(0, 1, 1), default)).Single(check => check.Name == "embeddings");

    private static Task<IReadOnlyList<int>> LengthsAsync(TestApp app, string table) =>
        app.Database.QueryAsync<int>($"select length(vector) from {table} order by 1", null, default);

    private static async Task<long> AddQueryAsync(TestApp app, string text)
    {
        TopicQuery.TryParse(text, out var query, out var error).ShouldBeTrue(error?.Message);
        return await app.Database.InTransactionAsync(
            async connection => (await app.Service<TopicCatalogue>().EnsureQueriesAsync(connection, [query!.Canonical], default))[query.Canonical],
            default);
    }

    private static Task<int> AddPaperAsync(TestApp app, long id, string title, string? summary = null) => app.Database.ExecuteAsync(
        """
        insert into papers (id, title, original_title, abstract, first_listed_on, created_at, updated_at) overriding system value
        values (@id, @title, @title, @summary, @listedOn, @at, @at)
        """,
        new { id, title, summary, listedOn = Today, at = Today.AtMidnight().InUtc().ToInstant() },
        default);
}
