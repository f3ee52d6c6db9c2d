using DigestService.Delivery;
using DigestService.Mail;
using NodaTime;

namespace DigestService.Tests.Delivery;

/// <summary>The table of outcomes by itself: what becomes of a mail after one attempt.</summary>
public class DeliveryRulesTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 4, 7, 0);

    [Theory]
    [InlineData("250 ok", 0, "sent")]
    [InlineData("450 later", 0, "deferred")]
    [InlineData("450 later", 18, "deferred")]
    [InlineData("450 later", 19, "failed")]
    [InlineData("550 5.1.1 User unknown", 0, "failed")]
    [InlineData("550 5.2.2 Mailbox full", 0, "failed")]
    [InlineData("550 no", 0, "failed")]
    [InlineData("550 5.7.1 Relay access denied", 0, "deferred")]
    [InlineData("550 5.7.1 Relay access denied", 18, "deferred")]
    [InlineData("550 5.7.1 Relay access denied", 19, "failed")]
    public void A_reply_about_one_mail_decides_by_whom_it_speaks_of(string reply, int attemptsBefore, string state)
    {
        var verdict = Judge(Answer(reply), attempts: attemptsBefore);

        verdict.State.ShouldBe(state);
        verdict.AgainAt.HasValue.ShouldBe(state == "deferred");
        (verdict.Bounce is not null).ShouldBe(state == "failed" && reply[0] == '5');
        verdict.IsSpared.ShouldBeFalse();
        verdict.IsFault.ShouldBeFalse();
    }

    [Theory]
    [InlineData(nameof(RelayVerdict.OfTheMail), "failed")]
    [InlineData(nameof(RelayVerdict.Unsure), "deferred")]
    [InlineData(nameof(RelayVerdict.OfTheRelay), "deferred")]
    public void A_refusal_that_proves_nothing_is_final_only_where_the_relay_takes_other_mail(string relay, string state) =>
        Judge(Answer("550 no"), Enum.Parse<RelayVerdict>(relay)).State.ShouldBe(state);

    [Theory]
    [InlineData("450 later")]
    [InlineData("550 5.1.1 User unknown")]
    [InlineData(null)]
    public void What_a_relay_does_to_every_mail_fails_none_and_does_not_count(string? reply)
    {
        var verdict = Judge(reply is null ? Lost(SendResult.NotSent) : Answer(reply), RelayVerdict.OfTheRelay, attempts: 30);

        verdict.State.ShouldBe("deferred");
        verdict.IsSpared.ShouldBeTrue();
        verdict.Bounce.ShouldBeNull();
        // Half an hour, give or take a fifth: it is tried soon after the relay works again.
        verdict.AgainAt!.Value.ShouldBeInRange(Now + Duration.FromMinutes(24), Now + Duration.FromMinutes(36));
    }

    [Theory]
    [InlineData(0, "queued")]
    [InlineData(1, "queued")]
    [InlineData(2, "deferred")]
    [InlineData(19, "failed")]
    public void A_connection_lost_before_the_end_is_tried_at_once_and_later_after_pauses(int attemptsBefore, string state)
    {
        var verdict = Judge(Lost(SendResult.NotSent), attempts: attemptsBefore);

        verdict.State.ShouldBe(state);
        if (state == "queued")
            verdict.AgainAt.ShouldBe(Now);
    }

    [Theory]
    [InlineData(0, nameof(RelayVerdict.OfTheMail), OnUnknown.Resend, true, true)]
    [InlineData(0, nameof(RelayVerdict.OfTheMail), OnUnknown.Hold, false, false)]
    [InlineData(0, nameof(RelayVerdict.OfTheRelay), OnUnknown.Resend, true, false)]
    [InlineData(0, nameof(RelayVerdict.OfTheRelay), OnUnknown.Hold, false, false)]
    [InlineData(1, nameof(RelayVerdict.OfTheMail), OnUnknown.Resend, false, false)]
    public void A_doubt_is_resent_once_and_then_waits_for_the_operator(int doubts, string relay, OnUnknown onUnknown, bool isAgain, bool isAtOnce)
    {
        var verdict = DeliveryRules.Judge(Mail(doubts: doubts), Lost(SendResult.Unknown), Enum.Parse<RelayVerdict>(relay), onUnknown, Now, new Random(1));

        verdict.State.ShouldBe("unknown");
        verdict.AgainAt.HasValue.ShouldBe(isAgain);
        (verdict.AgainAt == Now).ShouldBe(isAtOnce);
        verdict.Bounce.ShouldBeNull();
        verdict.IsSpared.ShouldBeFalse("it may have arrived, whosever the fault was");
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 5)]
    [InlineData(2, 15)]
    [InlineData(3, 30)]
    [InlineData(4, 60)]
    [InlineData(5, 120)]
    [InlineData(6, 240)]
    [InlineData(17, 240)]
    public void Pauses_grow_to_four_hours_and_vary_by_a_fifth(int attemptsBefore, int minutes)
    {
        var pauses = Enumerable.Range(0, 200)
            .Select(seed => (DeliveryRules.Judge(Mail(attempts: attemptsBefore), Answer("450 later"), RelayVerdict.OfTheMail, OnUnknown.Resend, Now, new Random(seed)).AgainAt!.Value - Now).TotalMinutes)
            .ToList();

        pauses.Min().ShouldBeInRange(0.8 * minutes, 0.85 * minutes);
        pauses.Max().ShouldBeInRange(1.15 * minutes, 1.2 * minutes);
    }

    [Theory]
    [InlineData(0, "deferred", "torn", 1)]
    [InlineData(1, "deferred", "torn", 5)]
    [InlineData(2, "failed", "Quarantined: torn", null)]
    public void A_mail_that_cannot_be_offered_is_quarantined_the_third_time(int faultsBefore, string state, string reply, int? minutes)
    {
        var verdict = DeliveryRules.JudgeFault(Mail(faults: faultsBefore), "torn", Now, new Random(1));

        (verdict.State, verdict.Reply, verdict.IsFault, verdict.Bounce).ShouldBe((state, reply, true, null));
        verdict.AgainAt.HasValue.ShouldBe(minutes.HasValue);
        if (minutes is { } pause)
            (verdict.AgainAt!.Value - Now).TotalMinutes.ShouldBeInRange(0.8 * pause, 1.2 * pause);
    }

    [Fact]
    public void The_row_tells_where_it_ended_and_in_whose_words()
    {
        Judge(Answer("250 2.0.0 queued as 4711")).Reply.ShouldBe("250 2.0.0 queued as 4711");
        Judge(Answer("450 later")).Reply.ShouldBe("[RcptTo] 450 later");
        Judge(Lost(SendResult.NotSent)).Reply.ShouldBe("[RcptTo] connection reset");
        Judge(new SendOutcome(SendStage.Data, SendResult.NotSent, null, null)).Reply.ShouldBe("[Data] no reply");
        var odd = Judge(Answer("450 a\u0000b\uD83D" + new string('x', 1000))).Reply;
        odd.ShouldStartWith("[RcptTo] 450 a b xxx");
        odd.Length.ShouldBe(500);
    }

    [Fact]
    public void A_mail_that_the_relay_cannot_take_fails_as_the_messages_fault()
    {
        var verdict = Judge(new SendOutcome(SendStage.MailFrom, SendResult.RejectedPermanently, null, "too large"));

        verdict.State.ShouldBe("failed");
        verdict.Bounce.ShouldBe(new Refusal(null, RefusalKind.Message));
    }

    [Theory]
    [InlineData("550 5.1.1 User unknown", "5.1.1", true, false)]
    [InlineData("550 No such user here", "550", true, false)]
    [InlineData("552 5.2.2 Mailbox full", "5.2.2", false, true)]
    [InlineData("550 5.4.7 Expired", "5.4.7", false, true)]
    [InlineData("552 5.3.4 Too large", "5.3.4", false, false)]
    [InlineData("554 user unknown", "554", false, true, SendStage.AfterDot)]
    [InlineData("554 rejected", "554", false, false, SendStage.AfterDot)]
    public void A_bounce_keeps_the_code_and_whether_it_speaks_of_the_address_or_the_mailbox(string reply, string status, bool isHard, bool isOfMailbox, SendStage stage = SendStage.RcptTo)
    {
        var bounce = Judge(Answer(reply) with { Stage = stage }).Bounce.ShouldNotBeNull();

        (bounce.Status, bounce.IsHard, bounce.IsOfMailbox).ShouldBe((status, isHard, isOfMailbox));
    }

    [Theory]
    [InlineData("452 4.2.2 Mailbox full", "4.2.2")]
    [InlineData("450 Mailbox temporarily disabled", "450")]
    [InlineData("450 4.1.1 User unknown", "4.1.1")]
    [InlineData("450 4.2.0 Greylisted", null)]
    [InlineData("450 4.2.1 The user is receiving mail at a rate that prevents more", null)]
    [InlineData("454 4.7.1 Relay access denied", null)]
    [InlineData("452 4.3.1 Insufficient system storage", null)]
    [InlineData("451 4.4.1 No answer from host", null)]
    [InlineData("452 4.2.2 Sender over quota", null)]
    [InlineData("450 later", null)]
    public void The_last_4xx_of_a_mail_that_is_given_up_is_a_soft_bounce_where_it_speaks_of_the_mailbox(string reply, string? status)
    {
        var verdict = Judge(Answer(reply), attempts: DeliveryRules.MostAttempts - 1);

        verdict.State.ShouldBe("failed");
        (verdict.Bounce?.Status, verdict.Bounce?.IsHard ?? false, verdict.Bounce?.IsOfMailbox, verdict.Bounce?.IsTemporary)
            .ShouldBe((status, false, status is null ? null : true, status is null ? null : true));
        Judge(Answer(reply)).Bounce.ShouldBeNull();
        DeliveryRules.ReadPutOff(verdict.Reply).ShouldBe(Answer(reply));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("[RcptTo] 550 5.1.1 User unknown")]
    [InlineData("[RcptTo] connection reset")]
    [InlineData("[Report] 4.2.2 full: Mailbox full")]
    [InlineData("452 4.2.2 Mailbox full")]
    [InlineData("[Elsewhere] 452 4.2.2 Mailbox full")]
    public void What_was_written_down_is_read_as_a_4xx_only_where_it_was_one(string? reply) => DeliveryRules.ReadPutOff(reply).ShouldBeNull();

    private static Verdict Judge(SendOutcome outcome, RelayVerdict relay = RelayVerdict.OfTheMail, int attempts = 0) =>
        DeliveryRules.Judge(Mail(attempts), outcome, relay, OnUnknown.Resend, Now, new Random(1));

    private static SendOutcome Answer(string line)
    {
        var code = int.Parse(line.AsSpan(0, 3), System.Globalization.CultureInfo.InvariantCulture);
        var words = line[4..].Split(' ', 2);
        var hasStatus = EnhancedStatus.TryParse(words[0], out _);
        var result = code switch { < 300 => SendResult.Accepted, < 500 => SendResult.RejectedTemporarily, _ => SendResult.RejectedPermanently };
        return new(SendStage.RcptTo, result, new SmtpReply(code, hasStatus ? words[0] : null, hasStatus ? words[1] : line[4..]), null);
    }

    private static SendOutcome Lost(SendResult result) => new(SendStage.RcptTo, result, null, "connection reset");

    private static ClaimedMail Mail(int attempts = 0, int doubts = 0, int faults = 0) => new()
    {
        Id = 1,
        Fence = 1,
        Priority = 10,
        Sender = "bounces@service.example",
        Recipient = "kim@mail.example",
        RecipientKey = [],
        RecipientDomain = "mail.example",
        Message = [],
        ContentHash = [],
        Attempts = attempts,
        Doubts = doubts,
        Faults = faults,
    };
}
