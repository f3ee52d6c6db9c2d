using DigestService.Inbound.Handling;
using DigestService.Tests.Delivery;
using NodaTime;

namespace DigestService.Tests.Inbound;

/// <summary>What bounces and complaints do, and that nobody can invent one.</summary>
public sealed class ReportMailTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Report = """
        From: MAILER-DAEMON@mx.example
        To: {0}
        Subject: Undelivered Mail Returned to Sender
        Content-Type: multipart/report; report-type=delivery-status; boundary="b"

        --b
        Content-Type: text/plain

        <ada@reader.example>: host mx said: {1}
        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example

        Final-Recipient: rfc822; ada@reader.example
        Action: {2}
        Diagnostic-Code: smtp; {1}

        --b
        Content-Type: text/rfc822-headers

        Message-ID: <{3}>

        --b--
        """;

    [Fact]
    public async Task A_bounce_to_the_signed_envelope_address_marks_the_delivery()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.DigestedAsync("ada@reader.example");
        await bed.Digests.Database.ExecuteAsync("update deliveries set state = 'sent'", null, default);

        (await bed.TakeAsync(ReportTo(await bed.EnvelopeOfAsync("ada@reader.example")))).Action.ShouldBe("bounced_hard");

        (await bed.ValueAsync("select state || ' ' || reply from deliveries")).ShouldStartWith("failed [Report] 5.1.1 user_unknown");
        (await bed.ValueAsync("select permanent || ' ' || status from bounces")).ShouldBe("true 5.1.1");
        DigestService.Mail.EmailAddress.TryParse("ada@reader.example", out var address).ShouldBeTrue();
        var why = await bed.Digests.Service<DigestService.Digests.DigestLedger>().ExplainAsync(address, new LocalDate(2026, 3, 4), Instant.FromUtc(2026, 3, 4, 8, 0), default);
        why.Delivery.ShouldBe("failed");
        string.Join(' ', why.Reasons).ShouldContain("user_unknown");
    }

    [Fact]
    public async Task A_bounce_elsewhere_counts_by_the_signed_message_id_of_the_returned_mail()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.DigestedAsync("ada@reader.example");
        var messageId = await bed.ValueAsync("select message_id from deliveries");

        (await bed.TakeAsync(ReportTo("postmaster@papers.example", messageId: messageId!))).Action.ShouldBe("bounced_hard");
    }

    [Theory]
    [InlineData("bounces+1-0123456789abcdef@papers.example", "digest.1.AAAAAAAAAAAA@papers.example")]
    [InlineData("bounces@papers.example", "x@elsewhere.example")]
    public async Task Nobody_can_invent_a_bounce(string envelope, string messageId)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.DigestedAsync("ada@reader.example");

        (await bed.TakeAsync(ReportTo(envelope, messageId: messageId))).Action.ShouldBe("unmatched");

        (await bed.ValueAsync("select count(*)::text from bounces")).ShouldBe("0");
    }

    [Fact]
    public async Task Hard_bounces_on_two_days_suppress_and_two_reports_of_one_mail_count_once()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.DigestedAsync("ada@reader.example");
        await bed.TakeAsync(ReportTo(await bed.EnvelopeOfAsync("ada@reader.example")));
        bed.Advance(Duration.FromDays(1));
        (await bed.TakeAsync(ReportTo(await bed.EnvelopeOfAsync("ada@reader.example"), text: "550 5.1.1 No such user"))).Action.ShouldBe("counted_before");
        (await bed.ValueAsync("select count(*)::text from suppressions")).ShouldBe("0");

        await bed.Digests.AddPaperAsync("Pruning of tomorrow", listedOn: new LocalDate(2026, 3, 5));
        await bed.Digests.Service<DigestService.Topics.TopicMatching>().MatchDueAsync(default);
        await bed.Digests.TickAsync(Instant.FromUtc(2026, 3, 5, 7, 0));
        await bed.TakeAsync(ReportTo(await bed.EnvelopeOfAsync("ada@reader.example")));

        (await bed.ValueAsync("select reason from suppressions")).ShouldBe("bounced");
    }

    [Theory]
    [InlineData(1, "bounced_hard", "failed")]
    [InlineData(-1, "counted_before", "sent")]
    public async Task A_mail_that_was_refused_and_sent_again_bounces_when_it_comes_back_after_all(int hoursLater, string action, string state)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.DigestedAsync("ada@reader.example");
        await bed.Digests.Database.ExecuteAsync(
            """
            with taken as (
                update deliveries set state = 'sent', finished_at = created_at + make_interval(hours => 4 + @hoursLater) returning *
            )
            insert into bounces (subscriber_id, delivery_id, address_hash, status, permanent, occurred_on, received_at)
            select subscriber_id, id, recipient_key, '5.1.1', true, digest_on, created_at + interval '4 hours' from taken
            """,
            new { hoursLater },
            default);

        (await bed.TakeAsync(ReportTo(await bed.EnvelopeOfAsync("ada@reader.example")))).Action.ShouldBe(action);

        (await bed.ValueAsync("select state from deliveries")).ShouldBe(state);
    }

    [Fact]
    public async Task Only_a_mail_that_has_gone_out_or_may_have_comes_back()
    {
        var app = await apps.CreateAsync();
        string[] states = ["queued", "claimed", "sending", "sent", "deferred", "failed", "unknown", "suppressed"];
        var ids = await TestMail.EnqueueAsync(app.Database, states.Length);
        await app.Database.ExecuteAsync(
            "update deliveries d set state = s.state, reply = 'as it was', owner = 'somebody', lease_until = now() from unnest(@ids, @states) as s (id, state) where d.id = s.id", new { ids = ids.ToArray(), states }, default);

        await app.Database.ExecuteAsync(InboundQueries.ReturnDeliveries, new { ids = ids.ToArray(), replies = ids.Select(_ => "it came back").ToArray(), now = app.Clock.Now }, default);

        (await app.Database.QueryAsync<string>("select state from deliveries where reply = 'as it was' order by id >> 6", null, default))
            .ShouldBe(["queued", "claimed", "sending", "deferred", "failed", "suppressed"]);
        (await Senders.StatesAsync(app.Database))["failed"].ShouldBe(3);
    }

    [Theory]
    [InlineData("550 5.2.2 Mailbox full", "failed", "bounced_soft")]
    [InlineData("550 5.7.1 Message rejected as spam", "failed", "bounced_soft")]
    [InlineData("450 4.4.1 Connection timed out", "delayed", "ignored")]
    public async Task A_full_box_or_a_delay_condemns_nobody(string text, string action, string expected)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.DigestedAsync("ada@reader.example");

        (await bed.TakeAsync(ReportTo(await bed.EnvelopeOfAsync("ada@reader.example"), text, action))).Action.ShouldBe(expected);

        (await bed.ValueAsync("select count(*)::text from bounces where permanent")).ShouldBe("0");
    }

    [Fact]
    public async Task A_redacted_complaint_suppresses_at_once()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.DigestedAsync("ada@reader.example");
        var messageId = await bed.ValueAsync("select message_id from deliveries");

        (await bed.TakeAsync(ComplaintAbout(messageId!))).Action.ShouldBe("complained");

        (await bed.ColumnAsync("ada@reader.example", "state")).ShouldBe("suppressed");
        (await bed.ValueAsync("select reason from suppressions")).ShouldBe("complained");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_late_complaint_about_a_mail_to_a_former_address_bars_that_address_and_no_other(bool isStillTheReaders)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");
        var messageId = await bed.ValueAsync("select message_id from deliveries");
        await bed.WriteAsync("ada@reader.example", "change ada@new.example", "", replyTo);
        (await bed.WriteAsync("ada@new.example", "Re:", "fine", await bed.ReplyToAsync("ada@new.example"))).Action.ShouldBe("moved");
        if (!isStillTheReaders)
            await bed.Digests.Database.ExecuteAsync("update deliveries set subscriber_id = null", null, default);

        (await bed.TakeAsync(ComplaintAbout(messageId!))).Action.ShouldBe("complained");

        (await bed.ColumnAsync("ada@new.example", "state")).ShouldBe("active");
        var keys = bed.Digests.Service<DigestService.Platform.LinkSigner>();
        (await bed.ValueAsync("select encode(address_hash, 'hex') from suppressions")).ShouldBe(Convert.ToHexStringLower(keys.HashAddress("ada@reader.example")));
    }

    [Fact]
    public async Task A_complaint_after_a_change_of_capitals_in_the_address_still_ends_its_reader()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.DigestedAsync("ada@reader.example");
        await bed.Digests.Database.ExecuteAsync("update subscribers set address = 'Ada@Reader.example'", null, default);

        (await bed.TakeAsync(ComplaintAbout((await bed.ValueAsync("select message_id from deliveries"))!))).Action.ShouldBe("complained");

        (await bed.ColumnAsync("ada@reader.example", "state")).ShouldBe("suppressed");
        (await bed.ValueAsync("select string_agg(reason, ',') from suppressions")).ShouldBe("complained");
    }

    [Theory]
    [InlineData("Out of Office: digest", "I am away until Monday.", "Auto-Submitted: auto-replied\r\n")]
    [InlineData("Automatic reply: digest", "Ich bin nicht im Büro.", "X-Auto-Response-Suppress: All\r\n")]
    [InlineData("Please confirm your message to ada", "Click here so that your mail is delivered.", "")]
    public async Task Vacation_notes_and_challenges_are_neither_bounces_nor_answered(string subject, string text, string headers)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.DigestedAsync("ada@reader.example");

        (await bed.WriteAsync("ada@reader.example", subject, text, await bed.EnvelopeOfAsync("ada@reader.example"), headers)).Action.ShouldBe("ignored");

        (await bed.KindsToAsync("ada@reader.example")).ShouldBe(["digest"]);
    }

    internal static string ComplaintAbout(string messageId) => $"""
        From: fbl@provider.example
        To: abuse@papers.example
        Subject: FW: digest
        Content-Type: multipart/report; report-type=feedback-report; boundary="b"

        --b
        Content-Type: message/feedback-report

        Feedback-Type: abuse
        Version: 1
        Original-Rcpt-To: redacted@

        --b
        Content-Type: message/rfc822

        From: papers@papers.example
        To: redacted@reader.example
        Message-ID: <{messageId}>

        text
        --b--
        """;

    internal static string ReportTo(string envelope, string text = "550 5.1.1 User unknown", string action = "failed", string messageId = "none@elsewhere.example") => Report
        .Replace("{0}", envelope, StringComparison.Ordinal)
        .Replace("{1}", text, StringComparison.Ordinal)
        .Replace("{2}", action, StringComparison.Ordinal)
        .Replace("{3}", messageId, StringComparison.Ordinal);
}
