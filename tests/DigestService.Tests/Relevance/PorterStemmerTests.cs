using DigestService.Relevance.Text;

namespace DigestService.Tests.Relevance;

public sealed class PorterStemmerTests
{
    [Theory]
    [InlineData("caresses", "caress")]
    [InlineData("ponies", "poni")]
    [InlineData("ties", "tie")]
    [InlineData("gas", "gas")]
    [InlineData("gaps", "gap")]
    [InlineData("agreed", "agre")]
    [InlineData("luxuriating", "luxuri")]
    [InlineData("hopping", "hop")]
    [InlineData("hoping", "hope")]
    [InlineData("happy", "happi")]
    [InlineData("say", "say")]
    [InlineData("relational", "relat")]
    [InlineData("conditional", "condit")]
    [InlineData("generalization", "general")]
    [InlineData("generically", "generic")]
    [InlineData("communication", "communic")]
    [InlineData("adaptation", "adapt")]
    [InlineData("adapters", "adapt")]
    [InlineData("modelling", "model")]
    [InlineData("consignment", "consign")]
    [InlineData("consistency", "consist")]
    [InlineData("knightly", "knight")]
    [InlineData("effectiveness", "effect")]
    [InlineData("adoption", "adopt")]
    [InlineData("rate", "rate")]
    [InlineData("controlling", "control")]
    [InlineData("news", "news")]
    [InlineData("proceed", "proceed")]
    [InlineData("yields", "yield")]
    [InlineData("llms", "llm")]
    [InlineData("cnns", "cnn")]
    [InlineData("gpus", "gpu")]
    [InlineData("pdes", "pde")]
    [InlineData("grpos", "grpo")]
    [InlineData("pros", "pros")]
    [InlineData("plus", "plus")]
    [InlineData("nlos", "nlos")]
    [InlineData("bus", "bus")]
    [InlineData("focus", "focus")]
    [InlineData("gpt4", "gpt4")]
    [InlineData("c++", "c++")]
    public void A_word_has_its_stem(string word, string stem) => PorterStemmer.Stem(word).ShouldBe(stem);

    [Theory]
    [InlineData("localization", "local")]
    [InlineData("generalize", "general")]
    [InlineData("tokenizers", "tokens")]
    [InlineData("optimizer", "optimal")]
    [InlineData("anonymised", "anonymous")]
    [InlineData("personalized", "person")]
    [InlineData("provenance", "proven")]
    [InlineData("truthfulness", "truth")]
    [InlineData("political", "polite")]
    [InlineData("agentic", "agents")]
    [InlineData("fairness", "fairly")]
    public void Strangers_share_a_stem_and_no_narrow_one(string word, string stranger)
    {
        PorterStemmer.Stem(word).ShouldBe(PorterStemmer.Stem(stranger));
        PorterStemmer.NarrowStem(word).ShouldNotBe(PorterStemmer.NarrowStem(stranger));
    }

    [Theory]
    [InlineData("quantization", "quantized")]
    [InlineData("tokenisation", "tokenizers")]
    [InlineData("adaptation", "adapters")]
    [InlineData("optimising", "optimizers")]
    public void A_narrow_stem_keeps_a_family_together(string word, string relative) =>
        PorterStemmer.NarrowStem(word).ShouldBe(PorterStemmer.NarrowStem(relative));

    [Theory]
    [InlineData("optimisation", "optimization")]
    [InlineData("optimised", "optimizes")]
    [InlineData("behaviours", "behavior")]
    [InlineData("tokeniser", "tokenizers")]
    public void British_and_American_spellings_meet(string british, string american) =>
        PorterStemmer.Stem(british).ShouldBe(PorterStemmer.Stem(american));
}
