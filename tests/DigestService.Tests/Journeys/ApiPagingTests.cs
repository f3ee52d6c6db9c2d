using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Journeys;

/// <summary>Lists of papers for programs, read part by part while papers are added.</summary>
public sealed class ApiPagingTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Theory]
    [InlineData("/api/v1/papers?limit=2")]
    [InlineData("/api/v1/papers?listed_on=2026-03-03&limit=2")]
    [InlineData("/api/v1/topics/reasoning?limit=2")]
    [InlineData("/api/v1/search?q=%22reasoning%22&limit=2")]
    public async Task A_list_read_part_by_part_holds_each_paper_once_while_others_are_added(string path)
    {
        await using var site = await Site.OpenAsync(apps);
        for (var number = 0; number < 7; number++)
            await site.AddPaperAsync($"Chain-of-thought reasoning, part {number}", upvotes: number / 3 * 10, text: "On chain-of-thought prompting.");
        await site.Service<TopicMatching>().MatchDueAsync(CancellationToken.None);
        var wanted = await site.Database.QueryAsync<long>("select id from papers", null, CancellationToken.None);

        var read = new List<long>();
        for (string? after = null, next = ""; next is not null; after = next)
        {
            var page = (await site.Browser.GetFromJsonAsync<JsonObject>(path + (after is null ? "" : $"&after={after}")))!;
            read.AddRange(page["papers"]!.AsArray().Select(paper => paper!["id"]!.GetValue<long>()));
            next = page["next_after"]?.GetValue<string>();
            // It is the best and the newest of all, and would move every other one place on.
            await site.AddPaperAsync($"Reasoning about reasoning {read.Count}", upvotes: 1_000, text: "Reasoning.");
            await site.Service<TopicMatching>().MatchDueAsync(CancellationToken.None);
        }

        read.ShouldBeUnique();
        wanted.Except(read).ShouldBeEmpty();
    }

    [Fact]
    public async Task Papers_of_equal_upvotes_come_in_the_order_of_the_listing()
    {
        await using var site = await Site.OpenAsync(apps);
        var (first, second, third) = (await site.AddPaperAsync("Third listed"), await site.AddPaperAsync("First listed"), await site.AddPaperAsync("Second listed"));
        await site.Database.ExecuteAsync(
            """
            with made as (insert into listings (source, listed_on, imported_at) values ('test', '2026-03-03', now()) returning id)
            insert into listing_entries (listing_id, position, paper_id)
            select made.id, listed.position, listed.paper from made, unnest(@papers) with ordinality as listed (paper, position)
            """,
            new { papers = new[] { second, third, first } },
            CancellationToken.None);

        var read = new List<long>();
        for (string? after = null, next = ""; next is not null; after = next)
        {
            var page = (await site.Browser.GetFromJsonAsync<JsonObject>("/api/v1/papers?listed_on=2026-03-03&limit=1" + (after is null ? "" : $"&after={after}")))!;
            read.AddRange(page["papers"]!.AsArray().Select(paper => paper!["id"]!.GetValue<long>()));
            next = page["next_after"]?.GetValue<string>();
        }

        read.ShouldBe([second, third, first]);
    }

    [Fact]
    public async Task A_search_goes_on_behind_its_last_paper_wherever_that_stands_after_others_were_added()
    {
        await using var site = await Site.OpenAsync(apps);
        for (var number = 0; number < 7; number++)
            await site.AddPaperAsync($"Reasoning, part {number}", text: "On the reasoning of models.");
        var first = (await site.Browser.GetFromJsonAsync<JsonObject>("/api/v1/search?q=reasoning&limit=2"))!;
        await site.AddPaperAsync("Reasoning about reasoning", text: "Reasoning.");

        var next = (await site.Browser.GetFromJsonAsync<JsonObject>($"/api/v1/search?q=reasoning&limit=3&after={first["next_after"]}"))!;

        var ranked = (await site.Browser.GetFromJsonAsync<JsonObject>("/api/v1/search?q=reasoning&limit=200"))!["papers"]!.AsArray().Select(Id).ToList();
        next["papers"]!.AsArray().Select(Id).ShouldBe(ranked.Skip(ranked.IndexOf(Id(first["papers"]![1])) + 1).Take(3));

        static long Id(JsonNode? paper) => paper!["id"]!.GetValue<long>();
    }

    [Fact]
    public async Task A_search_goes_on_where_it_was_after_its_last_paper_is_gone()
    {
        await using var site = await Site.OpenAsync(apps);
        for (var number = 0; number < 4; number++)
            await site.AddPaperAsync($"Reasoning {number}");
        var first = (await site.Browser.GetFromJsonAsync<JsonObject>("/api/v1/search?q=%22reasoning%22&limit=2"))!;
        var last = first["papers"]![1]!["id"]!.GetValue<long>();
        await site.Database.ExecuteAsync("delete from papers where id = @last", new { last }, CancellationToken.None);
        await site.AddPaperAsync("A paper that has nothing to do with it");

        var second = await site.Browser.GetFromJsonAsync<JsonObject>($"/api/v1/search?q=%22reasoning%22&limit=2&after={first["next_after"]}");

        second!["total"]!.GetValue<int>().ShouldBe(3);
        second["papers"]!.AsArray().Count.ShouldBe(2);
        second["next_after"].ShouldBeNull();
    }

    [Fact]
    public async Task A_program_that_counts_by_offset_reads_the_list_as_before()
    {
        await using var site = await Site.OpenAsync(apps);
        for (var number = 0; number < 3; number++)
            await site.AddPaperAsync($"Paper {number}");

        var first = (await site.Browser.GetFromJsonAsync<JsonObject>("/api/v1/papers?limit=2"))!;
        var second = (await site.Browser.GetFromJsonAsync<JsonObject>($"/api/v1/papers?limit=2&offset={first["next_offset"]}"))!;

        first["papers"]!.AsArray().Concat(second["papers"]!.AsArray()).Select(paper => paper!["id"]!.GetValue<long>()).Distinct().Count().ShouldBe(3);
        second["next_offset"].ShouldBeNull();
    }

    [Fact]
    public async Task A_place_that_no_answer_named_is_told_in_a_sentence()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("Reasoning", upvotes: 3);
        string[] odd =
        [
            "", "x", "20260303", "20260303-3-0", "20260303-3-0-1-1", "20261303-3-0-1", "20260303--3-0-1", "20260303-3-0-99999999999999999999", "20260303-9999999999-0-1",
            "٢٠٢٦٠٣٠٣-3-0-1", "20260303-3-0-1' or true", "20260303-3-0-+1", "20260303-3-0-0x1", new('9', 5_000), new('-', 5_000), "00000101-0-0-0", "00000101-3-0-1",
        ];
        foreach (var path in new[] { "/api/v1/papers?", "/api/v1/papers?listed_on=2026-03-03&", "/api/v1/topics/reasoning?", "/api/v1/search?q=reasoning&" })
        {
            foreach (var after in odd)
            {
                using var answer = await site.Browser.GetAsync(new Uri($"{path}after={Uri.EscapeDataString(after)}", UriKind.Relative));
                answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest, path + after);
                answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json", path + after);
                (await answer.Content.ReadFromJsonAsync<JsonObject>())!["detail"]!.GetValue<string>().ShouldBe("after is a place that an answer named as next_after.");
            }

            using var both = await site.Browser.GetAsync(new Uri($"{path}after=20260303-3-0-1&offset=1", UriKind.Relative));
            both.StatusCode.ShouldBe(HttpStatusCode.BadRequest, path);
            // Far ends of what a place may hold are places as well.
            foreach (var after in new[] { "99991231-2147483647-2147483647-9223372036854775807", "00010101-0-0-0" })
                (await site.Browser.GetAsync(new Uri($"{path}after={after}", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK, path + after);
        }
    }

    [Fact]
    public async Task No_place_shows_what_is_listed_for_tomorrow()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.AddPaperAsync("Listed for tomorrow", new LocalDate(2026, 3, 5));

        foreach (var after in new[] { "20260306-2147483647-0-0", "20260305-99-0-0" })
        {
            var page = await site.Browser.GetFromJsonAsync<JsonObject>($"/api/v1/papers?after={after}");
            page!["papers"]!.AsArray().ShouldBeEmpty();
        }
    }
}
