using DigestService.Papers;

namespace DigestService.Tests.Papers;

/// <summary>Words that a line's end once broke, and hyphens that are meant.</summary>
public sealed class BrokenWordsTests
{
    [Theory]
    [InlineData("speech in low-resource lan- guages remains hard", "speech in low-resource languages remains hard")]
    [InlineData("semantic action rep- resentations", "semantic action representations")]
    [InlineData("Our ap- proach, and a frame- work (of con- text)", "Our approach, and a framework (of context)")]
    [InlineData("Question An- swering and Neverthe- less", "Question Answering and Nevertheless")]
    [InlineData("It in- tegrates base- lines", "It integrates baselines")]
    [InlineData("the re-\nsults are\nconvinc-\n ing", "the results are\nconvincing")]
    public void A_word_that_the_list_knows_is_whole(string broken, string whole) => BrokenWords.Joined(broken, "").ShouldBe(whole);

    [Theory]
    [InlineData("image segmen- tation", "Segmentation of images", "image segmentation")]
    [InlineData("We release Dialog- Guard", "DialogGuard: guarding dialogues", "We release DialogGuard")]
    [InlineData("seg- mentation, and segmentation again", "", "segmentation, and segmentation again")]
    public void A_word_that_the_paper_itself_has_whole_is_whole(string broken, string besides, string whole) =>
        BrokenWords.Joined(broken, besides).ShouldBe(whole);

    [Theory]
    [InlineData("pre- and post-training, open- or closed-source")]
    [InlineData("a Process- or Outcome-Reward Model")]
    [InlineData("from first- to higher-order, single- vs. multi-agent, for the low- as for the high-level one")]
    [InlineData("fine- tuned models of high- quality, in real- world settings")]
    [InlineData("intra- inter-class, in- out-of-domain")]
    [InlineData("Site in Pieces- A Dataset")]
    [InlineData("the norm $x$- ball, \\re- sults, a- part, the- se")]
    [InlineData("MULTI- MODAL, Multi- Modal and multimodal")]
    [InlineData("haupt- und nebensächlich")]
    [InlineData("models - and their limits -- in short- ")]
    public void A_hyphen_that_may_be_meant_stays(string text) => BrokenWords.Joined(text, "").ShouldBe(text);
}
