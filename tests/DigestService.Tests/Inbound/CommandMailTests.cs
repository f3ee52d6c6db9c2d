using DigestService.Digests;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Inbound;

/// <summary>What people ask by mail, and that only its owner can change a subscription.</summary>
public sealed class CommandMailTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Subscribing_by_mail_is_confirmed_by_answering_the_confirmation()
    {
        var bed = await InboundTestBed.OpenAsync(apps);

        (await bed.WriteAsync("Ada <ada@reader.example>", "subscribe pruning", "add cs.LG\nat 06:30\nzone Europe/Berlin\nmax 5")).Action.ShouldBe("confirmation_sent");
        (await bed.ColumnAsync("ada@reader.example", "state")).ShouldBe("pending");
        await bed.ShouldSayAsync("ada@reader.example", "Answering this mail, with any text, confirms as well.");
        var replyTo = await bed.ReplyToAsync("ada@reader.example");
        replyTo.ShouldStartWith("digest+c");
        (await bed.WriteAsync("ada@elsewhere.example", "Re: Please confirm", "ok", replyTo)).Action.ShouldBe("confirmed");

        (await bed.ColumnAsync("ada@reader.example", "state || ' ' || zone || ' ' || send_at || ' ' || max_items")).ShouldBe("active Europe/Berlin 06:30:00 5");
        (await bed.ValueAsync("select string_agg(coalesce(t.slug, p.text), ',' order by p.topic_id) from preferences p left join topics t on t.id = p.topic_id")).ShouldBe("pruning,cat:cs.LG");
        (await bed.KindsToAsync("ada@reader.example")).ShouldBe(["confirmation", "welcome"]);
    }

    [Fact]
    public async Task A_full_name_behind_subscribe_is_no_topic()
    {
        var bed = await InboundTestBed.OpenAsync(apps);

        await bed.WriteAsync("ada@reader.example", "subscribe Ada Lovelace", "add cs.LG\nadd robots\ndel cs.AI");

        (await bed.ValueAsync("select count(*)::text from preferences")).ShouldBe("2");
    }

    [Fact]
    public async Task An_empty_mail_to_the_subscribe_address_subscribes()
    {
        var bed = await InboundTestBed.OpenAsync(apps);

        (await bed.WriteAsync("ada@reader.example", "", "", "digest-subscribe@papers.example")).Action.ShouldBe("confirmation_sent");
    }

    [Fact]
    public async Task From_alone_changes_nothing_until_its_owner_answers()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.AddReaderAsync("ada@reader.example", "pruning");

        (await bed.WriteAsync("ada@reader.example", "max 3", "")).Action.ShouldBe("proof_asked");
        (await bed.ColumnAsync("ada@reader.example", "max_items")).ShouldBe("10");
        (await bed.LatestToAsync("ada@reader.example")).BodyText().Split('\n', StringSplitOptions.TrimEntries).ShouldContain("max");
        (await bed.WriteAsync("ada@reader.example", "Re: Please confirm what your mail asked for", "yes, that was me", await bed.ReplyToAsync("ada@reader.example"))).Action.ShouldBe("done");

        (await bed.ColumnAsync("ada@reader.example", "max_items")).ShouldBe("3");
    }

    [Fact]
    public async Task An_answer_after_more_than_three_days_grants_nothing()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.AddReaderAsync("ada@reader.example", "pruning");
        await bed.WriteAsync("ada@reader.example", "max 3", "");
        var replyTo = await bed.ReplyToAsync("ada@reader.example");
        bed.Advance(Duration.FromHours(73));

        (await bed.WriteAsync("ada@reader.example", "Re:", "yes", replyTo)).Action.ShouldBe("void");

        (await bed.ColumnAsync("ada@reader.example", "max_items")).ShouldBe("10");
    }

    [Fact]
    public async Task Who_names_another_address_ends_its_subscription_only_when_that_address_agrees()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var bobs = await bed.DigestedAsync("bob@reader.example");
        await bed.Digests.AddReaderAsync("ada@reader.example", "pruning");

        (await bed.WriteAsync("eve@reader.example", "unsubscribe cy@reader.example", "")).Action.ShouldBe("kept");
        (await bed.WriteAsync("ada@reader.example", "unsubscribe ADA@reader.example", "")).Action.ShouldBe("proof_asked");
        bed.Advance(Duration.FromHours(2));
        (await bed.WriteAsync("eve@reader.example", "unsubscribe ada@reader.example", "unsubscribe ada@reader.example\nThanks")).Action.ShouldBe("proof_asked");
        bed.Advance(Duration.FromHours(2));
        (await bed.WriteAsync("bob@reader.example", "unsubscribe ada@reader.example", "", bobs)).Action.ShouldBe("proof_asked");
        (await bed.ValueAsync("select count(*)::text from subscribers where state = 'active'")).ShouldBe("2");
        (await bed.KindsToAsync("eve@reader.example")).ShouldBeEmpty();

        (await bed.WriteAsync("ada@reader.example", "Re:", "yes", await bed.ReplyToAsync("ada@reader.example"))).Action.ShouldBe("unsubscribed");
        (await bed.WriteAsync("bob@reader.example", "", "max 3\nunsubscribe ada@reader.example", bobs)).Action.ShouldBe("done");
        (await bed.ColumnAsync("bob@reader.example", "state || ' ' || max_items")).ShouldBe("active 3");
        (await bed.WriteAsync("bob@reader.example", "unsubscribe bob@reader.example", "", bobs)).Action.ShouldBe("unsubscribed");
        (await bed.ValueAsync("select count(*)::text from subscribers where state = 'unsubscribed'")).ShouldBe("2");
    }

    [Fact]
    public async Task A_pause_of_months_ends_on_the_same_day_of_a_later_month()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");
        // It is 4 March 2026.
        foreach (var (command, until) in ((string, string)[])
            [("pause 6 months", "2026-09-04"), ("pause einen Monat", "2026-04-04"), ("pause 12 months", "2027-03-04"), ("pause a year", "2027-03-04"), ("pause 30 days", "2026-04-03")])
        {
            await bed.WriteAsync("ada@reader.example", "", command, replyTo);
            (await bed.ColumnAsync("ada@reader.example", "paused_until")).ShouldBe(until, command);
        }
    }

    [Fact]
    public async Task A_language_that_was_chosen_is_called_by_its_name()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");

        await bed.WriteAsync("ada@reader.example", "", "language de", replyTo);

        await bed.ShouldSayAsync("ada@reader.example", "language de: Erledigt. Deutsch");
    }

    [Fact]
    public async Task A_day_that_is_named_by_its_weekday_counts_from_the_readers_day_on_which_it_was_asked_for()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");
        // Wednesday evening in Kiritimati, still Tuesday in Honolulu.
        foreach (var (zone, command, until) in ((string, string, string)[])
            [("Pacific/Kiritimati", "pause until Wednesday", "2026-03-11"), ("Pacific/Honolulu", "pause until Wednesday", "2026-03-04"), ("UTC", "pause until next Monday", "2026-03-09"), ("UTC", "pause until tomorrow", "2026-03-05")])
        {
            await bed.WriteAsync("ada@reader.example", "", $"zone {zone}\n{command}", replyTo);
            (await bed.ColumnAsync("ada@reader.example", "paused_until")).ShouldBe(until, zone);
        }

        await bed.WriteAsync("ada@reader.example", "", "resume\nevery Friday\nstatus", replyTo);
        (await bed.ColumnAsync("ada@reader.example", "frequency || ' ' || weekly_on || ' ' || next_due_on")).ShouldBe("weekly 5 2026-03-06");
        bed.Advance(Duration.FromDays(1));
        await bed.WriteAsync("ada@reader.example", "", "pause until Friday", "");
        var question = await bed.ReplyToAsync("ada@reader.example");
        bed.Advance(Duration.FromDays(2));

        await bed.WriteAsync("ada@reader.example", "Re:", "ok", question);

        (await bed.ColumnAsync("ada@reader.example", "state || ' ' || coalesce(paused_until::text, '-')")).ShouldBe("active -");
        await bed.ShouldSayAsync("ada@reader.example", "This was not done.");
    }

    [Fact]
    public async Task The_question_answered_twice_acts_once()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.AddReaderAsync("ada@reader.example", "pruning");
        await bed.WriteAsync("ada@reader.example", "pause", "");
        var question = await bed.ReplyToAsync("ada@reader.example");

        (await bed.WriteAsync("ada@reader.example", "Re:", "ok", question)).Action.ShouldBe("paused");
        (await bed.WriteAsync("ada@reader.example", "Re:", "ok again", question)).Action.ShouldBe("void");
        (await bed.KindsToAsync("ada@reader.example")).ShouldBe(["request", "paused"]);
    }

    [Fact]
    public async Task A_digest_is_answered_from_any_address_with_numbers_as_the_mail_shows_them()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");
        var shown = await bed.ShownTitlesAsync("ada@reader.example");
        shown.Count.ShouldBe(4);

        (await bed.WriteAsync("ada@phone.example", "Re: Pruning one", "+3 -4\nsave 2\nwhy 1\n\n> 1. Pruning one", replyTo)).Action.ShouldBe("done");

        (await bed.ValueAsync("select string_agg(f.kind || ' ' || p.title, ', ' order by f.kind desc) from feedback f join papers p on p.id = f.paper_id"))
            .ShouldBe($"save {shown[1]}, like {shown[2]}, less {shown[3]}".Replace("save", "save", StringComparison.Ordinal));
        var answer = (await bed.LatestToAsync("ada@reader.example")).BodyText();
        answer.ShouldContain(shown[0]);
        (await bed.KindsToAsync("ada@phone.example")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_number_that_the_digest_does_not_have_is_said_so()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");

        await bed.WriteAsync("ada@reader.example", "Re: x", "+9", replyTo);

        (await bed.ValueAsync("select count(*)::text from feedback")).ShouldBe("0");
        (await bed.LatestToAsync("ada@reader.example")).BodyText().ShouldContain("Its papers have the numbers 1 to 4.");
    }

    [Fact]
    public async Task Anything_else_in_answer_to_a_digest_is_kept_for_the_operator_and_not_answered()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");

        (await bed.WriteAsync("ada@reader.example", "Re: Pruning one", "I met the author of the first paper last year.\n\nBest, Ada", replyTo)).Action.ShouldBe("kept");

        (await bed.KindsToAsync("ada@reader.example")).ShouldBe(["digest"]);
        (await bed.ValueAsync("select excerpt from inbound_messages where is_kept")).ShouldStartWith("I met the author");
    }

    [Fact]
    public async Task Today_brings_todays_digest_now_and_no_second_one_for_the_day()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");
        await bed.Digests.AddPaperAsync("Pruning of tomorrow", listedOn: new LocalDate(2026, 3, 5));
        await bed.Digests.Service<DigestService.Topics.TopicMatching>().MatchDueAsync(default);

        (await bed.WriteAsync("ada@reader.example", "today", "", replyTo)).Action.ShouldBe("done");
        bed.Advance(Duration.FromHours(20));
        (await bed.WriteAsync("ada@reader.example", "today", "", replyTo)).Action.ShouldBe("today");
        var now = Instant.FromUtc(2026, 3, 5, 3, 1);
        await bed.Digests.TickAsync(now);
        await bed.Digests.TickAsync(Instant.FromUtc(2026, 3, 5, 7, 0));

        (await bed.ValueAsync("select string_agg(digest_on || ' ' || outcome, ', ' order by digest_on) from digests")).ShouldBe("2026-03-04 queued, 2026-03-05 queued");
        (await bed.ValueAsync("select next_due_on::text from subscribers")).ShouldBe("2026-03-06");
    }

    [Fact]
    public async Task Moving_to_another_address_needs_the_consent_of_that_address()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");

        (await bed.WriteAsync("ada@reader.example", "change ada@new.example", "", replyTo)).Action.ShouldBe("move_asked");
        (await bed.ColumnAsync("ada@reader.example", "state")).ShouldBe("active");
        (await bed.WriteAsync("ada@new.example", "Re:", "fine", await bed.ReplyToAsync("ada@new.example"))).Action.ShouldBe("moved");

        (await bed.ColumnAsync("ada@new.example", "state")).ShouldBe("active");
        (await bed.ColumnAsync("ada@reader.example", "state")).ShouldBeNull();
    }

    [Fact]
    public async Task The_mailto_of_list_unsubscribe_works_at_once_and_after_the_links_were_voided()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.DigestedAsync("ada@reader.example");
        var header = (await bed.LatestToAsync("ada@reader.example")).Headers.First("List-Unsubscribe")!;
        var token = header.Split("unsubscribe%20")[1].TrimEnd('>');
        await bed.Digests.Database.ExecuteAsync("update subscribers set link_version = 7", null, default);

        (await bed.WriteAsync("no-reply@mailprogram.example", $"unsubscribe {token}", "", headers: "Auto-Submitted: auto-generated\r\n")).Action.ShouldBe("unsubscribed");

        (await bed.ColumnAsync("ada@reader.example", "state")).ShouldBe("unsubscribed");
        (await bed.WriteAsync("ada@reader.example", $"unsubscribe {token}", "again")).Action.ShouldBe("unsubscribed");
        (await bed.KindsToAsync("ada@reader.example"))[^1].ShouldBe("digest", "a program's mail is answered by no goodbye");
    }

    [Theory]
    [InlineData("unsubscribe%20{0}")]
    [InlineData("unsubscribe+{0}")]
    [InlineData("[EXTERNAL] Unsubscribe <{0}>")]
    [InlineData("unsubscribe: {0}.")]
    [InlineData("=?utf-8?q?unsubscribe=2520{0}?=")]
    public async Task The_mailto_works_though_a_program_left_its_subject_encoded_or_put_marks_around_it(string subject)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.DigestedAsync("ada@reader.example");
        var token = (await bed.LatestToAsync("ada@reader.example")).Headers.First("List-Unsubscribe")!.Split("unsubscribe%20")[1].TrimEnd('>');

        // In the Q encoding an underscore is a space (RFC 2047 4.2), so a program writes one as =5F.
        var written = subject.StartsWith("=?", StringComparison.Ordinal) ? token.Replace("_", "=5F", StringComparison.Ordinal) : token;
        (await bed.WriteAsync("ada@elsewhere.example", string.Format(System.Globalization.CultureInfo.InvariantCulture, subject, written), "")).Action.ShouldBe("unsubscribed");

        (await bed.ColumnAsync("ada@reader.example", "state")).ShouldBe("unsubscribed");
    }

    [Fact]
    public async Task Unsubscribing_by_answering_a_digest_says_goodbye()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");

        (await bed.WriteAsync("ada@reader.example", "Re: Pruning", "Please unsubscribe me.\n\nThanks", replyTo)).Action.ShouldBe("unsubscribed");

        (await bed.ColumnAsync("ada@reader.example", "state")).ShouldBe("unsubscribed");
        (await bed.KindsToAsync("ada@reader.example")).ShouldBe(["digest", "goodbye"]);
    }

    [Theory]
    [InlineData("ada@reader.example")]
    [InlineData("nobody@victim.example")]
    public async Task No_stranger_reads_in_our_mails_what_another_wrote(string from)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.AddReaderAsync("ada@reader.example", "pruning");

        await bed.WriteAsync(from, "max 3", "query \"cheap pills\"\nmute cheap pills\nbuy cheap pills");

        (await bed.LatestToAsync(from)).BodyText().ShouldNotContain("pills");
    }

    [Fact]
    public async Task A_yes_where_nothing_was_asked_is_kept_and_not_answered()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");

        (await bed.WriteAsync("ada@reader.example", "Re: Pruning one", "Yes!", replyTo)).Action.ShouldBe("kept");
        (await bed.WriteAsync("stranger@elsewhere.example", "ok", "")).Action.ShouldBe("kept");

        (await bed.ValueAsync("select string_agg(kind, ',') from deliveries")).ShouldBe("digest");
    }

    [Fact]
    public async Task A_message_that_the_database_refuses_is_put_aside_and_holds_up_no_other()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.Database.ExecuteAsync("alter table inbound_messages add check (subject <> 'help poison')", null, default);
        await bed.Digests.Database.ExecuteAsync("insert into inbound_messages (raw, content_hash, source, received_at) values ('From: a@b.example\nSubject: help poison\n\n', 'x', 'pipe', now())", null, default);

        var kept = new List<string?>();
        for (var round = 0; round < 4; round++)
        {
            await bed.Digests.Service<DigestService.Inbound.Ways.InboxReader>().WorkOffAsync(null, null, default);
            kept.Add(await bed.ValueAsync("select is_kept::text from inbound_messages"));
        }

        // The operator is shown what is given up, and nothing that is still being tried.
        kept.ShouldBe(["false", "false", "true", "true"]);
        (await bed.ValueAsync("select action || ' ' || is_kept || ' ' || attempts from inbound_messages")).ShouldBe("quarantined true 3");
        (await bed.ValueAsync("select error from inbound_messages")).ShouldNotStartWith("23514");
    }

    [Fact]
    public async Task A_forged_reply_address_authorises_nothing()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");
        var forged = replyTo.Replace("@papers.example", "0@papers.example", StringComparison.Ordinal);

        (await bed.WriteAsync("mallory@evil.example", "erase", "", forged)).Action.ShouldBe("not_subscribed");

        (await bed.ColumnAsync("ada@reader.example", "state")).ShouldBe("active");
    }

    [Fact]
    public async Task Erasing_by_mail_leaves_nothing_of_the_reader()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");
        await bed.WriteAsync("ada@reader.example", "Re:", "a private remark", replyTo);

        (await bed.WriteAsync("ada@reader.example", "erase", "", replyTo)).Action.ShouldBe("erased");

        (await bed.ValueAsync("select count(*)::text from subscribers")).ShouldBe("0");
        (await bed.ValueAsync("select count(*)::text from inbound_messages where raw is not null and position('private'::bytea in raw) > 0")).ShouldBe("0");
    }

    [Fact]
    public async Task One_answer_says_what_was_done_and_what_was_not_understood()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");

        await bed.WriteAsync("ada@reader.example", "", "add proteins\nmake it shinier\nlanguage klingon\nquery \"sparse AND\nmax 7\npause until 1 March", replyTo);

        (await bed.ColumnAsync("ada@reader.example", "max_items")).ShouldBe("7");
        var answer = (await bed.LatestToAsync("ada@reader.example")).BodyText();
        answer.ShouldContain("proteins");
        answer.ShouldContain("make it shinier");
        (await bed.ColumnAsync("ada@reader.example", "paused_until")).ShouldBe("2027-03-01");
        await bed.ShouldSayAsync("ada@reader.example", "Your digests are paused until 1 March, then they come again by themselves.");
        answer.ShouldContain("This is no command we know. It stands in line 2.");
        (await bed.KindsToAsync("ada@reader.example")).ShouldBe(["digest", "answer"]);
    }

    [Fact]
    public async Task A_sender_gets_one_answer_an_hour_and_three_a_day()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        for (var hour = 0; hour < 8; hour++)
        {
            await bed.WriteAsync("ada@reader.example", "help", $"{hour}");
            await bed.WriteAsync("ada@reader.example", "help", $"again {hour}");
            bed.Advance(Duration.FromMinutes(61));
        }

        (await bed.KindsToAsync("ada@reader.example")).Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("Auto-Submitted: auto-replied\r\n")]
    [InlineData("Precedence: bulk\r\n")]
    [InlineData("List-Id: <others.example>\r\n")]
    [InlineData("X-Auto-Response-Suppress: All\r\n")]
    [InlineData("Return-Path: <>\r\n")]
    [InlineData("X-Loop: me\r\n")]
    public async Task Nothing_automatic_is_answered(string header)
    {
        var bed = await InboundTestBed.OpenAsync(apps);

        (await bed.WriteAsync("robot@machine.example", "subscribe", "help", headers: header)).Action.ShouldBe("ignored");

        (await bed.ValueAsync("select count(*)::text from deliveries")).ShouldBe("0");
    }

    [Theory]
    [InlineData("papers@papers.example")]
    [InlineData("digest+r1-0-1-abc@papers.example")]
    [InlineData("MAILER-DAEMON@mx.example")]
    public async Task Neither_our_own_mail_nor_a_daemons_is_answered(string from)
    {
        var bed = await InboundTestBed.OpenAsync(apps);

        await bed.WriteAsync(from, "help", "help");

        (await bed.ValueAsync("select count(*)::text from deliveries")).ShouldBe("0");
    }

    [Fact]
    public async Task The_same_octets_act_once_however_often_they_come()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");
        var mail = $"From: ada@reader.example\r\nTo: {replyTo}\r\nSubject: pause 2 weeks\r\n\r\n";

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => bed.TakeAsync(mail)));

        (await bed.ValueAsync("select count(*)::text from inbound_messages")).ShouldBe("1");
        (await bed.KindsToAsync("ada@reader.example")).ShouldBe(["digest", "paused"]);
    }
}
