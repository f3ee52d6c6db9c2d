using MimeKit;
using NodaTime;

namespace DigestService.Tests.Digests;

/// <summary>What the first digest after a break says of the time in between: no more than was looked at.</summary>
public sealed class BreakTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task A_digest_after_a_month_says_since_when_it_looked_and_promises_nothing_of_the_weeks_before()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning that nobody saw", listedOn: DigestTestBed.Today.PlusDays(-20), createdAt: DigestTestBed.Hour - Duration.FromDays(20));
        await bed.AddPaperAsync("Pruning of today");
        await AddReaderAfterABreakAsync(bed, "pruning");

        await bed.TickAsync();

        (await TextAsync(bed)).ShouldContain("Your last digest came on 2 February. Since 26 February nothing on your topics had to be left out.");
    }

    [Fact]
    public async Task Only_papers_for_which_there_was_no_room_are_said_to_have_found_none()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning of trees", upvotes: 50, text: "Apples grow on them in late summer.");
        await bed.AddPaperAsync("Pruning of networks", upvotes: 40, text: "Weights vanish while accuracy stays.");
        await bed.AddPaperAsync("Pruning of caches", upvotes: 30, text: "Memory is freed for longer contexts.");
        await bed.AddPaperAsync("Pruning of proteins", upvotes: 20, text: "Residues are removed one by one.");
        await bed.AddPaperAsync("Pruning of searches", upvotes: 10, text: "Bounds cut off what cannot win.");
        var reader = await AddReaderAfterABreakAsync(bed, "pruning");
        await bed.AddOwnQueryAsync(reader, "proteins", muted: true);
        await bed.Database.ExecuteAsync(
            """
            update subscribers set max_items = 1, muted_words = array['caches'];
            insert into feedback (subscriber_id, paper_id, kind, given_from, given_at)
            select @reader, id, 'less', 'web', now() from papers where title = 'Pruning of searches'
            """,
            new { reader },
            default);

        await bed.TickAsync();

        (await bed.TitlesAsync(reader)).ShouldBe(["Pruning of trees"]);
        (await TextAsync(bed)).ShouldContain("Since 26 February your topics brought 1 more paper than fit here.");
    }

    [Fact]
    public async Task Who_has_no_topics_is_told_nothing_of_them_after_a_break()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning");
        await AddReaderAfterABreakAsync(bed);

        await bed.TickAsync();

        (await TextAsync(bed)).ShouldNotContain("your topics");
    }

    [Theory]
    [InlineData("2026-02-03", 28, false)]
    [InlineData("2026-02-03", 4, true)]
    [InlineData("2026-03-02", 1, true)]
    public async Task Only_who_was_away_is_greeted_and_not_who_had_quiet_days(string first, int quietDays, bool isGreeted)
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning of today");
        var reader = await AddReaderAfterABreakAsync(bed, "pruning");
        await bed.Database.ExecuteAsync(
            """
            insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, composed_at)
            select @reader, day, day::timestamptz, 'empty', now(), now()
            from (select @first::date + n as day from generate_series(0, @quietDays - 1) n) days
            """,
            new { reader, first, quietDays },
            default);

        await bed.TickAsync();

        (await TextAsync(bed)).Contains("Good to have you back", StringComparison.Ordinal).ShouldBe(isGreeted);
    }

    [Fact]
    public async Task Who_comes_back_after_their_digests_are_kept_no_more_is_not_welcomed_as_new()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        var before = await bed.AddPaperAsync("Pruning of long ago", listedOn: DigestTestBed.Today.PlusDays(-100));
        await bed.AddPaperAsync("Pruning of today");
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.ExecuteAsync("insert into earlier_papers (subscriber_id, paper_id) values (@reader, @before)", new { reader, before }, default);

        await bed.TickAsync();

        (await TextAsync(bed)).ShouldNotContain("your first digest");
    }

    private static async Task<long> AddReaderAfterABreakAsync(DigestTestBed bed, params string[] topics)
    {
        var reader = await bed.AddReaderAsync("ada@reader.example", topics);
        await bed.Database.ExecuteAsync(
            """
            insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, composed_at)
            values (@reader, '2026-02-02', '2026-02-02 07:00Z', 'queued', '2026-02-02 07:00Z', '2026-02-02 07:00Z')
            """,
            new { reader },
            default);
        return reader;
    }

    private static async Task<string> TextAsync(DigestTestBed bed)
    {
        using var mail = await MimeMessage.LoadAsync(new MemoryStream((await StoredMail.LatestAsync(bed.Database)).ShouldNotBeNull()));
        return string.Join(' ', mail.TextBody.ShouldNotBeNull().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
