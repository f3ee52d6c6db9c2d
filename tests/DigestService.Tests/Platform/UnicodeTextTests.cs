using System.Text;
using DigestService.Papers;
using DigestService.Platform;
using DigestService.Relevance.Text;

namespace DigestService.Tests.Platform;

/// <summary>What is no text, such as U+FFFE and halves of surrogate pairs, stops nothing that normalizes.</summary>
public sealed class UnicodeTextTests
{
    [Theory]
    [InlineData("\uFFFE")]
    [InlineData("model\uFFFE")]
    [InlineData("é\uFFFEé")]
    [InlineData("\uD800")]
    [InlineData("a\uDC00b\uD83D")]
    [InlineData("\uFFFF\uFDD0")]
    [InlineData("\uD83F\uDFFE")]
    public void Text_that_is_none_is_normalized_folded_and_keyed_all_the_same(string text)
    {
        foreach (var form in Enum.GetValues<NormalizationForm>())
            Should.NotThrow(() => text.Normalized(form));
        Should.NotThrow(() => Tokenizer.Tokenize(text).ToList());
        Should.NotThrow(() => WorkKeys.OfTitle(PeopleText.Storable(text)));
        Should.NotThrow(() => PeopleText.Clean(text));
    }

    [Fact]
    public void Other_text_is_normalized_as_ever() => "e\u0301 ﬁ".Normalized(NormalizationForm.FormKC).ShouldBe("é fi");
}
