using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using DigestService.Subscribers;
using NodaTime;

namespace DigestService.Tests.Journeys;

/// <summary>A reader pastes papers and takes what is proposed.</summary>
public sealed class StartingFromPapersTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";

    private const string Pasted = """
        https://arxiv.org/abs/2512.09363v2
        @article{b, title={Quokka {B}ridges in reasoning models}, year={2025}}
        10.1000/182
        2512.99999
        grace hopper
        https://openreview.net/forum?id=<script>alert(1)</script>
        """;

    [Fact]
    public async Task What_is_pasted_becomes_ticked_proposals_and_what_is_taken_becomes_settings_and_likes()
    {
        await using var site = await Site.OpenAsync(apps);
        var papers = await AddPapersAsync(site);
        var preferences = await site.SubscribeAsync(Ada, ("topics", "world-models"), ("query", "zebrafish"));
        (await site.Browser.GetStringAsync(preferences)).ShouldContain($"href=\"{preferences}/start\"");
        var before = await site.EverythingAsync();

        var page = await (await site.PostAsync(preferences + "/start", ("papers", Pasted))).Content.ReadAsStringAsync();

        (await site.EverythingAsync()).ShouldBe(before);
        foreach (var id in papers)
            page.ShouldContain($"name=\"paper\" value=\"{id}\" id=\"p-{id}\" checked");
        page.ShouldContain("name=\"topics\" value=\"reasoning\" id=\"t-reasoning\" checked");
        page.ShouldContain("name=\"query\" value=\"&quot;quokka bridges&quot;\" id=\"q-0\" checked");
        page.ShouldContain("name=\"author\" value=\"Grace Hopper\" id=\"a-0\" checked");
        page.ShouldContain("<li dir=\"auto\">2512.99999</li>");
        page.ShouldContain("https://openreview.net/forum?id=");
        page.ShouldNotContain("<script>alert");

        var taken = await site.PostAsync(
            preferences + "/start",
            [("action", "take"), ("topics", "reasoning"), ("query", "\"quokka bridges\""), ("author", "Grace Hopper"), .. papers.Select(id => ("paper", $"{id}"))]);
        taken.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        taken.Headers.Location!.OriginalString.ShouldBe(preferences + "?done=started");
        var settings = await site.Browser.GetStringAsync(taken.Headers.Location.OriginalString);
        foreach (var kept in (string[])["world-models", "reasoning"])
            settings.ShouldContain($"value=\"{kept}\" id=\"t-{kept}\" checked");
        settings.ShouldContain("value=\"zebrafish\"");
        settings.ShouldContain("value=\"&quot;quokka bridges&quot;\"");
        settings.ShouldContain("Grace Hopper</textarea>");
        (await site.Database.QueryAsync<long>("select paper_id from feedback where kind = 'like' order by 1", null, CancellationToken.None))
            .ShouldBe(papers.Order());

        var again = await (await site.PostAsync(preferences + "/start", ("papers", Pasted))).Content.ReadAsStringAsync();
        again.ShouldNotContain("name=\"topics\" value=\"reasoning\"");
        again.ShouldNotContain("quokka bridges&quot;");
        again.ShouldNotContain("name=\"author\"");
    }

    [Fact]
    public async Task What_cannot_be_read_or_taken_is_answered_by_a_sentence_and_writes_nothing()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada, ("language", "fr"));
        (await site.Browser.GetStringAsync(preferences + "?done=confirmed")).ShouldContain($"action=\"{preferences}/start\"");
        var before = await site.EverythingAsync();

        foreach (var (text, sentence) in (IEnumerable<(string, string)>)
            [(" \n", "Collez au moins"), (new string('é', 20_001), "C’est trop long"), ("2512.99999", "Nous n’avons pas trouvé ceci")])
        {
            var answer = await site.PostAsync(preferences + "/start", ("papers", text));
            var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
            page.ShouldContain(sentence);
            page.ShouldContain(text.Trim());
            page.ShouldNotContain("value=\"take\"");
        }

        (await site.PostAsync(preferences + "/start", ("papers", new string('x', 300_000)))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await site.PostAsync(preferences + "/start", ("action", "take"), ("paper", "x"))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var refused = await site.PostAsync(preferences + "/start", ("action", "take"), ("topics", "no-such"), ("paper", "1"));
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("no-such");
        (await site.PostAsync("/preferences/x/start", ("papers", "2512.99999"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await site.EverythingAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_name_among_many_that_nobody_bears_costs_ten_searches_and_the_page_says_so()
    {
        await using var site = await Site.OpenAsync(apps);
        await AddPapersAsync(site);
        var preferences = await site.SubscribeAsync(Ada);
        var names = string.Join('\n', Enumerable.Range(0, 10).Select(n => $"Nobody Such{(char)('a' + n)}"));

        var page = await (await site.PostAsync(preferences + "/start", ("papers", names + "\nGrace Hopper"))).Content.ReadAsStringAsync();

        page.ShouldContain("10 names that are looked up");
        page.ShouldContain("<li dir=\"auto\">Grace Hopper</li>");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Papers_named_at_sign_up_are_liked_once_the_address_is_confirmed_and_not_before(bool byApi)
    {
        await using var site = await Site.OpenAsync(apps);
        var papers = await AddPapersAsync(site);
        var signedUp = byApi
            ? await site.Browser.PostAsJsonAsync("/api/v1/subscribe", new { email = Ada, papers = Pasted })
            : await site.PostAsync("/subscribe", ("email", Ada), ("papers", Pasted));
        signedUp.IsSuccessStatusCode.ShouldBeTrue();
        (await LikesAsync(site)).ShouldBeEmpty();

        var confirmed = await site.PostAsync(await site.LinkInMailAsync(Ada, "confirm"));

        (await LikesAsync(site)).ShouldBe(papers.Take(2).Append(papers[2]).Order());
        var page = await site.Browser.GetStringAsync(confirmed.Headers.Location!.OriginalString);
        page.ShouldContain("name=\"topics\" value=\"reasoning\" id=\"t-reasoning\" checked");
        page.ShouldContain("role=\"status\"");
        (await site.Database.QueryAsync<long>("select id from subscribers where first_likes is not null", null, CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Papers_named_at_a_sign_up_that_the_operator_takes_over_are_forgotten_and_a_like_takes_the_place_of_a_former_less()
    {
        await using var site = await Site.OpenAsync(apps);
        var papers = await AddPapersAsync(site);
        await site.PostAsync("/subscribe", ("email", "bob@mail.example"), ("papers", Pasted));
        await site.Service<Subscriptions>().AddConfirmedAsync(
            EmailAddressOf("bob@mail.example"), SettingsChange.None, new Consent { How = "operator", RequestedAt = site.Clock.Now, TextVersion = "operator" }, isReturning: false, CancellationToken.None);
        (await site.Database.QueryAsync<long>("select id from subscribers where first_likes is not null", null, CancellationToken.None)).ShouldBeEmpty();
        (await LikesAsync(site)).ShouldBeEmpty();

        await site.SubscribeAsync(Ada);
        var id = long.Parse((await site.ColumnAsync(Ada, "id"))!, CultureInfo.InvariantCulture);
        await site.Service<Feedback>().GiveAsync(id, papers[0], "less", "web", CancellationToken.None);
        await site.Service<Subscriptions>().UnsubscribeAsync(id, saysGoodbye: false, CancellationToken.None);
        site.Clock.Advance(Duration.FromDays(2));
        await site.PostAsync("/subscribe", ("email", Ada), ("papers", Pasted));
        await site.PostAsync(await site.LinkInMailAsync(Ada, "confirm"));
        (await site.Database.QueryAsync<string>("select kind from feedback where paper_id = @paper", new { paper = papers[0] }, CancellationToken.None)).ShouldBe(["like"]);
    }

    private static DigestService.Mail.EmailAddress EmailAddressOf(string text) =>
        DigestService.Mail.EmailAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text, nameof(text));

    [Fact]
    public async Task What_a_stranger_adds_to_a_sign_up_that_waits_is_not_liked_and_too_much_is_refused_by_a_sentence()
    {
        await using var site = await Site.OpenAsync(apps);
        await AddPapersAsync(site);
        var refused = await site.PostAsync("/subscribe", ("email", Ada), ("papers", new string('x', 20_001)));
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("This is too long: at most 20,000");
        await site.PostAsync("/subscribe", ("email", Ada));

        await site.PostAsync("/subscribe", ("email", Ada), ("papers", "2512.09363"));
        var confirmed = await site.PostAsync(await site.LinkInMailAsync(Ada, "confirm"));

        confirmed.Headers.Location!.OriginalString.ShouldNotContain("/start");
        (await LikesAsync(site)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_program_is_proposed_what_the_page_proposes_and_takes_it_where_it_says_so()
    {
        await using var site = await Site.OpenAsync(apps);
        var papers = await AddPapersAsync(site);
        var preferences = await site.SubscribeAsync(Ada);
        var before = await site.EverythingAsync();

        var proposed = await PostAsync(new { papers = Pasted });

        proposed.GetProperty("topics").EnumerateArray().Select(topic => topic.GetString()).ShouldContain("reasoning");
        proposed.GetProperty("queries")[0].GetString().ShouldBe("\"quokka bridges\"");
        proposed.GetProperty("authors")[0].GetString().ShouldBe("Grace Hopper");
        proposed.GetProperty("missing")[0].GetString().ShouldBe("2512.99999");
        proposed.GetProperty("is_taken").GetBoolean().ShouldBeFalse();
        (await site.EverythingAsync()).ShouldBe(before);

        (await PostAsync(new { papers = Pasted, take = true })).GetProperty("is_taken").GetBoolean().ShouldBeTrue();
        (await LikesAsync(site)).ShouldBe(papers.Order());
        (await site.Browser.GetStringAsync(preferences)).ShouldContain("value=\"reasoning\" id=\"t-reasoning\" checked");
        foreach (var wrong in (object[])[new { papers = " " }, new { papers = new string('x', 20_001) }, new { paper = "2512.09363" }])
            (await site.Browser.PostAsJsonAsync($"/api/v1{preferences}/start", wrong)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await site.Browser.PostAsJsonAsync("/api/v1/preferences/x/start", new { papers = "2512.09363" })).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        async Task<JsonElement> PostAsync(object body) =>
            await (await site.Browser.PostAsJsonAsync($"/api/v1{preferences}/start", body)).Content.ReadFromJsonAsync<JsonElement>();
    }

    private static Task<IReadOnlyList<long>> LikesAsync(Site site) =>
        site.Database.QueryAsync<long>("select paper_id from feedback where kind = 'like' order by 1", null, CancellationToken.None);

    private static async Task<IReadOnlyList<long>> AddPapersAsync(Site site)
    {
        var day = new LocalDate(2026, 3, 3);
        for (var n = 0; n < 80; n++)
            await site.AddPaperAsync($"Unrelated work {n}", day, text: "A study.");
        var papers = new List<long>
        {
            await site.AddPaperAsync("Chain-of-thought reasoning over quokka bridges", day, text: "On chain-of-thought prompting."),
            await site.AddPaperAsync("Quokka bridges in reasoning models", day, text: "Chain-of-thought reasoning."),
            await site.AddPaperAsync("A third on chain-of-thought", day, text: "Reasoning."),
            await site.AddPaperAsync("Compilers", day, text: "On compilers."),
        };
        await site.Database.ExecuteAsync(
            """
            insert into paper_keys (key, paper_id) values
                ('arxiv:2512.09363', @a), ('title:quokkabridgesinreasoningmodels|hopper', @b), ('doi:10.1000/182', @c)
            """,
            new { a = papers[0], b = papers[1], c = papers[2] },
            CancellationToken.None);
        await site.Database.ExecuteAsync("update papers set authors = '{Grace Hopper}' where id = @id", new { id = papers[3] }, CancellationToken.None);
        return papers;
    }
}
