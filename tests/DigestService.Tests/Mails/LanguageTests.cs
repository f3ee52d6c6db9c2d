using DigestService.Mails.Languages;
using DigestService.Relevance;
using NodaTime;

namespace DigestService.Tests.Mails;

public sealed class LanguageTests
{
    private static readonly LocalDate Day = new(2026, 3, 1);

    [Theory]
    [InlineData("en", "English")]
    [InlineData("de-AT", "Deutsch")]
    [InlineData("zh_CN", "中文")]
    [InlineData("FR", "Français")]
    [InlineData("tlh", "English")]
    [InlineData("", "English")]
    [InlineData(null, "English")]
    public void A_tag_finds_its_language_or_English(string? tag, string name) => Language.Of(tag).Name.ShouldBe(name);

    [Theory]
    [InlineData("en", "Sunday, 1 March 2026", "12,345", "1 paper", "2 papers")]
    [InlineData("de", "Sonntag, 1. März 2026", "12.345", "1 Paper", "2 Papers")]
    [InlineData("fr", "dimanche 1er mars 2026", "12\u202F345", "1 article", "2 articles")]
    [InlineData("es", "domingo, 1 de marzo de 2026", "12\u00A0345", "1 artículo", "2 artículos")]
    [InlineData("zh", "2026年3月1日星期日", "12,345", "1 篇论文", "2 篇论文")]
    public void Dates_numbers_and_plurals_are_the_languages_own(string tag, string day, string number, string one, string two)
    {
        var language = Language.Of(tag);

        language.LongDay(Day).ShouldBe(day);
        language.Number(12_345).ShouldBe(number);
        language.Papers(1).ShouldBe(one);
        language.Papers(2).ShouldBe(two);
    }

    [Theory]
    [InlineData("en", "a, b and c")]
    [InlineData("de", "a, b und c")]
    [InlineData("fr", "a, b et c")]
    [InlineData("es", "a, b y c")]
    [InlineData("zh", "a、b和c")]
    public void Rows_are_joined_as_the_language_joins_them(string tag, string row) => Language.Of(tag).List(["a", "b", "c"]).ShouldBe(row);

    [Fact]
    public void Spanish_says_e_before_an_i() => Language.Of("es").List(["Robots", "Imágenes"]).ShouldBe("Robots e Imágenes");

    [Fact]
    public void Every_reason_has_words_in_every_language()
    {
        Reason[] reasons =
        [
            new MatchedTopic("Agents", []), new MatchedTopic("Agents", ["tool"]), new Upvoted(1, 0), new Upvoted(2, 1), new Upvoted(1_000, 5),
            new ListedHigh("huggingface", 1), new ListedHigh("listing", 2), new LikeThat(1, "Title"), new FollowedAuthor("Ada"),
            new BigOutside(), new LikedAlike(), new NewlyListed(),
        ];

        foreach (var language in Language.All)
        {
            var words = reasons.Select(language.Say).ToList();
            words.ShouldAllBe(said => said.Length > 3);
            words.Distinct(StringComparer.Ordinal).Count().ShouldBe(reasons.Length);
        }
    }

    [Fact]
    public void A_reason_not_known_to_the_words_is_a_bug_and_says_so() =>
        Should.Throw<ArgumentOutOfRangeException>(() => Language.All[0].Say(new Unheard()));

    private sealed record Unheard : Reason;
}
