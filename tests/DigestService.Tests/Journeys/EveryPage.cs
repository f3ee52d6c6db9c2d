using System.Text.RegularExpressions;
using DigestService.Admin.Keys;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Journeys;

/// <summary>
/// Every page of a site that has something to show, the operator's too: routes as the endpoint table has them, each with the
/// addresses of its pages.
/// </summary>
internal static partial class EveryPage
{
    /// <summary>Routes for programs, files, redirects, and the mail that stands in a frame of its page.</summary>
    private static readonly string[] NoPages =
    [
        "/feed.atom", "/topics/{slug}/feed.atom", "/search.atom", "/saved/{token}.atom", "/sitemap.xml", "/robots.txt", "/preferences/{token}/data.json", "/preferences/{token}/try", "/preferences/{token}/tomorrow",
        "/subscribe", "/trending", "/paper/{arxivId}", "/paper/{archive}/{number}", "/healthz", "/readyz", "/metrics", "/admin/outbox/{id:long}/html", "/operator.css",
    ];

    private static readonly string[] Files = [".bib", ".ris", ".json", ".css", ".js"];

    /// <summary>The routes of a site that show pages.</summary>
    public static IEnumerable<string> RoutesOf(Site site) => site.Routes
        .Where(route => route.Metadata.GetMetadata<Microsoft.AspNetCore.Routing.HttpMethodMetadata>()?.HttpMethods.Contains("GET") != false)
        .Select(route => "/" + route.RoutePattern.RawText!.Trim('/'))
        .Where(route => !route.StartsWith("/api/", StringComparison.Ordinal) && !route.StartsWith("/openapi/", StringComparison.Ordinal)
            && !Files.Any(ending => route.EndsWith(ending, StringComparison.Ordinal)))
        .Distinct(StringComparer.Ordinal)
        .Except(NoPages);

