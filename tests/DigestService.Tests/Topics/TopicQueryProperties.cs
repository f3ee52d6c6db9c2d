using DigestService.Relevance;
using DigestService.Topics;

namespace DigestService.Tests.Topics;

public sealed class TopicQueryProperties
{
    private static readonly string[] Pieces =
        ["alpha", "beta-gamma", "\"delta alpha\"", "OR", "-", "(", ")", "title:", "author:", "cat:cs", "org:", "the", "“", "\"", "強化", " ", "c++", "|", ":", "$\\x$", "\ud800",
            "neuro*", "A*", "WHO", "CO$_2$", "NOT", "or", ".NET", "AT&T", "fine", "tuning"];

    [Fact]
    public void Any_text_parses_to_a_canonical_text_that_parses_to_itself_or_gets_an_error_inside_it()
    {
        var random = new Random(4);
        var parsed = 0;
        for (var i = 0; i < 30_000; i++)
        {
            var text = string.Join(random.Next(3) == 0 ? "" : " ", Enumerable.Range(0, random.Next(1, 12)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            if (!TopicQuery.TryParse(text, out var query, out var error))
            {
                error.Position.ShouldBeInRange(0, text.Length, text);
                (error.Position + error.Length).ShouldBeInRange(0, text.Length, text);
                continue;
            }
            parsed++;
            TopicQuery.TryParse(query.Canonical, out var again, out var wrong).ShouldBeTrue($"{text} → {query.Canonical}: {wrong?.Message}");
            again!.Canonical.ShouldBe(query.Canonical, text);
        }
        parsed.ShouldBeGreaterThan(3_000);
    }

    [Fact]
    public void A_set_of_queries_finds_exactly_what_each_query_finds_alone()
    {
        var random = new Random(5);
        var papers = Enumerable.Range(1, 200).Select(i => RandomPaper(i, random)).ToList();
        var statistics = CatalogueStatistics.Build(papers);
        var queries = new List<StandingQuery>();
        while (queries.Count < 300)
            if (TopicQuery.TryParse(RandomQuery(random), out var query, out _))
                queries.Add(new(queries.Count, query));

        var set = new QuerySet(QueryLearning.Learn(queries, papers, statistics), statistics);

        var matches = 0;
        foreach (var paper in papers)
        {
            var found = set.Match(paper).Where(m => !m.Match.IsNear).Select(m => m.QueryId).Order().ToList();
            found.ShouldBe(queries.Where(q => QueryMatcher.IsMatch(q.Query, paper)).Select(q => q.Id).Order());
            matches += found.Count;
        }
        matches.ShouldBeGreaterThan(1_000);
    }

    private static IndexedPaper RandomPaper(int id, Random random) => IndexedPaper.Of(new PaperText
    {
        Id = id,
        Title = RandomWords(random, 4),
        Abstract = RandomWords(random, 15),
        Authors = [$"Ann {RandomWords(random, 1)}"],
        Categories = [random.Next(2) == 0 ? "cs.CL" : "math.PR"],
        Organization = random.Next(2) == 0 ? null : RandomWords(random, 2),
    });

    private static string RandomWords(Random random, int count) =>
        string.Join(random.Next(4) == 0 ? '-' : ' ', Enumerable.Range(0, count).Select(_ => "w" + random.Next(40)));

    private static string RandomQuery(Random random)
    {
        string Leaf() => random.Next(11) switch
        {
            0 => $"\"{RandomWords(random, 2)}\"",
            1 => "author:" + RandomWords(random, 1),
            2 => "cat:cs",
            3 => "org:" + RandomWords(random, 1),
            4 => "title:" + RandomWords(random, 1),
            5 => "-" + RandomWords(random, 1),
            6 => "w" + random.Next(1, 4) + "*",
            7 => "!" + RandomWords(random, 1),
            _ => RandomWords(random, 1),
        };
        return random.Next(3) switch
        {
            0 => $"{Leaf()} {Leaf()}",
            1 => $"{Leaf()} OR {Leaf()} {Leaf()}",
            _ => $"({Leaf()} OR {Leaf()}) {Leaf()}",
        };
    }
}
