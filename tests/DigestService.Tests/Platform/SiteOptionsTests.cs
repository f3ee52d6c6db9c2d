using DigestService.Platform;

namespace DigestService.Tests.Platform;

public sealed class SiteOptionsTests
{
    [Theory]
    [InlineData("https://papers.example.org", "https://papers.example.org/unsubscribe/t")]
    [InlineData("https://papers.example.org/", "https://papers.example.org/unsubscribe/t")]
    [InlineData("HTTPS://Papers.Example.ORG", "https://papers.example.org/unsubscribe/t")]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080/unsubscribe/t")]
    [InlineData("https://papers.example.org:443", "https://papers.example.org/unsubscribe/t")]
    [InlineData("https://papers.example.org:8443/", "https://papers.example.org:8443/unsubscribe/t")]
    [InlineData("http://[::1]:8080", "http://[::1]:8080/unsubscribe/t")]
    [InlineData("https://büchersuche.example", "https://xn--bchersuche-9db.example/unsubscribe/t")]
    [InlineData("https://论文.example:8443", "https://xn--7dv436f.example:8443/unsubscribe/t")]
    public void Links_begin_with_the_base_url_in_ascii(string baseUrl, string link)
    {
        var site = new SiteOptions { BaseUrl = baseUrl };

        SettingValues.Faults(site).ShouldBeEmpty();
        site.Link("/unsubscribe/t").ShouldBe(link);
        site.Link("/").All(char.IsAscii).ShouldBeTrue();
    }

    [Theory]
    [InlineData("papers.example.org", "is no http or https address")]
    [InlineData("//papers.example.org", "is no http or https address")]
    [InlineData("ftp://papers.example.org", "is no http or https address")]
    [InlineData("file:///srv/papers", "is no http or https address")]
    [InlineData("https://", "is no http or https address")]
    [InlineData("https://papers example.org", "is no http or https address")]
    [InlineData("https://papers.example.org\\digest", "is no http or https address")]
    [InlineData("https://papers.example.org:99999", "is no http or https address")]
    [InlineData("mailto:digest@example.org", "is no http or https address")]
    [InlineData("https://papers.example.org?x=1", "must end with the host")]
    [InlineData("https://papers.example.org/#top", "must end with the host")]
    [InlineData("https://papers.example.org/?", "must end with the host")]
    [InlineData("https://example.org/papers", "has a path")]
    [InlineData("https://example.org/papers/", "has a path")]
    [InlineData("https://user:secret@example.org", "an account has no place in it")]
    public void What_no_link_can_begin_with_is_refused(string baseUrl, string sentence) =>
        SettingValues.Faults(new SiteOptions { BaseUrl = baseUrl }).ShouldHaveSingleItem().ErrorMessage.ShouldNotBeNull().ShouldContain(sentence);
}
