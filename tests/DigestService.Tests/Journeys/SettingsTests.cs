using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DigestService.Subscribers;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Journeys;

/// <summary>No setting is lost with a success, whoever else saves meanwhile.</summary>
public sealed partial class SettingsTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";

    [Fact]
    public async Task The_later_of_two_tabs_is_told_what_changed_and_undoes_nothing()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"));
        var version = VersionOf(await site.Browser.GetStringAsync(path));

        var first = await site.PostAsync(path, Whole(version, ("topics", "multi-agent"), ("at", "07:00"), ("max", "10")));
        var second = await site.PostAsync(path, Whole(version, ("topics", "reasoning"), ("at", "09:30"), ("max", "10")));

        first.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        second.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await site.ColumnAsync(Ada, "send_at")).ShouldBe("07:00:00");
        var page = await second.Content.ReadAsStringAsync();
        page.ShouldContain("were changed elsewhere: topics.");
        page.ShouldContain("value=\"09:30\"");
        page.ShouldContain("id=\"t-multi-agent\" checked");
        page.ShouldNotContain("id=\"t-reasoning\" checked");

        // Looked through and saved again, both changes stand.
        var third = await site.PostAsync(path, Whole(VersionOf(page), ("topics", "multi-agent"), ("at", "09:30"), ("max", "10")));
        third.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await site.ColumnAsync(Ada, "send_at")).ShouldBe("09:30:00");
        (await site.Browser.GetStringAsync(path)).ShouldContain("id=\"t-multi-agent\" checked");
    }

    [Fact]
    public async Task A_preview_or_a_fault_on_the_way_does_not_make_an_old_page_new()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada);
        var version = VersionOf(await site.Browser.GetStringAsync(path));
        await site.PostAsync(path, Whole(version, ("max", "7")));

        var previewed = await site.PostAsync(path + "/try", Whole(version, ("max", "10"), ("query", "agents")));
        var faulty = await site.PostAsync(path, Whole(VersionOf(await previewed.Content.ReadAsStringAsync()), ("max", "10"), ("query", "(")));

        faulty.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        VersionOf(await faulty.Content.ReadAsStringAsync()).ShouldBe(version);
        (await site.PostAsync(path, Whole(version, ("max", "10"), ("query", "agents")))).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await site.ColumnAsync(Ada, "max_items")).ShouldBe("7");
    }

    [Fact]
    public async Task A_button_pressed_twice_saves_once_and_is_no_conflict()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada);
        var form = Whole(VersionOf(await site.Browser.GetStringAsync(path)), ("topics", "reasoning"), ("max", "3"));

        foreach (var _ in (int[])[1, 2])
            (await site.PostAsync(path, form)).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task Of_many_saves_at_once_from_one_page_one_wins_and_the_others_are_told()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada);
        var version = VersionOf(await site.Browser.GetStringAsync(path));

        var answers = await Task.WhenAll(Enumerable.Range(1, 12).Select(max => site.PostAsync(path, Whole(version, ("max", $"{max + 10}")))));

        answers.Count(answer => answer.StatusCode == HttpStatusCode.SeeOther).ShouldBe(1);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict).ShouldBe(11);
    }

    [Fact]
    public async Task A_cleared_field_goes_back_to_the_default_and_one_that_is_not_sent_stays()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"));
        await site.PostAsync(path, Whole(null, ("topics", "reasoning"), ("outside_topics", "5"), ("empty_day", "note"), ("max", "3"), ("language", "de"), ("muted_words", "survey")));

        await site.PostAsync(path, ("outside_topics", ""), ("empty_day", ""), ("max", ""), ("muted_words", ""));

        (await site.ColumnAsync(Ada, "outside_topics")).ShouldBeNull();
        (await site.ColumnAsync(Ada, "empty_day")).ShouldBeNull();
        (await site.ColumnAsync(Ada, "max_items")).ShouldBe("10");
        (await site.ColumnAsync(Ada, "muted_words")).ShouldBe("{}");
        (await site.ColumnAsync(Ada, "language")).ShouldBe("de");
        (await site.Browser.GetStringAsync(path)).ShouldContain("id=\"t-reasoning\" checked");
    }

    [Fact]
    public async Task Who_says_no_number_of_papers_gets_as_many_as_the_service_is_set_to()
    {
        await using var site = await Site.OpenAsync(apps, ("Digest__MaxItems", "4"));
        var file = Path.Combine(TestDirectory.Create("import"), "readers.csv");
        await File.WriteAllTextAsync(file, "email,max\nbob@mail.example,\ncara@mail.example,6\n");

        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"));
        await site.Service<SubscriberImport>().ImportAsync(file, unconfirmed: false, default);

        (await site.ColumnAsync(Ada, "max_items")).ShouldBe("4");
        (await site.ColumnAsync("bob@mail.example", "max_items")).ShouldBe("4");
        (await site.ColumnAsync("cara@mail.example", "max_items")).ShouldBe("6");
        await site.PostAsync(path, ("max", "7"));
        (await site.ColumnAsync(Ada, "max_items")).ShouldBe("7");
        await site.PostAsync(path, ("max", ""));
        (await site.ColumnAsync(Ada, "max_items")).ShouldBe("4");
    }

    [Fact]
    public async Task A_topic_ticked_and_left_out_is_a_fault_that_its_box_points_to()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada);

        var answer = await site.PostAsync(path, Whole(null, ("topics", "reasoning"), ("mute", "reasoning"), ("at", "25:00"), ("max", "99"), ("zone", "Mars")));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var page = await answer.Content.ReadAsStringAsync();
        page.ShouldContain("id=\"fault-muted_topics\"");
        page.ShouldContain("id=\"x-reasoning\" checked aria-describedby=\"fault-muted_topics\" aria-invalid=\"true\"");
        foreach (var field in (string[])["at", "max", "zone"])
        {
            page.ShouldContain($"id=\"fault-{field}\"");
            ControlOf(page, field).ShouldContain($"aria-describedby=\"fault-{field}\" aria-invalid=\"true\"");
        }

        ControlOf(page, "frequency").ShouldNotContain("aria-");
    }

    [Fact]
    public async Task A_program_that_puts_one_list_leaves_the_others_alone()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = "/api/v1" + await site.SubscribeAsync(Ada);
        await PutAsync(site, path, new
        {
            topics = (string[])["reasoning", "multi-agent"], more = (string[])["reasoning"], muted_topics = (string[])["world-models"],
            queries = (string[])["protein"], muted_words = (string[])["survey"], outside_topics = 3,
        });

        (string List, object Body)[] changes =
        [
            ("topics", new { topics = (string[])["multi-agent"] }), ("more", new { more = (string[])["multi-agent"] }),
            ("muted_topics", new { muted_topics = Array.Empty<string>() }), ("queries", new { queries = (string[])["folding"] }),
            ("muted_words", new { muted_words = (string?)null }), ("outside_topics", new { outside_topics = (int?)null }),
        ];
        foreach (var (list, body) in changes)
        {
            var before = (await site.Browser.GetFromJsonAsync<JsonObject>(path))!;
            var after = await PutAsync(site, path, body);
            foreach (var field in (string[])["topics", "muted_topics", "queries", "muted_words", "outside_topics", "zone", "at", "max"])
            {
                if (field != list)
                    after[field]?.ToJsonString().ShouldBe(before[field]?.ToJsonString(), $"{field} after {list}");
            }

            after[list]?.ToJsonString().ShouldNotBe(before[list]?.ToJsonString(), list);
        }
    }

    [Fact]
    public async Task A_program_may_send_back_what_it_got_and_is_told_of_what_it_cannot_set_and_of_later_saves()
    {
        await using var site = await Site.OpenAsync(apps);
        var page = await site.SubscribeAsync(Ada, ("topics", "reasoning"));
        var path = "/api/v1" + page;
        var got = (await site.Browser.GetFromJsonAsync<JsonObject>(path))!;

        (await site.Browser.PutAsJsonAsync(path, got)).StatusCode.ShouldBe(HttpStatusCode.OK);
        got["max"] = 4;
        (await site.Browser.PutAsJsonAsync(path, got)).StatusCode.ShouldBe(HttpStatusCode.OK);
        got["max"] = 5;
        (await site.Browser.PutAsJsonAsync(path, got)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        foreach (var (name, value) in new (string, JsonNode?)[] { ("state", "paused"), ("email", "eve@mail.example"), ("paused_until", "2026-09-01") })
        {
            var changed = await site.Browser.PutAsJsonAsync(path, new JsonObject { [name] = value });
            changed.StatusCode.ShouldBe(HttpStatusCode.BadRequest, name);
            (await changed.Content.ReadAsStringAsync()).ShouldContain($"\"{name}\"");
        }

        (await site.ColumnAsync(Ada, "max_items")).ShouldBe("4");
    }

    [Theory]
    [InlineData("{\"email\":\"a@mail.example\",\"topic\":[\"reasoning\"]}", "topic")]
    [InlineData("{\"email\":\"a@mail.example\",\"Topics\":[\"reasoning\"]}", "Topics")]
    [InlineData("{\"email\":\"a@mail.example\",\"colour\":null,\"zone\":\"UTC\"}", "colour")]
    [InlineData("{\"email\":\"a@mail.example\",\"max\":\"ten\"}", "max")]
    [InlineData("{\"email\":\"a@mail.example\",\"max\":99999999999}", "max")]
    [InlineData("{\"email\":\"a@mail.example\",\"topics\":[{\"slug\":\"reasoning\"}]}", "topics")]
    [InlineData("{\"email\":\"a@mail.example\",\"queries\":[\"a\\u0000b\"]}", "queries")]
    [InlineData("{\"topics\":[\"reasoning\"]}", "email")]
    [InlineData("{\"email\":null}", "email")]
    public async Task A_field_that_a_program_cannot_mean_is_named(string body, string field)
    {
        await using var site = await Site.OpenAsync(apps);

        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var answer = await site.Browser.PostAsync(new Uri("/api/v1/subscribe", UriKind.Relative), content);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        problem["errors"]!.AsObject().Select(error => error.Key).ShouldBe([field]);
        problem["title"]!.GetValue<string>().ShouldBe("That could not be understood");
        problem.ToJsonString().ShouldNotContain("DigestService");
        (await site.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from subscribers", null, CancellationToken.None)).ShouldBe(0);
    }

    [Fact]
    public async Task A_null_within_a_list_is_passed_over_and_endless_lists_cost_nothing()
    {
        await using var site = await Site.OpenAsync(apps);
        string[] many = [.. Enumerable.Range(0, 33_000).Select(n => $"t{n}")];

        var endless = await site.Browser.PostAsJsonAsync("/api/v1/subscribe", new { email = "nobody", topics = many, more = many, muted_topics = many });
        var endlessOfSomebody = await site.Browser.PostAsJsonAsync("/api/v1/subscribe", new { email = Ada, topics = many, more = many, queries = many });
        var withNull = await site.Browser.PostAsJsonAsync("/api/v1/subscribe", new { email = Ada, topics = (string?[])["reasoning", null], muted_words = (string?[])[null] });

        endless.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await endlessOfSomebody.Content.ReadAsStringAsync()).Length.ShouldBeLessThan(2_000);
        withNull.StatusCode.ShouldBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task What_is_confirmed_is_what_the_mail_showed()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SignUpAsync(Ada, ("topics", "reasoning"), ("query", "protein folding"), ("zone", "Europe/Berlin"));
        var link = await site.LinkInMailAsync(Ada, "confirm");
        (await site.LatestMailAsync(Ada)).ShouldContain("one query of your own");

        // A stranger at once, and again when another mail may go out.
        foreach (var hours in (int[])[0, 30])
        {
            site.Clock.Advance(Duration.FromHours(hours));
            (await site.SignUpAsync(Ada, ("topics", "multi-agent"), ("query", "evil.example"), ("zone", "Asia/Tokyo"), ("max", "1"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        (await site.CountMailsAsync(Ada)).ShouldBe(2);
        (await site.LatestMailAsync(Ada)).ShouldNotContain("Multi-");
        var preferences = (await site.PostAsync(link)).Headers.Location!.OriginalString;
        (await site.Browser.GetStringAsync(preferences)).ShouldContain("id=\"t-reasoning\" checked");
        (await site.ColumnAsync(Ada, "zone")).ShouldBe("Europe/Berlin");
        (await site.ColumnAsync(Ada, "max_items")).ShouldBe("10");
    }

    [Fact]
    public async Task When_the_confirmation_mail_has_run_out_a_new_sign_up_counts_and_its_mail_shows_it()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SignUpAsync(Ada, ("topics", "reasoning"));
        var old = await site.LinkInMailAsync(Ada, "confirm");
        site.Clock.Advance(Duration.FromDays(8));

        await site.SignUpAsync(Ada, ("topics", "multi-agent"));

        (await site.PostAsync(old)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var preferences = (await site.PostAsync(await site.LinkInMailAsync(Ada, "confirm"))).Headers.Location!.OriginalString;
        (await site.Browser.GetStringAsync(preferences)).ShouldContain("id=\"t-multi-agent\" checked");
    }

    [Theory]
    [InlineData("en", "2 queries of your own", "reasoning")]
    [InlineData("de", "2 eigene Suchanfragen", "Reasoning")]
    [InlineData("fr", "2 requ", "raisonnement")]
    [InlineData("es", "2 consultas propias", "razonamiento")]
    [InlineData("tlh", "2 queries of your own", "reasoning")]
    public async Task A_confirmation_mail_holds_nothing_that_a_stranger_typed(string language, string count, string topic)
    {
        await using var site = await Site.OpenAsync(apps);
        site.Browser.DefaultRequestHeaders.AcceptLanguage.ParseAdd(language);
        const string Typed = "buyviagra";

        await site.SignUpAsync(
            Ada, ("topics", "reasoning"), ("query", Typed), ("query", $"\"{Typed} at evil example\""), ("muted_words", Typed), ("name", Typed), ("website", ""));

        var mail = await site.LatestMailAsync(Ada);
        mail.ShouldContain(count);
        mail.ShouldNotContain(Typed, Case.Insensitive);
        mail.ShouldContain(topic);
    }

    private static (string, string)[] Whole(string? version, params (string, string)[] fields) =>
        [("form", "all"), .. version is null ? [] : new[] { ("version", version) }, .. fields];

    private static string VersionOf(string page) => VersionField().Match(page).Groups["version"].Value.ShouldNotBeEmpty();

    private static string ControlOf(string page, string field)
    {
        var at = page.IndexOf($" id=\"{field}\"", StringComparison.Ordinal);
        return page[at..page.IndexOf('>', at)];
    }

    private static async Task<JsonObject> PutAsync(Site site, string path, object body)
    {
        var answer = await site.Browser.PutAsJsonAsync(path, body);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    [GeneratedRegex("name=\"version\" value=\"(?<version>[^\"]+)\"")]
    private static partial Regex VersionField();
}

file static class Expectations
{
    public static string ShouldNotBeEmpty(this string text)
    {
        text.ShouldNotBe("");
        return text;
    }
}
