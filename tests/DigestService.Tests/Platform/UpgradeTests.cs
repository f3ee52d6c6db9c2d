using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Tests.Delivery;
using DigestService.Tests.Digests;
using DigestService.Tests.Shared;
using NodaTime;
using Npgsql;

namespace DigestService.Tests.Platform;

/// <summary>A database of an earlier state, with rows in it, is brought up to date while a program of that state still works on it.</summary>
public sealed class UpgradeTests(AppFixture apps, PostgresFixture postgres) : IClassFixture<AppFixture>, IClassFixture<PostgresFixture>
{
    // What a program of an earlier state writes, in its own words: they are never changed with the schema.
    private const string AddPaper = """
        insert into papers (title, original_title, abstract, authors, upvotes, first_listed_on, created_at, updated_at)
        values ('Paper ' || gen_random_uuid(), 'Paper', 'An abstract.', '{Ada Lovelace}', 1, '2026-03-04', now(), now())
        """;

    private const string AddReader = """
        insert into subscribers (address, address_key, state, next_due_at, next_due_on, created_at, confirmed_at)
        select key, key, 'active', timestamptz '2026-03-04 07:00Z', date '2026-03-04', now(), now()
        from (select 'reader-' || gen_random_uuid() || '@mail.example' as key) as made
        """;

    private const string AddDigest = """
        insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at)
        select id, date '2026-03-03', now(), 'planned', now() from subscribers order by id desc limit 1
        on conflict do nothing
        """;

    private const string RecordDigest = "update digests set outcome = 'queued', composed_at = now() where outcome = 'planned' and digest_on = '2026-03-03'";

    private const string AddMail = """
        insert into deliveries (id, subscriber_id, kind, digest_on, priority, sender, recipient, recipient_key, recipient_domain, message_id,
            message, content_hash, state, next_attempt_at, created_at)
        select nextval('delivery_ids'), id, 'digest', date '2026-03-03', 10, 'bounces@service.example', address, decode(md5(address), 'hex'), 'mail.example',
            'old-' || gen_random_uuid() || '@service.example', 'octets', '\x00', 'queued', now(), now()
        from subscribers order by id desc limit 1
        """;

    private const string ClaimMail = """
        update deliveries set state = 'claimed', owner = 'old', lease_until = now() + interval '1 minute', fence = fence + 1
        where id = (select id from deliveries where state = 'queued' order by id limit 1 for update skip locked)
        """;

    private const string MarkMail = "update deliveries set state = 'sending', attempts = attempts + 1 where state = 'claimed' and owner = 'old'";

    private const string SettleMail = """
        update deliveries
        set state = 'sent', message = null, owner = null, lease_until = null, next_attempt_at = null, finished_at = now(), reply = '250 ok'
        where state = 'sending' and owner = 'old'
        """;

    private const string Leave = """
        update subscribers set state = 'unsubscribed', next_due_at = null, next_due_on = null, ended_at = now()
        where id = (select id from subscribers where state = 'active' and id % 3 = 0 order by id limit 1)
        """;

    private static readonly string[] OldWork = [AddPaper, AddReader, AddDigest, AddMail, ClaimMail, MarkMail, RecordDigest, SettleMail, Leave];
    private static readonly string[] Tables = ["papers", "subscribers", "digests", "deliveries"];

    [Theory]
    [InlineData(8)]
    [InlineDataInFull(11)]
    [InlineDataInFull(16)]
    [InlineDataInFull(22)]
    [InlineData(54)]
    [InlineData(109)]
    public async Task A_database_of_an_earlier_state_is_brought_up_to_date_beside_a_program_of_that_state(int version)
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await Migrator.MigrateAsync(database, MigrationsUpTo(version), default);
        for (var round = 0; round < 20; round++)
            await WorkAsync(database, OldWork);
        var before = await CountAsync(database);
        var readers = await ReadersAsync(database);

        using var stop = new CancellationTokenSource();
        var faults = new ConcurrentBag<string>();
        var rounds = new Rounds();
        var old = WorkUntilAsync(database, rounds, faults, stop.Token);
        await Eventually.TrueAsync(() => rounds.Done > 0, "the old program works");
        var report = await Migrator.MigrateAsync(database, default);
        var until = rounds.Done + 5;
        await Eventually.TrueAsync(() => rounds.Done >= until || !faults.IsEmpty, "the old program works on in the new schema");
        await stop.CancelAsync();
        await old;

