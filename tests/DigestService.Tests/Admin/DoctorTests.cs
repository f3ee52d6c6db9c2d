using System.Net;
using DigestService.Admin;
using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Inbound;
using DigestService.Inbound.Ways;
using DigestService.Mail.Smtp;
using DigestService.Mails;
using DigestService.Sources;
using DigestService.Suppressions;
using DigestService.Tests.Shared;
using DigestService.Topics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using DigestService.Platform;
using DigestService.Relevance.Embeddings;
using NodaTime;

namespace DigestService.Tests.Admin;

public sealed class DoctorTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private static readonly MigrationReport Migrated = new(Applied: 0, Already: 1, Version: 1);

    [Fact]
    public async Task A_relay_that_takes_mail_is_well_and_unsigned_mail_is_a_warning()
    {
        await using var relay = SmtpReceiver.Start(new IPEndPoint(IPAddress.Loopback, 0), (_, _) => Task.CompletedTask);
        var app = await apps.CreateAsync(
            ("Smtp__Host", "127.0.0.1"), ("Smtp__Port", $"{relay.EndPoint.Port}"),
            ("Site__BaseUrl", "https://papers.example"), ("Site__PostalAddress", "1 Library Lane, Bookham"), ("Mail__From", "digest@papers.example"));
        var checks = await app.Service<Doctor>().ExamineAsync(Migrated, CancellationToken.None);

        checks.Single(check => check.Name == "smtp").ShouldSatisfyAllConditions(
            smtp => smtp.Ok.ShouldBeTrue(),
            smtp => smtp.Detail.ShouldContain("takes mail"));
        checks.Single(check => check.Name == "dkim").ShouldSatisfyAllConditions(
            dkim => dkim.Ok.ShouldBeFalse(),
            dkim => dkim.IsWarning.ShouldBeTrue());
        // The tests' own database writes nothing through, and has a superuser alone.
        checks.Single(check => check.Name == "durability").ShouldBe(new Check(
            "durability", false, "off in PostgreSQL: fsync, full_page_writes, synchronous_commit; a power cut may damage what the server holds, and mails may go out twice without a word: set it on", IsWarning: true));
        checks.Single(check => check.Name == "role").Detail.ShouldContain("a superuser of the database server");
        checks.Where(check => check.Name is not ("dkim" or "durability" or "role" or "inbox")).ShouldAllBe(check => check.Ok);
    }

    [Fact]
    public async Task A_relay_that_is_gone_is_told()
    {
        var gone = SmtpReceiver.Start(new IPEndPoint(IPAddress.Loopback, 0), (_, _) => Task.CompletedTask);
        await gone.DisposeAsync();
        var app = await apps.CreateAsync(("Smtp__Host", "127.0.0.1"), ("Smtp__Port", $"{gone.EndPoint.Port}"));

        var checks = await app.Service<Doctor>().ExamineAsync(Migrated, CancellationToken.None);

        checks.Single(check => check.Name == "smtp").Detail.ShouldContain("cannot be reached");
        checks.Single(check => check.Name == "clock").Ok.ShouldBeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_relay_that_was_not_reached_or_turns_us_away_has_shown_no_TLS(bool isGone)
    {
        await using var busy = ScriptedSmtpServer.Start(answers: step => step.Point == SmtpPoint.Greeting ? SmtpAnswer.Reply("554 No SMTP service here") : null);
        var gone = SmtpReceiver.Start(new IPEndPoint(IPAddress.Loopback, 0), (_, _) => Task.CompletedTask);
        await gone.DisposeAsync();
        var port = isGone ? gone.EndPoint.Port : busy.Port;
        var app = await apps.CreateAsync(("Smtp__Host", "127.0.0.1"), ("Smtp__Port", $"{port}"), ("Smtp__Tls", "StartTls"));

        var checks = await app.Service<Doctor>().ExamineAsync(Migrated, CancellationToken.None);

        checks.Single(check => check.Name == "tls").ShouldBe(new Check("tls", false, $"the connection to 127.0.0.1:{port} did not come as far as TLS", IsWarning: true));
    }

    [Fact]
    public async Task Readers_in_a_zone_that_nobody_knows_are_told()
    {
        var app = await apps.CreateAsync();
        await app.Database.ExecuteAsync(
            """
            insert into subscribers (address, address_key, state, zone, next_due_at, next_due_on, created_at)
            select r.address, r.address, 'active', r.zone, now(), current_date, now()
            from (values ('a@x.example', 'Mars/Phobos'), ('b@x.example', 'Mars/Phobos'), ('c@x.example', 'Europe/Kyiv'), ('d@x.example', 'europe/kyiv')) as r (address, zone)
            """,
            null,
            default);

        var zones = (await app.Service<Doctor>().ExamineAsync(Migrated, CancellationToken.None)).Single(check => check.Name == "zones");

        (zones.Ok, zones.IsWarning).ShouldBe((false, true));
        zones.Detail.ShouldContain(" does not know Mars/Phobos (2 readers), europe/kyiv (1 reader): ");
    }

    [Fact]
    public async Task A_check_that_meets_what_nobody_thought_of_fails_alone_and_says_so()
    {
        var checks = await Doctor.GuardAllAsync("dkim", _ => throw new ArgumentOutOfRangeException(nameof(apps), "No name server."), CancellationToken.None);

        checks.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            check => (check.Name, check.Ok).ShouldBe(("dkim", false)),
            check => check.Detail.ShouldStartWith("this could not be looked at. Failed: No name server."));
    }

    [Fact]
    public async Task Held_sending_is_told_at_once()
    {
        var app = await apps.CreateAsync();
        await app.Service<SendingHold>().HoldAsync("Wrong papers.", CancellationToken.None);

        var checks = await app.Service<Doctor>().ExamineAsync(Migrated, CancellationToken.None);

        checks.Single(check => check.Name == "outbox").ShouldBe(
            new Check("outbox", false, "Sending is held and mails wait: Wrong papers. 'digest outbox release' lets it go on.", IsWarning: true));
    }

    [Fact]
    public async Task What_nobody_set_and_links_without_https_are_warnings()
    {
        var bare = await apps.CreateAsync();
        var plain = await apps.CreateAsync(("Site__BaseUrl", "http://papers.example"), ("Site__PostalAddress", "1 Library Lane, Bookham"), ("Mail__From", "digest@papers.example"),
            ("Mail__DailyReport", "true"), ("Smtp__Host", "127.0.0.1"), ("Smtp__Port", "1"), ("Smtp__Password", "secret"));

        var unset = await bare.Service<Doctor>().ExamineAsync(Migrated, CancellationToken.None);
        var http = await plain.Service<Doctor>().ExamineAsync(Migrated, CancellationToken.None);

        unset.Where(check => check.IsWarning).Select(check => check.Name).ShouldBe(["durability", "role", "site", "address", "from", "smtp", "inbox", "dkim"]);
        http.Single(check => check.Name == "site").ShouldSatisfyAllConditions(
            site => site.IsWarning.ShouldBeTrue(),
            site => site.Detail.ShouldContain("no one-click unsubscribing (RFC 8058)"));
        http.ShouldNotContain(check => check.Name == "address" || check.Name == "from");
        http.Where(check => check.IsWarning).Select(check => check.Name).Intersect(["account", "report"], StringComparer.Ordinal).Count().ShouldBe(2);
    }

    [Fact]
    public async Task A_data_folder_without_rights_is_a_warning_that_names_it()
    {
        var file = Path.Combine(TestDirectory.Create("data"), "file");
        await File.WriteAllTextAsync(file, "");
        var app = await apps.CreateAsync(("Data__Directory", file));

        var checks = await app.Service<Doctor>().ExamineAsync(Migrated, CancellationToken.None);

        checks.Single(check => check.Name == "folder").ShouldSatisfyAllConditions(
            folder => folder.IsWarning.ShouldBeTrue(),
            folder => folder.Detail.ShouldStartWith($"Setting Data__Directory: nothing can be written in '{file}'"));
    }

    [Theory]
    [InlineData("papers.example", "digest@papers.example", true)]
    [InlineData("papers.example", "digest@mail.papers.example", true)]
    [InlineData("mail.papers.example", "digest@papers.example", true)]
    [InlineData("papers.example", "digest@otherpapers.example", false)]
    [InlineData("relay.example", "digest@papers.example", false)]
    public async Task A_signature_that_is_not_aligned_with_the_sender_is_a_warning(string signing, string from, bool isAligned)
    {
        var key = Path.Combine(TestDirectory.Create("dkim"), "key.pem");
        using (var rsa = System.Security.Cryptography.RSA.Create(2048))
            await File.WriteAllTextAsync(key, rsa.ExportPkcs8PrivateKeyPem());
        var app = await apps.CreateAsync(("Dkim__Domain", signing), ("Dkim__Selector", "s"), ("Dkim__PrivateKeyFile", key), ("Mail__From", from));

        var checks = await app.Service<Doctor>().ExamineAsync(Migrated, CancellationToken.None);

        checks.Any(check => check.Name == "alignment" && check.IsWarning).ShouldBe(!isAligned);
    }

    [Fact]
    public async Task A_database_without_readers_tells_when_it_was_made()
    {
        var app = await apps.CreateAsync();

        (await ReadersAsync()).ShouldSatisfyAllConditions(
            readers => readers.Ok.ShouldBeTrue(),
            readers => readers.Detail.ShouldMatch(@"^nobody has signed up; this database was made at 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$"));

        await app.Database.ExecuteAsync("insert into subscribers (address, address_key, state, created_at) values ('ada@mail.example', 'ada@mail.example', 'pending', now())", null, default);
        (await ReadersAsync()).ShouldSatisfyAllConditions(
            readers => readers.Ok.ShouldBeTrue(),
            readers => readers.Detail.ShouldStartWith("1 pending; this database was made at 20"));

        async Task<Check> ReadersAsync() => (await app.Service<Doctor>().ExamineAsync(Migrated, CancellationToken.None)).Single(check => check.Name == "readers");
    }

    [Fact]
    public async Task Several_days_of_bounces_that_wait_for_a_look_are_one_sentence()
    {
        var app = await apps.CreateAsync();
        var today = app.Clock.GetCurrentInstant().InUtc().Date;

        await BounceAsync(app, today.PlusDays(-2));
        (await DetailAsync()).ShouldStartWith($"On {today.PlusDays(-2):uuuu-MM-dd} 40 of 60 mails bounced hard, so that day suppresses nobody: ");

        await BounceAsync(app, today.PlusDays(-1));
        (await DetailAsync()).ShouldBe(
            $"On 2 days so many mails bounced hard that none of them suppresses anybody: {today.PlusDays(-2):uuuu-MM-dd} (40 of 60), {today.PlusDays(-1):uuuu-MM-dd} (40 of 60). "
            + "Look why, then 'digest suppressions review DAY --count' or '--dismiss' for each.");

        async Task<string> DetailAsync() =>
            (await app.Service<Doctor>().ExamineAsync(Migrated, CancellationToken.None)).Single(check => check.Name == "bounces").Detail;
    }

    private static Task BounceAsync(TestApp app, NodaTime.LocalDate day) => app.Database.ExecuteAsync(
        "insert into bounce_days (happened_on, writer, mails, hard) values (@day, 'test', 60, 40)", new { day }, default);

    [Fact]
    public async Task A_database_that_is_gone_fails_its_own_checks_and_keeps_no_other_from_being_told()
    {
        var app = await apps.CreateAsync();
        var gone = new NpgsqlConnectionStringBuilder(app.Database.Source.ConnectionString) { Port = 1 };
        await using var database = Database.Connect(gone.ConnectionString);
        var doctor = new Doctor(
            database, app.Service<SiteOptions>(), app.Service<SmtpOptions>(), app.Service<MailOptions>(), app.Service<MailSignature>(),
            new OutboxHealth(database, app.Clock),
            new RelayTroubles(database, app.Service<SmtpOptions>(), app.Clock, NullLogger<RelayTroubles>.Instance),
            new ComposingHealth(database, app.Clock), new OperatorSuppressions(database, app.Service<LinkSigner>(), app.Clock), app.Service<SourceHealth>(),
            app.Service<EmbeddingRound>(), app.Service<RelevanceOptions>(), new TextRecords(), app.Service<IConfiguration>(), app.Service<DataOptions>(),
            new InboxHealth(database, new InboxOptions { Kind = InboxKind.Pipe }, app.Clock),
            new ClockSkew(database, TimeProvider.System), new DigestLateness(database, app.Service<DigestOptions>(), app.Service<SourceHealth>(), app.Clock),
            new SendingHold(database, app.Service<DataOptions>(), NullLogger<SendingHold>.Instance));

        var checks = await doctor.ExamineAsync(Migrated, CancellationToken.None);

        checks.Where(check => check is { Ok: false, IsWarning: false }).Select(check => check.Name).ShouldBe(["database", "readers", "durability", "role", "clock", "zones", "delivery", "bounces", "inbox", "outbox", "doubt", "digests"]);
        checks.ShouldContain(check => check.Name == "folder" && check.Ok);
    }
}
