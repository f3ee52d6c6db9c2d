using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DigestService.Admin.Keys;
using DigestService.Tests.Journeys;
using NodaTime;

namespace DigestService.Tests.Admin;

/// <summary>Keys of the API: shown once, known by a hash, ended at once, and told what is left of their quota.</summary>
public sealed partial class ApiKeyTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task A_key_is_shown_once_and_nothing_that_is_stored_opens_the_api()
    {
        await using var site = await Site.OpenAsync(apps);
        var made = await site.Service<ApiKeys>().AddAsync(" A lab's script ", KeyScope.Read, days: 30, default);

        var stored = await site.Database.QuerySingleOrDefaultAsync<string>("select row_to_json(k)::text from api_keys k", null, default);
        stored.ShouldNotBeNull().ShouldNotContain(made.Secret.ShouldNotBeNull());
        stored.ShouldContain("A lab's script");
        var hash = JsonNode.Parse(stored)!["key_hash"]!.GetValue<string>();
        foreach (var guess in (string[])[hash, hash[2..], ApiKeys.Prefix + hash[2..45], made.Secret + "x", made.Secret.ToUpperInvariant(), ApiKeys.Prefix + new string('A', 43)])
            (await AskAsync(site, "/api/v1/topics", guess)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, guess);
        (await AskAsync(site, "/api/v1/topics", made.Secret)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_wrong_a_revoked_and_an_expired_key_are_401_with_a_challenge_and_problem_details()
    {
        await using var site = await Site.OpenAsync(apps);
        var keys = site.Service<ApiKeys>();
        var revoked = await keys.AddAsync("revoked", KeyScope.Operate, null, default);
        (await keys.RevokeAsync(revoked.Key!.Id, default)).ShouldBeTrue();
        (await keys.RevokeAsync(revoked.Key.Id, default)).ShouldBeFalse();
        var expired = await keys.AddAsync("expired", KeyScope.Operate, 1, default);
        site.Clock.Advance(Duration.FromDays(1));

        foreach (var (path, key) in new[] { ("/api/v1/topics", "wrong"), ("/api/v1/topics", revoked.Secret), ("/api/v1/operator/state", expired.Secret), ("/api/v1/operator/state", null), ("/api/v1/operator/nothing", null) })
        {
            var answer = await AskAsync(site, path, key);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, $"{path} {key}");
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
            answer.Headers.WwwAuthenticate.ToString().ShouldStartWith("Bearer");
            answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        }

        using var basic = new HttpRequestMessage(HttpMethod.Get, "/api/v1/topics");
        basic.Headers.Authorization = new AuthenticationHeaderValue("Basic", "YTpi");
        (await site.Browser.SendAsync(basic)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await AskAsync(site, "/api/v1/topics", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_key_that_reads_does_not_operate()
    {
        await using var site = await Site.OpenAsync(apps);
        var made = await site.Service<ApiKeys>().AddAsync("reads", KeyScope.Read, null, default);

        var answer = await AskAsync(site, "/api/v1/operator/state", made.Secret);

        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        answer.Headers.WwwAuthenticate.ToString().ShouldContain("insufficient_scope");
    }

    [Fact]
    public async Task A_key_is_told_its_quota_and_refused_until_the_minute_ends()
    {
        await using var site = await Site.OpenAsync(apps);
        var made = await site.Service<ApiKeys>().AddAsync("busy", KeyScope.Read, null, default);
        var first = await AskAsync(site, "/api/v1/papers?limit=1", made.Secret);
        first.Headers.GetValues("RateLimit-Policy").ShouldBe(["\"key\";q=600;w=60"]);
        first.Headers.GetValues("RateLimit").ShouldBe(["\"key\";r=599;t=60"]);
        for (var taken = 1; taken < KeyQuota.AMinute; taken++)
            await AskAsync(site, "/api/v1/nothing", made.Secret);

        var refused = await AskAsync(site, "/api/v1/papers", made.Secret);
        site.Clock.Advance(Duration.FromMinutes(1));
        var later = await AskAsync(site, "/api/v1/papers", made.Secret);

        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(60));
        refused.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        later.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Of_the_latest_use_the_day_and_the_program_are_known()
    {
        await using var site = await Site.OpenAsync(apps);
        var made = await site.Service<ApiKeys>().AddAsync("seen", KeyScope.Read, null, default);
        site.Browser.DefaultRequestHeaders.UserAgent.ParseAdd("lab-script/2.1");

        await AskAsync(site, "/api/v1/topics", made.Secret);

        var key = (await site.Service<ApiKeys>().ListAsync(default)).ShouldHaveSingleItem();
        (key.LastUsedOn, key.LastUsedBy).ShouldBe((new LocalDate(2026, 3, 4), "lab-script/2.1"));
    }

    [Fact]
    public async Task The_operator_makes_and_revokes_keys_on_a_page_that_shows_each_once()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", OperatorBrowser.Password));
        using var browser = await OperatorBrowser.SignInAsync(site);

        var wrong = await browser.PostFormAsync("/admin/keys", "/admin/keys", ("name", "My <script>"), ("scope", "operate"), ("days", "a week"));
        wrong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var again = await wrong.Content.ReadAsStringAsync();
        again.ShouldContain("value=\"My &lt;script&gt;\"");
        again.ShouldContain("value=\"a week\"");
        again.ShouldContain("<option value=\"operate\" selected>");
        again.ShouldContain("id=\"fault-days\"");
        (await browser.GetStringAsync("/admin/keys")).ShouldContain("name=\"form\" value=\"");
        var secret = await MakeAsync("first", "My <script>");
        (await MakeAsync("first", "My <script>")).ShouldBe(secret, "a button pressed twice");
        (await MakeAsync("first", "Another")).ShouldNotBe(secret);
        (await MakeAsync("second", "My <script>")).ShouldNotBe(secret);
        (await site.Service<ApiKeys>().ListAsync(default)).Count.ShouldBe(3);
        (await browser.GetStringAsync("/admin/keys")).ShouldNotContain(secret);
        (await AskAsync(site, "/api/v1/operator/state", secret)).StatusCode.ShouldBe(HttpStatusCode.OK);

        await browser.PostFormAsync("/admin/keys", "/admin/keys/1/revoke");

        (await AskAsync(site, "/api/v1/operator/state", secret)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await MakeAsync("first", "My <script>")).ShouldBeEmpty();

        async Task<string> MakeAsync(string form, string name)
        {
            using var made = await browser.PostFormAsync("/admin/keys", "/admin/keys", ("form", form), ("name", name), ("scope", "operate"), ("days", "7"));
            return Secret().Match(await made.Content.ReadAsStringAsync()).Value;
        }
    }

    [Theory]
    [InlineData(9, true)]
    [InlineData(10, false)]
    public async Task A_form_that_is_sent_twice_shows_its_one_key_again_for_ten_minutes(int minutes, bool isShown)
    {
        await using var site = await Site.OpenAsync(apps);
        var keys = site.Service<ApiKeys>();
        var made = await keys.AddAsync("script", KeyScope.Read, days: null, "one form", default);

        site.Clock.Advance(Duration.FromMinutes(minutes));
        var again = await keys.AddAsync("script", KeyScope.Read, days: null, "one form", default);

        again.Secret.ShouldBe(isShown ? made.Secret : null);
        (again.Fault is null).ShouldBe(isShown);
        (await keys.ListAsync(default)).Count.ShouldBe(1);
    }

    [Fact]
    public void A_quota_goes_on_after_a_clock_was_set_back()
    {
        var clock = new TestClock();
        var quota = new KeyQuota(clock);
        for (var request = 0; request < KeyQuota.AMinute; request++)
            quota.Take(1).Left.ShouldBeGreaterThanOrEqualTo(0);

        clock.Advance(-Duration.FromDays(1));

        quota.Take(1).ShouldBe((KeyQuota.AMinute - 1, 60));
    }

    [Fact]
    public async Task Two_keys_never_share_a_hash()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.Service<ApiKeys>().AddAsync("one", KeyScope.Read, null, default);

        await Should.ThrowAsync<Npgsql.PostgresException>(() => site.Database.ExecuteAsync(
            "insert into api_keys (name, scope, key_hash, created_at) select 'two', 'read', key_hash, now() from api_keys", null, default));
    }

    private static async Task<HttpResponseMessage> AskAsync(Site site, string path, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        return await site.Browser.SendAsync(request);
    }

    [GeneratedRegex("digest_[A-Za-z0-9_-]{43}")]
    private static partial Regex Secret();
}
