using System.Net;

namespace DigestService.Tests.Journeys;

/// <summary>The mails that tell of a step taken on the web: one each, to people and not to programs.</summary>
public sealed class StepMailTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";

    [Fact]
    public async Task Confirming_brings_one_welcome_with_the_link_to_the_preferences()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SignUpAsync(Ada, ("topics", "reasoning"));
        var confirm = await site.LinkInMailAsync(Ada, "confirm");

        await site.PostAsync(confirm);
        await site.PostAsync(confirm);

        (await site.CountMailsAsync(Ada, "welcome")).ShouldBe(1);
        (await site.Browser.GetAsync(await site.LinkInMailAsync(Ada, "preferences"))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Pausing_is_told_once_a_pause_and_once_a_day()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);

        await site.PostAsync(preferences, ("action", "pause"));
        await site.PostAsync(preferences, ("action", "pause"));
        await site.PostAsync(preferences, ("action", "resume"));
        await site.PostAsync(preferences, ("action", "pause"));

        (await site.ColumnAsync(Ada, "state")).ShouldBe("paused");
        (await site.CountMailsAsync(Ada, "paused")).ShouldBe(1);
    }

    [Fact]
    public async Task The_button_says_goodbye_and_one_click_of_a_mail_program_does_not()
    {
        await using var site = await Site.OpenAsync(apps);
        var byHand = UnsubscribePath(await site.Browser.GetStringAsync(await site.SubscribeAsync(Ada)));
        var byProgram = UnsubscribePath(await site.Browser.GetStringAsync(await site.SubscribeAsync("bob@mail.example")));

        await site.PostAsync(byHand);
        await site.PostAsync(byHand);
        await site.PostAsync(byProgram, ("List-Unsubscribe", "One-Click"));

        (await site.CountMailsAsync(Ada, "goodbye")).ShouldBe(1);
        (await site.CountMailsAsync("bob@mail.example", "goodbye")).ShouldBe(0);
        (await site.ColumnAsync("bob@mail.example", "state")).ShouldBe("unsubscribed");
    }

    private static string UnsubscribePath(string page)
    {
        var start = page.IndexOf("/unsubscribe/", StringComparison.Ordinal);
        return page[start..page.IndexOf('"', start)];
    }
}
