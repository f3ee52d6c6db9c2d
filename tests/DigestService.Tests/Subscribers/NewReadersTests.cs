using System.Text;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Tests.Shared;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Subscribers;

/// <summary>Readers who are new with an import are written at once as they are to be; the others are locked, changed and written back.</summary>
public sealed class NewReadersTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Header = "email,topics,query,zone,at,frequency,max\n";

    // All but who it is.
    private const string Row = """
        select (to_jsonb(s) - '{id,bucket,address,address_key,consent}'::text[])::text as row, s.consent::text as consent, (
            select jsonb_agg(to_jsonb(p) - '{bucket,subscriber_id}'::text[] order by p.query_id)::text
            from preferences p
            where p.bucket = s.bucket and p.subscriber_id = s.id) as wishes
        from subscribers s
        where address_key = @key
        """;

    [Fact]
    public async Task A_reader_who_is_written_at_once_stands_as_one_who_was_made_and_then_written_again()
    {
        var app = await StartAsync();
        string[] lines =
        [
            ",,,,,", "reasoning;tool-using-agents,,,,,", "reasoning,\"\"\"protein folding\"\" OR alphafold\",Europe/Berlin,07:30,weekdays,5",
            ",agents,Pacific/Kiritimati,23:59,weekly,50",
        ];
        foreach (var kind in (string[])["confirmed", "unconfirmed"])
        {
            for (var n = 0; n < lines.Length; n++)
                await MakeAsync(app, $"known{n}@{kind}.example");

            var result = await ImportAsync(
                app, Header + string.Concat(lines.Select((cells, n) => $"known{n}@{kind}.example,{cells}\nnew{n}@{kind}.example,{cells}\n")), kind == "unconfirmed");

            (result.Added, result.Updated, result.Rejected).ShouldBe((lines.Length, lines.Length, 0));
            for (var n = 0; n < lines.Length; n++)
            {
                var made = await RowAsync(app, $"new{n}@{kind}.example");
                // Who had signed up before has evidence of that.
                made.Consent.ShouldContain("\"how\": \"import\"");
                (made with { Consent = "" }).ShouldBe(await RowAsync(app, $"known{n}@{kind}.example") with { Consent = "" });
            }
        }

        (await CountAsync(app, "select count(*)::int from subscribers where state = 'active'")).ShouldBe(2 * lines.Length);
        (await CountAsync(app, "select count(*)::int from deliveries")).ShouldBe(2 * lines.Length);
    }

    [Fact]
    public async Task An_address_that_signs_up_while_it_is_imported_becomes_one_reader_and_the_others_are_taken()
    {
        var app = await StartAsync();
        Task<ImportResult>? importing = null;

        await app.Database.InTransactionAsync(
            async connection =>
            {
                await app.Service<SubscriberRows>().LockOrCreateAsync(connection, [Address("b@mail.example")], app.Clock.Now, default);
                importing = ImportAsync(app, Header + "a@mail.example,,,,,,\nb@mail.example,,,,,,3\nc@mail.example,,,,,,\n");
                await app.Database.EndsOrWaitsAsync(importing);
            },
            default);
        var result = await importing!; // set above

        (result.Added, result.Updated, result.Rejected).ShouldBe((2, 1, 0));
        (await CountAsync(app, "select count(*)::int from subscribers where state = 'active'")).ShouldBe(3);
        (await CountAsync(app, "select max_items::int from subscribers where address_key = 'b@mail.example'")).ShouldBe(3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_import_brings_nobody_back_who_is_erased_while_it_runs(bool isGoneWhenLookedFor)
    {
        var app = await StartAsync();
        await ImportAsync(app, Header + "b@mail.example,,,,,,3\n");
        Task<ImportResult>? importing = null;

        await app.Database.InTransactionAsync(
            async connection =>
            {
                // The import knows the list of those who must not be mailed, and waits: to look for addresses, or to take this one.
                if (isGoneWhenLookedFor)
                    await connection.ExecuteAsync("lock table subscriber_addresses in access exclusive mode", null, default);
                (await app.Service<Erasure>().EraseAsync(connection, Address("b@mail.example"), default)).ShouldBeTrue();
                importing = ImportAsync(app, Header + "a@mail.example,,,,,,\nb@mail.example,reasoning,,,,,3\nc@mail.example,,,,,,\n");
                await app.Database.EndsOrWaitsAsync(importing);
            },
            default);
        var result = await importing!; // set above

        (result.Added, result.Updated, result.Rejected).ShouldBe((2, 0, 1));
        result.Rejections.Single().Line.ShouldBe(3);
        (await app.Database.QueryAsync<string>("select address_key from subscribers order by 1", null, default)).ShouldBe(["a@mail.example", "c@mail.example"]);
        (await CountAsync(app, "select count(*)::int from subscriber_addresses")).ShouldBe(2);
        (await CountAsync(app, "select count(*)::int from preferences")).ShouldBe(0);
    }

    [Fact]
    public async Task Imports_of_the_same_addresses_at_once_make_each_reader_once()
    {
        var app = await StartAsync();
        var lines = Enumerable.Range(0, 300).Select(n => $"r{n}@mail.example,reasoning,private{n % 7},,,,\n").ToArray();

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Task.Run(() =>
            ImportAsync(app, Header + string.Concat(n % 2 == 0 ? lines : lines.Reverse())))));

        results.Sum(result => result.Added).ShouldBe(300);
        results.ShouldAllBe(result => result.Rejected == 0 && result.Added + result.Updated + result.Unchanged == 300);
        (await CountAsync(app, "select count(*)::int from subscribers s join subscriber_addresses a on a.subscriber_id = s.id")).ShouldBe(300);
        (await CountAsync(app, "select count(*)::int from preferences")).ShouldBe(600);
    }

    [Fact]
    public async Task Readers_of_a_file_are_listed_in_its_order_and_stand_in_the_bucket_of_their_address()
    {
        var app = await StartAsync();
        var addresses = Enumerable.Range(0, 100).Select(n => $"r{n}@mail.example").ToList();

        await ImportAsync(app, Header + string.Concat(addresses.Select(address => address + ",,,,,,\n")));

        (await app.Database.QueryAsync<string>("select address from subscribers order by id", null, default)).ShouldBe(addresses);
        (await CountAsync(app, "select count(*)::int from subscribers where bucket = bucket_of_address(address_key) and id & 63 = bucket")).ShouldBe(100);
    }

    [Fact]
    public async Task Links_of_a_reader_who_was_erased_find_the_row_that_an_import_makes_once_the_address_is_free_again()
    {
        var app = await StartAsync();
        await ImportAsync(app, Header + "ada@mail.example,,,,,,\n");
        await app.Service<Erasure>().EraseAsync(Address("ada@mail.example"), default);
        await app.Database.ExecuteAsync("delete from suppressions", null, default);

        await ImportAsync(app, Header + "ada@mail.example,,,,,,\n");

        (await CountAsync(app, "select count(*)::int from former_subscribers f join subscribers s on s.id = f.present_id")).ShouldBe(1);
    }

    private static async Task<ImportResult> ImportAsync(TestApp app, string text, bool unconfirmed = false)
    {
        var file = Path.Combine(TestDirectory.Create("import"), "readers.csv");
        await File.WriteAllBytesAsync(file, Encoding.UTF8.GetBytes(text));
        return await app.Service<SubscriberImport>().ImportAsync(file, unconfirmed, default);
    }

    private static Task MakeAsync(TestApp app, string address) => app.Database.InTransactionAsync(
        connection => app.Service<SubscriberRows>().LockOrCreateAsync(connection, [Address(address)], app.Clock.GetCurrentInstant(), default), default);

    private static async Task<StoredReader> RowAsync(TestApp app, string key) =>
        (await app.Database.QueryAsync<StoredReader>(Row, new { key }, default)).ShouldHaveSingleItem();

    private static Task<int> CountAsync(TestApp app, string sql) => app.Database.QuerySingleOrDefaultAsync<int>(sql, null, default);

    private static EmailAddress Address(string text)
    {
        EmailAddress.TryParse(text, out var address).ShouldBeTrue();
        return address;
    }

    private async Task<TestApp> StartAsync()
    {
        var app = await apps.CreateAsync();
        await app.Service<TopicCatalogue>().LoadAsync(default);
        return app;
    }

    private sealed record StoredReader
    {
        public required string Row { get; init; }

        public required string Consent { get; init; }

        public string? Wishes { get; init; }
    }
}
