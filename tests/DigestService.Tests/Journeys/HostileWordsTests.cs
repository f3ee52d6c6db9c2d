using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using DigestService.Admin.Keys;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Tests.Admin;

namespace DigestService.Tests.Journeys;

/// <summary>Titles, names, categories and queries that try to be markup: on every page they are text.</summary>
public sealed class HostileWordsTests(AppFixture apps, ChromiumFixture chromium) : IClassFixture<AppFixture>, IClassFixture<ChromiumFixture>
{
    private const string Ada = "ada@mail.example";

    private static readonly string[] Payloads =
    [
        "<script>alert(1)</script>", "\"><script>alert(1)</script>", "'><img src=x onerror=alert(1)>", "</title><script>alert(1)</script>",
        "</textarea><script>alert(1)</script>", "</option></select><svg onload=alert(1)>", "<svg/onload=alert(1)>", "javascript:alert(1)",
        "\" onmouseover=\"alert(1)", "' onfocus='alert(1)' autofocus='", "<iframe srcdoc='<script>alert(1)</script>'>", "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<!--<script>alert(1)//-->", "]]><script>alert(1)</script>", "<a href=\"javascript:alert(1)\">x</a>", "<base href=//evil.example>",
        "<meta http-equiv=refresh content='0;url=//evil.example'>", "<form action=//evil.example><button>", "<style>*{display:none}</style>", "\u202E<b>reversed",
        "<math><mtext></mtext><script>alert(1)</script>", "{{7*7}}", "${7*7}", "<link rel=stylesheet href=//evil.example>", "@(7*7)",
    ];

    [Fact]
    public async Task No_word_from_outside_becomes_markup_on_any_page()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", "correct horse"));
        var papers = new List<long>();
        foreach (var payload in Payloads)
        {
            var paper = await site.AddPaperAsync(payload + " model", text: payload + " Then text.", url: payload);
            papers.Add(paper);
            await site.Database.ExecuteAsync(
                """
                update papers
                set authors = array[@payload], categories = array[@payload], organization = @payload, comment = @payload, in_short = @payload,
                    keywords = array[@payload], code_url = @payload, project_url = @payload, pdf_url = @payload, doi = @payload
                where id = @paper
                """,
                new { payload, paper },
                CancellationToken.None);
        }

        var preferences = await site.SubscribeAsync(Ada);
        await site.PostAsync(preferences, ("form", "all"), ("query", "\"<script>alert(1)</script>\""), ("query_name", Payloads[1]), ("authors", Payloads[2]), ("muted_words", Payloads[4]));
        var id = long.Parse((await site.ColumnAsync(Ada, "id"))!, null);
        var signer = site.Service<LinkSigner>();
        var token = signer.SignShort(LinkPurpose.Feedback, id, 1);
        foreach (var paper in papers)
            await site.PostAsync($"/f/{token}/{paper}/save");

        string[] paths =
        [
            "/", "/papers", "/papers/2026-03-03", "/trending/week", $"/saved/{signer.Sign(LinkPurpose.Saved, id)}", preferences, $"/f/{token}/{papers[0]}/like",
            .. papers.Select(paper => $"/paper/{paper}"),
            .. Payloads.Select(payload => "/search?q=" + Uri.EscapeDataString(payload)),
            .. Payloads.Select(payload => "/category/" + Uri.EscapeDataString(payload)),
            .. Payloads.Select(payload => "/?query=" + Uri.EscapeDataString(payload) + "&topics=" + Uri.EscapeDataString(payload)),
            .. Payloads.Select(payload => "/preferences/" + Uri.EscapeDataString(payload)),
        ];
        var faults = new List<string>();
        foreach (var path in paths)
            faults.AddRange(await FaultsAsync(path, await site.Browser.GetAsync(path)));
        foreach (var payload in Payloads)
        {
            (string, string)[] typed = [("form", "all"), ("query", payload), ("query_name", payload), ("authors", payload), ("muted_words", payload), ("zone", payload), ("at", payload), ("max", payload), ("topics", payload), ("language", payload), ("new_address", payload), ("email", payload)];
            foreach (var path in new[] { preferences, preferences + "/try", "/subscribe", "/manage" })
                faults.AddRange(await FaultsAsync($"POST {path} {payload}", await site.PostAsync(path, typed)));
            faults.AddRange(await FaultsAsync($"POST move {payload}", await site.PostAsync(preferences, ("action", "move"), ("new_address", payload))));
        }

        faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_thousand_hostile_titles_names_and_queries_are_text_on_every_list_and_run_no_script_in_a_browser()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", OperatorBrowser.Password));
        string[] before = ["", " ", "x", "\"", "'", "</p>", "</a>", "</h2>", "-->", "\\\"", "%22", "&quot;", "\t", "</li></ol>", "=", "`", "\uFF1C", "\u0085", "</SCRIPT>", "</main>"];
        string[] after = ["", "\" x=\""];
        string[] hostile = [.. before.SelectMany(_ => after, (start, end) => (start, end)).SelectMany(_ => Payloads, (around, payload) => around.start + payload + around.end)];
        await site.Database.ExecuteAsync(
            """
            insert into papers (title, original_title, abstract, authors, categories, organization, comment, in_short, url, upvotes, first_listed_on, created_at, updated_at)
            select text, text, text, array[text], '{cs.LG}', text, text, text, text, 3, '2026-03-03', now(), now()
            from unnest(@hostile) as made (text)
            """,
            new { hostile },
            CancellationToken.None);
        hostile.Distinct(StringComparer.Ordinal).Count().ShouldBe(1_000);
        using var browser = await OperatorBrowser.SignInAsync(site);
        string[] lists =
        [
            "/", "/feed.atom", "/sitemap.xml", "/trending/day", "/trending/week",
            .. Enumerable.Range(1, 20).SelectMany(page => new[] { $"/papers/2026-03-03?page={page}", $"/category/cs.LG?page={page}" }),
            .. Enumerable.Range(1, 3).Select(page => $"/search?q=cat:cs.LG&page={page}"), "/admin/papers?q=cat:cs.LG", "/admin/papers/7",
        ];

