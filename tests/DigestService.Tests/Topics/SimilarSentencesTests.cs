using System.Net;
using System.Text.Json;
using AngleSharp.Html.Parser;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Relevance.Embeddings;
using DigestService.Tests.Journeys;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Topics;

/// <summary>Why a paper is close in meaning to another: the sentence of its abstract, from the round that embeds to the page.</summary>
public sealed class SimilarSentencesTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Title = "Sparse attention for fast serving";
    private const string Abstract = "We reduce the inference cost of transformer models by dropping attention heads at run time.";
    private const string SimilarTitle = "Cheaper transformer inference";
    private const string Closest = "Attention heads are dropped to make serving transformer models fast.";
    private const string SimilarAbstract = $"Large language models are slow to run. {Closest} The code is released for everybody.";

    private static readonly LocalDate Day = new(2026, 3, 3);

    [Fact]
    public async Task The_page_of_a_paper_shows_each_similar_one_with_its_closest_sentence_in_the_visitors_language()
    {
        await using var site = await Site.OpenAsync(apps);
        var (paper, similar) = await AddPairAsync(site);
        var shown = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["en"] = $"Close in meaning to this paper: “{Closest}”",
            ["de"] = $"Dem Sinn nach nah an diesem Paper: „{Closest}“",
            ["fr"] = $"Proche de cet article par le sens\u00A0: «\u00A0{Closest}\u00A0»",
            ["es"] = $"Cercano en significado a este artículo: «{Closest}»",
            ["zh"] = $"与本文含义相近：“{Closest}”",
        };

        foreach (var (language, words) in shown)
        {
            var page = await PageAsync(site, paper, language);
            var item = page.QuerySelectorAll("li").Single(li => li.QuerySelector($"a[href='/paper/{similar}']") is not null);
            item.QuerySelector("a")!.TextContent.ShouldBe(SimilarTitle);
            item.QuerySelector("p")!.TextContent.ShouldBe(words);
            item.QuerySelector("span")!.GetAttribute("lang").ShouldBe("en");
        }
    }

    [Fact]
    public async Task The_API_gives_the_reason_and_the_sentence_and_while_none_is_known_the_plain_reason_as_the_page_does()
    {
        await using var site = await Site.OpenAsync(apps);
        var (paper, similar) = await AddPairAsync(site);

        var known = await SimilarAsync(site, paper);
        await site.Database.ExecuteAsync("update similar_papers set sentence = null", null, default);
        var unknown = await SimilarAsync(site, paper);

        known.GetProperty("id").GetInt64().ShouldBe(similar);
        known.GetProperty("closeness").GetDouble().ShouldBeGreaterThan(0.6);
        known.GetProperty("reason").GetString().ShouldBe($"Close in meaning to “{Title}”.");
        known.GetProperty("sentence").GetString().ShouldBe(Closest);
        unknown.GetProperty("reason").GetString().ShouldBe($"Close in meaning to “{Title}”.");
        unknown.GetProperty("sentence").ValueKind.ShouldBe(JsonValueKind.Null);
        (await PageAsync(site, paper, "en")).Body!.TextContent.ShouldContain("Close in meaning to this paper.");
    }

    [Fact]
    public async Task A_sentence_that_the_abstract_no_longer_has_is_not_shown_also_where_the_model_is_off()
    {
        await using var site = await Site.OpenAsync(apps);
        var (paper, similar) = await AddPairAsync(site);

        await site.Database.ExecuteAsync("update papers set abstract = 'Retracted text.' where id = @similar", new { similar }, default);

        (await SimilarAsync(site, paper)).GetProperty("sentence").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Theory]
    [InlineData("Attention heads <script>alert(1)</script> are dropped to make serving transformer models \"fast\" & cheap.")]
    [InlineData("</span></p><img src=x onerror=alert(1)> Attention heads are dropped to serve transformer models at less cost.")]
    public async Task Markup_in_an_abstract_is_text_where_its_sentence_is_quoted(string hostile)
    {
        await using var site = await Site.OpenAsync(apps);
        var (paper, _) = await AddPairAsync(site, hostile);

        var page = await PageAsync(site, paper, "en");

        (await SimilarAsync(site, paper)).GetProperty("sentence").GetString().ShouldBe(hostile);
        page.Body!.TextContent.ShouldContain($"“{hostile}”");
        page.QuerySelectorAll("img[src=x]").ShouldBeEmpty();
        page.QuerySelectorAll("script").ShouldAllBe(script => !script.TextContent.Contains("alert(1)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_abstract_without_a_full_stop_is_quoted_by_its_beginning()
    {
        await using var site = await Site.OpenAsync(apps);
        var endless = string.Join(' ', Enumerable.Repeat("attention heads are dropped to make serving transformer models fast", 200));
        var (paper, _) = await AddPairAsync(site, endless);

        var sentence = (await SimilarAsync(site, paper)).GetProperty("sentence").GetString()!;
        var quoted = (await PageAsync(site, paper, "en")).QuerySelector("li p span")!.TextContent;

        sentence.Length.ShouldBeInRange(900, 1_000);
        endless.ShouldStartWith(sentence);
        quoted.Length.ShouldBeInRange(200, 250);
        quoted.ShouldEndWith("…”");
    }

    [Fact]
    public async Task A_changed_text_of_either_paper_renews_the_sentence()
    {
        await using var app = await AppAsync();
        await AddPaperAsync(app.Database, 1, Title, Abstract);
        await AddPaperAsync(app.Database, 2, SimilarTitle, SimilarAbstract);
        await RoundAsync(app);
        (await SentenceAsync(app, 1)).ShouldBe(Closest);

        const string Other = "Transformer inference gets cheaper when attention heads are left out.";
        await ChangeAsync(app, 2, $"Large language models are slow to run. {Other}");
        await RoundAsync(app);
        (await SentenceAsync(app, 1)).ShouldBe(Other);

        await app.Database.ExecuteAsync("update similar_papers set sentence = 'Something old.'", null, default);
        await ChangeAsync(app, 1, "Attention heads are dropped at run time, and transformer inference gets cheap.");
        await RoundAsync(app);
        (await SentenceAsync(app, 1)).ShouldBe(Other);
    }

    [Theory]
    [InlineData("0 former")]
    [InlineData("zz former")]
    public async Task A_changed_model_finds_similar_papers_and_their_sentences_anew(string former)
    {
        await using var app = await AppAsync();
        await AddPaperAsync(app.Database, 1, Title, Abstract);
        await AddPaperAsync(app.Database, 2, SimilarTitle, SimilarAbstract);
        await AddPaperAsync(app.Database, 3, "Catalysts for ammonia", "Iron catalysts are studied under pressure.");
        await app.Database.ExecuteAsync(
            """
            insert into paper_vectors (paper_id, model, text_version, vector)
            select id, @former, text_version, decode(repeat('003c', 384), 'hex') from papers;
            insert into similar_papers (paper_id, similar_id, closeness, sentence)
            select a.id, b.id, 0.99, 'What another model found.' from papers a join papers b on b.id <> a.id
            """,
            new { former },
            default);

        await RoundAsync(app);

        var pairs = await app.Database.QueryAsync<string>("select paper_id || ' ' || similar_id from similar_papers where closeness < 0.95 order by 1", null, default);
        pairs.ShouldBe(["1 2", "2 1"]);
        (await app.Database.QuerySingleOrDefaultAsync<long>("select count(*) from similar_papers", null, default)).ShouldBe(2);
        (await SentenceAsync(app, 1)).ShouldBe(Closest);
        (await SentenceAsync(app, 2)).ShouldBe("We reduce the inference cost of transformer models by dropping attention heads at run time.");
    }

    [Fact]
    public async Task A_round_looks_into_as_many_abstracts_as_it_may_the_newest_first_and_the_next_does_the_rest()
    {
        await using var app = await AppAsync();
        for (var id = 1; id <= 4; id++)
            await AddPaperAsync(app.Database, id, Title, Abstract);
        await RoundAsync(app);
        await app.Database.ExecuteAsync("update similar_papers set sentence = null", null, default);
        var sentences = app.Service<SimilarSentences>();

        await sentences.FindDueAsync(3, default);
        (await app.Database.QueryAsync<long>("select distinct similar_id from similar_papers where sentence is null", null, default)).ShouldBe([1]);

        await sentences.FindDueAsync(3, default);
        (await app.Database.QuerySingleOrDefaultAsync<long>("select count(*) from similar_papers where sentence is null", null, default)).ShouldBe(0);
    }

    [Fact]
    public async Task A_similar_paper_without_an_abstract_is_looked_at_once_and_shown_without_a_sentence()
    {
        await using var app = await AppAsync();
        await AddPaperAsync(app.Database, 1, Title, Abstract);
        await AddPaperAsync(app.Database, 2, Title, null);

        await RoundAsync(app);

        (await app.Database.QuerySingleOrDefaultAsync<string>("select sentence from similar_papers where similar_id = 2", null, default)).ShouldBe("");
        (await SentenceAsync(app, 1)).ShouldBeNull();
    }

    [Fact]
    public async Task A_sentence_of_a_text_that_has_changed_meanwhile_is_not_written()
    {
        await using var app = await AppAsync();
        await AddPaperAsync(app.Database, 1, Title, Abstract);
        await AddPaperAsync(app.Database, 2, SimilarTitle, SimilarAbstract);
        await RoundAsync(app);
        await app.Database.ExecuteAsync("update similar_papers set sentence = null", null, default);
        var versions = await app.Database.QueryAsync<long>("select text_version from papers order by id", null, default);
        var model = app.Service<SentenceEncoder>().ModelName;
        Task<int> WriteAsync(long paperVersion, long similarVersion) => app.Database.ExecuteAsync(
            EmbeddingQueries.RememberSimilarSentences,
            new { model, papers = new[] { 1L }, paperVersions = new[] { paperVersion }, others = new[] { 2L }, otherVersions = new[] { similarVersion }, sentences = new[] { Closest } },
            default);

        (await WriteAsync(versions[0] + 1, versions[1])).ShouldBe(0);
        (await WriteAsync(versions[0], versions[1] + 1)).ShouldBe(0);
        (await WriteAsync(versions[0], versions[1])).ShouldBe(1);
        (await WriteAsync(versions[0], versions[1])).ShouldBe(0);
    }

    // The site has no model: what it shows was found by a process that embeds.
    private async Task<(long Paper, long Similar)> AddPairAsync(Site site, string similarAbstract = SimilarAbstract)
    {
        var paper = await site.AddPaperAsync(Title, text: Abstract);
        var similar = await site.AddPaperAsync(SimilarTitle, text: similarAbstract);
        await using var ingest = await TestApp.StartAsync(
            await apps.CreateConfigurationAsync(("ConnectionStrings__Digest", site.Database.Source.ConnectionString), ("Relevance__Embeddings", "Auto")), SharedEncoder.Instance);
        await RoundAsync(ingest);
        return (paper, similar);
    }

    private async Task<TestApp> AppAsync()
    {
        var app = await apps.CreateAsync(("Relevance__Embeddings", "Auto"));
        app.Clock.Now = Day.PlusDays(1).AtMidnight().InUtc().ToInstant();
        return app;
    }

    private static Task<int> RoundAsync(TestApp app) => app.Service<EmbeddingRound>().RunAsync(EmbeddingRound.UsualPapers, null, default);

    private static async Task<string?> SentenceAsync(TestApp app, long paper) => (await app.Service<Archive>().SimilarToAsync(paper, default)).ShouldHaveSingleItem().Sentence;

    private static async Task<JsonElement> SimilarAsync(Site site, long paper)
    {
        using var answer = JsonDocument.Parse(await site.Browser.GetStringAsync($"/api/v1/papers/{paper}"));
        return answer.RootElement.GetProperty("similar")[0].Clone();
    }

    private static async Task<AngleSharp.Html.Dom.IHtmlDocument> PageAsync(Site site, long paper, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/paper/{paper}");
        request.Headers.AcceptLanguage.ParseAdd(language);
        using var answer = await site.Browser.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await new HtmlParser().ParseDocumentAsync(await answer.Content.ReadAsStringAsync());
    }

    private static Task<int> ChangeAsync(TestApp app, long id, string text) => app.Database.ExecuteAsync(
        "update papers set abstract = @text, updated_at = updated_at + interval '1 minute' where id = @id", new { id, text }, default);

    private static Task<int> AddPaperAsync(Database database, long id, string title, string? text) => database.ExecuteAsync(
        """
        insert into papers (id, title, original_title, abstract, first_listed_on, created_at, updated_at) overriding system value
        values (@id, @title, @title, @text, @day, @at, @at)
        """,
        new { id, title, text, day = Day, at = Day.AtMidnight().InUtc().ToInstant() },
        default);
}
