using DigestService.Mails;

namespace DigestService.Tests.Mails;

public sealed class SentencesTests
{
    [Theory]
    [InlineData("One. Two.", 2)]
    [InlineData("We follow Smith et al. (2020) and others. It works.", 2)]
    [InlineData("Models, e.g. GPT-4, i.e. large ones, fail. Why?", 2)]
    [InlineData("See Fig. 3 and Sec. 4.2 for more. Accuracy is 3.5 points higher.", 2)]
    [InlineData("J. R. Smith showed this. We agree.", 2)]
    [InlineData("It scores 99.1% vs. 98% before. Good.", 2)]
    [InlineData("\"Is it so?\" He asked. Yes.", 3)]
    [InlineData("What now (see the appendix. It is long.) comes after? Nothing.", 2)]
    [InlineData("Version 2.0 of w.r.t. metrics is out!", 1)]
    [InlineData("我们提出新方法。效果很好！真的吗？", 3)]
    [InlineData("no end", 1)]
    public void Sentences_end_where_a_reader_would_pause(string text, int sentences)
    {
        var found = new List<string>();
        for (var rest = text; rest.Length > 0; rest = rest[found[^1].Length..].TrimStart())
            found.Add(Sentences.ShortExcerpt(rest));

        found.Count.ShouldBe(sentences, string.Join(" | ", found));
    }

    [Fact]
    public void An_excerpt_is_whole_sentences_of_the_abstract()
    {
        var text = string.Join(' ', Enumerable.Range(1, 9).Select(n => $"This is sentence number {n} of an abstract that goes on for quite some time and says little."));

        var excerpt = Sentences.Excerpt(text);

        text.ShouldStartWith(excerpt);
        excerpt.ShouldEndWith(".");
        excerpt.Count(c => c == '.').ShouldBe(3);
    }

    [Fact]
    public void A_sentence_without_end_is_cut_at_a_word()
    {
        var text = string.Join(' ', Enumerable.Repeat("onandon", 300));

        var excerpt = Sentences.Excerpt(text);

        excerpt.Length.ShouldBeLessThanOrEqualTo(520);
        excerpt.ShouldEndWith("onandon…");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \n\t ")]
    public void No_abstract_has_no_excerpt(string? text) => Sentences.Excerpt(text).ShouldBe("");
}
