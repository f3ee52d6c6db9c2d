using DigestService.Platform;
using DigestService.Suppressions;
using NodaTime;

namespace DigestService.Tests.Suppressions;

/// <summary>When bounces end the mailing of an address, and when they do not.</summary>
public sealed class BounceRuleTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly Instant FirstDay = Instant.FromUtc(2026, 3, 2, 7, 0);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(29, 1)]
    [InlineData(30, 0)]
    [InlineData(0, 0)]
    public async Task Two_hard_bounces_suppress_when_they_are_of_different_days_within_thirty(int daysApart, int suppressed)
    {
        var database = await postgres.CreateDatabaseAsync();

        await BounceAsync(database, FirstDay, 1, delivery: 1);
        await BounceAsync(database, FirstDay + Duration.FromDays(daysApart), 1, delivery: 2);

        (await SuppressedAsync(database)).ShouldBe(suppressed);
    }

    [Theory]
    [InlineData(3, "sent", false, 0)]
    [InlineData(3, "failed", false, 1)]
    [InlineData(3, "sent", true, 1)]
    [InlineData(1, "sent", false, 1)]
    [InlineData(5, "sent", false, 1)]
    public async Task A_delivery_between_two_bounces_clears_the_first_unless_it_came_back_itself(long arrived, string state, bool cameBack, int suppressed)
    {
        var database = await postgres.CreateDatabaseAsync();
        var reader = (await Delivery.TestSubscribers.AddAsync(database, "active"))[0];
        await BounceAsync(database, FirstDay, 1, delivery: 2, reader);
        await database.ExecuteAsync(
            """
            insert into deliveries (bucket, id, subscriber_id, kind, sender, recipient, recipient_key, recipient_domain, message_id, message, content_hash, state, created_at)
            values (@arrived, @arrived, @reader, 'digest', 'b@service.example', 'reader1@mail.example', @key, 'mail.example', 'm', '', '', @state, now())
            """,
            new { arrived, reader, state, key = Key(1) },
            default);

        await BounceAsync(database, FirstDay + Duration.FromDays(2), 1, delivery: 4, reader);
        if (cameBack)
            await BounceAsync(database, FirstDay + Duration.FromDays(2), 1, delivery: arrived, reader);

        (await SuppressedAsync(database)).ShouldBe(suppressed);
    }

    [Theory]
    [InlineData(true, new[] { 0, 4 }, 1, 3, false, 0)]
    [InlineData(true, new[] { 0, 4 }, 1, 3, true, 0)]
    [InlineData(true, new[] { 0, 4 }, 1, -1, false, 1)]
    [InlineData(true, new[] { 0, 4 }, 1, -1, true, 1)]
    [InlineData(false, new[] { 0, 7, 14, 21 }, 3, 3, false, 0)]
    [InlineData(false, new[] { 0, 7, 14, 21 }, 3, 3, true, 0)]
    [InlineData(false, new[] { 0, 7, 14, 21 }, 3, -1, false, 1)]
    [InlineData(false, new[] { 0, 7, 14, 21 }, 3, -1, true, 1)]
    public async Task A_mail_that_was_refused_and_arrived_when_it_was_sent_again_has_not_bounced(bool isHard, int[] days, int again, int hoursLater, bool isSpread, int suppressed)
    {
        var database = await postgres.CreateDatabaseAsync();
        var reader = (await Delivery.TestSubscribers.AddAsync(database, "active"))[0];
        await database.ExecuteAsync(
            """
            insert into deliveries (bucket, id, subscriber_id, kind, sender, recipient, recipient_key, recipient_domain, message_id, content_hash, state, created_at, finished_at)
            values (@again, @again, @reader, 'digest', 'b@service.example', 'reader1@mail.example', @key, 'mail.example', 'm', '', 'sent', now(), @sentAt)
            """,
            new { again, reader, key = Key(1), sentAt = FirstDay + Duration.FromDays(days[again - 1]) + Duration.FromHours(hoursLater) },
            default);

        for (var i = 0; i < days.Length; i++)
        {
            var refusedAt = FirstDay + Duration.FromDays(days[i]);
            await (isHard ? BounceAsync(database, refusedAt, 1, i + 1, reader, isSpread) : SoftBounceAsync(database, refusedAt, i + 1, isOfMailbox: true, reader, isSpread));
        }

        (await SuppressedAsync(database)).ShouldBe(suppressed);
    }

    [Theory]
    [InlineData(true, new[] { 0, 7, 14, 21 }, 1)]
    [InlineData(true, new[] { 0, 1, 2, 15 }, 1)]
    [InlineData(true, new[] { 0, 1, 2, 14 }, 0)]
    [InlineData(true, new[] { 0, 0, 0, 0, 16 }, 0)]
    [InlineData(true, new[] { 0, 20, 40, 60 }, 0)]
    [InlineData(false, new[] { 0, 7, 14, 21 }, 0)]
    public async Task Mailboxes_that_refuse_for_weeks_are_given_up_and_what_is_said_of_us_never_counts(bool isOfMailbox, int[] days, int suppressed)
    {
        var database = await postgres.CreateDatabaseAsync();

        for (var i = 0; i < days.Length; i++)
            await SoftBounceAsync(database, FirstDay + Duration.FromDays(days[i]), i + 1, isOfMailbox);

        (await SuppressedAsync(database)).ShouldBe(suppressed);
    }

    [Theory]
    [InlineData("sent", 0)]
    [InlineData("failed", 1)]
    public async Task A_mail_that_arrives_clears_the_soft_bounces_before_it(string state, int suppressed)
    {
        var database = await postgres.CreateDatabaseAsync();
        var reader = (await Delivery.TestSubscribers.AddAsync(database, "active"))[0];
        await database.ExecuteAsync(
            """
            insert into deliveries (bucket, id, subscriber_id, kind, sender, recipient, recipient_key, recipient_domain, message_id, message, content_hash, state, created_at)
            values (3, 3, @reader, 'digest', 'b@service.example', 'reader1@mail.example', @key, 'mail.example', 'm', '', '', @state, now())
            """,
            new { reader, state, key = Key(1) },
            default);

        foreach (var (day, delivery) in ((int, long)[])[(0, 1), (7, 2), (14, 4), (21, 5)])
            await SoftBounceAsync(database, FirstDay + Duration.FromDays(day), delivery, isOfMailbox: true, reader);

        (await SuppressedAsync(database)).ShouldBe(suppressed);
    }

    [Theory]
    [InlineData(6, 5, 9, 1)]
    [InlineData(6, 5, 5, 1)]
    [InlineData(3, 5, 9, 0)]
    [InlineData(3, 5, 2, 0)]
    public async Task A_mail_that_arrived_is_compared_with_the_bounces_of_its_own_address_whatever_else_came_back_with_them(
        long arrived, long delivery, long othersDelivery, int suppressed)
    {
        var database = await postgres.CreateDatabaseAsync();
        var reader = (await Delivery.TestSubscribers.AddAsync(database, "active"))[0];
        await database.ExecuteAsync(
            """
            insert into deliveries (bucket, id, subscriber_id, kind, sender, recipient, recipient_key, recipient_domain, message_id, message, content_hash, state, created_at)
            values (@arrived & 63, @arrived, @reader, 'digest', 'b@service.example', 'reader1@mail.example', @key, 'mail.example', 'm', '', '', 'sent', now())
            """,
            new { arrived, reader, key = Key(1) },
            default);
        foreach (var (day, before) in ((int, long)[])[(0, 1), (7, 2), (14, 4)])
            await SoftBounceAsync(database, FirstDay + Duration.FromDays(day), before, isOfMailbox: true, reader);

        await using var connection = await database.OpenAsync(default);
        await SuppressionList.RecordBouncesAsync(
            connection,
            [
                new Bounce { SubscriberId = reader, DeliveryId = delivery, AddressHash = Key(1), Status = "5.2.2", IsPermanent = false, IsOfMailbox = true },
                new Bounce { DeliveryId = othersDelivery, AddressHash = Key(2), Status = "5.2.2", IsPermanent = false, IsOfMailbox = true },
            ],
            FirstDay + Duration.FromDays(21),
            isSpread: false,
            default);

        (await SuppressedAsync(database)).ShouldBe(suppressed);
    }

    [Theory]
    [InlineData(true, new[] { "full@mail.example", "shut@mail.example" })]
    [InlineData(false, new string[0])]
    public async Task A_mailbox_that_puts_off_each_mail_until_it_expires_is_given_up_unless_no_mail_is_taken_at_all(bool isMailMoving, string[] givenUp)
    {
        var database = await postgres.CreateDatabaseAsync();
        (string Recipient, string Reply, int Doubts)[] last =
        [
            ("full@mail.example", "[RcptTo] 452 4.2.2 The mailbox is full", 0),
            ("shut@mail.example", "[RcptTo] 450 4.2.1 The mailbox is disabled", 0),
            ("grey@mail.example", "[RcptTo] 450 4.2.0 Greylisted", 0),
            ("ours@mail.example", "[RcptTo] 454 4.7.1 Relay access denied", 0),
            ("lost@mail.example", "[RcptTo] connection reset", 0),
            ("doubt@mail.example", "[RcptTo] 452 4.2.2 The mailbox is full", 1),
        ];

        foreach (var day in (int[])[0, 7, 14, 21])
        {
            var now = FirstDay + Duration.FromDays(day);
            if (isMailMoving)
                await CountAsync(database, now - Duration.FromDays(1), 1);
            foreach (var (recipient, reply, doubts) in last)
            {
                await Delivery.TestMail.EnqueueAsync(database, 1, id => Delivery.TestMail.Digest(id, recipient) with { ExpiresAt = now });
                await database.ExecuteAsync("update deliveries set state = 'deferred', reply = @reply, doubts = @doubts, attempts = 1 where state = 'queued'", new { reply, doubts }, default);
            }

            (await DigestService.Delivery.Claims.ExpireLateAsync(database, now, default)).Count.ShouldBe(last.Length);
        }

        (await database.QueryAsync<string>("select distinct d.recipient from suppressions s join deliveries d on d.recipient_key = s.address_hash where s.reason = 'bounced' order by 1", null, default))
            .ShouldBe(givenUp);
    }

    [Theory]
    [InlineData("sent", 0)]
    [InlineData("failed", 1)]
    public async Task A_report_that_comes_late_leaves_in_force_what_arrived_after_its_mail(string state, int suppressed)
    {
        var database = await postgres.CreateDatabaseAsync();
        var reader = (await Delivery.TestSubscribers.AddAsync(database, "active"))[0];
        await database.ExecuteAsync(
            """
            insert into deliveries (bucket, id, subscriber_id, kind, sender, recipient, recipient_key, recipient_domain, message_id, message, content_hash, state, created_at)
            values (6, 6, @reader, 'digest', 'b@service.example', 'reader1@mail.example', @key, 'mail.example', 'm', '', '', @state, now())
            """,
            new { reader, state, key = Key(1) },
            default);

        foreach (var (day, delivery) in ((int, long)[])[(0, 1), (7, 2), (14, 9), (21, 4)])
            await SoftBounceAsync(database, FirstDay + Duration.FromDays(day), delivery, isOfMailbox: true, reader);

        (await SuppressedAsync(database)).ShouldBe(suppressed);
    }

    [Theory]
    [InlineData(100, 5, 5)]
    [InlineData(100, 6, 0)]
    [InlineData(20, 20, 20)]
    [InlineData(21, 2, 0)]
    [InlineData(300, 300, 0)]
    [InlineData(1_000, 8, 8)]
    public async Task A_day_on_which_more_than_a_twentieth_of_over_twenty_mails_bounced_suppresses_nobody(int mails, int bounced, int suppressed)
    {
        var database = await postgres.CreateDatabaseAsync();
        for (var i = 0; i < bounced; i++)
            await BounceAsync(database, FirstDay, i, delivery: i + 1);
        var second = FirstDay + Duration.FromDays(1);

        for (var i = 0; i < mails; i++)
        {
            await CountAsync(database, second, 1);
            if (i < bounced)
                await BounceAsync(database, second, i, delivery: 1_000 + i);
        }

        await using var connection = await database.OpenAsync(default);
        await SuppressionList.SettleAsync(connection, second, isSpread: false, default);
        (await SuppressedAsync(database)).ShouldBe(suppressed);
    }

    [Fact]
    public async Task Who_was_erased_and_bounced_on_such_a_day_stays_erased()
    {
        var database = await postgres.CreateDatabaseAsync();
        var second = FirstDay + Duration.FromDays(1);
        await database.ExecuteAsync(SuppressionQueries.Add, new { hashes = new[] { Key(1) }, reason = "erased", detail = (string?)null, now = FirstDay }, default);
        for (var i = 0; i < 10; i++)
            await BounceAsync(database, FirstDay, i, delivery: i + 1);
        await CountAsync(database, second, 20);
        await BounceAsync(database, second, 1, delivery: 100);
        (await SuppressedAsync(database)).ShouldBe(1);
        await CountAsync(database, second, 10);

        for (var i = 2; i < 10; i++)
            await BounceAsync(database, second, i, delivery: 100 + i);

        (await SuppressedAsync(database)).ShouldBe(0);
        (await database.QueryAsync<string>("select reason from suppressions", null, default)).ShouldBe(["erased"]);
    }

    [Fact]
    public async Task A_mailbox_that_was_full_for_weeks_stays_given_up_though_that_day_had_too_many_hard_bounces()
    {
        var database = await postgres.CreateDatabaseAsync();
        foreach (var (day, delivery) in ((int, long)[])[(0, 1), (7, 2), (14, 3), (21, 4)])
            await SoftBounceAsync(database, FirstDay + Duration.FromDays(day), delivery, isOfMailbox: true);
        var last = FirstDay + Duration.FromDays(21);
        await CountAsync(database, last, 100);
        for (var i = 2; i < 12; i++)
            await BounceAsync(database, last, i, delivery: 100 + i);

        await using var connection = await database.OpenAsync(default);
        await SuppressionList.SettleAsync(connection, last, isSpread: false, default);

        (await SuppressionList.ToReviewAsync(connection, last, default)).ShouldHaveSingleItem();
        (await SuppressedAsync(database)).ShouldBe(1);
    }

    [Theory]
    [InlineData(31, 1)]
    [InlineData(40, 0)]
    public async Task How_many_mails_a_day_had_is_forgotten_once_none_of_its_bounces_counts(int daysLater, int kept)
    {
        var database = await postgres.CreateDatabaseAsync();
        await CountAsync(database, FirstDay, 100);

        await using var connection = await database.OpenAsync(default);
        await SuppressionList.SettleAsync(connection, FirstDay + Duration.FromDays(daysLater), isSpread: false, default);

        (await database.QuerySingleOrDefaultAsync<int>("select count(*)::int from bounce_days", null, default)).ShouldBe(kept);
    }

    [Fact]
    public async Task The_operator_lets_the_bounces_of_such_a_day_count_or_dismisses_them()
    {
        var database = await postgres.CreateDatabaseAsync();
        var second = FirstDay + Duration.FromDays(1);
        await CountAsync(database, second, 100);
        for (var i = 0; i < 10; i++)
        {
            await BounceAsync(database, FirstDay, i, delivery: i + 1);
            await BounceAsync(database, second, i, delivery: 100 + i);
        }

        await using var connection = await database.OpenAsync(default);
        var day = (await SuppressionList.ToReviewAsync(connection, second, default)).ShouldHaveSingleItem();
        (day.HappenedOn, day.Mails, day.Hard).ShouldBe((second.InUtc().Date, 100, 10));
        await SuppressionList.ReviewAsync(connection, day.HappenedOn, counts: false, second, isSpread: false, default);
        (await SuppressedAsync(database)).ShouldBe(0);
        (await SuppressionList.ToReviewAsync(connection, second, default)).ShouldBeEmpty();
        await SuppressionList.ReviewAsync(connection, day.HappenedOn, counts: true, second, isSpread: false, default);

        (await SuppressedAsync(database)).ShouldBe(10);
    }

    [Fact]
    public async Task A_day_of_which_no_hard_bounce_is_known_is_not_reviewed_beforehand()
    {
        var database = await postgres.CreateDatabaseAsync();
        await CountAsync(database, FirstDay, 100);
        await BounceAsync(database, FirstDay, 1, delivery: 1);
        await using var connection = await database.OpenAsync(default);

        foreach (var mistyped in new[] { FirstDay + Duration.FromDays(1), FirstDay - Duration.FromDays(3_650) })
            (await SuppressionList.ReviewAsync(connection, mistyped.InUtc().Date, counts: true, FirstDay, isSpread: false, default)).ShouldBeFalse();
        (await SuppressionList.ReviewAsync(connection, FirstDay.InUtc().Date, counts: true, FirstDay, isSpread: false, default)).ShouldBeTrue();

        (await database.QueryAsync<LocalDate>("select happened_on from bounce_reviews", null, default)).ShouldBe([FirstDay.InUtc().Date]);
    }

    [Fact]
    public async Task Reports_that_come_on_a_day_without_mail_are_measured_by_the_mails_of_the_day_before()
    {
        var database = await postgres.CreateDatabaseAsync();
        await CountAsync(database, FirstDay, 100);
        for (var i = 0; i < 50; i++)
            await BounceAsync(database, FirstDay - Duration.FromDays(7), i, delivery: i + 1);

        for (var i = 0; i < 50; i++)
            await BounceAsync(database, FirstDay + Duration.FromDays(1), i, delivery: 100 + i);

        (await SuppressedAsync(database)).ShouldBe(0);
    }

    private static byte[] Key(int address) => [.. BitConverter.GetBytes(address), 7];

    private static Task<long> SuppressedAsync(Database database) =>
        database.QuerySingleOrDefaultAsync<long>("select count(*) from suppressions where reason = 'bounced'", null, default);

    private static async Task CountAsync(Database database, Instant now, int mails)
    {
        await using var connection = await database.OpenAsync(default);
        await connection.ExecuteAsync(SuppressionQueries.CountMails, new { today = now.InUtc().Date, mails }, default);
    }

    private static async Task BounceAsync(Database database, Instant now, int address, long delivery, long? reader = null, bool isSpread = false)
    {
        await using var connection = await database.OpenAsync(default);
        var bounce = new Bounce { SubscriberId = reader, DeliveryId = delivery, AddressHash = Key(address), Status = "5.1.1", IsPermanent = true, Reason = "no such user" };
        await SuppressionList.RecordBouncesAsync(connection, [bounce], now, isSpread, default);
    }

    private static async Task SoftBounceAsync(Database database, Instant now, long delivery, bool isOfMailbox, long? reader = null, bool isSpread = false)
    {
        await using var connection = await database.OpenAsync(default);
        var bounce = new Bounce { SubscriberId = reader, DeliveryId = delivery, AddressHash = Key(1), Status = "5.2.2", IsPermanent = false, IsOfMailbox = isOfMailbox, Reason = "full" };
        await SuppressionList.RecordBouncesAsync(connection, [bounce], now, isSpread, default);
    }
}
