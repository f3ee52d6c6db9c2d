using System.IO.Compression;
using System.Text;
using DigestService.Papers;
using DigestService.Sources;
using NodaTime;

namespace DigestService.Tests.Sources;

public class FormatTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 11, 21, 8, 0);

    [Fact]
    public void A_weekends_answer_lists_its_papers_on_the_day_they_were_submitted()
    {
        var (papers, document) = Read(
            """
            [{"paper":{"id":"2511.00001","authors":[{"name":"Ann One","hidden":false},{"name":"Nobody","hidden":true}],"title":"First\n  of all","summary":"About it.","publishedAt":"2025-11-20T15:11:11.000Z","submittedOnDailyAt":"2025-11-21T01:33:35.016Z","upvotes":40,"githubRepo":"https://github.com/a/b","projectPage":"https://a.github.io","organization":{"name":"x","fullname":"X Lab"},"somethingNew":[{"a":[1]}]},"title":"First","thumbnail":"t","numComments":1},
             {"paper":{"id":"2511.00002","title":"Second","withdrawnAt":"2025-11-22T00:00:00.000Z","submittedOnDailyAt":"2025-11-21T02:00:00.000Z"}}]
            """,
            day: "2025-11-22");

        document.Rejections.ShouldBeEmpty();
        papers.Select(paper => paper.Title).ShouldBe(["First of all", "Second"]);
        papers.ShouldAllBe(paper => paper.ListedOn == new LocalDate(2025, 11, 21) && paper.Source == "huggingface");
        papers.Select(paper => paper.Position).ShouldBe([1, 2]);
        papers[0].Authors.ShouldBe(["Ann One"]);
        (papers[0].Upvotes, papers[0].CodeUrl, papers[0].ProjectUrl, papers[0].Organization).ShouldBe((40, "https://github.com/a/b", "https://a.github.io/", "X Lab"));
        papers[0].ObservedAt.ShouldBe(Instant.FromUtc(2025, 11, 23, 0, 0));
        papers[1].WithdrawnAt.ShouldBe(Instant.FromUtc(2025, 11, 22, 0, 0));
    }

    [Theory]
    [InlineData("""[{"paper":{"title":"T","authors":[{"name":"A. One"}],"authors":[{"name":"B. Two"}],"upvotes":"17"}}]""")]
    [InlineData("""{"title":"T","authors":["A. One"],"authors":["B. Two"],"upvotes":"17"}""")]
    [InlineData("""{"title":"T","authors":["B. Two"],"upvotes":17.0}""")]
    [InlineData("""{"title":"T","authors":["B. Two"],"upvotes":1.7e1}""")]
    public void Of_a_name_that_stands_twice_the_last_counts_and_a_number_may_be_written_as_text(string text)
    {
        var paper = Read(text).Papers.ShouldHaveSingleItem();

        paper.Authors.ShouldBe(["B. Two"]);
        paper.Upvotes.ShouldBe(17);
    }

    [Theory]
    [InlineData("cs.CL hep-th", "cs.CL|hep-th")]
    [InlineData("gr-qc astro-ph math-ph", "gr-qc|astro-ph|math-ph")]
    [InlineData("self-supervised learning", "self-supervised learning")]
    [InlineData("quant-ph", "quant-ph")]
    public void Categories_in_one_line_are_taken_apart_where_they_are_arXivs(string written, string categories) =>
        string.Join('|', Read($$"""{"title":"T","categories":"{{written}}"}""").Papers.ShouldHaveSingleItem().Categories).ShouldBe(categories);

    [Fact]
    public void Announcements_of_new_versions_and_late_cross_listings_are_no_listings()
    {
        var (papers, _) = Read(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>
            <title>cs.CL updates on arXiv.org</title><pubDate>Mon, 02 Dec 2024 00:00:00 -0500</pubDate>
            <item><title>Brand New</title><link>https://arxiv.org/abs/2411.19001</link><description>arXiv:2411.19001v1 Announce Type: new
            Abstract: We do &lt; things.</description><guid isPermaLink="false">oai:arXiv.org:2411.19001v1</guid><category>cs.CL</category><category>cs.LG</category><pubDate>Mon, 02 Dec 2024 00:00:00 -0500</pubDate><arxiv:announce_type>new</arxiv:announce_type><dc:creator>Ann One, Bob Two (Somewhere), C. Three</dc:creator></item>
            <item><title>Fresh Cross</title><link>https://arxiv.org/abs/2411.19002</link><description>arXiv:2411.19002v1 Announce Type: cross Abstract: B.</description><pubDate>Mon, 02 Dec 2024 00:00:00 -0500</pubDate><arxiv:announce_type>cross</arxiv:announce_type></item>
            <item><title>Old Cross</title><link>https://arxiv.org/abs/2305.00001</link><description>arXiv:2305.00001v4 Announce Type: cross Abstract: C.</description><pubDate>Mon, 02 Dec 2024 00:00:00 -0500</pubDate></item>
            <item><title>Old Paper Again</title><link>https://arxiv.org/abs/2405.12345</link><description>arXiv:2405.12345v3 Announce Type: replace-cross Abstract: D.</description><pubDate>Mon, 02 Dec 2024 00:00:00 -0500</pubDate></item>
            </channel></rss>
            """);

        papers.Select(paper => (paper.ArxivId!.Value.Value, paper.IsReplacement, paper.Position)).ShouldBe(
        [
            ("2411.19001", false, 1), ("2411.19002", false, 2), ("2305.00001", true, null), ("2405.12345", true, null),
        ]);
        papers[0].Abstract.ShouldBe("We do < things.");
        papers[0].Authors.ShouldBe(["Ann One", "Bob Two", "C. Three"]);
        papers.ShouldAllBe(paper => paper.ListedOn == new LocalDate(2024, 12, 2));
        CataloguePaper.FirstSeenAs(papers[3], 1).FirstListedOn.ShouldBe(new LocalDate(2024, 5, 1));
    }

    [Fact]
    public void An_entry_titled_Error_is_a_refusal_with_arXivs_own_words()
    {
        var (papers, document) = Read(
            """<feed xmlns="http://www.w3.org/2005/Atom"><id>https://arxiv.org/</id><entry><id>https://arxiv.org/api/errors#incorrect_id_format_for_abc</id><title>Error</title><summary>incorrect id format for abc</summary></entry></feed>""");

        papers.ShouldBeEmpty();
        document.Rejections.ShouldHaveSingleItem().Reason.ShouldBe("arXiv answers: incorrect id format for abc.");
    }

    [Fact]
    public void Harvested_records_tell_all_three_dialects_deletions_and_where_to_go_on()
    {
        var (papers, document) = Read(
            """
            <OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>
            <record><header><identifier>oai:arXiv.org:2512.00001</identifier><datestamp>2025-12-03</datestamp></header><metadata><arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2512.00001</id><created>2025-12-01</created><updated>2025-12-03</updated><authors><author><keyname>One</keyname><forenames>Ann</forenames><suffix>Jr</suffix></author></authors><title>In arXiv's
              format</title><categories>cs.CL cs.LG</categories><comments>8 pages, code: github.com/a/b.</comments><doi>10.1000/ABC</doi><abstract>  Wrapped
            text.</abstract></arXiv></metadata></record>
            <record><header><identifier>oai:arXiv.org:2512.00002</identifier></header><metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2512.00002</id><version version="v1"><date>Mon, 1 Dec 2025 19:18:42 GMT</date></version><version version="v2"><date>Tue, 2 Dec 2025 10:00:00 GMT</date></version><title>In the raw format</title><authors>A. One, B. Two and C. Three</authors><categories>cs.CV</categories><comments>This paper has been withdrawn by the author due to an error</comments><abstract>Text.</abstract></arXivRaw></metadata></record>
            <record><header><identifier>oai:arXiv.org:math/0306266</identifier></header><metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>In Dublin Core</dc:title><dc:creator>Coja-Oghlan, Amin</dc:creator><dc:subject>Mathematics - Combinatorics</dc:subject><dc:subject>05C80</dc:subject><dc:description>Text.</dc:description><dc:description>Comment: 12 pages</dc:description><dc:date>2003-06-18</dc:date><dc:identifier>http://arxiv.org/abs/math/0306266</dc:identifier><dc:identifier>doi:10.1017/S0963548305006826</dc:identifier></oai_dc:dc></metadata></record>
            <record><header status="deleted"><identifier>oai:arXiv.org:2512.00003</identifier><datestamp>2025-12-04</datestamp></header></record>
            <resumptionToken cursor="0" completeListSize="5000">6511260|1001</resumptionToken>
            </ListRecords></OAI-PMH>
            """);

        document.Rejections.ShouldBeEmpty();
        document.NextToken.ShouldBe("6511260|1001");
        papers.Count.ShouldBe(4);
        (papers[0].Title, papers[0].Authors[0], papers[0].Doi!.Value.Value, papers[0].CodeUrl).ShouldBe(("In arXiv's format", "Ann One Jr", "10.1000/abc", "https://github.com/a/b"));
        papers[0].Categories.ShouldBe(["cs.CL", "cs.LG"]);
        papers[1].Authors.ShouldBe(["A. One", "B. Two", "C. Three"]);
        papers[1].WithdrawnAt.ShouldBe(Instant.FromUtc(2025, 12, 2, 10, 0));
        (papers[2].ArxivId!.Value.Value, papers[2].Authors[0], papers[2].Comment).ShouldBe(("math/0306266", "Amin Coja-Oghlan", "12 pages"));
        papers[3].IsDeletion.ShouldBeTrue();
    }

    [Fact]
    public void Feeds_of_others_are_read_in_RSS_Atom_and_JSON()
    {
        var (rss, _) = Read("""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><item rdf:about="http://biorxiv.org/cgi/content/short/2025.12.01.123456v1?rss=1"><title>Cells</title><link>http://biorxiv.org/cgi/content/short/2025.12.01.123456v1?rss=1</link><description>&lt;p&gt;On H&lt;sub&gt;2&lt;/sub&gt;O &amp;amp; p &lt; 0.05.&lt;/p&gt;</description><dc:creator>One, A., Two, B.</dc:creator><dc:date>2025-12-02</dc:date><dc:identifier>doi:10.1101/2025.12.01.123456</dc:identifier></item></rdf:RDF>""");
        var (atom, _) = Read("""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>https://doi.org/10.1000/xyz</id><title type="html">Some &lt;i&gt;Lab&lt;/i&gt; Paper</title><link href="https://lab.example/p"/><published>2025-12-02T10:00:00+01:00</published><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Inner words.</p></div></content><author><name>Ann One</name></author></entry></feed>""");
        var (json, _) = Read("""{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","url":"https://lab.example/q","title":"Json Paper","content_html":"<p>Words.</p>","date_published":"2025-12-02T10:00:00Z","authors":[{"name":"Bob Two"}],"tags":["x"]}]}""");

        (rss[0].Doi!.Value.Value, rss[0].Abstract, rss[0].Authors[1], rss[0].ListedOn).ShouldBe(("10.1101/2025.12.01.123456", "On H2O & p < 0.05.", "B. Two", new LocalDate(2025, 12, 2)));
        (atom[0].Title, atom[0].Abstract, atom[0].Url, atom[0].Doi!.Value.Value).ShouldBe(("Some Lab Paper", "Inner words.", "https://lab.example/p", "10.1000/xyz"));
        (json[0].Title, json[0].Abstract, json[0].Authors[0]).ShouldBe(("Json Paper", "Words.", "Bob Two"));
    }

    [Fact]
    public void A_line_that_cannot_be_read_is_refused_alone()
    {
        var (papers, document) = Read("""
            {"title":"Good"}
            {"title":"Broken
            {"title":""}
            ["no object"]
            {"title":"Half a pair \ud83d"}
            {"title":"Votes","upvotes":-1}
            {"title":"Also Good","unknown":{"deep":[1,2,{"x":null}]},"comment":null}
            """);

        papers.Select(paper => paper.Title).ShouldBe(["Good", "Half a pair", "Votes", "Also Good"]);
        document.Rejections.Select(rejection => rejection.Line).ShouldBe([2, 3, 4]);
    }

    [Theory]
    [InlineData("""<!DOCTYPE feed [<!ENTITY x "y">]><feed xmlns="http://www.w3.org/2005/Atom"><entry><title>&x;</title></entry></feed>""", "DTD")]
    [InlineData("""<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Cut""", "cut off")]
    [InlineData("""[{"paper":{"id":"2511.00001","title":"Cut""", "cut off")]
    [InlineData("""{"error":"Invalid date"}""", "Invalid date")]
    [InlineData("<html><body>Please sign in</body></html>", "web page")]
    [InlineData("<OAI-PMH><error code=\"badResumptionToken\">expired</error></OAI-PMH>", "badResumptionToken")]
    public void A_document_that_is_not_whole_or_not_what_it_should_be_is_refused_whole(string text, string reason)
    {
        var refusal = Should.Throw<UnreadableDocumentException>(() => Read(text));

        refusal.Message.ShouldContain(reason);
    }

    [Fact]
    public void Deep_nesting_and_giant_records_are_refused()
    {
        var deep = "<feed>" + string.Concat(Enumerable.Repeat("<a>", 100_000)) + "</feed>";
        var wide = "<feed><entry>" + string.Concat(Enumerable.Repeat("<a/>", 100_000)) + "</entry></feed>";
        var deepJson = "[{\"paper\":" + new string('[', 100_000);

        Should.Throw<UnreadableDocumentException>(() => Read(deep)).Message.ShouldContain("nested");
        Should.Throw<UnreadableDocumentException>(() => Read(wide)).Message.ShouldContain("elements");
        Should.Throw<UnreadableDocumentException>(() => Read(deepJson));
    }

    [Fact]
    public void Every_beginning_of_a_document_is_either_read_or_refused()
    {
        var whole = """[{"paper":{"id":"2511.00001","authors":[{"name":"Ann"}],"title":"T","summary":"S","submittedOnDailyAt":"2025-11-21T01:33:35.016Z","upvotes":40,"organization":{"name":"x"}},"title":"T"}]""";
        for (var length = 1; length < whole.Length; length++)
            Should.Throw<UnreadableDocumentException>(() => Read(whole[..length]), whole[..length]);
    }

    [Theory]
    [InlineData("2025-11-20T18:59:59Z", "2025-11-21")] // Thursday 13:59 in New York: announced that evening
    [InlineData("2025-11-20T19:00:00Z", "2025-11-24")] // past Thursday's deadline: Friday's, announced on Sunday
    [InlineData("2025-11-21T19:00:00Z", "2025-11-25")] // past Friday's deadline: Monday's
    [InlineData("2025-11-22T12:00:00Z", "2025-11-25")] // Saturday: Monday's
    [InlineData("2025-11-26T12:00:00Z", "2025-12-01")] // before Thanksgiving: after it
    public void A_submission_is_listed_when_arXivs_calendar_says(string submitted, string listed) =>
        ArxivCalendar.ListedOn(NodaTime.Text.InstantPattern.ExtendedIso.Parse(submitted).Value).ShouldBe(CatalogueTestBed.Day(listed));

    [Theory]
    [InlineData("""[{"paper":{"id":"2511.00001","title":"T","submittedOnDailyAt":"WHEN"}}]""")]
    [InlineData("""<rss version="2.0"><channel><link>https://arxiv.org/</link><item><title>T</title><link>https://arxiv.org/abs/2511.00001</link><pubDate>WHEN</pubDate></item></channel></rss>""")]
    [InlineData("""<feed xmlns="http://www.w3.org/2005/Atom"><id>http://arxiv.org/api/x</id><entry><id>http://arxiv.org/abs/2511.00001v1</id><title>T</title><published>WHEN</published></entry></feed>""")]
    [InlineData("""<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><header><identifier>oai:arXiv.org:2511.00001</identifier></header><metadata><arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2511.00001</id><created>WHEN</created><title>T</title></arXiv></metadata></record></ListRecords></OAI-PMH>""")]
    public void A_date_that_cannot_be_read_is_reported_and_the_paper_is_not_todays_whoever_sends_it(string text)
    {
        Read(text.Replace("WHEN", "2025-11-20T10:00:00Z", StringComparison.Ordinal)).Papers.ShouldHaveSingleItem();

        var (papers, document) = Read(text.Replace("WHEN", "the day before", StringComparison.Ordinal));

        papers.ShouldBeEmpty();
        document.Rejections.ShouldHaveSingleItem().Reason.ShouldContain("date “the day before” cannot be read");
    }

    [Fact]
    public void Records_one_after_another_without_a_root_are_read_and_a_broken_one_is_told()
    {
        const string Record = """
            <record><header><identifier>oai:arXiv.org:2511.00001</identifier><datestamp>2025-11-20</datestamp></header><metadata>
            <oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Herons</dc:title><dc:description>Of herons.</dc:description><dc:date>2025-11-20</dc:date></oai_dc:dc></metadata></record>
            """;

        var (papers, document) = Read(Record + Record.Replace("00001", "00002", StringComparison.Ordinal).Replace("</dc:title>", "", StringComparison.Ordinal) + Record.Replace("00001", "00003", StringComparison.Ordinal));

        papers.Select(paper => paper.ArxivId?.Value).ShouldBe(["2511.00001", "2511.00003"]);
        document.Rejections.ShouldHaveSingleItem().Reason.ShouldBe("It is broken XML.");
    }

    private static (List<PaperDraft> Papers, SourceDocument Document) Read(string text, string? day = null)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        var document = new SourceDocument { Name = "test", Now = Now, ListedOn = day is null ? null : CatalogueTestBed.Day(day) };
        var format = PaperFormat.Detect(new MemoryStream(octets));
        return (format.Read(new MemoryStream(octets), document).ToList(), document);
    }
}
