using DigestService.Sources;
using DigestService.Tests.Sources;
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

    [Fact]
    public async Task Words_made_by_several_at_once_are_made_once()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync([.. Enumerable.Range(1, 1_500).Select(i => $$"""{"title":"Study {{i}} of otters"}""")]);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => bed.App.Service<WordIndex>().CatchUpAsync(default)));

        (await bed.OneAsync<int>("select count(*)::integer from paper_words")).ShouldBe(1_500);
        (await bed.OneAsync<int>("select count(*)::integer from unindexed_papers")).ShouldBe(0);
    }

    private static async Task<IReadOnlyList<string>> FoundAsync(CatalogueTestBed bed, string text, string before = "2027-01-01") =>
        [.. (await bed.App.Service<OlderPapers>().ByWordsAsync(text, CatalogueTestBed.Day(before), widens: false, default)).Select(paper => paper.Title)];
}
