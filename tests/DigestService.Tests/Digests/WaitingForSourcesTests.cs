using DigestService.Papers;
using NodaTime;

namespace DigestService.Tests.Digests;

/// <summary>For which sources digests wait, and what waiting costs.</summary>
public sealed class WaitingForSourcesTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private long _reader;

    private static readonly Instant Hour = DigestTestBed.Hour;

    [Theory]
    [InlineData(SourceAuthority.HuggingFace, 4, true)]
    [InlineData(SourceAuthority.Arxiv, 4, true)]
    [InlineData(SourceAuthority.HuggingFace, 71, true)]
    [InlineData(SourceAuthority.HuggingFace, 73, false)]
    [InlineData(SourceAuthority.HuggingFace, null, false)]
    [InlineData("blog", 4, false)]
    public async Task Digests_wait_for_a_source_that_was_well_lately_and_for_no_feed(string source, int? wellHoursAgo, bool waits)
    {
        var bed = await OpenAsync();
        if (wellHoursAgo is { } hours)
            await RunAsync(bed, source, Hour - Duration.FromHours(hours), "done");
        await RunAsync(bed, source, Hour - Duration.FromHours(1), "failed");

        await bed.TickAsync();

        (await bed.OutcomeAsync(_reader)).ShouldBe(waits ? "planned" : "queued");
    }

    [Fact]
    public async Task A_fetch_of_which_a_part_failed_is_no_sign_of_health()
    {
        var bed = await OpenAsync();
        foreach (var hours in (int[])[25, 1])
            foreach (var outcome in (string[])["done", "failed"])
                await RunAsync(bed, SourceAuthority.Arxiv, Hour - Duration.FromHours(hours), outcome);

        await bed.TickAsync();

        (await bed.OutcomeAsync(_reader)).ShouldBe("queued");
    }

    [Fact]
    public async Task While_all_digests_wait_nothing_is_matched_or_loaded()
    {
        var bed = await OpenAsync();
        await RunAsync(bed, SourceAuthority.Arxiv, Hour - Duration.FromHours(4), "done");
        await RunAsync(bed, SourceAuthority.Arxiv, Hour - Duration.FromHours(1), "failed");

        await bed.TickAsync();
        var whileWaiting = await MatchedAsync(bed);
        await bed.TickAsync(Hour + Duration.FromHours(2));

        (whileWaiting, await MatchedAsync(bed)).ShouldBe((0, 1));
        (await bed.OutcomeAsync(_reader)).ShouldBe("queued");
    }

    private async Task<DigestTestBed> OpenAsync()
    {
        var bed = await DigestTestBed.OpenAsync(
            apps,
            ("Sources__HuggingFace__Enabled", "true"),
            ("Sources__Arxiv__Enabled", "true"),
            ("Sources__Feeds__0__Name", "blog"),
            ("Sources__Feeds__0__Url", "http://127.0.0.1:9/feed"));
        await bed.AddPaperAsync("Pruning networks early");
        _reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        return bed;
    }

    private static Task<int> MatchedAsync(DigestTestBed bed) =>
        bed.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from topic_matches", null, default);

    private static Task RunAsync(DigestTestBed bed, string source, Instant at, string outcome) => bed.Database.ExecuteAsync(
        "insert into source_runs (source, started_at, finished_at, outcome) values (@source, @at, @at, @outcome)",
        new { source, at, outcome },
        default);
}
