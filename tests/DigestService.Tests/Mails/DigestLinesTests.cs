using DigestService.Mails;
using DigestService.Mails.Languages;
using DigestService.Relevance;
using NodaTime;
using Shouldly;
using Xunit;

namespace DigestService.Tests.Mails;

public sealed class DigestLinesTests
{
    private static readonly LocalDate Day = new(2026, 3, 2);
    private static readonly string[] Planning = ["planning"];

    private static readonly Reason[] Topic = [new MatchedTopic("Agents", Planning), new Upvoted(57, 24)];

    private readonly DigestLines _lines = new();

    [Fact]
    public void The_same_reasons_are_put_into_words_once()
    {
        Reason[] again = [new MatchedTopic("Agents", Planning), new Upvoted(57, 24)];
        Line(again).ShouldBeSameAs(Line(Topic));
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void Reasons_that_differ_in_anything_are_said_as_what_they_are(Reason[] other)
    {
        Line(Topic);
        Line(other).Text.Octets.ToArray().ShouldBe(new DigestLines().Reasons(other, Language.Of("en"), Day, DigestSpan.Day)!.Text.Octets.ToArray());
    }

    public static TheoryData<Reason[]> Others => new(
        [new MatchedTopic("Agent", Planning), new Upvoted(57, 24)],
        [new MatchedTopic("Agents", ["plan"]), new Upvoted(57, 24)],
        [new NearTopic("Agents", Planning), new Upvoted(57, 24)],
        [new MatchedTopic("Agents", Planning), new Upvoted(58, 24)],
        [new MatchedTopic("Agents", Planning), new Upvoted(57, 25)],
        [new MatchedTopic("Agents", Planning)],
        [new Upvoted(57, 24), new MatchedTopic("Agents", Planning)],
        [new ListedHigh("hf", 1) { ListedOn = Day }],
        [new ListedHigh("hf", 1) { ListedOn = Day.PlusDays(-1) }]);

    [Fact]
    public void Each_day_span_and_language_has_words_of_its_own()
    {
        Reason[] listed = [new ListedHigh("hf", 1) { ListedOn = Day }];
        Reason[] fresh = [new NewlyListed()];
        Said(listed, "en", Day, DigestSpan.Day).ShouldNotBe(Said(listed, "en", Day.PlusDays(1), DigestSpan.Day));
        Said(fresh, "en", Day, DigestSpan.Day).ShouldNotBe(Said(fresh, "en", Day, DigestSpan.Week));
        Said(fresh, "en", Day, DigestSpan.Day).ShouldNotBe(Said(fresh, "de", Day, DigestSpan.Day));
    }

    [Fact]
    public void Nothing_is_said_where_there_is_no_reason() => _lines.Reasons([], Language.Of("en"), Day, DigestSpan.Day).ShouldBeNull();

    private SharedLine Line(Reason[] reasons) => _lines.Reasons(reasons, Language.Of("en"), Day, DigestSpan.Day)!;

    private byte[] Said(Reason[] reasons, string language, LocalDate day, DigestSpan span) =>
        _lines.Reasons(reasons, Language.Of(language), day, span)!.Text.Octets.ToArray();
}
