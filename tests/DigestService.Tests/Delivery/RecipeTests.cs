using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Npgsql;

namespace DigestService.Tests.Delivery;

/// <summary>Digests that are stored as what they share with others, and what they have alone.</summary>
public sealed class RecipeTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly Outbox Outbox = new(new LinkSigner(new byte[32]));

    [Theory]
    [InlineData(false, 1, 11)]
    [InlineData(true, 2, 13)]
    public async Task A_recipe_arrives_as_the_mail_it_was_made_of(bool isPacked, int fragments, int priority)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await EnqueueAsync(database, [Recipe("One", isPacked: isPacked), Recipe("Two", isPacked: isPacked)]);
        (await CountAsync(database, $"select count(*) from deliveries where priority = {priority}")).ShouldBe(2);

        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).ShouldBe(new SendCounts { Sent = 2 });

        relay.Received.Select(mail => mail.Text).ShouldBe([Expected("One"), Expected("Two")], ignoreOrder: true);
        (await CountAsync(database, "select count(*) from fragments")).ShouldBe(fragments);
        (await CountAsync(database, "select count(*) from deliveries where message is null and fragments is null")).ShouldBe(2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_recipe_is_compressed_where_PostgreSQL_can_do_so_cheaply_in_later_partitions_as_well(bool isLater)
    {
        var database = await postgres.CreateDatabaseAsync();
        if (isLater)
        {
            await TestMail.EnqueueAsync(database, 1);
            await database.ExecuteAsync("update delivery_partitions set opened_at = opened_at - interval '400 days'", null, default);
            await new Retention(database, new DeliveryOptions(), NullLogger<Retention>.Instance).RunAsync(default);
        }

        await EnqueueAsync(database, string.Concat(Enumerable.Repeat("A name that says everything twice. ", 200)));

        var knowsLz4 = await database.QuerySingleOrDefaultAsync<bool>(
            "select 'lz4' = any(enumvals) from pg_settings where name = 'default_toast_compression'", null, default);
        (await database.QuerySingleOrDefaultAsync<string>("select pg_column_compression(message) from deliveries order by id desc limit 1", null, default))
            .ShouldBe(knowsLz4 ? "lz4" : null);
        (await CountAsync(database, "select count(distinct tableoid) from deliveries")).ShouldBe(isLater ? 2 : 1);
    }

    // A mark writes the row anew beside itself, and would need room for the recipe too.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_packed_recipe_stands_beside_its_row_in_later_partitions_as_well(bool isLater)
    {
        var database = await postgres.CreateDatabaseAsync();
        if (isLater)
        {
            await database.ExecuteAsync("update delivery_partitions set opened_at = opened_at - interval '400 days'", null, default);
            await new Retention(database, new DeliveryOptions(), NullLogger<Retention>.Instance).RunAsync(default);
        }

        await EnqueueAsync(database, [Recipe(Convert.ToHexString(RandomNumberGenerator.GetBytes(350)), isPacked: true)]);

        var toast = await database.QuerySingleOrDefaultAsync<string>(
            "select reltoastrelid::regclass::text from pg_class where oid = (select max(tableoid) from deliveries)", null, default);
        (await CountAsync(database, $"select count(*) from {toast}")).ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_second_attempt_is_the_same_octets_though_the_pieces_read_otherwise_by_now(bool isPacked)
    {
        var database = await postgres.CreateDatabaseAsync();
        var offered = new ConcurrentQueue<string>();
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
        {
            if (step.Point != SmtpPoint.Dot)
                return null;
            offered.Enqueue(step.Mail!.Text); // whole by then
            return offered.Count == 1 ? SmtpAnswer.HangUp : null;
        });
        await EnqueueAsync(database, [Recipe("One", isPacked: isPacked)]);
        // Another edition of the paper, as an edit or another version of the program would write it.
        await EnqueueAsync(database, [Recipe("Later", "A PAPER FOR ________________.\r\n", isPacked)], expires: TestMail.Monday);

        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).Sent.ShouldBe(1);

        offered.ShouldBe([Expected("One"), Expected("One")]);
    }

    [Fact]
    public async Task A_mail_goes_out_signed_with_the_key_of_the_day_and_the_same_key_signs_alike()
    {
        var mail = Claimed(Recipe("One"));
        using var today = NewSignature();
        using var tomorrow = NewSignature();

        var (first, again, rotated) = (Ready(mail, today), Ready(mail, today), Ready(mail, tomorrow));

        again.ShouldBe(first);
        rotated.ShouldNotBe(first);
        first.ShouldStartWith("DKIM-Signature: ");
        first.ShouldEndWith(Expected("One"));
        rotated.ShouldEndWith(Expected("One"));
    }

    [Theory]
    [InlineData("update fragments set octets = overlay(octets placing '\\x21' from 20)", false)]
    [InlineData("update fragments set octets = overlay(octets placing '\\x21' from 20)", true)]
    [InlineData("delete from fragments", false)]
    [InlineData("delete from fragments where octet_length(octets) = (select max(octet_length(octets)) from fragments)", true)]
    [InlineData("update deliveries set message = overlay(message placing '\\x21' from 40)", false)]
    [InlineData("update deliveries set message = overlay(message placing '\\x21' from 40)", true)]
    [InlineData("update deliveries set fragments = '{}'", false)]
    [InlineData("update deliveries set fragments = '{-1}'", true)]
    public async Task What_is_not_the_mail_that_was_composed_is_not_sent(string damage, bool isPacked)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await EnqueueAsync(database, [Recipe("One", isPacked: isPacked)]);
        await database.ExecuteAsync(damage, null, default);

        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).ShouldBe(new SendCounts { Deferred = 1 });

        relay.Received.ShouldBeEmpty();
        (await CountAsync(database, "select count(*) from deliveries where reply like '%does not match its hash%'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_fragment_behind_a_known_id_that_is_another_one_now_is_read_again()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var clock = new TestClock(TestMail.Monday);
        var sender = Senders.Over(database, Senders.To(relay), clock: clock);
        await EnqueueAsync(database, [Recipe("One", "Set back to ________________.\r\n")]);
        await sender.DrainAsync(default);
        await database.ExecuteAsync("delete from fragments; alter table fragments alter column id restart with 1", null, default);
        await EnqueueAsync(database, "Two");

        (await sender.DrainAsync(default)).Deferred.ShouldBe(1);
        clock.Advance(Duration.FromMinutes(2));
        (await sender.DrainAsync(default)).Sent.ShouldBe(1);

        relay.Received.Last().Text.ShouldBe(Expected("Two"));
    }

    [Fact]
    public async Task The_version_that_knows_whole_mails_alone_leaves_recipes_to_the_others()
    {
        var database = await postgres.CreateDatabaseAsync();
        await EnqueueAsync(database, "One");
        await EnqueueAsync(database, "Two");
        await database.ExecuteAsync("update deliveries set priority = 12 where id = (select min(id) from deliveries)", null, default);

        // What it asks for: priorities 0 and 10, and the rows it has put into the queues of their domains.
        var claimed = await CountAsync(database, "select count(*) from deliveries where priority in (0, 10) or in_domain_queue");

        claimed.ShouldBe(0);
        await using var relay = ScriptedSmtpServer.Start();
        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).Sent.ShouldBe(2);
    }

    [Fact]
    public async Task Versions_that_know_no_packed_recipes_leave_them_to_the_others_and_those_of_slow_domains_are_claimed_out_of_their_queue()
    {
        var database = await postgres.CreateDatabaseAsync();
        await EnqueueAsync(database, [Recipe("One", isPacked: true), Recipe("Two", isPacked: true)]);

        // What version 1.0.0 asks for in the order of time.
        (await CountAsync(database, "select count(*) from deliveries where not in_domain_queue and priority in (0, 10, 11)")).ShouldBe(0);

        await database.ExecuteAsync(
            ClaimQueries.QueueByDomain,
            new { buckets = Buckets.All, onlyBucket = (short?)null, now = TestMail.Monday, share = 10, count = 10, crowded = new[] { "mail.example" } },
            default);
        (await CountAsync(database, "select count(*) from deliveries where is_queued_by_domain and priority = 13")).ShouldBe(2);
        await using var relay = ScriptedSmtpServer.Start();
        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).Sent.ShouldBe(2);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task Fragments_go_when_no_mail_that_may_still_be_sent_names_them(bool isPacked, int dictionaries)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var retention = new Retention(database, new DeliveryOptions(), NullLogger<Retention>.Instance);
        await EnqueueAsync(database, [Recipe("One", isPacked: isPacked), Recipe("Two", "One more for ________________\r\n", isPacked)]);
        await database.ExecuteAsync("update deliveries set next_attempt_at = next_attempt_at + interval '1 hour' where id = (select max(id) from deliveries)", null, default);
        await Senders.Over(database, Senders.To(relay)).DrainAsync(default);

        await retention.RunAsync(default);
        (await CountAsync(database, "select count(*) from fragments")).ShouldBe(2 + dictionaries);
        await AgeFragmentsAsync(database);
        await retention.RunAsync(default);

        (await CountAsync(database, "select count(*) from fragments")).ShouldBe(1 + dictionaries);
        (await Senders.Over(database, Senders.To(relay), clock: new TestClock(TestMail.Monday + Duration.FromHours(2))).DrainAsync(default)).Sent.ShouldBe(1);
        await retention.RunAsync(default);
        (await CountAsync(database, "select count(*) from fragments")).ShouldBe(0);
    }

    [Fact]
    public async Task A_fragment_that_is_used_anew_while_retention_looks_stays()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        var retention = new Retention(database, new DeliveryOptions(), NullLogger<Retention>.Instance);
        await EnqueueAsync(database, "One");
        await Senders.Over(database, Senders.To(relay)).DrainAsync(default);
        await AgeFragmentsAsync(database);

        await database.InTransactionAsync(
            async connection =>
            {
                await EnqueueAsync(connection, [Recipe("Two")], null);
                await retention.RunAsync(default);
            },
            default);
        await retention.RunAsync(default);

        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).Sent.ShouldBe(1);
        relay.Received.Last().Text.ShouldBe(Expected("Two"));
    }

    [Fact]
    public async Task A_fragment_that_retention_is_just_removing_is_stored_anew()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var relay = ScriptedSmtpServer.Start();
        await EnqueueAsync(database, "One");
        await Senders.Over(database, Senders.To(relay)).DrainAsync(default);
        await AgeFragmentsAsync(database);
        await using var remover = await database.OpenAsync(default);
        await using var removing = await remover.BeginTransactionAsync();
        await remover.ExecuteAsync(FragmentQueries.DeleteUnused, null, default);

        var enqueued = EnqueueAsync(database, "Two");
        await Eventually.TrueAsync(database.IsAnybodyWaitingAsync, "the composer waits");
        await removing.CommitAsync();
        await enqueued;

        (await Senders.Over(database, Senders.To(relay)).DrainAsync(default)).Sent.ShouldBe(1);
        relay.Received.Last().Text.ShouldBe(Expected("Two"));
    }

    private static string Expected(string name) =>
        $"From: digest@service.example\r\nSubject: {name}\r\nX-Digest-Delivery: 1\r\n\r\n 1. A paper for 0123456789abcdef.\r\nYours, {name}\r\n";

    // Packed by what many mails of the kind have in common.
    private static readonly Lazy<RecipeDictionary> Common = new(() => RecipeDictionary.Of([.. Enumerable.Range(1, 8).Select(i => Recipe($"Reader {i}").Body.ToArray())]));

    private static MailRecipe Recipe(string name, string paper = "A paper for ________________.\r\n", bool isPacked = false)
    {
        // The token stands in two holes, as where a soft line break parts it.
        var fragment = MailFragment.Of(
        [
            ("xxxx"u8.ToArray(), []),
            (Encoding.ASCII.GetBytes(paper), [new MailHole(12, 0, 10), new MailHole(22, 10, 6)]),
        ]);
        var writer = new RecipeWriter(new RecipeTable());
        Write($"From: digest@service.example\r\nSubject: {name}\r\nX-Digest-Delivery: 1\r\n\r\n");
        writer.PlaceBehind(" 1. "u8, new MailPiece(fragment, 0));
        writer.Place(new MailPiece(fragment, 1), "0123456789abcdef");
        Write($"Yours, {name}\r\n");
        var recipe = writer.Finish(TestMail.Monday.ToDateTimeOffset());
        return isPacked ? recipe.PackedBy(Common.Value) : recipe;

        void Write(string text)
        {
            Encoding.ASCII.GetBytes(text, writer.GetSpan(text.Length));
            writer.Advance(text.Length);
        }
    }

    private static ClaimedMail Claimed(MailRecipe recipe) => new()
    {
        Id = 1,
        Fence = 1,
        Priority = 11,
        Sender = "bounces@service.example",
        Recipient = "reader@mail.example",
        RecipientKey = [],
        RecipientDomain = "mail.example",
        Message = recipe.Octets,
        Fragments = [7],
        Recipe = recipe,
        ContentHash = recipe.Hash(),
        Attempts = 0,
        Doubts = 0,
        Faults = 0,
    };

    private static string Ready(ClaimedMail mail, MailSignature signature)
    {
        using var ready = ReadyMessage.Of(mail, signature);
        return Encoding.ASCII.GetString(ready!.Octets.Span); // the mail is whole
    }

    private static MailSignature NewSignature()
    {
        using var key = RSA.Create(2048);
        var file = Path.Combine(TestDirectory.Create("dkim"), "key.pem");
        File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
        return MailSignature.Load(new DkimOptions { Domain = "service.example", Selector = "s1", PrivateKeyFile = file });
    }

    private static Task EnqueueAsync(Database database, params string[] names) => EnqueueAsync(database, [.. names.Select(name => Recipe(name))]);

    private static Task EnqueueAsync(Database database, IReadOnlyList<MailRecipe> recipes, Instant? expires = null) =>
        database.InTransactionAsync(connection => EnqueueAsync(connection, recipes, expires), default);

    private static async Task EnqueueAsync(NpgsqlConnection connection, IReadOnlyList<MailRecipe> recipes, Instant? expires)
    {
        var ids = await Outbox.ReserveIdsAsync(connection, TestMail.SomeBuckets(recipes.Count), default);
        var mails = ids.Zip(recipes, (id, recipe) => TestMail.Digest(id) with { Message = null, Recipe = recipe, ExpiresAt = expires });
        await Outbox.EnqueueAsync(connection, [.. mails], TestMail.Monday, default);
    }

    private static Task<long> CountAsync(Database database, string sql) => database.QuerySingleOrDefaultAsync<long>(sql, null, default);

    private static Task AgeFragmentsAsync(Database database) =>
        database.ExecuteAsync("update fragments set used_at = used_at - interval '3 days'", null, default);
}
