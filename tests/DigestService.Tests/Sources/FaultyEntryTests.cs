using System.IO.Compression;
using System.Text;
using DigestService.Papers;
using DigestService.Sources;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Sources;

/// <summary>No entry ends an import: it is refused, or kept without the doubtful part, by file and line.</summary>
public class FaultyEntryTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Two_arXiv_papers_with_one_DOI_are_both_kept_and_the_second_is_told_of()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync("""{"id":"2511.00009","title":"Earlier","doi":"10.1000/taken","listed_on":"2025-11-01"}""");

        var result = await bed.ImportLinesAsync(
            """{"id":"2512.00001","title":"Part One","doi":"10.1000/both","listed_on":"2025-12-01"}""",
            """{"id":"2512.00002","title":"Part Two","doi":"10.1000/both","listed_on":"2025-12-01"}""",
            """{"id":"2512.00003","title":"Part Three","doi":"https://doi.org/10.1000/TAKEN","listed_on":"2025-12-01"}""",
            """{"id":"2512.00004","title":"Part Four","listed_on":"2025-12-01"}""");

        (result.Added, result.Rejected).ShouldBe((4, 0));
        result.Remarks.Select(remark => remark.Line).ShouldBe([2, 3]);
        result.Remarks.ShouldAllBe(remark => remark.Text().Contains("kept without it") && remark.File.EndsWith("lines.jsonl"));
        (await bed.App.Database.QueryAsync<string>("select doi from papers where doi is not null order by id", null, CancellationToken.None)).ShouldBe(["10.1000/taken", "10.1000/both"]);
    }

    [Theory]
    [InlineData("!", 1)]
    [InlineData("🎉", 150)]
    [InlineData("é", 400)]
    [InlineData("—", 900)]
    [InlineData("\\ud83d\\ude00x", 300)]
    [InlineData("日本", 400)]
    [InlineData("a\\u0301", 400)]
    [InlineData("ﷺ", 300)]
    public async Task A_title_of_any_letters_and_any_length_is_kept_and_known_again(string letter, int times)
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var title = letter == "🎉" ? "! " + string.Concat(Enumerable.Repeat(letter, times)) : string.Concat(Enumerable.Repeat(letter, times));
        var line = $$"""{"title":"{{title}}","listed_on":"2026-03-09"}""";

        var first = await bed.ImportLinesAsync(line, """{"title":"A sound one","listed_on":"2026-03-09"}""");
        var second = await bed.ImportLinesAsync(line, """{"title":"A sound one","listed_on":"2026-03-09"}""");

        (first.Added, first.Rejected).ShouldBe((2, 0));
        (second.Added, second.Updated, second.Duplicates).ShouldBe((0, 0, 2));
    }

    [Theory]
    [InlineData("111111111111111111111111111111111111111111111111111111x")]
    [InlineData("1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1x")]
    [InlineData(" ^{1}^{1}^{1}^{1}^{1}^{1}^{1}^{1}^{1}^{1}^{1}^{1}^{1}^{1}^{1}x")]
    [InlineData("*†*†*†*†*†*†*†*†*†*†*†*†*†*†*†*†*†*†*†*†*†*†*†*†*†*†*†*†*†x")]
    public async Task A_long_row_of_marks_behind_a_name_keeps_no_paper_out(string marks)
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        var result = await bed.ImportLinesAsync(
            $$"""{"title":"Before {{marks}}","listed_on":"2026-03-09"}""",
            $$"""{"title":"With {{marks}}","authors":["Jane Doe{{marks}}"],"listed_on":"2026-03-09"}""",
            $$"""{"title":"Behind {{marks}}","listed_on":"2026-03-09"}""");

        (result.Added, result.Rejected).ShouldBe((3, 0));
    }

    [Theory]
    [InlineData(""" "listed_on":"2199-01-01" """, "listing day")]
    [InlineData(""" "listed_on":"2028-06-01" """, "listing day")]
    [InlineData(""" "listed_on":"1823-06-01" """, "cannot be read")]
    [InlineData(""" "listed_on":"soon" """, "cannot be read")]
    [InlineData(""" "listed_on":"2026-13-45" """, "cannot be read")]
    public async Task An_impossible_value_refuses_its_line_alone(string field, string reason)
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        var result = await bed.ImportLinesAsync("""{"title":"Before"}""", $$"""{"title":"At fault",{{field}}}""", """{"title":"After"}""");

        (result.Added, result.Rejected).ShouldBe((2, 1));
        var rejection = result.Rejections.ShouldHaveSingleItem();
        (rejection.Line, rejection.Reason.Contains(reason, StringComparison.Ordinal)).ShouldBe((2, true), rejection.Reason);
    }

    [Theory]
    [InlineData("""{"title":"Zero \u0000 octet","summary":"\u0000","doi":"10.1000/a\u0000b","authors":["A\u0000B"],"comment":"\u0000","categories":["\u0000"],"url":"https://x.example/\u0000"}""")]
    [InlineData("""{"t\ud83d":1,"title":"A name of half a pair"}""")]
    [InlineData("""{"title":"Half a pair \ud83d","summary":"\ude00 x","authors":["\ud83d"],"doi":"10.1000/\ud83d"}""")]
    [InlineData("""{"title":"A DOI that is none","doi":"10.1000/"}""")]
    [InlineData("""{"title":"A DOI with spaces","doi":"10.1000/a b c"}""")]
    [InlineData("""{"title":"Deep numbers","upvotes":1e400,"published":1e400}""")]
    [InlineData("""{"title":"Odd dates","published":"0000-00-00","updated":"9999-12-31T23:59:59Z","withdrawn":"never"}""")]
    public async Task A_value_no_database_keeps_does_not_keep_its_paper_out(string line)
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        var result = await bed.ImportLinesAsync(line, """{"title":"After"}""");

        (result.Added, result.Rejected).ShouldBe((2, 0));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("99999999999")]
    [InlineData("\"-3\"")]
    public async Task A_paper_with_an_impossible_number_of_votes_is_kept_without_it_and_told_of(string votes)
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        var result = await bed.ImportLinesAsync("""{"title":"Before"}""", $$"""{"title":"At fault","listed_on":"2026-03-09","upvotes":{{votes}}}""");

        (result.Added, result.Rejected).ShouldBe((2, 0));
        result.Remarks.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            remark => remark.Line.ShouldBe(2),
            remark => remark.Text().ShouldBe("Its number of votes is impossible; the paper is kept without it."));
        (await bed.OneAsync<int>("select count(*)::int from listing_entries where upvotes is not null")).ShouldBe(0);
    }

    [Fact]
    public async Task What_the_database_alone_refuses_is_named_by_file_and_line_and_all_others_come_in()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.App.Database.ExecuteAsync("alter table papers add constraint no_seven check (title <> 'Paper 7')", null, CancellationToken.None);

        var result = await bed.ImportLinesAsync(Enumerable.Range(1, 40).Select(number => $$"""{"title":"Paper {{number}}","listed_on":"2026-03-{{1 + (number % 9):00}}"}""").ToArray());

        (result.Added, result.Rejected).ShouldBe((39, 1));
        result.Rejections.ShouldHaveSingleItem().Line.ShouldBe(7);
        (await bed.OneAsync<int>("select count(*)::int from listing_entries")).ShouldBe(39);
        (await bed.ImportLinesAsync("""{"title":"Paper 41"}""")).Added.ShouldBe(1);
    }

    [Fact]
    public async Task Half_a_character_in_one_entry_leaves_the_days_answer_readable()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        var result = await bed.ImportAsync(bed.Write("2025-11-21.json", """[{"paper":{"id":"2511.00001","title":"Broken \ud83d smile","t\ud83d":1,"ai_keywords":["smile \ud83d"],"submittedOnDailyAt":"2025-11-21T01:00:00Z","upvotes":3}},{"paper":{"id":"2511.00002","title":"Sound","submittedOnDailyAt":"2025-11-21T01:00:00Z","upvotes":2}}]"""));

        (result.Added, result.Rejected).ShouldBe((2, 0));
        (await bed.ListAsync()).Select(paper => paper.Title).ShouldBe(["Broken smile", "Sound"]);
    }

    [Fact]
    public async Task A_packed_file_that_was_cut_is_refused_whole_wherever_it_was_cut()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var lines = string.Join('\n', Enumerable.Range(0, 9_000).Select(number => $$"""{"title":"Paper {{number}} {{Guid.NewGuid()}}"}"""));
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(lines));
        var whole = packed.ToArray();

        foreach (var length in new[] { 20, whole.Length / 3, whole.Length / 2, whole.Length - 400, whole.Length - 9, whole.Length - 8, whole.Length - 1 })
        {
            var cut = await bed.ImportAsync(bed.Write("cut.jsonl.gz", whole[..length]));
            (cut.Added, cut.Rejected).ShouldBe((0, 1), $"{length} of {whole.Length}");
        }

        (await bed.ImportAsync(bed.Write("whole.jsonl.gz", whole))).Added.ShouldBe(9_000);
    }

    [Fact]
    public async Task JSON_in_UTF_16_or_UTF_32_is_read_with_its_mark_or_without_and_packed_or_not()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        const string Lines = "{\"title\":\"Müller’s lines\"}\r\n{\"title\":\"深度\"}\r\n";
        const string Array = "[{\"title\":\"An array\"}]";
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            await gzip.WriteAsync(Marked(Encoding.Unicode, Lines));

        var counts = new List<(int Read, int Added)>();
        foreach (var octets in (byte[][])[
            Marked(Encoding.Unicode, Lines), Marked(Encoding.BigEndianUnicode, Lines), Marked(Encoding.UTF32, Lines), packed.ToArray(),
            Marked(Encoding.Unicode, Array), Encoding.Unicode.GetBytes(Array), Encoding.BigEndianUnicode.GetBytes(Array)])
        {
            var result = await bed.ImportAsync(bed.Write("papers.json", octets));
            counts.Add((result.Read, result.Added));
        }

        counts.ShouldBe([(2, 2), (2, 0), (2, 0), (2, 0), (1, 1), (1, 0), (1, 0)]);
        (await bed.ListAsync()).Select(paper => paper.Title).Order(StringComparer.Ordinal).ShouldBe(["An array", "Müller’s lines", "深度"]);

        static byte[] Marked(Encoding encoding, string text) => [.. encoding.GetPreamble(), .. encoding.GetBytes(text)];
    }

    [Theory]
    [InlineData("papers.jsonl", 1)]
    [InlineData("papers.ndjson.gz", 1)]
    [InlineData("papers.json", 0)]
    public async Task A_broken_first_line_of_JSON_lines_costs_that_line_alone(string name, int added)
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        var result = await bed.ImportAsync(bed.Write(name, "title: a line that is none\n{\"title\":\"Herons\"}\n"u8.ToArray()));

        (result.Added, result.Rejected, result.Rejections[0].Line).ShouldBe((added, 1, 1));
    }

    [Fact]
    public void A_file_without_end_and_one_that_is_packed_otherwise_are_told_as_what_they_are()
    {
        foreach (byte[] packed in (byte[][])[
            [0x50, 0x4B, 3, 4, 20, 0], [0x42, 0x5A, 0x68, 0x39, 0x31], [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], [0x28, 0xB5, 0x2F, 0xFD, 0x24], [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]])
        {
            Should.Throw<UnreadableDocumentException>(() => PaperFormat.Detect(new MemoryStream(packed)))
                .Message.ShouldBe("The file is packed, and not with gzip: unpack it first.");
        }

        if (OperatingSystem.IsLinux())
        {
            Should.Throw<UnreadableDocumentException>(() => ImportInput.FromPaths(["/dev/zero"], PaperFormat.Jsonl, listedOn: null, default)[0].Open())
                .Message.ShouldBe("The file has no end, or grows while it is read.");
        }
    }

    [Fact]
    public async Task An_import_of_one_line_does_not_wait_for_the_end_of_a_long_one()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var pipe = new System.IO.Pipelines.Pipe();
        var document = new SourceDocument { Name = "long.jsonl", Now = bed.App.Clock.GetCurrentInstant() };
        var input = new ImportInput(document, PaperFormat.Jsonl, 0, () => pipe.Reader.AsStream(leaveOpen: true));
        var longOne = bed.App.Service<PaperImport>().StoreAsync([input], progress: null, CancellationToken.None);
        for (var number = 0; number < 9_000; number++)
            await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes($"{{\"title\":\"Long {number}\"}}\n"));

        // The long file has neither ended nor been given up, and its first papers are there already.
        var shortOne = await bed.ImportLinesAsync("""{"title":"One line"}""");

        shortOne.Added.ShouldBe(1);
        longOne.IsCompleted.ShouldBeFalse();
        await pipe.Writer.CompleteAsync();
        (await longOne).Added.ShouldBe(9_000);
    }

    [Fact]
    public void A_link_to_the_folder_above_reads_no_file_twice()
    {
        var folder = TestDirectory.Create("links");
        File.WriteAllText(Path.Combine(folder, "papers.jsonl"), """{"title":"Alone"}""");
        Directory.CreateSymbolicLink(Path.Combine(folder, "above"), folder);

        ImportInput.FromPaths([folder], format: null, listedOn: null, Instant.FromUtc(2026, 3, 2, 0, 0)).Select(input => input.Document.Name)
            .ShouldBe([Path.Combine(folder, "papers.jsonl")]);
    }

    [Fact]
    public async Task Standard_pipes_are_read_like_files()
    {
        if (OperatingSystem.IsWindows())
            throw Skip.Because("needs named pipes");
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var path = Path.Combine(TestDirectory.Create("pipes"), "papers");
        using (var maker = System.Diagnostics.Process.Start("mkfifo", path))
            await maker.WaitForExitAsync();
        var writing = Task.Run(() => File.WriteAllText(path, """{"title":"Through a pipe"}"""));

        var result = await bed.ImportAsync(path);
        await writing;

        result.Added.ShouldBe(1);
    }

    [Fact]
    public async Task A_document_that_nobody_can_read_is_named_and_the_others_come_in()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        var result = await bed.ImportAllAsync([bed.Write("a.jsonl", """{"title":"First"}"""), bed.Write("b.xml", "<rss><channel><item><title>T</title></item>"), bed.Write("c.json", "[{"), bed.Write("d.jsonl", """{"title":"Last"}""")]);

        result.Added.ShouldBe(2);
        result.Rejections.Select(rejection => Path.GetFileName(rejection.File)).ShouldBe(["b.xml", "c.json"]);
    }

    [Fact]
    public async Task A_document_over_which_the_program_fails_is_told_without_words_of_the_framework()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var document = new SourceDocument { Name = "odd.jsonl", Now = bed.App.Clock.GetCurrentInstant() };

        var result = await bed.App.Service<PaperImport>().StoreAsync(
            [new ImportInput(document, PaperFormat.Jsonl, 0, () => throw new InvalidOperationException("Nullable object must have a value."))], progress: null, CancellationToken.None);

        result.Rejections.ShouldHaveSingleItem().Reason.ShouldBe("The program fails over this document (InvalidOperationException): please report it, with the document.");
    }
}

internal static class Remarks
{
    public static string Text(this Rejection remark) => remark.Reason;
}
