using System.Text.Json;
using DigestService.Tests.Delivery;
using DigestService.Tests.Digests;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Hosting;

/// <summary>Every verb that reports, as a script calls it: one JSON object on stdout, with the keys that scripts rely on.</summary>
public sealed class VerbContractTests(PostgresFixture postgres, AppFixture apps) : IClassFixture<PostgresFixture>, IClassFixture<AppFixture>
{
    private const string Now = "--now 2026-03-04T07:30:00Z";

    [Fact]
    public async Task Every_verb_that_reports_prints_one_JSON_object_with_the_keys_that_scripts_rely_on()
    {
        await using var relay = ScriptedSmtpServer.Start();
        var database = await postgres.CreateDatabaseAsync();
        var folder = TestDirectory.Create("verbs");
        var papers = Path.Combine(folder, "papers.jsonl");
        await File.WriteAllTextAsync(papers, """{"id":"2603.00001","title":"Pruning large networks","summary":"We prune large networks.","listed_on":"2026-03-03","upvotes":9}""");
        var readers = Path.Combine(folder, "readers.csv");
        await File.WriteAllTextAsync(readers, "email,topics,query,zone,at,frequency,max\nada@reader.example,,pruning,UTC,07:00,daily,10\neve@reader.example,,pruning,UTC,07:00,daily,10\n");
        var mail = Path.Combine(folder, "mail.eml");
        await File.WriteAllTextAsync(mail, "From: Zoe <zoe@reader.example>\r\nTo: list@papers.example\r\nSubject: help\r\nMessage-ID: <1@reader.example>\r\n\r\nhelp\r\n");

        // Each builds upon those before.
        await ShouldReportAsync("migrate", "applied", "already", "version");
        await ShouldReportAsync($"papers import {papers} {Now}", "files", "read", "added", "updated", "duplicates", "rejected", "rejections");
        await ShouldReportAsync($"subscribers import {readers} --now 2026-03-03T12:00:00Z", "read", "added", "updated", "rejected", "rejections");
        await ShouldReportAsync($"subscribers add joe@reader.example --query pruning --confirmed {Now}", "id", "state");
        await ShouldReportAsync($"digests preview ada@reader.example {Now} --out {folder}", "subject", "items", "bytes", "files");
        await ShouldReportAsync($"digests run {Now}", "planned", "sent", "deferred", "failed", "unknown", "suppressed", "empty", "seconds");
        await ShouldReportAsync("subscribers erase eve@reader.example", "erased");
        await ShouldReportAsync("suppressions add bob@reader.example", "added");

        // These change nothing, or nothing that the others read.
        (string Verb, string[] Keys)[] others =
        [
            ("papers list", ["papers", "total"]),
            ("papers hidden", []),
            ("topics list", ["topics"]),
            ($"topics test pruning {Now}", ["matches", "near", "per_day"]),
            ("subscribers list", ["subscribers", "total"]),
            ("subscribers export ada@reader.example", []),
            ("digests why ada@reader.example 2026-03-04", ["outcome", "reasons", "candidates", "items"]),
            ("outbox status", ["queued", "sending", "sent", "deferred", "failed", "unknown", "suppressed"]),
            ("outbox release", ["queued", "sending", "sent", "deferred", "failed", "unknown", "suppressed"]),
            ("outbox retry", ["queued", "sending", "sent", "deferred", "failed", "unknown", "suppressed"]),
            ("suppressions list", ["suppressions", "total"]),
            ("suppressions lift bob@reader.example", ["lifted"]),
            ($"inbound classify {mail}", ["messages"]),
            ($"inbound handle {mail}", ["kind", "action"]),
            ("keys list", []),
        ];
        foreach (var few in others.Chunk(4))
            await Task.WhenAll(few.Select(other => ShouldReportAsync(other.Verb, other.Keys)));

        async Task ShouldReportAsync(string verb, params string[] keys)
        {
            var run = await WorkerProcess.RunAsync(
                database, verb + " --json", [.. relay.Settings, ("Sources__HuggingFace__Enabled", "false"), ("Sources__Arxiv__Enabled", "false")]);
            run.Code.ShouldBe(0, $"{verb}: {run.Errors}");
            using var report = JsonDocument.Parse(run.Output);
            report.RootElement.ValueKind.ShouldBe(JsonValueKind.Object, verb);
            keys.ShouldBeSubsetOf([.. report.RootElement.EnumerateObject().Select(property => property.Name)], verb);
        }
    }

    [Fact]
    public async Task Papers_of_a_topic_are_listed_where_nothing_has_been_served_yet()
    {
        var database = await postgres.CreateDatabaseAsync();
        var papers = Path.Combine(TestDirectory.Create("papers"), "papers.jsonl");
        await File.WriteAllTextAsync(papers, """{"title":"Latent reasoning in language models","listed_on":"2026-03-03"}""");
        (await WorkerProcess.RunAsync(database, $"papers import {papers} {Now}")).ShouldSucceed();

        (await WorkerProcess.RunAsync(database, "papers list --topic reasoning")).ShouldSucceed().ShouldContain("Latent reasoning in language models");
    }

