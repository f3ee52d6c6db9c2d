using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DigestService.Admin;
using DigestService.Delivery;
using DigestService.Hosting;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Platform;
using DigestService.Tests.Mails;
using DigestService.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace DigestService.Tests.Delivery;

/// <summary>A relay that takes no mail is told of everywhere.</summary>
public sealed class RelayTroubleTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task A_refusing_relay_turns_readiness_red_and_doctor_admin_and_metrics_say_what_it_said_until_it_takes_mail()
    {
        var isMended = false;
        await using var relay = ScriptedSmtpServer.Start(answers: step => step.Point == SmtpPoint.Rcpt && !isMended ? SmtpAnswer.Reply("550 Relaying denied") : null);
        await using var host = await ServeAsync(relay);
        using var http = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };
        await TestMail.EnqueueAsync(host.Services.GetRequiredService<Database>(), 30);

        var ready = JsonNode.Parse("{}")!;
        await Eventually.TrueAsync(
            async () =>
            {
                var answer = await http.GetAsync("/readyz");
                ready = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
                // Mails that are put off may be told of as well, by a sentence before it.
                return answer.StatusCode == HttpStatusCode.ServiceUnavailable && ready["reasons"]!.AsArray().Any(reason => reason!.GetValue<string>() ==
                    $"127.0.0.1:{relay.Port} takes no mail: 550 Relaying denied. Mails wait; mend the relay or its settings, then 'digest outbox retry' and 'digest outbox send' try it at once.");
            },
            "readiness turns red and blames the relay");

        ready["relays"]![0]!["detail"]!.GetValue<string>().ShouldContain("550 Relaying denied");
        var checks = await host.Services.GetRequiredService<Doctor>().ExamineAsync(new MigrationReport(0, 1, 1), CancellationToken.None);
        checks.Single(check => check.Name == "delivery").ShouldSatisfyAllConditions(
            check => check.Ok.ShouldBeFalse(),
            check => check.Detail.ShouldContain($"127.0.0.1:{relay.Port} takes no mail: 550 Relaying denied"));
        var metrics = await http.GetStringAsync("/metrics");
        metrics.ShouldContain("digest_relay_refusing");
        metrics.ShouldContain("fault=\"relay\"");
        await http.PostAsync("/admin/sign-in", new FormUrlEncodedContent([KeyValuePair.Create("password", "correct horse battery")]));
        Regex.Count(await http.GetStringAsync("/admin"), "notice\">[^<]*takes no mail: 550 Relaying denied").ShouldBe(1);
        isMended = true;
        await Eventually.TrueAsync(async () => (await http.GetAsync("/readyz")).StatusCode == HttpStatusCode.OK, "readiness turns green");
    }

    [Fact]
    public async Task One_mail_refused_for_the_account_is_told_everywhere_until_another_is_sent()
    {
        var isMended = false;
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point == SmtpPoint.Mail && !isMended ? SmtpAnswer.Reply("550 5.7.1 Account suspended") : null);
        await using var host = await ServeAsync(relay);
        using var http = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };
        var database = host.Services.GetRequiredService<Database>();
        await TestMail.EnqueueAsync(database, 1);
        var sentence = $"127.0.0.1:{relay.Port} refused the last mail it was given, and none was sent since: 550 5.7.1 Account suspended";

        await Eventually.TrueAsync(async () => (await http.GetAsync("/readyz")).StatusCode == HttpStatusCode.ServiceUnavailable, "readiness turns red");

        var told = await (await http.GetAsync("/readyz")).Content.ReadAsStringAsync();
        told.ShouldContain(sentence);
        told.ShouldContain("then 'digest outbox retry' tries it at once");
        var checks = await host.Services.GetRequiredService<Doctor>().ExamineAsync(new MigrationReport(0, 1, 1), CancellationToken.None);
        checks.Single(check => check.Name == "delivery").ShouldSatisfyAllConditions(
            check => check.Ok.ShouldBeFalse(),
            check => check.Detail.ShouldStartWith(sentence));
        await http.PostAsync("/admin/sign-in", new FormUrlEncodedContent([KeyValuePair.Create("password", "correct horse battery")]));
        var page = await http.GetStringAsync("/admin");
        page.ShouldContain(sentence);
        page.ShouldContain(": 550 5.7.1 Account suspended</td>");
        isMended = true;
        // What the sentence names is what helps: the mail is put off, so that 'outbox send' has nothing to send.
        (await host.Services.GetRequiredService<OutboxRetry>().RunAsync(RetryOf.Deferred, day: null, limit: null, default)).ShouldHaveSingleItem().Count.ShouldBe(1);
        await Eventually.TrueAsync(async () => (await http.GetAsync("/readyz")).StatusCode == HttpStatusCode.OK, "readiness turns green");
        var after = await host.Services.GetRequiredService<Doctor>().ExamineAsync(new MigrationReport(0, 1, 1), CancellationToken.None);
        after.Single(check => check.Name == "delivery").ShouldSatisfyAllConditions(
            check => check.Ok.ShouldBeTrue(),
            check => check.Detail.ShouldContain($"last trouble with 127.0.0.1:{relay.Port}, at"));
    }

    [Fact]
    public async Task A_single_refusal_is_logged_once_an_hour_for_each_text_and_mails_the_operator_nothing()
    {
        var app = await apps.CreateAsync(("Smtp__Host", "127.0.0.1"), ("Smtp__Port", "2525"), ("Mail__OperatorAddress", "operator@service.example"));
        var log = new LinesOf<RelayTroubles>();
        var troubles = new RelayTroubles(app.Database, app.Service<SmtpOptions>(), app.Clock, log);
        var relay = new Relay(app.Service<SmtpOptions>(), "service.example", TimeProvider.System);

        foreach (var words in (string[])["5.7.1 Account suspended (id 4711)", "5.7.1 Account suspended (id 4712)", "5.7.1 Quota exceeded"])
        {
            relay.Health.Note(Mail, new SendOutcome(SendStage.MailFrom, SendResult.RejectedPermanently, new SmtpReply(550, null, words), null));
            await troubles.WriteAsync([relay], isEnd: false, default);
        }

        log.Told.Count.ShouldBe(2);
        log.Told[0].ShouldBe("Information: 127.0.0.1:2525 refused a mail for a reason that is ours: 550 5.7.1 Account suspended (id 4711). The mail waits and is tried again");
        using var alerts = new RelayAlerts(
            app.Database, troubles, app.Service<ServiceMailComposer>(), app.Service<Outbox>(), app.Service<MailOptions>(), app.Clock, NullLogger<RelayAlerts>.Instance);
        (await alerts.TellAsync(default)).ShouldBe(0);
    }

    [Fact]
    public async Task A_relay_that_refused_everybody_and_then_cannot_be_reached_is_told_as_it_is_now()
    {
        const string Refuses = "127.0.0.1:2525 takes no mail: 550 5.7.1 Account suspended";
        const string IsGone = "127.0.0.1:2525 cannot be reached: Connection refused";
        var app = await apps.CreateAsync(("Smtp__Host", "127.0.0.1"), ("Smtp__Port", "2525"));
        var log = new LinesOf<RelayTroubles>();
        var troubles = new RelayTroubles(app.Database, app.Service<SmtpOptions>(), app.Clock, log);
        var relay = new Relay(app.Service<SmtpOptions>(), "service.example", TimeProvider.System);
        for (var mail = 1; mail <= 5; mail++)
            relay.Health.Note(
                Mail with { Id = mail, Recipient = $"reader{mail}@reader.example" },
                new SendOutcome(SendStage.MailFrom, SendResult.RejectedPermanently, new SmtpReply(550, null, "5.7.1 Account suspended"), null));

        var told = new List<string>();
        foreach (var failure in (string?[])[null, IsGone, null, IsGone])
        {
            relay.LastFailure = failure;
            await troubles.WriteAsync([relay], isEnd: false, default);
            told.Add((await troubles.ReadAsync(default)).ShouldHaveSingleItem().Words);
        }

        told.ShouldBe([Refuses, IsGone, Refuses, IsGone]);
        log.Told.Where(line => line.StartsWith("Error", StringComparison.Ordinal)).Count().ShouldBe(2);

        // Who starts the service anew reads of it in the new log.
        var later = new Relay(app.Service<SmtpOptions>(), "service.example", TimeProvider.System) { LastFailure = IsGone };
        await troubles.ResumeAsync([later], default);
        later.Breaker.Failed(waited: TimeSpan.FromSeconds(30));
        await troubles.WriteAsync([later], isEnd: false, default);
        await troubles.WriteAsync([later], isEnd: false, default);
        log.Told.Count(line => line.StartsWith("Error", StringComparison.Ordinal)).ShouldBe(3);
    }

    [Fact]
    public async Task The_operator_is_mailed_by_another_relay_at_most_hourly_when_one_turns_red_and_when_it_turns_green()
    {
        await using var refusing = ScriptedSmtpServer.Start();
        await using var working = ScriptedSmtpServer.Start();
        var app = await apps.CreateAsync(
            ("Mail__OperatorAddress", "operator@service.example"),
            ("Smtp__Relays__0__Host", "127.0.0.1"), ("Smtp__Relays__0__Port", $"{refusing.Port}"),
            ("Smtp__Relays__1__Host", "127.0.0.1"), ("Smtp__Relays__1__Port", $"{working.Port}"));
        using var alerts = new RelayAlerts(
            app.Database, app.Service<RelayTroubles>(), app.Service<ServiceMailComposer>(), app.Service<Outbox>(), app.Service<MailOptions>(), app.Clock, NullLogger<RelayAlerts>.Instance);
        var bad = new { relay = $"127.0.0.1:{refusing.Port}", answers = "ours", words = "it takes no mail: 550 Relaying denied", now = app.Clock.Now };
        var told = new List<int>();

        for (var minutes = 0; minutes < 60; minutes += 10)
        {
            app.Clock.Advance(Duration.FromMinutes(10));
            await app.Database.ExecuteAsync(RelayTroubleQueries.Begin, bad with { now = app.Clock.Now }, default);
            told.Add(await alerts.TellAsync(default));
            await app.Database.ExecuteAsync(RelayTroubleQueries.End, new { bad.relay, now = app.Clock.Now }, default);
            told.Add(await alerts.TellAsync(default));
        }

        told.ShouldBe([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        app.Clock.Advance(Duration.FromMinutes(70));
        await app.Database.ExecuteAsync(RelayTroubleQueries.Begin, bad with { now = app.Clock.Now }, default);
        (await alerts.TellAsync(default)).ShouldBe(1);
        (await app.Service<Sender>().DrainAsync(default)).Sent.ShouldBeGreaterThan(0);
        var subjects = refusing.Received.Concat(working.Received).Select(mail => mail.Header("Subject")!).ToArray();
        subjects.ShouldContain(subject => subject.Contains("takes no mail", StringComparison.Ordinal));
        subjects.ShouldContain(subject => subject.Contains("takes mail again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Postfix_that_refuses_to_relay_costs_nobody_their_mail()
    {
        await using var postfix = await PostfixServer.StartAsync(TestDirectory.Create("mail"), "somebody");
        var app = await apps.CreateAsync(("Smtp__Host", "127.0.0.1"), ("Smtp__Port", $"{postfix.Port}"));
        await TestMail.EnqueueAsync(app.Database, 100);
        app.Clock.Now = TestMail.Monday;

        var counts = await app.Service<Sender>().DrainAsync(default);

        counts.Failed.ShouldBe(0);
        counts.Deferred.ShouldBe(100);
        counts.Hindrance.ShouldNotBeNull().ShouldContain("elay");
        (await app.Database.QuerySingleOrDefaultAsync<long>("select count(*) from bounces where permanent", null, default)).ShouldBe(0);
    }

    [Fact]
    public async Task Three_readers_suffice_to_notice_that_everybody_is_refused()
    {
        await using var relay = ScriptedSmtpServer.Answering(SmtpPoint.Rcpt, SmtpAnswer.Reply("550 Relaying denied"));
        var app = await apps.CreateAsync(relay.Settings);
        await TestMail.EnqueueAsync(app.Database, 3);
        app.Clock.Now = TestMail.Monday;

        (await app.Service<Sender>().DrainAsync(default)).Hindrance.ShouldNotBeNull().ShouldContain("550 Relaying denied");

        (await app.Service<RelayTroubles>().ReadAsync(default)).ShouldHaveSingleItem().Words.ShouldContain("550 Relaying denied");
        (await Senders.StatesAsync(app.Database)).ShouldBe(new Dictionary<string, long> { ["deferred"] = 3 });
    }

    [Fact]
    public async Task A_relay_that_the_last_run_could_not_reach_is_told_well_by_a_connection_alone()
    {
        await using var relay = ScriptedSmtpServer.Start();
        var configuration = await apps.CreateConfigurationAsync(relay.Settings);
        await using var host = await ServeHost.StartAsync(configuration, new TestClock(TestMail.Monday), Roles.Web, CancellationToken.None);
        using var http = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };
        var database = host.Services.GetRequiredService<Database>();
        var former = new { relay = $"127.0.0.1:{relay.Port}", answers = RelayTrouble.Unreached, words = "It refuses the account: 535 5.7.8 no", now = TestMail.Monday };
        await database.ExecuteAsync(RelayTroubleQueries.Begin, former, default);
        (await http.GetAsync("/readyz")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        using var stop = new CancellationTokenSource();

        var running = host.Services.GetRequiredService<Sender>().RunAsync(stop.Token);

        await Eventually.TrueAsync(async () => (await http.GetAsync("/readyz")).StatusCode == HttpStatusCode.OK, "readiness turns green");
        await stop.CancelAsync();
        await running;
        relay.Received.ShouldBeEmpty();
        relay.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task A_relay_that_refused_mails_in_the_last_run_is_told_well_by_a_mail_and_by_nothing_less()
    {
        var app = await apps.CreateAsync(("Smtp__Host", "127.0.0.1"), ("Smtp__Port", "2525"));
        var troubles = app.Service<RelayTroubles>();
        await app.Database.ExecuteAsync(
            RelayTroubleQueries.Begin, new { relay = "127.0.0.1:2525", answers = RelayTrouble.Ours, words = "127.0.0.1:2525 takes no mail: 550 Account suspended", now = app.Clock.Now }, default);
        var relay = new Relay(app.Service<SmtpOptions>(), "service.example", TimeProvider.System);
        await troubles.ResumeAsync([relay], default);

        // It cannot be reached for a moment, and then it can.
        (relay.LastFailure, relay.IsUnreached) = ("127.0.0.1:2525 cannot be reached: Connection refused", true);
        relay.Breaker.Failed();
        await troubles.WriteAsync([relay], isEnd: false, default);
        (await troubles.ReadAsync(default)).ShouldHaveSingleItem().Words.ShouldBe("127.0.0.1:2525 cannot be reached: Connection refused");
        (relay.LastFailure, relay.IsUnreached) = (null, false);
        relay.Health.Connected();
        await troubles.WriteAsync([relay], isEnd: false, default);

        (await troubles.ReadAsync(default)).ShouldHaveSingleItem().Answers.ShouldBe(RelayTrouble.Ours);
        relay.Health.Note(Mail, new SendOutcome(SendStage.AfterDot, SendResult.Accepted, new SmtpReply(250, null, "ok"), null));
        await troubles.WriteAsync([relay], isEnd: false, default);
        (await troubles.ReadAsync(default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_process_that_knows_no_relay_tells_of_trouble_that_a_sender_has_seen_within_two_days()
    {
        var app = await apps.CreateAsync();
        var troubles = app.Service<RelayTroubles>();
        troubles.Configured.ShouldBeEmpty();
        await app.Database.ExecuteAsync(RelayTroubleQueries.Begin, new { relay = "gone.example:25", answers = "ours", words = "gone.example:25 takes no mail", now = app.Clock.Now }, default);

        app.Clock.Advance(Duration.FromHours(47));
        (await troubles.ReadAsync(default)).ShouldHaveSingleItem();
        app.Clock.Advance(Duration.FromHours(2));
        (await troubles.ReadAsync(default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_a_relay_that_refused_the_last_mail_it_is_asked_whether_mail_waits_and_none_was_sent_since()
    {
        var app = await apps.CreateAsync();
        var (database, troubles) = (app.Database, app.Service<RelayTroubles>());
        var at = app.Clock.Now;
        await NoteAsync(database, "550 5.7.1 Account suspended", at);
        await IsUnansweredAsync(false, "nothing waits");

        var ids = await TestMail.EnqueueAsync(database, 2, TestMail.Timeless);
        await IsUnansweredAsync(true, "two wait");
        await SetAsync("next_attempt_at = 'infinity'");
        await IsUnansweredAsync(false, "the operator holds both");
        await SetAsync("state = 'unknown', doubts = 1, next_attempt_at = created_at");
        await IsUnansweredAsync(true, "one in doubt is to be sent once more");
        await SetAsync("next_attempt_at = null");
        await IsUnansweredAsync(false, "those in doubt wait for the operator");
        await SetAsync("state = 'queued', next_attempt_at = created_at");

        foreach (var (finishedAt, isUnanswered) in ((Instant, bool)[])[(at - Duration.FromSeconds(1), true), (at, false), (app.Clock.Now + Duration.FromDays(1), true)])
        {
            await database.ExecuteAsync("update deliveries set state = 'sent', finished_at = @finishedAt where id = @id", new { id = ids[0], finishedAt }, default);
            await IsUnansweredAsync(isUnanswered, $"one was sent at {finishedAt}");
        }

        await BeginAsync(database, at);
        await database.ExecuteAsync("update deliveries set state = 'queued', finished_at = null", null, default);
        await IsUnansweredAsync(false, "that it takes no mail at all is told by more than this");

        async Task IsUnansweredAsync(bool expected, string when)
        {
            foreach (var statement in (string[])[RelayTroubleQueries.Last, RelayTroubleQueries.SpreadLast])
                (await database.QueryAsync<LastRefusal>(statement, new { now = app.Clock.Now }, default)).ShouldHaveSingleItem().IsUnanswered.ShouldBe(expected, when);
            (await troubles.ReadRefusalsAsync(default)).Unanswered.Count.ShouldBe(expected ? 1 : 0, when);
        }

        Task SetAsync(string values) => database.ExecuteAsync($"update deliveries set {values}", null, default);
    }

    [Theory]
    [InlineData(null, false, "takes no mail")] // goes on
    [InlineData(119, false, "takes no mail")] // is remembered by the next run
    [InlineData(120, false, "once")]
    [InlineData(120, true, "takes no mail")] // whose end is still to be told
    public async Task One_refusal_takes_the_place_of_trouble_that_is_over_and_told(int? minutesAgo, bool isTold, string words)
    {
        var app = await apps.CreateAsync();
        var now = app.Clock.Now;
        await BeginAsync(app.Database, now - Duration.FromDays(1));
        await app.Database.ExecuteAsync(
            "update relay_troubles set ended_at = @endedAt, is_told = @isTold", new { endedAt = minutesAgo is { } minutes ? now - Duration.FromMinutes(minutes) : (Instant?)null, isTold }, default);

        await NoteAsync(app.Database, "once", now);

        (await WrittenAsync(app.Database)).Words.ShouldBe(words);
        if (words != "once")
            return;
        await NoteAsync(app.Database, "once more", now + Duration.FromMinutes(1));
        (await WrittenAsync(app.Database)).ShouldBe(("once more", now + Duration.FromMinutes(1), now + Duration.FromMinutes(1), now + Duration.FromMinutes(1)));
    }

    [Fact]
    public async Task Trouble_is_dated_from_its_first_word_as_long_as_it_goes_on_and_anew_when_it_comes_again()
    {
        var app = await apps.CreateAsync();
        var (first, later, again) = (app.Clock.Now, app.Clock.Now + Duration.FromMinutes(1), app.Clock.Now + Duration.FromHours(1));
        await NoteAsync(app.Database, "once", first - Duration.FromHours(1));

        await BeginAsync(app.Database, first);
        (await WrittenAsync(app.Database)).ShouldBe(("takes no mail", first, first, null));
        await BeginAsync(app.Database, later);
        (await WrittenAsync(app.Database)).ShouldBe(("takes no mail", first, later, null));
        await app.Database.ExecuteAsync(RelayTroubleQueries.End, new { relay = "relay.example:25", now = later }, default);
        await app.Database.ExecuteAsync(RelayTroubleQueries.End, new { relay = "relay.example:25", now = again }, default);
        (await WrittenAsync(app.Database)).EndedAt.ShouldBe(later);
        await BeginAsync(app.Database, again);
        (await WrittenAsync(app.Database)).ShouldBe(("takes no mail", again, again, null));
    }

    [Fact]
    public async Task What_a_relay_that_refuses_everybody_has_barred_today_is_lifted_and_what_was_barred_before_stays()
    {
        var app = await apps.CreateAsync(("Smtp__Host", "127.0.0.1"), ("Smtp__Port", "2525"));
        app.Clock.Now = TestMail.Monday;
        var midnight = Instant.FromUtc(2026, 3, 2, 0, 0);
        var ids = await TestMail.EnqueueAsync(app.Database, 5, TestMail.Timeless);
        await app.Database.ExecuteAsync(
            """
            update deliveries set state = 'failed', finished_at = @now;
            insert into suppressions (address_hash, reason, created_at)
            select recipient_key,
                   case when id = @complained then 'complained' else 'bounced' end,
                   case when id = @before then @midnight - interval '1 second' else @midnight end
            from deliveries
            where id in (@before, @since, @complained);
            """,
            new { now = TestMail.Monday, midnight, before = ids[0], since = ids[1], complained = ids[2] },
            default);
        var relay = new Relay(app.Service<SmtpOptions>(), "service.example", TimeProvider.System);
        foreach (var id in ids)
            relay.Health.Note(
                Mail with { Id = id, Recipient = $"reader{id}@reader.example" },
                new SendOutcome(SendStage.AfterDot, SendResult.RejectedPermanently, new SmtpReply(554, "5.6.0", "not this"), null));

        var taken = await app.Service<RelayTroubles>().WriteAsync([relay], isEnd: false, default);

        // The fifth showed it, and was never failed.
        taken.ShouldBe(ids.Take(4), ignoreOrder: true);
        (await app.Database.QueryAsync<long>("select d.id from suppressions s join deliveries d on d.recipient_key = s.address_hash order by d.id >> 6", null, default))
            .ShouldBe([ids[0], ids[2]]);
    }

    [Fact]
    public async Task A_mail_that_waited_for_a_relay_and_is_then_refused_for_its_address_stays_refused()
    {
        var app = await apps.CreateAsync(("Smtp__Host", "127.0.0.1"), ("Smtp__Port", "2525"));
        var ids = await TestMail.EnqueueAsync(app.Database, 5, TestMail.Timeless);
        var relay = new Relay(app.Service<SmtpOptions>(), "service.example", TimeProvider.System);
        var troubles = app.Service<RelayTroubles>();
        foreach (var id in ids)
            relay.Health.Note(
                Mail with { Id = id, Recipient = $"reader{id}@reader.example" },
                new SendOutcome(SendStage.RcptTo, SendResult.RejectedPermanently, new SmtpReply(550, null, "Relaying denied"), null));
        relay.Health.Trouble.ShouldNotBeNull();
        (await troubles.WriteAsync([relay], isEnd: false, default)).ShouldBeEmpty();

        await app.Database.ExecuteAsync("update deliveries set state = 'failed', finished_at = now(), reply = '[RcptTo] 550 5.1.1 User unknown' where id = @id", new { id = ids[0] }, default);

        (await troubles.WriteAsync([relay], isEnd: false, default)).ShouldBeEmpty();
        (await Senders.StatesAsync(app.Database)).ShouldBe(new Dictionary<string, long> { ["queued"] = 4, ["failed"] = 1 }, ignoreOrder: true);
    }

    private static Task NoteAsync(Database database, string words, Instant now) =>
        database.ExecuteAsync(RelayTroubleQueries.Note, new { relay = "relay.example:25", answers = RelayTrouble.Once, words, now }, default);

    private static Task BeginAsync(Database database, Instant now) =>
        database.ExecuteAsync(RelayTroubleQueries.Begin, new { relay = "relay.example:25", answers = RelayTrouble.Ours, words = "takes no mail", now }, default);

    private static async Task<(string Words, Instant Since, Instant SeenAt, Instant? EndedAt)> WrittenAsync(Database database) =>
        (await database.QueryAsync<(string, Instant, Instant, Instant?)>("select words, since, seen_at, ended_at from relay_troubles", null, default)).ShouldHaveSingleItem();

    private async Task<ServeHost> ServeAsync(ScriptedSmtpServer relay) => await ServeHost.StartAsync(
        await apps.CreateConfigurationAsync([.. relay.Settings, ("Admin__Password", "correct horse battery")]),
        new TestClock(TestMail.Monday), Roles.Web | Roles.Send, CancellationToken.None);

    private static ClaimedMail Mail { get; } = new()
    {
        Id = 1,
        Fence = 1,
        Priority = 50,
        Sender = "bounces+1@service.example",
        Recipient = "reader1@mail.example",
        RecipientKey = [],
        RecipientDomain = "mail.example",
        Message = [],
        ContentHash = [],
        Attempts = 0,
        Doubts = 0,
        Faults = 0,
    };
}
