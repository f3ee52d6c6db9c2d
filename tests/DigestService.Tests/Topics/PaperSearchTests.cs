using DigestService.Papers;
using DigestService.Relevance;
using DigestService.Relevance.Embeddings;
using DigestService.Relevance.Search;
using DigestService.Tests.Shared;
using DigestService.Tests.Sources;
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
    public async Task A_paper_that_moves_to_another_day_is_found_by_its_own_words_as_are_those_it_passes()
    {
        var app = await OpenAsync();
        (await FindAsync(app, "robots laundry"))[0].ShouldBe("Robots that fold laundry");

        await app.Database.ExecuteAsync(
            "update papers set first_listed_on = first_listed_on - 3, updated_at = updated_at + interval '1 hour' where id = 4", null, default);

        (await FindAsync(app, "robots laundry"))[0].ShouldBe("Robots that fold laundry");
        (await FindAsync(app, "proteins noise"))[0].ShouldBe("Proteins from noise");
        (await FindAsync(app, "pruning early"))[0].ShouldBe("Pruning networks early");
    }

    [Fact]
    public async Task The_catalogue_lists_what_a_search_found_in_its_order()
    {
        var app = await OpenAsync();

        var page = await app.Service<Catalogue>().ListAsync(new CatalogueFilter(null, null, [3, 1], 10), default);

        page.Papers.Select(paper => paper.Id).ShouldBe([3, 1]);
        page.Total.ShouldBe(2);
    }

    [Theory]
    [InlineData("2603.00001")]
    [InlineData("2603.00001v2")]
    [InlineData("arXiv:2603.00001")]
    [InlineData("https://arxiv.org/abs/2603.00001v3")]
    [InlineData("https://arxiv.org/pdf/2603.00001.pdf")]
    [InlineData("see https://huggingface.co/papers/2603.00001, it is good")]
    [InlineData("https://www.alphaxiv.org/abs/2603.00001")]
    [InlineData("(arXiv:2603.00001v2 [cs.CL])")]
    [InlineData("“2603.00001”.")]
    [InlineData("10.1016/S0140-6736(20)30183-5")]
    [InlineData("see https://doi.org/10.1016/s0140-6736(20)30183-5, they say")]
    [InlineData("(doi:10.1016/S0140-6736(20)30183-5)")]
    [InlineData("10.1002/(SICI)1097-4571(199601)47:1<57::AID-ASI6>3.0.CO;2-#")]
    [InlineData("10.48550/arXiv.2603.00001")]
    [InlineData("arXiv.2603.00001")]
    [InlineData("arXiv-2603.00001v2")]
    [InlineData("https://www.semanticscholar.org/arxiv/2603.00001")]
    [InlineData("https://papers.cool/arxiv/2603.00001v1?from=mail")]
    [InlineData("doi:10.1000/Example.7")]
    [InlineData("https://doi.org/10.1000/example.7")]
    [InlineData("(10.1000/example.7)")]
    public async Task An_identifier_in_any_dress_opens_its_paper_first(string pasted)
    {
        var app = await OpenAsync();
        await AddPaperAsync(app, 30, "Nothing of the kind");
        await AddKeysAsync(app, 30, "arxiv:2603.00001", "doi:10.1000/example.7", "doi:10.1016/s0140-6736(20)30183-5", "doi:10.1002/(sici)1097-4571(199601)47:1<57::aid-asi6>3.0.co;2-#");

        (await FindAsync(app, pasted))[0].ShouldBe("Nothing of the kind");
    }

    [Fact]
    public async Task A_pasted_title_is_first_whatever_marks_it_holds()
    {
        var app = await OpenAsync();
        string[] titles =
        [
            "Pruning: networks (early) – or not?", "\"Open\" the box", "title: a study", "A* search -- and more!", "C++: the \u201cgood\u201d parts",
            "Networks OR pruning", "NOT pruning", "To prune or not to prune: networks", "Pruning $\\alpha$-networks", "Unclosed \"quote",
        ];
        for (var i = 0; i < titles.Length; i++)
        {
            await AddPaperAsync(app, 100 + i, titles[i]);
            await AddKeysAsync(app, 100 + i, WorkKeys.OfTitle(titles[i]) + "|doe");
        }

        foreach (var title in titles)
        {
            var named = await app.Service<PaperSearch>().FindNamedAsync(title, default);
            named[0].ShouldBe(100 + Array.IndexOf(titles, title), title);
            if (TopicQuery.TryParsePasted(title, out _, out _))
                (await FindAsync(app, title))[0].ShouldBe(title);
        }

        const string written = @"$\ell_1$-norm pruning in $\mathcal{O}(n\log n)$ for $L^{\infty}$ and $\sqrt{s}=13$";
        await AddPaperAsync(app, 120, PeopleText.Clean(written));
        await AddKeysAsync(app, 120, WorkKeys.OfTitle(PeopleText.Clean(written)) + "|doe");
        (await FindAsync(app, written))[0].ShouldBe(PeopleText.Clean(written));
    }

    [Fact]
    public async Task Every_title_of_months_of_Hugging_Face_is_found_first_when_it_is_pasted()
    {
        var bed = await CatalogueTestBed.StartAsync(apps);
        await bed.ImportAllAsync([SharedData.Require("data/hf-daily")]);
        var papers = await bed.App.Database.QueryAsync<TitleRow>("select id, title from papers", null, default);
        var search = bed.App.Service<PaperSearch>();

        var missed = new List<string>();
        foreach (var paper in papers)
        {
            var named = await search.FindNamedAsync(paper.Title, default);
            if (named.Count == 0 || named[0] != paper.Id)
                missed.Add(paper.Title);
        }

        papers.Count.ShouldBeGreaterThan(2_000);
        missed.ShouldBeEmpty();
        papers.Count(paper => !TopicQuery.TryParsePasted(paper.Title, out _, out _)).ShouldBeLessThan(papers.Count / 100);
    }

    [Theory]
    [InlineData("Jürgen Müller")]
    [InlineData("jurgen muller")]
    [InlineData("Müller, Jürgen")]
    [InlineData("J. Müller")]
    public async Task An_authors_name_finds_their_papers_first(string name)
    {
        var app = await OpenAsync();
        await AddPaperAsync(app, 40, "On something else", authors: ["Ann One", "Jürgen Müller"]);
        await AddPaperAsync(app, 41, "Müller cells, by Jürgen’s method", authors: ["Bea Two"]);

        (await FindAsync(app, name))[0].ShouldBe("On something else");
    }

    [Fact]
    public async Task A_family_name_alone_finds_its_papers_unless_it_is_a_word_that_is_asked_for()
    {
        var app = await OpenAsync();
        await AddPaperAsync(app, 42, "Of one thing", authors: ["Ida Zyzzynski"]);
        await AddPaperAsync(app, 43, "Of another", authors: ["Kim Robots", "Ann Zyzzynska"]);
        await AddPaperAsync(app, 44, "Of a third", authors: ["Jo Robots"]);

        (await FindAsync(app, "zyzzynski")).ShouldBe(["Of one thing"]);
        (await FindAsync(app, "ida")).ShouldNotContain("Of one thing");
        (await FindAsync(app, "robots"))[0].ShouldBe("Robots that fold laundry");
        (await FindAsync(app, "Robots"))[..2].ShouldBe(["Of a third", "Of another"]);
    }

    [Fact]
    public async Task A_mistyped_word_finds_its_neighbour_says_so_and_can_be_insisted_on()
    {
        var app = await OpenAsync();
        await AddPaperAsync(app, 50, "Transformer circuits");
        await AddPaperAsync(app, 51, "A transformer for proteins");

        var (papers, _, correction) = await AnswerAsync(app, "transfomer circuits");
        var (exact, _, none) = await AnswerAsync(app, "transfomer circuits", isExact: true);

        correction.ShouldBe(new Correction("transfomer", "transformer"));
        papers[0].Title.ShouldBe("Transformer circuits");
        none.ShouldBeNull();
        exact.Select(paper => paper.Title).ShouldNotContain("A transformer for proteins");
        var (every, _, all) = await AnswerAsync(app, "transfomer of protens");
        all.ShouldBe(new Correction("transfomer protens", "transformer proteins"));
        every[0].Title.ShouldBe("A transformer for proteins");
    }

    [Fact]
    public async Task Papers_that_are_not_in_memory_are_found_by_words_phrases_and_titles()
    {
        var app = await OpenAsync(("Relevance__Embeddings", "Auto"));
        await app.Database.ExecuteAsync(
            $"""
            insert into papers (id, title, first_listed_on, created_at, updated_at) overriding system value
            select 1000 + g, 'Filler number ' || g, date '2026-03-04' - g / 1000, now(), now()
            from generate_series(1, {RecentPapers.Capacity + 500}) g
            """,
            null, default);
        await AddPaperAsync(app, 60_001, "Sparse mixture of dragons", Today.PlusDays(-900));
        await AddPaperAsync(app, 60_002, "Dragons in a mixture that is sparse at most", Today.PlusDays(-901));
        await AddPaperAsync(app, 60_003, "Another animal", Today.PlusDays(-902));

        // Before the newest are in memory, and after.
        (await FindAsync(app, "sparse mixture of dragons"))[0].ShouldBe("Sparse mixture of dragons");
        await app.Service<FreeTextSearch>().TrainedAsync(waits: true, default);
        (await FindAsync(app, "sparse mixture of dragons"))[..2].ShouldBe(["Sparse mixture of dragons", "Dragons in a mixture that is sparse at most"]);
        (await FindAsync(app, "\"mixture of dragons\"")).ShouldBe(["Sparse mixture of dragons"]);
        (await FindAsync(app, "dragon* -\"dragons in a mixture\"")).ShouldBe(["Sparse mixture of dragons"]);

        // Words that the newest do not know rank older papers among themselves, whatever their days.
        await AddPaperAsync(app, 60_006, "Griffins, and long after them at the very end of a title, wyverns", Today.PlusDays(-905));
        await AddPaperAsync(app, 60_007, "Griffins and wyverns", Today.PlusDays(-906));
        (await FindAsync(app, "griffins wyverns"))[0].ShouldBe("Griffins and wyverns");

        // Where there are vectors, older papers are ranked by their meaning as well.
        await AddPaperAsync(app, 60_004, "Dragons pruning networks", Today.PlusDays(-903));
        await AddPaperAsync(app, 60_005, "Pruning networks of some dragons", Today.PlusDays(-904));
        var byWords = await FindOldAsync();
        await GiveVectorsAsync(app, close: byWords[1].Contains("some", StringComparison.Ordinal) ? 60_005 : 60_004, "networks of dragons pruning");
        (await FindOldAsync()).ShouldBe([byWords[1], byWords[0]]);

        async Task<List<string>> FindOldAsync()
        {
            var found = await AnswerAsync(app, "networks of dragons pruning", isExact: true, limit: 50);
            return [.. found.Papers.Select(paper => paper.Title).Where(title => title.Contains("networks", StringComparison.Ordinal) && title.Contains("ragons", StringComparison.Ordinal))];
        }
    }

    [Theory]
    [InlineData("A 5\" display (and more")]
    [InlineData("1) What is it?")]
    [InlineData("To be, or not to be")]
    [InlineData("Smile :)")]
    [InlineData("NOT")]
    public async Task A_title_that_is_no_query_is_found_wherever_it_is_pasted(string title)
    {
        var app = await OpenAsync();
        await AddPaperAsync(app, 40, title);
        await AddKeysAsync(app, 40, WorkKeys.OfTitle(title) + "|");
        var search = app.Service<PaperSearch>();

        (await search.AnswerAsync(title, isExact: true, waits: true, default)).Answer.ShouldNotBeNull().Ranked.ShouldBe([40]);
        (await search.FindAsync(title, isExact: false, new(10), default)).Found.ShouldNotBeNull().Papers.Select(paper => paper.Id).ShouldBe([40]);
        (await search.FindAsync("A 6\" display (and more", isExact: false, new(10), default)).Error.ShouldNotBeNull();
        (await search.FindAsync("\0", isExact: false, new(10), default)).Error.ShouldNotBeNull();
    }

    private static async Task GiveVectorsAsync(TestApp app, long close, string text)
    {
        using var lease = app.Service<SentenceEncoder>().Borrow().ShouldNotBeNull();
        var meant = lease.Model.EmbedQuery(text);
        const string Insert = "insert into paper_vectors (paper_id, model, text_version, vector) select id, @model, text_version, @vector from papers where ";
        foreach (var (half, other) in ((int, string)[])[(0, "numbers"), (1, "robots")])
            await app.Database.ExecuteAsync(
                Insert + "id < 60000 and id % 2 = @half", new { half, model = lease.Model.Name, vector = VectorOctets.From(lease.Model.EmbedQuery(other)) }, default);
        await app.Database.ExecuteAsync(Insert + "id = @close", new { model = lease.Model.Name, vector = VectorOctets.From(meant), close }, default);
        await app.Database.ExecuteAsync(
            Insert + "id > 60000 and id <> @close", new { model = lease.Model.Name, vector = VectorOctets.From([.. meant.Select(x => -x)]), close }, default);
    }

    private async Task<TestApp> OpenAsync(params IEnumerable<(string Key, string Value)> settings)
    {
        var app = await apps.CreateAsync(settings);
        app.Clock.Now = Today.AtMidnight().InUtc().ToInstant();
        // Tests write vectors past the program and search at once.
        app.Service<FreeTextSearch>().CheckEvery = TimeSpan.Zero;
        await AddPaperAsync(app, 1, "Networks that need no pruning");
        await AddPaperAsync(app, 2, "Pruning networks early");
        await AddPaperAsync(app, 3, "Robots that fold laundry");
        await AddPaperAsync(app, 4, "Proteins from noise");
        await AddPaperAsync(app, 5, "Pruning of tomorrow, networks and all", Today.PlusDays(1));
        return app;
    }

    private static async Task<List<string>> FindAsync(TestApp app, string text)
    {
        var (papers, total, _) = await AnswerAsync(app, text);
        total.ShouldBe(papers.Count);
        return [.. papers.Select(paper => paper.Title)];
    }

    private static async Task<FoundPapers> AnswerAsync(TestApp app, string text, bool isExact = false, int limit = 10) =>
        (await app.Service<PaperSearch>().FindAsync(text, isExact, new(limit), default)).Found.ShouldNotBeNull();

    private sealed record TitleRow
    {
        public required long Id { get; init; }

        public required string Title { get; init; }
    }

    private static Task<int> AddKeysAsync(TestApp app, long paper, params string[] keys) => app.Database.ExecuteAsync(
        "insert into paper_keys (key, paper_id) select unnest(@keys), @paper", new { keys, paper }, default);

    private static Task<int> AddPaperAsync(
        TestApp app, long id, string title, LocalDate? listedOn = null, string[]? authors = null) => app.Database.ExecuteAsync(
        """
        insert into papers (id, title, original_title, authors, first_listed_on, created_at, updated_at) overriding system value
        values (@id, @title, @title, @authors, @listedOn, @at, @at)
        """,
        new { id, title, authors = authors ?? [], listedOn = listedOn ?? Today, at = Today.AtMidnight().InUtc().ToInstant() },
        default);
}
