using DigestService.Sources;
using DigestService.Tests.Sources;
using DigestService.Topics;
using DigestService.Topics.Searching;
using NodaTime;

namespace DigestService.Tests.Topics;

public sealed class WordIndexTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task When_an_import_returns_each_of_its_papers_has_its_words_and_nothing_waits()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var lines = Enumerable.Range(1, 2_500).Select(i => $$"""{"title":"Study {{i}} of otters","abstract":"They swim."}""");
        var inputs = ImportInput.FromPaths([bed.Write("many.jsonl", string.Join('\n', lines))], null, bed.Today, bed.App.Clock.GetCurrentInstant());

        await bed.App.Service<PaperImport>().ImportAsync(inputs, progress: null, default);

        (await bed.OneAsync<int>("select count(*)::integer from paper_words")).ShouldBe(2_500);
        (await bed.OneAsync<int>("select count(*)::integer from unindexed_papers")).ShouldBe(0);
        (await bed.OneAsync<int>("select count(*)::integer from unmatched_papers")).ShouldBe(0);
    }

    [Fact]
    public async Task A_search_finds_what_an_interrupted_import_left_behind_and_the_words_as_they_are_now()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync("""{"id":"2512.00001","title":"Sea otters","abstract":"They juggle pebbles.","authors":["Zoë Müller"]}""");

        (await FoundAsync(bed, "otters")).ShouldBe(["Sea otters"]);
        (await FoundAsync(bed, "otters pebbles")).ShouldBe(["Sea otters"]);
        (await bed.App.Service<OlderPapers>().ByAuthorAsync("zoe muller", default)).Count.ShouldBe(1);

        await bed.ImportLinesAsync("""{"id":"2512.00001","title":"River badgers","abstract":"They juggle twigs.","authors":["Ann Other"]}""");

        (await FoundAsync(bed, "otters")).ShouldBeEmpty();
        (await FoundAsync(bed, "badgers twigs")).ShouldBe(["River badgers"]);
        (await bed.App.Service<OlderPapers>().ByAuthorAsync("zoe muller", default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_paper_is_found_before_the_day_that_it_has_now()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync("""{"title":"Sea otters","listed_on":"2026-11-20"}""");
        (await FoundAsync(bed, "otters", "2026-11-15")).ShouldBeEmpty();

        await bed.ImportLinesAsync("""{"title":"Sea otters","listed_on":"2026-11-10"}""");

        (await FoundAsync(bed, "otters", "2026-11-15")).ShouldBe(["Sea otters"]);
    }

    [Theory]
    [InlineData("GPT-4 and Llama-3.1: a look", "gpt-4", "GPT 4", "llama 3.1", "Llama-3.1")]
    [InlineData("I/O-bound CPU/GPU work", "I/O", "I/O-bound work", "gpu", "CPU/GPU")]
    [InlineData("Where x <y and z> w holds", "holds", "x y z w")]
    [InlineData("Naïve Bayes for Łódź", "naive bayes", "Naïve", "lodz", "Łódź")]
    [InlineData("Þingvellir, Guðrún, Œuvre and Đorđe", "thingvellir", "Guðrún gudrun", "oeuvre", "œuvre", "dorde", "Đorđe")]
    [InlineData("D'Souza's and d’Alembert’s maps", "D'Souza", "d'alembert maps", "dsouza")]
    [InlineData("Capture of CO₂ by U²-Net", "CO2", "CO₂", "U2-Net", "u²-net capture")]
    [InlineData("α-divergences", "alpha-divergence", "α divergence", "α-divergences")]
    [InlineData("Fine-tuning of models", "finetuning", "fine tuning", "fine-tuning models")]
    [InlineData("Finetuning of models", "finetuning", "fine-tuning")]
    [InlineData("图像分割 with ﬁelds", "图像", "分割", "fields")]
    [InlineData("Moore’s law at AT&T in C++17", "Moore's law", "moores", "AT&T law", "c++ law")]
    [InlineData("GPUs, colours, VLM and Llama 3 realised", "GPU", "color", "colour", "VLMs", "realize", "realised gpus", "llama3")]
    [InlineData("Finetuned language models for generalisation", "fine tuning", "fine-tuning", "fine tuned models", "generalization", "generalizability", "generalizable models")]
    [InlineData("Fine tuning and pre-training, key points in the U.S.", "finetuning", "pretraining", "keypoint", "U.S.", "U.S. pretraining")]
    [InlineData("A GPU kernel", "GPUs", "gpus kernels")]
    [InlineData("What the WHO says of AT&T and IT", "WHO says", "\"says of AT&T\"", "says IT")]
    [InlineData("An e-mail@home.example and more", "home", "example e-mail")]
    public async Task Older_papers_are_found_by_words_as_people_write_them(string title, params string[] queries)
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync($$"""{"title":"{{title}}"}""", """{"title":"Something else"}""");

        foreach (var query in queries)
        {
            (await FoundAsync(bed, query)).ShouldBe([title], query);
            TopicQuery.TryParse($"{query} -dragons", out var asked, out _).ShouldBeTrue();
            (await bed.App.Service<OlderPapers>().ByQueryAsync(asked!, CatalogueTestBed.Day("2027-01-01"), default)).Count.ShouldBe(1, query);
        }
    }

    [Fact]
    public async Task Papers_of_days_to_come_are_not_among_the_older_ones_whatever_day_is_asked_for()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync("""{"title":"Sea otters","listed_on":"2026-11-21"}""", """{"title":"Otters of tomorrow","listed_on":"2026-11-22"}""");
        TopicQuery.TryParse("otters -dragons", out var query, out _).ShouldBeTrue();

        (await FoundAsync(bed, "otters")).ShouldBe(["Sea otters"]);
        var found = await bed.App.Service<OlderPapers>().ByQueryAsync(query!, LocalDate.MaxIsoValue, default);
        (await bed.App.Service<OlderPapers>().TextsAsync(found, default)).ShouldHaveSingleItem().Title.ShouldBe("Sea otters");
    }

    [Fact]
    public async Task Older_papers_that_spell_a_word_as_the_query_does_come_before_those_that_spell_it_otherwise()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync([.. Enumerable.Range(0, 300).Select(i => $$"""{"title":"Colours of fields {{i}}","listed_on":"2026-03-02"}"""), """{"title":"Color of the oldest","listed_on":"2026-02-02"}"""]);
        TopicQuery.TryParse("color -dragons", out var query, out _).ShouldBeTrue();

        var found = await bed.App.Service<OlderPapers>().ByQueryAsync(query!, LocalDate.MaxIsoValue, default);

        found.Count.ShouldBe(300);
        found[0].FirstListedOn.ShouldBe(new LocalDate(2026, 2, 2));
    }

    [Theory]
    [InlineData("author:\"Wei Furu\"")]
    [InlineData("author:wei AND title:otters")]
    [InlineData("author:wei WHO")]
    [InlineData("author:\"F. Wei\" -dragons")]
    [InlineData("author:wei otters")]
    [InlineData("author:(wei OR dragon)")]
    public async Task Older_papers_are_found_by_the_authors_that_a_query_asks_for(string text)
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync("""{"title":"Sea otters","summary":"As the WHO says.","authors":["Ann Other","Furu Wei"]}""", """{"title":"Otters too","authors":["Ann Other"]}""");
        TopicQuery.TryParse(text, out var query, out _).ShouldBeTrue();

        var found = await bed.App.Service<OlderPapers>().ByQueryAsync(query!, LocalDate.MaxIsoValue, default);

        (await bed.App.Service<OlderPapers>().TextsAsync(found, default)).ShouldHaveSingleItem().Title.ShouldBe("Sea otters");
    }

    [Fact]
    public async Task Older_papers_are_found_by_an_authors_name_as_people_write_it()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        (string Author, string[] Names)[] authors =
        [
            ("Søren Kierkegaard", ["Soren Kierkegaard", "søren kierkegaard"]),
            ("Łukasz Kaiser", ["Lukasz Kaiser", "Kaiser, Łukasz"]),
            ("Conan O'Brien", ["Conan O'Brien", "conan o’brien", "conan obrien"]),
            ("Máire O’Hara", ["Maire O'Hara", "Máire Oʼ​Hara".Replace("​", "", StringComparison.Ordinal)]),
            ("Dinesh D'Souza", ["dinesh d'souza", "Dinesh D’Souza"]),
            ("Gerard 't Hooft", ["Gerard 't Hooft", "gerard ’t hooft"]),
            ("Jean-Pierre Serre", ["Jean-Pierre Serre", "jean pierre serre", "Jean‐Pierre Serre", "Serre, Jean-Pierre"]),
            ("Marie Anne Roux", ["Marie-Anne Roux"]),
            ("J.-P. Aubin", ["J.-P. Aubin", "J. P. Aubin"]),
            ("A.B. Zimmer", ["A.B. Zimmer", "a b zimmer"]),
            ("Hans Weiß", ["Hans Weiss", "hans weiß", "HANS WEIẞ"]),
            ("Æsa Bjørn", ["Aesa Bjorn", "æsa bjørn"]),
            ("Đặng Văn An", ["Dang Van An", "đặng văn an"]),
            ("Þóra Guðmundsdóttir", ["Thora Gudmundsdottir", "þóra guðmundsdóttir"]),
            ("Ayşe Işık", ["Ayse Isik", "ayşe ışık"]),
            ("Cécile Œuvrard", ["cecile oeuvrard"]),
            ("김철수", ["김철수"]),
            ("王小明", ["王小明", "王 小明"]),
            ("Pál Erdős", ["Erdős Pál", "erdos p."]),
        ];
        await bed.ImportLinesAsync([.. authors.Select((known, i) => $$"""{"title":"Study {{i}}","authors":["Ann Other","{{known.Author}}"]}""")]);

        foreach (var (author, names) in authors)
            foreach (var name in names)
                (await TitlesAsync(name)).ShouldBe([$"Study {Array.FindIndex(authors, known => known.Author == author)}"], name);

        async Task<IEnumerable<string>> TitlesAsync(string name)
        {
            var found = await bed.App.Service<OlderPapers>().ByAuthorAsync(name, default);
            return (await bed.ListAsync()).Where(paper => found.Contains(paper.Id)).Select(paper => paper.Title);
        }
    }

    [Fact]
    public async Task An_abstract_as_long_as_an_import_takes_is_found_by_its_first_and_by_its_last_words()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var words = new System.Text.StringBuilder("quokkas ");
        for (var i = 0; words.Length < 49_980; i++)
            words.Append('w').Append(i).Append(' ');
        words.Append("wombats");

        (await bed.ImportLinesAsync($$"""{"title":"Marsupials","abstract":"{{words}}"}""")).Added.ShouldBe(1);
        (await FoundAsync(bed, "quokkas w7")).ShouldBe(["Marsupials"]);
        (await FoundAsync(bed, "wombats")).ShouldBe(["Marsupials"]);

        // The database holds the words of no megabyte: those of a longer text end before.
        await bed.App.Database.ExecuteAsync(
            "update papers set abstract = 'numbats ' || (select string_agg('v' || i, ' ') from generate_series(1, 300000) i) || ' bilbies'", null, default);
        (await FoundAsync(bed, "numbats")).ShouldBe(["Marsupials"]);
        (await FoundAsync(bed, "bilbies")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Words_made_by_several_at_once_are_made_once()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync([.. Enumerable.Range(1, 1_500).Select(i => $$"""{"title":"Study {{i}} of otters"}""")]);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => bed.App.Service<WordIndex>().CatchUpAsync(default)));

        (await bed.OneAsync<int>("select count(*)::integer from paper_words")).ShouldBe(1_500);
        (await bed.OneAsync<int>("select count(*)::integer from unindexed_papers")).ShouldBe(0);
    }

    private static async Task<IReadOnlyList<string>> FoundAsync(CatalogueTestBed bed, string text, string before = "2027-01-01")
    {
        var older = bed.App.Service<OlderPapers>();
        var found = await older.ByWordsAsync(text, CatalogueTestBed.Day(before), widens: false, default);
        return [.. (await older.TextsAsync(found, default)).Select(paper => paper.Title)];
    }
}
