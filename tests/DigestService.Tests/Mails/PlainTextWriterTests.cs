using DigestService.Mails;

namespace DigestService.Tests.Mails;

public sealed class PlainTextWriterTests
{
    private readonly PlainTextWriter _text = new();

    [Fact]
    public void Lines_hold_72_columns_and_hang_under_their_first()
    {
        _text.Wrap(string.Join(' ', Enumerable.Repeat("word", 40)), " 1. ", "    ");

        var lines = _text.ToString().TrimEnd('\n').Split('\n');
        lines.ShouldAllBe(line => line.Length <= 72 && (line.StartsWith("    word", StringComparison.Ordinal) || line.StartsWith(" 1. word", StringComparison.Ordinal)));
        string.Join(' ', lines.Select(line => line[4..])).ShouldBe(string.Join(' ', Enumerable.Repeat("word", 40)));
    }

    [Fact]
    public void Chinese_breaks_between_characters_but_not_before_a_full_stop()
    {
        _text.Wrap(string.Concat(Enumerable.Repeat("论文很好。", 40)));

        var lines = _text.ToString().TrimEnd('\n').Split('\n');
        lines.Length.ShouldBeGreaterThan(1);
        lines.ShouldAllBe(line => PlainTextWriter.Columns(line) <= 72 && !line.StartsWith('。'));
        string.Concat(lines).ShouldBe(string.Concat(Enumerable.Repeat("论文很好。", 40)));
    }

    [Fact]
    public void An_address_is_never_broken()
    {
        var address = "https://example.org/" + new string('a', 200);

        _text.Wrap($"see {address} for more");

        _text.ToString().ShouldContain(address + "\n");
    }

    [Theory]
    [InlineData("abc", 3)]
    [InlineData("论文", 4)]
    [InlineData("e\u0301", 1)]
    [InlineData("ｆｕｌｌ", 8)]
    public void Columns_are_those_of_a_terminal(string text, int columns) => PlainTextWriter.Columns(text).ShouldBe(columns);
}
