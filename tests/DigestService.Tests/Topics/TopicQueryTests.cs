using DigestService.Relevance;
using DigestService.Topics;

namespace DigestService.Tests.Topics;

public sealed class TopicQueryTests
{
    private static readonly IndexedPaper Lora = IndexedPaper.Of(new PaperText
    {
        Id = 1,
        Title = "LoRA: Low-Rank Adaptation of Large Language Models",
        Abstract = "We propose fine-tuning adapters for GPT-3.5 and state-of-the-art LLMs, written in C++. "
            + "Behaviour optimisation is naïve; diffusion models of Schrödinger bridges, $\\alpha$-divergence, \\textbf{bold} 强化学习.",
        Authors = ["Edward J. Hu", "Bengio, Yoshua"],
        Categories = ["cs.CL", "stat.ML"],
        Organization = "Microsoft Research Asia",
    });

    [Theory]
    [InlineData("lora")]
    [InlineData("adapter")]
    [InlineData("language model")]
    [InlineData("\"large language models\"")]
    [InlineData("“low rank adaptation”")]
    [InlineData("low-rank")]
    [InlineData("lowrank")]
    [InlineData("finetuning")]
    [InlineData("fine-tune")]
    [InlineData("\"finetuning adapters\"")]
    [InlineData("gpt-3.5")]
    [InlineData("\"state of the art\"")]
    [InlineData("llm")]
    [InlineData("c++")]
    [InlineData("behavior optimization")]
    [InlineData("naive schrodinger")]
    [InlineData("alpha-divergence")]
    [InlineData("α-divergence")]
    [InlineData("bold")]
    [InlineData("学习")]
    [InlineData("强化学习")]
    [InlineData("title:lora")]
    [InlineData("title:(rank OR protein)")]
    [InlineData("author:hu")]
    [InlineData("author:\"Y. Bengio\"")]
    [InlineData("author:\"Hu, Edward\"")]
    [InlineData("author:bengio OR protein")]
    [InlineData("cat:cs.CL")]
    [InlineData("cat:cs.* lora")]
    [InlineData("cat:stat")]
    [InlineData("org:microsoft")]
    [InlineData("org:\"microsoft research\"")]
    [InlineData("protein OR lora")]
    [InlineData("lora -protein")]
    [InlineData("(protein OR lora) (adapter AND rank)")]
    [InlineData("the lora")]
    public void Finds_the_paper(string text) => QueryMatcher.IsMatch(Parse(text), Lora).ShouldBeTrue();

    [Theory]
    [InlineData("protein")]
    [InlineData("lora protein")]
    [InlineData("\"language large models\"")]
    [InlineData("\"adaptation large\"")]
    [InlineData("\"adaptation for large\"")]
    [InlineData("state-for-the-art")]
    [InlineData("\"C++ behaviour\"")]
    [InlineData("optimal")]
    [InlineData("textbf")]
    [InlineData("c")]
    [InlineData("title:divergence")]
    [InlineData("title:\"diffusion models\"")]
    [InlineData("author:lora")]
    [InlineData("author:\"Samy Bengio\"")]
    [InlineData("author:\"Edward Bengio\"")]
    [InlineData("cat:cs.C")]
    [InlineData("cat:math")]
    [InlineData("org:google")]
    [InlineData("lora -adapter")]
    [InlineData("lora OR protein -adapter")]
    [InlineData("lora -(protein OR adapter)")]
    [InlineData("学强")]
    public void Leaves_the_paper_out(string text) => QueryMatcher.IsMatch(Parse(text), Lora).ShouldBeFalse();

    [Theory]
    [InlineData("B1 a1", "a1 b1")]
    [InlineData("beta OR alpha OR Beta", "alpha OR beta")]
    [InlineData("(beta) (alpha OR gamma)", "(alpha OR gamma) beta")]
    [InlineData("“Low  Rank”", "\"low rank\"")]
    [InlineData("Low-Rank", "low-rank")]
    [InlineData("-x y", "y -x")]
    [InlineData("the cat AND a hat", "cat hat")]
    [InlineData("a1 OR (b1 -c1)", "a1 OR (b1 -c1)")]
    [InlineData("a1 OR b1 -c1", "(a1 OR b1) -c1")]
    [InlineData("a1 (b1 (c1 d1))", "a1 b1 c1 d1")]
    [InlineData("title:(b1 OR a1)", "title:a1 OR title:b1")]
    [InlineData("author:\"Bengio, Yoshua\"", "author:\"yoshua bengio\"")]
    [InlineData("cat:cs.*", "cat:cs")]
    [InlineData("Café", "cafe")]
    public void Equal_queries_have_one_canonical_text(string text, string canonical)
    {
        Parse(text).Canonical.ShouldBe(canonical);
        Parse(canonical).Canonical.ShouldBe(canonical);
    }

