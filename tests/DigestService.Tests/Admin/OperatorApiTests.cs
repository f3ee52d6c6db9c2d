using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using DigestService.Admin.Keys;
using DigestService.Delivery;
using DigestService.Tests.Journeys;

namespace DigestService.Tests.Admin;

/// <summary>What the operator's pages do, done by a program with a key.</summary>
public sealed class OperatorApiTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";

    [Fact]
    public async Task The_state_of_the_service_is_told_as_readyz_tells_it()
    {
        await using var site = await OpenAsync();
        await site.SignUpAsync(Ada);

        var state = (await site.Browser.GetFromJsonAsync<JsonObject>("/api/v1/operator/state"))!;

        state["outbox"]!["queued"]!.GetValue<long>().ShouldBe(1);
        state["ready"]!.GetValue<bool>().ShouldBe(await IsReadyAsync(site));
        await site.Service<SendingHold>().HoldAsync("Maintenance", CancellationToken.None);
        state = (await site.Browser.GetFromJsonAsync<JsonObject>("/api/v1/operator/state"))!;
        state["held_because"]!.GetValue<string>().ShouldBe("Maintenance");
        state["reasons"]!.AsArray().Count.ShouldBeGreaterThan(0);
        state["ready"]!.GetValue<bool>().ShouldBe(await IsReadyAsync(site));
    }

    [Fact]
    public async Task All_sending_is_held_and_released()
    {
        await using var site = await OpenAsync();

        (await PostAsync(site, "/api/v1/operator/hold", new { reason = " The relay is moved. " }))["held_because"]!.GetValue<string>().ShouldBe("The relay is moved.");
        (await site.Service<SendingHold>().WhyHeldAsync(CancellationToken.None)).ShouldBe("The relay is moved.");
        (await PostAsync(site, "/api/v1/operator/release"))["held_because"].ShouldBeNull();
        (await site.Browser.PostAsJsonAsync("/api/v1/operator/hold", new { reason = new string('x', 301) })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await PostAsync(site, "/api/v1/operator/hold"))["held_because"]!.GetValue<string>().ShouldBe("The operator asked for it.");
        foreach (var (body, status) in ((string, HttpStatusCode)[])[("", HttpStatusCode.OK), ("{", HttpStatusCode.BadRequest), ("{\"reason\":\"a\\u0000b\"}", HttpStatusCode.BadRequest)])
        {
            using var sent = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            (await site.Browser.PostAsync("/api/v1/operator/hold", sent)).StatusCode.ShouldBe(status, body);
        }
    }

    [Fact]
    public async Task Topics_are_added_and_edited_and_what_is_wrong_is_named_by_its_field()
    {
        await using var site = await OpenAsync();
        var topic = new { slug = "fish", name = "Fish", group = "Animals", description = "Fish.", query = "zebrafish" };

        (await site.Browser.PostAsJsonAsync("/api/v1/operator/topics", topic)).StatusCode.ShouldBe(HttpStatusCode.Created);
        var again = await site.Browser.PostAsJsonAsync("/api/v1/operator/topics", topic);
        var edited = await site.Browser.PutAsJsonAsync("/api/v1/operator/topics/fish", new { query = "zebrafish OR medaka" });
        var wrong = await site.Browser.PutAsJsonAsync("/api/v1/operator/topics/fish", new { query = "\"open" });
        var renamed = await site.Browser.PutAsJsonAsync("/api/v1/operator/topics/fish", new { slug = "birds" });

        (await again.Content.ReadFromJsonAsync<JsonObject>())!["errors"]!.AsObject().Select(field => field.Key).ShouldBe(["slug"]);
        edited.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await wrong.Content.ReadFromJsonAsync<JsonObject>())!["errors"]!.AsObject().Select(field => field.Key).ShouldBe(["query"]);
        renamed.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await site.Browser.PutAsJsonAsync("/api/v1/operator/topics/nothing", new { name = "x" })).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var stored = (await site.Browser.GetFromJsonAsync<JsonObject>("/api/v1/topics/fish"))!["topic"]!;
        stored["name"]!.GetValue<string>().ShouldBe("Fish");
        stored["query"]!.GetValue<string>().ShouldBe("medaka OR zebrafish");
    }

    private static async Task<bool> IsReadyAsync(Site site)
    {
        using var answer = await site.Browser.GetAsync("/readyz");
        return answer.IsSuccessStatusCode;
    }

    [Fact]
    public async Task Mails_are_searched_page_by_page_and_each_is_held_released_and_stopped()
    {
        await using var site = await OpenAsync();
        foreach (var name in (string[])["a", "b", "c"])
            await site.SignUpAsync($"{name}@mail.example");

        var first = (await site.Browser.GetFromJsonAsync<JsonObject>("/api/v1/operator/outbox?state=queued&domain=mail.example&limit=2"))!;
        var rest = (await site.Browser.GetFromJsonAsync<JsonObject>($"/api/v1/operator/outbox?limit=2&before={first["next_before"]!.GetValue<long>()}"))!;
        first["mails"]!.AsArray().Select(mail => mail!["recipient"]!.GetValue<string>()).ShouldBe(["c@mail.example", "b@mail.example"]);
        rest["mails"]!.AsArray().ShouldHaveSingleItem()!["recipient"]!.GetValue<string>().ShouldBe("a@mail.example");
        rest["next_before"].ShouldBeNull();

        var id = rest["mails"]![0]!["id"]!.GetValue<long>();
        (await PostAsync(site, $"/api/v1/operator/outbox/{id}/hold"))["is_held"]!.GetValue<bool>().ShouldBeTrue();
        (await PostAsync(site, $"/api/v1/operator/outbox/{id}/release"))["is_held"]!.GetValue<bool>().ShouldBeFalse();
        (await PostAsync(site, $"/api/v1/operator/outbox/{id}/stop"))["state"]!.GetValue<string>().ShouldNotBe("queued");
        (await site.Browser.PostAsync($"/api/v1/operator/outbox/{id}/hold", null)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await site.Browser.PostAsync("/api/v1/operator/outbox/999999/hold", null)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await site.Browser.GetAsync("/api/v1/operator/outbox?state=lost")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await site.Browser.GetAsync("/api/v1/operator/outbox?day=soon")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Papers_are_added_corrected_hidden_and_put_back()
    {
        await using var site = await OpenAsync();

        var added = await site.Browser.PostAsJsonAsync("/api/v1/operator/papers", new { title = "By hand", authors = (string[])["Ada Lovelace"], listed_on = "2026-03-03" });
        added.StatusCode.ShouldBe(HttpStatusCode.Created);
        var id = (await added.Content.ReadFromJsonAsync<JsonObject>())!["id"]!.GetValue<long>();
        var corrected = await site.Browser.PatchAsJsonAsync($"/api/v1/operator/papers/{id}", new { code = "https://code.example/hand" });
        (await corrected.Content.ReadFromJsonAsync<JsonObject>())!["title"]!.GetValue<string>().ShouldBe("By hand");
        (await site.Browser.PostAsJsonAsync($"/api/v1/operator/papers/{id}/hide", new { reason = "Retracted." })).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await site.Browser.GetAsync($"/api/v1/papers/{id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await site.Browser.GetFromJsonAsync<JsonObject>("/api/v1/operator/papers/hidden"))!["papers"]![0]!["reason"]!.GetValue<string>().ShouldBe("Retracted.");
        (await site.Browser.PostAsync($"/api/v1/operator/papers/{id}/unhide", null)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await site.Browser.GetAsync($"/api/v1/papers/{id}")).StatusCode.ShouldBe(HttpStatusCode.OK);

        foreach (var (body, field) in new (object, string)[] { (new { authors = (string[])["A"] }, "title"), (new { title = "By hand", authors = (string[])["Ada Lovelace"] }, "title"), (new { title = "T", doi = "no" }, "doi"), (new { titel = "T" }, "titel") })
        {
            var refused = await site.Browser.PostAsJsonAsync("/api/v1/operator/papers", body);
            refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            var problem = (await refused.Content.ReadFromJsonAsync<JsonObject>())!;
            problem["errors"]![field].ShouldNotBeNull();
            problem["title"]!.GetValue<string>().ShouldBe("That could not be understood");
        }
    }

    [Fact]
    public async Task A_reader_is_found_by_address_with_what_became_of_each_day()
    {
        await using var site = await OpenAsync();
        await site.SubscribeAsync(Ada);

        var reader = (await site.Browser.GetFromJsonAsync<JsonObject>($"/api/v1/operator/readers?email={Ada}"))!;

        (reader["state"]!.GetValue<string>(), reader["zone"]!.GetValue<string>()).ShouldBe(("active", "UTC"));
        reader["next_due_at"]!.GetValue<string>().ShouldBe("2026-03-04T07:00:00Z");
        var why = (await site.Browser.GetFromJsonAsync<JsonObject>($"/api/v1/operator/readers/{reader["id"]}/digests/2026-03-01"))!;
        why["outcome"]!.GetValue<string>().ShouldBe("none");
        why["reasons"]![0]!.GetValue<string>().ShouldContain("confirmed on 2026-03-04");
        (await site.Browser.GetAsync("/api/v1/operator/readers?email=nobody@mail.example")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await site.Browser.GetAsync("/api/v1/operator/readers?email=nobody")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Addresses_are_barred_listed_page_by_page_and_lifted()
    {
        await using var site = await OpenAsync();
        foreach (var name in (string[])["a", "b", "c"])
        {
            (await PostAsync(site, "/api/v1/operator/suppressions", new { address = $"{name}@mail.example" }))["changed"]!.GetValue<int>().ShouldBe(1);
            site.Clock.Advance(NodaTime.Duration.FromSeconds(1));
        }

        var first = (await site.Browser.GetFromJsonAsync<JsonObject>("/api/v1/operator/suppressions?limit=2"))!;
        var rest = (await site.Browser.GetFromJsonAsync<JsonObject>($"/api/v1/operator/suppressions?older_than={first["next_older_than"]!.GetValue<string>()}"))!;
        first["suppressions"]!.AsArray().Count.ShouldBe(2);
        rest["suppressions"]!.AsArray().ShouldHaveSingleItem()!["reason"]!.GetValue<string>().ShouldBe("operator");
        (await PostAsync(site, "/api/v1/operator/suppressions/lift", new { address = "a@mail.example" }))["changed"]!.GetValue<int>().ShouldBe(1);
        (await site.Browser.PostAsJsonAsync("/api/v1/operator/suppressions", new { address = "nobody" })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Every_route_of_the_operator_is_closed_without_a_key()
    {
        await using var site = await OpenAsync();
        site.Browser.DefaultRequestHeaders.Authorization = null;
        var routes = site.Routes.Where(route => route.RoutePattern.RawText!.TrimStart('/').StartsWith("api/v1/operator/", StringComparison.Ordinal)).ToList();
        routes.Count.ShouldBeGreaterThan(12);

        foreach (var route in routes)
        {
            var method = route.Metadata.GetMetadata<Microsoft.AspNetCore.Routing.HttpMethodMetadata>()!.HttpMethods[0];
            var path = "/" + route.RoutePattern.RawText!.Trim('/').Replace("{id:long}", "1", StringComparison.Ordinal).Replace("{digest_on}", "2026-03-01", StringComparison.Ordinal);
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            (await site.Browser.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, path);
        }
    }

    [Fact]
    public async Task The_description_names_the_key_each_operation_and_an_example_of_each_body()
    {
        await using var site = await OpenAsync();

        var description = (await site.Browser.GetFromJsonAsync<JsonObject>("/openapi/v1.json"))!;

        description["components"]!["securitySchemes"]!["key"]!["scheme"]!.GetValue<string>().ShouldBe("bearer");
        var operations = description["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => (Path: path.Key, Operation: operation.Value!))).ToList();
        operations.Select(found => found.Operation["operationId"]!.GetValue<string>()).ShouldBeUnique();
        foreach (var (path, operation) in operations)
        {
            if (path.Contains("/operator/", StringComparison.Ordinal))
                operation["security"]!.ToJsonString().ShouldBe("[{\"key\":[]}]", path);
            operation["responses"]!["401"].ShouldNotBeNull(path);
            foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
                parameter!["example"].ShouldNotBeNull($"{path} {parameter["name"]}");
            if (operation["requestBody"] is { } body)
                body["content"]!["application/json"]!["example"].ShouldNotBeNull(path);
        }
    }

    private async Task<Site> OpenAsync()
    {
        var site = await Site.OpenAsync(apps);
        var made = await site.Service<ApiKeys>().AddAsync("operates", KeyScope.Operate, null, default);
        site.Browser.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", made.Secret);
        return site;
    }

    private static async Task<JsonObject> PostAsync(Site site, string path, object? body = null)
    {
        var answer = body is null ? await site.Browser.PostAsync(path, null) : await site.Browser.PostAsJsonAsync(path, body);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }
}
