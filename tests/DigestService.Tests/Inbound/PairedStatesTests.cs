using System.Text;
using DigestService.Inbound.Handling;
using DigestService.Mail.Mime;
using DigestService.Subscribers.Pages.Words;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Inbound;

/// <summary>Two things that are true at once: mails in one batch, a question and a denial, a move and a proof.</summary>
public sealed class PairedStatesTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@reader.example";

    [Fact]
    public async Task Mails_of_one_sender_in_one_batch_get_one_answer()
    {
        var bed = await InboundTestBed.OpenAsync(apps);

        await TakeAsync(bed, [.. Enumerable.Range(0, 6).Select(i => Mail("help", $"{i}"))]);

        (await bed.KindsToAsync(Ada)).ShouldBe(["answer"]);
    }

    [Fact]
    public async Task The_mails_of_a_move_count_as_answers_too()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);

        await bed.WriteAsync(Ada, "change ada@new.example", "status", replyTo);
        await bed.WriteAsync(Ada, "status", "", replyTo);

        (await bed.KindsToAsync(Ada)).ShouldBe(["digest", "answer"]);
        (await bed.KindsToAsync("ada@new.example")).ShouldBe(["request"]);
    }

    [Fact]
    public async Task An_erasure_leaves_nothing_of_the_mails_in_its_batch()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);

        var results = await TakeAsync(bed, Mail("A private remark", "My private phone is 555."), Mail("erase", "", replyTo), Mail("Another private remark", "My private door is 7."));

        results[1].Action.ShouldBe("erased");
        (await bed.ValueAsync("select count(*)::text from subscribers")).ShouldBe("0");
        (await bed.ValueAsync(
            "select count(*)::text from inbound_messages where subject like '%private%' or excerpt like '%private%' or position('private'::bytea in raw) > 0")).ShouldBe("0");
    }

    [Fact]
    public async Task A_move_that_is_proved_first_still_needs_the_new_addresses_consent_and_gets_it()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.AddReaderAsync(Ada, "pruning");

        (await bed.WriteAsync(Ada, "change ada@new.example", "")).Action.ShouldBe("proof_asked");
        (await bed.WriteAsync(Ada, "Re:", "yes", await bed.ReplyToAsync(Ada))).Action.ShouldBe("move_asked");
        (await bed.ColumnAsync(Ada, "state")).ShouldBe("active");
        (await bed.WriteAsync("ada@new.example", "Re:", "yes", await bed.ReplyToAsync("ada@new.example"))).Action.ShouldBe("moved");

        (await bed.ColumnAsync("ada@new.example", "state")).ShouldBe("active");
    }

    [Theory]
    [InlineData("No!", "declined")]
    [InlineData("I never asked for this.", "declined")]
    [InlineData("This wasn’t me, somebody forged my address.", "declined")]
    [InlineData("Das war ich nicht.", "declined")]
    [InlineData("Nein, das stammt von jemand anderem", "declined")]
    [InlineData("Ce n’était pas moi !", "declined")]
    [InlineData("Yo no lo pedí.", "declined")]
    [InlineData("¡Nunca escribí eso!", "declined")]
    [InlineData("这不是我发的", "declined")]
    [InlineData("", "done")]
    [InlineData("Yes, no problem", "done")]
    [InlineData("ja, das war ich", "done")]
    [InlineData("oui", "done")]
    [InlineData("是的", "done")]
    [InlineData("That was me, thanks", "done")]
    [InlineData("unsubscribe", "unsubscribed")]
    public async Task Who_denies_the_question_is_believed(string answer, string expected)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.AddReaderAsync(Ada, "pruning");
        await bed.WriteAsync(Ada, "max 3", "");

        (await bed.WriteAsync(Ada, "Re: Please confirm what your mail asked for", answer + "\n\n> Was this you?", await bed.ReplyToAsync(Ada))).Action.ShouldBe(expected);

        (await bed.ColumnAsync(Ada, "max_items")).ShouldBe(expected == "done" ? "3" : "10");
    }

    [Theory]
    [InlineData("I did not sign up for this. Please never write again.")]
    [InlineData("Ich habe nichts bestellt, das ist ein Irrtum.")]
    [InlineData("stop")]
    [InlineData("Please stop sending me things!")]
    [InlineData("Leave me alone")]
    [InlineData("Remove")]
    [InlineData("Delete this")]
    [InlineData("erase")]
    [InlineData("What is this?")]
    [InlineData("Cancel it at once")]
    [InlineData("I am out of the office until Monday")]
    [InlineData("Nee, dit was ik niet")]
    [InlineData("Não fui eu")]
    [InlineData("Нет")]
    [InlineData("いいえ、登録していません")]
    [InlineData("请取消")]
    [InlineData("On 27/11/2026 08:00, Papers wrote:\n> Please confirm\n\nNo, I never asked.")]
    public async Task Who_denies_a_sign_up_is_not_signed_up(string answer)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.WriteAsync(Ada, "subscribe", "");

        (await bed.WriteAsync(Ada, "Re: Please confirm your subscription", answer, await bed.ReplyToAsync(Ada))).Action.ShouldBe("not_confirmed");

        (await bed.ColumnAsync(Ada, "state")).ShouldBe("pending");
    }

    [Theory]
    [InlineData("Not me", "", "not_confirmed")]
    [InlineData("NO", "", "not_confirmed")]
    [InlineData("unsubscribe", "", "not_confirmed")]
    [InlineData("yes", "", "confirmed")]
    [InlineData("Odp: Please confirm your subscription", "", "confirmed")]
    [InlineData("Assente: Please confirm your subscription", "Torno lunedì.", "ignored")]
    [InlineData("Automatisk svar: Please confirm your subscription", "Jag är tillbaka på måndag.", "ignored")]
    [InlineData("자동 회신: Please confirm your subscription", "", "ignored")]
    [InlineData("Sender verification required", "Click here to have your mail delivered.", "ignored")]
    public async Task A_sign_up_is_confirmed_by_a_person_who_agrees_and_by_no_program(string subject, string text, string expected)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.WriteAsync(Ada, "subscribe", "");

        (await bed.WriteAsync(Ada, subject, text, await bed.ReplyToAsync(Ada))).Action.ShouldBe(expected);

        (await bed.ColumnAsync(Ada, "state")).ShouldBe(expected == "confirmed" ? "active" : "pending");
    }

    [Theory]
    [InlineData("pause until 2020-01-01")]
    [InlineData("pause until 2036-01-01")]
    [InlineData("pausa hasta 2026-03-04")]
    [InlineData("pause over Christmas")]
    [InlineData("pause until Monday or Tuesday")]
    public async Task A_pause_that_would_end_in_the_past_in_years_or_nobody_knows_when_is_refused_in_the_readers_language(string command)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);
        await bed.Digests.Database.ExecuteAsync("update subscribers set language = 'fr'", null, default);

        await bed.WriteAsync(Ada, command, "", replyTo);

        (await bed.ColumnAsync(Ada, "state")).ShouldBe("active");
        Words(await bed.LatestToAsync(Ada)).ShouldContain(ReaderWords.Of("fr").PauseFault);
    }

    [Theory]
    [InlineData("en", "5 June", "6 May")]
    [InlineData("de", "5. Juni", "6. Mai")]
    [InlineData("fr", "5 juin", "6 mai")]
    [InlineData("es", "5 de junio", "6 de mayo")]
    [InlineData("zh", "6月5日", "5月6日")]
    public async Task A_day_that_may_be_two_is_asked_back_and_not_guessed(string language, string one, string other)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);
        await bed.Digests.Database.ExecuteAsync("update subscribers set language = @language", new { language }, default);

        await bed.WriteAsync(Ada, "pause until 5/6", "", replyTo);

        (await bed.ColumnAsync(Ada, "state")).ShouldBe("active");
        var answer = Words(await bed.LatestToAsync(Ada));
        answer.ShouldContain(one);
        answer.ShouldContain(other);
        answer.ShouldContain("pause until 2026-06-05");
    }

    [Fact]
    public async Task Of_two_days_only_the_one_that_is_to_come_is_meant()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);

        await bed.WriteAsync(Ada, "pause until 12/2/2026", "", replyTo);

        (await bed.ColumnAsync(Ada, "paused_until")).ShouldBe("2026-12-02");
    }

    [Theory]
    [InlineData("en", "It stands in line 3.", "For example: pause 2 weeks")]
    [InlineData("de", "Das steht in Zeile 3.", "Zum Beispiel: pause 2 weeks")]
    [InlineData("fr", "C’est à la ligne 3.", "pause 2 weeks")]
    [InlineData("es", "Está en la línea 3.", "Por ejemplo: pause 2 weeks")]
    [InlineData("zh", "位于第 3 行。", "例如：pause 2 weeks")]
    public async Task What_was_not_understood_is_told_with_its_place_and_an_example(string language, string place, string example)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);
        await bed.Digests.Database.ExecuteAsync("update subscribers set language = @language", new { language }, default);

        await bed.WriteAsync(Ada, "max 7", "status\n\npauze for a while\nmax 6", replyTo);

        var answer = Words(await bed.LatestToAsync(Ada));
        answer.ShouldContain("pauze for a while");
        answer.ShouldContain(place);
        answer.ShouldContain(example);
        (await bed.ColumnAsync(Ada, "max_items")).ShouldBe("6");
    }

    [Fact]
    public async Task Of_a_hundred_lines_the_answer_says_where_reading_ended()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);

        await bed.WriteAsync(Ada, "", string.Join('\n', Enumerable.Range(1, 100).Select(i => $"max {i % 40 + 1}")), replyTo);

        (await bed.ColumnAsync(Ada, "max_items")).ShouldBe("1");
        var answer = Words(await bed.LatestToAsync(Ada));
        answer.ShouldContain("Only so many lines of a mail are read: 40 It stands in line 41.");
    }

    [Fact]
    public async Task Who_left_signs_up_anew_by_answering_an_old_mail()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);
        await bed.WriteAsync(Ada, "unsubscribe", "", replyTo);

        (await bed.WriteAsync(Ada, "subscribe", "", replyTo)).Action.ShouldBe("confirmation_sent");
        (await bed.WriteAsync(Ada, "Re:", "yes", await bed.ReplyToAsync(Ada))).Action.ShouldBe("confirmed");

        (await bed.ColumnAsync(Ada, "state")).ShouldBe("active");
    }

    [Fact]
    public async Task Mail_follows_no_more_authors_than_the_web()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);

        await bed.WriteAsync(Ada, "", string.Join('\n', Enumerable.Range(0, 33).Select(i => $"query author:\"Ada Lovelace{(char)('a' + i % 26)}{i}\"")), replyTo);

        (await bed.ValueAsync("select count(*)::text from preferences where text is not null")).ShouldBe("30");
        Words(await bed.LatestToAsync(Ada)).ShouldContain(ReaderWords.Of("en").TooManyAuthors(30));
    }

    [Fact]
    public async Task A_complaint_that_comes_twice_and_a_command_after_it_change_nothing_more()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);
        var messageId = await bed.ValueAsync("select message_id from deliveries");
        var complaint = $"From: fbl@provider.example\r\nTo: abuse@papers.example\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{messageId}>\r\n\r\n--b--\r\n";

        (await bed.TakeAsync(complaint)).Action.ShouldBe("complained");
        (await bed.TakeAsync("X-Copy: 2\r\n" + complaint)).Action.ShouldBe("complained");
        await bed.WriteAsync(Ada, "resume", "today\nmax 3", replyTo);

        (await bed.ColumnAsync(Ada, "state || ' ' || max_items")).ShouldBe("suppressed 10");
        (await bed.ValueAsync("select count(*)::text from suppressions")).ShouldBe("1");
        (await bed.KindsToAsync(Ada)).ShouldBe(["digest"]);
    }

    [Fact]
    public async Task A_voided_reply_address_lets_its_holder_leave_and_asks_for_proof_of_all_else()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);
        await bed.Digests.Database.ExecuteAsync("update subscribers set link_version = link_version + 1", null, default);

        (await bed.WriteAsync("mallory@evil.example", "max 3", "", replyTo)).Action.ShouldBe("not_subscribed");
        (await bed.WriteAsync(Ada, "max 3", "", replyTo)).Action.ShouldBe("proof_asked");
        (await bed.ColumnAsync(Ada, "max_items")).ShouldBe("10");
        (await bed.WriteAsync(Ada, "unsubscribe", "", replyTo)).Action.ShouldBe("unsubscribed");
    }

    [Fact]
    public async Task A_question_is_void_after_three_days_and_after_its_reader_was_erased()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.AddReaderAsync(Ada, "pruning");
        await bed.WriteAsync(Ada, "max 3", "");
        var question = await bed.ReplyToAsync(Ada);
        bed.Advance(Duration.FromDays(3) + Duration.FromMinutes(1));

        (await bed.WriteAsync(Ada, "Re:", "yes", question)).Action.ShouldBe("void");
        await bed.Digests.Database.ExecuteAsync("delete from subscribers", null, default);
        (await bed.WriteAsync(Ada, "Re:", "yes again", question)).Action.ShouldBe("void");
    }

    // Lines are broken where the mail's width wants it.
    private static string Words(MimePart mail) => string.Join(' ', mail.BodyText().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static byte[] Mail(string subject, string text, string to = InboundTestBed.Commands) => Encoding.UTF8.GetBytes(
        $"From: {Ada}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{Guid.NewGuid():n}@mail.example>\r\n\r\n{text}");

    private static async Task<IReadOnlyList<InboundResult>> TakeAsync(InboundTestBed bed, params byte[][] mails)
    {
        var ids = await bed.Digests.Service<InboundStore>().AddAsync("maildir", [.. mails.Select(raw => new StoredOctets(raw, IsTruncated: false))], default);
        return await bed.Digests.Service<InboundHandler>().HandleAsync(ids, default);
    }
}
