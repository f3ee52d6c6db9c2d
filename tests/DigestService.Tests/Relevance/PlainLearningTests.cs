using DigestService.Relevance;
using DigestService.Relevance.Taste;
using DigestService.Tests.Relevance.PlainChoice;

namespace DigestService.Tests.Relevance;

/// <summary>What is learnt from likes, beside the plain rule that adds up number by number.</summary>
public sealed class PlainLearningTests
{
    [Theory]
    [InlineData(1, 300, 61, 10, null)]
    [InlineData(2, 700, 130, 25, null)]
    [InlineData(3, 90, 40, 3, null)]
    [InlineData(4, 12, 7, 4, null)]
    [InlineData(5, 400, 80, 12, "cs.CL")]
    public void Papers_and_readers_are_learnt_to_the_bit_as_by_the_plain_rule(int seed, int papers, int readers, int likes, string? keyword)
    {
        var (random, texts) = (new Random(seed), new MadeUpTexts(seed));
        var items = Enumerable.Range(1, papers).Select(id => Content(texts, id, keyword)).ToList();
        var libraries = Enumerable.Range(0, readers).Select(_ => Library(random, papers, likes)).ToArray();
        var (space, plain) = (new ContentSpace(items), new PlainContent(items));
        space.Features.ShouldBe(plain.ItemsWith.Length);
        space.UsualProduct.ShouldBe(plain.UsualProduct);
        for (var item = 0; item < papers; item++)
            ShouldBeSame(space[item], plain.Vectors[item]);
        var other = Content(texts, papers + 1, keyword);
        ShouldBeSame(space.VectorOf(other), plain.VectorOf(other));

        var (learnt, learntPlainly) = (new SimilarSubscribers(libraries, space), new PlainSimilarReaders(libraries, plain));

        for (var i = 0; i < 20; i++)
        {
            int? self = i < 10 ? i % readers : null;
            var own = self is { } row ? libraries[row] : Library(random, papers, likes * 3);
            var vouches = learnt.VouchesFor(own, self);
            Enumerable.Range(0, papers).Select(vouches.For).ShouldBe(learntPlainly.VouchesFor(own, self));
        }
    }

    [Fact]
    public void Words_that_were_found_before_are_read_as_the_text_around_them_has_it()
    {
        string[] texts =
        [
            "WHO says who can: THE WHO, IT and IT support", "SHOUTED HEADINGS WHO READS THEM; who does", "C++ and c++17, .NET, 3.5, CO$_2$ and CO₂", "Naïve Bayes’ ﬁne-tuning, Naive bayes fine tuning",
            "和平 for peace; Can A can IT? IT can", "\\textbf{Bold} \\alpha-decay, AT&T and I/O",
        ];
        var papers = Enumerable.Range(0, 40).Select(i => IndexedPaper.Of(new PaperText
        {
            Id = i + 1,
            Title = texts[i % texts.Length],
            Abstract = i % 5 == 0 ? null : $"{texts[(i + 1) % texts.Length]} {string.Join(' ', texts[i % 3].Split(' ').Reverse())} {texts[(i + 2) % texts.Length]}",
        })).ToList();

        var space = new ContentSpace(papers.Select(paper => new ItemContent(paper.Text.Title, paper.Text.Abstract, []) { TitleSpans = paper.TitleSpans, TextSpans = paper.AbstractSpans }));

        var plain = new PlainContent(papers.Select(paper => new ItemContent(paper.Text.Title, paper.Text.Abstract, [])));
        space.Features.ShouldBe(plain.ItemsWith.Length);
        for (var item = 0; item < papers.Count; item++)
            ShouldBeSame(space[item], plain.Vectors[item]);
    }

    private static ItemContent Content(MadeUpTexts texts, int id, string? keyword)
    {
        var text = texts.Paper(id).Text;
        return new(text.Title, id % 7 == 0 ? null : text.Abstract, keyword is null ? [] : [keyword, $"machine learning {id % 5}"]);
    }

    // The likes of one hold some that most have.
    private static int[] Library(Random random, int papers, int likes) =>
        [.. Enumerable.Range(0, random.Next(1, likes + 1)).Select(_ => random.Next(random.Next(3) == 0 ? Math.Min(papers, 5) : papers)).Distinct().Order()];

    private static void ShouldBeSame(FeatureVector one, FeatureVector other)
    {
        one.Features.ShouldBe(other.Features);
        one.Weights.ShouldBe(other.Weights);
        one.Length.ShouldBe(other.Length);
    }
}