        var faults = new List<string>();
        foreach (var list in lists)
            faults.AddRange(await FaultsAsync(list, await browser.GetAsync(list)));
        // Each answer is a whole form.
        foreach (var text in hostile.Where((_, place) => Full.IsAsked || place % 5 == 0))
            faults.AddRange(await FaultsAsync($"a sign-up with {text}", await site.PostAsync("/subscribe", ("email", text), ("query", text), ("papers", text), ("topics", text))));
        faults.ShouldBeEmpty();

        await using var context = await chromium.Browser.NewContextAsync(new Microsoft.Playwright.BrowserNewContextOptions { BaseURL = site.Browser.BaseAddress!.ToString() });
        var page = await context.NewPageAsync();
        var ran = new List<string>();
        page.Dialog += (_, dialog) =>
        {
            ran.Add(dialog.Message);
            _ = dialog.DismissAsync();
        };
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                ran.Add(message.Text);
        };
        foreach (var list in lists.Where(list => list.StartsWith("/papers/", StringComparison.Ordinal)))
            await page.GotoAsync(list);
        ran.ShouldBeEmpty();
    }

    [Fact]
    public async Task No_name_of_a_list_or_a_key_becomes_markup_on_any_page()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", OperatorBrowser.Password));
        using var browser = await OperatorBrowser.SignInAsync(site);
        var faults = new List<string>();
        for (var i = 0; i < Payloads.Length; i++)
        {
            var payload = Payloads[i].Length > 60 ? Payloads[i][..60] : Payloads[i];
            EmailAddress[] addresses = [Address($"lead{i}@mail.example"), Address($"member{i}@mail.example")];
            (await site.Service<SubscriberImport>().AddToListAsync(payload, addresses, SettingsChange.None, unconfirmed: false, default)).Rejections.ShouldBeEmpty();
            foreach (var address in addresses)
            {
                var reader = (await site.Database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.FindByAddress, new { addressKey = address.Key }, default)).ShouldNotBeNull();
                var page = site.Service<SubscriberLinkOpener>().Path(LinkPurpose.Preferences, reader);
                faults.AddRange(await FaultsAsync($"{page} {payload}", await site.Browser.GetAsync(page)));
                faults.AddRange(await FaultsAsync($"POST {page} {payload}", await site.PostAsync(page, ("form", "all"), ("zone", payload))));
                faults.AddRange(await FaultsAsync($"/admin/readers/{reader.Id} {payload}", await browser.GetAsync($"/admin/readers/{reader.Id}")));
            }

            await site.Service<ApiKeys>().AddAsync(payload, KeyScope.Read, null, default);
            faults.AddRange(await FaultsAsync($"POST /admin/keys {payload}", await browser.PostFormAsync("/admin/keys", "/admin/keys", ("name", payload + new string('x', 60)), ("scope", payload), ("days", payload))));
            faults.AddRange(await FaultsAsync($"POST /admin/keys made {payload}", await browser.PostFormAsync("/admin/keys", "/admin/keys", ("name", payload), ("days", "3"))));
            foreach (var path in new[] { "/subscribe", "/manage" })
                faults.AddRange(await FaultsAsync($"POST {path} {payload}", await site.PostAsync(path, ("email", payload), ("stamp", payload))));
        }

        faults.AddRange(await FaultsAsync("/admin/keys", await browser.GetAsync("/admin/keys")));
        faults.ShouldBeEmpty();
    }

    private static EmailAddress Address(string text) => EmailAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text, nameof(text));

    private static async Task<IReadOnlyList<string>> FaultsAsync(string path, HttpResponseMessage answer)
    {
        if (answer.Content.Headers.ContentType?.MediaType is not "text/html")
            return [];
        ((int)answer.StatusCode).ShouldBeLessThan(500, path);
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain(path.Contains("/admin", StringComparison.Ordinal) ? "default-src 'none'" : "script-src 'self'");
        var page = await new HtmlParser().ParseDocumentAsync(await answer.Content.ReadAsStringAsync());
        return [.. page.All.SelectMany(Faults).Select(fault => $"{path}: {fault}")];
    }

    private static IEnumerable<string> Faults(IElement element)
    {
        if (element.LocalName is "script" && (element.GetAttribute("src")?.StartsWith("/assets/", StringComparison.Ordinal) != true || element.TextContent.Length > 0))
            yield return element.OuterHtml;
        if (element.LocalName is "iframe" or "base" or "style" or "object" or "embed" or "math" or "img" || (element.LocalName is "meta" && element.HasAttribute("http-equiv")))
            yield return element.OuterHtml;
        if (element.LocalName is "link" && element.GetAttribute("href") is { } sheet && element.GetAttribute("rel") == "stylesheet" && !sheet.StartsWith("/assets/", StringComparison.Ordinal) && sheet is not "/operator.css")
            yield return element.OuterHtml;
        foreach (var attribute in element.Attributes)
        {
            if (attribute.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase) || attribute.Name is "srcdoc" or "style")
                yield return element.OuterHtml;
            if (attribute.Name is "href" or "src" or "action" or "formaction" && attribute.Value.TrimStart().StartsWith("javascript:", StringComparison.OrdinalIgnoreCase))
                yield return element.OuterHtml;
        }
    }
}
