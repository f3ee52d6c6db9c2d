using DigestService.Digests;
using DigestService.Platform;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Digests;

/// <summary>Planning and composing run beside each other, and the mails are those that would come if they followed each other.</summary>
public sealed class PlanningMeanwhileTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private static readonly Instant NextHour = DigestTestBed.Hour + Duration.FromDays(1);

    [Fact]
    public async Task What_is_planned_first_is_composed_while_the_rest_is_being_planned()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        await bed.AddReaderAsync("ada@reader.example", "pruning");
        var bob = await bed.AddReaderAsync("bob@reader.example", "pruning");
        var later = DigestTestBed.Hour + Duration.FromMinutes(1);
        await bed.Database.ExecuteAsync("update subscribers set send_at = '07:01', next_due_at = @later where id = @bob", new { later, bob }, default);
        var planner = bed.Service<DigestPlanner>();
        var planning = new Planning([new PlannedDay { DigestOn = DigestTestBed.Today, EarliestDueAt = DigestTestBed.Hour }], async announce =>
        {
            var planned = await planner.PlanDueAsync(DigestTestBed.Hour);
            announce();
            await Eventually.TrueAsync(async () => await bed.MailsAsync() == 1, "what is planned is composed");
            planned += await planner.PlanDueAsync(later);
            announce();
            return planned;
        });

        var composed = await bed.Service<DigestPipeline>().ComposeDueAsync(later, planning, default);

        (await planning.Planned, composed.Queued).ShouldBe((2, 2));
    }

    [Fact]
    public async Task A_query_that_comes_while_digests_are_composed_is_matched_before_the_next_of_them()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        await bed.AddPaperAsync("Beekeeping for beginners");
        await bed.AddReaderAsync("ada@reader.example", "pruning");
        var planner = bed.Service<DigestPlanner>();
        var bob = 0L;
        var planning = new Planning([new PlannedDay { DigestOn = DigestTestBed.Today, EarliestDueAt = DigestTestBed.Hour }], async announce =>
        {
            var planned = await planner.PlanDueAsync(DigestTestBed.Hour);
            announce();
            await Eventually.TrueAsync(async () => await bed.MailsAsync() == 1, "the first digest is composed");
            bob = await bed.AddReaderAsync("bob@reader.example");
            await bed.AddOwnQueryAsync(bob, "beekeeping");
            planned += await planner.PlanDueAsync(DigestTestBed.Hour);
            announce();
            return planned;
        });

        var composed = await bed.Service<DigestPipeline>().ComposeDueAsync(DigestTestBed.Hour, planning, default);

        (composed.Queued, composed.Empty).ShouldBe((2, 0));
        (await bed.TitlesAsync(bob)).ShouldContain("Beekeeping for beginners");
    }

    [Fact]
    public async Task Nothing_is_composed_for_a_reader_who_is_due_again_until_the_later_day_is_planned()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.PlanAsync();
        (await ClaimedDaysAsync(bed)).ShouldBeEmpty();

        await bed.Service<DigestPlanner>().PlanDueAsync(NextHour);

        (await ClaimedDaysAsync(bed)).ShouldBe([DigestTestBed.Today, DigestTestBed.Today.PlusDays(1)]);
    }

    [Theory]
    [InlineData("state = 'unsubscribed'")]
    [InlineData("state = 'paused', paused_until = null, next_due_at = null, next_due_on = null")]
    public async Task A_reader_who_will_not_be_planned_again_does_not_keep_an_earlier_day_open(string change)
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.PlanAsync();
        await bed.Database.ExecuteAsync("update subscribers set " + change, null, default);

        (await ClaimedDaysAsync(bed)).ShouldBe([DigestTestBed.Today]);
    }

    [Fact]
    public async Task A_batch_reads_no_more_of_what_is_planned_than_it_takes_whatever_statistics_say()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.Database.ExecuteAsync(
            """
            insert into subscribers (bucket, id, address, address_key, state, next_due_at, next_due_on, created_at, confirmed_at)
            select 7, (1000000 + n) * 64 + 7, n || '@reader.example', n || '@reader.example', 'active', @hour, @today, @hour, @hour
            from generate_series(1, 10000) n;
            analyze subscribers
            """,
            new { hour = DigestTestBed.Hour, today = DigestTestBed.Today },
            default);
        (await bed.PlanAsync()).ShouldBe(10_000);
        await bed.Database.ExecuteAsync("analyze digests", null, default);

        var read = await bed.Database.InTransactionAsync(
            async connection =>
            {
                var run = new ComposingRun { Now = DigestTestBed.Hour, WaitedSince = DigestTestBed.Hour, ReadyDays = new HashSet<LocalDate> { DigestTestBed.Today }, IsAllReady = true };
                (await DueSubscriberQueries.ClaimAsync(connection, run, [Buckets.All], 100, default)).Count.ShouldBe(100);
                return await connection.QuerySingleAsync<long>("select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'digests'", null, default);
            },
            default);

        read.ShouldBeLessThan(2_000);
    }

    [Fact]
    public async Task A_day_that_is_only_being_planned_is_composed_while_an_earlier_one_waits_for_its_source()
    {
        var bed = await DigestTestBed.OpenAsync(apps, ("Digest__WaitForSources", "10:00"), ("Sources__HuggingFace__Enabled", "true"));
        await bed.AddPaperAsync("Pruning networks early");
        await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.AddReaderAsync("bob@reader.example", "pruning");
        await bed.PlanAsync();
        await bed.Database.ExecuteAsync(
            """
            update subscribers set next_due_at = @nextHour, next_due_on = @tomorrow where address = 'bob@reader.example';
            update digests set due_at = @evening;
            update subscribers set next_due_at = @never where address = 'ada@reader.example';
            delete from digests where subscriber_id = (select id from subscribers where address = 'bob@reader.example');
            insert into source_runs (source, started_at, finished_at, outcome)
            values ('huggingface', @well, @well, 'done'), ('huggingface', @failed, @failed, 'failed')
            """,
            new { nextHour = NextHour, tomorrow = DigestTestBed.Today.PlusDays(1), never = NextHour + Duration.FromDays(1), evening = NextHour - Duration.FromHours(8), well = DigestTestBed.Hour - Duration.FromHours(4), failed = DigestTestBed.Hour - Duration.FromHours(1) },
            default);

        var tomorrow = DigestTestBed.Today.PlusDays(1);
        var pools = bed.Service<CandidatePool.Loader>();
        var planning = new Planning([new PlannedDay { DigestOn = tomorrow, EarliestDueAt = NextHour }], async _ =>
        {
            await Eventually.TrueAsync(() => Task.FromResult(pools.Loads > 0), "composing has begun");
            return await bed.Service<DigestPlanner>().PlanDueAsync(NextHour);
        });

        var composed = await bed.Service<DigestPipeline>().ComposeDueAsync(NextHour, planning, default);

        (await planning.Planned, composed.Queued).ShouldBe((1, 1));
        (await bed.Database.QueryAsync<LocalDate>("select digest_on from digests where outcome = 'planned'", null, default)).ShouldBe([DigestTestBed.Today]);
    }

    [Fact]
    public async Task A_day_that_another_process_plans_meanwhile_waits_for_its_source_all_the_same()
    {
        var bed = await DigestTestBed.OpenAsync(apps, ("Sources__HuggingFace__Enabled", "true"));
        await bed.AddPaperAsync("Pruning networks early");
        await bed.AddReaderAsync("ada@reader.example", "pruning");
        var bob = await bed.AddReaderAsync("bob@reader.example", "pruning");
        var yesterday = DigestTestBed.Today.PlusDays(-1);
        await bed.Database.ExecuteAsync(
            """
            update subscribers set next_due_at = @later where id = @bob;
            insert into source_runs (source, started_at, finished_at, outcome)
            values ('huggingface', @well, @well, 'done'), ('huggingface', @failed, @failed, 'failed')
            """,
            new { bob, later = NextHour, well = DigestTestBed.Hour - Duration.FromHours(30), failed = DigestTestBed.Hour - Duration.FromHours(20) },
            default);
        var pools = bed.Service<CandidatePool.Loader>();
        var planning = new Planning([new PlannedDay { DigestOn = DigestTestBed.Today, EarliestDueAt = DigestTestBed.Hour }], async _ =>
        {
            await Eventually.TrueAsync(() => Task.FromResult(pools.Loads > 0), "composing has begun");
            // Where Bob is it is still yesterday, for which the source has failed; his answer asked for the digest a moment ago.
            await bed.Database.ExecuteAsync(
                "insert into digests (bucket, subscriber_id, digest_on, due_at, outcome, reasons, planned_at) select bucket, id, @yesterday, @now, 'planned', '[\"The reader asked for it.\"]', @now from subscribers where id = @bob",
                new { bob, yesterday, now = DigestTestBed.Hour },
                default);
            return await bed.Service<DigestPlanner>().PlanDueAsync(DigestTestBed.Hour);
        });

        var composed = await bed.Service<DigestPipeline>().ComposeDueAsync(DigestTestBed.Hour, planning, default);

        (composed.Queued, await bed.OutcomeAsync(bob, yesterday)).ShouldBe((1, "planned"));
        await bed.TickAsync(DigestTestBed.Hour + Duration.FromHours(2));
        (await bed.OutcomeAsync(bob, yesterday)).ShouldBe("queued");
    }

    private static async Task<IReadOnlyList<LocalDate>> ClaimedDaysAsync(DigestTestBed bed) => await bed.Database.InTransactionAsync<IReadOnlyList<LocalDate>>(
        async connection =>
        {
            var run = new ComposingRun { Now = NextHour, WaitedSince = NextHour, ReadyDays = new HashSet<LocalDate> { DigestTestBed.Today, DigestTestBed.Today.PlusDays(1) }, IsAllReady = true };
            return [.. (await DueSubscriberQueries.ClaimAsync(connection, run, [Buckets.All], 10, default)).Select(reader => reader.DigestOn).Order()];
        },
        default);
}
