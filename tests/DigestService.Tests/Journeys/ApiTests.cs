using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DigestService.Topics;

namespace DigestService.Tests.Journeys;

public sealed class ApiTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task A_program_signs_a_reader_up_and_keeps_their_settings()
    {
        await using var site = await Site.OpenAsync(apps);

        var accepted = await site.Browser.PostAsJsonAsync(
            "/api/v1/subscribe", new { email = "ada@mail.example", topics = (string[])["reasoning"], zone = "Europe/Berlin", at = "08:30", max = 5 });
        accepted.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var confirmed = await site.PostAsync(await site.LinkInMailAsync("ada@mail.example", "confirm"));
        var path = "/api/v1" + confirmed.Headers.Location!.OriginalString.Split('?')[0];

        var stored = (await site.Browser.GetFromJsonAsync<JsonObject>(path))!;
        stored["topics"]!.ToJsonString().ShouldBe("[\"reasoning\"]");
        stored["next_due_at"]!.GetValue<string>().ShouldBe("2026-03-04T07:30:00Z");
        var changed = await site.Browser.PutAsJsonAsync(path, new { queries = (string[])["\"world model\""], muted_words = (string[])["survey"] });
        var after = (await changed.Content.ReadFromJsonAsync<JsonObject>())!;
        after["queries"]!.ToJsonString().ShouldBe("[\"\\u0022world model\\u0022\"]");
        after["topics"]!.ToJsonString().ShouldBe("[\"reasoning\"]");
        (after["at"]!.GetValue<string>(), after["max"]!.GetValue<int>()).ShouldBe(("08:30", 5));
        foreach (var wrong in (string[])["{\"paused_until\":\"2026-13-01\"}", "{\"next_due_at\":\"soon\"}", "{\"next_due_at\":5}"])
        {
            using var body = new StringContent(wrong, Encoding.UTF8, "application/json");
            var refused = await site.Browser.PutAsync(path, body);
            refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest, wrong);
            (await refused.Content.ReadAsStringAsync()).ShouldContain($"\"errors\":{{\"{wrong.Split('"')[1]}\":[");
        }
    }

    [Fact]
    public async Task Papers_topics_and_search_are_there_for_programs()
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync("Chain-of-thought reasoning", url: "javascript:alert(1)");
        await site.AddPaperAsync("Something else", upvotes: 99);
        await site.Service<TopicMatching>().MatchDueAsync(CancellationToken.None);

        var day = (await site.Browser.GetFromJsonAsync<JsonObject>("/api/v1/papers?listed_on=2026-03-03&limit=1"))!;
        day["papers"]!.AsArray().ShouldHaveSingleItem()!["title"]!.GetValue<string>().ShouldBe("Something else");
        day["next_offset"]!.GetValue<int>().ShouldBe(1);
        var one = (await site.Browser.GetFromJsonAsync<JsonObject>($"/api/v1/papers/{paper}"))!;
        one["topics"]![0]!["slug"]!.GetValue<string>().ShouldBe("reasoning");
        one["paper"]!["listed_on"]!.GetValue<string>().ShouldBe("2026-03-03");
        one["paper"]!["url"].ShouldBeNull();
        (await site.Browser.GetFromJsonAsync<JsonObject>("/api/v1/topics"))!["topics"]!.AsArray().Count.ShouldBeGreaterThan(50);
        (await site.Browser.GetFromJsonAsync<JsonObject>("/api/v1/topics/reasoning"))!["papers"]!.AsArray().Count.ShouldBe(1);
        (await site.Browser.GetFromJsonAsync<JsonObject>("/api/v1/search?q=%22chain-of-thought%22"))!["total"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task What_is_wrong_is_told_as_problem_details()
    {
        await using var site = await Site.OpenAsync(apps);
        (HttpMethod Method, string Path, string? Body, int Status, string Said)[] wrongs =
        [
            (HttpMethod.Get, "/api/v1/papers?listed_on=soon", null, 400, ""),
            (HttpMethod.Get, "/api/v1/papers?limit=many", null, 400, "limit is missing, or of another kind than it takes."),
            (HttpMethod.Get, "/api/v1/papers?limit=0", null, 400, ""),
            (HttpMethod.Get, "/api/v1/papers?offset=-1", null, 400, ""),
            (HttpMethod.Get, "/api/v1/topics/reasoning?limit=-1", null, 400, ""),
            (HttpMethod.Get, "/api/v1/search?q=fish&limit=0", null, 400, ""),
            (HttpMethod.Get, "/api/v1/trending/day?limit=0", null, 400, ""),
            (HttpMethod.Delete, "/api/v1/papers", null, 405, "This takes GET, HEAD."),
            (HttpMethod.Get, "/api/v1/papers/999", null, 404, ""),
            (HttpMethod.Get, "/api/v1/search?q=%22open", null, 400, ""),
            (HttpMethod.Get, "/api/v1/search", null, 400, "q is missing, or of another kind than it takes."),
            (HttpMethod.Get, "/api/v1/preferences/forged", null, 404, ""),
            (HttpMethod.Get, "/api/v1/nothing", null, 404, ""),
            (HttpMethod.Get, "/api/v1/subscribe", null, 405, "This takes POST."),
            (HttpMethod.Post, "/api/v1/subscribe", "{\"email\":\"nobody\",\"zone\":\"Mars\"}", 400, ""),
            (HttpMethod.Post, "/api/v1/subscribe", "{\"email\":", 400, "The body is not JSON."),
            (HttpMethod.Post, "/api/v1/subscribe", "{\"\\ud800\":1}", 400, "The body is not JSON: the name of a field holds what is no character."),
            (HttpMethod.Post, "/api/v1/subscribe", "{\"email\":\"a@b.example\",\"queries\":[\"\\ud800\"]}", 400, ""),
            (HttpMethod.Post, "/api/v1/unsubscribe/forged", null, 404, ""),
        ];
        foreach (var (method, path, body, status, said) in wrongs)
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null)
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            var answer = await site.Browser.SendAsync(request);
            ((int)answer.StatusCode).ShouldBe(status, path + body);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json", path + body);
            answer.Content.Headers.Allow.Contains("GET").ShouldBe(answer.Content.Headers.Allow.Contains("HEAD"), path);
            var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            problem.GetProperty("status").GetInt32().ShouldBe(status);
            if (said.Length > 0)
                problem.GetProperty("detail").GetString().ShouldBe(said, path);
        }
    }

    [Fact]
    public async Task Every_operation_shows_by_example_what_it_is_asked_and_what_it_answers()
    {
        await using var site = await Site.OpenAsync(apps);

        var description = (await site.Browser.GetFromJsonAsync<JsonObject>("/openapi/v1.json"))!;

        var operations = description["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(operation => operation.Value!).ToList();
        var faults = new List<string>();
        foreach (var operation in operations)
        {
            var name = operation["operationId"]!.GetValue<string>();
            faults.AddRange((operation["parameters"]?.AsArray() ?? []).Where(parameter => parameter!["example"] is null).Select(parameter => $"{name} {parameter!["name"]}"));
            faults.AddRange((operation["requestBody"]?["content"]?.AsObject() ?? []).Where(body => body.Value!["example"] is null).Select(_ => $"{name} request"));
            foreach (var (status, answer) in operation["responses"]!.AsObject())
            {
                var contents = answer!["content"]?.AsObject();
                if (contents is null or { Count: 0 } ? status != "204" : contents.Any(content => content.Value!["example"] is null || content.Value["schema"] is null))
                    faults.Add($"{name} {status}");
            }
        }

        var limits = operations.SelectMany(operation => operation["parameters"]?.AsArray() ?? []).Where(parameter => parameter!["name"]!.GetValue<string>() == "limit").ToList();
        limits.ShouldNotBeEmpty();
        limits.ShouldAllBe(limit => limit!["schema"]!["minimum"]!.ToString() == "1");
        operations.Count.ShouldBeGreaterThan(25);
        faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_description_names_every_status_that_may_come_and_holds_no_code()
    {
        await using var site = await Site.OpenAsync(apps);

        var description = (await site.Browser.GetFromJsonAsync<JsonObject>("/openapi/v1.json"))!;

        foreach (var (path, methods) in description["paths"]!.AsObject())
        {
            foreach (var (method, operation) in methods!.AsObject())
            {
                var statuses = operation!["responses"]!.AsObject().Select(answer => answer.Key).ToList();
                statuses.ShouldContain("503", path);
                foreach (var status in (string[])["413", "415"])
                    statuses.Contains(status, StringComparer.Ordinal).ShouldBe(operation["requestBody"] is not null, $"{method} {path} {status}");
                operation["summary"]!.GetValue<string>().ShouldNotContain("StatusCodes");
            }
        }

        description["paths"]!["/api/v1/preferences/{token}"]!["put"]!["responses"]!.AsObject().ContainsKey("409").ShouldBeTrue();
    }

    [Fact]
    public async Task The_description_names_every_route_and_nothing_but_the_api()
    {
        await using var site = await Site.OpenAsync(apps);

        var description = (await site.Browser.GetFromJsonAsync<JsonObject>("/openapi/v1.json"))!;

        var paths = description["paths"]!.AsObject().Select(path => path.Key).ToList();
        var routes = site.Routes.Select(route => "/" + route.RoutePattern.RawText!.Trim('/'))
            .Where(route => route.StartsWith("/api/", StringComparison.Ordinal))
            .Select(route => route.Replace(":long", "", StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal);
        paths.Order(StringComparer.Ordinal).ShouldBe(routes.Order(StringComparer.Ordinal));
        description["servers"]![0]!["url"]!.GetValue<string>().ShouldBe("https://digest.example");
        description["components"]!["schemas"]!["ApiPaper"]!["properties"]!["listed_on"]!["format"]!.GetValue<string>().ShouldBe("date");
    }
}
