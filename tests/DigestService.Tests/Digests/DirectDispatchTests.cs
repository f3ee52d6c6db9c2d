using DigestService.Delivery;
using DigestService.Tests.Delivery;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Digests;

/// <summary>Digests that go from composing to the sender of the same process.</summary>
public sealed class DirectDispatchTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task A_run_sends_each_digest_once()
    {
        await using var relay = ScriptedSmtpServer.Start();
        var bed = await OpenAsync(readers: 30, ("Smtp:Host", "127.0.0.1"), ("Smtp:Port", $"{relay.Port}"), ("Smtp:Tls", "None"));

        var counts = await bed.RunAsync(DigestTestBed.Hour);

        (counts.Planned, counts.Sent).ShouldBe((30, 30));
        relay.Received.Select(mail => mail.Recipient).Distinct().Count().ShouldBe(30);
        relay.Received.Count.ShouldBe(30);
        (await CountAsync(bed, "state = 'sent' and attempts = 1 and fence = 1 and message is null")).ShouldBe(30);
    }

    [Fact]
    public async Task A_mail_in_doubt_that_became_too_late_counts_as_unknown_and_not_as_failed()
    {
        await using var relay = ScriptedSmtpServer.Start();
        var bed = await OpenAsync(readers: 2, ("Smtp:Host", "127.0.0.1"), ("Smtp:Port", $"{relay.Port}"), ("Smtp:Tls", "None"));
        await bed.TickAsync();
        await bed.Database.ExecuteAsync(
            """
            update deliveries
            set expires_at = next_attempt_at - interval '1 minute',
                state = case when id = (select min(id) from deliveries) then 'unknown' else state end,
                doubts = case when id = (select min(id) from deliveries) then 1 else 0 end
            """,
            null,
            default);

        var counts = await bed.RunAsync(DigestTestBed.Hour);

        (counts.Failed, counts.Unknown, counts.Sent).ShouldBe((1, 1, 0));
    }

    [Fact]
    public async Task What_a_sender_has_no_room_for_waits_for_anybody()
    {
        var bed = await OpenAsync(readers: 3);
        bed.Service<DirectDispatch>().Open("this sender", 30, () => 2, _ => 256, () => Task.CompletedTask);

        await bed.TickAsync();

        (await CountAsync(bed, "state = 'claimed' and owner = 'this sender' and lease_until > now()")).ShouldBe(2);
        (await CountAsync(bed, "state = 'queued' and owner is null and fence = 0")).ShouldBe(1);
        bed.Service<DirectDispatch>().Close().Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_is_on_its_way_to_a_sender_takes_up_room()
    {
        var bed = await OpenAsync(readers: 3);
        bed.Service<DirectDispatch>().Open("this sender", 30, () => 3, _ => 256, () => Task.CompletedTask);
        await bed.TickAsync();

        bed.Service<DirectDispatch>().Reserve().ShouldBeNull();
        bed.Service<DirectDispatch>().TakeAll().Count.ShouldBe(3);
        bed.Service<DirectDispatch>().Reserve().ShouldNotBeNull().Room.ShouldBe(3);
    }

    [Fact]
    public async Task Composing_waits_for_a_sender_that_holds_plenty()
    {
        var direct = new DirectDispatch();
        var halfEmpty = new TaskCompletionSource();
        direct.Open("this sender", 30, () => 100, _ => 256, () => halfEmpty.Task);

        var waiting = direct.WaitForRoomAsync(default);
        waiting.IsCompleted.ShouldBeFalse();
        halfEmpty.SetResult();

        await waiting;
    }

    [Fact]
    public async Task Composing_waits_for_a_slow_sender_once_and_then_not_until_it_holds_little_again()
    {
        var direct = new DirectDispatch();
        Task halfEmpty = new TaskCompletionSource().Task;
        direct.Open("this sender", 30, () => 100, _ => 256, () => halfEmpty);

        await direct.WaitForRoomAsync(default);
        direct.WaitForRoomAsync(default).IsCompleted.ShouldBeTrue("it took longer than a second");
        halfEmpty = Task.CompletedTask;
        await direct.WaitForRoomAsync(default);
        halfEmpty = new TaskCompletionSource().Task;

        direct.WaitForRoomAsync(default).IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_domain_that_takes_little_is_handed_over_no_faster_than_it_takes()
    {
        var bed = await OpenAsync(readers: 4);
        await bed.AddReaderAsync("ada@elsewhere.example", "pruning");
        bed.Service<DirectDispatch>().Open("this sender", 30, () => 100, domain => domain == "reader.example" ? 2 : 256, () => Task.CompletedTask);
        await bed.TickAsync();

        (await CountAsync(bed, "state = 'claimed' and recipient_domain = 'reader.example'")).ShouldBe(2);
        (await CountAsync(bed, "state = 'queued' and recipient_domain = 'reader.example'")).ShouldBe(2);
        (await CountAsync(bed, "state = 'claimed' and recipient_domain = 'elsewhere.example'")).ShouldBe(1);
        var next = bed.Service<DirectDispatch>().Reserve().ShouldNotBeNull();
        next.RoomFor("reader.example").ShouldBe(0, "two are on their way");
    }

    [Fact]
    public async Task A_sender_that_dies_leaves_what_it_was_handed_to_others_when_its_lease_ends()
    {
        await using var relay = ScriptedSmtpServer.Start();
        var bed = await OpenAsync(readers: 5);
        bed.Service<DirectDispatch>().Open("a dead sender", 30, () => 100, _ => 256, () => Task.CompletedTask);
        await bed.TickAsync();
        await bed.Database.ExecuteAsync("update deliveries set lease_until = now() where owner = 'a dead sender'", null, default);

        var counts = await Senders.Over(bed.Database, Senders.To(relay), clock: new TestClock(DigestTestBed.Hour)).DrainAsync(default);

        counts.Sent.ShouldBe(5);
        relay.Received.Count.ShouldBe(5);
        (await CountAsync(bed, "doubts > 0")).ShouldBe(0);
    }

    [Fact]
    public async Task Of_a_batch_that_the_database_refuses_nothing_is_handed_over()
    {
        var bed = await OpenAsync(readers: 3);
        await bed.Database.ExecuteAsync(
            """
            create function refuse_one() returns trigger language plpgsql as $$
            begin
                if new.subscriber_id = (select min(id) from subscribers) then
                    raise exception 'no digest for this reader';
                end if;
                return new;
            end $$;
            create trigger refuse_one before update of papers on digests for each row execute function refuse_one()
            """,
            null,
            default);
        bed.Service<DirectDispatch>().Open("this sender", 30, () => 100, _ => 256, () => Task.CompletedTask);

        await bed.TickAsync();

        var handed = bed.Service<DirectDispatch>().TakeAll().Select(mail => mail.Mail.Id).ToList();
        handed.Count.ShouldBe(2);
        (await bed.Database.QueryAsync<long>("select id from deliveries where state = 'claimed'", null, default)).ShouldBe(handed, ignoreOrder: true);
    }

    private async Task<DigestTestBed> OpenAsync(int readers, params IEnumerable<(string Key, string Value)> settings)
    {
        var bed = await DigestTestBed.OpenAsync(apps, settings);
        await bed.AddPaperAsync("Pruning networks early");
        for (var i = 0; i < readers; i++)
            await bed.AddReaderAsync($"reader{i}@reader.example", "pruning");
        return bed;
    }

    private static Task<int> CountAsync(DigestTestBed bed, string where) =>
        bed.Database.QuerySingleOrDefaultAsync<int>($"select count(*)::int from deliveries where {where}", null, default);
}
