using System.Net;
using DigestService.Platform;
using DigestService.Subscribers.Pages.Words;

namespace DigestService.Tests.Journeys;

/// <summary>What readers who have left meet behind the links they still have, and who comes back to a page that a form had shown.</summary>
public sealed class LeftReaderTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";

    [Theory]
    [InlineData("start", true)]
    [InlineData("learned", false)]
    [InlineData("try", true)]
    [InlineData("tomorrow", true)]
    public async Task Each_page_below_the_preferences_leads_to_the_one_that_says_they_have_left(string page, bool isForm)
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada, ("topics", "reasoning"));
        await site.PostAsync(await UnsubscribeLinkAsync(site));

        var shown = await site.Browser.GetAsync(new Uri($"{path}/{page}", UriKind.Relative));
        var sent = isForm ? await site.PostAsync($"{path}/{page}", ("form", "all"), ("max", "3"), ("papers", "2401.00001")) : shown;

        foreach (var answer in (HttpResponseMessage[])[shown, sent])
            (answer.Headers.Location?.OriginalString).ShouldBe(path, $"{(int)answer.StatusCode}");
        (await site.Browser.GetStringAsync(path)).ShouldContain(ReaderWords.Of("en").LeftTitle);
        (await site.ColumnAsync(Ada, "max_items")).ShouldBe("10");
    }

    [Theory]
    [InlineData("try")]
    [InlineData("tomorrow")]
    public async Task A_page_that_a_form_had_shown_and_is_asked_for_again_is_the_preferences(string page)
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada);

        ((await site.Browser.GetAsync(new Uri($"{path}/{page}", UriKind.Relative))).Headers.Location?.OriginalString).ShouldBe(path);
        (await site.Browser.GetAsync(new Uri($"/preferences/x/{page}", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("like")]
    [InlineData("less")]
    public async Task A_verdict_of_somebody_who_has_left_promises_no_digest(string kind)
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync("Chain-of-thought reasoning");
        await site.SubscribeAsync(Ada);
        var id = long.Parse((await site.ColumnAsync(Ada, "id"))!, null);
        var link = $"/f/{site.Service<LinkSigner>().SignShort(LinkPurpose.Feedback, id, 1)}/{paper}/{kind}";
        var before = await site.Browser.GetStringAsync(link);
        await site.PostAsync(await UnsubscribeLinkAsync(site));

        var asked = await site.Browser.GetStringAsync(link);
        var given = await (await site.PostAsync(link)).Content.ReadAsStringAsync();

        before.ShouldContain("next digests");
        foreach (var page in (string[])[asked, given])
        {
            page.ShouldNotContain("next digests");
            page.ShouldContain(ReaderWords.Of("en").NotSubscribedLead);
        }
    }

    private static async Task<string> UnsubscribeLinkAsync(Site site) =>
        $"/unsubscribe/{site.Service<LinkSigner>().Sign(LinkPurpose.Unsubscribe, long.Parse((await site.ColumnAsync(Ada, "id"))!, null), 1)}";
}
