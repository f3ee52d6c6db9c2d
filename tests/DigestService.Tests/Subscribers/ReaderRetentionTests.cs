using DigestService.Mail;
using DigestService.Subscribers;
using DigestService.Suppressions;
using DigestService.Tests.Delivery;
using NodaTime;

namespace DigestService.Tests.Subscribers;

public sealed class ReaderRetentionTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task A_sign_up_that_nobody_confirmed_is_forgotten_with_its_mail_and_bars_nobody()
    {
        var app = await apps.CreateAsync();
        var id = await AddAsync(app, "pending@mail.example", "pending", age: 13);
        await AddAsync(app, "active@mail.example", "active", age: 4000);
        await TestMail.EnqueueAsync(app.Database, 1, mail => TestMail.Confirmation(mail) with { SubscriberId = id });
        await app.Database.ExecuteAsync(
            """
            insert into bounces (subscriber_id, address_hash, permanent, occurred_on, received_at) values (@id, '\x01', true, date '2026-03-03', now());
            insert into inbound_messages (subscriber_id, raw, content_hash, source, received_at) values (@id, '\x02', '\x03', 'pipe', now());
            """,
            new { id },
            default);
        (await app.Service<ReaderRetention>().RunAsync(default)).ShouldBe(0);

        app.Clock.Advance(Duration.FromDays(2));
        (await app.Service<ReaderRetention>().RunAsync(default)).ShouldBe(1);

        (await AddressesAsync(app)).ShouldBe(["active@mail.example"]);
        (await app.Database.QuerySingleOrDefaultAsync<long>("select (select count(*) from deliveries) + (select count(*) from bounces) + (select count(*) from inbound_messages) + (select count(*) from suppressions)", null, default)).ShouldBe(0);
    }

    [Fact]
    public async Task A_sign_up_that_was_mailed_again_lately_waits_on()
    {
        var app = await apps.CreateAsync();
        await AddAsync(app, "pending@mail.example", "pending", age: 20);
        await app.Database.ExecuteAsync("update subscribers set sign_up_mailed_at = @at", new { at = app.Clock.Now - Duration.FromDays(3) }, default);

        (await app.Service<ReaderRetention>().RunAsync(default)).ShouldBe(0);
    }

    [Fact]
    public async Task Who_left_is_who_left_again_where_a_later_sign_up_was_never_confirmed()
    {
        var app = await apps.CreateAsync(("Subscribers__KeepLeftDays", "400"));
        var id = await AddAsync(app, "left@mail.example", "unsubscribed", age: 380);
        await app.Database.ExecuteAsync(
            "update subscribers set state = 'pending', confirmed_at = created_at, sign_up_mailed_at = @at, first_likes = '{1}'", new { at = app.Clock.Now - Duration.FromDays(15) }, default);

        (await app.Service<ReaderRetention>().RunAsync(default)).ShouldBe(1);

        (await app.Database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Find, new { id }, default)).ShouldNotBeNull().ShouldSatisfyAllConditions(
            reader => reader.State.ShouldBe(SubscriberState.Unsubscribed),
            reader => reader.FirstLikes.ShouldBeEmpty());
        app.Clock.Advance(Duration.FromDays(21));
        await app.Service<ReaderRetention>().RunAsync(default);
        (await AddressesAsync(app)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_left_long_ago_is_erased_to_the_hash_and_who_left_lately_is_not()
    {
        var app = await apps.CreateAsync(("Subscribers__KeepLeftDays", "400"));
        await AddAsync(app, "long@mail.example", "unsubscribed", age: 401);
        await AddAsync(app, "lately@mail.example", "unsubscribed", age: 399);
        await AddAsync(app, "complained@mail.example", "suppressed", age: 401);

        (await app.Service<ReaderRetention>().RunAsync(default)).ShouldBe(2);

        (await AddressesAsync(app)).ShouldBe(["lately@mail.example"]);
        EmailAddress.TryParse("long@mail.example", out var address).ShouldBeTrue();
        await using var connection = await app.Database.OpenAsync(default);
        (await app.Service<SuppressionList>().FindAsync(connection, [address.Key], default)).Values.ShouldBe(["erased"]);
    }

    [Theory]
    [InlineData(15, 0)]
    [InlineData(6, 1)]
    public async Task A_wish_for_another_address_that_nobody_agreed_to_is_forgotten_once_its_link_is_dead(int age, int kept)
    {
        var app = await apps.CreateAsync();
        var id = await AddAsync(app, "active@mail.example", "active", age: 100);
        await app.Database.ExecuteAsync(
            "insert into address_changes (subscriber_id, address, address_key, asked_at) values (@id, 'new@mail.example', 'new@mail.example', @at)",
            new { id, at = app.Clock.Now - Duration.FromDays(age) },
            default);

        await app.Service<ReaderRetention>().RunAsync(default);

        (await app.Database.QuerySingleOrDefaultAsync<long>("select count(*) from address_changes", null, default)).ShouldBe(kept);
    }

    private static Task<long> AddAsync(TestApp app, string address, string state, int age) => app.Database.QuerySingleOrDefaultAsync<long>(
        """
        insert into subscribers (address, address_key, state, created_at, ended_at, next_due_at, next_due_on)
        values (@address, @address, @state, @at, case when @state in ('unsubscribed', 'suppressed') then @at end,
            case when @state = 'active' then timestamptz '2030-01-01' end, case when @state = 'active' then date '2030-01-01' end)
        returning id
        """,
        new { address, state, at = app.Clock.Now - Duration.FromDays(age) },
        default);

    private static Task<IReadOnlyList<string>> AddressesAsync(TestApp app) => app.Database.QueryAsync<string>("select address from subscribers order by address", null, default);
}
