using DigestService.Relevance.Evaluation;
using DigestService.Relevance.Search;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Relevance;

public sealed class FreeTextRankerTests
{
    private static readonly (string, string)[] Texts =
    [
        ("Car engines", "The engine of a car needs fuel and oil."),
        ("Automobile repair", "Repair of an automobile engine, its fuel pump and oil filter."),
        ("Automobile history", "The automobile replaced the horse; fuel was bought at the chemist's."),
        ("Cooking with oil", "Olive oil is heated in a pan for the onions."),
        ("Onion soup", "Onions are cooked slowly in a pan with butter."),
        ("Horses", "The horse eats hay and oats."),
    ];

    [Fact]
    public void The_words_asked_for_lead_and_a_synonym_learnt_from_the_collection_follows()
    {
        var ranked = Rank("car engine");

        ranked[0].ShouldBe(0);
        ranked[1].ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("the of and")]
    [InlineData("zyzzyva")]
    public void A_query_without_a_known_word_finds_nothing(string query) => Rank(query).ShouldBeEmpty();

    [Fact]
    public void The_same_collection_gives_the_same_order() => Rank("oil in a pan").ShouldBe(Rank("oil in a pan"));

    [Fact]
    public void A_tiny_collection_does_not_trip_the_latent_space()
    {
        new FreeTextRanker(TextIndex.Build([("One paper", "alone")])).Rank("paper", 10).ShouldHaveSingleItem();
        new FreeTextRanker(TextIndex.Build([])).Rank("paper", 10).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("gpt4", new[] { 0, 1 })]
    [InlineData("olive-oil", new[] { 2 })]
    [InlineData("oliveoil", new int[0])]
    public void A_word_that_no_text_holds_is_two_that_stand_side_by_side(string query, int[] found)
    {
        var index = TextIndex.Build([("GPT-4 writes", "A poem."), ("A poem", "GPT 4 writes it."), ("Olive oil", "Is pressed."), ("Oil paint", "No olive.")]);

        new FreeTextRanker(index).Rank(query, 10).Select(hit => hit.Text).Take(Math.Max(1, found.Length)).Order().ShouldBe(found);
    }

    [Fact]
    public void The_few_texts_whose_meaning_is_known_do_not_go_before_those_that_hold_the_words()
    {
        var fillers = Enumerable.Range(0, 60).Select(i => ($"Filler {i}", $"Nothing but number {i}."));
        float[]?[] vectors = [null, [0.2f], [0.3f], .. Enumerable.Repeat<float[]?>(null, 63)];
        var ranker = new FreeTextRanker(TextIndex.Build([Texts[5], Texts[3], Texts[4], Texts[0], Texts[1], Texts[2], .. fillers]), new(_ => [1], vectors));

        ranker.Rank("horse hay", 10)[0].Text.ShouldBe(0);
    }

    [Fact]
    public void Measures_agree_with_those_worked_out_by_hand()
    {
        var gains = new Dictionary<string, int>(StringComparer.Ordinal) { ["a"] = 1, ["b"] = 1, ["c"] = 0 };

        RankingMetrics.Ndcg(["a", "c", "b"], gains, 10).ShouldBe((1 + 0.5) / (1 + (1 / Math.Log2(3))), 1e-9);
        RankingMetrics.Recall(["a", "c", "x"], gains, 100).ShouldBe(0.5);
    }

    [Fact]
    public void A_text_of_few_words_is_less_sure_of_its_place()
    {
        var space = LatentSpace.Train(
            [.. Enumerable.Range(0, 30).Select(i => Text([i % 3])), Text([0, 1, 2])], terms: 3);

        Length(space.TextVectors[0]).ShouldBe(0.25, 1e-3);
        Length(space.TextVectors[^1]).ShouldBe(0.5, 1e-3);

        static WeightedText Text(int[] terms) => new(terms, [.. terms.Select(_ => 1 / MathF.Sqrt(terms.Length))]);
        static double Length(float[] vector) => Math.Sqrt(VectorMath.Dot(vector, vector));
    }

    [Theory]
    [InlineData("ir-cisi", 1.0)]
    [InlineData("ir-cranfield", 1.1)]
    [InlineData("ir-scifact-train", 1.0)]
    public void On_judged_collections_it_beats_textbook_BM25(string collection, double atLeast)
    {
        if (collection == "ir-scifact-train" && !Full.IsAsked)
            throw Skip.Because("ranks for 800 queries: scripts/test --full");

        var result = RetrievalEvaluation.Run(SharedData.Require($"data/{collection}"));

        result.Ndcg10.ShouldBeGreaterThan(result.BaselineNdcg10 * atLeast);
        result.Recall100.ShouldBeGreaterThan(result.BaselineRecall100);
    }

    private static List<int> Rank(string query) =>
        [.. new FreeTextRanker(TextIndex.Build(Texts)).Rank(query, 10).Select(r => r.Text)];
}
