using System.Buffers;
using System.Text;
using AngleSharp.Html.Parser;
using DigestService.Mails;

namespace DigestService.Tests.Mails;

public sealed class AsciiHtmlTests
{
    [Theory]
    [InlineData("<p>short</p>\n", "<p>short</p>\r\n")]
    [InlineData("<p>Ø · 界 😀</p>\n", "<p>&#216; &#183; &#30028; &#128512;</p>\r\n")]
    [InlineData("no newline", "no newline\r\n")]
    [InlineData("a\n\nb\n", "a\r\n\r\nb\r\n")]
    [InlineData(".\n--\nFrom us\n..\n-\nFromage\n", "&#46;\r\n&#45;-\r\n&#70;rom us\r\n..\r\n-\r\nFromage\r\n")]
    [InlineData("", "")]
    [InlineData("a\r\nb\rc\r\r\n", "a\r\nb c\r\n")]
    [InlineData("a\u0000b\u000bc\u001f\td\u007f\u0085e\n", "abc\tde\r\n")]
    public void Lines_become_ascii_that_means_nothing_to_what_carries_it(string html, string wire) => Encode(html).ShouldBe(wire);

    [Theory]
    [InlineData("From ")]
    [InlineData("--=_0123456789abcdef ")]
    [InlineData("don&#39;t ")]
    [InlineData("Ελληνικά ")]
    public void A_long_line_breaks_at_spaces_and_reads_the_same(string word)
    {
        for (var length = 180; length < 220; length++)
        {
            var text = new string('x', length) + " " + string.Concat(Enumerable.Repeat(word + "word ", 40)) + "end";

            var wire = Encode($"<p>{text}</p>\n");

            var lines = wire.Split("\r\n");
            lines.ShouldAllBe(line => !line.StartsWith("From ", StringComparison.Ordinal) && !line.StartsWith("--", StringComparison.Ordinal));
            lines.Count(line => line.Length > 200).ShouldBeLessThanOrEqualTo(1, wire);
            Words(wire).ShouldBe(Words($"<p>{text}</p>"));
        }
    }

    [Fact]
    public void The_name_of_a_font_is_not_broken()
    {
        for (var length = 160; length < 200; length++)
        {
            var wire = Encode($"<p style=\"{new string('x', length)} font-family:'Times New Roman',serif\">text</p>\n");

            wire.ShouldContain("'Times New Roman'");
        }
    }

    [Fact]
    public void What_has_no_space_stays_one_line_and_its_length_is_told()
    {
        var output = new ArrayBufferWriter<byte>();

        var longest = AsciiHtml.Encode("<p>" + new string('界', 200) + "</p>\nshort\n", output);

        longest.ShouldBe(7 + (200 * 8));
    }

    private static string Encode(string html)
    {
        var output = new ArrayBufferWriter<byte>();
        AsciiHtml.Encode(html, output);
        return Encoding.ASCII.GetString(output.WrittenSpan);
    }

    private static string Words(string html) =>
        new HtmlParser().ParseDocument(html).Body!.TextContent.ReplaceLineEndings(" ").Trim(); // A document has a body.
}
