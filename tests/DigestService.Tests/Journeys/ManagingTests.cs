using System.Globalization;
using System.Net;
using DigestService.Mail;
using DigestService.Subscribers;
using DigestService.Suppressions;
using NodaTime;

namespace DigestService.Tests.Journeys;

/// <summary>The door for people who are here already, and what is left to do after leaving.</summary>
public sealed class ManagingTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";

    [Fact]
    public async Task Whoever_types_their_address_gets_the_link_to_their_preferences_by_mail()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SubscribeAsync(Ada);
        site.Clock.Advance(Duration.FromDays(2));

        (await site.Browser.GetStringAsync("/")).ShouldContain("href=\"/manage\"");
        (await site.Browser.GetStringAsync("/manage")).ShouldContain("action=\"/manage\"");
        await site.PostAsync("/manage", ("email", " Ada@Mail.Example "));

        (await site.CountMailsAsync(Ada, "preferences")).ShouldBe(1);
        (await site.Browser.GetAsync(await site.LinkInMailAsync(Ada, "preferences"))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_answer_is_the_same_for_everybody_and_nobody_else_is_mailed()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SubscribeAsync(Ada);
        await site.SignUpAsync("waiting@mail.example");
        await site.SubscribeAsync("left@mail.example");
        await site.PostAsync(await site.LinkInMailAsync("left@mail.example", "confirm"));
        await site.Service<Subscriptions>().UnsubscribeAsync(long.Parse((await site.ColumnAsync("left@mail.example", "id"))!, null), saysGoodbye: false, CancellationToken.None);
        await site.SubscribeAsync("barred@mail.example");
        await site.Database.ExecuteAsync("update subscribers set state = 'suppressed', next_due_at = null, next_due_on = null where address = 'barred@mail.example'", null, CancellationToken.None);
        site.Clock.Advance(Duration.FromDays(2));
        string[] addresses = [Ada, "waiting@mail.example", "left@mail.example", "barred@mail.example", "nobody@mail.example"];
        var before = await site.Database.QuerySingleOrDefaultAsync<long>("select max(id) from deliveries", null, CancellationToken.None);

        var answers = new List<string>();
        foreach (var address in addresses)
        {
            var answer = await site.PostAsync("/manage", ("email", address));
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            answers.Add(await answer.Content.ReadAsStringAsync());
        }

        var trapped = await site.PostAsync("/manage", ("email", Ada), ("website", "https://spam.example"));
        answers.Add(await trapped.Content.ReadAsStringAsync());
        answers.Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
        (await site.Database.QueryAsync<string>(
                "select recipient || ' ' || kind from deliveries where id > @before order by recipient", new { before }, CancellationToken.None))
            .ShouldBe([$"{Ada} preferences", "waiting@mail.example confirmation"]);
        (await site.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from subscribers where address like 'nobody%'", null, CancellationToken.None))
            .ShouldBe(0);
    }

    [Fact]
    public async Task Asking_again_and_again_fills_nobodys_inbox()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SubscribeAsync(Ada);
        site.Clock.Advance(Duration.FromDays(2));

        for (var minute = 0; minute < 30; minute++)
        {
            await site.PostAsync("/manage", ("email", Ada));
            site.Clock.Advance(Duration.FromMinutes(1));
        }

        (await site.CountMailsAsync(Ada, "preferences")).ShouldBe(3);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ada")]
    [InlineData("ada@")]
    [InlineData("ada@@mail.example")]
    [InlineData("<script>@mail.example")]
    [InlineData("ada@mail.example, eve@mail.example")]
    [InlineData("ada@mail")]
    [InlineData("ada mail.example")]
    [InlineData("@mail.example")]
    [InlineData("ada@mail..example")]
    public async Task A_mistyped_address_is_told_beside_the_field_and_kept(string typed)
    {
        await using var site = await Site.OpenAsync(apps);

        var answer = await site.PostAsync("/manage", ("email", typed));
        var page = await answer.Content.ReadAsStringAsync();

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        page.ShouldContain("aria-describedby=\"fault-email\"");
        page.ShouldContain($"value=\"{WebUtility.HtmlEncode(typed)}\"");
    }

    [Fact]
    public async Task The_page_of_a_void_link_offers_to_mail_a_fresh_one()
    {
        await using var site = await Site.OpenAsync(apps);
        var old = await site.SubscribeAsync(Ada);
        await site.PostAsync(old, ("action", "void"));

        foreach (var path in (string[])[old, "/preferences/x", "/confirm/x", "/feedback/x/like", "/unsubscribe/x", "/digests/x"])
        {
            var page = await site.Browser.GetAsync(path);
            page.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
            (await page.Content.ReadAsStringAsync()).ShouldContain("action=\"/manage\"", customMessage: path);
        }
    }

    [Fact]
    public async Task Leaving_is_taken_back_by_one_button_within_a_week_and_the_digest_goes_on_as_it_was()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada, ("topics", "reasoning"));
        var leaving = Link(await site.Browser.GetStringAsync(preferences), "/unsubscribe/");

        (await (await site.PostAsync(leaving, ("List-Unsubscribe", "One-Click"))).Content.ReadAsStringAsync()).ShouldContain("keep my digest");
        (await site.Browser.GetStringAsync(preferences)).ShouldContain("keep my digest");
        site.Clock.Advance(Duration.FromDays(6));
        (await site.PostAsync(leaving, ("action", "undo"))).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await site.ColumnAsync(Ada, "state")).ShouldBe("active");
        (await site.ColumnAsync(Ada, "next_due_at is not null and consent ? 'returned_at'")).ShouldBe("true");
        (await site.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from suppressions", null, CancellationToken.None)).ShouldBe(0);
        (await site.Browser.GetStringAsync(preferences)).ShouldContain("Your next digest comes");

        await site.PostAsync(leaving);
        site.Clock.Advance(Duration.FromDays(8));
        (await site.Browser.GetStringAsync(leaving)).ShouldNotContain("keep my digest");
        (await (await site.PostAsync(leaving, ("action", "undo"))).Content.ReadAsStringAsync()).ShouldContain("too long ago");
        (await site.ColumnAsync(Ada, "state")).ShouldBe("unsubscribed");
    }

    [Fact]
    public async Task Who_complained_or_bounced_is_not_brought_back_and_a_voided_link_undoes_nothing()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);
        var old = Link(await site.Browser.GetStringAsync(preferences), "/unsubscribe/");
        var renewed = (await site.PostAsync(preferences, ("action", "void"))).Headers.Location!.OriginalString.Split('?')[0];
        var leaving = Link(await site.Browser.GetStringAsync(renewed), "/unsubscribe/");
        await site.PostAsync(old);
        foreach (var action in (string[])["undo", "download", "erase", "reason"])
            (await site.PostAsync(old, ("action", action), ("sure", "yes"))).StatusCode.ShouldBe(HttpStatusCode.NotFound, action);

        await site.Database.ExecuteAsync("update suppressions set reason = 'complained'", null, CancellationToken.None);
        await site.PostAsync(leaving, ("action", "undo"));

        (await site.ColumnAsync(Ada, "state")).ShouldBe("unsubscribed");
    }

    [Theory]
    [InlineData("complained", "marked as spam")]
    [InlineData("bounced", "came back")]
    [InlineData("operator", "the operator has stopped it")]
    public async Task Who_left_and_is_barred_is_told_that_and_not_that_it_was_too_long_ago_and_may_return_once_it_is_lifted(string reason, string why)
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);
        var leaving = Link(await site.Browser.GetStringAsync(preferences), "/unsubscribe/");
        await site.PostAsync(leaving);
        await site.Database.ExecuteAsync("update suppressions set reason = @reason", new { reason }, CancellationToken.None);

        foreach (var text in (string[])[await site.Browser.GetStringAsync(leaving), await site.Browser.GetStringAsync(preferences), await (await site.PostAsync(leaving, ("action", "undo"))).Content.ReadAsStringAsync()])
        {
            text.ShouldContain(why);
            text.ShouldNotContain("too long ago");
            text.ShouldNotContain("value=\"undo\"");
            text.ShouldNotContain("Sign up again");
        }

        await site.Database.ExecuteAsync("delete from suppressions", null, CancellationToken.None);
        (await site.Browser.GetStringAsync(leaving)).ShouldContain("value=\"undo\"");
        await site.PostAsync(leaving, ("action", "undo"));
        (await site.ColumnAsync(Ada, "state")).ShouldBe("active");
    }

    [Fact]
    public async Task Who_left_in_another_tab_is_erased_by_the_button_of_the_page_that_stands_open()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);
        await site.PostAsync(Link(await site.Browser.GetStringAsync(preferences), "/unsubscribe/"));

        (await site.PostAsync(preferences, ("action", "erase"))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await (await site.PostAsync(preferences, ("action", "erase"), ("sure", "yes"))).Content.ReadAsStringAsync()).ShouldContain("erased");

        (await site.ColumnAsync(Ada, "id")).ShouldBeNull();
    }

    [Theory]
    [InlineData("bounced")]
    [InlineData("operator")]
    public async Task Who_is_subscribed_and_barred_is_told_that_and_not_when_the_next_digest_comes(string reason)
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada, ("topics", "reasoning"));
        EmailAddress.TryParse(Ada, out var address).ShouldBeTrue();
        await site.Database.InTransactionAsync(
            connection => site.Service<SuppressionList>().AddAsync(connection, address.Key, reason, null, site.Clock.Now, CancellationToken.None), CancellationToken.None);

        var page = await site.Browser.GetStringAsync(preferences);
        page.ShouldContain("No mail may go to your address");
        page.ShouldNotContain("Your next digest comes");
        page.ShouldNotContain("value=\"now\"");
        (await site.Browser.GetStringAsync("/api/v1" + preferences)).ShouldNotContain("next_due_at\":\"");

        await site.Database.ExecuteAsync("delete from suppressions", null, CancellationToken.None);
        (await site.Browser.GetStringAsync(preferences)).ShouldContain("Your next digest comes");
        (await site.Browser.GetStringAsync("/api/v1" + preferences)).ShouldContain("next_due_at\":\"2026");
    }

    [Fact]
    public async Task Who_complained_and_was_forgiven_is_sent_to_sign_up_and_not_to_the_operator()
    {
        await using var site = await Site.OpenAsync(apps);
        var leaving = Link(await site.Browser.GetStringAsync(await site.SubscribeAsync(Ada)), "/unsubscribe/");
        EmailAddress.TryParse(Ada, out var address).ShouldBeTrue();
        var id = long.Parse((await site.ColumnAsync(Ada, "id"))!, CultureInfo.InvariantCulture);
        await site.Database.InTransactionAsync(connection => site.Service<Subscriptions>().ComplainedAsync(connection, address, id, CancellationToken.None), CancellationToken.None);
        await site.Database.ExecuteAsync("delete from suppressions", null, CancellationToken.None);

        var text = await site.Browser.GetStringAsync(leaving);

        text.ShouldContain("Sign up again");
        text.ShouldNotContain("ask the operator");
    }

    [Fact]
    public async Task After_leaving_the_page_takes_a_reason_hands_over_the_data_and_erases()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);
        var leaving = Link(await site.Browser.GetStringAsync(preferences), "/unsubscribe/");
        (await site.PostAsync(leaving, ("action", "download"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await site.PostAsync(leaving);

        await site.PostAsync(leaving, ("action", "reason"), ("reason", " Too many <b>papers</b> "));
        (await site.ColumnAsync(Ada, "consent ->> 'left_because'")).ShouldBe("Too many <b>papers</b>");
        var data = await site.PostAsync(leaving, ("action", "download"));
        data.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        data.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await data.Content.ReadAsStringAsync()).ShouldContain("\"ada@mail.example\"");
        (await site.PostAsync(leaving, ("action", "erase"))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await site.PostAsync(leaving, ("action", "erase"), ("sure", "yes"))).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await site.ColumnAsync(Ada, "state")).ShouldBeNull();
    }

    [Fact]
    public async Task Who_complained_may_have_the_data_and_be_erased_and_stays_barred()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);
        var leaving = Link(await site.Browser.GetStringAsync(preferences), "/unsubscribe/");
        EmailAddress.TryParse(Ada, out var address).ShouldBeTrue();
        var id = long.Parse((await site.ColumnAsync(Ada, "id"))!, CultureInfo.InvariantCulture);
        await site.Database.InTransactionAsync(connection => site.Service<Subscriptions>().ComplainedAsync(connection, address, id, CancellationToken.None), CancellationToken.None);

        foreach (var page in (string[])[preferences, leaving])
        {
            var text = await site.Browser.GetStringAsync(page);
            text.ShouldContain("value=\"erase\"");
            text.ShouldContain("marked as spam");
            text.ShouldNotContain("Sign up again");
            text.ShouldNotContain("value=\"undo\"");
        }

        (await (await site.PostAsync(leaving, ("action", "download"))).Content.ReadAsStringAsync()).ShouldContain("\"ada@mail.example\"");
        await site.PostAsync(leaving, ("action", "undo"));
        (await site.ColumnAsync(Ada, "state")).ShouldBe("suppressed");
        (await site.PostAsync(leaving, ("List-Unsubscribe", "One-Click"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await site.PostAsync(leaving, ("action", "erase"), ("sure", "yes"))).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await site.ColumnAsync(Ada, "state")).ShouldBeNull();
        (await site.Database.QuerySingleOrDefaultAsync<string>("select reason from suppressions", null, CancellationToken.None)).ShouldBe("complained");
    }

    [Fact]
    public async Task A_subscription_moves_to_another_address_when_that_address_agrees_and_the_old_one_is_told()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada, ("topics", "reasoning"));
        var id = await site.ColumnAsync(Ada, "id");

        (await site.PostAsync(preferences, ("action", "move"), ("new_address", "ada@new.example"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        var mail = await site.LatestMailAsync("ada@new.example");
        mail.ShouldNotContain("/preferences/");
        mail.ShouldNotContain("/unsubscribe/");
        var link = await site.LinkInMailAsync("ada@new.example", "address");
        (await site.Browser.GetStringAsync(link)).ShouldContain("ada@new.example");
        (await site.ColumnAsync(Ada, "id")).ShouldBe(id);
        var moved = await site.PostAsync(link);

        (await site.ColumnAsync("ada@new.example", "id")).ShouldBe(id);
        (await site.ColumnAsync(Ada, "id")).ShouldBeNull();
        (await site.CountMailsAsync(Ada, "moved")).ShouldBe(1);
        (await site.LatestMailAsync(Ada)).ShouldNotContain("new.example");
        (await site.Browser.GetStringAsync(moved.Headers.Location!.OriginalString)).ShouldContain("ada@new.example");
        (await site.Browser.GetAsync(preferences)).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        // A second click finds that it has moved, and moves nothing; a voided link tells nothing.
        (await site.Browser.GetStringAsync(link)).ShouldContain("comes to this address now");
        var again = await site.PostAsync(link);
        again.Headers.Location!.OriginalString.ShouldBe(moved.Headers.Location.OriginalString);
        (await site.CountMailsAsync(Ada, "moved")).ShouldBe(1);
        await site.PostAsync(again.Headers.Location.OriginalString.Split('?')[0], ("action", "void"));
        (await site.PostAsync(link)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_button_pressed_twice_does_it_once_and_the_second_press_is_told_what_the_first_did()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);

        var asked = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => site.PostAsync(preferences, ("action", "move"), ("new_address", "ada@new.example"))));
        asked.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.OK);
        (await site.CountMailsAsync("ada@new.example")).ShouldBe(1);
        var link = await site.LinkInMailAsync("ada@new.example", "address");
        var moved = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => site.PostAsync(link)));
        moved.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.SeeOther);
        (await site.CountMailsAsync(Ada, "moved")).ShouldBe(1);

        preferences = moved[0].Headers.Location!.OriginalString.Split('?')[0];
        var renewed = (await site.PostAsync(preferences, ("action", "void"))).Headers.Location!.OriginalString.Split('?')[0];
        (await site.Browser.GetAsync(preferences)).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        var leaving = Link(await site.Browser.GetStringAsync(renewed), "/unsubscribe/");
        await site.PostAsync(leaving);
        await site.PostAsync(leaving, ("action", "undo"));
        await TwiceAsync(leaving, "undo", "Welcome back");
        await site.PostAsync(leaving);
        await site.PostAsync(leaving, ("action", "erase"), ("sure", "yes"));
        await TwiceAsync(leaving, "erase", "You are erased");
        await TwiceAsync(renewed, "erase", "You are erased");
        (await site.PostAsync(renewed, ("action", "save"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await site.SubscribeAsync("ada@new.example");
        (await site.PostAsync(renewed, ("action", "erase"), ("sure", "yes"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        async Task TwiceAsync(string path, string action, string told)
        {
            var second = await site.PostAsync(path, ("action", action), ("sure", "yes"));
            second.StatusCode.ShouldBe(HttpStatusCode.OK, action);
            (await second.Content.ReadAsStringAsync()).ShouldContain(told);
        }
    }

    [Fact]
    public async Task A_wish_to_move_tells_nobody_who_is_subscribed_mails_nobody_who_must_not_be_and_is_replaced_by_a_later_one()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SubscribeAsync("eve@mail.example");
        var preferences = await site.SubscribeAsync(Ada);
        var before = await site.CountMailsAsync("eve@mail.example");

        var taken = await (await site.PostAsync(preferences, ("action", "move"), ("new_address", "eve@mail.example"))).Content.ReadAsStringAsync();
        var free = await (await site.PostAsync(preferences, ("action", "move"), ("new_address", "first@new.example"))).Content.ReadAsStringAsync();
        var first = await site.LinkInMailAsync("first@new.example", "address");
        site.Clock.Advance(Duration.FromMinutes(1));
        await site.PostAsync(preferences, ("action", "move"), ("new_address", "second@new.example"));
        var fourth = await site.PostAsync(preferences, ("action", "move"), ("new_address", "third@new.example"));

        taken.ShouldBe(free);
        (await site.CountMailsAsync("eve@mail.example")).ShouldBe(before);
        (await site.PostAsync(first)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        fourth.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await site.CountMailsAsync("third@new.example")).ShouldBe(0);
        // Whoever takes the address meanwhile keeps it.
        var second = await site.LinkInMailAsync("second@new.example", "address");
        await site.SubscribeAsync("second@new.example");
        (await site.PostAsync(second)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await site.ColumnAsync(Ada, "state")).ShouldBe("active");
        (await site.PostAsync(preferences, ("action", "move"), ("new_address", "nonsense"))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_link_to_a_new_address_ends_after_a_week()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);
        await site.PostAsync(preferences, ("action", "move"), ("new_address", "ada@new.example"));
        var link = await site.LinkInMailAsync("ada@new.example", "address");

        site.Clock.Advance(Duration.FromDays(7) + Duration.FromMinutes(2));

        (await site.PostAsync(link)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await site.ColumnAsync(Ada, "state")).ShouldBe("active");
    }

    private static string Link(string page, string prefix)
    {
        var start = page.IndexOf(prefix, StringComparison.Ordinal);
        return page.Substring(start, prefix.Length + 50);
    }
}
