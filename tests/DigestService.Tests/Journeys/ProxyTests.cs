using System.Net;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Platform.Layout;

namespace DigestService.Tests.Journeys;

/// <summary>Who asks, as the proxies in front say, and what one network may do.</summary>
public sealed class ProxyTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Password = "correct horse";

    [Theory]
    // The default believes this machine alone: one proxy, and what a client wrote before it is not looked at.
    [InlineData("", "203.0.113.7", "203.0.113.7")]
    [InlineData("", "198.51.100.1, 203.0.113.7", "203.0.113.7")]
    [InlineData("", "203.0.113.7, 172.20.0.5", "172.20.0.5")]
    // A proxy in another container, or two in a row.
    [InlineData("127.0.0.1 172.16.0.0/12", "203.0.113.7, 172.20.0.5", "203.0.113.7")]
    [InlineData("127.0.0.0/8 172.20.0.5", "198.51.100.1, 203.0.113.7, 172.20.0.5", "203.0.113.7")]
    [InlineData("127.0.0.1 2001:db8:ffff::/48", "203.0.113.7, 2001:db8:ffff::9", "203.0.113.7")]
    // Nobody that is not named is believed, this machine included.
    [InlineData("10.0.0.0/8", "203.0.113.7", "127.0.0.1")]
    [InlineData("127.0.0.1", "unknown", "127.0.0.1")]
    public async Task The_last_address_that_no_trusted_proxy_has_is_who_asks(string proxies, string forwarded, string asker)
    {
        await using var site = await Site.OpenAsync(
            apps, proxies.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((proxy, i) => ($"Site__TrustedProxies__{i}", proxy)));
        site.Browser.DefaultRequestHeaders.TryAddWithoutValidation("X-Forwarded-For", forwarded);

        await site.SignUpAsync("ada@mail.example");

        var hash = Convert.ToHexStringLower(site.Service<LinkSigner>().HashAddress("network:" + asker).AsSpan(0, 16));
        (await site.ColumnAsync("ada@mail.example", "consent->>'requested_from'")).ShouldBe(hash);
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10")]
    [InlineData("proxy.example")]
    [InlineData("10.0.0.0/8/8")]
    public async Task A_proxy_that_is_no_network_stops_the_start_with_its_key(string proxy)
    {
        var configuration = await apps.CreateConfigurationAsync(("Site__TrustedProxies__0", "127.0.0.1"), ("Site__TrustedProxies__1", proxy));

        var refusal = await Should.ThrowAsync<OperatorException>(() => ServeHost.StartAsync(configuration, new TestClock(), Roles.Web, CancellationToken.None));

        refusal.Message.ShouldContain("Site__TrustedProxies__1");
    }

    [Theory]
    [InlineData("10.1.2.3/8", "10.0.0.0/8")]
    [InlineData("10.1.2.3", "10.1.2.3/32")]
    [InlineData("::1", "::1/128")]
    [InlineData("2001:db8::ffff/32", "2001:db8::/32")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    public void A_network_is_read_with_or_without_bits_behind_its_prefix(string text, string network)
    {
        TrustedProxies.TryParse(text, out var parsed).ShouldBeTrue();

        parsed.ToString().ShouldBe(network);
    }

    [Fact]
    public async Task Wrong_passwords_lock_out_their_own_64_and_nobody_else()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", Password));
        var stranger = new List<HttpStatusCode>();
        for (var n = 0; n < 30; n++)
            stranger.Add(await SignInAsync(site, "wrong", $"2001:db8:1:2:{n:x}::1"));

        stranger.Count(status => status == HttpStatusCode.Unauthorized).ShouldBe(10);
        stranger.Count(status => status == HttpStatusCode.TooManyRequests).ShouldBe(20);
        (await SignInAsync(site, Password, "2001:db8:1:2:abcd::1")).ShouldBe(HttpStatusCode.TooManyRequests);
        (await SignInAsync(site, Password, "2001:db8:1:3::1")).ShouldBe(HttpStatusCode.Redirect);
        (await SignInAsync(site, Password, "203.0.113.9")).ShouldBe(HttpStatusCode.Redirect);
        site.Clock.Advance(NodaTime.Duration.FromMinutes(6));
        (await SignInAsync(site, Password, "2001:db8:1:2::1")).ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Right_passwords_are_not_counted()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", Password));

        for (var n = 0; n < 25; n++)
            (await SignInAsync(site, Password, "203.0.113.9")).ShouldBe(HttpStatusCode.Redirect);
        (await SignInAsync(site, "wrong", "203.0.113.9")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_wherever_its_cookie_is()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", Password));
        var cookie = await CookieAsync(site);
        var other = await CookieAsync(site);
        var page = await GetAsync(site, cookie);
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        var token = (await page.Content.ReadAsStringAsync()).Split("name=\"token\" value=\"")[1].Split('"')[0];

        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/sign-out");
        request.Headers.Add("Cookie", cookie);
        request.Content = new FormUrlEncodedContent([KeyValuePair.Create("token", token)]);
        (await site.Browser.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        (await GetAsync(site, cookie)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await GetAsync(site, other)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await GetAsync(site, $"digest_admin={token}")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        site.Clock.Advance(NodaTime.Duration.FromHours(13));
        (await GetAsync(site, other)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task<HttpStatusCode> SignInAsync(Site site, string password, string from)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/sign-in");
        request.Headers.Add("X-Forwarded-For", from);
        request.Content = new FormUrlEncodedContent([KeyValuePair.Create("password", password)]);
        return (await site.Browser.SendAsync(request)).StatusCode;
    }

    private static async Task<string> CookieAsync(Site site) =>
        (await site.PostAsync("/admin/sign-in", ("password", Password))).Headers.GetValues("Set-Cookie").Single().Split(';')[0];

    private static Task<HttpResponseMessage> GetAsync(Site site, string cookie)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/admin");
        request.Headers.Add("Cookie", cookie);
        return site.Browser.SendAsync(request);
    }
}
