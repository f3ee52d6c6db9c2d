using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace DigestService.Tests.Journeys;

/// <summary>
/// What stands on the preferences page and was not touched hinders nobody, and what was typed and not saved is not lost by a button
/// that does something else.
/// </summary>
public sealed class StandingSettingsTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";

    // As after an update of the zone data and of the language of queries.
    private const string NoLongerUnderstood = """
        update subscribers set zone = 'Mars/Phobos', muted_words = '{to be,hype}';
        update preferences set text = '"open' where text is not null;
        """;

    [Theory]
    [InlineData("save", "saved")]
    [InlineData("resume", "resumed")]
    [InlineData("now", "now")]
    [InlineData("pause", "paused")]
    public async Task What_is_no_longer_understood_and_was_not_touched_hinders_no_button(string action, string done)
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"), ("query", "sparse nets"));
        await site.Database.ExecuteAsync(NoLongerUnderstood, null, default);
        if (action == "resume")
            await site.PostAsync(path, ("action", "pause"));

        var answer = await site.PostAsync(path, [.. await FieldsAsync(site, path), ("action", action)]);
        var another = await site.PostAsync(path, [.. (await FieldsAsync(site, path)).Where(field => field.Name != "at"), ("at", "09:15"), ("topics", "multi-agent"), ("action", "save")]);

        (answer.Headers.Location?.OriginalString).ShouldBe($"{path}?done={done}", await answer.Content.ReadAsStringAsync());
        another.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await site.ColumnAsync(Ada, "concat_ws(' ', zone, send_at, array_to_string(muted_words, ','))")).ShouldBe("Mars/Phobos 09:15:00 to be,hype");
        (await site.Database.QueryAsync<string>("select coalesce(t.slug, p.text) from preferences p left join topics t on t.id = p.topic_id order by 1", null, default))
            .ShouldBe(["\"open", "multi-agent", "reasoning"], ignoreOrder: true);
    }

    [Fact]
    public async Task What_is_no_longer_understood_is_told_beside_its_field_and_judged_once_it_is_touched()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"), ("query", "sparse nets"));
        await site.Database.ExecuteAsync(NoLongerUnderstood, null, default);
        var fields = await FieldsAsync(site, path);

        var page = await site.Browser.GetStringAsync(path);
        var whole = await site.PostAsync(path + "/tomorrow", fields);
        var tried = await site.PostAsync(path + "/try", fields);

        foreach (var fault in (string[])["query-0", "zone", "muted_words"])
            page.ShouldContain($"id=\"fault-{fault}\"");
        page.ShouldNotContain("Nothing was saved");
        (whole.StatusCode, tried.StatusCode).ShouldBe((HttpStatusCode.OK, HttpStatusCode.OK));
        foreach (var (name, typed) in new[] { ("zone", "Mars/Deimos"), ("query", "\"open too"), ("muted_words", "to be\nor not") })
            (await site.PostAsync(path, [.. fields.Where(field => field.Name != name), (name, typed)])).StatusCode.ShouldBe(HttpStatusCode.BadRequest, name);
    }

    [Fact]
    public async Task A_query_that_an_earlier_release_read_otherwise_is_read_anew_when_the_page_is_saved_as_it_stands()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"), ("query", "N.L.P."));
        var canonical = await CanonicalAsync();
        await site.Database.ExecuteAsync("update queries set canonical = 'n l p' where id = (select query_id from preferences where text is not null)", null, default);

        await site.PostAsync(path, [.. await FieldsAsync(site, path), ("action", "save")]);

        (await CanonicalAsync()).ShouldBe(canonical);

        Task<string?> CanonicalAsync() => site.Database.QuerySingleOrDefaultAsync<string>(
            "select q.canonical from preferences p join queries q on q.id = p.query_id where p.text is not null", null, default);
    }

    [Fact]
    public async Task A_program_may_put_back_what_is_no_longer_understood()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = "/api/v1" + await site.SubscribeAsync(Ada, ("topics", "reasoning"), ("query", "sparse nets"));
        await site.Database.ExecuteAsync(NoLongerUnderstood, null, default);
        var got = (await site.Browser.GetFromJsonAsync<JsonObject>(path))!;
        got["max"] = 4;

        var answer = await site.Browser.PutAsJsonAsync(path, got);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        (await site.ColumnAsync(Ada, "max_items || ' ' || zone")).ShouldBe("4 Mars/Phobos");
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("forget")]
    [InlineData("reset")]
    [InlineData("void")]
    [InlineData("move")]
    [InlineData("now")]
    public async Task Each_button_that_gets_the_settings_saves_them_first_or_says_what_is_wrong_and_does_nothing(string action)
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"));
        var paper = await site.AddPaperAsync("Liked");
        (string, string)[] own = [("paper", $"{paper}"), ("kind", "like"), ("new_address", "new@mail.example"), ("pause_until", "2026-03-20"), ("action", action)];
        var fields = (await FieldsAsync(site, path)).Where(field => field.Name is not ("max" or "topics")).ToArray();
        var before = await site.EverythingAsync();

        var refused = await site.PostAsync(path, [.. fields, ("topics", "multi-agent"), ("max", "99"), .. own]);
        var afterwards = await site.EverythingAsync();
        var taken = await site.PostAsync(path, [.. fields, ("topics", "multi-agent"), ("max", "7"), .. own]);

        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("id=\"t-multi-agent\" checked");
        afterwards.ShouldBe(before);
        taken.StatusCode.ShouldBe(action is "move" ? HttpStatusCode.OK : HttpStatusCode.SeeOther);
        (await site.ColumnAsync(Ada, "max_items")).ShouldBe("7");
    }

    [Fact]
    public async Task An_address_that_cannot_be_moved_to_loses_nothing_that_was_typed()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"));

        var answer = await site.PostAsync(path, [.. await FieldsAsync(site, path), ("topics", "multi-agent"), ("new_address", "nowhere"), ("action", "move")]);
        var page = await answer.Content.ReadAsStringAsync();

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        page.ShouldContain("id=\"t-multi-agent\" checked");
        page.ShouldContain("value=\"nowhere\"");
    }

    [Fact]
    public async Task Starting_from_papers_keeps_what_was_typed_in_the_settings()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada);
        var fields = (await FieldsAsync(site, path)).Where(field => field.Name is not "max").ToArray();

        var refused = await site.PostAsync(path + "/start", [.. fields, ("max", "99"), ("papers", "2401.00001"), ("action", "find")]);
        var taken = await site.PostAsync(path + "/start", [.. fields, ("max", "7"), ("papers", "2401.00001"), ("action", "find")]);

        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("2401.00001</textarea>");
        taken.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await site.ColumnAsync(Ada, "max_items")).ShouldBe("7");
    }

    [Theory]
    [InlineData("resume", "resumed")]
    [InlineData("pause", "paused")]
    [InlineData("now", "now")]
    [InlineData("reset", "forgotten")]
    public async Task A_page_on_which_nothing_was_changed_may_be_older_than_what_is_stored(string action, string done)
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"));
        if (action == "resume")
            await site.PostAsync(path, ("action", "pause"));
        var old = await FieldsAsync(site, path);
        await site.PostAsync(path, ("max", "3"), ("topics", "multi-agent"));

        var untouched = await site.PostAsync(path, [.. old, ("action", action)]);
        var touched = await site.PostAsync(path, [.. old.Where(field => field.Name != "at"), ("at", "09:15"), ("action", action)]);

        (untouched.Headers.Location?.OriginalString).ShouldBe($"{path}?done={done}");
        touched.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await site.ColumnAsync(Ada, "max_items || ' ' || send_at")).ShouldBe("3 07:00:00");
    }

    [Theory]
    [InlineData("sparse nets", "Sparse  Nets")]
    [InlineData("\"sparse nets\"", "“sparse nets”")]
    [InlineData("pruning OR quantization", "quantization OR pruning")]
    public async Task Who_asks_for_the_same_twice_is_told_that_it_is_kept_once(string one, string other)
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"));

        var saved = await site.PostAsync(path, [.. await FieldsAsync(site, path), ("query", one), ("query", other), ("action", "save")]);
        var page = await site.Browser.GetStringAsync(saved.Headers.Location);
        var again = await site.PostAsync(path, [.. await FieldsAsync(site, path), ("action", "save")]);

        WebUtility.HtmlDecode(page).ShouldContain("Saved. What asks for the same is kept once: a query that came to the same as another, or as one of your topics, was left out.");
        (await site.Browser.GetStringAsync(again.Headers.Location)).ShouldNotContain("kept once");
        (await site.Database.QueryAsync<string>("select text from preferences where text is not null", null, default)).ShouldBe([one]);
    }

    [Fact]
    public async Task Words_of_a_program_stay_one_however_they_are_written()
    {
        await using var site = await Site.OpenAsync(apps);
        var page = await site.SubscribeAsync(Ada, ("topics", "reasoning"));

        var put = await site.Browser.PutAsJsonAsync("/api/v1" + page, new { muted_words = (string[])["attention, please", "red; blue", "two\nlines", "hype"] });

        put.StatusCode.ShouldBe(HttpStatusCode.OK);
        ((string[])["attention please", "red blue", "two lines", "hype"]).ShouldBe((await put.Content.ReadFromJsonAsync<JsonObject>())!["muted_words"]!.AsArray().Select(word => word!.GetValue<string>()));
        (await site.PostAsync(page, await FieldsAsync(site, page))).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await site.ColumnAsync(Ada, "array_to_string(muted_words, '|')")).ShouldBe("attention please|red blue|two lines|hype");
    }

    /// <summary>What a browser sends of the settings as they stand on the page.</summary>
    private static async Task<(string Name, string Value)[]> FieldsAsync(Site site, string path)
    {
        var page = await new HtmlParser().ParseDocumentAsync(await site.Browser.GetStringAsync(path));
        return [.. page.QuerySelectorAll("#settings input, #settings select, #settings textarea")
            .Where(field => field is not IHtmlInputElement { Type: "checkbox" } box || box.IsChecked)
            .Select(field => (Name: field.GetAttribute("name")!, Value: field switch
            {
                IHtmlSelectElement select => (select.QuerySelector("option[selected]") ?? select.QuerySelector("option"))!.GetAttribute("value")!,
                IHtmlTextAreaElement area => area.TextContent,
                _ => field.GetAttribute("value") ?? "",
            }))];
    }
}
