using DigestService.Mails;

namespace DigestService.Tests.Mails;

public sealed class HtmlWriterTests
{
    private readonly HtmlWriter _html = new();

    [Fact]
    public void What_stands_in_a_hole_is_text_whatever_it_looks_like()
    {
        var title = "</a><script>alert('x & \"y\"')</script>";

        _html.Write($"<a title=\"{title}\">{title}</a>{3}");

        _html.ToString().ShouldBe(
            "<a title=\"&lt;/a&gt;&lt;script&gt;alert(&#39;x &amp; &quot;y&quot;&#39;)&lt;/script&gt;\">"
            + "&lt;/a&gt;&lt;script&gt;alert(&#39;x &amp; &quot;y&quot;&#39;)&lt;/script&gt;</a>3");
    }

    [Fact]
    public void Our_own_markup_passes()
    {
        _html.Write($"<p{new Markup(" dir=\"rtl\"")}>");

        _html.ToString().ShouldBe("<p dir=\"rtl\">");
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("//example.org")]
    [InlineData("/relative")]
    [InlineData("https://user:secret@example.org/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("")]
    [InlineData(null)]
    public void Only_whole_web_addresses_become_links(string? address) => CleanText.WebAddress(address).ShouldBeNull();

    [Fact]
    public void A_web_address_is_escaped() =>
        CleanText.WebAddress("https://example.org/a b\"<\r\n>").ShouldBe("https://example.org/a%20b%22%3C%0D%0A%3E");

    [Fact]
    public void A_line_loses_what_could_rearrange_its_neighbours() =>
        CleanText.Line("a\u202Eb\u2066c\r\nBcc:\td\0e\u0085f\uD800g").ShouldBe("abc Bcc: de fg");
}
