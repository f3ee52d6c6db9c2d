using System.Text.Json;
using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Delivery;

/// <summary>What the operator tells the outbox, and what it answers.</summary>
public sealed class OutboxVerbTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly LocalDate Monday = new(2026, 3, 2);
    private static readonly LocalDate Tuesday = new(2026, 3, 3);

    [Theory]
    [InlineData("hold --because Wrong", "held_because")]
    [InlineData("kill 2026-03-02", "held_because")]
    [InlineData("release", "queued")]
    [InlineData("retry --failed", "retried")]
    [InlineData("status", "queued")]
    public async Task Each_verb_answers_one_object_with_the_counts(string verb, string key)
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 3);

        var answer = await RunAsync(database, verb);

        answer.TryGetProperty(key, out _).ShouldBeTrue();
        answer.GetProperty("queued").GetInt64().ShouldBe(3);
        foreach (var state in (string[])["sending", "sent", "deferred", "failed", "unknown", "suppressed"])
            answer.GetProperty(state).GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task A_hold_stands_and_is_confirmed_though_nothing_can_be_counted()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var connection = await database.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("lock table deliveries in access exclusive mode", null, default);

        var answer = await RunAsync(database, "hold --because Wrong");

        answer.GetProperty("held_because").GetString().ShouldBe("Wrong");
        answer.GetProperty("sent").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task A_retry_reaches_one_day_and_no_more_than_its_limit_and_says_so_beforehand()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 5);
        await TestMail.EnqueueAsync(database, 7, id => TestMail.Digest(id) with { DigestOn = Tuesday });
        await TestMail.EnqueueAsync(database, 2, TestMail.Confirmation);
        await database.ExecuteAsync("update deliveries set state = 'failed', next_attempt_at = null", null, default);

        var preview = await RunAsync(database, "retry --failed --day 2026-03-03 --limit 4 --dry-run");
        var afterPreview = await Senders.StatesAsync(database);
        var retried = await RunAsync(database, "retry --failed --day 2026-03-03 --limit 4");

        afterPreview.ShouldBe(new Dictionary<string, long> { ["failed"] = 14 });
        foreach (var answer in (JsonElement[])[preview, retried])
        {
            answer.GetProperty("retried").GetInt64().ShouldBe(4);
            var mails = answer.GetProperty("mails").EnumerateArray().ShouldHaveSingleItem();
            (mails.GetProperty("kind").GetString(), mails.GetProperty("digest_on").GetString()).ShouldBe(("digest", "2026-03-03"));
        }

        var queued = await database.QueryAsync<LocalDate>("select digest_on from deliveries where state = 'queued'", null, default);
        queued.ShouldBe([Tuesday, Tuesday, Tuesday, Tuesday]);
    }

    [Fact]
    public async Task Without_a_day_or_limit_a_retry_reaches_all_and_names_them_by_kind_and_day()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 5);
        await TestMail.EnqueueAsync(database, 7, id => TestMail.Digest(id) with { DigestOn = Tuesday });
        await TestMail.EnqueueAsync(database, 2, TestMail.Confirmation);
        await database.ExecuteAsync("update deliveries set state = 'failed', next_attempt_at = null", null, default);

        var reached = await new OutboxRetry(database, new TestClock(TestMail.Monday)).RunAsync(RetryOf.Failed, day: null, limit: null, default);

        reached.Select(mails => (mails.Kind, mails.DigestOn, mails.Count)).ShouldBe(
            [("digest", Monday, 5L), ("digest", Tuesday, 7L), ("confirmation", (LocalDate?)null, 2L)]);
    }

    [Fact]
    public async Task A_mail_that_failed_is_sent_again_though_its_day_is_over_by_now()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 1);
        await database.ExecuteAsync("update deliveries set state = 'failed', next_attempt_at = null, expires_at = created_at", null, default);
        var now = TestMail.Monday + Duration.FromDays(2);

        await new OutboxRetry(database, new TestClock(now)).RunAsync(RetryOf.Failed, day: null, limit: null, default);

        (await DigestService.Delivery.Claims.ExpireLateAsync(database, now, default)).ShouldBeEmpty();
        (await Senders.StatesAsync(database)).ShouldBe(new Dictionary<string, long> { ["queued"] = 1 });
    }

    [Fact]
    public async Task Deferred_mails_are_brought_forward_once_and_expired_ones_are_left_alone()
    {
        var database = await postgres.CreateDatabaseAsync();
        await TestMail.EnqueueAsync(database, 3);
        await database.ExecuteAsync(
            "update deliveries set state = 'deferred', next_attempt_at = created_at + interval '1 hour', expires_at = case when id >> 6 = 1 then created_at + interval '1 minute' end",
            null,
            default);
        var retry = new OutboxRetry(database, new TestClock(TestMail.Monday + Duration.FromMinutes(5)));

        (await retry.RunAsync(RetryOf.Deferred, day: null, limit: null, default)).Sum(mails => mails.Count).ShouldBe(2);
        (await retry.RunAsync(RetryOf.Deferred, day: null, limit: null, default)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("retry --failed --day tomorrow", 2, "is no day")]
    [InlineData("send", 0, "127.0.0.1:25 takes no mail: 451 Not now. Mails wait; mend the relay")]
    public async Task What_is_wrong_with_a_line_or_with_a_relay_while_nothing_is_due_is_told_in_a_sentence(string verb, int code, string sentence)
    {
        var database = await postgres.CreateDatabaseAsync();
        await database.ExecuteAsync(
            RelayTroubleQueries.Begin, new { relay = "127.0.0.1:25", answers = "later", words = "127.0.0.1:25 takes no mail: 451 Not now.", now = TestMail.Monday }, default);

        var run = await WorkerProcess.RunAsync(database, $"outbox {verb} --json", ("Smtp__Host", "127.0.0.1"), ("Smtp__Port", "25"));

        run.Code.ShouldBe(code);
        run.Errors.ShouldContain(sentence);
    }

    private static async Task<JsonElement> RunAsync(Database database, string verb) =>
        JsonDocument.Parse((await WorkerProcess.RunAsync(database, $"outbox {verb} --json")).ShouldSucceed()).RootElement;
}
