using DigestService.Papers;
using NodaTime;

namespace DigestService.Tests.Sources;

/// <summary>Which day of a paper stands when arXiv's announcement and the day worked out from the calendar differ.</summary>
public sealed class AnnouncementDayTests
{
    private static readonly LocalDate Expected = new(2025, 11, 17);
    private static readonly LocalDate Announced = new(2025, 11, 21);

    [Theory]
    [InlineData("worked out, announced", "2025-11-21")]
    [InlineData("announced, worked out", "2025-11-21")]
    [InlineData("worked out, announced, worked out", "2025-11-21")]
    [InlineData("worked out, announced, shown to another field", "2025-11-21")]
    [InlineData("worked out", "2025-11-17")]
    [InlineData("worked out, shown to another field", "2025-11-17")]
    [InlineData("listed elsewhere, announced", "2025-11-19")]
    [InlineData("listed elsewhere, worked out", "2025-11-17")]
    [InlineData("announced, listed elsewhere", "2025-11-19")]
    public void An_announcement_stands_before_a_day_worked_out_from_the_calendar(string told, string day)
    {
        var drafts = told.Split(", ").Select(Draft).ToList();

        var paper = CataloguePaper.FirstSeenAs(drafts[0], 1);
        foreach (var draft in drafts.Skip(1))
            paper.Merge(draft);

        paper.FirstListedOn.ShouldBe(CatalogueTestBed.Day(day));
    }

    private static PaperDraft Draft(string told) => told switch
    {
        "announced" => Of(SourceAuthority.Arxiv, Announced, position: 1, isAnnouncement: true),
        "worked out" => Of(SourceAuthority.Arxiv, Expected, position: null),
        "shown to another field" => Of(SourceAuthority.Arxiv, Announced.PlusDays(3), position: 1),
        _ => Of(SourceAuthority.HuggingFace, new LocalDate(2025, 11, 19), position: 1),
    };

    private static PaperDraft Of(string source, LocalDate day, int? position, bool isAnnouncement = false) => new()
    {
        Source = source,
        Title = "A paper",
        ListedOn = day,
        Position = position,
        IsAnnouncement = isAnnouncement,
        ObservedAt = Instant.FromUtc(2025, 11, 21, 1, 0),
    };
}
