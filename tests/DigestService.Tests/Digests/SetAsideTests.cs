using DigestService.Admin;
using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Hosting;
using DigestService.Inbound.Ways;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Sources;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Digests;

/// <summary>One reader, paper or query that cannot be dealt with stops nobody else.</summary>
public sealed class SetAsideTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string RefuseBob = """
        create function refuse_bob() returns trigger language plpgsql as $$
        begin
            if new.subscriber_id = (select id from subscribers where address = 'bob@reader.example') then
                raise exception 'no digest for bob';
            end if;
            return new;
        end $$;
        create trigger refuse_bob before update of papers on digests for each row execute function refuse_bob()
        """;

    [Fact]
    public async Task A_reader_with_two_planned_days_gets_the_later_with_the_papers_of_both()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        await bed.AddPaperAsync("Pruning networks late", listedOn: DigestTestBed.Today.PlusDays(1));
        var ada = await bed.AddReaderAsync("ada@reader.example", "pruning");
        var bob = await bed.AddReaderAsync("bob@reader.example", "pruning");

        await bed.PlanAsync();
        var counts = await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(1));

        (counts.Composed.Queued, counts.Composed.Expired).ShouldBe((2, 2));
        (await bed.MailsAsync()).ShouldBe(2);
        foreach (var reader in (long[])[ada, bob])
        {
            (await bed.OutcomeAsync(reader)).ShouldBe("expired");
            (await bed.TitlesAsync(reader, DigestTestBed.Today.PlusDays(1))).ShouldBe(["Pruning networks late", "Pruning networks early"], ignoreOrder: true);
        }
    }

    [Fact]
    public async Task Two_planned_days_bring_one_mail_however_many_batches_lie_between_them()
    {
        const int Readers = 600;
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        await bed.Database.ExecuteAsync(
            """
            with crowd as (
                insert into subscribers (address, address_key, state, next_due_at, next_due_on, created_at, confirmed_at)
                select n || '@reader.example', n || '@reader.example', 'active', @hour, @today, @hour, @hour
                from generate_series(1, @readers) n
                returning id)
            insert into preferences (subscriber_id, query_id, topic_id)
            select crowd.id, query_id, topics.id from crowd cross join topics where slug = 'pruning'
            """,
            new { readers = Readers, hour = DigestTestBed.Hour, today = DigestTestBed.Today },
            default);

        await bed.PlanAsync();
        var counts = await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(1));

        (counts.Composed.Queued, counts.Composed.Expired).ShouldBe((Readers, Readers));
        (await bed.MailsAsync()).ShouldBe(Readers);
    }

    [Theory]
    [InlineData("update subscribers set address = 'bob' || chr(10) || 'bcc: all@reader.example' where address like 'bob%'")]
    [InlineData("update subscribers set address = 'nobody' where address like 'bob%'")]
    [InlineData(RefuseBob)]
    public async Task A_reader_whose_digest_cannot_be_made_is_tried_three_times_and_told_of_and_the_others_have_theirs(string poison)
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        var readers = new List<long>();
        foreach (var name in (string[])["ada", "bob", "cleo", "dan", "eve"])
            readers.Add(await bed.AddReaderAsync($"{name}@reader.example", "pruning"));
        await bed.Database.ExecuteAsync(poison, null, default);

        var ticks = new List<TickCounts>();
        for (var minute = 0; minute < 4; minute++)
            ticks.Add(await bed.TickAsync(DigestTestBed.Hour + Duration.FromMinutes(minute)));

        ticks.Select(tick => (tick.Composed.Queued, tick.Composed.SetAside)).ShouldBe([(4, 1), (0, 1), (0, 1), (0, 0)]);
        (await bed.OutcomeAsync(readers[1])).ShouldBe("failed");
        foreach (var reader in readers.Where(reader => reader != readers[1]))
            (await bed.TitlesAsync(reader)).ShouldBe(["Pruning networks early"]);
        (await ToldByAsync(bed)).ShouldAllBe(told => told.Contains($"1 digest set aside (reader {readers[1]}, given up)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reader_who_is_set_aside_once_gets_the_digest_at_the_next_tick_and_is_told_of_no_more()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        await bed.AddReaderAsync("ada@reader.example", "pruning");
        var bob = await bed.AddReaderAsync("bob@reader.example", "pruning");
        await bed.Database.ExecuteAsync(RefuseBob, null, default);
        await bed.TickAsync();
        await bed.Database.ExecuteAsync("drop trigger refuse_bob on digests", null, default);

        await bed.TickAsync(DigestTestBed.Hour + Duration.FromMinutes(1));

        (await bed.TitlesAsync(bob)).ShouldBe(["Pruning networks early"]);
        (await bed.Service<ComposingHealth>().SetAsideLatelyAsync(default)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("authors = array[null]")]
    [InlineData("categories = array[null]")]
    public async Task A_paper_that_cannot_be_read_is_left_out_and_told_of_and_the_others_go_out(string poison)
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        var broken = await bed.AddPaperAsync("Pruning networks early");
        await bed.AddPaperAsync("Pruning networks late");
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.ExecuteAsync(
            $"update subscribers set outside_topics = 0; update papers set {poison} where id = @broken", new { broken }, default);

        for (var minute = 0; minute < 4; minute++)
            await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(minute));

        (await bed.TitlesAsync(reader)).ShouldBe(["Pruning networks late"]);
        (await ToldByAsync(bed)).ShouldAllBe(told => told.Contains($"1 paper set aside (paper {broken}, given up)", StringComparison.Ordinal));
        (await bed.Service<TopicMatching>().MatchDueAsync(default)).Papers.ShouldBe(0);
    }

    [Fact]
    public void A_query_that_throws_matches_nothing_and_the_others_match()
    {
        TopicQuery.TryParse("pruning", out var query, out _).ShouldBeTrue();
        var set = new QuerySet([new(1, null!), new(2, query!)], CatalogueStatistics.Empty); // what no text of a query gives
        var paper = IndexedPaper.Of(new PaperText { Id = 7, Title = "Pruning networks early" });

        set.Match(paper).ShouldHaveSingleItem().QueryId.ShouldBe(2);

        set.Faults.ShouldHaveSingleItem().Id.ShouldBe(1);
    }

    /// <summary>Digests of a batch are made on several threads: what ends one of them comes wrapped.</summary>
    [Fact]
    public void A_process_without_memory_is_no_readers_fault()
    {
        DigestFaults.IsOfSomeReader(new AggregateException(new InvalidOperationException("one"), new InsufficientMemoryException())).ShouldBeFalse();
        DigestFaults.IsOfSomeReader(new InsufficientMemoryException()).ShouldBeFalse();
        DigestFaults.IsOfSomeReader(new AggregateException(new InvalidOperationException("one"))).ShouldBeTrue();
    }

    [Fact]
    public async Task An_outage_is_nobodys_fault_and_everybody_stays_planned()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.ExecuteAsync("alter table digests rename column why to away", null, default);

        await Should.ThrowAsync<Npgsql.PostgresException>(() => bed.TickAsync());
        await bed.Database.ExecuteAsync("alter table digests rename column away to why", null, default);

        (await bed.OutcomeAsync(reader)).ShouldBe("planned");
        await bed.TickAsync();
        (await bed.OutcomeAsync(reader)).ShouldBe("queued");
    }

    private static async Task<IReadOnlyList<string>> ToldByAsync(DigestTestBed bed)
    {
        var checks = await bed.Service<Doctor>().ExamineAsync(new MigrationReport(Applied: 0, Already: 1, Version: 1), default);
        var readiness = new Readiness(bed.Service<ServiceHealth>(), new ServingRoles(Roles.All));
        var ready = await readiness.CheckAsync(default);
        ready.Ready.ShouldBeTrue();
        return
        [
            string.Join('\n', checks.Where(check => !check.Ok).Select(check => check.Detail)),
            string.Join('\n', ready.SetAside.Select(report => report.Sentence)),
        ];
    }
}