    [Theory]
    [InlineData("author:\"Bengio, Yoshua\"", "yoshua bengio")]
    [InlineData("(author:hu)", "hu")]
    [InlineData("author:hu lora", null)]
    [InlineData("author:hu OR author:bengio", null)]
    [InlineData("author:hu -lora", null)]
    [InlineData("hu", null)]
    public void A_query_for_one_author_and_nothing_else_names_whom_its_writer_follows(string text, string? author) =>
        Parse(text).SoleAuthor.ShouldBe(author);

    [Theory]
    [InlineData("", 0, "empty")]
    [InlineData("the of", 6, "no word")]
    [InlineData("lora \"rank", 5, "never closed")]
    [InlineData("(lora", 0, "never closed")]
    [InlineData("lora)", 4, "closes nothing")]
    [InlineData("a1 ()", 3, "nothing between")]
    [InlineData("OR lora", 0, "before")]
    [InlineData("lora OR", 5, "after")]
    [InlineData("a1 OR OR b1", 6, "before")]
    [InlineData("-lora", 0, "what you want")]
    [InlineData("a1 OR -b1 (-c1)", 11, "what you want")]
    [InlineData("abstract:lora", 0, "“abstract”")]
    [InlineData("title: ", 0, "right after")]
    [InlineData("title:(author:x)", 7, "inside another")]
    [InlineData("author:!!!", 7, "no searchable")]
    public void A_wrong_query_gets_a_sentence_that_points_at_the_place(string text, int position, string says)
    {
        TopicQuery.TryParse(text, out _, out var error).ShouldBeFalse();

        error.Position.ShouldBe(position);
        error.Message.ShouldContain(says);
        error.Pointing(text).Split('\n')[^1].IndexOf('^', StringComparison.Ordinal).ShouldBe(position + 2);
    }

    [Fact]
    public void Size_and_depth_are_bounded()
    {
        TopicQuery.TryParse(new string('a', TopicQuery.LongestText + 1), out _, out var tooLong).ShouldBeFalse();
        TopicQuery.TryParse(new string('(', 20) + "a1" + new string(')', 20), out _, out var tooDeep).ShouldBeFalse();
        TopicQuery.TryParse(string.Join(' ', Enumerable.Range(1, 65).Select(i => $"w{i}")), out _, out var tooMany).ShouldBeFalse();

        tooLong.Position.ShouldBe(TopicQuery.LongestText);
        tooDeep.Message.ShouldContain("nested");
        tooMany.Message.ShouldContain("64");
    }

    [Fact]
    public void The_words_of_a_match_are_quoted_from_the_paper()
    {
        var match = QueryMatcher.Match(Parse("finetune OR \"low rank adaptations\" author:bengio"), Lora, CatalogueStatistics.Empty)!;

        match.Terms.ShouldBe(["Low-Rank Adaptation", "fine-tuning", "Bengio, Yoshua"], ignoreOrder: true);
        match.Relevance.ShouldBeInRange(0.1, 1);
    }

    [Fact]
    public void A_title_says_more_than_an_abstract_and_near_words_more_than_distant_ones()
    {
        var query = Parse("protein folding");
        double Relevance(string title, string body) => QueryMatcher.Match(
            query, IndexedPaper.Of(new PaperText { Id = 1, Title = title, Abstract = body }), CatalogueStatistics.Empty)!.Relevance;
        var filler = string.Join(' ', Enumerable.Repeat("nothing", 60));

        var inTitle = Relevance("Protein folding", filler);
        var near = Relevance("Untitled", $"{filler} protein folding");
        var far = Relevance("Untitled", $"protein {filler} folding");

        inTitle.ShouldBeGreaterThan(near);
        near.ShouldBeGreaterThan(far);
    }

    private static TopicQuery Parse(string text)
    {
        TopicQuery.TryParse(text, out var query, out var error).ShouldBeTrue(error?.Message);
        return query!;
    }
}
