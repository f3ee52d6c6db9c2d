using DigestService.Mail;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Tests.Delivery;
using Npgsql;

namespace DigestService.Tests.Subscribers;

public sealed class ReaderBucketTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Readers_stand_in_the_bucket_of_the_address_they_signed_up_with_and_their_ids_tell_it()
    {
        var app = await apps.CreateAsync();
        var addresses = Enumerable.Range(0, 500).Select(n => Address($"Reader.{n}@Mail.example")).Append(Address("λ@bücher.example")).ToList();

        var (readers, created) = await app.Database.InTransactionAsync(
            connection => app.Service<SubscriberRows>().LockOrCreateAsync(connection, addresses, app.Clock.Now, default), default);

        created.Count.ShouldBe(501);
        readers.Count.ShouldBe(501);
        (await app.Database.QuerySingleOrDefaultAsync<int>(
            "select count(*)::int from subscribers where bucket = bucket_of_address(address_key) and id & 63 = bucket", null, default)).ShouldBe(501);
        (await app.Database.QuerySingleOrDefaultAsync<int>("select count(distinct bucket)::int from subscribers", null, default)).ShouldBe(64);
        readers.Values.Select(reader => Buckets.Of(reader.Id)).Distinct().Count().ShouldBe(64);
    }

    [Fact]
    public async Task An_address_belongs_to_one_reader()
    {
        var app = await apps.CreateAsync();
        var id = await AddAsync(app, "ada@mail.example");

        var again = await Should.ThrowAsync<PostgresException>(() => AddAsync(app, "ada@mail.example"));

        again.SqlState.ShouldBe(PostgresErrorCodes.UniqueViolation);
        again.ConstraintName.ShouldBe("subscriber_addresses_pkey");
        (await FindAsync(app, "ada@mail.example"))?.Id.ShouldBe(id);
    }

    [Fact]
    public async Task A_reader_who_moves_keeps_their_id_and_is_found_by_the_new_address_alone()
    {
        var app = await apps.CreateAsync();
        var id = await AddAsync(app, "old@mail.example");
        await MoveAsync(app, id, "new@mail.example");

        (await FindAsync(app, "new@mail.example"))?.Id.ShouldBe(id);
        (await FindAsync(app, "old@mail.example")).ShouldBeNull();
        (await AddAsync(app, "old@mail.example")).ShouldNotBe(id);
    }

    [Fact]
    public async Task Whoever_signs_up_with_an_address_that_a_reader_moved_to_gets_no_second_row()
    {
        var app = await apps.CreateAsync();
        var id = await AddAsync(app, "old@mail.example");
        await MoveAsync(app, id, "new@mail.example");

        var (readers, created) = await app.Database.InTransactionAsync(
            connection => app.Service<SubscriberRows>().LockOrCreateAsync(connection, [Address("new@mail.example")], app.Clock.Now, default), default);

        created.ShouldBeEmpty();
        readers.Values.Single().Id.ShouldBe(id);
    }

    [Fact]
    public async Task The_address_of_a_reader_whose_row_is_gone_is_free()
    {
        var app = await apps.CreateAsync();
        var id = await AddAsync(app, "ada@mail.example");
        await app.Database.ExecuteAsync("delete from subscribers", null, default);

        (await AddAsync(app, "ada@mail.example")).ShouldNotBe(id);
    }

    [Fact]
    public async Task A_row_of_a_reader_stands_in_no_other_bucket()
    {
        var app = await apps.CreateAsync();
        var id = await AddAsync(app, "ada@mail.example");

        var elsewhere = await Should.ThrowAsync<PostgresException>(() => app.Database.ExecuteAsync(
            "insert into address_changes (bucket, subscriber_id, address, address_key, asked_at) values ((@id + 1) & 63, @id, 'a', 'a', now())", new { id }, default));

        elsewhere.SqlState.ShouldBe(PostgresErrorCodes.CheckViolation);
    }

    private static EmailAddress Address(string text) => EmailAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text, nameof(text));

    private static Task<long> AddAsync(TestApp app, string address) => app.Database.InTransactionAsync(
        async connection => (await connection.QueryAsync<long>(
            SubscriberQueries.Insert.Replace("on conflict (bucket, address_key) do nothing", "", StringComparison.Ordinal),
            new { addresses = new[] { address }, addressKeys = new[] { address }, maxItems = 10, now = app.Clock.Now }, default)).Single(),
        default);

    private static Task MoveAsync(TestApp app, long id, string address) => app.Database.InTransactionAsync(
        async connection =>
        {
            await connection.ExecuteAsync(
                "update subscribers set state = 'active', confirmed_at = created_at, next_due_at = created_at, next_due_on = '2026-03-04'", null, default);
            (await app.Service<AddressChange>().AskAsync(connection, id, Address(address), _ => Task.CompletedTask, app.Clock.Now, default)).ShouldBeTrue();
            return await app.Service<AddressChange>().MoveAsync(connection, id, Address(address), app.Clock.Now, default);
        },
        default);

    private static async Task<Subscriber?> FindAsync(TestApp app, string address) =>
        await app.Database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.FindByAddress, new { addressKey = address }, default);
}