    /// <summary>Fills a site, and says where its pages are.</summary>
    public static async Task<IReadOnlyDictionary<string, string[]>> FillAsync(Site site)
    {
        var paper = await site.AddPaperAsync("Chain-of-thought reasoning", text: "On chain-of-thought prompting.");
        await site.AddPaperAsync("Another paper on reasoning models", text: "On reasoning models and agents.");
        var unbroken = await site.AddPaperAsync($"Reasoning models in {new string('x', 200)}", text: "On reasoning models.");
        await site.Database.ExecuteAsync("update papers set categories = '{cs.LG,cs.CL}'", null, CancellationToken.None);
        await site.Database.ExecuteAsync(
            "insert into votes values (@paper, '2026-03-01T10:00Z', 2), (@paper, '2026-03-03T01:00Z', 10)", new { paper }, CancellationToken.None);
        await site.Service<TopicMatching>().MatchDueAsync(CancellationToken.None);

        var preferences = await site.SubscribeAsync("ada@mail.example", ("topics", "reasoning"), ("query", "pruning"));
        var id = await IdAsync(site, "ada@mail.example");
        var signer = site.Service<LinkSigner>();
        var feedback = $"/f/{signer.SignShort(LinkPurpose.Feedback, id, 1)}/{paper}";
        await site.PostAsync(feedback + "/save");
        await site.PostAsync(preferences, ("action", "now"));
        await site.Service<DigestTick>().RunAsync(site.Clock.Now, CancellationToken.None);
        var day = await site.Database.QuerySingleOrDefaultAsync<LocalDate>("select digest_on from digests where outcome = 'queued'", null, CancellationToken.None);
        var mail = await site.Database.QuerySingleOrDefaultAsync<long>("select min(id) from deliveries", null, CancellationToken.None);
        // What relays answer has no place to break.
        await site.Database.ExecuteAsync(
            "update deliveries set reply = '550 https://relay.example/' || repeat('x', 200)", null, CancellationToken.None);
        await site.Database.ExecuteAsync(
            "insert into suppressions (address_hash, reason, detail, created_at) values ('\\x01', 'bounced', '550 https://relay.example/' || repeat('x', 200), now())", null, CancellationToken.None);
        await site.PostAsync(preferences, ("action", "move"), ("new_address", "countess@mail.example"));
        await site.SignUpAsync("new@mail.example");
        await site.SubscribeAsync("left@mail.example");
        var left = $"/unsubscribe/{signer.Sign(LinkPurpose.Unsubscribe, await IdAsync(site, "left@mail.example"), 1)}";
        await site.PostAsync(left);
        await site.Service<ApiKeys>().AddAsync("A lab's script", KeyScope.Operate, days: 30, default);
        EmailAddress.TryParse("lead@lab.example", out var lead).ShouldBeTrue();
        EmailAddress.TryParse("member@lab.example", out var follows).ShouldBeTrue();
        await site.Service<SubscriberImport>().AddToListAsync("The lab", [lead, follows], SettingsChange.None, unconfirmed: false, default);
        var member = $"/preferences/{signer.Sign(LinkPurpose.Preferences, await IdAsync(site, "member@lab.example"), 1)}";
        var moving = Link().Match(await site.LatestMailAsync("countess@mail.example")).Groups["path"].Value;

        return new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["/"] = ["/", "/?query=%22open#subscribe"],
            ["/papers"] = ["/papers"],
            ["/papers/{date}"] = ["/papers/2026-03-03"],
            ["/paper/{id:long}"] = [$"/paper/{paper}"],
            ["/category/{category}"] = ["/category/cs.LG"],
            ["/topics"] = ["/topics"],
            ["/topics/{slug}"] = ["/topics/reasoning"],
            ["/trending/{view}"] = ["/trending/week"],
            ["/search"] = ["/search", "/search?q=reasoning", "/search?q=%22open"],
            ["/manage"] = ["/manage"],
            ["/confirm/{token}"] = [await site.LinkInMailAsync("new@mail.example", "confirm")],
            ["/address/{token}"] = [moving],
            ["/preferences/{token}"] = [preferences, member, "/preferences/x"],
            ["/preferences/{token}/start"] = [preferences + "/start"],
            ["/preferences/{token}/learned"] = [preferences + "/learned"],
            ["/preferences/{token}/digests/{date}"] = [$"{preferences}/digests/{day:uuuu-MM-dd}"],
            ["/digests/{token}"] = [$"/digests/{signer.Sign(LinkPurpose.Digest, id, (day.Year * 10_000) + (day.Month * 100) + day.Day, generation: 1)}"],
            ["/f/{token}/{paper:long}/{kind}"] = [feedback + "/like"],
            ["/feedback/{token}/{kind}"] = [$"/feedback/{signer.Sign(LinkPurpose.Feedback, id, paper, generation: 1)}/less"],
            ["/saved/{token}"] = [$"/saved/{signer.Sign(LinkPurpose.Saved, id)}"],
            ["/unsubscribe/{token}"] = [$"/unsubscribe/{signer.Sign(LinkPurpose.Unsubscribe, id, 1)}", left],
            ["/admin"] = ["/admin"],
            ["/admin/outbox"] = ["/admin/outbox", "/admin/outbox?state=failed"],
            ["/admin/outbox/{id:long}"] = [$"/admin/outbox/{mail}"],
            ["/admin/readers"] = ["/admin/readers?q=ada"],
            ["/admin/readers/{id:long}"] = [$"/admin/readers/{id}"],
            ["/admin/readers/{id:long}/digests/{date}"] = [$"/admin/readers/{id}/digests/{day:uuuu-MM-dd}"],
            ["/admin/topics"] = ["/admin/topics"],
            ["/admin/topics/{slug}"] = ["/admin/topics/new", "/admin/topics/reasoning"],
            ["/admin/papers"] = ["/admin/papers", "/admin/papers?q=reasoning"],
            ["/admin/papers/{paper}"] = ["/admin/papers/new", $"/admin/papers/{paper}", $"/admin/papers/{unbroken}"],
            ["/admin/suppressions"] = ["/admin/suppressions", "/admin/suppressions?address=ada@mail.example"],
            ["/admin/keys"] = ["/admin/keys"],
            ["/admin/inbound"] = ["/admin/inbound"],
            ["(no route)"] = ["/nothing", "/admin/nothing"],
        };
    }

    private static async Task<long> IdAsync(Site site, string email) =>
        await site.Database.QuerySingleOrDefaultAsync<long>("select id from subscribers where address_key = @email", new { email }, CancellationToken.None);

    [GeneratedRegex(@"https://digest\.example(?<path>/address/\S+)")]
    private static partial Regex Link();
}
