using System.Text;
using DigestService.Papers;
using DigestService.Platform;
using DigestService.Sources;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Sources;

public class ListingImportTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private const string Abstract = "We study what happens when nothing else does. It turns out to be a good deal, and we show it on three data sets.";

    [Fact]
    public async Task The_five_listing_pages_hold_809_entries_and_676_papers()
    {
        var pages = SharedData.Require("seeds");
        var bed = await CatalogueTestBed.StartAsync(fixture);

        var first = await bed.ImportAsync(pages);
        var second = await bed.ImportAsync(pages);

        (first.Files, first.Read, first.Added, first.Updated, first.Duplicates, first.Rejected).ShouldBe((5, 809, 676, 0, 133, 0));
        (second.Read, second.Added, second.Updated, second.Duplicates, second.Rejected).ShouldBe((809, 0, 0, 809, 0));
    }

    [Fact]
    public async Task A_page_whose_first_title_sticks_to_Subscribe_keeps_its_order()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var page = bed.Write("page.txt", GluedPage("First Things First", "``Second'' Thoughts on $\\alpha$", "Thirds"));

        var result = await bed.ImportAsync(page);

        result.Added.ShouldBe(3);
        var papers = await bed.ListAsync();
        papers.Select(paper => paper.Title).ShouldBe(["First Things First", "“Second” Thoughts on α", "Thirds"]);
        papers.Select(paper => paper.Position).ShouldBe([1, 2, 3]);
        papers.ShouldAllBe(paper => paper.ListedOn == bed.Today);
        (await bed.OneAsync<string>("select original_title from papers where title like '%Thoughts%'")).ShouldBe("``Second'' Thoughts on $\\alpha$");
    }

    [Theory]
    [InlineData("Mar 17", "2026-11-21T08:00:00Z", "2026-03-17")]
    [InlineData("Mar 17", "2026-03-17T00:30:00Z", "2026-03-17")]
    [InlineData("Mar 17", "2026-03-16T23:30:00Z", "2025-03-17")]
    [InlineData("Feb 29", "2026-11-21T08:00:00Z", "2024-02-29")]
    [InlineData("Jul 31, 2024", "2026-11-21T08:00:00Z", "2024-07-31")]
    public async Task A_day_without_a_year_is_the_nearest_past_one(string written, string now, string expected)
    {
        var bed = await CatalogueTestBed.StartAsync(fixture, now);
        var page = bed.Write("page.txt", SpacedPage(written, "Some Title", "Another Title"));

        await bed.ImportAsync(page);

        (await bed.ListAsync()).ShouldAllBe(paper => paper.ListedOn == CatalogueTestBed.Day(expected));
    }

    [Fact]
    public async Task The_operators_day_stands_above_the_files_and_the_files_above_the_pages()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var named = bed.Write("page-2025-03-18.txt", SpacedPage("Mar 17", "Named"));
        var given = bed.Write("given-2025-03-18.txt", SpacedPage("Mar 17", "Given"));

        await bed.ImportAsync(named);
        await bed.ImportAsync(given, listedOn: CatalogueTestBed.Day("2025-04-01"));

        var papers = await bed.ListAsync();
        papers.Single(paper => paper.Title == "Named").ListedOn.ShouldBe(CatalogueTestBed.Day("2025-03-18"));
        papers.Single(paper => paper.Title == "Given").ListedOn.ShouldBe(CatalogueTestBed.Day("2025-04-01"));
    }

    [Fact]
    public async Task A_page_cut_off_anywhere_leaves_nothing_behind()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var whole = GluedPage("One", "Two", "Three");
        var lines = whole.TrimEnd().Split('\n').Length;

        var afterTitle = await bed.ImportAsync(bed.Write("after-title.txt", whole[..(whole.IndexOf("Three", StringComparison.Ordinal) + 5)]));
        var withinTitle = await bed.ImportAsync(bed.Write("within-title.txt", whole[..(whole.IndexOf("Three", StringComparison.Ordinal) + 2)]));
        var withinAbstract = await bed.ImportAsync(bed.Write("within-abstract.txt", whole[..^30]));
        var beforePapers = await bed.ImportAsync(bed.Write("before.txt", "Get trending papers in your email inbox!\nSubscribe\n"));

        foreach (var result in new[] { afterTitle, withinTitle, withinAbstract, beforePapers })
        {
            result.Added.ShouldBe(0);
            result.Rejections.Count.ShouldBe(1);
        }

        afterTitle.Rejections[0].Line.ShouldBe(lines - 1);
        withinAbstract.Rejections[0].Line.ShouldBe(lines);
        (await bed.ListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_page_with_a_lost_line_is_refused_where_title_and_abstract_no_longer_alternate()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var longAbstract = string.Join(' ', Enumerable.Repeat(Abstract, 6));
        var page = GluedPage("One", "Two", "Three").Replace(Abstract, longAbstract, StringComparison.Ordinal);
        var lines = page.Split('\n').ToList();
        lines.RemoveAt(4);

        var result = await bed.ImportAsync(bed.Write("lost.txt", string.Join('\n', lines)));

        result.Added.ShouldBe(0);
        result.Rejections.ShouldHaveSingleItem().Line.ShouldBe(5);
    }

    [Fact]
    public async Task A_foreign_file_is_refused_and_the_others_are_taken()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var folder = Path.GetDirectoryName(bed.Write("a.txt", "Dear reader,\n\nthis is a letter.\n"))!;
        bed.Write("b.txt", GluedPage("Real Paper"));
        bed.Write("c.txt", "<!DOCTYPE html><html><body>Sign in</body></html>");
        bed.Write("d.txt", Encoding.Latin1.GetBytes(GluedPage("Déjà Vu")));
        bed.Write("e.txt", "");

        var result = await bed.ImportAsync(folder);

        (result.Files, result.Added, result.Rejected).ShouldBe((5, 1, 4));
        result.Rejections.Select(rejection => Path.GetFileName(rejection.File)).ShouldBe(["a.txt", "c.txt", "d.txt", "e.txt"]);
    }

    [Fact]
    public async Task Line_ends_of_another_system_and_a_byte_order_mark_do_not_matter()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var page = "\uFEFF" + SpacedPage("Mar 17", "Some Title").ReplaceLineEndings("\r\n");

        var result = await bed.ImportAsync(bed.Write("page.txt", page));

        result.Added.ShouldBe(1);
    }

    private static string GluedPage(params string[] titles) =>
        "Get trending papers in your email inbox once a day!\nGet trending papers in your email inbox!\nSubscribe"
        + string.Join('\n', titles.Select(title => $"{title}\n{Abstract}")) + "\n";

    private static string SpacedPage(string day, params string[] titles) =>
        $"new\n\nGet trending papers in your email inbox!\n\nSubscribe\n\nDaily Papers\n\nbyAK and the research community\n\n{day}\n\n"
        + string.Join("\n\n", titles.Select(title => $"{title}\n\n{Abstract}")) + "\n";
}
