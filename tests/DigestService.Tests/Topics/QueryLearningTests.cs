using DigestService.Relevance;
using DigestService.Tests.Relevance;
using DigestService.Tests.Shared;
using DigestService.Topics;
using Xunit.Abstractions;

namespace DigestService.Tests.Topics;

/// <summary>
/// Nobody has judged which papers belong to a query, but titles say what papers are about: they are hidden from the matcher,
/// and a good ranking of the abstracts puts those first whose hidden title matches the query too.
/// </summary>
public sealed class QueryLearningTests(ITestOutputHelper output)
{
    private const int FewestOfEach = 5;

    [Fact]
    public void What_short_queries_learn_puts_first_what_the_titles_confirm()
    {
        var papers = HuggingFaceReaders.Load(SharedData.Require("data/hf-daily"), days: int.MaxValue).Papers;
        var abstracts = papers.Select(paper => IndexedPaper.Of(paper.Text with { Title = "" })).ToList();
        var titles = papers.Select(paper => IndexedPaper.Of(paper.Text with { Abstract = null })).ToList();
        var statistics = CatalogueStatistics.Build(abstracts);
        var queries = ShortQueries();

        var alone = Areas(queries);
        var learnt = Areas(QueryLearning.Learn(queries, abstracts, statistics));

        output.WriteLine($"{papers.Count} papers, {alone.Count} short queries: area under the curve {alone.Average():0.0000} by their own words, {learnt.Average():0.0000} with what they learnt");
        learnt.Average().ShouldBeGreaterThan(alone.Average());

        List<double> Areas(IEnumerable<StandingQuery> standing)
        {
            var set = new QuerySet(standing, statistics);
            return [.. abstracts.SelectMany(paper => set.Match(paper).Where(hit => !hit.Match.IsNear)
                    .Select(hit => (hit.QueryId, hit.Match.Relevance, IsConfirmed: QueryMatcher.IsMatch(queries[(int)hit.QueryId].Query, titles[(int)paper.Id]))))
                .GroupBy(hit => hit.QueryId)
                .Where(query => query.Count(hit => hit.IsConfirmed) >= FewestOfEach && query.Count(hit => !hit.IsConfirmed) >= FewestOfEach)
                .Select(query => AreaUnderCurve([.. query.Select(hit => (hit.Relevance, hit.IsConfirmed))]))];
        }
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
