using System.Globalization;
using DigestService.Sources;
using DigestService.Tests.Shared;
using Microsoft.AspNetCore.Http;
using NodaTime;

namespace DigestService.Tests.Sources;

/// <summary>What a source failed to tell is known by day, asked for again, and never hidden by what came after.</summary>
public class MissingDaysTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task A_faulty_day_is_noted_the_others_go_on_and_it_is_asked_for_again()
    {
        var faulty = "2025-11-12";
        await using var server = await RecordedServer.StartAsync((context, _) => context.Request.Query["date"] == faulty
            ? context.AnswerAsync("oops", "text/plain", 500)
            : context.AnswerAsync(Day(context.Request.Query["date"]!)));
        var bed = await WorkshopAsync(server, "2025-11-15T20:00:00Z");

        var first = await bed.FetchAsync("huggingface", "2025-11-10", "2025-11-14");
        bed.TravelTo("2025-11-24T20:00:00Z");
        var still = await bed.FetchAsync("huggingface");
        faulty = "";
        var mended = await bed.FetchAsync("huggingface");

        (first.Import.Added, first.Fault!.Contains("HTTP 500", StringComparison.Ordinal)).ShouldBe((4, true));
        still.Fault.ShouldNotBeNull();
        (mended.Fault, mended.Import.Added).ShouldBe((null, 1));
        (await bed.OneAsync<int>("select count(distinct first_listed_on)::int from papers")).ShouldBe(13);
        (await ConditionAsync(bed, "huggingface")).IsHealthy.ShouldBeTrue();
    }

    [Fact]
    public async Task A_server_that_is_down_is_not_asked_for_each_of_many_days()
    {
        await using var server = await RecordedServer.StartAsync((context, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        var bed = await WorkshopAsync(server, "2025-11-24T20:00:00Z");

        var result = await bed.FetchAsync("huggingface", "2025-11-03", "2025-11-21");

        result.Fault.ShouldNotBeNull();
        server.Asked.Select(asked => asked[^10..]).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task Days_the_API_could_not_repair_stay_missing_although_the_feed_is_at_today()
    {
        var isApiDown = false;
        await using var server = await RecordedServer.StartAsync((context, before) => context.Request.Path.StartsWithSegments("/rss", StringComparison.Ordinal)
            ? context.AnswerAsync(Rss(string.Create(CultureInfo.InvariantCulture, $"2511.{10 + before:00000}")), "application/rss+xml")
            : isApiDown ? context.AnswerAsync("oops", "text/plain", 500) : context.AnswerAsync(Atom(1, "2511.00009"), "application/atom+xml"));
        var bed = await WorkshopAsync(server, "2025-11-07T20:00:00Z");
        await bed.FetchAsync("arxiv");
        isApiDown = true;

        bed.TravelTo("2025-11-21T20:00:00Z");
        var failed = await bed.FetchAsync("arxiv");
        bed.TravelTo("2025-11-21T21:00:00Z");
        await bed.FetchAsync("arxiv", "2025-11-21", "2025-11-21");
        var condition = await ConditionAsync(bed, "arxiv");
        isApiDown = false;
        await bed.FetchAsync("arxiv", "2025-11-21", "2025-11-21");
        var hidden = await ConditionAsync(bed, "arxiv");
        var asked = server.Asked.Count;
        await bed.FetchAsync("arxiv");

        failed.Fault.ShouldNotBeNull();
        condition.IsHealthy.ShouldBeFalse();
        (hidden.IsHealthy, hidden.Detail.StartsWith("Missing: 2025-11-07, 2025-11-10, 2025-11-11", StringComparison.Ordinal)).ShouldBe((false, true), hidden.Detail);
        server.Asked.Skip(asked).ShouldContain(question => question.Contains("submittedDate%3A%5B202511030000", StringComparison.Ordinal));
        (await ConditionAsync(bed, "arxiv")).Detail.ShouldNotContain("Missing");
    }

    [Fact]
    public async Task A_day_read_before_it_was_over_is_read_again()
    {
        await using var server = await RecordedServer.StartAsync((context, _) => context.AnswerAsync(Day(context.Request.Query["date"]!)));
        var bed = await WorkshopAsync(server, "2025-11-12T06:00:00Z");
        await bed.FetchAsync("huggingface");

        bed.TravelTo("2025-11-20T06:00:00Z");
        var days = await bed.App.Service<SourceFetch>().UsualDaysAsync(bed.Source("huggingface"), CancellationToken.None);

        days.Select(day => day.Day).ShouldBe([12, 13, 14, 17, 18, 19, 20]);
    }

    [Fact]
    public async Task The_worst_of_a_sources_last_run_stands_until_its_next()
    {
        var friday = "[]";
        await using var server = await RecordedServer.StartAsync((context, _) => context.AnswerAsync(
            context.Request.Query["date"] == "2025-11-21" ? friday : context.Request.Query["date"] == "2025-11-22" ? "[]" : Day(context.Request.Query["date"]!)));
        var bed = await WorkshopAsync(server, "2025-11-22T20:00:00Z");

        await bed.FetchAsync("huggingface", "2025-11-20", "2025-11-22");
        var silent = await ConditionAsync(bed, "huggingface");
        friday = Day("2025-11-21");
        await bed.FetchAsync("huggingface", "2025-11-20", "2025-11-22");
        var mended = await ConditionAsync(bed, "huggingface");

        (silent.IsHealthy, silent.Detail.Contains("2025-11-21", StringComparison.Ordinal)).ShouldBe((false, true), silent.Detail);
        mended.IsHealthy.ShouldBeTrue(mended.Detail);
    }

    [Fact]
    public async Task A_repeated_batch_is_found_in_whatever_order_and_whatever_its_votes()
    {
        var body = Day("2025-11-20", 1, 2, 3);
        await using var server = await RecordedServer.StartAsync((context, _) => context.AnswerAsync(body));
        var bed = await WorkshopAsync(server, "2025-11-20T20:00:00Z");
        await bed.FetchAsync("huggingface", "2025-11-20", "2025-11-20");

        bed.TravelTo("2025-11-21T20:00:00Z");
        body = Day("2025-11-21", 3, 1, 2).Replace("\"upvotes\":3", "\"upvotes\":9", StringComparison.Ordinal);
        var result = await bed.FetchAsync("huggingface", "2025-11-21", "2025-11-21");

        result.Warnings.ShouldHaveSingleItem().ShouldContain("equals the one before it");
    }

    [Fact]
    public async Task An_error_of_arXiv_is_a_failed_run()
    {
        await using var server = await RecordedServer.StartAsync((context, _) => context.Request.Path.StartsWithSegments("/rss", StringComparison.Ordinal)
            ? context.AnswerAsync(Rss("2511.00001"), "application/rss+xml")
            : context.AnswerAsync("""<feed xmlns="http://www.w3.org/2005/Atom"><id>http://arxiv.org/api/errors</id><entry><id>http://arxiv.org/api/errors#x</id><title>Error</title><summary>too busy</summary></entry></feed>""", "application/atom+xml"));
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");

        var result = await bed.FetchAsync("arxiv");

        (result.Import.Added, result.Fault).ShouldBe((1, "arXiv answers: too busy."));
        var condition = await ConditionAsync(bed, "arxiv");
        (condition.IsHealthy, condition.Detail).ShouldBe((false, "It failed: arXiv answers: too busy."));
    }

    [Fact]
    public async Task An_empty_page_amid_arXivs_results_is_asked_for_again_in_the_run()
    {
        var empty = 0;
        await using var server = await RecordedServer.StartAsync((context, _) => context.Request.Path.StartsWithSegments("/rss", StringComparison.Ordinal)
            ? context.AnswerAsync(Rss("2511.00001"), "application/rss+xml")
            : context.Request.Query["start"] == "1" && empty++ < 2
                ? context.AnswerAsync(Atom(2), "application/atom+xml")
                : context.AnswerAsync(Atom(2, "2511.0000" + context.Request.Query["start"]), "application/atom+xml"));
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");

        var result = await bed.FetchAsync("arxiv");

        result.Fault.ShouldBeNull();
        (await bed.ListAsync()).Select(paper => paper.ArxivId).Order().ShouldBe(["2511.00000", "2511.00001"]);
        (await ConditionAsync(bed, "arxiv")).IsHealthy.ShouldBeTrue();
    }

    [Fact]
    public async Task Pages_that_stay_empty_or_come_again_and_no_papers_over_working_days_are_told_and_have_not_been_read()
    {
        var (total, papers) = (2, Array.Empty<string>());
        await using var server = await RecordedServer.StartAsync((context, _) => context.Request.Path.StartsWithSegments("/rss", StringComparison.Ordinal)
            ? context.AnswerAsync(Rss("2511.00001"), "application/rss+xml")
            : context.AnswerAsync(Atom(total, papers), "application/atom+xml"));
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");

        var empty = await bed.FetchAsync("arxiv");
        papers = ["2511.00002"];
        var again = await bed.FetchAsync("arxiv");
        (total, papers) = (0, []);
        var nothing = await bed.FetchAsync("arxiv");

        again.Fault.ShouldNotBeNull().ShouldContain("the page before it again after 2 of 2");
        (await bed.OneAsync<long>("select count(*) from source_days")).ShouldBe(0);
        empty.Fault.ShouldNotBeNull().ShouldContain("empty page after 0 of 2");
        nothing.Warnings.ShouldHaveSingleItem().ShouldContain("Nothing was listed from 2025-11-18 to 2025-11-21, working days.");
        (await ConditionAsync(bed, "arxiv")).IsHealthy.ShouldBeFalse();
    }

    [Theory]
    [InlineData(0, 0, 0, true)]
    [InlineData(null, 0, 0, true)]
    [InlineData(3, 3, 3, true)]
    [InlineData(3, 3, 2, false)]
    [InlineData(0, 3, 0, false)]
    [InlineData(2, 0, 0, false)]
    public void Working_days_without_a_paper_that_could_be_taken_are_suspect_whatever_number_is_said(int? total, int read, int rejected, bool isSuspect)
    {
        var friday = CatalogueTestBed.Day("2025-11-21");
        var facts = new RunFacts { Now = Instant.FromUtc(2025, 11, 23, 20, 0), Days = [friday], Total = total, Read = read, Rejected = rejected };

        (SourceWarnings.OfSilence(facts, before: null, ArxivCalendar.IsListingDay) is not null).ShouldBe(isSuspect);
    }

    [Fact]
    public async Task A_full_page_goes_on_whatever_the_number_of_papers_is_said_to_be()
    {
        var ids = Enumerable.Range(1, 501).Select(number => string.Create(CultureInfo.InvariantCulture, $"2511.{number:00000}")).ToArray();
        await using var server = await RecordedServer.StartAsync((context, _) => context.AnswerAsync(
            Atom(1, context.Request.Query["start"] == "500" ? ids[500..] : ids[..500]), "application/atom+xml"));
        var bed = await WorkshopAsync(server, "2025-11-23T20:00:00Z");

        var result = await bed.FetchAsync("arxiv", "2025-11-21", "2025-11-21");

        (result.Fault, result.Import.Added).ShouldBe((null, 501));
    }

    [Fact]
    public async Task A_working_day_without_papers_is_asked_for_again_for_a_week_and_then_believed()
    {
        string[] silent = ["2025-11-12", "2025-11-13"];
        await using var server = await RecordedServer.StartAsync((context, _) =>
            context.AnswerAsync(silent.Contains(context.Request.Query["date"].ToString()) ? "[]" : Day(context.Request.Query["date"]!)));
        var bed = await WorkshopAsync(server, "2025-11-14T20:00:00Z");
        await bed.FetchAsync("huggingface", "2025-11-10", "2025-11-14");

        bed.TravelTo("2025-11-20T20:00:00Z");
        silent = ["2025-11-13"];
        var late = await bed.FetchAsync("huggingface");
        bed.TravelTo("2025-11-21T20:00:00Z");
        await bed.FetchAsync("huggingface");
        var believed = await bed.App.Service<SourceFetch>().UsualDaysAsync(bed.Source("huggingface"), CancellationToken.None);

        (await bed.ListAsync()).Select(paper => paper.ListedOn.Day).Order().ShouldBe([10, 11, 12, 14, 17, 18, 19, 20, 21]);
        late.Warnings.ShouldHaveSingleItem().ShouldContain("2025-11-13");
        believed.Select(day => day.Day).ShouldBe([19, 20, 21]);
    }

    [Fact]
    public async Task A_server_that_asks_for_hours_of_patience_is_left_alone_that_long_by_later_processes_too()
    {
        await using var server = await RecordedServer.StartAsync((context, before) =>
        {
            if (before > 0)
                return context.AnswerAsync(Day("2025-11-21"));
            context.Response.Headers.RetryAfter = "7200";
            return context.AnswerAsync("busy", "text/plain", 429);
        });
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");
        await bed.FetchAsync("huggingface", "2025-11-21", "2025-11-21");

        bed.TravelTo("2025-11-18T21:59:00Z");
        var setBack = await bed.FetchAsync("huggingface", "2025-11-18", "2025-11-18");
        bed.TravelTo("2025-11-21T21:59:00Z");
        var early = await bed.FetchAsync("huggingface", "2025-11-21", "2025-11-21");
        bed.TravelTo("2025-11-21T22:01:00Z");
        var later = await bed.FetchAsync("huggingface", "2025-11-21", "2025-11-21");

        early.Fault.ShouldNotBeNull().ShouldContain("left alone until 2025-11-21 22:00");
        (later.Fault, setBack.Fault, server.Asked.Count).ShouldBe((null, null, 3));
    }

    [Fact]
    public async Task A_feed_that_has_not_changed_is_not_sent_again()
    {
        var feed = """<rss version="2.0"><channel><title>L</title><item><title>One</title><link>https://l.example/1</link></item></channel></rss>""";
        var seen = new List<string?>();
        await using var server = await RecordedServer.StartAsync((context, _) =>
        {
            seen.Add(context.Request.Headers.IfNoneMatch + "|" + context.Request.Headers.IfModifiedSince);
            context.Response.Headers.ETag = feed.Contains("Two", StringComparison.Ordinal) ? "\"b\"" : "\"a\"";
            context.Response.Headers.LastModified = "Fri, 21 Nov 2025 20:00:00 GMT";
            if (context.Request.Headers.IfNoneMatch == context.Response.Headers.ETag)
            {
                context.Response.StatusCode = 304;
                return Task.CompletedTask;
            }

            return context.AnswerAsync(feed, "application/rss+xml");
        });
        var bed = await CatalogueTestBed.StartAsync(fixture, "2025-11-21T20:00:00Z", ("Sources__Feeds__0__Name", "lab"), ("Sources__Feeds__0__Url", server.Url + "/feed"));

        var first = await bed.FetchAsync("lab");
        var second = await bed.FetchAsync("lab");
        feed = feed.Replace("</channel>", "<item><title>Two</title><link>https://l.example/2</link></item></channel>", StringComparison.Ordinal);
        var third = await bed.FetchAsync("lab");

        (first.Import.Added, second.Import.Read, third.Import.Added).ShouldBe((1, 0, 1));
        (second.Fault, third.Fault).ShouldBe((null, null));
        seen.ShouldBe(["|", "\"a\"|Fri, 21 Nov 2025 20:00:00 GMT", "\"a\"|Fri, 21 Nov 2025 20:00:00 GMT"]);
        (await ConditionAsync(bed, "lab")).IsHealthy.ShouldBeTrue();
    }

    [Fact]
    public async Task A_page_that_is_never_asked_for_conditionally_leaves_no_marks()
    {
        await using var server = await RecordedServer.StartAsync((context, _) =>
        {
            context.Response.Headers.ETag = "\"a\"";
            return context.AnswerAsync("[]");
        });
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");

        (await bed.FetchAsync("huggingface", "2025-11-20", "2025-11-21")).Fault.ShouldBeNull();

        (await bed.OneAsync<int>("select count(*)::integer from source_answers")).ShouldBe(0);
    }

    [Fact]
    public async Task What_was_wrong_with_a_feed_is_wrong_for_as_long_as_it_does_not_change_and_what_was_there_is_there()
    {
        var isBad = true;
        await using var server = await RecordedServer.StartAsync((context, _) =>
        {
            var tag = isBad ? "\"bad\"" : "\"good\"";
            context.Response.Headers.ETag = tag;
            if (context.Request.Headers.IfNoneMatch == tag)
            {
                context.Response.StatusCode = 304;
                return Task.CompletedTask;
            }

            var items = Enumerable.Range(0, 20).Select(number => $"<item><title>{(isBad && number > 9 ? "" : $"Paper {number}")}</title><pubDate>Fri, 21 Nov 2025 08:00:00 GMT</pubDate></item>");
            return context.AnswerAsync($"<rss version=\"2.0\"><channel><title>L</title>{string.Concat(items)}</channel></rss>", "application/rss+xml");
        });
        var bed = await CatalogueTestBed.StartAsync(fixture, "2025-11-21T20:00:00Z", ("Sources__Feeds__0__Name", "lab"), ("Sources__Feeds__0__Url", server.Url + "/feed"));

        for (var run = 0; run < 3; run++)
        {
            await bed.FetchAsync("lab");
            var condition = await ConditionAsync(bed, "lab");
            (condition.IsHealthy, condition.Detail).ShouldBe((false, "10 of 20 entries were rejected."));
        }

        isBad = false;
        for (var run = 0; run < 3; run++)
        {
            await bed.FetchAsync("lab");
            (await ConditionAsync(bed, "lab")).IsHealthy.ShouldBeTrue();
            (await bed.OneAsync<string>("select outcome from source_runs order by id desc limit 1")).ShouldBe("done");
        }
    }

    [Fact]
    public async Task A_source_that_nobody_fetches_any_more_and_a_feed_that_stands_still_say_so()
    {
        await using var server = await RecordedServer.AlwaysAsync("""<rss version="2.0"><channel><title>L</title><item><title>One</title><link>https://l.example/1</link></item></channel></rss>""", "application/rss+xml");
        var bed = await CatalogueTestBed.StartAsync(fixture, "2025-11-21T20:00:00Z", ("Sources__Feeds__0__Name", "lab"), ("Sources__Feeds__0__Url", server.Url + "/feed"));
        await bed.FetchAsync("lab");

        bed.TravelTo("2025-11-22T08:00:00Z");
        var dead = await ConditionAsync(bed, "lab");
        bed.TravelTo("2026-02-21T20:00:00Z");
        await bed.FetchAsync("lab");
        var frozen = await ConditionAsync(bed, "lab");

        (dead.IsHealthy, dead.Detail.Contains("not been fetched since 2025-11-21", StringComparison.Ordinal)).ShouldBe((false, true), dead.Detail);
        (frozen.IsHealthy, frozen.Detail.Contains("Nothing new has come since 2025-11-21", StringComparison.Ordinal)).ShouldBe((false, true), frozen.Detail);
    }

    [Fact]
    public async Task A_configured_feed_keeps_its_name_whatever_it_sends()
    {
        var body = "";
        await using var server = await RecordedServer.StartAsync((context, _) => context.AnswerAsync(body));
        var bed = await CatalogueTestBed.StartAsync(
            fixture, "2025-11-21T20:00:00Z", ("Sources__Feeds__0__Name", "our-lab"), ("Sources__Feeds__0__Url", server.Url + "/feed"), ("Sources__Feeds__0__Ranked", "true"));
        foreach (var sent in new[]
        {
            """[{"title":"As an array"}]""", """{"title":"As a line"}""", Day("2025-11-21", 7), Atom(1, "2511.00003"), Rss("2511.00004"),
        })
        {
            body = sent;
            (await bed.FetchAsync("our-lab")).Fault.ShouldBeNull(sent);
        }

        var papers = await bed.ListAsync();
        papers.Count.ShouldBe(5);
        papers.Select(paper => string.Join(',', paper.Sources)).Distinct().ShouldBe(["our-lab"]);
        papers.Count(paper => paper.Position is not null).ShouldBeGreaterThan(3);
    }

    private Task<CatalogueTestBed> WorkshopAsync(RecordedServer server, string now) => CatalogueTestBed.StartAsync(
        fixture,
        now,
        ("Sources__HuggingFace__Enabled", "true"),
        ("Sources__HuggingFace__BaseUrl", server.Url),
        ("Sources__Arxiv__Enabled", "true"),
        ("Sources__Arxiv__BaseUrl", server.Url),
        ("Sources__Arxiv__SpacingSeconds", "0"),
        ("Sources__Arxiv__Categories__0", "cs.CL"),
        ("Sources__Http__RetrySeconds", "0"),
        ("Sources__Http__Retries", "1"));

    private static async Task<SourceCondition> ConditionAsync(CatalogueTestBed bed, string name) =>
        (await bed.App.Service<SourceHealth>().CheckAsync(CancellationToken.None)).Single(source => source.Source == name);

    private static string Day(string day, params int[] numbers) => "[" + string.Join(',', (numbers.Length == 0 ? [int.Parse(day[^2..], CultureInfo.InvariantCulture) + (100 * int.Parse(day[5..7], CultureInfo.InvariantCulture))] : numbers)
        .Select(number => string.Create(CultureInfo.InvariantCulture, $$$"""{"paper":{"id":"2511.{{{number:00000}}}","title":"Paper {{{number}}}","submittedOnDailyAt":"{{{day}}}T01:00:00.000Z","upvotes":{{{number}}}}}"""))) + "]";

    private static string Rss(string id) =>
        $"""<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel><link>http://rss.arxiv.org/rss/cs.CL</link><item><title>Paper {id}</title><link>https://arxiv.org/abs/{id}</link><description>arXiv:{id}v1 Announce Type: new Abstract: About.</description><guid>oai:arXiv.org:{id}v1</guid><pubDate>Fri, 21 Nov 2025 00:00:00 -0500</pubDate><arxiv:announce_type>new</arxiv:announce_type><dc:creator>A. One</dc:creator></item></channel></rss>""";

    private static string Atom(int total, params string[] ids) =>
        $"""<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><id>http://arxiv.org/api/x</id><opensearch:totalResults>{total}</opensearch:totalResults>{string.Concat(ids.Select(id => $"<entry><id>http://arxiv.org/abs/{id}v1</id><title>Paper {id}</title><published>2025-11-20T10:00:00Z</published><updated>2025-11-20T10:00:00Z</updated><summary>About.</summary><author><name>A. One</name></author></entry>"))}</feed>""";
}
