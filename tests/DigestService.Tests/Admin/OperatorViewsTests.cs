using System.Globalization;
using System.Net;
using DigestService.Admin;
using DigestService.Tests.Journeys;
using DigestService.Topics;
using Microsoft.AspNetCore.Routing;
using NodaTime;

namespace DigestService.Tests.Admin;

/// <summary>What the operator sees of the last hours and days, and topics edited by hand.</summary>
public sealed class OperatorViewsTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task What_happened_is_counted_by_the_hour_and_by_the_day_and_only_once()
    {
        await using var site = await OpenAsync();
        await site.SubscribeAsync("ada@mail.example");
        await site.Database.ExecuteAsync(
            """
            update deliveries set state = 'sent', message = null, next_attempt_at = null, finished_at = '2026-03-04T03:10Z' where kind = 'confirmation';
            insert into suppressions (address_hash, reason, created_at) values
                ('\x01', 'unsubscribed', '2026-03-04T04:59Z'), ('\x02', 'complained', '2026-02-01T00:00Z'), ('\x03', 'operator', '2026-03-04T04:00Z')
            """,
            null,
            CancellationToken.None);
        var counts = site.Service<HourlyCounts>();

        await counts.CountAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        var first = await counts.ReadAsync(CancellationToken.None);
        site.Clock.Advance(Duration.FromMinutes(20));
        await counts.CountAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        var again = await counts.ReadAsync(CancellationToken.None);

        foreach (var seen in new[] { first, again })
        {
            seen.Hours["sent"][21].ShouldBe(1);
            seen.Hours["sent"].Sum().ShouldBe(1);
            seen.Hours["left"][22].ShouldBe(1);
            seen.Days["left"][^1].ShouldBe(1);
            seen.Days["complained"].Sum().ShouldBe(1);
            seen.Days["complained"][90 - 1 - 31].ShouldBe(1);
        }
    }

    [Fact]
    public async Task Mails_put_off_and_in_doubt_are_told_by_the_most_that_stood_so_at_a_time()
    {
        await using var site = await OpenAsync();
        foreach (var name in (string[])["ada", "grace", "emmy"])
            await site.SignUpAsync($"{name}@mail.example");
        var counts = site.Service<HourlyCounts>();

        await site.Database.ExecuteAsync("update deliveries set state = 'deferred'", null, CancellationToken.None);
        await counts.CountAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        await site.Database.ExecuteAsync("update deliveries set state = 'queued' where recipient like 'ada%'", null, CancellationToken.None);
        await site.Database.ExecuteAsync("update deliveries set state = 'unknown' where recipient like 'emmy%'", null, CancellationToken.None);
        await counts.CountAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        site.Clock.Advance(Duration.FromHours(1));
        await counts.CountAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        var seen = await counts.ReadAsync(CancellationToken.None);

        seen.Hours["deferred"][^2..].ShouldBe([3, 1]);
        seen.Hours["unknown"][^2..].ShouldBe([1, 1]);
        seen.Days["deferred"][^1].ShouldBe(3);
        using var browser = await OperatorBrowser.SignInAsync(site);
        (await browser.GetStringAsync("/admin")).ShouldContain("deferred, most at a time</th><td class=\"number\">3</td>");
    }

    [Fact]
    public async Task The_pictures_say_in_words_what_they_show()
    {
        await using var site = await OpenAsync();
        using var browser = await OperatorBrowser.SignInAsync(site);

        var page = await browser.GetStringAsync("/admin");

        page.ShouldContain("role=\"img\" aria-label=\"sent by the hour: 0 in 24 hours, 0 in the busiest\"");
        page.ShouldContain("<h2>Relays</h2>");
    }

    [Fact]
    public async Task A_topic_is_tried_then_saved_and_the_shipped_ones_leave_it_alone()
    {
        await using var site = await OpenAsync();
        await site.AddPaperAsync("Zebrafish swim in silence");
        await site.SubscribeAsync("ada@mail.example", ("topics", "reasoning"));
        using var browser = await OperatorBrowser.SignInAsync(site);

        var answer = await SaveAsync(browser, "reasoning", ("name", "Fish"), ("group", "Animals"), ("description", "Fish."), ("query", "zebrafish"), ("action", "try"));
        var tried = await answer.Content.ReadAsStringAsync();
        (await site.Service<TopicCatalogue>().ListAsync(CancellationToken.None)).ShouldNotContain(other => other.Name == "Fish");
        var saved = await SaveAsync(browser, "reasoning", ("name", "Fish <b>"), ("group", "Animals"), ("description", "Fish."), ("query", "zebrafish"));
        await site.Service<TopicCatalogue>().LoadAsync(CancellationToken.None);

        tried.ShouldContain("Zebrafish swim in silence");
        saved.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var topic = (await site.Service<TopicCatalogue>().ListAsync(CancellationToken.None)).Single(topic => topic.Slug == "reasoning");
        topic.Name.ShouldBe("Fish <b>");
        topic.Query.ShouldBe("zebrafish");
        // Who follows the topic follows what it asks for now.
        (await site.Database.QueryAsync<long>("select query_id from preferences", null, CancellationToken.None)).ShouldBe([topic.QueryId]);
        (await browser.GetStringAsync("/admin/topics")).ShouldContain("Fish &lt;b&gt;");
    }

    [Theory]
    [InlineData("reasoning", "(", "Fish")]
    [InlineData("reasoning", "zebrafish", "")]
    [InlineData("reasoning", "", "Fish")]
    [InlineData("new", "zebrafish", "Fish")]
    public async Task A_mistyped_topic_is_told_and_nothing_is_lost_or_saved(string slug, string query, string name)
    {
        await using var site = await OpenAsync();
        using var browser = await OperatorBrowser.SignInAsync(site);
        var before = await site.Service<TopicCatalogue>().ListAsync(CancellationToken.None);

        var refused = await SaveAsync(browser, slug, ("slug", "Not A Slug"), ("name", name), ("group", "Animals"), ("description", "All of them."), ("query", query));

        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var page = await refused.Content.ReadAsStringAsync();
        page.ShouldContain("role=\"alert\"");
        page.ShouldContain("value=\"All of them.\"");
        (await site.Service<TopicCatalogue>().ListAsync(CancellationToken.None)).ShouldBe(before);
    }

    [Fact]
    public async Task The_operator_sees_a_readers_next_digest_without_links_that_act_for_them()
    {
        await using var site = await OpenAsync();
        await site.AddPaperAsync("Chain-of-thought prompting for all", text: "On chain-of-thought prompting.");
        await site.SubscribeAsync("ada@mail.example", ("topics", "reasoning"));
        var id = await site.ColumnAsync("ada@mail.example", "id");
        using var browser = await OperatorBrowser.SignInAsync(site);

        using var answer = await browser.PostFormAsync($"/admin/readers/{id}", $"/admin/readers/{id}/next");
        var next = await answer.Content.ReadAsStringAsync();

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        next.ShouldContain("Chain-of-thought prompting for all");
        next.ShouldNotContain("/f/");
        next.ShouldNotContain("/preferences/");
        next.ShouldNotContain("/unsubscribe/");
        (await browser.PostFormAsync($"/admin/readers/{id}", "/admin/readers/4711/next")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await browser.PostFormAsync("/", $"/admin/readers/{id}/next")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await site.Browser.PostFormAsync( "/", $"/admin/readers/{id}/next")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await browser.GetAsync($"/admin/readers/{id}/next")).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task The_operator_unsubscribes_and_erases_a_reader_who_asks_for_it()
    {
        await using var site = await OpenAsync();
        await site.SubscribeAsync("ada@mail.example", ("topics", "reasoning"));
        await site.SubscribeAsync("eve@mail.example", ("topics", "reasoning"));
        var page = $"/admin/readers/{await site.ColumnAsync("ada@mail.example", "id")}";
        using var browser = await OperatorBrowser.SignInAsync(site);

        var left = await browser.PostFormAsync(page, page + "/unsubscribe");
        var state = await site.ColumnAsync("ada@mail.example", "state");
        var goodbyes = await site.CountMailsAsync("ada@mail.example", "goodbye");
        var untouched = await browser.PostFormAsync(page, page + "/erase");
        var kept = await CountAsync();
        var erased = await browser.PostFormAsync(page, page + "/erase", ("sure", "yes"));

        (state, goodbyes).ShouldBe(("unsubscribed", 0));
        left.Headers.Location?.OriginalString.ShouldBe(page);
        (await untouched.Content.ReadAsStringAsync()).ShouldNotContain("/unsubscribe\"");
        (untouched.StatusCode, kept).ShouldBe((HttpStatusCode.BadRequest, 2));
        (await untouched.Content.ReadAsStringAsync()).ShouldContain("Nothing was erased: tick the box beside the button.");
        (erased.StatusCode, await CountAsync()).ShouldBe((HttpStatusCode.OK, 1));
        (await erased.Content.ReadAsStringAsync()).ShouldContain("Nothing is held on ada@mail.example any more.");
        (await browser.PostFormAsync("/admin/keys", page + "/erase", ("sure", "yes"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await site.Browser.PostFormAsync("/", page + "/unsubscribe")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        Task<int> CountAsync() => site.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from subscribers", null, CancellationToken.None);
    }

    [Fact]
    public async Task The_operator_is_told_why_a_reader_has_no_next_digest()
    {
        await using var site = await OpenAsync();
        await site.SubscribeAsync("ada@mail.example", ("topics", "reasoning"));
        var id = await site.ColumnAsync("ada@mail.example", "id");
        using var browser = await OperatorBrowser.SignInAsync(site);

        var withoutPapers = await NextAsync();
        await site.Database.ExecuteAsync("update subscribers set state = 'paused', next_due_at = null, next_due_on = null", null, CancellationToken.None);
        var paused = await NextAsync();

        withoutPapers.ShouldContain("<h1>No mail would go out</h1><p>Nothing today because there are no papers of these days. The reader's rule for an empty day is skip.</p>");
        paused.ShouldContain("<h1>No mail would go out</h1><p>No digest is planned: the reader is paused.</p>");

        async Task<string> NextAsync()
        {
            using var answer = await browser.PostFormAsync($"/admin/readers/{id}", $"/admin/readers/{id}/next");
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task No_look_at_a_page_of_the_operator_writes_anything()
    {
        await using var site = await OpenAsync();
        await site.AddPaperAsync("Chain-of-thought prompting for all", text: "On chain-of-thought prompting.");
        await site.SubscribeAsync("ada@mail.example", ("topics", "reasoning"));
        var reader = await site.ColumnAsync("ada@mail.example", "id");
        var mail = await site.Database.QuerySingleOrDefaultAsync<long>("select min(id) from deliveries", null, CancellationToken.None);
        using var browser = await OperatorBrowser.SignInAsync(site);
        var pages = site.Routes
            .Where(route => route.RoutePattern.RawText!.StartsWith("/admin", StringComparison.Ordinal)
                && route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Contains("GET"))
            .Select(route => route.RoutePattern.RawText!)
            .Select(path => path.Replace("{id:long}", path.Contains("/outbox/", StringComparison.Ordinal) ? mail.ToString(CultureInfo.InvariantCulture) : reader, StringComparison.Ordinal)
                .Replace("{slug}", "reasoning", StringComparison.Ordinal).Replace("{date}", "2026-03-04", StringComparison.Ordinal).Replace("{paper}", "new", StringComparison.Ordinal))
            .ToList();
        await ReadOnlyAsync(site);

        pages.Count.ShouldBeGreaterThan(8);
        foreach (var page in pages)
        {
            using var answer = await browser.GetAsync(page.TrimEnd('/'));
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, page);
        }
    }

    /// <summary>From here on the database refuses every write of the site.</summary>
    private static async Task ReadOnlyAsync(Site site)
    {
        await site.Database.ExecuteAsync(
            "do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$", null, CancellationToken.None);
        site.Database.Source.Clear();
    }

    private Task<Site> OpenAsync() => Site.OpenAsync(apps, ("Admin__Password", OperatorBrowser.Password));

    private static Task<HttpResponseMessage> SaveAsync(HttpClient browser, string slug, params (string Name, string Value)[] fields) =>
        browser.PostFormAsync($"/admin/topics/{slug}", $"/admin/topics/{slug}", fields);
}