    [Fact]
    public async Task A_mail_that_signs_up_for_a_topic_is_understood_where_nothing_has_been_served_yet()
    {
        var database = await postgres.CreateDatabaseAsync();
        var mail = Path.Combine(TestDirectory.Create("mail"), "subscribe.eml");
        await File.WriteAllTextAsync(mail, "From: ada@reader.example\r\nTo: list@digest.example\r\nSubject: subscribe reasoning\r\nMessage-ID: <1@reader.example>\r\n\r\n");
        (await WorkerProcess.RunAsync(database, "migrate")).ShouldSucceed();

        (await WorkerProcess.RunAsync(database, $"inbound handle {mail} {Now}")).ShouldSucceed();

        (await WorkerProcess.RunAsync(database, "subscribers export ada@reader.example")).ShouldSucceed().ShouldMatch("\"topic\": *\"reasoning\"");
    }

    [Fact]
    public async Task Topics_are_listed_where_the_database_takes_no_writes()
    {
        var database = await postgres.CreateDatabaseAsync();
        var (name, topics) = (await database.QuerySingleOrDefaultAsync<string>("select current_database()", null, default), await ListAsync());
        await database.ExecuteAsync($"alter database \"{name}\" set default_transaction_read_only = on", null, default);

        (await ListAsync()).ShouldBe(topics);
        (await WorkerProcess.RunAsync(database, "papers list --topic reasoning")).ShouldSucceed();

        async Task<string> ListAsync() => (await WorkerProcess.RunAsync(database, "topics list")).ShouldSucceed();
    }

    [Fact]
    public async Task A_digest_is_previewed_where_the_database_takes_no_writes()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        var database = bed.Database;
        await bed.AddPaperAsync("Pruning of networks");
        await bed.AddReaderAsync("joe@reader.example", "pruning");
        var preview = $"digests preview joe@reader.example --out {TestDirectory.Create("verbs")} {Now}";
        var before = await RunAsync(preview);
        var name = await database.QuerySingleOrDefaultAsync<string>("select current_database()", null, default);
        await database.ExecuteAsync($"alter database \"{name}\" set default_transaction_read_only = on", null, default);

        var onStandby = await RunAsync(preview);

        onStandby.ShouldBe(before);
        onStandby.ShouldContain("Pruning of networks");

