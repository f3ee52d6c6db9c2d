using System.Text.Json;
using DigestService.Papers;
using DigestService.Tests.Shared;
using DigestService.Topics.Searching;

namespace DigestService.Tests.Sources;

/// <summary>Which pairs of entries are one work, and which are two.</summary>
public class WorkIdentityTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    // The first entry and the second of each pair, and how many works they are.
    public static TheoryData<string, string, int> Pairs() => new()
    {
        { """ "title":"Editorial","doi":"10.1000/1" """, """ "title":"Editorial","doi":"10.1000/2" """, 2 },
        { """ "title":"Erratum","authors":["A. One"],"url":"https://j.example/1" """, """ "title":"Erratum","authors":["A. One"],"url":"https://j.example/2" """, 2 },
        { """ "title":"Book Reviews","url":"https://j.example/1" """, """ "title":"Book reviews.","url":"https://j.example/2" """, 2 },
        { """ "title":"Author Index","listed_on":"2026-01-05" """, """ "title":"Author Index","listed_on":"2026-02-05" """, 2 },
        { """ "title":"Correction","authors":["A. One"] """, """ "title":"Correction","authors":["A. One"] """, 1 },
        { """ "title":"On graphs","authors":["A. One"],"doi":"10.1000/1" """, """ "title":"On graphs","authors":["A. One"],"doi":"10.1000/2" """, 2 },
        { """ "title":"On graphs","authors":["A. One"],"id":"2603.00001" """, """ "title":"On graphs","authors":["A. One"],"doi":"10.1000/2" """, 1 },
        { """ "title":"On graphs","authors":["A. One"],"doi":"10.1000/2" """, """ "title":"On graphs","authors":["A. One"],"id":"2603.00001" """, 1 },
        { """ "title":"Programs in C++","authors":["A. One"] """, """ "title":"Programs in C#","authors":["A. One"] """, 2 },
        { """ "title":"Programs in C++","authors":["A. One"] """, """ "title":"Programs in C","authors":["A. One"] """, 2 },
        { """ "title":"Searching with A*","authors":["A. One"] """, """ "title":"Searching with A","authors":["A. One"] """, 2 },
        { """ "title":"P = NP","authors":["A. One"] """, """ "title":"P ≠ NP","authors":["A. One"] """, 2 },
        { """ "title":"Search & rescue","authors":["A. One"] """, """ "title":"Search and rescue","authors":["A. One"] """, 1 },
        { """ "title":"Q&A at scale","authors":["A. One"] """, """ "title":"Q&amp;A at scale","authors":["A. One"] """, 1 },
        { """ "title":"On Löwenheim","authors":["A. One"] """, """ "title":"On Lowenheim","authors":["A. One"] """, 1 },
        { """ "title":"Søren's proof","authors":["A. One"] """, """ "title":"Soren’s proof","authors":["A. One"] """, 1 },
        { """ "title":"On graphs","authors":["Wei Wang"] """, """ "title":"On graphs","authors":["Bo Wang"] """, 2 },
        { """ "title":"On graphs","authors":["Wei Wang"] """, """ "title":"On graphs","authors":["Wang Wei"] """, 1 },
        { """ "title":"On graphs","authors":["Anna Müller"] """, """ "title":"On graphs","authors":["Mueller, A."] """, 1 },
        { """ "title":"On graphs","authors":["Ludwig van Beethoven"] """, """ "title":"On graphs","authors":["van Beethoven, Ludwig"] """, 1 },
        { """ "title":"On graphs","authors":["Robert Downey Jr."] """, """ "title":"On graphs","authors":["Downey, R."] """, 1 },
        { """ "title":"On graphs","authors":["A. One","B. Two"] """, """ "title":"On graphs","authors":["B. Two","A. One"] """, 1 },
        { """ "title":"On graphs","authors":["The CMS Collaboration"] """, """ "title":"On graphs","authors":["CMS Collaboration"] """, 1 },
        { """ "title":"标题","authors":["张伟"] """, """ "title":"标题","authors":["张 伟"] """, 1 },
        { """ "title":"T1","doi":"10.1000/Abc" """, """ "title":"T2","doi":"http://dx.doi.org/10.1000/aBC?nosfx=y" """, 1 },
        { """ "title":"T1","doi":"10.1000/abc" """, """ "title":"T2","doi":"doi:10.1000%2Fabc" """, 1 },
        { """ "title":"T1","doi":"10.1101/2026.03.01.600031v1" """, """ "title":"T2","url":"https://www.medrxiv.org/content/10.1101/2026.03.01.600031v3.full.pdf","doi":"https://www.medrxiv.org/content/10.1101/2026.03.01.600031v3.full.pdf" """, 1 },
        { """ "title":"T1","doi":"10.20944/preprints202401.0001.v1" """, """ "title":"T2","doi":"10.20944/preprints202401.0001.v2" """, 1 },
        { """ "title":"T1","doi":"10.26434/chemrxiv-2024-abc12" """, """ "title":"T2","doi":"10.26434/chemrxiv-2024-abc12-v2" """, 1 },
        { """ "title":"T1","id":"2603.00001" """, """ "title":"T2","url":"https://www.alphaxiv.org/overview/2603.00001v2" """, 1 },
        { """ "title":"T1","id":"hep-th/9901001" """, """ "title":"T2","url":"https://ar5iv.labs.arxiv.org/html/hep-th/9901001" """, 1 },
        { """ "title":"T1","id":"2603.00001" """, """ "title":"T2","id":"arXiv:2603.00001v3 [cs.LG]" """, 1 },
    };

    // A title with the key that earlier releases gave it, what is told now, and how many works they are.
    public static TheoryData<string, string, string, int> FormerKeys() => new()
    {
        { "Search & rescue", "title:searchrescue", "Search & Rescue", 1 },
        { "Q&A at scale", "title:qaatscale", "Q&A at Scale", 1 },
        { "Programs in C++", "title:programsinc", "Programs in C++", 1 },
        { "Programs in C++", "title:programsinc", "Programs in C#", 2 },
        { "Programs in C", "title:programsinc", "Programs in C++", 2 },
        { "P = NP", "title:pnp", "P = NP", 1 },
        { "Searching with A*", "title:searchingwitha", "Searching with A*", 1 },
        { "Søren's proof", "title:sørensproof", "Søren’s proof", 1 },
        { "x ≤ y", "title:xy", "x ≤ y", 1 },
        { "???", "title:???", "???", 1 },
        { "Search & rescue", "title:searchrescue", "Search and Rescue", 1 },
        { "R&D in Q&A", "title:rdinqa", "R and D in Q and A", 1 },
        { "Bed and breakfast & more", "title:bedandbreakfastmore", "Bed & breakfast and more", 1 },
        { "A & B & C & D & E", "title:abcde", "A and B and C and D and E", 1 },
        { "Search, rescue", "title:searchrescue", "Search and rescue", 2 },
        { "Editorial", "title:editorial", "Editorial", 1 },
    };

    [Theory]
    [MemberData(nameof(FormerKeys))]
    public async Task A_title_known_by_the_key_of_an_earlier_release_is_not_added_again(string title, string key, string told, int works)
    {
        foreach (var authors in (string[])["[]", "[\"A. One\"]"])
        {
            var bed = await CatalogueTestBed.StartAsync(fixture);
            await bed.ImportLinesAsync(Line(title, authors));
            await bed.App.Database.ExecuteAsync(
                "update paper_keys set key = @key || case when @authors = '[]' then '|' else '|one' end where key like 'title:%'", new { key, authors }, default);

            await bed.ImportLinesAsync(Line(told, authors));

            (await bed.ListAsync()).Count.ShouldBe(works);
            (await bed.ImportLinesAsync(Line(title, authors), Line(told, authors))).Added.ShouldBe(0);
            (await bed.App.Service<PaperSearch>().FindNamedAsync(title, default)).Count.ShouldBe(1);
        }

        static string Line(string title, string authors) => $$"""{"title":"{{title}}","authors":{{authors}},"listed_on":"2026-03-09"}""";
    }

    [Fact]
    public async Task A_pasted_title_is_found_by_the_key_of_an_earlier_release_and_no_other_with_it()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync("""{"title":"Programs in C++","listed_on":"2026-03-09"}""");
        await bed.App.Database.ExecuteAsync("update paper_keys set key = 'title:programsinc|' where key like 'title:%'", null, default);
        var search = bed.App.Service<PaperSearch>();

        (await search.FindNamedAsync("programs in C++", default)).Count.ShouldBe(1);
        (await search.FindNamedAsync("Programs in C#", default)).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Two_entries_are_as_many_works_as_they_should_be(string first, string second, int works)
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        string[] lines = [Line(first), Line(second)];

        await bed.ImportLinesAsync(lines[0]);
        await bed.ImportLinesAsync(lines[1]);

        (await bed.ListAsync()).Count.ShouldBe(works);
        (await bed.ImportLinesAsync(lines)).Added.ShouldBe(0);

        static string Line(string fields) => fields.Contains("listed_on", StringComparison.Ordinal) ? "{" + fields + "}" : "{" + fields + ",\"listed_on\":\"2026-03-09\"}";
    }

    [Fact]
    public async Task Long_titles_that_part_at_their_end_are_two_works()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var trunk = string.Join(' ', Enumerable.Repeat("A very long companion title about the same trial", 8));

        await bed.ImportLinesAsync($$"""{"title":"{{trunk}} Part I","authors":["A. One"]}""", $$"""{"title":"{{trunk}} Part II","authors":["A. One"]}""", $$"""{"title":"{{trunk}}, part I","authors":["A. One"]}""");

        (await bed.ListAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Reported_pairs_are_taken_apart_and_together_as_they_should_be()
    {
        var folder = SharedData.Require("data/reported");
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportAsync(Path.Combine(folder, "dedupe-first.jsonl"));
        var before = (await bed.ListAsync()).Count;

        await bed.ImportAsync(Path.Combine(folder, "dedupe-second.jsonl"));

        // x01 to x04: other works by DOI or symbol; x36 other authors; x37 other DOIs; x42 another spelling of two words.
        var twice = (await bed.ListAsync()).GroupBy(paper => paper.Title.Split(' ')[0]).Where(group => group.Count() > 1).Select(group => group.Key).Order(StringComparer.Ordinal);
        (before, string.Join(' ', twice)).ShouldBe((46, "Correction Editorial x02 x03 x36 x37 x42"));
    }

    [Fact]
    public async Task The_number_of_a_merged_paper_leads_to_the_one_that_stayed_through_any_number_of_mergers()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync(
            """{"title":"One","authors":["A. One"],"doi":"10.1000/1","listed_on":"2026-03-01"}""",
            """{"title":"Two","authors":["A. One"],"id":"2603.00002","listed_on":"2026-03-01"}""",
            """{"title":"Three","authors":["A. One"],"listed_on":"2026-03-01"}""");
        var ids = (await bed.ListAsync()).ToDictionary(paper => paper.Title, paper => paper.Id);

        await bed.ImportLinesAsync("""{"title":"Three","authors":["A. One"],"id":"2603.00002","listed_on":"2026-03-01"}""");
        await bed.ImportLinesAsync("""{"title":"Two","authors":["A. One"],"id":"2603.00002","doi":"10.1000/1","listed_on":"2026-03-01"}""");

        var stayed = (await bed.ListAsync()).ShouldHaveSingleItem();
        var archive = bed.App.Service<DigestService.Papers.Pages.Archive>();
        foreach (var id in ids.Values)
            (await archive.PaperAsync(id, CancellationToken.None))!.Id.ShouldBe(stayed.Id);
    }
}
