using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using DigestService.Platform;
using DigestService.Tests.Admin;
using Microsoft.AspNetCore.Routing;

namespace DigestService.Tests.Journeys;

/// <summary>Ten mistakes on each form of the site: each ends in a sentence beside its field, and nothing that was typed is lost.</summary>
public sealed class TypedMistakesTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";
    private static readonly string[] NoAddresses = ["", " ", "ada", "ada@", "@mail.example", "ada@@mail.example", "a da@mail.example", "ada@mail..example", "ada@-", new string('a', 300) + "@mail.example"];
    private static readonly string[] NoQueries = ["\"open", "(pruning", "pruning)", "OR", "pruning OR", "-pruning", "\"\"", "ti:", "()", new string('q', 1_100)];

    /// <summary>Forms in which something is typed: the route, and what is typed right.</summary>
    private static readonly Dictionary<string, TypedForm> Forms = new(StringComparer.Ordinal)
    {
        ["/subscribe"] = new([("email", Ada), ("query", "pruning")], [.. Each("email", NoAddresses), .. Each("query", NoQueries[..5])]),
        ["/manage"] = new([("email", Ada)], [.. Each("email", NoAddresses)]),
        ["/preferences/{token}"] = new(
            [("form", "all"), ("query", "pruning"), ("query_name", "Mine"), ("muted_words", "hype"), ("zone", "Europe/Berlin"), ("at", "08:15"), ("max", "7"), ("outside_topics", "1")],
            [.. Each("zone", "Mars/Olympus", "UTC+25"), .. Each("at", "25:00", "noon", "8"), .. Each("max", "0", "51", "many", "-1", "1.5"), .. Each("outside_topics", "21", "-1", "some"), .. Each("query", NoQueries[..3])]),
        ["/preferences/{token} words"] = new(
            [("form", "all"), ("query", "pruning"), ("query_name", "Mine"), ("muted_words", "hype"), ("zone", "Europe/Berlin"), ("at", "08:15"), ("max", "7")],
            [.. Each("muted_words", string.Join(',', Enumerable.Range(0, 51)), new('w', 61), "hype,\u0007", string.Join(", ", Enumerable.Range(0, 800))),
                .. Each("authors", "???", "Ada Lovelace\n!!!", string.Join('\n', Enumerable.Range(0, 31).Select(n => $"Author {n}")), "-", "*", "&", "…")]),
        ["/preferences/{token} move"] = new([("action", "move")], [.. Each("new_address", NoAddresses)]),
        ["/preferences/{token} pause"] = new([("action", "pause")], [.. Each("pause_until", "2026-03-04", "2026-03-03", "2027-03-06", "2036-01-01", "soon", "2026-02-30", "2026-13-01", "1", "tomorrow", "2026/03/09")]),
        ["/preferences/{token}/start"] = new([("action", "find")], [.. Each("papers", "", " ", "\t", "\n", "\n\n \t", "\u00a0", "  \n  ", "\r\n", "   ", new string('p', 20_001))]),
        ["/unsubscribe/{token}"] = new([("action", "reason")], [.. Each("reason", "", " ", "\t", "\n", "  \n ", "\u00a0", new string('r', 1_001), new string('r', 2_000), string.Concat(Enumerable.Repeat("too many papers ", 100)), new string('多', 1_001))]),
        ["/admin/topics/{slug}"] = new(
            [("slug", "world-models"), ("name", "World models"), ("group", "Agents"), ("description", "Models of the world."), ("query", "\"world model\"")],
            [.. Each("slug", "", "World", "world models", "wörld", "new", new string('w', 61)), .. Each("name", "", new string('n', 81)), .. Each("group", "", new string('g', 61)), .. Each("description", "", new string('d', 401)), .. Each("query", "", "\"open", "(")]),
        ["/admin/papers/{paper}"] = new(
            [("title", "By hand"), ("abstract", "What it says."), ("authors", "Ada Lovelace"), ("arxiv", ""), ("doi", ""), ("url", "https://paper.example/1"), ("code", ""), ("listed-on", "2026-03-03")],
            [.. Each("title", "", " "), .. Each("arxiv", "no", "20.1"), .. Each("doi", "no"), .. Each("url", "javascript:alert(1)", "paper.example"), .. Each("code", "ftp://code.example"), .. Each("pdf", "paper.pdf", "file:///etc/passwd"), .. Each("project", "nowhere"), .. Each("listed-on", "soon", "2026-02-30", "1-1-1")]),
        ["/admin/suppressions/add"] = new([], [.. Each("which", NoAddresses[2..]), .. Each("which", "0123456789abcdef", "ada at mail.example")]) { Shown = "address" },
        ["/admin/suppressions/lift"] = new([], [.. Each("which", NoAddresses[2..]), .. Each("which", "0123456789abcdef", "ada at mail.example")]) { Shown = "address" },
        ["/admin/keys"] = new(
            [("name", "A lab's script"), ("scope", "operate"), ("days", "30")],
            [.. Each("name", "", " ", new string('n', 61), "two\nlines"), .. Each("days", "0", "-1", "a week", "1.5", "9999", "99999999999", "٣")]),
        ["GET /search"] = new([], [.. Each("q", [.. NoQueries.Where(query => query != "ti:"), "((("])]),
    };

    /// <summary>Fields in which anything may be typed, such as words to look for, a password, and the trap for programs; and the day of the operator's search, which has a test of its own.</summary>
    private static readonly string[] TakesAnything = ["find", "reply", "domain", "password", "website", "query_name", "abstract", "categories", "organization", "comment", "day"];

    /// <summary>Forms of buttons alone, or whose one text may be anything.</summary>
    private static readonly string[] Buttons =
    [
        "/confirm/{token}", "/address/{token}", "/saved/{token}", "/f/{token}/{paper:long}/{kind}", "/feedback/{token}/{kind}", "/preferences/{token}/tomorrow",
        // It answers faults with the same page as saving does.
        "/preferences/{token}/try",
        "/admin/sign-in", "/admin/sign-out", "/admin/hold", "/admin/release", "/admin/retry-failed", "/admin/retry-unknown", "/admin/inbound/read",
        "/admin/outbox/retry", "/admin/outbox/hold", "/admin/outbox/release", "/admin/outbox/stop", "/admin/readers/{id:long}/next",
        "/admin/readers/{id:long}/unsubscribe", "/admin/readers/{id:long}/erase",
        "/admin/papers/{id:long}/hide", "/admin/papers/{id:long}/unhide", "/admin/suppressions/review", "/admin/keys/{id:long}/revoke",
    ];

    [Fact]
    public async Task Every_form_of_the_site_is_among_these()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", OperatorBrowser.Password));

        var posted = site.Routes.Where(route => route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("POST") == true)
            .Select(route => "/" + route.RoutePattern.RawText!.Trim('/'))
            .Where(route => !route.StartsWith("/api/", StringComparison.Ordinal) && !route.StartsWith("/inbound/", StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal);

        posted.Except(Buttons).Except(Forms.Keys.Select(form => form.Split(' ')[0])).ShouldBeEmpty("a new form wants ten mistakes here");
        Forms.Where(form => form.Value.Mistakes.Length < 10).Select(form => form.Key).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_field_in_which_something_is_typed_is_among_these()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", OperatorBrowser.Password));
        var pages = await EveryPage.FillAsync(site);
        using var browser = await OperatorBrowser.SignInAsync(site);

        var typed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in pages.Values.SelectMany(paths => paths).Append("/admin/sign-in"))
        {
            var page = await new HtmlParser().ParseDocumentAsync(await (await browser.GetAsync(new Uri(path, UriKind.Relative))).Content.ReadAsStringAsync());
            typed.UnionWith(page.QuerySelectorAll("form textarea, form input:not([type=hidden], [type=checkbox], [type=radio], [type=submit])").Select(field => field.GetAttribute("name")!));
        }

        typed.Count.ShouldBeGreaterThan(20);
        typed.Except(Forms.Values.SelectMany(form => form.Mistakes.Select(mistake => form.Shown ?? mistake.Field))).Except(TakesAnything)
            .ShouldBeEmpty("a new field wants mistakes here");
    }

    [Fact]
    public async Task A_day_by_which_the_operator_cannot_search_is_told_beside_its_field_and_nothing_is_lost()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", OperatorBrowser.Password));
        using var browser = await OperatorBrowser.SignInAsync(site);
        foreach (var day in new[] { "soon", "2026-02-30", "2026-13-01", "27.2.2026", "1", "today", "2026/02/27", "<b>", "٢٠٢٦-٠٢-٢٧", new('9', 500) })
        {
            var fields = new[] { ("day", day), ("domain", "mail.example"), ("reply", "full") };
            var answer = await browser.GetStringAsync(new Uri($"/admin/outbox?state=failed&day={Uri.EscapeDataString(day)}&domain=mail.example&reply=full", UriKind.Relative));

            Faults(await new HtmlParser().ParseDocumentAsync(answer), "day", "day", fields).ShouldBeEmpty(Shown(day));
        }
    }

    [Fact]
    public async Task Words_by_which_no_topic_is_found_are_told_beside_the_field_and_nothing_is_lost()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);
        string[] odd = ["zebrafish", "\"reasoning", "reasoning zebrafish", "%", "_", "'; --", "<script>", "ти", "\\", new('r', 2_000)];
        foreach (var find in odd)
        {
            var answer = await site.PostAsync(preferences + "/try", ("form", "all"), ("find", find), ("muted_words", "hype"), ("query", "pruning"), ("authors", "Ada Lovelace"));

            answer.StatusCode.ShouldBe(HttpStatusCode.OK, Shown(find));
            var page = await new HtmlParser().ParseDocumentAsync(await answer.Content.ReadAsStringAsync());
            page.GetElementById(page.GetElementById("find")!.GetAttribute("aria-describedby")!)!.TextContent.ShouldNotBeNullOrWhiteSpace(Shown(find));
            foreach (var (name, value) in new[] { ("find", find), ("muted_words", "hype"), ("query", "pruning"), ("authors", "Ada Lovelace") })
                page.QuerySelectorAll($"main [name='{name}']").Select(ValueOf).ShouldContain(value, $"{name} after {Shown(find)}");
        }
    }

    [Fact]
    public async Task Quotation_marks_alone_are_told_to_be_no_name_of_an_author()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync(Ada);

        var answer = await site.PostAsync(preferences, ("form", "all"), ("authors", "\"\""), ("query", "pruning"));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var page = await new HtmlParser().ParseDocumentAsync(await answer.Content.ReadAsStringAsync());
        page.GetElementById("authors")!.GetAttribute("aria-invalid").ShouldBe("true");
    }

    [Fact]
    public async Task Each_of_ten_mistakes_ends_in_a_sentence_beside_the_field_and_nothing_is_lost()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", OperatorBrowser.Password));
        using var browser = await OperatorBrowser.SignInAsync(site);
        var preferences = await site.SubscribeAsync(Ada);
        await site.SubscribeAsync("left@mail.example");
        var left = long.Parse((await site.ColumnAsync("left@mail.example", "id"))!, null);
        var leaving = $"/unsubscribe/{site.Service<LinkSigner>().Sign(LinkPurpose.Unsubscribe, left, 1)}";
        await site.PostAsync(leaving);
        var faults = new List<string>();
        foreach (var (name, form) in Forms)
        {
            var path = name.Split(' ')[^1] is "/search" ? "/search" : name.Split(' ')[0]
                .Replace("/preferences/{token}", preferences, StringComparison.Ordinal)
                .Replace("/unsubscribe/{token}", leaving, StringComparison.Ordinal)
                .Replace("{slug}", "new", StringComparison.Ordinal)
                .Replace("{paper}", "new", StringComparison.Ordinal);
            foreach (var (field, typed) in form.Mistakes)
            {
                (string Name, string Value)[] fields = [.. form.Right.Where(right => right.Name != field), (field, typed)];
                var answer = name.StartsWith("GET", StringComparison.Ordinal)
                    ? await site.Browser.GetAsync($"{path}?q={Uri.EscapeDataString(typed)}")
                    : path.StartsWith("/admin", StringComparison.Ordinal)
                        ? await browser.PostFormAsync("/admin/keys", path, fields)
                        : await site.PostAsync(path, fields);
                if (answer.StatusCode != HttpStatusCode.BadRequest)
                    faults.Add($"{name} {field}={Shown(typed)}: answered {(int)answer.StatusCode}");
                else
                    faults.AddRange(Faults(await new HtmlParser().ParseDocumentAsync(await answer.Content.ReadAsStringAsync()), field, form.Shown ?? field, fields)
                        .Select(fault => $"{name} {field}={Shown(typed)}: {fault}"));
            }
        }

        faults.ShouldBeEmpty();
    }

    private static IEnumerable<string> Faults(IHtmlDocument page, string wrong, string shown, (string Name, string Value)[] fields)
    {
        var control = page.QuerySelectorAll($"main [name='{shown}']").FirstOrDefault(field => field.GetAttribute("aria-invalid") == "true");
        var said = (control?.GetAttribute("aria-describedby") ?? "").Split(' ').Select(page.GetElementById).FirstOrDefault(element => element is not null);
        if (control is null)
            yield return "no field is marked";
        else if (string.IsNullOrWhiteSpace(said?.TextContent))
            yield return "no sentence stands beside the field";
        foreach (var (name, value) in fields.Where(field => field.Name is not ("form" or "action")))
        {
            var held = page.QuerySelectorAll($"main [name='{(name == wrong ? shown : name)}']").Select(ValueOf).ToList();
            if (!held.Contains(value.ReplaceLineEndings("\n").Trim(), StringComparer.Ordinal))
                yield return $"{name} is lost: it holds {string.Join(" | ", held.Select(Shown))}";
        }
    }

    private static string ValueOf(IElement control) => (control switch
    {
        IHtmlInputElement input => input.GetAttribute("value") ?? "",
        IHtmlTextAreaElement area => area.TextContent,
        IHtmlSelectElement select => select.QuerySelector("option[selected]") is { } chosen ? chosen.GetAttribute("value") ?? chosen.TextContent : "",
        _ => "",
    }).ReplaceLineEndings("\n").Trim();

    private static IEnumerable<(string Field, string Typed)> Each(string field, params string[] typed) => typed.Select(text => (field, text));

    private static string Shown(string text) => text.Length > 40 ? text[..40] + "…" : text.ReplaceLineEndings("↵");

    private sealed record TypedForm((string Name, string Value)[] Right, (string Field, string Typed)[] Mistakes)
    {
        /// <summary>The field of the page that shows what was typed, where it is another.</summary>
        public string? Shown { get; init; }
    }
}
