using DigestService.Papers;
using DigestService.Sources;
using NodaTime;

namespace DigestService.Tests.Sources;

/// <summary>When a stored paper came by its code, and by a later version.</summary>
public sealed class NewsOfPapersTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private const string WithoutCode = """{"id":"2511.00001","title":"Herons at dusk","authors":["Ada Lovelace"],"listed_on":"2026-11-20"}""";
    private const string WithCode = """{"id":"2511.00001","title":"Herons at dusk","authors":["Ada Lovelace"],"listed_on":"2026-11-20","code":"https://github.com/ada/herons"}""";

    [Fact]
    public async Task Code_that_comes_to_a_stored_paper_is_dated_once_and_code_that_comes_with_it_is_not()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture, "2026-11-20T08:00:00Z");
        await bed.ImportLinesAsync(WithoutCode, """{"title":"Storks","listed_on":"2026-11-20","code":"https://github.com/ada/storks"}""");
        (await NewsAsync(bed)).ShouldBe(["Herons at dusk  ", "Storks  "]);

        bed.TravelTo("2026-11-22T08:00:00Z");
        (await bed.ImportLinesAsync(WithCode)).Updated.ShouldBe(1);
        bed.TravelTo("2026-11-24T08:00:00Z");
        (await bed.ImportLinesAsync(WithCode, WithoutCode, WithCode.Replace("ada/herons", "ada/herons2", StringComparison.Ordinal))).Updated.ShouldBe(0);

        (await NewsAsync(bed)).ShouldBe(["Herons at dusk 2026-11-22 ", "Storks  "]);
    }

    [Fact]
    public async Task Code_that_comes_in_the_import_that_brings_the_paper_is_no_news()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        await bed.ImportLinesAsync(WithoutCode, WithCode);

        (await NewsAsync(bed)).ShouldBe(["Herons at dusk  "]);
    }

    [Fact]
    public async Task Code_that_the_operator_types_is_dated()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture, "2026-11-20T08:00:00Z");
        await bed.ImportLinesAsync(WithoutCode);
        var id = (await bed.ListAsync())[0].Id;
        bed.TravelTo("2026-11-23T08:00:00Z");

        await bed.App.Service<PaperEditor>().CorrectAsync(id, new PaperForm { Code = "https://github.com/ada/herons" }, version: null, default);

        (await NewsAsync(bed)).ShouldBe(["Herons at dusk 2026-11-23 "]);
    }

    [Fact]
    public async Task Code_that_one_of_two_rows_had_is_no_news_of_the_work_that_they_turn_out_to_be()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture, "2026-11-20T08:00:00Z");
        await bed.ImportLinesAsync(
            """{"id":"2511.00001","title":"Herons","authors":["Ada Lovelace"],"listed_on":"2026-11-20"}""",
            """{"doi":"10.1000/182","title":"On herons at dusk","authors":["Ada Lovelace"],"listed_on":"2026-11-20","code":"https://github.com/ada/herons"}""");
        (await bed.ListAsync()).Count.ShouldBe(2);
        bed.TravelTo("2026-11-23T08:00:00Z");

        await bed.ImportLinesAsync("""{"id":"2511.00001","doi":"10.1000/182","title":"Herons","authors":["Ada Lovelace"],"listed_on":"2026-11-20"}""");

        (await bed.ListAsync()).ShouldHaveSingleItem().CodeUrl.ShouldNotBeNull();
        (await NewsAsync(bed)).ShouldBe(["Herons  "]);
    }

    [Theory]
    [InlineData("other words")]
    [InlineData("the same words")]
    public async Task A_later_version_that_the_archive_brings_is_dated_once(string words)
    {
        var bed = await CatalogueTestBed.StartAsync(fixture, "2026-11-21T08:00:00Z");
        await AtomAsync(bed, "the same words", "2026-11-20T10:00:00Z");
        (await NewsAsync(bed)).ShouldBe(["Herons  "]);

        bed.TravelTo("2026-11-24T08:00:00Z");
        await AtomAsync(bed, words, "2026-11-23T10:00:00Z");
        bed.TravelTo("2026-11-26T08:00:00Z");
        await AtomAsync(bed, words, "2026-11-23T10:00:00Z");

        (await NewsAsync(bed)).ShouldBe(["Herons  2026-11-24"]);
    }

    [Fact]
    public async Task A_version_that_the_daily_feed_announces_days_after_it_was_known_is_the_same_version()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture, "2026-11-21T08:00:00Z");
        await AtomAsync(bed, "First words.", "2026-11-20T10:00:00Z");
        bed.TravelTo("2026-11-24T08:00:00Z");
        await AtomAsync(bed, "Later words.", "2026-11-23T10:00:00Z");
        bed.TravelTo("2026-11-26T08:00:00Z");
        await FeedAsync(bed, "replace", "Later words.", "Thu, 26 Nov 2026");
        (await NewsAsync(bed)).ShouldBe(["Herons  2026-11-24"]);

        bed.TravelTo("2026-11-27T08:00:00Z");
        await FeedAsync(bed, "replace", "Third words.", "Fri, 27 Nov 2026");
        await AtomAsync(bed, "Third words.", "2026-11-26T10:00:00Z");

        (await NewsAsync(bed)).ShouldBe(["Herons  2026-11-27"]);
    }

    [Fact]
    public async Task The_announcement_of_a_first_version_a_cross_listing_and_a_copys_words_are_no_later_version()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture, "2026-11-19T08:00:00Z");
        await bed.ImportLinesAsync("""{"id":"2611.00001","title":"herons","summary":"A copy.","authors":["A. One"],"listed_on":"2026-11-19"}""");
        bed.TravelTo("2026-11-21T08:00:00Z");
        await AtomAsync(bed, "First words.", "2026-11-20T10:00:00Z");
        await FeedAsync(bed, "new", "First  words.", "Sat, 21 Nov 2026");
        bed.TravelTo("2027-03-01T08:00:00Z");
        await FeedAsync(bed, "cross", "First words, crossed.", "Mon, 01 Mar 2027");
        await bed.ImportLinesAsync("""{"id":"2611.00001","title":"Herons again","summary":"A copy.","authors":["A. One"],"published":"2026-11-20","updated":"2027-02-01","listed_on":"2026-11-19"}""");

        (await NewsAsync(bed)).ShouldBe(["Herons  "]);
    }

    [Fact]
    public async Task A_word_that_the_end_of_a_line_broke_is_stored_whole_beside_what_was_written_and_is_no_later_version()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture, "2026-11-21T08:00:00Z");
        await AtomAsync(bed, "Herons of low-resource lan- guages.", "2026-11-20T10:00:00Z");
        (await bed.OneAsync<string>("select abstract || ' < ' || original_abstract from papers")).ShouldBe("Herons of low-resource languages. < Herons of low-resource lan- guages.");
        (await AtomAsync(bed, "Herons of low-resource lan- guages.", "2026-11-20T10:00:00Z")).Updated.ShouldBe(0);

        // As an earlier release has stored it.
        await bed.App.Database.ExecuteAsync("update papers set abstract = original_abstract, original_abstract = null", null, default);
        bed.TravelTo("2026-11-24T08:00:00Z");
        (await FeedAsync(bed, "replace", "Herons of low-resource lan- guages.", "Tue, 24 Nov 2026")).Updated.ShouldBe(1);
        (await FeedAsync(bed, "replace", "Herons of low-resource lan- guages.", "Tue, 24 Nov 2026")).Updated.ShouldBe(0);

        (await bed.OneAsync<string>("select abstract from papers")).ShouldBe("Herons of low-resource languages.");
        (await NewsAsync(bed)).ShouldBe(["Herons  "]);
    }

    [Fact]
    public async Task A_paper_that_is_hidden_and_put_back_keeps_the_dates_of_its_news()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture, "2026-11-20T08:00:00Z");
        await bed.ImportLinesAsync(WithoutCode);
        await bed.ImportLinesAsync(WithCode);
        var id = (await bed.ListAsync())[0].Id;

        await bed.App.Service<HiddenPapers>().HideAsync(id, "a reason", default);
        await bed.App.Service<PaperEditor>().PutBackAsync(id, default);

        (await NewsAsync(bed)).ShouldBe(["Herons at dusk 2026-11-20 "]);
    }

    private static Task<ImportResult> AtomAsync(CatalogueTestBed bed, string text, string updated) => bed.ImportAsync(bed.Write(
        "api.xml",
        $"""<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"><entry><id>http://arxiv.org/abs/2611.00001v1</id><title>Herons</title><published>2026-11-20T10:00:00Z</published><updated>{updated}</updated><summary>{text}</summary><author><name>A. One</name></author></entry></feed>"""));

    private static Task<ImportResult> FeedAsync(CatalogueTestBed bed, string announced, string text, string day) => bed.ImportAsync(bed.Write(
        "feed.xml",
        $"""<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel><item><title>Herons</title><link>https://arxiv.org/abs/2611.00001</link><description>arXiv:2611.00001v2 Announce Type: {announced} Abstract: {text}</description><guid>oai:arXiv.org:2611.00001v2</guid><pubDate>{day} 00:00:00 -0500</pubDate><arxiv:announce_type>{announced}</arxiv:announce_type><dc:creator>A. One</dc:creator></item></channel></rss>"""));

    private static Task<IReadOnlyList<string>> NewsAsync(CatalogueTestBed bed) => bed.App.Database.QueryAsync<string>(
        "select concat_ws(' ', title, coalesce(to_char(code_added_at at time zone 'UTC', 'YYYY-MM-DD'), ''), coalesce(to_char(revised_at at time zone 'UTC', 'YYYY-MM-DD'), '')) from papers order by title",
        null,
        default);
}
