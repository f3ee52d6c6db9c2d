using DigestService.Mails;

namespace DigestService.Tests.Mails;

public sealed class PlainTextWriterTests
{
    private readonly PlainTextWriter _text = new();

    [Fact]
    public void No_line_ends_in_an_opening_bracket_or_begins_with_closing_punctuation()
    {
        for (var before = 0; before < 40; before++)
        {
            var writer = new PlainTextWriter();

            writer.Wrap(new string('很', before) + "有人（希望是您本人）请求《每日论文》。" + new string('很', 20) + "“多来点”，【一】「二」");

            foreach (var line in writer.ToString().TrimEnd('\n').Split('\n'))
            {
                "（《“【「([".ShouldNotContain(line[^1], line);
                "）》”】」。，)]".ShouldNotContain(line[0], line);
            }
        }
    }

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
