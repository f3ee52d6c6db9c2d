using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Tests.Digests;
using DigestService.Tests.Shared;
using Npgsql;

namespace DigestService.Tests.Subscribers;

/// <summary>Verdicts of a list's readers, given and taken back while somebody leaves the list.</summary>
public sealed class FeedbackRaceTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private DigestTestBed _bed = null!; // opened by each test
    private long _leader;
    private long _member;
    private long _paper;

    [Fact]
    public async Task A_verdict_that_comes_while_its_reader_leaves_the_list_is_theirs_and_not_the_lists()
    {
        await OpenAsync();

        await WhileAsync(LeaveAsync, () => _bed.Service<Feedback>().GiveAsync(_member, _paper, "like", "web", default));

        (await HoldersAsync()).ShouldBe([_member]);
    }

    [Fact]
    public async Task A_verdict_that_is_taken_back_while_its_reader_leaves_the_list_stays_with_the_list_alone()
    {
        await OpenAsync();
        await _bed.Service<Feedback>().GiveAsync(_member, _paper, "like", "web", default);

        await WhileAsync(LeaveAsync, () => _bed.Service<Feedback>().ForgetAsync(_member, _paper, "like", default));

        (await HoldersAsync()).ShouldBe([_leader]);
    }

    [Theory]
    [InlineData("delete from subscribers where id = @leader")]
    [InlineData("update subscribers set state = 'suppressed', next_due_at = null, next_due_on = null, ended_at = now() where id = @leader")]
    public async Task A_verdict_that_comes_while_the_lists_leader_goes_is_held_with_whoever_leads_on(string going)
    {
        await OpenAsync();

        await WhileAsync(
            connection => connection.ExecuteAsync(going, new { leader = _leader }, default),
            () => _bed.Service<Feedback>().GiveAsync(_member, _paper, "like", "web", default));

        (await HoldersAsync()).ShouldBe([_member]);
        (await _bed.Database.QueryAsync<long>("select leader_id from lists", null, default)).ShouldBe([_member]);
    }

    [Fact]
    public async Task A_leaders_own_verdict_is_held_with_them_and_one_of_a_reader_who_is_gone_nowhere()
    {
        await OpenAsync();

        await _bed.Service<Feedback>().GiveAsync(_leader, _paper, "like", "web", default);
        await _bed.Service<Feedback>().GiveAsync(4711, _paper, "like", "web", default);

        (await HoldersAsync()).ShouldBe([_leader]);
    }

    // The leader's row has the higher id, and so is the later one that a sender holds.
    [Fact]
    public async Task A_verdict_in_a_list_and_a_sender_that_marks_its_readers_mails_do_not_wait_for_each_other()
    {
        await OpenAsync();
        await _bed.Database.ExecuteAsync("update lists set leader_id = @member", new { member = _member }, default);
        (_leader, _member) = (_member, _leader);
        _leader.ShouldBeGreaterThan(_member);
        var acting = Task.CompletedTask;

        await _bed.Database.InTransactionAsync(
            async connection =>
            {
                await HoldAsync(connection, _member);
                acting = _bed.Service<Feedback>().GiveAsync(_member, _paper, "like", "web", default);
                await Eventually.TrueAsync(_bed.Database.IsAnybodyWaitingAsync, "the verdict waits");
                // It would wait for the verdict, which waits for it.
                await connection.ExecuteAsync("set local lock_timeout = '500ms'", null, default);
                await HoldAsync(connection, _leader);
            },
            default);
        await acting;

        (await HoldersAsync()).ShouldBe([_leader]);

        static Task<int> HoldAsync(NpgsqlConnection connection, long reader) =>
            connection.ExecuteAsync(DeliveryQueries.HoldReaders, new { subscribers = new[] { reader }, readerBucket = Buckets.OfAll([reader]) }, default);
    }

    private async Task OpenAsync()
    {
        _bed = await DigestTestBed.OpenAsync(apps);
        _paper = await _bed.AddPaperAsync("A study of pruning");
        _leader = await _bed.AddReaderAsync("lead@lab.example", "pruning");
        _member = await _bed.AddReaderAsync("member@lab.example");
        await _bed.Database.ExecuteAsync(
            """
            with list as (insert into lists (name, leader_id, created_at) values ('The lab', @leader, @at) returning id)
            update subscribers set list_id = list.id from list where subscribers.id in (@leader, @member)
            """,
            new { leader = _leader, member = _member, at = DigestTestBed.Hour },
            default);
    }

    // As SubscriberLists does it, from the lock to the last statement.
    private async Task LeaveAsync(NpgsqlConnection connection)
    {
        await connection.ExecuteAsync(SubscriberQueries.Lock, new { id = _member }, default);
        await connection.ExecuteAsync(SubscriberListQueries.CopyWishes, new { id = _member, leader = _leader }, default);
        await connection.ExecuteAsync("update subscribers set list_id = null where id = @member", new { member = _member }, default);
    }

    /// <summary>Acts while a transaction that has done its part is still open, and ends that once the act has ended or waits for it.</summary>
    private async Task WhileAsync(Func<NpgsqlConnection, Task> first, Func<Task> act)
    {
        var acting = Task.CompletedTask;
        await _bed.Database.InTransactionAsync(
            async connection =>
            {
                await first(connection);
                acting = act();
                await _bed.Database.EndsOrWaitsAsync(acting);
            },
            default);
        await acting;
    }

    private Task<IReadOnlyList<long>> HoldersAsync() => _bed.Database.QueryAsync<long>("select subscriber_id from feedback order by 1", null, default);
}
