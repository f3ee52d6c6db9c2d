using DigestService.Subscribers;

namespace DigestService.Tests.Subscribers;

public sealed class CsvRecordsTests
{
    [Fact]
    public void Quotation_marks_commas_and_line_breaks_within_fields_are_read_and_lines_are_counted()
    {
        var records = Read("a,b\r\n\"x, \"\"y\"\"\",\"two\nlines\"\r\n\r\n last , field \n");

        records.Select(record => record.Line).ShouldBe([1, 2, 5]);
        records[1].Fields.ShouldBe(["x, \"y\"", "two\nlines"]);
        records[2].Fields.ShouldBe(["last", "field"]);
        records.ShouldAllBe(record => record.Fault == null);
    }

    [Theory]
    [InlineData("a,b\"c\nx,y", "inside a field")]
    [InlineData("a,\"b\"c\nx,y", "behind a closing")]
    [InlineData("a,\"b", "never closed")]
    public void A_line_that_is_no_csv_says_why(string text, string fault) =>
        Read(text)[0].Fault.ShouldNotBeNull().ShouldContain(fault);

    [Fact]
    public void A_quotation_mark_that_is_never_closed_does_not_swallow_a_large_file_into_memory()
    {
        var text = "\"open\n" + string.Concat(Enumerable.Repeat("reader@mail.example,agents\n", 20_000));

        var records = Read(text);

        records[0].Fault.ShouldNotBeNull().ShouldContain("longer than");
        records.Count.ShouldBeGreaterThan(10_000);
    }

    private static List<CsvRecord> Read(string text)
    {
        var records = new CsvRecords(new StringReader(text));
        var all = new List<CsvRecord>();
        while (records.Read() is { } record)
            all.Add(record);
        return all;
    }
}
