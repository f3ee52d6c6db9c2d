using DigestService.Papers.Pages;

namespace DigestService.Tests.Papers;

public class ExcerptTests
{
    [Fact]
    public void A_text_without_blanks_is_cut_where_its_room_ends_and_not_at_the_only_blank()
    {
        Excerpt.Of("GPT 模型" + string.Concat(Enumerable.Repeat("在自然语言处理领域取得了进展，", 40)))!.Length.ShouldBeInRange(200, 321);
        Excerpt.Of(string.Concat(Enumerable.Repeat("一句话说完了。", 60)))!.ShouldEndWith("了。");
        Excerpt.Of("x" + string.Concat(Enumerable.Repeat("𠮷", 400)))!.EnumerateRunes().ShouldAllBe(rune => rune.Value != 0xFFFD);
    }

    [Fact]
    public void Whole_sentences_are_kept_and_a_long_one_is_cut_at_a_word()
    {
        var sentence = "A " + string.Concat(Enumerable.Repeat("word ", 40)).Trim() + ".";

        Excerpt.Of(sentence).ShouldBe(sentence);
        Excerpt.Of($"{sentence} Another one. {sentence}").ShouldBe($"{sentence} Another one.");
        Excerpt.Of(string.Concat(Enumerable.Repeat("words, ", 100)))!.ShouldEndWith("words…");
    }
}
