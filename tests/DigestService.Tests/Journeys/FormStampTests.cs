using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using DigestService.Platform.Layout;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Journeys;

/// <summary>Public forms carry the signed moment at which their page was asked for, kept pages too.</summary>
public sealed partial class FormStampTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";

    [Theory]
    [InlineData("/", "/subscribe")]
    [InlineData("/paper/1", "/subscribe")]
    [InlineData("/manage", "/manage")]
    [InlineData("/confirm/forged", "/manage")]
    public async Task A_form_that_comes_at_once_waits_a_second_and_one_that_comes_too_late_is_asked_again_and_loses_nothing(string page, string form)
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("Chain-of-thought reasoning");
        await site.Service<TopicMatching>().MatchDueAsync(CancellationToken.None);
        var stamp = await StampOnAsync(site, page);

        var began = Stopwatch.GetTimestamp();
        (await site.PostAsync(form, ("email", Ada), ("stamp", stamp))).StatusCode.ShouldBe(HttpStatusCode.OK);
        Stopwatch.GetElapsedTime(began).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(950));

        site.Clock.Advance(Duration.FromDays(1) + Duration.FromSeconds(1));
        var retry = await SendAsync(site, form, stamp);
        await SendAsync(site, form, "forged");
        site.Clock.Advance(Duration.FromSeconds(1));
        (await site.PostAsync(form, ("email", Ada), ("stamp", retry))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_kept_page_is_given_the_stamp_of_each_answer_and_a_new_tag_each_day()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("A paper");
        using var first = await site.Browser.GetAsync("/");
        var early = Stamp().Match(await first.Content.ReadAsStringAsync()).Value;
        site.Clock.Advance(Duration.FromSeconds(30));

        using var again = await site.Browser.GetAsync("/");
        var late = Stamp().Match(await again.Content.ReadAsStringAsync()).Value;
        site.Clock.Advance(Duration.FromDays(1));
        using var nextDay = await site.Browser.GetAsync("/");

        late.ShouldNotBe(early);
        again.Headers.ETag.ShouldBe(first.Headers.ETag);
        nextDay.Headers.ETag.ShouldNotBe(first.Headers.ETag);
        (await nextDay.Content.ReadAsStringAsync()).ShouldNotContain(FormStamps.Place);
        using var feed = await site.Browser.GetAsync("/papers");
        (await feed.Content.ReadAsStringAsync()).ShouldNotContain("name=\"stamp\"");
    }

    [Fact]
    public async Task What_was_chosen_and_written_is_still_there_when_a_form_is_asked_again()
    {
        await using var site = await Site.OpenAsync(apps);

        var answer = await site.PostAsync("/subscribe", ("email", Ada), ("topics", "reasoning"), ("query", "\"world model\""), ("stamp", "forged"));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        page.ShouldContain("id=\"t-reasoning\" checked");
        page.ShouldContain("value=\"\"world model\"\"");
        (await site.CountMailsAsync(Ada)).ShouldBe(0);
    }

    [Fact]
    public async Task When_an_hours_mails_are_spent_everybody_is_told_when_to_come_back_on_the_web_and_by_the_api()
    {
        await using var site = await Site.OpenAsync(apps, ("Subscribers__SignUpMailsAnHour", "2"));
        site.Clock.Advance(Duration.FromMinutes(15));
        await site.SubscribeAsync(Ada);
        await site.SignUpAsync("second@mail.example");

        foreach (var (path, address) in new[] { ("/subscribe", "third@mail.example"), ("/subscribe", Ada), ("/manage", Ada), ("/manage", "nobody@mail.example") })
        {
            var refused = await site.PostAsync(path, ("email", address));
            refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests, path);
            refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromMinutes(45));
            (await refused.Content.ReadAsStringAsync()).ShouldContain($"value=\"{address}\"");
        }

        using var body = new StringContent("{\"email\":\"third@mail.example\"}", System.Text.Encoding.UTF8, "application/json");
        var api = await site.Browser.PostAsync("/api/v1/subscribe", body);
        (api.StatusCode, api.Headers.RetryAfter!.Delta).ShouldBe((HttpStatusCode.TooManyRequests, (TimeSpan?)TimeSpan.FromMinutes(45)));
        (await site.CountMailsAsync("third@mail.example")).ShouldBe(0);
        site.Clock.Advance(Duration.FromMinutes(45));
        (await site.SignUpAsync("third@mail.example")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    /// <summary>Sends a form that is asked again; the stamp of the new one.</summary>
    private static async Task<string> SendAsync(Site site, string form, string stamp)
    {
        var answer = await site.PostAsync(form, ("email", Ada), ("stamp", stamp));
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var text = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        text.ShouldContain("more than a day old");
        text.ShouldContain($"value=\"{Ada}\"");
        return Stamp().Match(text).Value;
    }

    private static async Task<string> StampOnAsync(Site site, string page)
    {
        using var answer = await site.Browser.GetAsync(page);
        var stamp = Stamp().Match(await answer.Content.ReadAsStringAsync()).Value;
        stamp.ShouldNotBeEmpty(page);
        return stamp;
    }

    [GeneratedRegex("(?<=name=\"stamp\" value=\")[A-Za-z0-9_-]{50}")]
    private static partial Regex Stamp();
}
