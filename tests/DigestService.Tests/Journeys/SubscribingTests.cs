using System.Net;
using DigestService.Platform;
using DigestService.Subscribers;

namespace DigestService.Tests.Journeys;

public sealed class SubscribingTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";

    [Fact]
    public async Task From_the_front_page_to_a_digest_and_out_again()
    {
        await using var site = await Site.OpenAsync(apps);

        // Signing up writes one mail and nothing else; looking at its link changes nothing.
        (await site.SignUpAsync(Ada, ("topics", "reasoning"), ("zone", "Europe/Berlin"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await site.ColumnAsync(Ada, "state")).ShouldBe("pending");
        var confirm = await site.LinkInMailAsync(Ada, "confirm");
        var before = await site.EverythingAsync();
        (await site.Browser.GetStringAsync(confirm)).ShouldContain("<button>Confirm</button>");
        (await site.EverythingAsync()).ShouldBe(before);

        // The button confirms and leads straight to the preferences; the first digest is due at the reader's next hour.
        var confirmed = await site.PostAsync(confirm);
        confirmed.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        var preferences = confirmed.Headers.Location!.OriginalString.Split('?')[0];
        (await site.ColumnAsync(Ada, "next_due_at at time zone 'UTC'")).ShouldBe("2026-03-04 06:00:00");
        (await site.Browser.GetStringAsync(preferences)).ShouldContain("value=\"reasoning\" id=\"t-reasoning\" checked");

        // Preferences are saved as a whole.
        var saved = await site.PostAsync(
            preferences,
            ("form", "all"), ("topics", "multi-agent"), ("more", "multi-agent"), ("query", "\"protein folding\" OR alphafold"),
            ("muted_words", "survey\nsurveys"), ("zone", "Asia/Tokyo"), ("at", "21:15"), ("frequency", "weekly"), ("weekly_on", "5"),
            ("max", "4"), ("language", "de"), ("empty_day", "note"), ("outside_topics", "1"));
        saved.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await site.ColumnAsync(Ada, "next_due_at at time zone 'UTC'")).ShouldBe("2026-03-06 12:15:00");
        var page = await site.Browser.GetStringAsync(saved.Headers.Location);
        WebUtility.HtmlDecode(page).ShouldContain("Freitag, 6. März, um 21:15 Uhr");
        page.ShouldContain("name=\"more\" value=\"multi-agent\" checked");
        page.ShouldNotContain("id=\"t-reasoning\" checked");
        page.ShouldContain("value=\"&quot;protein folding&quot; OR alphafold\"");

        // One click, twice, from a mail program that sends no cookie and follows no redirect.
        var leave = UnsubscribePath(page);
        (await site.Browser.GetStringAsync(leave)).ShouldContain("<button>Abbestellen</button>");
        (await site.ColumnAsync(Ada, "state")).ShouldBe("active");
        foreach (var _ in (int[])[1, 2])
        {
            var left = await site.PostAsync(leave, ("List-Unsubscribe", "One-Click"));
            left.StatusCode.ShouldBe(HttpStatusCode.OK);
            left.Headers.Contains("Set-Cookie").ShouldBeFalse();
            (await site.ColumnAsync(Ada, "state")).ShouldBe("unsubscribed");
        }

        (await site.ColumnAsync(Ada, "next_due_at")).ShouldBeNull();
        // The confirmation and the welcome.
        (await site.CountMailsAsync(Ada)).ShouldBe(2);
    }

    [Fact]
    public async Task A_mail_programs_click_to_leave_counts_in_whatever_form_it_comes()
    {
        const string Fields = "application/x-www-form-urlencoded";
        await using var site = await Site.OpenAsync(apps);
        (string Type, string Body)[] clicks =
        [
            ($"{Fields}; charset=utf8", "List-Unsubscribe=One-Click"),
            ("multipart/form-data", "List-Unsubscribe=One-Click"),
            ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n"),
            ("multipart/form-data; boundary=b", "--b\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\n\nOne-Click\n--b--\n"),
            (Fields, "List-Unsubscribe=One-Click%00"),
            (Fields, new string('x', 300_000)),
            ("text/plain", "List-Unsubscribe=One-Click"),
        ];
        foreach (var (number, (type, body)) in clicks.Index())
        {
            var reader = $"reader{number}@mail.example";
            var leave = UnsubscribePath(await site.Browser.GetStringAsync(await site.SubscribeAsync(reader)));

            (await ClickAsync()).ShouldBe(HttpStatusCode.OK, $"{type} {number}");

            (await site.ColumnAsync(reader, "state")).ShouldBe("unsubscribed", $"{type} {number}");
            // Whoever has left and asks for more than that is told that nothing of it was understood.
            using var garbled = new StringContent("action=erase&sure=yes%00");
            garbled.Headers.ContentType = new(Fields);
            (await site.Browser.PostAsync(leave, garbled)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            if (type != Fields)
                (await ClickAsync()).ShouldBe(HttpStatusCode.OK, $"{type} {number} again");

            async Task<HttpStatusCode> ClickAsync()
            {
                using var click = new StringContent(body);
                click.Headers.Remove("Content-Type");
                click.Headers.TryAddWithoutValidation("Content-Type", type);
                return (await site.Browser.PostAsync(leave, click)).StatusCode;
            }
        }
    }

    [Fact]
    public async Task The_answer_to_a_sign_up_does_not_tell_who_is_subscribed()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SubscribeAsync(Ada);
        await site.Database.ExecuteAsync(
            "insert into suppressions (address_hash, reason, created_at) values (@hash, 'complained', now())",
            new { hash = site.Service<LinkSigner>().HashAddress("angry@mail.example") },
            CancellationToken.None);

        var answers = new List<string>();
        foreach (var address in (string[])[Ada, "ADA@mail.example", "new@mail.example", "new@mail.example", "angry@mail.example"])
        {
            var answer = await site.SignUpAsync(address);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            answers.Add(await answer.Content.ReadAsStringAsync());
        }

        answers.Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
        (await site.CountMailsAsync("angry@mail.example")).ShouldBe(0);
    }

    [Fact]
    public async Task Somebody_who_is_subscribed_and_signs_up_again_gets_their_link_once()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada, ("topics", "reasoning"));

        foreach (var _ in (int[])[1, 2, 3])
            await site.SignUpAsync(Ada, ("topics", "multi-agent"));

        (await site.CountMailsAsync(Ada, "already_subscribed")).ShouldBe(1);
        (await site.LinkInMailAsync(Ada, "preferences")).ShouldBe(preferences);
        (await site.Browser.GetStringAsync(preferences)).ShouldNotContain("id=\"t-multi-agent\" checked");
    }

    [Fact]
    public async Task Nobody_can_fill_a_strangers_inbox_through_the_form()
    {
        await using var site = await Site.OpenAsync(apps);

        for (var i = 0; i < 12; i++)
        {
            await site.SignUpAsync(Ada);
            site.Clock.Advance(NodaTime.Duration.FromMinutes(30));
        }

        (await site.CountMailsAsync(Ada)).ShouldBe(4);
    }

    [Fact]
    public async Task Confirming_twice_leaves_one_subscription_and_leads_to_the_preferences_both_times()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SignUpAsync(Ada);
        var confirm = await site.LinkInMailAsync(Ada, "confirm");

        var first = await site.PostAsync(confirm);
        var confirmedAt = await site.ColumnAsync(Ada, "confirmed_at");
        site.Clock.Advance(NodaTime.Duration.FromHours(5));
        var second = await site.PostAsync(confirm);

        second.Headers.Location.ShouldBe(first.Headers.Location);
        (await site.ColumnAsync(Ada, "confirmed_at")).ShouldBe(confirmedAt);
    }

    [Fact]
    public async Task An_old_confirmation_mail_brings_nobody_back_who_has_left()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);
        var oldConfirm = await site.LinkInMailAsync(Ada, "confirm");
        await site.PostAsync(UnsubscribePath(await site.Browser.GetStringAsync(preferences)));

        (await site.PostAsync(oldConfirm)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        site.Clock.Advance(NodaTime.Duration.FromDays(1));
        await site.SignUpAsync(Ada);

        (await site.PostAsync(oldConfirm)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await site.Browser.GetAsync(preferences)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await site.ColumnAsync(Ada, "state")).ShouldBe("pending");
        (await site.PostAsync(await site.LinkInMailAsync(Ada, "confirm"))).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await site.ColumnAsync(Ada, "state")).ShouldBe("active");
        (await site.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from suppressions", null, CancellationToken.None)).ShouldBe(0);
    }

    [Fact]
    public async Task The_evidence_of_consent_is_kept_and_holds_no_network_address()
    {
        await using var site = await Site.OpenAsync(apps);
        site.Browser.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.77");
        site.Browser.DefaultRequestHeaders.UserAgent.ParseAdd("Lynx/2.9");

        await site.SubscribeAsync(Ada);

        var consent = System.Text.Json.Nodes.JsonNode.Parse((await site.ColumnAsync(Ada, "consent"))!)!;
        consent["how"]!.GetValue<string>().ShouldBe("web");
        consent["requested_at"]!.GetValue<string>().ShouldBe("2026-03-04T05:00:00Z");
        consent["user_agent"]!.GetValue<string>().ShouldBe("Lynx/2.9");
        consent["text_version"]!.GetValue<string>().ShouldBe(Consent.CurrentText);
        consent["confirmed_by"]!.GetValue<string>().ShouldBe("link");
        consent["requested_from"]!.GetValue<string>().ShouldBe(consent["confirmed_from"]!.GetValue<string>());
        consent.ToJsonString().ShouldNotContain("203.0.113");
    }

    [Fact]
    public async Task One_network_signs_up_so_many_and_others_are_not_held_up()
    {
        await using var site = await Site.OpenAsync(apps);
        site.Browser.DefaultRequestHeaders.Add("X-Forwarded-For", "2001:db8:1:2:3:4:5:6");
        var refused = 0;
        for (var i = 0; i < 25; i++)
        {
            if ((await site.SignUpAsync("no address")).StatusCode is HttpStatusCode.TooManyRequests)
                refused++;
        }

        refused.ShouldBe(5);
        site.Browser.DefaultRequestHeaders.Remove("X-Forwarded-For");
        site.Browser.DefaultRequestHeaders.Add("X-Forwarded-For", "2001:db8:1:3::1");
        (await site.SignUpAsync(Ada)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("not an address", "", "email")]
    [InlineData("a@mail.example\r\nBcc: all@mail.example", "", "email")]
    [InlineData("<script>alert(1)</script>@mail.example", "", "email")]
    [InlineData("a@mail.example", "agents \"open", "query")]
    public async Task A_form_that_cannot_be_meant_comes_back_with_what_is_wrong(string email, string query, string field)
    {
        await using var site = await Site.OpenAsync(apps);

        var answer = await site.SignUpAsync(email, ("query", query));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var page = await answer.Content.ReadAsStringAsync();
        page.ShouldContain($"id=\"{field}\"");
        page.ShouldContain("aria-invalid=\"true\"");
        page.ShouldNotContain("<script>alert");
        (await site.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from subscribers", null, CancellationToken.None)).ShouldBe(0);
    }

    [Fact]
    public async Task A_program_that_fills_in_every_field_learns_nothing_and_subscribes_nobody()
    {
        await using var site = await Site.OpenAsync(apps);

        var answer = await site.SignUpAsync(Ada, ("website", "https://spam.example"));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await site.ColumnAsync(Ada, "state")).ShouldBeNull();
    }

    [Fact]
    public async Task Twenty_sign_ups_with_one_address_at_once_are_one_reader_and_one_mail()
    {
        await using var site = await Site.OpenAsync(apps);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => site.SignUpAsync(Ada, ("topics", "reasoning"))));

        answers.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.OK);
        (await site.CountMailsAsync(Ada)).ShouldBe(1);
    }

    internal static string UnsubscribePath(string preferencesPage)
    {
        var start = preferencesPage.IndexOf("/unsubscribe/", StringComparison.Ordinal);
        return preferencesPage[start..(start + "/unsubscribe/".Length + 50)];
    }
}
