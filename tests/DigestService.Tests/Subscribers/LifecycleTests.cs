using DigestService.Digests;
using DigestService.Subscribers;
using NodaTime;

namespace DigestService.Tests.Subscribers;

public sealed class LifecycleTests
{
    // A Wednesday, 06:00 in Berlin.
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 4, 5, 0);

    [Fact]
    public void The_first_digest_is_due_at_the_first_occurrence_of_the_hour_after_confirming()
    {
        var early = Pending().Confirm(Now);
        var late = (Pending() with { SendAt = new LocalTime(5, 30) }).Confirm(Now);

        (early.State, early.NextDueAt, early.NextDueOn).ShouldBe(
            (SubscriberState.Active, Instant.FromUtc(2026, 3, 4, 6, 0), new LocalDate(2026, 3, 4)));
        late.NextDueOn.ShouldBe(new LocalDate(2026, 3, 5));
    }

    [Fact]
    public void Another_hour_on_the_day_of_a_digest_waits_for_the_next_day()
    {
        var reader = Active() with { LastDigestOn = new LocalDate(2026, 3, 4) };

        var changed = reader.Change(new SettingsChange { SendAt = new LocalTime(20, 0) }, Now);

        changed.NextDueOn.ShouldBe(new LocalDate(2026, 3, 5));
        changed.NextDueAt.ShouldBe(Instant.FromUtc(2026, 3, 5, 19, 0));
    }

    [Fact]
    public void Moving_to_a_zone_where_it_is_still_yesterday_brings_no_second_digest_for_one_date()
    {
        var reader = Active() with { LastDigestOn = new LocalDate(2026, 3, 4) };

        var changed = reader.Change(new SettingsChange { Zone = "Pacific/Honolulu", SendAt = new LocalTime(21, 0) }, Now);

        changed.NextDueOn.ShouldBe(new LocalDate(2026, 3, 5));
    }

    [Fact]
    public void A_digest_whose_hour_has_come_stays_owed_when_the_hour_is_changed()
    {
        var reader = Active() with { NextDueAt = Now - Duration.FromMinutes(1), NextDueOn = new LocalDate(2026, 3, 4) };

        var changed = reader.Change(new SettingsChange { SendAt = new LocalTime(5, 0) }, Now);

        changed.NextDueOn.ShouldBe(new LocalDate(2026, 3, 4));
        changed.NextDueAt.ShouldBe(reader.NextDueAt);
    }

    [Fact]
    public void Settings_other_than_the_hours_leave_the_next_digest_where_it_is()
    {
        var reader = Active();

        reader.Change(new SettingsChange { MaxItems = 3 }, Now + Duration.FromHours(3)).NextDueAt.ShouldBe(reader.NextDueAt);
    }

    [Fact]
    public void A_pause_until_a_day_ends_with_the_digest_of_that_day()
    {
        var paused = Active().Pause(new LocalDate(2026, 3, 20), Now);

        paused.State.ShouldBe(SubscriberState.Paused);
        paused.NextDueOn.ShouldBe(new LocalDate(2026, 3, 20));
    }

    [Fact]
    public void A_pause_that_ends_on_the_day_of_the_last_digest_brings_no_second_one_for_it()
    {
        var paused = (Active() with { LastDigestOn = new LocalDate(2026, 3, 5) }).Pause(new LocalDate(2026, 3, 5), Now);

        paused.NextDueOn.ShouldBe(new LocalDate(2026, 3, 6));
    }

    [Fact]
    public void A_pause_without_a_day_waits_for_the_reader()
    {
        var paused = Active().Pause(null, Now);

        paused.NextDueAt.ShouldBeNull();
        paused.Resume(Now).NextDueOn.ShouldBe(new LocalDate(2026, 3, 4));
    }

    [Fact]
    public void Who_leaves_in_a_pause_and_takes_it_back_is_paused_as_before()
    {
        var until = Active().Pause(new LocalDate(2026, 3, 20), Now);
        var endless = Active().Pause(null, Now);

        until.End(Now).NextDueAt.ShouldBeNull();
        until.End(Now).Return(Now).ShouldBe(until);
        endless.End(Now).Return(Now).ShouldBe(endless);
        until.End(Now).Return(Now + Duration.FromDays(30)).ShouldSatisfyAllConditions(
            after => after.State.ShouldBe(SubscriberState.Active, "the pause has ended meanwhile"),
            after => after.NextDueOn.ShouldBe(new LocalDate(2026, 4, 4)));
        endless.End(Now).SignUp(SettingsChange.None).Confirm(Now).ShouldSatisfyAllConditions(
            back => back.State.ShouldBe(SubscriberState.Active),
            back => back.PausedUntil.ShouldBeNull());
    }

    [Fact]
    public void Coming_back_after_leaving_voids_the_links_of_before()
    {
        var left = Active().End(Now);

        left.NextDueAt.ShouldBeNull();
        left.SignUp(SettingsChange.None).LinkVersion.ShouldBe(left.LinkVersion + 1);
    }

    [Fact]
    public void Each_mail_that_answers_a_sign_up_makes_the_wait_for_the_next_longer()
    {
        var reader = Pending();
        var mails = 0;

        for (var now = Now; now < Now + Duration.FromDays(7); now += Duration.FromMinutes(1))
        {
            if (!reader.MayBeMailed(now))
                continue;
            reader = reader.Mailed(now);
            mails++;
        }

        mails.ShouldBeInRange(8, 12);
    }

    private static Subscriber Active() => Pending().Confirm(Now);

    private static Subscriber Pending() => new()
    {
        Id = 1,
        Address = "reader@mail.example",
        AddressKey = "reader@mail.example",
        State = SubscriberState.Pending,
        Language = "en",
        Zone = "Europe/Berlin",
        SendAt = new LocalTime(7, 0),
        Frequency = DigestFrequency.Daily,
        WeeklyOn = 1,
        MaxItems = 10,
        MutedWords = [],
        LinkVersion = 1,
        SignUpMails = 0,
        CreatedAt = Now,
    };
}
