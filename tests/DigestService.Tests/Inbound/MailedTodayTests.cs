using DigestService.Digests;
using DigestService.Mails;
using DigestService.Mails.Languages;
using DigestService.Subscribers;
using DigestService.Subscribers.Pages.Words;
using NodaTime;

namespace DigestService.Tests.Inbound;

/// <summary>Asking for today's digest where it cannot come: the reason, and what to do.</summary>
public sealed class MailedTodayTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@reader.example";

    [Theory]
    [InlineData("en")]
    [InlineData("de")]
    [InlineData("fr")]
    [InlineData("es")]
    [InlineData("zh")]
    public async Task Today_while_paused_is_refused_with_the_reason_and_the_command_that_helps(string language)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);
        await bed.Digests.Database.ExecuteAsync("update subscribers set language = @language, state = 'paused', next_due_at = null, next_due_on = null", new { language }, default);
        bed.Advance(Duration.FromHours(20));

        await bed.WriteAsync(Ada, "today", "", replyTo);

        await bed.ShouldSayAsync(Ada, ReaderWords.Of(language).TodayPaused);
        await bed.ShouldSayAsync(Ada, "resume");
        (await bed.ValueAsync("select count(*)::text from digests")).ShouldBe("1");
    }

    [Fact]
    public async Task Resuming_and_asking_for_today_in_one_mail_brings_it()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);
        bed.Advance(Duration.FromHours(20));
        await bed.WriteAsync(Ada, "pause", "", replyTo);

        await bed.WriteAsync(Ada, "", "resume\ntoday", replyTo);

        (await bed.ValueAsync("select string_agg(digest_on || ' ' || outcome, ', ' order by digest_on) from digests")).ShouldBe("2026-03-04 queued, 2026-03-05 planned");
    }

    [Theory]
    [InlineData("en")]
    [InlineData("de")]
    [InlineData("fr")]
    [InlineData("es")]
    [InlineData("zh")]
    public async Task Who_has_not_confirmed_yet_is_told_so_and_what_to_do(string language)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.WriteAsync(Ada, "subscribe pruning", $"language {language}");

        (await bed.WriteAsync(Ada, "today", "")).Action.ShouldBe("not_subscribed");

        await bed.ShouldSayAsync(Ada, Language.Of(language).Service.Outcome(CommandOutcome.NotConfirmed));
    }

    [Theory]
    [InlineData("paused", "Paused")]
    [InlineData("pending", "NotConfirmed")]
    [InlineData("unsubscribed", "NotConfirmed")]
    [InlineData("suppressed", "Barred")]
    [InlineData("barred", "Barred")]
    [InlineData("active", "Planned")]
    public async Task A_reader_to_whom_nothing_goes_is_planned_nothing(string state, string outcome)
    {
        var expected = Enum.Parse<OnDemandOutcome>(outcome);
        var bed = await InboundTestBed.OpenAsync(apps);
        var id = await bed.Digests.AddReaderAsync(Ada, "pruning");
        if (state == "barred")
        {
            await bed.BarAsync(Ada, "bounced");
        }
        else
        {
            await bed.Digests.Database.ExecuteAsync("update subscribers set state = @state, next_due_at = case when @state = 'active' then next_due_at end, next_due_on = case when @state = 'active' then next_due_on end", new { state }, default);
        }

        var reader = await bed.Digests.Database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Find, new { id }, default);
        (await bed.Digests.Service<DigestOnDemand>().AskAsync(reader!, default)).ShouldBe(expected);

        (await bed.ValueAsync("select count(*)::text from digests")).ShouldBe(expected == OnDemandOutcome.Planned ? "1" : "0");
        if (expected == OnDemandOutcome.Planned)
        {
            (await bed.Digests.Service<DigestOnDemand>().AskAsync(reader!, default)).ShouldBe(OnDemandOutcome.Planned);
            (await bed.ValueAsync("select count(*)::text from digests")).ShouldBe("1");
        }
    }

    [Theory]
    [InlineData("planned")]
    [InlineData("suppressed")]
    [InlineData("failed")]
    [InlineData("expired")]
    [InlineData("undelivered")]
    public async Task Whose_digest_of_today_waits_or_was_never_mailed_is_not_told_to_have_had_it(string outcome)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.AddPaperAsync("A study of pruning");
        await bed.Digests.AddReaderAsync(Ada, "pruning");
        await bed.Digests.PlanAsync();
        await bed.Digests.Database.ExecuteAsync("update digests set outcome = @outcome, attempts = 3, fault = 'It broke.'", new { outcome }, default);
        var reader = (await bed.Digests.Database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.FindByAddress, new { addressKey = Ada }, default)).ShouldNotBeNull();

        (await bed.Digests.Service<DigestOnDemand>().AskAsync(reader, default)).ShouldBe(OnDemandOutcome.Planned);
        (await bed.ValueAsync("select attempts || coalesce(fault, '') from digests")).ShouldBe("0");
        await bed.Digests.TickAsync();

        (await bed.ValueAsync("select outcome from digests")).ShouldBe("queued");
        (await bed.Digests.Service<DigestOnDemand>().AskAsync(reader, default)).ShouldBe(OnDemandOutcome.HadToday);
    }

    [Fact]
    public async Task Today_on_a_day_without_papers_brings_a_note_also_where_the_hour_brought_nothing()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.AddReaderAsync(Ada, "pruning");
        await bed.Digests.TickAsync();
        (await bed.ValueAsync("select outcome from digests")).ShouldBe("empty");
        var reader = (await bed.Digests.Database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.FindByAddress, new { addressKey = Ada }, default)).ShouldNotBeNull();
        var onDemand = bed.Digests.Service<DigestOnDemand>();

        (await onDemand.AskAsync(reader, default)).ShouldBe(OnDemandOutcome.Planned);
        await bed.Digests.TickAsync();

        (await bed.ValueAsync("select outcome from digests")).ShouldBe("queued");
        (await bed.LatestToAsync(Ada)).Headers.First("Subject").ShouldBe(Language.Of("en").QuietSubject(new LocalDate(2026, 3, 4)));
        (await bed.ValueAsync("select reasons::text from digests")).ShouldNotBeNull().ShouldContain("The reader asked for");
        (await onDemand.AskAsync(reader, default)).ShouldBe(OnDemandOutcome.HadToday);
    }

    [Fact]
    public async Task What_changed_between_asking_and_planning_counts()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var id = await bed.Digests.AddReaderAsync(Ada, "pruning");
        var asking = (await bed.Digests.Database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Find, new { id }, default)).ShouldNotBeNull();
        var onDemand = bed.Digests.Service<DigestOnDemand>();

        await bed.Digests.Database.ExecuteAsync("update subscribers set state = 'paused', next_due_at = null, next_due_on = null", null, default);
        (await onDemand.AskAsync(asking, default)).ShouldBe(OnDemandOutcome.Paused);
        await bed.Digests.Database.ExecuteAsync("update subscribers set state = 'active', next_due_at = now(), next_due_on = '2026-03-05', send_at = '09:41'", null, default);
        (await onDemand.AskAsync(asking, default)).ShouldBe(OnDemandOutcome.Planned);

        (await bed.ValueAsync("select to_char(next_due_at at time zone zone, 'HH24:MI') from subscribers")).ShouldBe("09:41");
    }
}
