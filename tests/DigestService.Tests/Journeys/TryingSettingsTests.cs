using System.Net;
using DigestService.Digests;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Journeys;

/// <summary>Settings that are looked at before they are saved: the next digest beside the form, queries with names, a digest at once.</summary>
public sealed class TryingSettingsTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";

    [Theory]
    [InlineData("video", "Video generation &amp; editing", true)]
    [InlineData("  TOOL  agents", "Tool-using agents", true)]
    [InlineData("zebrafish", "No topic has these words", false)]
    public async Task Topics_are_found_by_the_words_of_their_names_and_descriptions_without_a_script(string asked, string shown, bool isFound)
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync("ada@mail.example", ("topics", "reasoning"));

        var answer = await site.PostAsync(preferences + "/try", ("form", "all"), ("topics", "reasoning"), ("find", asked), ("muted_words", "unsaved"));
        var page = new AngleSharp.Html.Parser.HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync());

        page.QuerySelector("#find")!.GetAttribute("value").ShouldBe(asked.Trim());
        page.QuerySelector("#muted_words")!.TextContent.ShouldBe("unsaved");
        if (isFound)
            page.QuerySelectorAll("details.group[open] .choice.found").Select(choice => choice.InnerHtml).ShouldContain(choice => choice.Contains(shown, StringComparison.Ordinal));
        else
            page.QuerySelector("#found")!.TextContent.ShouldStartWith(shown);
        page.QuerySelector("#catalogue")!.HasAttribute("open").ShouldBe(isFound);
    }

    [Theory]
    [InlineData("Sprachmodelle für Medizin", 0, true)]
    [InlineData("zebrafish", 0, false)]
    [InlineData("zebrafish", 14, true)]
    [InlineData("zebrafish", 13, false)]
    public async Task A_stored_query_that_nothing_of_two_weeks_matches_says_so(string query, int daysAgo, bool isSilent)
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("A quiet paper by others");
        await site.AddPaperAsync("A paper of long ago", new LocalDate(2026, 1, 2));
        await site.AddPaperAsync("Zebrafish swim in silence", new LocalDate(2026, 3, 3).PlusDays(-daysAgo));
        var path = await site.SubscribeAsync(Ada, ("query", query));
        (await ShownAsync()).ShouldBeFalse();
        await site.Service<TopicMatching>().MatchDueAsync(default);

        (await ShownAsync()).ShouldBe(isSilent);
        await site.Database.ExecuteAsync("update topic_matches set is_near = true", null, default);
        (await ShownAsync()).ShouldBeTrue();

        async Task<bool> ShownAsync() => (await site.Browser.GetStringAsync(path)).Contains("nothing in 14 days", StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_typed_shows_the_digest_it_would_bring_and_nothing_is_written()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("Zebrafish swim in silence", text: "Zebrafish are small.");
        await site.AddPaperAsync("Chain-of-thought prompting for all", text: "On chain-of-thought prompting and reasoning models.");
        await site.AddPaperAsync("A quiet paper by others", upvotes: 1);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"));
        await site.PostAsync(path + "/try", Whole());
        var before = await site.EverythingAsync();

        var fish = Next(await TryAsync(site, path, ("query", "zebrafish"), ("query_name", "Small fish"), ("outside_topics", "0")));
        var reasoning = Next(await TryAsync(site, path, ("topics", "reasoning"), ("outside_topics", "0")));
        var muted = Next(await TryAsync(site, path, ("query", "zebrafish"), ("muted_words", "silence"), ("outside_topics", "0")));

        fish.ShouldContain("Zebrafish swim in silence");
        fish.ShouldContain("Small fish");
        fish.ShouldNotContain("Chain-of-thought");
        reasoning.ShouldContain("Chain-of-thought prompting for all");
        reasoning.ShouldNotContain("Zebrafish");
        muted.ShouldNotContain("Zebrafish");
        (await site.EverythingAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_script_gets_the_parts_that_change_and_each_fault_under_its_own_query()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("Zebrafish swim in silence");
        var path = await site.SubscribeAsync(Ada);

        var answer = await TryAsync(site, path, ("query", ""), ("query", "(zebrafish"), ("query", "zebrafish"), ("fragment", "1"));

        answer.ShouldNotContain("<html");
        answer.ShouldContain("id=\"next\"");
        Part(answer, "try-0").ShouldNotContain("fault");
        Part(answer, "try-1").ShouldContain("fault");
        Part(answer, "try-2").ShouldContain("Zebrafish swim in silence");
    }

    [Fact]
    public async Task A_query_is_called_by_the_name_its_reader_gave_it()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada);

        await site.PostAsync(path, Whole(("query", "zebrafish OR danio"), ("query_name", "Small fish"), ("query", "pruning"), ("query_name", "")));

        var page = await site.Browser.GetStringAsync(path);
        page.ShouldContain("value=\"Small fish\"");
        var names = await site.Database.QueryAsync<string>("select coalesce(name, '-') from preferences order by text", null, CancellationToken.None);
        names.ShouldBe(["-", "Small fish"]);
        // Whoever names the queries alone, as a program does, keeps the names.
        await site.PostAsync(path, ("query", "zebrafish OR danio"));
        (await site.Database.QueryAsync<string>("select name from preferences", null, CancellationToken.None)).ShouldBe(["Small fish"]);
        await site.PostAsync(path, ("query", "zebrafish OR danio"), ("query_name", " "));
        (await site.Database.QueryAsync<string>("select coalesce(name, '-') from preferences", null, CancellationToken.None)).ShouldBe(["-"]);
        var refused = await site.PostAsync(path, ("query", "zebrafish"), ("query_name", new string('x', 61)));
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("at most 60 characters");
    }

    [Fact]
    public async Task Followed_authors_are_a_list_of_their_own()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada);

        await site.PostAsync(path, Whole(("query", "pruning"), ("authors", "Ada Lovelace\r\n\r\n Grace \"Amazing\" Hopper \r\n")));

        var page = WebUtility.HtmlDecode(await site.Browser.GetStringAsync(path));
        page.ShouldContain(">Ada Lovelace\nGrace  Amazing  Hopper</textarea>");
        page.ShouldNotContain("value=\"author:");
        var odd = await site.PostAsync(path, Whole(("authors", "!!!")));
        odd.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await odd.Content.ReadAsStringAsync()).ShouldContain("id=\"fault-authors\"");
        var many = await site.PostAsync(path, Whole(("authors", string.Join('\n', Enumerable.Range(1, 31).Select(i => $"Name Number{i}")))));
        (await many.Content.ReadAsStringAsync()).ShouldContain("At most 30 authors");
    }

    [Fact]
    public async Task A_reader_may_have_the_digest_of_today_at_once_and_once()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("Chain-of-thought prompting for all", text: "On chain-of-thought prompting.");
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"));
        (await site.Browser.GetStringAsync(path)).ShouldContain("value=\"now\"");

        var asked = await site.PostAsync(path, ("action", "now"));
        var again = await site.PostAsync(path, ("action", "now"));
        var counts = await site.Service<DigestTick>().RunAsync(site.Clock.Now, CancellationToken.None);
        var later = await site.PostAsync(path, ("action", "now"));

        asked.Headers.Location!.OriginalString.ShouldEndWith("?done=now");
        again.Headers.Location!.OriginalString.ShouldEndWith("?done=now");
        later.Headers.Location!.OriginalString.ShouldEndWith("?done=sent");
        counts.Composed.Queued.ShouldBe(1);
        (await site.CountMailsAsync(Ada, "digest")).ShouldBe(1);
        (await site.Browser.GetStringAsync(path)).ShouldNotContain("value=\"now\"");
        (await site.ColumnAsync(Ada, "next_due_on")).ShouldBe("2026-03-05");
    }

    [Fact]
    public async Task Who_moves_to_where_the_day_repeats_is_promised_the_next_digest_that_comes()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"), ("zone", "Pacific/Kiritimati"), ("at", "07:00"));
        // A day without papers, and one with.
        site.Clock.Advance(Duration.FromHours(12));
        await site.Service<DigestTick>().RunAsync(site.Clock.Now, CancellationToken.None);
        await site.AddPaperAsync("Chain-of-thought prompting for all", listedOn: new LocalDate(2026, 3, 5), text: "On chain-of-thought prompting.");
        site.Clock.Advance(Duration.FromHours(24));
        await site.Service<DigestTick>().RunAsync(site.Clock.Now, CancellationToken.None);
        (await site.Database.QueryAsync<string>("select digest_on || ' ' || outcome from digests order by digest_on", null, default)).ShouldBe(["2026-03-05 empty", "2026-03-06 queued"]);

        await site.PostAsync(path, ("zone", "Pacific/Honolulu"));
        var asked = await site.PostAsync(path, ("action", "now"));
        var promised = await site.ColumnAsync(Ada, "next_due_on");
        await site.Service<DigestTick>().RunAsync(site.Clock.Now, CancellationToken.None);
        site.Clock.Advance(Duration.FromHours(40));
        await site.Service<DigestTick>().RunAsync(site.Clock.Now, CancellationToken.None);

        asked.Headers.Location!.OriginalString.ShouldEndWith("?done=now");
        promised.ShouldBe("2026-03-07");
    }

    [Fact]
    public async Task Each_topic_says_how_many_papers_a_day_it_brings()
    {
        await using var site = await Site.OpenAsync(apps);
        for (var day = 1; day <= 14; day++)
        {
            await site.AddPaperAsync($"Chain-of-thought {day}", new LocalDate(2026, 2, 17).PlusDays(day));
            await site.AddPaperAsync($"More chain-of-thought {day}", new LocalDate(2026, 2, 17).PlusDays(day));
        }

        await site.Service<DigestService.Topics.TopicMatching>().MatchDueAsync(CancellationToken.None);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"));

        var page = await site.Browser.GetStringAsync(path);

        page[page.IndexOf("for=\"t-reasoning\"", StringComparison.Ordinal)..].Split("</label>")[0].ShouldContain("2 a day");
    }

    private static (string, string)[] Whole(params (string, string)[] fields) => [("form", "all"), .. fields];

    private static async Task<string> TryAsync(Site site, string path, params (string, string)[] fields)
    {
        var answer = await site.PostAsync(path + "/try", Whole(fields));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }

    private static string Next(string page)
    {
        var at = page.IndexOf("id=\"next\"", StringComparison.Ordinal);
        return page[at..page.IndexOf("</details>", at, StringComparison.Ordinal)];
    }

    private static string Part(string page, string id)
    {
        var at = page.IndexOf($"id=\"{id}\"", StringComparison.Ordinal);
        at.ShouldBeGreaterThan(-1, id);
        var next = page.IndexOf("data-live", at + id.Length + 20, StringComparison.Ordinal);
        return next < 0 ? page[at..] : page[at..next];
    }
}