        faults.ShouldBeEmpty();
        report.Version.ShouldBe(Migrator.NewestVersion);
        (await CountAsync(database)).ShouldBe([.. before.Select(count => count + rounds.Done)]);
        (await ReadersAsync(database)).Intersect(readers).Count().ShouldBe(readers.Count, "readers keep their ids, and are found by their addresses");
        await EverybodyIsServedAsync(database);
    }

    [Fact]
    public async Task A_database_from_before_the_first_release_gets_the_schema_of_a_new_one()
    {
        var former = await postgres.CreateEmptyDatabaseAsync();
        await Migrator.MigrateAsync(former, MigrationsUpTo(1), default);
        await Migrator.MigrateAsync(former, default);
        var created = await postgres.CreateEmptyDatabaseAsync();
        await Migrator.MigrateAsync(created, default);

        var expected = await SchemaDescription.ReadAsync(created);

        expected.Count.ShouldBeGreaterThan(500);
        (await SchemaDescription.ReadAsync(former)).ShouldBe(expected);
    }

    [Fact]
    public void The_schema_of_a_release_is_never_edited()
    {
        var files = Directory.GetFiles(MigrationsUpTo(109), "*.sql").OrderBy(file => file, StringComparer.Ordinal);
        var octets = files.SelectMany(file => Encoding.UTF8.GetBytes(File.ReadAllText(file).ReplaceLineEndings("\n"))).ToArray();

        Convert.ToHexStringLower(SHA256.HashData(octets)).ShouldBe("534771cc02192c51e12c36eb6e9ef5fb2301feabec193e58585a1691f7b66349");
    }

    [Fact]
    public async Task Mails_of_every_state_keep_it_and_are_found_by_their_stage()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await Migrator.MigrateAsync(database, MigrationsUpTo(54), default);
        await database.ExecuteAsync(
            """
            insert into deliveries (id, kind, priority, sender, recipient, recipient_key, recipient_domain, message_id, message, content_hash,
                state, owner, lease_until, next_attempt_at, created_at)
            select nextval('delivery_ids'), 'digest', 11, 'b@service.example', 'r@mail.example', '\x00', 'mail.example', 'm', 'octets', '\x00',
                   state, case when is_held then 'old' end, case when is_held then now() end, case when is_due then now() end, now()
            from (values ('queued', true, false), ('deferred', true, false), ('claimed', true, true), ('sending', true, true), ('sent', false, false),
                         ('failed', false, false), ('suppressed', false, false), ('unknown', true, false), ('unknown', false, false)) as m (state, is_due, is_held)
            """,
            null,
            default);

        await Migrator.MigrateAsync(database, default);

        (await database.QueryAsync<string>("select state || ' ' || coalesce(stage, '-') from deliveries order by id", null, default)).ShouldBe(
        [
            "queued waiting", "deferred waiting", "claimed in_hand", "sending in_hand", "sent -", "failed failed", "suppressed -",
            "unknown doubtful", "unknown parked",
        ]);
        (await database.QuerySingleOrDefaultAsync<int>(
            "select count(*)::int from pg_class where relname = 'deliveries_1' and reloptions = '{fillfactor=40,toast_tuple_target=1024}'", null, default)).ShouldBe(1);
    }

    [Fact]
    public async Task Mails_of_the_first_release_keep_their_ids_and_are_sent_out_of_whatever_bucket_these_say()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await Migrator.MigrateAsync(database, MigrationsUpTo(109), default);
        await database.ExecuteAsync("select attach_delivery_partition(200000000, 300000000)", null, default);
        await database.ExecuteAsync("update delivery_partitions set closed_at = now(); insert into delivery_partitions (name, until_id) values ('deliveries_200000000', 300000000)", null, default);
        await database.ExecuteAsync(
            """
            insert into deliveries (id, kind, priority, sender, recipient, recipient_key, recipient_domain, message_id, message, content_hash,
                state, owner, lease_until, next_attempt_at, created_at)
            select n * 199999, 'digest', case when n = 3 then 0 else 11 end, 'b@service.example', 'r' || n || '@mail.example', '\x00', 'mail.example', 'm',
                   message, sha256(message), state, owner, case when owner is not null then now() end, '2026-03-02 07:00Z', '2026-03-02 07:00Z'
            from (select n, convert_to(E'Subject: mail\r\nX-Digest-Delivery: ' || n * 199999 || E'\r\n\r\nA mail.\r\n', 'UTF8') as message,
                         case when n = 1002 then 'claimed' else 'queued' end as state, case when n = 1002 then 'gone' end as owner
                  from generate_series(1, 1002) n) m
            """,
            null,
            default);
        await database.ExecuteAsync("select setval('delivery_ids', 200400000)", null, default);

        await Migrator.MigrateAsync(database, default);

        (await database.QueryAsync<long>("select id from deliveries where bucket = (id & 63) order by id", null, default))
            .ShouldBe(Enumerable.Range(1, 1002).Select(n => n * 199_999L));
        (await database.QueryAsync<string>("select name || ' ' || until_id from delivery_partitions order by until_id", null, default))
            .ShouldBe(["deliveries_1 200000000", "deliveries_200000000 6700000000"]);
        var added = (await TestMail.EnqueueAsync(database, 1))[0];
        added.ShouldBeInRange(200_400_001, 200_400_200);
        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 1_003 });
    }

    [Fact]
    public async Task A_mail_whose_id_was_taken_before_the_upgrade_is_written_before_it()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        await Migrator.MigrateAsync(database, MigrationsUpTo(109), default);
        await WorkAsync(database, [AddReader]);
        await using var connection = await database.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        var id = await connection.QuerySingleAsync<long>("select nextval('delivery_ids') from generate_series(1, 7) order by 1 desc limit 1", null, default);

        var migrating = Migrator.MigrateAsync(database, default);
        await Eventually.TrueAsync(
            async () => await database.QuerySingleOrDefaultAsync<bool>("select exists (select from pg_locks where not granted and relation = 'delivery_ids'::regclass)", null, default),
            "the upgrade waits for whoever has taken ids");
        await connection.ExecuteAsync(AddMail.Replace("nextval('delivery_ids')", $"{id}", StringComparison.Ordinal), null, default);
        await transaction.CommitAsync();
        await migrating;
        await WorkAsync(database, [AddMail]);

        (await database.QueryAsync<long>("select bucket from deliveries order by id", null, default)).ShouldBe([id & 63, 0]);
    }

    [Fact]
    public async Task A_program_older_than_the_database_refuses_to_start_and_says_so()
    {
        var configuration = await apps.CreateConfigurationAsync();
        await using (var database = Database.Connect(configuration["ConnectionStrings:Digest"]!)) // CreateConfigurationAsync sets it
            await database.ExecuteAsync("insert into schema_migrations (version, name, checksum) values (9999, '9999_later.sql', '')", null, default);

        var refusal = await Should.ThrowAsync<OperatorException>(() => App.StartAsync(configuration, new TestClock(), default));

        refusal.Message.ShouldBe(
            $"The database is newer than this program: it has 9999_later.sql, the program knows up to version {Migrator.NewestVersion}. Run the newer program.");
    }

    /// <summary>The new program takes over: who is active is planned and gets a mail, who had left does not.</summary>
    private async Task EverybodyIsServedAsync(Database database)
    {
        var due = await database.QuerySingleOrDefaultAsync<int>("select count(*)::int from subscribers where state = 'active'", null, default);
        await using var app = await TestApp.StartAsync(
            await apps.CreateConfigurationAsync(("ConnectionStrings__Digest", database.Source.ConnectionString), ("Digest__MinimumScore", "0")));
        app.Clock.Now = DigestTestBed.Hour;

        var tick = await app.Service<DigestTick>().RunAsync(DigestTestBed.Hour, default);

        tick.Planned.ShouldBe(due);
        due.ShouldBeGreaterThan(0);
        (tick.Composed.Queued + tick.Composed.Empty).ShouldBe(due);
    }

    /// <summary>Each reader's id beside the address, which the newest schema knows from another table.</summary>
    private static async Task<IReadOnlyList<string>> ReadersAsync(Database database) =>
        await database.QuerySingleOrDefaultAsync<bool>("select to_regclass('subscriber_addresses') is null", null, default)
            ? await database.QueryAsync<string>("select id || ' ' || address_key from subscribers", null, default)
            : await database.QueryAsync<string>("select subscriber_id || ' ' || address_key from subscriber_addresses", null, default);

    private static string MigrationsUpTo(int version)
    {
        var directory = TestDirectory.Create("migrations");
        var own = Path.Combine(AppContext.BaseDirectory, "migrations");
        foreach (var file in Directory.GetFiles(version < 100 ? Path.Combine(own, "before-1.0") : own, "*.sql"))
            if (int.Parse(Path.GetFileName(file).AsSpan(0, 4), System.Globalization.CultureInfo.InvariantCulture) <= version)
                File.Copy(file, Path.Combine(directory, Path.GetFileName(file)));
        return directory;
    }

    private static async Task WorkUntilAsync(Database database, Rounds rounds, ConcurrentBag<string> faults, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await WorkAsync(database, OldWork);
                rounds.Done++;
            }
            catch (PostgresException refused)
            {
                faults.Add($"{refused.SqlState} {refused.MessageText} at {refused.TableName}.{refused.ConstraintName}");
                return;
            }
        }
    }

    private static async Task WorkAsync(Database database, IEnumerable<string> statements)
    {
        foreach (var statement in statements)
            await database.InTransactionAsync(connection => connection.ExecuteAsync(statement, null, default), default);
    }

    private static async Task<IReadOnlyList<int>> CountAsync(Database database)
    {
        var counts = new List<int>();
        foreach (var table in Tables)
            counts.Add(await database.QuerySingleOrDefaultAsync<int>($"select count(*)::int from {table}", null, default));
        return counts;
    }

    private sealed class Rounds
    {
        private int _done;

        public int Done
        {
            get => Volatile.Read(ref _done);
            set => Volatile.Write(ref _done, value);
        }
    }
}
