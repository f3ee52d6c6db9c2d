using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using DigestService.Platform;
using DigestService.Sources;
using DigestService.Tests.Shared;
using Microsoft.AspNetCore.Http;

namespace DigestService.Tests.Sources;

public class FetchTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private const string Friday = "2025-11-21";

    private const string Entry =
        """{"paper":{"id":"ID","title":"Paper NUMBER","summary":"About.","authors":[{"name":"A. One"}],"submittedOnDailyAt":"DAYT01:00:00.000Z","upvotes":NUMBER}}""";

    [Fact]
    public async Task Fetching_days_imports_them_once_and_a_weekend_repeats_nothing()
    {
        await using var server = await RecordedServer.StartAsync((context, _) => context.AnswerPackedAsync(
            context.Request.Query["date"] == "2025-11-20" ? Day("2025-11-20", 1, 2) : Day(Friday, 3, 4, 5)));
        var bed = await WorkshopAsync(server, "2025-11-23T20:00:00Z");

        var first = await bed.FetchAsync("huggingface", "2025-11-20", "2025-11-23");
        var second = await bed.FetchAsync("huggingface", "2025-11-20", "2025-11-23");

        (first.Import.Added, first.Import.Duplicates, first.Fault).ShouldBe((5, 6, null));
        (second.Import.Added, second.Import.Updated, second.Import.Duplicates).ShouldBe((0, 0, 11));
        first.Warnings.ShouldBeEmpty();
        server.Asked.Take(4).ShouldBe(Enumerable.Range(20, 4).Select(day => string.Create(CultureInfo.InvariantCulture, $"/api/daily_papers?date=2025-11-{day}")));
        (await bed.ListAsync()).Count(paper => paper.ListedOn == CatalogueTestBed.Day(Friday)).ShouldBe(3);
        (await RunsAsync(bed)).ShouldBe(["done", "done", "done", "done", "done", "done", "done", "done"]);
    }

    [Fact]
    public async Task A_run_whose_process_was_killed_has_ended_when_the_next_one_has()
    {
        await using var server = await RecordedServer.StartAsync((context, _) => context.AnswerAsync(Day(Friday, 1)));
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");
        await bed.App.Database.ExecuteAsync(
            "insert into source_runs (source, started_at, outcome) values ('huggingface', '2025-11-21T19:00Z', 'running'), ('arxiv', '2025-11-21T19:00Z', 'running')", null, default);

        await bed.FetchAsync("huggingface", Friday, Friday);

        (await bed.App.Database.QueryAsync<string>("select concat_ws(' ', source, outcome, detail) from source_runs order by id", null, default)).ShouldBe(
            ["huggingface failed Its process ended before it did.", "arxiv running", "huggingface done"]);
    }

    [Fact]
    public async Task A_run_that_the_database_ends_says_why_in_words_of_ours()
    {
        await using var server = await RecordedServer.StartAsync((context, _) => context.AnswerAsync(Day(Friday, 1)));
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");
        await bed.App.Database.ExecuteAsync(
            """
            create function refuse() returns trigger language plpgsql as $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$;
            create trigger refuse before insert on papers for each statement execute function refuse()
            """, null, default);

        await Should.ThrowAsync<Npgsql.PostgresException>(() => bed.FetchAsync("huggingface", Friday, Friday));

        (await bed.OneAsync<string>("select detail from source_runs")).ShouldBe(
            Verb.Sentence(new Npgsql.PostgresException("could not extend file", "ERROR", "ERROR", Npgsql.PostgresErrorCodes.DiskFull)));
    }

    [Fact]
    public async Task A_day_to_come_that_a_source_tells_of_is_today()
    {
        await using var server = await RecordedServer.StartAsync((context, _) => context.AnswerAsync(
            context.Request.Path == "/api/daily_papers" ? Day("2025-12-05", 1)
            : context.Request.Path == "/oai" ? """<OAI-PMH><ListRecords><record><header><identifier>oai:arXiv.org:2511.00002</identifier></header><metadata><arXiv><id>2511.00002</id><created>2026-03-20</created><title>Ahead</title><authors/><abstract>A.</abstract></arXiv></metadata></record></ListRecords></OAI-PMH>"""
            : Rss("new", "2511.00003").Replace("21 Nov 2025", "05 Dec 2025", StringComparison.Ordinal)));
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");

        await bed.FetchAsync("huggingface", Friday, Friday);
        await bed.FetchAsync("arxiv-oai", Friday, Friday);
        await bed.FetchAsync("arxiv", Friday, Friday);

        // What is submitted on a Friday evening is listed on Tuesday.
        (await bed.ListAsync()).OrderBy(paper => paper.ArxivId).Select(paper => paper.ListedOn).ShouldBe(
            [CatalogueTestBed.Day(Friday), CatalogueTestBed.Day("2025-11-25"), CatalogueTestBed.Day(Friday)]);
    }

    [Fact]
    public async Task Recorded_days_of_Hugging_Face_come_over_the_wire_as_they_come_from_files()
    {
        var folder = SharedData.Require("data/hf-daily");
        await using var server = await RecordedServer.StartAsync((context, _) =>
            context.Response.SendFileAsync(Path.Combine(folder, context.Request.Query["date"] + ".json")));
        var bed = await WorkshopAsync(server, "2025-09-05T20:00:00Z");

        var fetched = await bed.FetchAsync("huggingface", "2025-09-01", "2025-09-05");
        var fromFiles = await bed.ImportAllAsync(Enumerable.Range(1, 5).Select(day => Path.Combine(folder, $"2025-09-0{day}.json")).ToArray());

        fetched.Fault.ShouldBeNull();
        fetched.Import.Added.ShouldBeGreaterThan(50);
        (fromFiles.Added, fromFiles.Updated).ShouldBe((0, 0));
    }

    [Fact]
    public async Task More_than_a_page_of_papers_is_asked_for_to_the_end()
    {
        await using var server = await RecordedServer.StartAsync((context, _) => context.AnswerAsync(
            int.Parse("0" + context.Request.Query["p"], CultureInfo.InvariantCulture) is var page && page == 10 ? Day(Friday, 501, 502) : Day(Friday, Enumerable.Range((50 * page) + 1, 50).ToArray())));
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");

        var result = await bed.FetchAsync("huggingface", Friday, Friday);

        result.Import.Added.ShouldBe(502);
        (await bed.OneAsync<int>("select max(position) from listing_entries")).ShouldBe(502);
    }

    [Theory]
    [InlineData("cut", "broken or cut off")]
    [InlineData("html", "web page")]
    [InlineData("error", "HTTP 400")]
    [InlineData("not-json", "JSON")]
    [InlineData("deep", "broken")]
    [InlineData("latin1", "broken")]
    [InlineData("bomb", "more than 1 MB")]
    [InlineData("huge", "more than 1 MB")]
    [InlineData("bad-gzip", "damaged gzip")]
    [InlineData("packed-twice", "packs its answer")]
    [InlineData("hangs-up", "cannot be reached or broke off")]
    [InlineData("drips", "did not answer within")]
    [InlineData("stalls", "did not answer within")]
    [InlineData("stalls-packed", "did not answer within")]
    [InlineData("packs-nothing", "more than 1 MB")]
    [InlineData("redirect-private", "not an address this source is configured with")]
    [InlineData("redirect-nowhere", "redirects without end or without an address")]
    [InlineData("redirect-loop", "redirects without end")]
    [InlineData("busy", "HTTP 503")]
    [InlineData("too-long", "asks to wait 9999 seconds")]
    public async Task A_fault_imports_nothing_says_so_on_its_row_and_the_next_run_resumes(string fault, string said)
    {
        var isMended = false;
        await using var server = await RecordedServer.StartAsync((context, _) => isMended ? context.AnswerAsync(Day(Friday, 1, 2)) : FailAsync(context, fault));
        var isSlow = fault is "drips" or "stalls" or "stalls-packed";
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z", timeout: isSlow ? "2" : "30", retries: isSlow ? "0" : "2");

        var failed = await bed.FetchAsync("huggingface", Friday, Friday);

        failed.Fault.ShouldNotBeNull().ShouldContain(said);
        failed.Import.Added.ShouldBe(0);
        (await bed.ListAsync()).ShouldBeEmpty();
        (await RunsAsync(bed)).ShouldBe(["failed"]);
        (await bed.OneAsync<string>("select detail from source_runs")).ShouldNotBeNull().ShouldContain(said);
        (await bed.OneAsync<long>("select count(*) from source_days")).ShouldBe(0);

        isMended = true;
        // Who asked to be left alone for hours is.
        bed.TravelTo("2025-11-21T23:30:00Z");
        var mended = await bed.FetchAsync("huggingface");

        (mended.Fault, mended.Import.Added).ShouldBe((null, 2));
    }

    [Fact]
    public async Task A_busy_source_is_asked_again_when_it_says()
    {
        await using var server = await RecordedServer.StartAsync(async (context, before) =>
        {
            if (before < 2)
            {
                context.Response.Headers.RetryAfter = before == 0 ? "0" : "Fri, 21 Nov 2025 20:00:00 GMT";
                await context.AnswerAsync("later", "text/plain", before == 0 ? 429 : 503);
                return;
            }

            await context.AnswerAsync(Day(Friday, 1));
        });
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");

        var result = await bed.FetchAsync("huggingface", Friday, Friday);

        result.Import.Added.ShouldBe(1);
        server.Asked.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(507)]
    [InlineData(520)]
    [InlineData(522)]
    [InlineData(599)]
    public async Task Whatever_number_above_500_says_that_a_server_is_away_it_is_asked_again(int status)
    {
        await using var server = await RecordedServer.StartAsync((context, before) => before == 0
            ? context.AnswerAsync("error code: " + status, "text/plain", status)
            : context.AnswerAsync(Day(Friday, 1)));
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");

        var result = await bed.FetchAsync("huggingface", Friday, Friday);

        (result.Fault, result.Import.Added).ShouldBe((null, 1));
        server.Asked.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("GZIP")]
    [InlineData("X-Gzip")]
    public async Task A_packed_answer_is_read_in_whatever_letters_it_says_so(string encoding)
    {
        await using var server = await RecordedServer.StartAsync((context, _) => context.AnswerPackedAsync(Day(Friday, 1), encoding));
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");

        (await bed.FetchAsync("huggingface", Friday, Friday)).Import.Added.ShouldBe(1);
    }

    [Fact]
    public async Task A_name_that_leads_to_a_private_address_is_not_followed()
    {
        // This machine's own name: it leads to a loopback or private address.
        var address = new Uri($"http://{Dns.GetHostName()}:9/");
        using var http = new SourceHttp(new SourceHttpOptions { TimeoutSeconds = 5, Retries = 0 }, [address], TimeSpan.Zero, new TestClock(), TimeProvider.System);

        var fault = await Should.ThrowAsync<SourceFaultException>(() => http.GetAsync(address, new AnswerMemory(), marks: null, CancellationToken.None));

        // Where nothing knows the name, it cannot be reached either.
        fault.Message.ShouldMatch("private address|cannot be reached");
    }

    [Fact]
    public async Task What_is_wrong_with_the_TLS_of_a_source_is_said_in_our_words()
    {
        (await FaultOfAsync(TestCertificate.Expired)).ShouldBe("The certificate of localhost expired on 2020-01-11: it must be renewed there.");
        (await FaultOfAsync(TestCertificate.ForAnotherName)).ShouldStartWith("The certificate of localhost is for another name (mail.example.net):");
        (await FaultOfAsync(TestCertificate.ForLocalhost)).ShouldStartWith("The certificate of localhost is signed by nobody this machine trusts (localhost):");
        (await FaultOfAsync(null)).ShouldBe("localhost broke off the TLS handshake: does it speak TLS, of version 1.2 or later, on this port?");
    }

    /// <summary>What is told of a server that shows a certificate, or speaks no TLS.</summary>
    private static async Task<string> FaultOfAsync(X509Certificate2? certificate)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/"));
        using var http = new SourceHttp(new SourceHttpOptions { TimeoutSeconds = 20, Retries = 0 }, [address], TimeSpan.Zero, new TestClock(), TimeProvider.System);
        var answering = AnswerAsync();

        var fault = await Should.ThrowAsync<SourceFaultException>(() => http.GetAsync(address, new AnswerMemory(), marks: null, CancellationToken.None));

        await answering;
        fault.IsOfServer.ShouldBeTrue();
        return fault.Message;

        async Task AnswerAsync()
        {
            using var client = await listener.AcceptTcpClientAsync();
            if (certificate is null)
            {
                await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
                return;
            }

            await using var secure = new SslStream(client.GetStream());
            try
            {
                await secure.AuthenticateAsServerAsync(certificate);
                _ = await secure.ReadAsync(new byte[1]);
            }
            catch (Exception refused) when (refused is IOException or AuthenticationException)
            {
                // The client does not believe the certificate.
            }
        }
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.20.0.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::1", false)]
    public void Only_public_addresses_are_public(string address, bool isPublic) =>
        SourceHttp.IsPublic(IPAddress.Parse(address)).ShouldBe(isPublic);

    [Fact]
    public async Task What_arXivs_feed_left_out_the_API_repairs()
    {
        await using var server = await RecordedServer.StartAsync((context, _) => context.Request.Path.StartsWithSegments("/rss", StringComparison.Ordinal)
            ? context.AnswerAsync(Rss("new", "2511.00001"), "application/rss+xml")
            : context.AnswerAsync(Atom(2, context.Request.Query["start"] == "0" ? "2511.00001" : "2511.00002"), "application/atom+xml"));
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");

        var result = await bed.FetchAsync("arxiv");

        (result.Fault, result.Import.Added, result.Import.Duplicates).ShouldBe((null, 2, 0));
        server.Asked[0].ShouldBe("/rss/cs.CL+cs.LG");
        server.Asked[1].ShouldContain("cat%3Acs.CL%20OR%20cat%3Acs.LG");
        server.Asked[2].ShouldContain("start=1");
    }

    [Fact]
    public async Task A_paper_announced_again_under_another_version_or_category_is_not_new_again()
    {
        var feed = Rss("new", "2511.00001");
        await using var server = await RecordedServer.StartAsync((context, _) => context.Request.Path.StartsWithSegments("/rss", StringComparison.Ordinal)
            ? context.AnswerAsync(feed, "application/rss+xml")
            : context.AnswerAsync(Atom(0), "application/atom+xml"));
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");
        await bed.FetchAsync("arxiv");
        var listed = (await bed.ListAsync()).ShouldHaveSingleItem().ListedOn;

        bed.TravelTo("2025-11-25T20:00:00Z");
        feed = Rss("replace-cross", "2511.00001v2").Replace("21 Nov", "25 Nov", StringComparison.Ordinal);
        var replaced = await bed.FetchAsync("arxiv");
        feed = Rss("cross", "2511.00001").Replace("21 Nov", "26 Nov", StringComparison.Ordinal);
        var crossed = await bed.FetchAsync("arxiv");

        (replaced.Import.Added + crossed.Import.Added).ShouldBe(0);
        (await bed.ListAsync()).ShouldHaveSingleItem().ListedOn.ShouldBe(listed);
    }

    [Fact]
    public async Task Harvesting_goes_on_where_the_token_says_and_marks_what_was_deleted()
    {
        await using var server = await RecordedServer.StartAsync((context, _) => context.AnswerAsync(
            context.Request.Query.ContainsKey("resumptionToken")
                ? """<OAI-PMH><ListRecords><record><header status="deleted"><identifier>oai:arXiv.org:2511.00001</identifier><datestamp>2025-11-21</datestamp></header></record></ListRecords></OAI-PMH>"""
                : """<OAI-PMH><ListRecords><record><header><identifier>oai:arXiv.org:2511.00001</identifier></header><metadata><arXiv><id>2511.00001</id><created>2025-11-20</created><title>Gone Soon</title><authors/><abstract>A.</abstract></arXiv></metadata></record><resumptionToken>a|b c</resumptionToken></ListRecords></OAI-PMH>""",
            "text/xml"));
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");

        var result = await bed.FetchAsync("arxiv-oai", Friday, Friday);

        (result.Fault, result.Import.Added).ShouldBe((null, 1));
        server.Asked.ShouldBe(["/oai?verb=ListRecords&metadataPrefix=arXiv&set=cs&from=2025-11-21&until=2025-11-21", "/oai?verb=ListRecords&resumptionToken=a%7Cb%20c"]);
        (await bed.ListAsync()).ShouldHaveSingleItem().WithdrawnAt.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("cs.LG", "cs")]
    [InlineData("cs", "cs")]
    [InlineData("econ.EM", "econ")]
    [InlineData("eess.AS", "eess")]
    [InlineData("math.AG", "math")]
    [InlineData("q-bio.NC", "q-bio")]
    [InlineData("q-fin.ST", "q-fin")]
    [InlineData("stat.ML", "stat")]
    [InlineData("astro-ph.CO", "physics:astro-ph")]
    [InlineData("astro-ph", "physics:astro-ph")]
    [InlineData("cond-mat.str-el", "physics:cond-mat")]
    [InlineData("gr-qc", "physics:gr-qc")]
    [InlineData("hep-ex", "physics:hep-ex")]
    [InlineData("hep-lat", "physics:hep-lat")]
    [InlineData("hep-ph", "physics:hep-ph")]
    [InlineData("hep-th", "physics:hep-th")]
    [InlineData("math-ph", "physics:math-ph")]
    [InlineData("nlin.CD", "physics:nlin")]
    [InlineData("nucl-ex", "physics:nucl-ex")]
    [InlineData("nucl-th", "physics:nucl-th")]
    [InlineData("physics.optics", "physics:physics")]
    [InlineData("quant-ph", "physics:quant-ph")]
    public void An_archive_of_physics_is_a_set_within_its_group(string category, string set) => ArxivOaiSource.SetOf(category).ShouldBe(set);

    [Theory]
    [InlineData("""<OAI-PMH><error code="noRecordsMatch">None.</error></OAI-PMH>""", "", "suspect")]
    [InlineData("<OAI-PMH><ListRecords></ListRecords></OAI-PMH>", "", "suspect")]
    [InlineData("""<OAI-PMH><error code="badArgument">No such set.</error></OAI-PMH>""", "The archive answers badArgument: No such set.", "failed")]
    public async Task An_archive_without_a_change_on_a_working_day_has_not_been_read(string answer, string fault, string outcome)
    {
        await using var server = await RecordedServer.AlwaysAsync(answer, "text/xml");
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");

        var result = await bed.FetchAsync("arxiv-oai", Friday, Friday);

        (result.Fault ?? "").ShouldStartWith(fault);
        (await RunsAsync(bed)).ShouldBe([outcome]);
        (await bed.OneAsync<long>("select count(*) from source_days")).ShouldBe(0);
    }

    [Fact]
    public async Task An_archive_without_a_change_on_a_Saturday_has_been_read()
    {
        await using var server = await RecordedServer.AlwaysAsync("""<OAI-PMH><error code="noRecordsMatch">None.</error></OAI-PMH>""", "text/xml");
        var bed = await WorkshopAsync(server, "2025-11-23T20:00:00Z");

        await bed.FetchAsync("arxiv-oai", "2025-11-22", "2025-11-22");

        (await RunsAsync(bed)).ShouldBe(["quiet"]);
        (await bed.OneAsync<long>("select count(*) from source_days")).ShouldBe(1);
    }

    [Theory]
    [InlineData("same")]
    [InlineData("two by turns")]
    public async Task Harvesting_that_goes_in_a_circle_has_not_read_its_days(string circle)
    {
        await using var server = await RecordedServer.StartAsync((context, before) => context.AnswerAsync(
            $"""<OAI-PMH><ListRecords><record><header><identifier>oai:arXiv.org:2511.00001</identifier></header><metadata><arXiv><id>2511.00001</id><created>2025-11-20</created><title>Round</title><authors/><abstract>A.</abstract></arXiv></metadata></record><resumptionToken>{(circle == "same" ? 0 : before % 2)}</resumptionToken></ListRecords></OAI-PMH>""",
            "text/xml"));
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");

        var result = await bed.FetchAsync("arxiv-oai", Friday, Friday);

        result.Fault.ShouldNotBeNull().ShouldContain("does not end");
        server.Asked.Count.ShouldBeLessThan(5);
        (await bed.OneAsync<long>("select count(*) from source_days")).ShouldBe(0);
    }

    [Theory]
    [InlineData("arxiv", "<?xml version=\"1.0\"?><status>Down for maintenance</status>")]
    [InlineData("arxiv", "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"><body>Maintenance</body></html>")]
    [InlineData("arxiv", "<!-- cache --><html><body>Maintenance</body></html>")]
    [InlineData("arxiv", "<OAI-PMH><responseDate>2025-11-21T00:00:00Z</responseDate></OAI-PMH>")]
    [InlineData("arxiv-oai", "<?xml version=\"1.0\"?><status>Down for maintenance</status>")]
    [InlineData("arxiv-oai", "<feed xmlns=\"http://www.w3.org/2005/Atom\"></feed>")]
    public async Task XML_that_is_no_list_is_a_failed_run_and_no_quiet_day(string source, string body)
    {
        await using var server = await RecordedServer.AlwaysAsync(body, "text/xml");
        var bed = await WorkshopAsync(server, "2025-11-21T20:00:00Z");

        var result = await bed.FetchAsync(source, Friday, Friday);

        result.Fault.ShouldNotBeNull().ShouldContain("no list of papers");
        (await RunsAsync(bed)).ShouldAllBe(outcome => outcome == "failed");
        (await bed.OneAsync<long>("select count(*) from source_days")).ShouldBe(0);
    }

    [Fact]
    public async Task A_feed_joins_by_configuration_alone()
    {
        await using var server = await RecordedServer.AlwaysAsync("""{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","url":"https://lab.example/q","title":"Lab Paper","content_text":"Words.","date_published":"2025-11-20T10:00:00Z"}]}""");
        var bed = await CatalogueTestBed.StartAsync(
            fixture, "2025-11-21T20:00:00Z", ("Sources__Feeds__0__Name", "our-lab"), ("Sources__Feeds__0__Url", server.Url + "/feed.json"));

        var result = await bed.FetchAsync("our-lab");

        result.Import.Added.ShouldBe(1);
        (await bed.ListAsync()).ShouldHaveSingleItem().Sources.ShouldBe(["our-lab"]);
    }

    [Fact]
    public async Task A_batch_served_again_under_a_fresh_date_a_silent_working_day_and_a_date_that_stands_still_are_told()
    {
        var body = Day("2025-11-20", 1, 2);
        await using var server = await RecordedServer.StartAsync((context, _) => context.AnswerAsync(body));
        var bed = await WorkshopAsync(server, "2025-11-20T20:00:00Z");
        (await bed.FetchAsync("huggingface", "2025-11-20", "2025-11-20")).Warnings.ShouldBeEmpty();

        bed.TravelTo("2025-11-21T20:00:00Z");
        body = Day(Friday, 1, 2);
        (await bed.FetchAsync("huggingface", Friday, Friday)).Warnings.ShouldHaveSingleItem().ShouldContain("equals the one before it");
        body = Day("2025-11-20", 1, 2, 3);
        (await bed.FetchAsync("huggingface", Friday, Friday)).Warnings.ShouldHaveSingleItem().ShouldContain("does not move");
        body = "[]";
        (await bed.FetchAsync("huggingface", Friday, Friday)).Warnings.ShouldHaveSingleItem().ShouldContain("a working day");

        var condition = (await bed.App.Service<SourceHealth>().CheckAsync(CancellationToken.None)).Single(source => source.Source == "huggingface");
        condition.IsHealthy.ShouldBeFalse();
        bed.TravelTo("2025-11-22T20:00:00Z");
        (await bed.FetchAsync("huggingface", "2025-11-22", "2025-11-22")).Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task Requests_to_arXiv_keep_their_distance()
    {
        await using var server = await RecordedServer.AlwaysAsync("<feed/>", "application/atom+xml");
        using var http = new SourceHttp(new SourceHttpOptions(), [new Uri(server.Url)], TimeSpan.FromMilliseconds(300), new TestClock(), TimeProvider.System);
        var watch = System.Diagnostics.Stopwatch.StartNew();

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => http.GetAsync(new Uri(server.Url), new AnswerMemory(), marks: null, CancellationToken.None)));

        watch.Elapsed.ShouldBeGreaterThan(TimeSpan.FromMilliseconds(590));
    }

    private Task<CatalogueTestBed> WorkshopAsync(RecordedServer server, string now, string timeout = "30", string retries = "2") => CatalogueTestBed.StartAsync(
        fixture,
        now,
        ("Sources__HuggingFace__Enabled", "true"),
        ("Sources__HuggingFace__BaseUrl", server.Url),
        ("Sources__Arxiv__BaseUrl", server.Url),
        ("Sources__Arxiv__SpacingSeconds", "0"),
        ("Sources__Arxiv__Categories__0", "cs.CL"),
        ("Sources__Arxiv__Categories__1", "cs.LG"),
        ("Sources__Http__TimeoutSeconds", timeout),
        ("Sources__Http__RetrySeconds", "0"),
        ("Sources__Http__Retries", retries),
        ("Sources__Http__MaxMegabytes", "1"));

    private static Task<IReadOnlyList<string>> RunsAsync(CatalogueTestBed bed) =>
        bed.App.Database.QueryAsync<string>("select outcome from source_runs order by id", null, CancellationToken.None);

    private static async Task FailAsync(HttpContext context, string fault)
    {
        var day = Day(Friday, 1, 2);
        switch (fault)
        {
            case "cut":
                await context.AnswerAsync(day[..^20]);
                break;
            case "html":
                await context.AnswerAsync("<!DOCTYPE html><html><body>Down for maintenance</body></html>", "text/html");
                break;
            case "error":
                await context.AnswerAsync("""{"error":"Invalid date"}""", status: 400);
                break;
            case "not-json":
                await context.AnswerAsync("hello");
                break;
            case "deep":
                await context.AnswerAsync("[{\"paper\":" + new string('[', 100_000));
                break;
            case "latin1":
                context.Response.ContentType = "application/json";
                await context.Response.Body.WriteAsync(System.Text.Encoding.Latin1.GetBytes(day.Replace("Paper 1", "Papér 1", StringComparison.Ordinal)));
                break;
            case "bomb":
                await context.AnswerPackedAsync("[" + new string(' ', 20_000_000) + "]");
                break;
            case "huge":
                await context.AnswerAsync("[" + new string(' ', 2_000_000) + "]");
                break;
            case "bad-gzip":
                context.Response.Headers.ContentEncoding = "gzip";
                await context.Response.WriteAsync("this is not gzip at all");
                break;
            case "packed-twice":
                context.Response.Headers.ContentEncoding = "gzip, gzip";
                await context.Response.WriteAsync(day);
                break;
            case "hangs-up":
                context.Response.ContentLength = day.Length;
                await context.Response.WriteAsync(day[..50]);
                await context.Response.Body.FlushAsync();
                context.Abort();
                break;
            case "drips":
                for (var i = 0; i < day.Length && !context.RequestAborted.IsCancellationRequested; i++)
                {
                    await context.Response.WriteAsync(day[i..(i + 1)], context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                    await Task.Delay(100, context.RequestAborted);
                }

                break;
            case "stalls":
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                break;
            case "stalls-packed":
                context.Response.Headers.ContentEncoding = "gzip";
                await context.Response.Body.WriteAsync(Packed(day).AsMemory(0, 10));
                await context.Response.Body.FlushAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                break;
            case "packs-nothing":
                context.Response.Headers.ContentEncoding = "gzip";
                for (var nothing = Enumerable.Repeat(Packed(" "), 5_000).SelectMany(member => member).ToArray(); ;)
                    await context.Response.Body.WriteAsync(nothing, context.RequestAborted);
            case "redirect-nowhere":
                context.Response.Redirect("//");
                break;
            case "redirect-private":
                context.Response.Redirect("http://169.254.169.254/latest/meta-data/");
                break;
            case "redirect-loop":
                context.Response.Redirect(context.Request.Path + context.Request.QueryString);
                break;
            case "busy":
                await context.AnswerAsync("busy", "text/plain", 503);
                break;
            case "too-long":
                context.Response.Headers.RetryAfter = "9999";
                await context.AnswerAsync("busy", "text/plain", 429);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(fault), fault, "No such fault.");
        }
    }

    private static byte[] Packed(string text)
    {
        using var packed = new MemoryStream();
        using (var writer = new GZipStream(packed, CompressionLevel.Fastest))
            writer.Write(System.Text.Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    private static string Day(string day, params int[] numbers) =>
        "[" + string.Join(',', numbers.Select(number => Entry.Replace("NUMBER", number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("ID", "2511." + number.ToString("00000", CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("DAY", day, StringComparison.Ordinal))) + "]";

    private static string Rss(string announced, string id) =>
        $"""<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel><item><title>Paper {id[..10]}</title><link>https://arxiv.org/abs/{id}</link><description>arXiv:{id} Announce Type: {announced} Abstract: About.</description><guid>oai:arXiv.org:{id}</guid><pubDate>Fri, 21 Nov 2025 00:00:00 -0500</pubDate><arxiv:announce_type>{announced}</arxiv:announce_type><dc:creator>A. One</dc:creator></item></channel></rss>""";

    private static string Atom(int total, params string[] ids) =>
        $"""<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><opensearch:totalResults>{total}</opensearch:totalResults>{string.Concat(ids.Select(id => $"<entry><id>http://arxiv.org/abs/{id}v1</id><title>Paper {id}</title><published>2025-11-20T10:00:00Z</published><updated>2025-11-20T10:00:00Z</updated><summary>About.</summary><author><name>A. One</name></author></entry>"))}</feed>""";
}
