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
    public async Task A_folder_and_a_file_that_is_not_there_are_told_as_what_they_are()
    {
        var app = await StartAsync();
        var folder = TestDirectory.Create("folder");
        var missing = Path.Combine(folder, "readers.csv");
        var import = app.Service<SubscriberImport>();

        (await Should.ThrowAsync<OperatorException>(() => import.ImportAsync(folder, false, default))).Message.ShouldBe($"The file cannot be read: {folder} is a folder; name the file in it.");
        (await Should.ThrowAsync<OperatorException>(() => import.ImportAsync(missing, false, default))).Message.ShouldBe($"The file cannot be read: the file {missing} does not exist; name one that does.");
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

    [Theory]
    [InlineData("a@mail.example,,caf\u00e9,,,,\n", 2)]
    [InlineData("a@mail.example,,ok,,,,\r\nb@mail.example,,,,,,\r\nc@mail.example,,na\u00efve,,,,\r\n", 4)]
    public async Task A_file_in_Latin_1_is_refused_whole_with_its_line(string lines, int line)
    {
        var app = await StartAsync();

        var refusal = await Should.ThrowAsync<OperatorException>(() => ImportAsync(app, System.Text.Encoding.Latin1.GetBytes(Header + lines)));

        refusal.Message.ShouldStartWith($"readers.csv, line {line}: this is not UTF-8");
        (await ListAsync(app)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xF5, 0x80, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xE2, 0x82 })]
    public async Task Broken_UTF_8_is_refused_wherever_it_stands(byte[] broken)
    {
        var app = await StartAsync();
        // Far enough into the file that the octets lie across two chunks for some of these.
        var good = string.Concat(Enumerable.Range(0, 3_000).Select(n => $"r{n}@mail.example,,\"étude {n}\",,,,\n"));

        foreach (var tail in (string[])["", ",,,\n"])
        {
            byte[] file = [.. System.Text.Encoding.UTF8.GetBytes(Header + good + "x@mail.example,,"), .. broken, .. System.Text.Encoding.UTF8.GetBytes(tail)];
            var refusal = await Should.ThrowAsync<OperatorException>(() => ImportAsync(app, file));
            refusal.Message.ShouldStartWith("readers.csv, line 3002: this is not UTF-8");
        }
    }

    [Fact]
    public async Task A_quotation_mark_that_is_never_closed_is_told_in_one_sentence_and_a_mark_of_UTF_8_is_read()
    {
        var app = await StartAsync();

        var result = await ImportAsync(app, "\uFEFF" + Header + "a@mail.example,,,,,,\nb@mail.example,,\"agents,,,,\nc@mail.example,,,,,,\nd@mail.example,,,,,,\n");

        result.Rejections.ShouldHaveSingleItem().ShouldBe(new ImportRejection(
            "readers.csv", 3, "The line opens a quotation mark that is never closed; what stands up to line 5 was taken for one field and is not read."));
        (await ListAsync(app)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_cell_of_topics_leaves_own_queries_and_muted_topics_alone()
    {
        var app = await StartAsync();
        await ImportAsync(app, Header + "a@mail.example,reasoning,protein folding,,,,\n");
        var id = (await ListAsync(app))[0].Id;
        await app.Service<SettingsEditor>().SaveAsync(id, new SettingsForm { MutedTopics = ["multi-agent"] }, null, CancellationToken.None);

        await ImportAsync(app, "email,topics\na@mail.example,world-models\n");

        var reader = await app.Database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Find, new { id }, CancellationToken.None);
        var form = (await app.Service<SettingsEditor>().ReadAsync(reader!, CancellationToken.None)).Form;
        (form.Topics![0], form.Queries![0], form.MutedTopics![0]).ShouldBe(("world-models", "protein folding", "multi-agent"));
    }

    [Fact]
    public async Task An_unconfirmed_import_changes_nothing_behind_a_confirmation_mail_that_is_out()
    {
        var app = await StartAsync();
        await ImportAsync(app, Header + "a@mail.example,reasoning,,Asia/Tokyo,,,\n", unconfirmed: true);
        app.Clock.Advance(Duration.FromHours(30));

        await ImportAsync(app, Header + "a@mail.example,multi-agent,,Europe/Paris,,,\n", unconfirmed: true);

        var reader = (await ListAsync(app)).ShouldHaveSingleItem();
        (reader.Topics[0], reader.Zone).ShouldBe(("reasoning", "Asia/Tokyo"));
        (await app.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from deliveries", null, CancellationToken.None)).ShouldBe(2);
    }

    [Fact]
    public async Task An_old_list_brings_back_nobody_who_left_or_must_not_be_mailed()
    {
        var app = await StartAsync();
        await ImportAsync(app, Header + "left@mail.example,,,,,,\nstays@mail.example,,,,,,\n");
        var left = (await ListAsync(app)).Single(reader => reader.Email == "left@mail.example");
        await app.Service<Subscriptions>().UnsubscribeAsync(left.Id, saysGoodbye: false, CancellationToken.None);
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

    private static Task<ImportResult> ImportAsync(TestApp app, string text, bool unconfirmed = false) =>
        ImportAsync(app, System.Text.Encoding.UTF8.GetBytes(text), unconfirmed);

    private static async Task<ImportResult> ImportAsync(TestApp app, byte[] octets, bool unconfirmed = false)
    {
        var file = Path.Combine(TestDirectory.Create("import"), "readers.csv");
        await File.WriteAllBytesAsync(file, octets);
        return await app.Service<SubscriberImport>().ImportAsync(file, unconfirmed, CancellationToken.None);
    }

    private static Task<IReadOnlyList<ListedSubscriber>> ListAsync(TestApp app) =>
        ListedSubscriber.FindAsync(app.Database, new { state = (string?)null, list = (string?)null, limit = 100, suppressed = Array.Empty<long>() }, CancellationToken.None);

    private async Task<TestApp> StartAsync()
    {
        var app = await apps.CreateAsync();
        await app.Service<TopicCatalogue>().LoadAsync(CancellationToken.None);
        return app;
    }
}
