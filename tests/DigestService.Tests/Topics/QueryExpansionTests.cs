using DigestService.Relevance;
using DigestService.Relevance.Text;
using DigestService.Topics;

namespace DigestService.Tests.Topics;

/// <summary>A small catalogue in which twenty papers are about low-rank adapters, and the rest about soup, horses and more.</summary>
public sealed class QueryExpansionTests
{
    private static readonly IndexedPaper[] About =
    [
        .. Enumerable.Range(1, 20).Select(i => Paper(
            i, $"LoRA {i}", "An adapter of low rank is trained while the pretrained weights stay frozen; fine-tuning then costs little memory.")),
    ];

    private static readonly IndexedPaper Mention = Paper(
        100, "Soup for forty", "Onions are cooked slowly in a pan with butter, and a footnote mentions LoRA radio links in the kitchen.");

    private static readonly IndexedPaper InOtherWords = Paper(
        101, "Low-rank adapters", "The pretrained weights stay frozen while an adapter is trained; fine-tuning costs little memory, says a survey.",
        "Bob Ray", "cs.CV");

    private static readonly IndexedPaper[] Others =
    [
        .. Enumerable.Range(200, 60).Select(i => Paper(i, $"Horse {i}", $"The horse number {i} eats hay and oats in the stable by the river.")),
        .. Enumerable.Range(300, 60).Select(i => Paper(i, $"Bread {i}", $"Flour, water and salt are kneaded for the loaf {i} and left to rise.")),
    ];

    private static readonly IndexedPaper[] Catalogue = [.. About, Mention, InOtherWords, .. Others];
    private static readonly CatalogueStatistics Statistics = CatalogueStatistics.Build(Catalogue);

    [Fact]
    public void A_passing_mention_of_the_word_counts_less_than_before_the_query_had_learnt_and_a_typical_match_does_not()
    {
        Relevance("lora", Mention, learns: true).ShouldBeLessThan(Relevance("lora", Mention, learns: false) * 0.85);
        Relevance("lora", About[0], learns: true).ShouldBeGreaterThan(Relevance("lora", About[0], learns: false) * 0.9);
    }

    [Fact]
    public void A_paper_that_says_it_in_other_words_is_near_and_its_own_words_are_quoted()
    {
        var near = Match("lora", InOtherWords).ShouldNotBeNull();

        near.IsNear.ShouldBeTrue();
        near.Relevance.ShouldBeLessThan(Relevance("lora", About[0], learns: true));
        near.Terms.Count.ShouldBe(3);
        near.Terms.ShouldAllBe(term => $"{InOtherWords.Text.Title} {InOtherWords.Text.Abstract}".Contains(term, StringComparison.Ordinal));
        Match("lora", Others[0]).ShouldBeNull();
    }

    [Theory]
    [InlineData("AIME", "memory")]
    [InlineData("aime", "aimed,memory")]
    public void What_a_near_paper_has_of_the_stem_of_a_name_is_not_quoted_for_it(string query, string quoted)
    {
        var learnt = new QueryExpansion { Terms = [Term.Of("aime"), Term.Of("memory")], Weights = [2, 1], Typical = 1 };

        new ExpansionIndex([Standing(query) with { Expansion = learnt }], Statistics).Quotes(0, Paper(1, "Herons", "They aimed at memory."))
            .ShouldBe(quoted.Split(','));
    }

    [Theory]
    [InlineData("lora -survey")]
    [InlineData("lora title:lora")]
    [InlineData("lora cat:cs.LG")]
    [InlineData("lora author:lee")]
    public void Nothing_is_near_that_the_query_shuts_out(string query)
    {
        Learn(query).Expansion.ShouldNotBeNull();
        Match(query, InOtherWords).ShouldBeNull();
    }

    [Theory]
    [InlineData("radio")]
    [InlineData("zyzzyva")]
    [InlineData("title:lora")]
    public void A_query_with_too_few_matches_or_without_words_of_the_text_learns_nothing(string query) =>
        QueryLearning.Learn([Standing(query)], Catalogue, Statistics).ShouldHaveSingleItem().Expansion.ShouldBeNull();

    [Fact]
    public void The_same_catalogue_teaches_the_same()
    {
        var (first, second) = (Learn("lora").Expansion!, Learn("lora").Expansion!); // learns from twenty papers

        first.Terms.ShouldBe(second.Terms);
        first.Weights.ShouldBe(second.Weights);
        first.Typical.ShouldBe(second.Typical);
    }

    private static double Relevance(string query, IndexedPaper paper, bool learns) =>
        new QuerySet([learns ? Learn(query) : Standing(query)], Statistics).Match(paper).ShouldHaveSingleItem().Match.Relevance;

    private static QueryMatch? Match(string query, IndexedPaper paper) =>
        new QuerySet([Learn(query)], Statistics).Match(paper).Select(hit => hit.Match).SingleOrDefault();

    private static StandingQuery Learn(string query) => QueryLearning.Learn([Standing(query)], Catalogue, Statistics)[0];

    private static StandingQuery Standing(string text)
    {
        TopicQuery.TryParse(text, out var query, out var error).ShouldBeTrue(error?.Message);
        return new(1, query!); // parsed on the line above
    }

    private static IndexedPaper Paper(long id, string title, string body, string author = "Ann Lee", string category = "cs.LG") =>
        IndexedPaper.Of(new PaperText { Id = id, Title = title, Abstract = body, Categories = [category], Authors = [author] });
}
