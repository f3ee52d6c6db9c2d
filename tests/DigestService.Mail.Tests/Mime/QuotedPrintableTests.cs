using System.Text;
using DigestService.Mail.Mime;
using FsCheck;
using FsCheck.Fluent;

namespace DigestService.Mail.Tests.Mime;

public sealed class QuotedPrintableTests
{
    [Fact]
    public void No_line_begins_with_From_and_a_space_wherever_a_soft_break_falls()
    {
        for (var before = 60; before < 90; before++)
        {
            var text = new string('x', before) + "From here on. From there, From and From again: " + new string('y', before) + "From";

            var encoded = Encoding.ASCII.GetString(QuotedPrintable.Encode(text));

            encoded.Split("\r\n").ShouldAllBe(line => !line.StartsWith("From ") && line.Length <= 76);
            encoded.Replace("=\r\n", "").Replace("=46", "F").ShouldBe(text);
        }
    }

    [Theory]
    [InlineData("plain = text", "plain =3D text")]
    [InlineData("trailing \nspace\t", "trailing=20\r\nspace=09")]
    [InlineData("a\rb\nc\r\nd", "a\r\nb\r\nc\r\nd")]
    [InlineData("naïve", "na=C3=AFve")]
    [InlineData(".\n", "=2E\r\n")]
    [InlineData(".5 is a number", ".5 is a number")]
    [InlineData("From here on", "=46rom here on")]
    [InlineData("nul\0free", "nulfree")]
    public void Text_is_encoded_as_RFC_2045_says(string text, string wire) =>
        Encoding.ASCII.GetString(QuotedPrintable.Encode(text)).ShouldBe(wire);

    [Fact]
    public void A_line_of_76_stays_whole_and_one_of_77_is_broken()
    {
        Wire(new string('x', 76)).ShouldBe(new string('x', 76));
        Wire(new string('x', 77)).ShouldBe($"{new string('x', 75)}=\r\nxx");
        Wire(new string('x', 74) + "é").ShouldBe($"{new string('x', 74)}=\r\n=C3=A9");
    }

    [Fact]
    public void Any_text_comes_back_in_lines_of_at_most_76_octets()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<string[]>(), words =>
        {
            var text = string.Concat(words).Replace("\0", "", StringComparison.Ordinal);
            var wire = Wire(text);
            Decode(wire).ShouldBe(Normal(text));
            wire.Split("\r\n").ShouldAllBe(line => line.Length <= 76);
            wire.Replace("\r\n", "", StringComparison.Ordinal).ShouldNotContain('\n');
            wire.Replace("\r\n", "", StringComparison.Ordinal).ShouldNotContain('\r');
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Pieces_that_end_in_a_newline_can_be_encoded_apart()
    {
        string[] pieces = ["Début = 1 \n", new string('é', 50) + "\n\n", "\tFrom ashes \nFrom here\n", "end"];

        string.Concat(pieces.Select(Wire)).ShouldBe(Wire(string.Concat(pieces)));
    }

    private static string Wire(string text) => Encoding.ASCII.GetString(QuotedPrintable.Encode(text));

    private static string Normal(string text) =>
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n')));

    private static string Decode(string wire)
    {
        var octets = new List<byte>();
        var joined = wire.Replace("=\r\n", "", StringComparison.Ordinal).Replace("\r\n", "\n", StringComparison.Ordinal);
        for (var i = 0; i < joined.Length; i++)
        {
            if (joined[i] != '=')
            {
                octets.Add((byte)joined[i]);
                continue;
            }

            octets.Add(Convert.ToByte(joined.Substring(i + 1, 2), 16));
            i += 2;
        }

        return Encoding.UTF8.GetString([.. octets]);
    }
}
