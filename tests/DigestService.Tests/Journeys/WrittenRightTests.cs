using System.Text.Json;
using System.Text.Json.Nodes;
using DigestService.Admin.Keys;
using DigestService.Platform;
using DigestService.Tests.Admin;

namespace DigestService.Tests.Journeys;

/// <summary>What other people's tools say of the pages' HTML and of the description of the API; they come from npm, and are skipped where it cannot bring them.</summary>
public sealed class WrittenRightTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private static readonly NpmPackage HtmlValidate = new("html-validate", "10.17.0");
    private static readonly NpmPackage Redocly = new("@redocly/cli", "2.77.0");

    // What is left out is style: how a void element is closed, that a button says it submits, names that several boxes share.
    private const string Rules = """
        {"root": true, "extends": ["html-validate:recommended"], "rules": {
            "void-style": "off", "no-implicit-button-type": "off", "no-implicit-input-type": "off", "no-trailing-whitespace": "off", "long-title": "off",
            "prefer-tbody": "off", "aria-label-misuse": "off", "form-dup-name": ["error", {"shared": ["radio", "checkbox", "button", "reset", "submit"], "allowArrayBrackets": true}]}}
        """;

    // A list of queries, each with its name, is sent under two names.
    private static readonly string[] SentAsLists = ["query", "query_name", "topics"];

    [Fact]
    public async Task Html_validate_finds_nothing_but_style_on_any_page()
    {
        await HtmlValidate.FolderAsync();
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", OperatorBrowser.Password));
        var paper = await site.AddPaperAsync("Chain-of-thought \"reasoning\" & more", text: "On chain-of-thought prompting.", url: "https://papers.example/?a=1&b=2");
        await site.Database.ExecuteAsync("update papers set categories = '{cs.LG}'", null, CancellationToken.None);
        await site.Database.ExecuteAsync("insert into votes values (@paper, '2026-03-01T10:00Z', 2), (@paper, '2026-03-03T01:00Z', 10)", new { paper }, CancellationToken.None);
        var preferences = await site.SubscribeAsync("ada@mail.example", ("topics", "reasoning"), ("query", "pruning"));
        var id = long.Parse((await site.ColumnAsync("ada@mail.example", "id"))!, null);
        var signer = site.Service<LinkSigner>();
        var feedback = $"/f/{signer.SignShort(LinkPurpose.Feedback, id, 1)}/{paper}/save";
        var done = await site.PostAsync(feedback);
        await site.Service<ApiKeys>().AddAsync("A lab's script", KeyScope.Operate, days: 30, default);
        using var browser = await OperatorBrowser.SignInAsync(site);
        var pages = new Dictionary<string, HttpResponseMessage>(StringComparer.Ordinal) { ["after saving"] = done };
        foreach (var path in (string[])
        [
            "/", "/papers", "/papers/2026-03-03", $"/paper/{paper}", "/category/cs.LG", "/topics", "/topics/reasoning", "/trending/week", "/search", "/search?q=reasoning", "/search?q=%22open",
            "/manage", "/nothing", "/preferences/x", preferences, preferences + "/start", preferences + "/learned", $"/saved/{signer.Sign(LinkPurpose.Saved, id)}", feedback,
            $"/unsubscribe/{signer.Sign(LinkPurpose.Unsubscribe, id, 1)}", "/admin", "/admin/outbox", "/admin/outbox/1", "/admin/readers?q=ada", $"/admin/readers/{id}",
            $"/admin/readers/{id}/digests/2026-03-03", "/admin/suppressions", "/admin/keys", "/admin/papers?q=reasoning", "/admin/papers/new", $"/admin/papers/{paper}", "/admin/topics",
            "/admin/topics/new", "/admin/topics/reasoning", "/admin/inbound",
        ])
            pages[path] = await browser.GetAsync(path);
        pages["typed wrong"] = await site.PostAsync("/subscribe", ("email", "no"), ("query", "\"open"), ("topics", "reasoning"));
        pages["settings typed wrong"] = await site.PostAsync(preferences, ("form", "all"), ("query", "\"open"), ("at", "25:00"), ("max", "none"), ("authors", "?"));
        pages["tried"] = await site.PostAsync(preferences + "/try", ("form", "all"), ("query", "reasoning"), ("topics", "reasoning"), ("find", "video"));
        pages["signed out"] = await site.Browser.GetAsync("/admin");

        var folder = TestDirectory.Create("html");
        await File.WriteAllTextAsync(Path.Combine(folder, ".htmlvalidate.json"), Rules);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (path, answer) in pages)
        {
            var file = Path.Combine(folder, $"{names.Count}.html");
            names[file] = path;
            await File.WriteAllTextAsync(file, await answer.Content.ReadAsStringAsync());
        }

        // Into a file: it ends before a pipe has taken all it says.
        var report = Path.Combine(folder, "report.json");
        await HtmlValidate.RunAsync("bin/html-validate.mjs", ["-f", $"json={report}", .. names.Keys]);
        var said = JsonNode.Parse(await File.ReadAllTextAsync(report))!.AsArray();

        said.SelectMany(page => page!["messages"]!.AsArray().Select(message => (Page: names[page["filePath"]!.GetValue<string>()], Message: message!)))
            .Where(fault => !SentAsLists.Any(name => fault.Message["message"]!.GetValue<string>() == $"Duplicate form control name \"{name}\""))
            .Select(fault => $"{fault.Page}: {fault.Message["ruleId"]}: {fault.Message["message"]}")
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task Redocly_finds_nothing_in_the_description_of_the_api()
    {
        await Redocly.FolderAsync();
        await using var site = await Site.OpenAsync(apps);
        var file = Path.Combine(TestDirectory.Create("openapi"), "openapi.json");
        await File.WriteAllTextAsync(file, await site.Browser.GetStringAsync("/openapi/v1.json"));

        var said = await Redocly.RunAsync("bin/cli.js", "lint", file, "--format=json");

        var found = JsonDocument.Parse(said[said.IndexOf('{', StringComparison.Ordinal)..(said.LastIndexOf('}') + 1)]).RootElement;
        found.GetProperty("problems").EnumerateArray().Select(problem => $"{problem.GetProperty("ruleId")}: {problem.GetProperty("message")}: {problem.GetProperty("location")[0].GetProperty("pointer")}")
            .ShouldBeEmpty();
    }
}
