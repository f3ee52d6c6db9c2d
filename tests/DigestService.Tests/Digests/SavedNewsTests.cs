using System.Text;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Sources;
using DigestService.Subscribers;
using NodaTime;

namespace DigestService.Tests.Digests;

/// <summary>What digests tell of papers that their readers saved.</summary>
public sealed class SavedNewsTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@reader.example";
    private static readonly Duration Day = Duration.FromDays(1);
    private static readonly Instant Hour = DigestTestBed.Hour;

    // Where it is late yesterday, today, and early tomorrow at ten to eleven in UTC and some minutes after that.
    private static readonly (int Place, string Zone, LocalTime SendAt)[] ZonesOfThreeDays =
        [(0, "Pacific/Midway", new(23, 50)), (1, "UTC", new(10, 54)), (2, "Pacific/Kiritimati", new(0, 58))];

    [Fact]
    public async Task Code_of_a_saved_paper_is_told_by_the_next_digest_and_by_no_other()
    {
        var (bed, reader, paper) = await OpenAsync();
        await TickAsync(bed);
        await GiveCodeAsync(bed, paper, Hour + Duration.FromHours(3));
        await TickAsync(bed, Hour + Day);
        await TickAsync(bed, Hour + Day + Day);

        (await ToldAsync(bed, reader)).ShouldBe([null, $"[[{paper}, 1]]", null]);
        var mails = await MailsAsync(bed);
        mails.ConvertAll(mail => mail.Contains("News of papers you saved", StringComparison.Ordinal)).ShouldBe([false, true, false]);
        mails[1].ShouldContain("Herons at dusk");
        mails[1].ShouldContain("has code now: https://github.com/ada/herons");
        mails[1].ShouldContain($"/paper/{paper}\">Herons at dusk</a>");
        mails[1].ShouldNotContain("has a new version");
    }

    [Fact]
    public async Task A_new_version_is_told_and_with_code_as_one_paper()
    {
        var (bed, reader, paper) = await OpenAsync();
        var other = await SavedAsync(bed, reader, "Storks");
        await TickAsync(bed);
        await ReviseAsync(bed, other, Hour + Duration.FromHours(1));
        await ReviseAsync(bed, paper, Hour + Duration.FromHours(2));
        await GiveCodeAsync(bed, paper, Hour + Duration.FromHours(3));

        await TickAsync(bed, Hour + Day);

        (await ToldAsync(bed, reader))[1].ShouldBe($"[[{paper}, 3], [{other}, 2]]");
        var account = await ExplainAsync(bed, DigestTestBed.Today.PlusDays(1));
        account.SavedNews.ShouldBe([new(paper, "Herons at dusk", true, true), new(other, "Storks", false, true)]);
        var text = new StringWriter();
        account.Write(text);
        text.ToString().ShouldContain("saved  Herons at dusk: has code now, has a new version");
    }

    [Fact]
    public async Task A_first_digest_tells_what_came_after_the_paper_was_saved_and_nothing_from_before()
    {
        var (bed, reader, before) = await OpenAsync();
        var after = await SavedAsync(bed, reader, "Storks");
        await GiveCodeAsync(bed, before, Hour - Day - Day - Day);
        await GiveCodeAsync(bed, after, Hour - Duration.FromHours(1));

        await TickAsync(bed);

        (await ToldAsync(bed, reader)).ShouldBe([$"[[{after}, 1]]"]);
    }

    [Fact]
    public async Task What_a_digest_that_never_arrived_told_is_told_again()
    {
        var (bed, reader, paper) = await OpenAsync();
        await TickAsync(bed);
        await GiveCodeAsync(bed, paper, Hour + Duration.FromHours(3));
        await TickAsync(bed, Hour + Day, "failed");

        await TickAsync(bed, Hour + Day + Day);

        (await ToldAsync(bed, reader)).ShouldBe([null, $"[[{paper}, 1]]", $"[[{paper}, 1]]"]);
    }

    [Fact]
    public async Task A_day_without_a_digest_tells_nothing_and_the_next_digest_does()
    {
        var (bed, reader, paper) = await OpenAsync(papersOn: [0, 2]);
        await TickAsync(bed);
        await GiveCodeAsync(bed, paper, Hour + Duration.FromHours(3));

        await TickAsync(bed, Hour + Day);
        await TickAsync(bed, Hour + Day + Day);

        (await bed.OutcomeAsync(reader, DigestTestBed.Today.PlusDays(1))).ShouldBe("empty");
        (await ToldAsync(bed, reader)).ShouldBe([null, null, $"[[{paper}, 1]]"]);
    }

    [Theory]
    [InlineData("note")]
    [InlineData("trending")]
    public async Task A_mail_on_a_day_without_papers_of_the_readers_topics_tells_the_news(string rule)
    {
        var (bed, reader, paper) = await OpenAsync(papersOn: [0]);
        await bed.Database.ExecuteAsync("update subscribers set empty_day = @rule", new { rule }, default);
        await bed.AddPaperAsync("Robots for tea", upvotes: 90, listedOn: DigestTestBed.Today.PlusDays(1), createdAt: Hour, text: "Tea.");
        await TickAsync(bed);
        await GiveCodeAsync(bed, paper, Hour + Duration.FromHours(3));

        await TickAsync(bed, Hour + Day);

        (await ToldAsync(bed, reader)).ShouldBe([null, $"[[{paper}, 1]]"]);
        (await MailsAsync(bed))[1].ShouldContain("has code now: https://github.com/ada/herons");
    }

    [Fact]
    public async Task Withdrawn_papers_papers_that_were_not_saved_and_what_is_still_to_come_are_not_told()
    {
        var (bed, reader, withdrawn) = await OpenAsync();
        var liked = await bed.AddPaperAsync("Liked", listedOn: DigestTestBed.Today.PlusDays(-40));
        await bed.Database.ExecuteAsync("insert into feedback (subscriber_id, paper_id, kind, given_from, given_at) values (@reader, @liked, 'like', 'web', @at)", new { reader, liked, at = Hour - Day }, default);
        var later = await SavedAsync(bed, reader, "Later");
        var without = await SavedAsync(bed, reader, "Taken away");
        await TickAsync(bed);
        foreach (var paper in (long[])[withdrawn, liked, without])
            await GiveCodeAsync(bed, paper, Hour + Duration.FromHours(3));
        await GiveCodeAsync(bed, later, Hour + Day + Duration.FromHours(1));
        await bed.Database.ExecuteAsync("update papers set withdrawn_at = @at where id = @withdrawn", new { withdrawn, at = Hour }, default);
        await bed.Database.ExecuteAsync("update papers set code_url = null where id = @without", new { without }, default);

        await TickAsync(bed, Hour + Day);

        (await ToldAsync(bed, reader)).ShouldBe([null, null]);
    }

    [Fact]
    public async Task A_paper_that_is_an_entry_of_the_digest_is_not_told_again()
    {
        var (bed, reader, _) = await OpenAsync();
        await TickAsync(bed);
        var entry = await bed.AddPaperAsync("Pruning herons", listedOn: DigestTestBed.Today.PlusDays(1));
        await SaveAsync(bed, reader, entry);
        await GiveCodeAsync(bed, entry, Hour + Duration.FromHours(3));

        await TickAsync(bed, Hour + Day);

        (await bed.TitlesAsync(reader, DigestTestBed.Today.PlusDays(1))).ShouldContain("Pruning herons");
        (await ToldAsync(bed, reader)).ShouldBe([null, null]);
    }

    [Fact]
    public async Task A_new_version_is_told_of_an_entry_too()
    {
        var (bed, reader, _) = await OpenAsync();
        await TickAsync(bed);
        var entry = await bed.AddPaperAsync("Pruning herons", listedOn: DigestTestBed.Today.PlusDays(1));
        await SaveAsync(bed, reader, entry);
        await GiveCodeAsync(bed, entry, Hour + Duration.FromHours(3));
        await ReviseAsync(bed, entry, Hour + Duration.FromHours(3));

        await TickAsync(bed, Hour + Day);

        (await ToldAsync(bed, reader)).ShouldBe([null, $"[[{entry}, 2]]"]);
    }

    [Fact]
    public async Task A_version_that_an_import_made_visible_late_is_told_although_the_papers_code_was_told()
    {
        var (bed, reader, paper) = await OpenAsync();
        await TickAsync(bed);
        await GiveCodeAsync(bed, paper, Hour + Duration.FromHours(3));
        await TickAsync(bed, Hour + Day);
        await ReviseAsync(bed, paper, Hour + Day - Duration.FromMinutes(2));

        await TickAsync(bed, Hour + Day + Day);

        (await ToldAsync(bed, reader)).ShouldBe([null, $"[[{paper}, 1]]", $"[[{paper}, 2]]"]);
    }

    [Fact]
    public async Task What_an_import_dated_before_a_digest_and_made_visible_after_it_is_told_once_all_the_same()
    {
        var (bed, reader, paper) = await OpenAsync();
        await TickAsync(bed);
        await GiveCodeAsync(bed, paper, Hour - Duration.FromSeconds(3));
        await TickAsync(bed, Hour + Day);
        var other = await SavedAsync(bed, reader, "Storks");
        await GiveCodeAsync(bed, other, Hour + Day - Duration.FromMinutes(5));
        await TickAsync(bed, Hour + Day + Day);

        (await ToldAsync(bed, reader)).ShouldBe([null, $"[[{paper}, 1]]", $"[[{other}, 1]]"]);
    }

    [Fact]
    public async Task What_a_digest_told_just_after_it_happened_is_not_told_by_the_next()
    {
        var (bed, reader, paper) = await OpenAsync();
        await GiveCodeAsync(bed, paper, Hour - Duration.FromMinutes(1));

        await TickAsync(bed);
        await TickAsync(bed, Hour + Day);

        (await ToldAsync(bed, reader)).ShouldBe([$"[[{paper}, 1]]", null]);
    }

    [Fact]
    public async Task News_from_before_the_oldest_digest_that_is_kept_are_not_told()
    {
        var (bed, reader, paper) = await OpenAsync();
        await bed.Database.ExecuteAsync("update feedback set given_at = @at", new { at = Hour - Duration.FromDays(200) }, default);
        await GiveCodeAsync(bed, paper, Hour - Duration.FromDays(100));

        await TickAsync(bed);

        (await ToldAsync(bed, reader)).ShouldBe([null]);
    }

    [Fact]
    public async Task Five_papers_are_told_the_latest_first_and_the_rest_are_counted()
    {
        var (bed, reader, paper) = await OpenAsync();
        await TickAsync(bed);
        await GiveCodeAsync(bed, paper, Hour + Duration.FromMinutes(1));
        for (var n = 2; n <= 8; n++)
            await GiveCodeAsync(bed, await SavedAsync(bed, reader, $"Storks {n}"), Hour + Duration.FromMinutes(n));

        await TickAsync(bed, Hour + Day);

        var mail = (await MailsAsync(bed))[1];
        var shown = Enumerable.Range(2, 7).Where(n => mail.Contains($"Storks {n}", StringComparison.Ordinal));
        shown.ShouldBe([4, 5, 6, 7, 8]);
        mail.IndexOf("Storks 8", StringComparison.Ordinal).ShouldBeLessThan(mail.IndexOf("Storks 7", StringComparison.Ordinal));
        mail.ShouldContain("and 3 more");
        (await ExplainAsync(bed, DigestTestBed.Today.PlusDays(1))).SavedNews.Count.ShouldBe(8);
    }

    [Fact]
    public async Task Readers_of_a_list_hear_of_what_the_list_saved_each_since_their_own_last_digest()
    {
        var (bed, lead, paper) = await OpenAsync();
        var follower = await bed.AddReaderAsync("bob@reader.example");
        await bed.Database.ExecuteAsync(
            """
            with list as (insert into lists (name, leader_id, created_at) values ('The lab', @lead, @at) returning id)
            update subscribers set list_id = list.id from list where subscribers.id in (@lead, @follower)
            """,
            new { lead, follower, at = Hour - Day },
            default);
        await TickAsync(bed);
        await bed.Database.ExecuteAsync("update digests set outcome = 'skipped' where subscriber_id = @follower", new { follower }, default);
        await GiveCodeAsync(bed, paper, Hour - Duration.FromHours(1));
        var other = await SavedAsync(bed, lead, "Storks");
        await ReviseAsync(bed, other, Hour + Duration.FromHours(1));

        await TickAsync(bed, Hour + Day);

        (await ToldAsync(bed, lead))[1].ShouldBe($"[[{other}, 2]]");
        (await ToldAsync(bed, follower))[1].ShouldBe($"[[{other}, 2], [{paper}, 1]]");
    }

    [Fact]
    public async Task Who_joins_a_list_hears_of_what_it_saved_from_then_on()
    {
        var (bed, _, before) = await OpenAsync();
        var lead = await bed.AddReaderAsync("lead@reader.example", "pruning");
        var after = await SavedAsync(bed, lead, "Storks");
        await SaveAsync(bed, lead, before);
        await GiveCodeAsync(bed, before, Hour - Duration.FromHours(5));
        await ImportToListAsync(bed, Hour - Duration.FromHours(4), "lead@reader.example", Ada, "new@reader.example");
        await GiveCodeAsync(bed, after, Hour - Duration.FromHours(3));
        await bed.Database.ExecuteAsync("update subscribers set next_due_at = @Hour, next_due_on = @Today", new { Hour, DigestTestBed.Today }, default);

        await TickAsync(bed);

        foreach (var address in (string[])[Ada, "new@reader.example"])
            (await ToldAsync(bed, await IdAsync(bed, address))).ShouldBe([$"[[{after}, 1]]"], address);
        (await ToldAsync(bed, lead)).ShouldBe([$"[[{after}, 1], [{before}, 1]]"]);
    }

    [Fact]
    public async Task Three_digests_within_a_quarter_of_an_hour_tell_a_piece_of_news_once_and_later_news_of_the_paper_too()
    {
        var (bed, reader, paper) = await OpenAsync(papersOn: [-1]);
        var first = Hour + Duration.FromMinutes(230);
        await GiveCodeAsync(bed, paper, first - Duration.FromMinutes(1));
        foreach (var (place, zone, sendAt) in ZonesOfThreeDays)
        {
            await bed.Database.ExecuteAsync(
                "update subscribers set zone = @zone, send_at = @sendAt, next_due_at = @at, next_due_on = @day",
                new { zone, sendAt, at = first + Duration.FromMinutes(4 * place), day = DigestTestBed.Today.PlusDays(place - 1) },
                default);
            await ListAsync(place - 1, first + Duration.FromMinutes((4 * place) - 1));
            await TickAsync(bed, first + Duration.FromMinutes(4 * place));
        }

        (await ToldAsync(bed, reader)).ShouldBe([$"[[{paper}, 1]]", null, null]);

        // Dated after the digest that told of the code, and before the one that was mailed last.
        await GiveCodeAsync(bed, paper, first + Duration.FromMinutes(7));
        await ListAsync(2, first + Day);
        await TickAsync(bed, first + Day + Duration.FromMinutes(8));

        (await ToldAsync(bed, reader))[3].ShouldBe($"[[{paper}, 1]]");
        (await bed.Database.QueryAsync<string>("select outcome from digests", null, default)).ShouldBe(["queued", "queued", "queued", "queued"]);

        Task ListAsync(int day, Instant at)
        {
            var title = day switch { -1 => "Pruning at dusk", 0 => "Which heads survive pruning", 1 => "A survey of pruning for vision", _ => "Lottery tickets without pruning" };
            return bed.AddPaperAsync(title, listedOn: at.InUtc().Date, createdAt: at, text: $"It says {title}.");
        }
    }

    [Fact]
    public async Task What_was_told_of_a_row_that_has_become_one_with_another_is_not_told_again()
    {
        var (bed, reader, paper) = await OpenAsync();
        await GiveCodeAsync(bed, paper, Hour - Duration.FromMinutes(1));
        await TickAsync(bed);
        var other = await bed.AddPaperAsync("Herons at dusk, again", listedOn: DigestTestBed.Today.PlusDays(-40), createdAt: Hour - Duration.FromDays(40));
        await bed.Database.ExecuteAsync("update feedback set paper_id = @other", new { other }, default);
        await bed.Database.ExecuteAsync("insert into merged_papers (merged_id, paper_id, merged_at) values (@paper, @other, @Hour)", new { paper, other, Hour }, default);
        await GiveCodeAsync(bed, other, Hour - Duration.FromMinutes(1));

        await TickAsync(bed, Hour + Day);

        (await ToldAsync(bed, reader)).ShouldBe([$"[[{paper}, 1]]", null]);
    }

    [Fact]
    public async Task News_that_cannot_be_written_cost_nobody_their_digest()
    {
        var (bed, _, _) = await OpenAsync();
        using var pools = bed.Service<CandidatePool.Loader>();
        var pool = await pools.OpenAsync(Hour, default);
        EmailAddress.TryParse(Ada, out var address).ShouldBeTrue();
        var reader = (await bed.Service<DigestPreview>().LoadAsync(address, Hour, pool, default)).ShouldNotBeNull();

        var made = bed.Service<DigestBatch>().Make(
            reader with { SavedNews = new BrokenNews() }, deliveryId: 64, new ListChoices(bed.Service<DigestSelector>(), pool), pool, Hour);

        made.Fault.ShouldBeNull();
        made.Mail.ShouldNotBeNull();
        made.Selection.ShouldNotBeNull().SavedNews.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_preview_shows_the_news_that_the_next_digest_tells_and_takes_none_away()
    {
        var (bed, reader, paper) = await OpenAsync();
        await TickAsync(bed);
        await GiveCodeAsync(bed, paper, Hour + Duration.FromHours(3));
        EmailAddress.TryParse(Ada, out var address).ShouldBeTrue();

        var preview = await bed.Service<DigestPreview>().PreviewAsync(address, Hour + Day, default);
        await TickAsync(bed, Hour + Day);

        preview.Selection.SavedNews.ShouldHaveSingleItem().PaperId.ShouldBe(paper);
        preview.Mail.Html.ShouldContain("has code now");
        (await ToldAsync(bed, reader)).ShouldBe([null, $"[[{paper}, 1]]"]);
    }

    [Fact]
    public async Task From_the_import_to_the_mail_a_saved_paper_that_gets_code_is_told_once_and_one_that_came_with_it_never()
    {
        const string Herons = """{"id":"2601.00001","title":"Herons","authors":["Ada Lovelace"],"listed_on":"2026-01-04"}""";
        const string Storks = """{"id":"2601.00002","title":"Storks","authors":["Ada Lovelace"],"listed_on":"2026-01-04","code":"https://github.com/ada/storks"}""";
        var (bed, reader, _) = await OpenAsync();
        await TickAsync(bed);
        await ImportAsync(bed, Herons, Storks);
        foreach (var paper in await bed.Database.QueryAsync<long>("select id from papers where arxiv_id is not null", null, default))
            await bed.Service<Feedback>().GiveAsync(reader, paper, "save", "web", default);
        await TickAsync(bed, Hour + Duration.FromHours(1));
        await ImportAsync(bed, Herons.Replace("}", ""","code":"https://github.com/ada/herons"}""", StringComparison.Ordinal), Storks);

        await TickAsync(bed, Hour + Day);
        await ImportAsync(bed, Herons, Storks);
        await TickAsync(bed, Hour + Day + Day);

        var mails = await MailsAsync(bed);
        mails.ConvertAll(mail => mail.Contains("has code now: https://github.com/ada/herons", StringComparison.Ordinal)).ShouldBe([false, true, false]);
        mails.ShouldAllBe(mail => !mail.Contains("Storks", StringComparison.Ordinal));
    }

    // A reader of pruning, with a paper on it each day, and an old paper that they saved two days ago.
    private async Task<(DigestTestBed Bed, long Reader, long Paper)> OpenAsync(params int[] papersOn)
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        foreach (var day in papersOn is [] ? [0, 1, 2] : papersOn)
            await bed.AddPaperAsync($"Pruning networks on day {day}", listedOn: DigestTestBed.Today.PlusDays(day), createdAt: Hour + Duration.FromDays(day - 1), text: $"Abstract {day}.");
        var reader = await bed.AddReaderAsync(Ada, "pruning");
        return (bed, reader, await SavedAsync(bed, reader, "Herons at dusk"));
    }

    private static async Task ImportToListAsync(DigestTestBed bed, Instant now, params string[] addresses)
    {
        bed.Clock.Now = now;
        var parsed = addresses.Select(written => EmailAddress.TryParse(written, out var address) ? address : throw new ArgumentException("No address.", nameof(addresses))).ToList();
        var joined = await bed.Service<SubscriberImport>().AddToListAsync("The lab", parsed, SettingsChange.None, unconfirmed: false, default);
        joined.Rejections.ShouldBeEmpty();
    }

    private static Task<long> IdAsync(DigestTestBed bed, string address) =>
        bed.Database.QuerySingleOrDefaultAsync<long>("select id from subscribers where address = @address", new { address }, default);

    private static async Task ImportAsync(DigestTestBed bed, params string[] lines)
    {
        var path = Path.Combine(TestDirectory.Create("news"), "papers.jsonl");
        await File.WriteAllLinesAsync(path, lines);
        await bed.Service<PaperImport>().ImportAsync(ImportInput.FromPaths([path], PaperFormat.Jsonl, null, Hour), progress: null, default);
    }

    private static async Task TickAsync(DigestTestBed bed, Instant? now = null, string endsAs = "sent")
    {
        await bed.TickAsync(now);
        await bed.EndMailsAsync(endsAs, "a reply");
    }

    private static async Task<long> SavedAsync(DigestTestBed bed, long reader, string title)
    {
        var paper = await bed.AddPaperAsync(title, listedOn: DigestTestBed.Today.PlusDays(-40), createdAt: Hour - Duration.FromDays(40));
        await SaveAsync(bed, reader, paper);
        return paper;
    }

    private static Task SaveAsync(DigestTestBed bed, long reader, long paper) => bed.Database.ExecuteAsync(
        "insert into feedback (subscriber_id, paper_id, kind, given_from, given_at) values (@reader, @paper, 'save', 'web', @at)",
        new { reader, paper, at = Hour - Day - Day },
        default);

    private static Task GiveCodeAsync(DigestTestBed bed, long paper, Instant at) => bed.Database.ExecuteAsync(
        "update papers set code_url = 'https://github.com/ada/herons', code_added_at = @at where id = @paper", new { paper, at }, default);

    private static Task ReviseAsync(DigestTestBed bed, long paper, Instant at) =>
        bed.Database.ExecuteAsync("update papers set revised_at = @at where id = @paper", new { paper, at }, default);

    private static Task<IReadOnlyList<string?>> ToldAsync(DigestTestBed bed, long reader) => bed.Database.QueryAsync<string?>(
        "select saved_news::text from digests where subscriber_id = @reader order by digest_on", new { reader }, default);

    // Both parts of each mail, the oldest first, with soft line breaks taken out.
    private static async Task<List<string>> MailsAsync(DigestTestBed bed) =>
        [.. (await StoredMail.AllAsync(bed.Database)).Reverse().Select(mail => Encoding.UTF8.GetString(mail).Replace("=\r\n", "", StringComparison.Ordinal))];

    private static Task<DigestAccount> ExplainAsync(DigestTestBed bed, LocalDate day)
    {
        EmailAddress.TryParse(Ada, out var address).ShouldBeTrue();
        return bed.Service<DigestLedger>().ExplainAsync(address, day, Hour, default);
    }

    /// <summary>News on which whoever tells them fails.</summary>
    private sealed class BrokenNews : IReadOnlyList<SavedPaperNews>
    {
        public int Count => 1;

        public SavedPaperNews this[int index] => throw new InvalidOperationException("These news are broken.");

        public IEnumerator<SavedPaperNews> GetEnumerator() => throw new InvalidOperationException("These news are broken.");

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
