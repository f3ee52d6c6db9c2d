using System.Text;
using System.Text.Json;
using DigestService.Platform;

namespace DigestService.Tests.Platform;

/// <summary>No name and no text of JSON from outside throws once it is parsed.</summary>
public sealed class ForeignJsonTests
{
    [Theory]
    [InlineData("""{"a":"\ud83d smile"}""", """{"a":" smile"}""")]
    [InlineData("""{"a":"\ude00\uD83D"}""", """{"a":""}""")]
    [InlineData("""{"\ud800":1,"a\udfff":2}""", """{"":1,"a":2}""")]
    [InlineData("""{"a":"\ud83d\ud83d\ude00"}""", """{"a":"\ud83d\ude00"}""")]
    [InlineData("""{"a":"\ud83d\n"}""", """{"a":"\n"}""")]
    [InlineData("""{"a":"\\ud83d \\\ud83d"}""", """{"a":"\\ud83d \\"}""")]
    [InlineData("""{"a":"\ud83d\ude00 \u00e9 \u0000 é"}""", """{"a":"\ud83d\ude00 \u00e9 \u0000 é"}""")]
    public void Halves_of_pairs_are_left_out_and_all_else_stays(string written, string kept) =>
        Encoding.UTF8.GetString(ForeignJson.WithoutHalves(Encoding.UTF8.GetBytes(written)).Span).ShouldBe(kept);

    [Fact]
    public void Names_and_texts_of_what_is_parsed_can_be_read()
    {
        var random = new Random(7);
        string[] pieces = ["\\ud83d", "\\ude00", "\\\\", "\\\"", "\\u", "u00e9", "\\uD8", "d83d", "\\n", "a", "é", "😀", "\\"];
        var read = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => pieces[random.Next(pieces.Length)]));
            try
            {
                using var document = ForeignJson.Parse(Encoding.UTF8.GetBytes($$"""{"{{text}}":"{{text}}","x":1}"""));
                document.RootElement.TryGetProperty("x", out _).ShouldBeTrue();
                foreach (var field in document.RootElement.EnumerateObject().Where(field => field.Value.ValueKind == JsonValueKind.String))
                    field.Value.GetString().ShouldBe(field.Name);
                read++;
            }
            catch (JsonException)
            {
                // Broken escapes are no JSON.
            }
        }

        read.ShouldBeGreaterThan(5_000);
    }

    [Fact]
    public void What_is_not_UTF8_is_no_JSON() => Should.Throw<JsonException>(() => ForeignJson.Parse((byte[])[(byte)'"', 0xff, (byte)'"']));
}
