using System.Net;
using DigestService.Subscribers.Pages.Words;

namespace DigestService.Tests.Journeys;

/// <summary>A pause on the preferences page: what its date may be, and what becomes of a slip of the pen.</summary>
public sealed class PauseTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";

    [Theory]
    [InlineData("2001-01-01")]
    [InlineData("2099-01-01")]
    [InlineData("tomorrow")]
    [InlineData("31.12.2026")]
    [InlineData("\"><b>2026")]
    public async Task A_faulty_day_is_told_beside_the_field_and_nothing_that_was_typed_is_lost(string day)
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"));

        var answer = await site.PostAsync(path, ("form", "all"), ("topics", "multi-agent"), ("query", "sparse nets"), ("max", "17"), ("at", "09:30"), ("pause_until", day), ("action", "save"));
        var page = await answer.Content.ReadAsStringAsync();

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        page.ShouldContain("aria-describedby=\"fault-pause_until\"");
        page.ShouldContain(WebUtility.HtmlEncode(ReaderWords.Of("en").PauseFault));
        page.ShouldContain($"value=\"{WebUtility.HtmlEncode(day)}\"");
        page.ShouldContain("id=\"t-multi-agent\" checked");
        page.ShouldNotContain("id=\"t-reasoning\" checked");
        page.ShouldContain("sparse nets");
        page.ShouldContain("value=\"17\"");
        page.ShouldContain("value=\"09:30\"");
        (await site.ColumnAsync(Ada, "state || ' ' || max_items")).ShouldBe("active 10");
    }

    [Fact]
    public async Task A_faulty_day_and_another_fault_are_told_together()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"));

        var page = await (await site.PostAsync(path, ("max", "999"), ("pause_until", "2001-01-01"), ("action", "save"))).Content.ReadAsStringAsync();

        page.ShouldContain("fault-pause_until");
        page.ShouldContain("fault-max");
        page.ShouldContain("id=\"t-reasoning\" checked");
    }

    [Fact]
    public async Task The_pause_button_keeps_a_faulty_day_in_its_field()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"));

        var answer = await site.PostAsync(path, ("action", "pause"), ("pause_until", "2001-01-01"));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("value=\"2001-01-01\"");
        (await site.ColumnAsync(Ada, "state")).ShouldBe("active");
    }

    [Fact]
    public async Task Asking_for_todays_digest_while_paused_says_what_to_do()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"));
        await site.PostAsync(path, ("action", "pause"));

        var answer = await site.PostAsync(path, ("action", "now"));

        (await site.Browser.GetStringAsync(answer.Headers.Location!.ToString())).ShouldContain("Your digest is paused. Resume it first");
    }
}
