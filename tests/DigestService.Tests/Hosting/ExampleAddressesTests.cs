using DigestService.Hosting;
using DigestService.Platform;
using Microsoft.Extensions.Configuration;

namespace DigestService.Tests.Hosting;

/// <summary>A sample of settings that nobody filled in mails nobody and shows nobody a page.</summary>
public sealed class ExampleAddressesTests
{
    [Theory]
    [InlineData("Site:BaseUrl", "https://digest.example.org", "Setting Site__BaseUrl: 'digest.example.org' is an example")]
    [InlineData("Smtp:Host", "relay.example.net", "Setting Smtp__Host: 'relay.example.net'")]
    [InlineData("Mail:From", "digest@EXAMPLE.com", "Setting Mail__From: 'EXAMPLE.com'")]
    [InlineData("Mail:BounceAddress", "bounces@mail.example.org", "Setting Mail__BounceAddress: 'mail.example.org'")]
    [InlineData("Mail:CommandAddress", "digest@example.org", "Setting Mail__CommandAddress: 'example.org'")]
    [InlineData("Mail:OperatorAddress", "ops@example.org", "Setting Mail__OperatorAddress: 'example.org'")]
    public void An_address_of_the_documents_is_refused_once_mail_leaves_the_machine(string key, string value, string words)
    {
        var refusal = Should.Throw<OperatorException>(() => ExampleAddresses.Refuse(Settings((key, value))));

        refusal.Message.ShouldStartWith(words);
    }

    [Fact]
    public void On_one_machine_alone_the_addresses_of_the_documents_may_stay() =>
        ExampleAddresses.Refuse(Settings(
            ("Urls", "http://127.0.0.1:8080"), ("Smtp:Host", "127.0.0.1"), ("Site:BaseUrl", "https://digest.example.org"), ("Mail:From", "digest@example.org")));

    [Theory]
    [InlineData("http://0.0.0.0:8080", true)]
    [InlineData("http://*:8080", true)]
    [InlineData("http://[::]:8080", true)]
    [InlineData("http://localhost:8080", false)]
    [InlineData("http://[::1]:8080;http://127.0.0.2:8080", false)]
    public void A_site_of_the_documents_is_refused_where_pages_are_served_beyond_the_machine(string urls, bool isRefused)
    {
        var settings = Settings(("Smtp:Host", null), ("Urls", urls), ("Site:BaseUrl", "https://papers.example.com"));

        if (isRefused)
            Should.Throw<OperatorException>(() => ExampleAddresses.Refuse(settings));
        else
            ExampleAddresses.Refuse(settings);
    }

    [Theory]
    [InlineData("https://papers.uni-example.org")]
    [InlineData("https://example.org.uni.edu")]
    [InlineData("http://localhost:8080")]
    public void A_name_that_only_sounds_alike_is_somebodys(string url) => ExampleAddresses.Refuse(Settings(("Site:BaseUrl", url)));

    /// <summary>A whole installation with a relay elsewhere, one setting changed.</summary>
    private static IConfigurationRoot Settings(params IEnumerable<(string Key, string? Value)> changes)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Urls"] = "http://0.0.0.0:8080",
            ["Site:BaseUrl"] = "https://papers.uni.edu",
            ["Smtp:Host"] = "relay.uni.edu",
            ["Mail:From"] = "digest@uni.edu",
        };
        foreach (var (key, value) in changes)
            settings[key] = value;
        return new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
    }
}
