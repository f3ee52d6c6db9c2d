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
    [InlineData("a,\"b\nc,d\ne,f\n", "up to line 3")]
    [InlineData("\"a\" ,b", "behind a closing")]
    [InlineData("a, \"b\"", "inside a field")]
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

    [Theory]
    [InlineData("a,b\rc,d\r", 2)]
    [InlineData("a,b\r\n\r\nc,d", 3)]
    [InlineData("a,b\n,,\n , \nc,d\n", 4)]
    public void Any_line_end_ends_a_record_and_empty_ones_are_passed_over(string text, int line)
    {
        var records = Read(text);

        records.Select(record => string.Join('|', record.Fields)).ShouldBe(["a|b", "c|d"]);
        records[1].Line.ShouldBe(line);
    }

    [Fact]
    public void A_line_without_end_is_passed_over_and_the_next_is_read()
    {
        var records = Read(new string('x', 5_000_000) + "\na,b\n");

        records[0].Fault.ShouldNotBeNull().ShouldContain("longer than");
        (records[1].Line, records[1].Fields.Count).ShouldBe((2, 2));
    }

    [Fact]
    public void Fields_that_fill_many_buffers_arrive_whole()
    {
        var long1 = string.Concat(Enumerable.Repeat("word ", 6_000)).Trim();
        var records = Read($"a,\"{long1}\nsecond \"\"line\"\"\",c\nnext,1,2\n");

        records[0].Fields.ShouldBe(["a", long1 + "\nsecond \"line\"", "c"]);
        records[1].Line.ShouldBe(3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Lines_with_and_without_quotation_marks_are_read_alike_wherever_a_buffer_ends(int seed)
    {
        var random = new Random(seed);
        var text = new System.Text.StringBuilder();
        var expected = new List<(int Line, string[] Fields)>();
        var line = 1;
        for (var n = 0; n < 4_000; n++)
        {
            string[] fields = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Field(random))];
            var isQuoted = random.Next(3) == 0 || fields.Any(field => field.AsSpan().ContainsAny(",\"\n"));
            text.Append(string.Join(',', fields.Select(field => isQuoted ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field)));
            text.Append(seed switch { 1 => "\n", 2 => "\r\n", _ => "\r" });
            if (fields.Any(field => field.Length > 0))
                expected.Add((line, fields));
            line += 1 + fields.Sum(field => field.Count(c => c == '\n'));
        }

        var records = Read(text.ToString());

        records.ShouldAllBe(record => record.Fault == null);
        records.Select(record => $"{record.Line}: {string.Join('|', record.Fields)}").ShouldBe(expected.Select(record => $"{record.Line}: {string.Join('|', record.Fields)}"));
    }

    private static string Field(Random random) => string.Concat(
        Enumerable.Range(0, random.Next(0, 9)).Select(_ => "abcdé@.;,\"\n"[random.Next(random.Next(4) == 0 ? 11 : 8)]).Prepend('x')).Trim()[random.Next(2)..].Trim();

    private static List<CsvRecord> Read(string text)
    {
        using var records = new CsvRecords(new StringReader(text));
        var all = new List<CsvRecord>();
        while (records.Read() is { } record)
            all.Add(record);
        return all;
    }
}
