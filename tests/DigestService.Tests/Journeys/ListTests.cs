using System.Net;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Papers;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Subscribers;
using NodaTime;

namespace DigestService.Tests.Journeys;

/// <summary>A lab subscribes its addresses to one digest: each confirms, sees whose it is, and leaves or goes on alone.</summary>
public sealed class ListTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Lead = "lead@lab.example";
    private const string Member = "member@lab.example";

    [Fact]
    public async Task Each_address_of_a_list_confirms_on_its_own_and_gets_the_settings_of_the_first()
    {
        await using var site = await Site.OpenAsync(apps);

        var added = await AddAsync(site, confirmed: false);

        (added.Added, added.Rejected).ShouldBe((2, 0));
        (await site.LatestMailAsync(Member)).ShouldContain("Reasoning");
        await site.PostAsync(await site.LinkInMailAsync(Member, "confirm"));
        (await site.ColumnAsync(Member, "state || ' ' || send_at || ' ' || zone")).ShouldBe("active 08:15:00 Europe/Berlin");
        (await site.ColumnAsync(Lead, "state")).ShouldBe("pending");
        (await ListedAsync(site)).Select(reader => (reader.List, reader.LeadsList, reader.Topics[0])).ShouldBe([("The lab", true, "reasoning"), ("The lab", false, "reasoning")]);
    }

    [Fact]
    public async Task A_members_page_says_whose_digest_it_is_and_who_changes_it_and_changes_nothing_itself()
    {
        await using var site = await Site.OpenAsync(apps);
        await AddAsync(site, confirmed: true);
        var page = await PageOfAsync(site, Member);
        var before = await site.EverythingAsync();

        var shown = WebUtility.HtmlDecode(await site.Browser.GetStringAsync(page));
        var refused = await site.PostAsync(page, ("form", "all"), ("topics", "multi-agent"), ("at", "11:00"));

        shown.ShouldContain("the list “The lab”");
        shown.ShouldContain("l…@lab.example");
        shown.ShouldNotContain(Lead);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("whoever leads it");
        (await site.EverythingAsync()).ShouldBe(before);
        (await site.Browser.GetStringAsync(await PageOfAsync(site, Lead))).ShouldContain("whose digest 2 addresses get");
    }

    [Fact]
    public async Task Who_leads_a_list_of_one_address_is_told_so()
    {
        await using var site = await Site.OpenAsync(apps);
        await AddAsync(site, confirmed: true);
        await site.PostAsync(await PageOfAsync(site, Member), ("action", "alone"));

        (await site.Browser.GetStringAsync(await PageOfAsync(site, Lead))).ShouldContain("whose digest one address gets");
    }

    [Fact]
    public async Task A_member_moves_to_another_address_and_stays_on_the_list_and_sees_no_settings_of_the_leader_when_they_mistype()
    {
        await using var site = await Site.OpenAsync(apps);
        await AddAsync(site, confirmed: true);
        var page = await PageOfAsync(site, Member);

        var mistyped = await site.PostAsync(page, ("action", "move"), ("new_address", "member@"));
        var paused = await site.PostAsync(page, ("action", "pause"), ("pause_until", "soon"));
        (await site.PostAsync(page, ("action", "move"), ("new_address", "member@new.example"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await site.PostAsync(await site.LinkInMailAsync("member@new.example", "address"))).StatusCode.ShouldBe(HttpStatusCode.SeeOther);

        foreach (var answer in new[] { mistyped, paused })
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await answer.Content.ReadAsStringAsync()).ShouldNotContain("id=\"settings\"");
        }

        var form = new AngleSharp.Html.Parser.HtmlParser().ParseDocument(await mistyped.Content.ReadAsStringAsync()).QuerySelector("#new_address")!;
        (form.GetAttribute("value"), form.GetAttribute("aria-invalid"), form.GetAttribute("aria-describedby")).ShouldBe(("member@", "true", "fault-new_address"));
        (await site.ColumnAsync("member@new.example", "(select name from lists where id = list_id)")).ShouldBe("The lab");
    }

    [Fact]
    public async Task What_the_leader_changes_on_the_web_changes_for_the_member()
    {
        await using var site = await Site.OpenAsync(apps);
        await AddAsync(site, confirmed: true);

        (await site.PostAsync(await PageOfAsync(site, Lead), ("at", "10:45"), ("frequency", "weekdays"))).StatusCode.ShouldBe(HttpStatusCode.SeeOther);

        (await site.ColumnAsync(Member, "send_at || ' ' || frequency")).ShouldBe("10:45:00 weekdays");
    }

    [Fact]
    public async Task A_member_goes_on_alone_with_a_copy_of_what_the_list_has()
    {
        await using var site = await Site.OpenAsync(apps);
        await AddAsync(site, confirmed: true);
        var paper = await site.AddPaperAsync("Saved by the lab");
        await site.Service<Feedback>().GiveAsync(long.Parse((await site.ColumnAsync(Lead, "id"))!, null), paper, "save", "web", default);
        var page = await PageOfAsync(site, Member);

        foreach (var _ in (int[])[1, 2])
            (await site.PostAsync(page, ("action", "alone"))).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        await site.PostAsync(page, ("at", "12:00"));
        await site.PostAsync(await PageOfAsync(site, Lead), ("at", "13:00"));

        var shown = await site.Browser.GetStringAsync(page);
        shown.ShouldContain("Saved by the lab");
        (await site.ColumnAsync(Member, "send_at || ' ' || (list_id is null)")).ShouldBe("12:00:00 true");
        (await site.ColumnAsync(Lead, "send_at")).ShouldBe("13:00:00");
        (await ListedAsync(site)).Single(reader => reader.Email == Member).Topics.ShouldBe(["reasoning"]);
    }

    [Fact]
    public async Task What_a_member_likes_counts_for_the_list()
    {
        await using var site = await Site.OpenAsync(apps);
        await AddAsync(site, confirmed: true);
        var paper = await site.AddPaperAsync("Liked by a member");

        await site.Service<Feedback>().GiveAsync(long.Parse((await site.ColumnAsync(Member, "id"))!, null), paper, "like", "mail", default);

        (await site.Browser.GetStringAsync(await PageOfAsync(site, Lead))).ShouldContain("Liked by a member");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_list_saved_comes_back_with_a_hidden_paper_to_who_leads_on_or_goes_on_alone(bool leaderLeaves)
    {
        await using var site = await Site.OpenAsync(apps);
        await AddAsync(site, confirmed: true);
        var (lead, member) = (long.Parse((await site.ColumnAsync(Lead, "id"))!, null), long.Parse((await site.ColumnAsync(Member, "id"))!, null));
        var paper = await site.AddPaperAsync("Saved by the lab");
        await site.Service<Feedback>().GiveAsync(lead, paper, "save", "web", default);
        await site.Service<HiddenPapers>().HideAsync(paper, reason: null, default);

        if (leaderLeaves)
            await site.Service<Subscriptions>().UnsubscribeAsync(lead, saysGoodbye: false, default);
        else
            (await site.Service<SubscriberLists>().GoAloneAsync(member, default)).ShouldBeTrue();
        await site.Service<HiddenPapers>().UnhideAsync(paper, default);

        (await site.Browser.GetStringAsync(await PageOfAsync(site, Member))).ShouldContain("Saved by the lab");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_list_liked_is_liked_once_though_who_leads_on_or_goes_on_alone_has_it_too(bool leaderLeaves)
    {
        await using var site = await Site.OpenAsync(apps);
        await AddAsync(site, confirmed: true);
        var (lead, member) = (long.Parse((await site.ColumnAsync(Lead, "id"))!, null), long.Parse((await site.ColumnAsync(Member, "id"))!, null));
        var paper = await site.AddPaperAsync("Liked by the lab");
        await site.Service<Feedback>().GiveAsync(lead, paper, "like", "web", default);
        if (leaderLeaves)
            await site.Service<Subscriptions>().UnsubscribeAsync(lead, saysGoodbye: false, default);
        else
            (await site.Service<SubscriberLists>().GoAloneAsync(member, default)).ShouldBeTrue();

        (await LikesAsync()).ShouldBe(0);
        site.Clock.Now += Duration.FromMinutes(1);
        await site.SubscribeAsync("else@where.example");
        await site.Service<Feedback>().GiveAsync(long.Parse((await site.ColumnAsync("else@where.example", "id"))!, null), paper, "save", "web", default);
        (await LikesAsync()).ShouldBe(2);

        Task<int> LikesAsync() => site.Service<Database>().QuerySingleOrDefaultAsync<int>(
            $"select likes from ({RelevanceQueries.Likes}) counted", new { papers = new[] { paper }, now = site.Clock.GetCurrentInstant() }, default);
    }

    [Fact]
    public async Task Who_signs_up_anew_after_leaving_a_list_has_a_digest_of_their_own()
    {
        await using var site = await Site.OpenAsync(apps);
        await AddAsync(site, confirmed: true);
        await site.Service<Subscriptions>().UnsubscribeAsync(long.Parse((await site.ColumnAsync(Member, "id"))!, null), saysGoodbye: false, default);

        await site.SubscribeAsync(Member, ("topics", "multi-agent"));

        (await ListedAsync(site)).Single(reader => reader.Email == Member).ShouldSatisfyAllConditions(
            reader => reader.List.ShouldBeNull(), reader => reader.Topics.ShouldBe(["multi-agent"]));
    }

    [Fact]
    public async Task A_file_puts_addresses_on_lists_again_and_again_and_says_what_it_does_not_take()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SubscribeAsync("alone@lab.example");
        const string File = "email,topics,at,list\nlead@lab.example,reasoning,08:15,The lab\nmember@lab.example,,,the LAB\nbold@lab.example,multi-agent,,The lab\nalone@lab.example,,,\n";
        var path = Path.Combine(TestDirectory.Create("lists"), "lab.csv");
        await System.IO.File.WriteAllTextAsync(path, File);

        var first = await site.Service<SubscriberImport>().ImportAsync(path, unconfirmed: false, default);
        var again = await site.Service<SubscriberImport>().ImportAsync(path, unconfirmed: false, default);

        (first.Added, first.Rejected).ShouldBe((2, 1));
        first.Rejections[0].Reason.ShouldBe("The list The lab has its settings from lead@lab.example: name none for another address.");
        (again.Added, again.Updated, again.Unchanged, again.Rejected).ShouldBe((0, 0, 3, 1));
        var elsewhere = await site.Service<SubscriberImport>().AddToListAsync("Another", [Address(Member)], SettingsChange.None, unconfirmed: false, default);
        elsewhere.Rejections.ShouldHaveSingleItem().Reason.ShouldBe("member@lab.example is of the list The lab.");
        var unasked = await site.Service<SubscriberImport>().AddToListAsync("The lab", [Address("alone@lab.example")], SettingsChange.None, unconfirmed: true, default);
        unasked.Rejections.ShouldHaveSingleItem().Reason.ShouldContain("a digest of their own");
        (await site.Service<SubscriberImport>().AddToListAsync("The lab", [Address("alone@lab.example")], SettingsChange.None, unconfirmed: false, default)).Updated.ShouldBe(1);
        (await ListedAsync(site)).Single(reader => reader.Email == "alone@lab.example").List.ShouldBe("The lab");
    }

    [Fact]
    public async Task A_list_is_not_made_without_the_settings_that_a_refused_address_brings()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.SubscribeAsync(Lead);
        await site.Service<Subscriptions>().UnsubscribeAsync(long.Parse((await site.ColumnAsync(Lead, "id"))!, null), saysGoodbye: false, default);

        var added = await AddAsync(site, confirmed: true);

        added.Rejections.Select(rejection => rejection.Line).ShouldBe([1, 2]);
        added.Rejections[1].Reason.ShouldContain("was not made");
        (await site.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from lists", null, default)).ShouldBe(0);
        (await site.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from subscribers where address_key = @key", new { key = Member }, default)).ShouldBe(0);
    }

    private static async Task<ImportResult> AddAsync(Site site, bool confirmed)
    {
        var (change, errors) = new SettingsParser(await site.Service<DigestService.Topics.TopicCatalogue>().ListAsync(default), new DigestOptions())
            .Read(new SettingsForm { Topics = ["reasoning"], Zone = "Europe/Berlin", At = "08:15" });
        errors.ShouldBeEmpty();
        return await site.Service<SubscriberImport>().AddToListAsync("The lab", [Address(Lead), Address(Member)], change, !confirmed, default);
    }

    private static async Task<string> PageOfAsync(Site site, string email) => site.Service<SubscriberLinkOpener>().Path(
        DigestService.Platform.LinkPurpose.Preferences,
        (await site.Database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.FindByAddress, new { addressKey = email }, default)).ShouldNotBeNull());

    private static Task<IReadOnlyList<ListedSubscriber>> ListedAsync(Site site) => ListedSubscriber.FindAsync(
        site.Database, new { state = (string?)null, list = (string?)null, limit = 100, suppressed = Array.Empty<long>() }, default);

    private static EmailAddress Address(string text) => EmailAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text, nameof(text));
}
