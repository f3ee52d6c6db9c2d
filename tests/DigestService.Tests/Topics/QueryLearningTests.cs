using DigestService.Relevance;
using DigestService.Tests.Relevance;
using DigestService.Tests.Shared;
using DigestService.Topics;
using Xunit.Abstractions;

namespace DigestService.Tests.Topics;

public sealed class QueryLearningTests(ITestOutputHelper output)
{
    [Fact]
    public void What_short_queries_learn_puts_first_what_the_titles_confirm()
    {
        var papers = HuggingFaceReaders.Load(SharedData.Require("data/hf-daily"), days: int.MaxValue).Papers;
        var measure = new HiddenTitles(papers, papers.Select(paper => IndexedPaper.Of(paper.Text with { Title = "" })).ToList());

        var alone = measure.Areas(measure.Queries, null);
        var learnt = measure.Areas(measure.Learnt, null);

        output.WriteLine($"{papers.Count} papers, {alone.Count} short queries: area under the curve {alone.Average():0.0000} by their own words, {learnt.Average():0.0000} with what they learnt");
        learnt.Average().ShouldBeGreaterThan(alone.Average());
    }
}

/// <summary>
/// Nobody has judged which papers belong to a query, but titles say what papers are about: they are hidden from the matcher,
/// and a good ranking of the abstracts puts those first whose hidden title matches the query too.
/// </summary>
internal sealed class HiddenTitles
{
    private const int FewestOfEach = 5;
    private const int Top = 10;

    private readonly IReadOnlyList<IndexedPaper> _abstracts;
    private readonly List<IndexedPaper> _titles;
    private readonly CatalogueStatistics _statistics;

    /// <summary>Papers, and the same without their titles; the queries are the topics' alternatives, each on its own, or others.</summary>
    public HiddenTitles(IReadOnlyList<IndexedPaper> papers, IReadOnlyList<IndexedPaper> abstracts, IReadOnlyList<StandingQuery>? queries = null)
    {
        _abstracts = abstracts;
        _titles = papers.Select(paper => IndexedPaper.Of(paper.Text with { Abstract = null })).ToList();
        _statistics = CatalogueStatistics.Build(abstracts);
        Queries = queries ?? ShortQueries();
        Learnt = QueryLearning.Learn(Queries, abstracts, _statistics);
    }

    public IReadOnlyList<StandingQuery> Queries { get; }

    public IReadOnlyList<StandingQuery> Learnt { get; }

    /// <summary>The area under the curve of each query that has enough of both kinds.</summary>
    public List<double> Areas(IEnumerable<StandingQuery> standing, IReadOnlyList<float[]>? vectors)
    {
        return [.. Matches(standing, vectors)
            .Where(query => query.Count(hit => hit.IsConfirmed) >= FewestOfEach && query.Count(hit => !hit.IsConfirmed) >= FewestOfEach)
            .Select(query => AreaUnderCurve([.. query.Select(hit => (hit.Relevance, hit.IsConfirmed))]))];
    }

    /// <summary>
    /// How many of the ten most relevant papers of a query are confirmed, for each query that the hidden titles confirm on ten
    /// papers or more, by the query.
    /// </summary>
    public Dictionary<long, int> ConfirmedOfTen(IEnumerable<StandingQuery> standing, IReadOnlyList<float[]>? vectors) => Matches(standing, vectors)
        .Where(query => query.Count(hit => hit.IsConfirmed) >= Top)
        .ToDictionary(query => query.Key, query => query.OrderByDescending(hit => hit.Relevance).Take(Top).Count(hit => hit.IsConfirmed));

    private IEnumerable<IGrouping<long, (long QueryId, double Relevance, bool IsConfirmed)>> Matches(IEnumerable<StandingQuery> standing, IReadOnlyList<float[]>? vectors)
    {
        var set = new QuerySet(standing, _statistics);
        return _abstracts.SelectMany((paper, i) => set.Match(paper, vectors?[i]).Where(hit => !hit.Match.IsNear)
                .Select(hit => (hit.QueryId, (double)hit.Match.Relevance, IsConfirmed: QueryMatcher.IsMatch(Queries[(int)hit.QueryId].Query, _titles[(int)paper.Id]))))
            .GroupBy(hit => hit.QueryId);
    }

    /// <summary>The alternatives of all topics, each as a query of its own.</summary>
    private static List<StandingQuery> ShortQueries()
    {
        var texts = HuggingFaceReaders.Topics().SelectMany(topic => topic.Query.Root is AnyOf any ? any.Parts : [topic.Query.Root])
            .Select(part => part.Canonical).Distinct(StringComparer.Ordinal);
        return [.. texts.Select((text, i) => TopicQuery.TryParse(text, out var query, out var error)
            ? new StandingQuery(i, query)
            : throw new InvalidOperationException(error.Message))];
    }

    /// <summary>The chance that a confirmed paper is ranked before one that is not; one half is luck.</summary>
    private static double AreaUnderCurve(IReadOnlyList<(double Score, bool IsConfirmed)> ranked)
    {
        var others = ranked.Where(r => !r.IsConfirmed).Select(r => r.Score).ToList();
        return ranked.Where(r => r.IsConfirmed)
            .Average(confirmed => others.Average(other => confirmed.Score > other ? 1 : confirmed.Score < other ? 0 : 0.5));
    }
}