        async Task<string> RunAsync(string verb) => (await WorkerProcess.RunAsync(database, verb)).ShouldSucceed();
    }

    [Theory]
    [InlineData("papers list --topic nonsense", "There is no topic 'nonsense'; 'digest topics list' names those there are.")]
    [InlineData("suppressions review 2062-03-04 --count", "No mail is known to have bounced hard on 2062-03-04")]
    public async Task A_topic_that_does_not_exist_and_a_day_without_bounces_are_told_and_no_empty_list(string verb, string sentence)
    {
        var run = await WorkerProcess.RunAsync(await postgres.CreateDatabaseAsync(), verb);

        run.Code.ShouldBe(1);
        run.Errors.ShouldContain(sentence);
    }

    [Fact]
    public async Task A_preview_says_when_no_mail_would_go_out_and_a_rare_query_is_not_said_to_bring_nothing()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning of networks");
        await bed.AddReaderAsync("joe@reader.example", "pruning");
        await bed.AddOwnQueryAsync(await bed.AddReaderAsync("ada@reader.example"), "zebrafish");
        const string noMail = "No mail would go out; the files hold the note of such a day.";

        (await RunAsync($"digests preview ada@reader.example --out {TestDirectory.Create("verbs")} {Now}")).ShouldContain(noMail);
        (await RunAsync($"digests preview joe@reader.example --out {TestDirectory.Create("verbs")} {Now}")).ShouldNotContain(noMail);
        (await RunAsync($"digests preview ada@reader.example --out {TestDirectory.Create("verbs")} {Now} --json")).ShouldContain("\"is_mailed\":false");
        await RunAsync($"subscribers add bea@reader.example --query pruning {Now}");
        (await RunAsync($"digests preview bea@reader.example --out {TestDirectory.Create("verbs")} {Now}")).ShouldContain("No digest is planned: the reader is pending. The files hold the mail as it would be.");
        (await RunAsync($"digests preview bea@reader.example --out {TestDirectory.Create("verbs")} {Now} --json")).ShouldContain("\"is_mailed\":false");
        (await RunAsync($"topics test pruning --days 400 {Now}")).ShouldContain("1 paper in 400 days, less than 0.01 a day.");
        (await RunAsync($"topics test pruning --days 3660 --json {Now}")).ShouldContain("\"per_day\":0.0003,");
        (await RunAsync($"topics test zebrafish --days 400 {Now}")).ShouldContain("0 papers in 400 days, 0 a day.");

        async Task<string> RunAsync(string verb) => (await WorkerProcess.RunAsync(bed.Database, verb)).ShouldSucceed();
    }

    [Fact]
    public async Task A_preview_that_cannot_be_written_says_why_in_words_of_ours()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddReaderAsync("joe@reader.example", "pruning");
        var file = Path.Combine(TestDirectory.Create("verbs"), "file");
        await File.WriteAllTextAsync(file, "");

        foreach (var folder in (string[])[file, file + "/below", file + "/far/below"])
        {
            var preview = await WorkerProcess.RunAsync(bed.Database, $"digests preview joe@reader.example {Now} --out {folder}");

            preview.Code.ShouldBe(1);
            preview.Errors.Trim().ShouldBe($"--out: {file} is a file and not a folder; name a folder.");
        }
    }

    [Fact]
    public async Task What_is_done_to_nobody_fails_and_says_so()
    {
        var database = await postgres.CreateDatabaseAsync();
        var readers = Path.Combine(TestDirectory.Create("verbs"), "readers.csv");
        await File.WriteAllTextAsync(readers, "email,topics\nnobody,\nada@reader.example,no-topic\n");
        var folder = TestDirectory.Create("verbs");
        await File.WriteAllTextAsync(Path.Combine(folder, "readme.md"), "No papers.");

        (await RunAsync($"subscribers import {readers} {Now}")).ShouldBe((1, "Nobody was taken; readers.csv, line 2: The email is not an address."));
        (await RunAsync("subscribers list --list nowhere")).ShouldBe((1, "There is no list 'nowhere'."));
        (await RunAsync("subscribers erase stranger@reader.example")).ShouldBe((1, "Nothing is held on stranger@reader.example; is it written as its reader wrote it?"));
        (await RunAsync("subscribers export stranger@reader.example")).ShouldBe((1, "Nothing is held on stranger@reader.example; is it written as its reader wrote it?"));
        (await RunAsync("digests why stranger@reader.example 2026-03-04")).ShouldBe((1, "stranger@reader.example is not subscribed; see 'digest subscribers list'."));
        (await RunAsync($"papers import {folder} {Now}")).ShouldBe(
            (1, $"There is no file to import in '{folder}': in folders names end in .txt, .json, .jsonl, .ndjson, .xml, .atom, .rss, packed with .gz behind it."));
        (await RunAsync("suppressions lift stranger@reader.example")).ShouldBe((1, "stranger@reader.example is not on the list; 'digest suppressions list' shows who is."));

        async Task<(int Code, string Errors)> RunAsync(string verb)
        {
            var run = await WorkerProcess.RunAsync(database, verb, ("Logging__LogLevel__Default", "Warning"));
            return (run.Code, run.Errors.Trim());
        }
    }

    [Fact]
    public async Task Why_a_digest_held_a_paper_is_told_to_people_without_JSON()
    {
        await using var relay = ScriptedSmtpServer.Start();
        var database = await postgres.CreateDatabaseAsync();
        var file = Path.Combine(TestDirectory.Create("verbs"), "2026-03-04.jsonl");
        await File.WriteAllTextAsync(file, """{"title":"Pruning of networks","summary":"We prune.","upvotes":9}""");
        await RunAsync("subscribers add joe@reader.example --query pruning --confirmed --now 2026-03-03T12:00:00Z");
        await RunAsync($"papers import {file} {Now}");
        await RunAsync($"digests run {Now}");

        var german = await WorkerProcess.RunAsync(database, "digests why joe@reader.example 2026-03-04", ("LC_ALL", "de_DE.UTF-8"));
        var told = german.ShouldSucceed().Split(Environment.NewLine);

        var paper = Array.FindIndex(told, line => line.EndsWith("  Pruning of networks", StringComparison.Ordinal));
        told[paper].ShouldNotContain(',');
        told[paper + 1].Trim().ShouldBe("on your topic pruning (Pruning) · 9 upvotes within 8 hours");

        async Task<string> RunAsync(string verb) => (await WorkerProcess.RunAsync(database, verb, relay.Settings)).ShouldSucceed();
    }

    [Fact]
    public async Task A_run_by_a_clock_that_is_days_ahead_is_refused_unless_the_moment_is_named()
    {
        var database = await postgres.CreateDatabaseAsync();
        await database.ExecuteAsync(
            """
            create function public.clock_timestamp() returns timestamptz language sql as $$ select pg_catalog.clock_timestamp() - interval '8 days' $$;
            do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$
            """,
            null,
            default);

        (await RunAsync("digests run")).ShouldSatisfyAllConditions(
            run => run.Code.ShouldBe(1),
            run => run.Errors.ShouldContain("ahead of the database's: set both by NTP. No digest is planned, "));
        (await RunAsync($"digests run {Now}")).Code.ShouldBe(0);

        Task<VerbResult> RunAsync(string verb) => WorkerProcess.RunAsync(database, verb, ("Smtp__Host", "127.0.0.1"));
    }

    [Fact]
    public async Task What_a_message_is_is_told_to_people_without_JSON()
    {
        var folder = TestDirectory.Create("verbs");
        await File.WriteAllTextAsync(Path.Combine(folder, "help.eml"), "From: Zoe <zoe@reader.example>\r\nTo: list@papers.example\r\nSubject: help\r\n\r\nadd cs.LG\r\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "bounce.eml"), """
            From: MAILER-DAEMON@relay.example
            To: bounces@papers.example
            Subject: Undelivered Mail Returned to Sender
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=delivery-status; boundary=b

            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; relay.example

            Final-Recipient: rfc822; ada@xn--bcher-kva.example
            Action: failed
            Status: 5.1.1
            Diagnostic-Code: smtp; 550 5.1.1 No such user

            --b--
            """.ReplaceLineEndings("\r\n"));

        var told = (await WorkerProcess.RunAsync(await postgres.CreateDatabaseAsync(), $"inbound classify {folder}")).ShouldSucceed();

        told.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).ShouldBe([
            "bounce.eml: bounce, sent by a machine", "  ada@bücher.example: for good 5.1.1 user_unknown", "help.eml: command", "  help", "  add cs.LG",
        ]);
    }

    [Fact]
    public async Task A_word_that_is_no_verb_is_told_alone_with_those_there_are()
    {
        var run = await WorkerProcess.RunAsync(await postgres.CreateDatabaseAsync(), "subscribers nonsense");

        run.Code.ShouldBe(2);
        var told = run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        told[0].ShouldStartWith("'nonsense' cannot follow 'digest subscribers': write one of add, ");
        told[1..].ShouldBe(["Run 'digest subscribers --help' for usage."]);
    }

    [Fact]
    public async Task A_receiver_of_telemetry_that_is_no_address_is_told_at_the_start_and_by_the_doctor()
    {
        var run = await WorkerProcess.RunAsync(await postgres.CreateDatabaseAsync(), "doctor --json", ("OTEL_EXPORTER_OTLP_ENDPOINT", "garbage"));

        const string Says = "OTEL_EXPORTER_OTLP_ENDPOINT: 'garbage' is not an address such as http://127.0.0.1:4318, so nothing is pushed.";
        run.Errors.ShouldContain(Says);
        using var report = JsonDocument.Parse(run.Output);
        report.RootElement.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("name").GetString() == "telemetry")
            .GetProperty("detail").GetString().ShouldBe(Says);
    }

    [Fact]
    public async Task Fetching_says_that_there_is_no_mailbox_to_fetch_from()
    {
        var told = (await WorkerProcess.RunAsync(await postgres.CreateDatabaseAsync(), "inbound fetch --json")).ShouldSucceed();

        using var report = JsonDocument.Parse(told);
        report.RootElement.GetProperty("warning").GetString().ShouldBe("No mailbox is set (Inbox__Kind).");
    }

    [Fact]
    public async Task What_names_several_papers_hides_none_of_them()
    {
        var database = await postgres.CreateDatabaseAsync();
        var papers = Path.Combine(TestDirectory.Create("verbs"), "papers.jsonl");
        await File.WriteAllTextAsync(papers, """
            {"id":"2603.00001","title":"Herons","summary":"On herons.","authors":["Ada Lovelace"],"listed_on":"2026-03-03"}
            {"id":"2603.00002","title":"Herons","summary":"On other herons.","authors":["Grace Hopper"],"listed_on":"2026-03-03"}
            """);
        (await RunAsync($"papers import {papers} {Now}")).Code.ShouldBe(0);

        var hide = await RunAsync($"papers hide Herons {Now}");

        hide.Code.ShouldBe(1);
        hide.Errors.ShouldContain("'Herons' names several papers: ");
        (await database.QuerySingleOrDefaultAsync<long>("select count(*) from hidden_papers", null, default)).ShouldBe(0);
        (await RunAsync($"papers hide 2603.00002 {Now}")).Code.ShouldBe(0);
        (await RunAsync($"papers hide 2603.00002 {Now}")).ShouldSatisfyAllConditions(
            again => again.Code.ShouldBe(1),
            again => again.Errors.ShouldContain(" is hidden: 'papers unhide "));

        Task<VerbResult> RunAsync(string verb) => WorkerProcess.RunAsync(database, verb);
    }
}
