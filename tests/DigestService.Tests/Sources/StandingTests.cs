using DigestService.Sources;
using NodaTime;

namespace DigestService.Tests.Sources;

/// <summary>What stands of a paper when sources tell different things at different times.</summary>
public class StandingTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Theory]
    [InlineData("This paper has been withdrawn by the authors due to an error in Lemma 2", true)]
    [InlineData("This submission has been withdrawn by arXiv administrators", true)]
    [InlineData("Withdrawn", true)]
    [InlineData("Withdrawn due to a crucial error", true)]
    [InlineData("withdrawn by the author", true)]
    [InlineData("This paper has been temporarily withdrawn", true)]
    [InlineData("The authors have withdrawn this manuscript", true)]
    [InlineData("This article was withdrawn because of an error in equation 5", true)]
    [InlineData("This paper has been withdrawn from arXiv", true)]
    [InlineData("12 pages. The paper has been withdrawn by the first author", true)]
    [InlineData("Withdrawn from NeurIPS to be resubmitted", false)]
    [InlineData("This paper was withdrawn from ICLR 2025", false)]
    [InlineData("It was withdrawn from consideration at TMLR", false)]
    [InlineData("Submission withdrawn from the ACL cycle; 9 pages", false)]
    [InlineData("An earlier version of this paper was withdrawn", false)]
    [InlineData("Version 1 was withdrawn; this is the corrected text", false)]
    [InlineData("We study drugs that were withdrawn", false)]
    [InlineData("Never withdrawn", false)]
    [InlineData("11 pages, accepted", false)]
    [InlineData("I am withdrawing this paper since Lemma 3 is wrong", true)]
    [InlineData("The authors withdraw this manuscript: the proof has a gap", true)]
    [InlineData("arXiv admin note: submission withdrawn", true)]
    [InlineData("We are withdrawing this paper from ICML 2026", false)]
    [InlineData("v1 of this paper is being withdrawn; v2 is complete", false)]
    [InlineData("Withdrawn. See arXiv:2512.00001", true)]
    public void A_withdrawal_is_what_the_authors_say_of_this_paper_and_this_archive(string comment, bool isWithdrawn) =>
        Withdrawal.IsSaidIn(comment, null).ShouldBe(isWithdrawn);

    [Theory]
    [InlineData("Withdrawn by the authors.", true)]
    [InlineData("Withdrawn", true)]
    [InlineData("We withdraw this paper because Theorem 2 is false.", true)]
    [InlineData("Withdrawn papers tell where review fails. We count them.", false)]
    [InlineData("We study papers that have been withdrawn by the authors from arXiv.", false)]
    [InlineData("Withdrawn drugs are predicted by a graph network.", false)]
    public void An_abstract_is_a_notice_of_withdrawal_only_where_it_speaks_of_itself(string text, bool isWithdrawn) =>
        Withdrawal.IsSaidIn(null, text).ShouldBe(isWithdrawn);

    [Fact]
    public async Task A_withdrawal_is_taken_back_by_a_later_version_and_not_by_an_earlier_one()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        const string First = """{"id":"2512.00001","title":"T","comment":"9 pages","updated":"2025-12-01","listed_on":"2025-12-01"}""";
        const string Gone = """{"id":"2512.00001","title":"T","comment":"This paper has been withdrawn by the authors","updated":"2025-12-05","listed_on":"2025-12-01"}""";
        const string Back = """{"id":"2512.00001","title":"T","comment":"Mended; 10 pages","updated":"2025-12-09","listed_on":"2025-12-01"}""";

        await bed.ImportLinesAsync(First);
        await bed.ImportLinesAsync(Gone);
        (await IsWithdrawnAsync(bed)).ShouldBeTrue();
        await bed.ImportLinesAsync(First);
        (await IsWithdrawnAsync(bed)).ShouldBeTrue();
        await bed.ImportLinesAsync(Back);
        (await IsWithdrawnAsync(bed)).ShouldBeFalse();

        var again = await bed.ImportLinesAsync(First, Gone, Back);

        (again.Added, again.Updated).ShouldBe((0, 0));
        (await IsWithdrawnAsync(bed)).ShouldBeFalse();
    }

    [Fact]
    public async Task Votes_follow_the_time_of_their_observation_whatever_the_order_of_the_files()
    {
        (string, int)[] readings = [("2025-12-01", 5), ("2025-12-02", 3), ("2025-12-03", 5), ("2025-12-04", 5), ("2025-12-05", 8)];
        int[][] orders = [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [0, 3, 1, 2, 4], [2, 0, 4, 1, 3], [0, 2, 1], [3, 1, 0]];
        foreach (var order in orders)
        {
            var bed = await CatalogueTestBed.StartAsync(fixture);
            foreach (var at in order)
                await ImportAsync(bed, readings[at]);

            var latest = order.Max();
            (await bed.ListAsync()).ShouldHaveSingleItem().Upvotes.ShouldBe(readings[latest].Item2, string.Join(',', order));
            (await bed.OneAsync<int>("select upvotes from votes order by observed_at desc limit 1")).ShouldBe(readings[latest].Item2, string.Join(',', order));
            foreach (var at in order)
                (await ImportAsync(bed, readings[at])).Updated.ShouldBe(0, $"{string.Join(',', order)} again {at}");
        }

        static Task<ImportResult> ImportAsync(CatalogueTestBed bed, (string Day, int Votes) reading) => bed.ImportAsync(
            bed.Write($"a-{reading.Day}.jsonl", $$"""{"id":"2512.00001","title":"A Title","listed_on":"2025-12-01","upvotes":{{reading.Votes}}}"""), "jsonl");
    }

    [Fact]
    public async Task A_file_without_a_day_in_its_name_counts_its_votes_on_the_day_of_its_entries()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture, "2025-12-10T08:00:00Z");
        const string Early = """{"id":"2512.00001","title":"T","listed_on":"2025-12-01","upvotes":9}""";
        const string Later = """{"id":"2512.00001","title":"T","listed_on":"2025-12-02","upvotes":4}""";

        await bed.ImportLinesAsync(Later);
        bed.TravelTo("2025-12-11T08:00:00Z");
        await bed.ImportLinesAsync(Early);

        (await bed.ListAsync()).ShouldHaveSingleItem().Upvotes.ShouldBe(4);
    }

    [Fact]
    public async Task A_corrected_title_counts_and_the_same_file_again_changes_nothing()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        const string Wrong = """{"id":"2512.00001","title":"Lagre Models","summary":"S.","listed_on":"2025-12-01"}""";
        const string Right = """{"id":"2512.00001","title":"Large Models","summary":"S.","listed_on":"2025-12-01"}""";
        await bed.ImportLinesAsync(Wrong);

        var corrected = await bed.ImportLinesAsync(Right);
        var again = await bed.ImportLinesAsync(Right);
        var both = await bed.ImportLinesAsync(Wrong, Right);

        (corrected.Updated, again.Updated, both.Updated).ShouldBe((1, 0, 0));
        (await bed.ListAsync()).ShouldHaveSingleItem().Title.ShouldBe("Large Models");
    }

    [Fact]
    public async Task The_same_words_wrapped_otherwise_on_a_later_day_change_nothing_however_often_they_come()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        string[] files = [bed.Write("a-2025-12-01.jsonl", """{"id":"2512.00001","title":"T","summary":"Two\nlines."}"""), bed.Write("a-2025-12-09.jsonl", """{"id":"2512.00001","title":"T","summary":"Two lines."}""")];
        foreach (var file in files)
            await bed.ImportAsync(file);

        foreach (var file in files)
            (await bed.ImportAsync(file)).Updated.ShouldBe(0);
    }

    [Fact]
    public async Task Only_a_list_that_ranks_gives_a_place()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        await bed.ImportAsync(bed.Write("2025-11-21.jsonl", """{"title":"The No-show Paradox"}""" + "\n" + """{"title":"Second"}"""));
        await bed.ImportAsync(bed.Write("2025-11-21.json", """[{"paper":{"id":"2511.00001","title":"Ranked","submittedOnDailyAt":"2025-11-21T01:00:00Z","upvotes":3}}]"""));
        await bed.ImportAsync(bed.Write("a.xml", """<feed xmlns="http://www.w3.org/2005/Atom"><id>http://arxiv.org/api/x</id><entry><id>http://arxiv.org/abs/2511.00002v1</id><title>Of arXiv</title><published>2025-11-20T10:00:00Z</published></entry></feed>"""));

        (await bed.ListAsync()).ToDictionary(paper => paper.Title, paper => paper.Position).ShouldBe(
            new Dictionary<string, int?> { ["The No-show Paradox"] = null, ["Second"] = null, ["Ranked"] = 1, ["Of arXiv"] = null }, ignoreOrder: true);
        var ofDay = await bed.App.Service<DigestService.Papers.Catalogue>().ListAsync(new(CatalogueTestBed.Day("2025-11-21"), null, null, 10), CancellationToken.None);
        ofDay.Papers.Count.ShouldBe(4);
    }

    private static async Task<bool> IsWithdrawnAsync(CatalogueTestBed bed) => (await bed.ListAsync()).ShouldHaveSingleItem().WithdrawnAt is not null;
}
