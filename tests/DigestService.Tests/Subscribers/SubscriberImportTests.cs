using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Subscribers;

public sealed class SubscriberImportTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Header = "email,topics,query,zone,at,frequency,max\n";

    [Fact]
    public async Task Readers_are_taken_over_with_their_topics_and_first_digest()
    {
        var app = await StartAsync();

        var result = await ImportAsync(
            app,
            Header
            + "ada@mail.example,reasoning;tool-using-agents,,Europe/Berlin,07:30,weekdays,5\n"
            + "grace@mail.example,,\"\"\"protein folding\"\" OR alphafold\",America/New_York,06:00,daily,\n");

        (result.Read, result.Added, result.Updated, result.Rejected).ShouldBe((2, 2, 0, 0));
        var readers = await ListAsync(app);
        readers[0].Topics.ShouldBe(["reasoning", "tool-using-agents"]);
        (readers[0].State, readers[0].NextDueAt, readers[0].Max).ShouldBe(("active", Instant.FromUtc(2026, 3, 4, 6, 30), (short)5));
        readers[1].Topics.ShouldBe(["\"protein folding\" OR alphafold"]);
        readers[1].NextDueAt.ShouldBe(Instant.FromUtc(2026, 3, 4, 11, 0));
    }

    [Fact]
    public async Task A_second_import_changes_nothing_and_a_changed_line_changes_one_reader()
    {
        var app = await StartAsync();
        var lines = Header + "a@mail.example,reasoning,,UTC,07:00,daily,5\nb@mail.example,,agents,UTC,07:00,daily,5\n";
        await ImportAsync(app, lines);

        var again = await ImportAsync(app, lines);
        var changed = await ImportAsync(app, lines.Replace("reasoning", "multi-agent", StringComparison.Ordinal));

        (again.Added, again.Updated, again.Unchanged).ShouldBe((0, 0, 2));
        (changed.Added, changed.Updated, changed.Unchanged).ShouldBe((0, 1, 1));
    }

    [Fact]
    public async Task Bad_lines_are_named_and_the_others_are_taken()
    {
        var app = await StartAsync();

        var result = await ImportAsync(
            app,
            Header
            + "no-address,,,,,,\n"
            + "a@mail.example,alchemy,,,,,\n"
            + "b@mail.example,,\"\"\"open\",,,,\n"
            + "c@mail.example,,,Mars/Olympus,,,\n"
            + "d@mail.example,,\n"
            + "e@mail.example,,,,,,\n"
            + "E@MAIL.example,,,,,,\n");

        (result.Read, result.Added, result.Rejected).ShouldBe((7, 1, 6));
        result.Rejections.Select(rejection => rejection.Line).ShouldBe([2, 3, 4, 5, 6, 8]);
        result.Rejections.ShouldAllBe(rejection => rejection.File == "readers.csv");
        result.Rejections[^1].Reason.ShouldContain("line 7");
        (await ListAsync(app)).ShouldHaveSingleItem().Email.ShouldBe("e@mail.example");
    }

    [Theory]
    [InlineData("")]
    [InlineData("mail,topics\n")]
    [InlineData("email,topics,telephone\n")]
    [InlineData("a@mail.example,reasoning\n")]
    public async Task A_file_without_our_header_is_refused_whole(string text)
    {
        var app = await StartAsync();

        var refusal = await Should.ThrowAsync<OperatorException>(() => ImportAsync(app, text));

        refusal.Message.ShouldContain("readers.csv, line 1");
    }

    [Fact]
    public async Task An_old_list_brings_back_nobody_who_left_or_must_not_be_mailed()
    {
        var app = await StartAsync();
        await ImportAsync(app, Header + "left@mail.example,,,,,,\nstays@mail.example,,,,,,\n");
        var left = (await ListAsync(app)).Single(reader => reader.Email == "left@mail.example");
        await app.Service<Subscriptions>().UnsubscribeAsync(left.Id, CancellationToken.None);
        await app.Database.ExecuteAsync(
            "insert into suppressions (address_hash, reason, created_at) values (@hash, 'complained', now())",
            new { hash = app.Service<LinkSigner>().HashAddress("angry@mail.example") },
            CancellationToken.None);

        var result = await ImportAsync(app, Header + "left@mail.example,,,,,,\nangry@mail.example,,,,,,\nstays@mail.example,,,,,,\n");

        result.Rejections.Select(rejection => rejection.Line).ShouldBe([2, 3]);
        var readers = await ListAsync(app);
        readers.Count.ShouldBe(2);
        readers.Single(reader => reader.Email == "left@mail.example").State.ShouldBe("unsubscribed");
    }

    [Fact]
    public async Task An_empty_cell_leaves_a_readers_setting_alone()
    {
        var app = await StartAsync();
        await ImportAsync(app, Header + "a@mail.example,reasoning,,Asia/Tokyo,08:15,weekly,3\n");

        var result = await ImportAsync(app, "email,max\na@mail.example,4\n");

        result.Updated.ShouldBe(1);
        var reader = (await ListAsync(app)).ShouldHaveSingleItem();
        (reader.Zone, reader.Frequency, reader.Max).ShouldBe(("Asia/Tokyo", "weekly", (short)4));
        reader.Topics.ShouldBe(["reasoning"]);
    }

    private static async Task<ImportResult> ImportAsync(TestApp app, string text)
    {
        var file = Path.Combine(TestDirectory.Create("import"), "readers.csv");
        await File.WriteAllTextAsync(file, text);
        return await app.Service<SubscriberImport>().ImportAsync(file, unconfirmed: false, CancellationToken.None);
    }

    private static Task<IReadOnlyList<ListedSubscriber>> ListAsync(TestApp app) =>
        app.Database.QueryAsync<ListedSubscriber>(SubscriberQueries.List, new { state = (string?)null, limit = 100, suppressed = Array.Empty<long>() }, CancellationToken.None);

    private async Task<TestApp> StartAsync()
    {
        var app = await apps.CreateAsync();
        await app.Service<TopicCatalogue>().LoadAsync(TopicCatalogue.SeedFile, CancellationToken.None);
        return app;
    }
}
