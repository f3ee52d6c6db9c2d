using DigestService.Relevance;
using DigestService.Relevance.Search;
using DigestService.Tests.Relevance.PlainChoice;
using DigestService.Topics;

namespace DigestService.Tests.Topics;

/// <summary>Vectors of queries, kept in half precision and met by many papers at once, say what single products in full precision say.</summary>
public sealed class ClosenessIndexTests
{
    [Theory]
    [InlineData(384)]
    [InlineData(768)]
    [InlineData(64)]
    [InlineData(100)]
    [InlineData(7)]
    [InlineData(0)]
    public void A_product_with_halves_is_the_product_of_the_same_numbers_as_floats_to_the_bit(int length)
    {
        var random = new Random(length);
        Half[] awkward = [Half.Zero, -Half.Zero, Half.Epsilon, -Half.Epsilon, (Half)6e-5f, (Half)6.2e-5f, Half.One, Half.NegativeOne, Half.MaxValue];
        for (var round = 0; round < 500; round++)
        {
            var paper = Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f).ToArray();
            var halves = Enumerable.Range(0, length)
                .Select(_ => random.Next(10) == 0 ? awkward[random.Next(awkward.Length)] : (Half)((random.NextSingle() - 0.5f) / (1 << random.Next(16)))).ToArray();

            var product = HalfVectors.Dot(HalfVectors.Scaled(paper), halves);

            BitConverter.SingleToInt32Bits(product).ShouldBe(BitConverter.SingleToInt32Bits(VectorMath.Dot(paper, Array.ConvertAll(halves, half => (float)half))));
        }
    }

    [Theory]
    [InlineData(384)]
    [InlineData(96)]
    public void A_paper_is_close_to_nearly_all_queries_of_a_cosine_that_is_high_enough_and_to_no_other(int dimensions)
    {
        var vectors = new MadeUpVectors(3);
        var queries = Enumerable.Range(0, 2_000).Select(i => i % 7 == 0 ? Query(i, null) : Query(i, vectors.Next()[..dimensions])).ToList();
        var papers = Enumerable.Range(0, 300).Select(i => i % 5 == 0 ? null : Normal(vectors.Next()[..dimensions])).ToList();
        var index = new ClosenessIndex(queries);

        index.Read(papers);

        var (found, missed) = (0, 0);
        for (var paper = 0; paper < papers.Count; paper++)
        {
            index.TurnTo(paper);
            (index.Unknown is null).ShouldBe(papers[paper] is null);
            var close = index.Close.ToDictionary(query => query.Query, query => query.Closeness);
            for (var query = 0; query < queries.Count; query++)
            {
                var closeness = Cosine(papers[paper], queries[query].Vector);
                index.ClosenessTo(query).ShouldBe(closeness);
                if (close.TryGetValue(query, out var kept))
                    kept.ShouldBe(closeness!.Value); // what is close has a cosine
                (closeness >= ClosenessIndex.CloseEnough || !close.ContainsKey(query)).ShouldBeTrue();
                (found, missed) = (found + (close.ContainsKey(query) ? 1 : 0), missed + (closeness >= ClosenessIndex.CloseEnough && !close.ContainsKey(query) ? 1 : 0));
            }
        }

        found.ShouldBeGreaterThan(500);
        // Signs say less the fewer components there are.
        ((double)missed / (found + missed)).ShouldBeLessThan(dimensions == 384 ? 0.01 : 0.2);
    }

    [Theory]
    [InlineData(0.47, "Long walks along a river.", true)]
    [InlineData(0.47, null, false)]
    [InlineData(0.47, "", false)]
    [InlineData(0.52, null, true)]
    public void A_bare_title_must_be_closer_to_a_query_than_an_abstract(double cosine, string? summary, bool isNear)
    {
        TopicQuery.TryParse("herons", out var query, out _).ShouldBeTrue();
        var set = new QuerySet([new StandingQuery(1, query!) { Vector = HalfVectors.Of([0.5f, 0.5f, 0.5f, 0.5f]) }], CatalogueStatistics.Empty);
        var paper = IndexedPaper.Of(new PaperText { Id = 1, Title = "Grey birds", Abstract = summary });

        // Three components of one length and one of another, whose product with the query's is the cosine.
        var alike = (float)((cosine / 2) + (Math.Sqrt((1 - (cosine * cosine)) / 3) / 2));
        var matches = set.Match(paper, [alike, alike, alike, (float)(2 * cosine) - (3 * alike)]);

        matches.Any(match => match.Match.IsNear).ShouldBe(isNear);
    }

    [Fact]
    public void Papers_that_are_read_together_match_as_each_alone_to_the_bit_of_every_relevance()
    {
        var texts = new MadeUpTexts(4);
        var vectors = new MadeUpVectors(4);
        var catalogue = Enumerable.Range(1, 200).Select(texts.Paper).Concat(Enumerable.Range(201, 100).Select(Sibling)).ToList();
        var statistics = CatalogueStatistics.Build(catalogue);
        var queries = Enumerable.Range(0, 10).Select(family => Query(family, null, $"surname{family}")).ToList();
        while (queries.Count < 500)
            if (TopicQuery.TryParse(texts.Query(), out var query, out _))
                queries.Add(new(queries.Count, query));
        var set = new QuerySet(
            QueryLearning.Learn(queries, catalogue, statistics).Select(query => query.Id % 9 == 0 ? query : query with { Vector = HalfVectors.Of(vectors.Next()) }), statistics);
        var papers = catalogue.Select(paper => (Paper: paper, Meaning: paper.Id % 11 == 0 ? null : vectors.Next())).ToList();

        var together = set.MatchAll(papers).ToLookup(hit => hit.Paper, hit => Told(hit.QueryId, hit.Match));

        for (var i = 0; i < papers.Count; i++)
            together[i].ShouldBe(set.Match(papers[i].Paper, papers[i].Meaning).Select(hit => Told(hit.QueryId, hit.Match)));
        var all = together.SelectMany(hits => hits).ToList();
        all.Count(hit => hit.Closeness is not null).ShouldBeGreaterThan(100);
        all.Count(hit => hit is { IsNear: true, Closeness: null }).ShouldBeGreaterThan(10);
        all.Count(hit => !hit.IsNear).ShouldBeGreaterThan(1_000);

        static (long Query, long Relevance, string Terms, bool IsNear, double? Closeness) Told(long query, QueryMatch match) =>
            (query, BitConverter.DoubleToInt64Bits(match.Relevance), string.Join('|', match.Terms), match.IsNear, match.Closeness);
    }

    // Ten papers of a family share their words; the last five do not say its name.
    private static IndexedPaper Sibling(int id) => IndexedPaper.Of(new PaperText
    {
        Id = id,
        Title = id % 10 < 5 ? $"Of surname{id / 10 % 10}" : "Of nobody",
        Abstract = string.Join(' ', Enumerable.Range(0, 30).Select(word => $"family{id / 10 % 10}word{word}x")),
    });

    private static double? Cosine(float[]? paper, Half[]? query) =>
        paper is null || query is null ? null : VectorMath.Dot(paper, Array.ConvertAll(query, half => (float)half));

    private static StandingQuery Query(int id, float[]? vector, string text = "alpha")
    {
        TopicQuery.TryParse(text, out var query, out _).ShouldBeTrue();
        return new(id, query!) { Vector = vector is null ? null : HalfVectors.Of(Normal(vector)) };
    }

    private static float[] Normal(float[] vector)
    {
        VectorMath.Normalise(vector);
        return vector;
    }
}
