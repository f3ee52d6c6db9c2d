using DigestService.Relevance;
using DigestService.Relevance.Search;
using DigestService.Topics;
using DigestService.Topics.Starting;

namespace DigestService.Tests.Topics.Starting;

/// <summary>What papers have in common, as topics and as queries.</summary>
public sealed class ProposalTests
{
    private static readonly IReadOnlyList<IndexedPaper> Others = Enumerable.Range(100, 120)
        .Select(n => Paper(n, $"A large language model for task {n}", "Large language models are trained on text.")).ToList();

    [Fact]
    public void Several_papers_propose_what_they_share_and_not_what_every_paper_says()
    {
        IReadOnlyList<IndexedPaper> papers =
        [
            Paper(1, "Speculative Decoding for Large Language Models", "We speed up inference."),
            Paper(2, "Unlocking cheaper drafts", "Drafts for speculative decoding of a large language model."),
            Paper(3, "On LoRA adapters", "We look at adapters."),
            Paper(4, "Merging LoRA", "Many at once, unlocking more."),
        ];

        var queries = Find(papers, []);

        queries.ShouldContain(new ProposedQuery("\"speculative decoding\"", 2));
        queries.ShouldContain(new ProposedQuery("LoRA", 2));
        queries.ShouldAllBe(query => !query.Text.Contains("language") && query.Text != "unlocking");
        queries.Count.ShouldBeLessThanOrEqualTo(3);
    }

    [Fact]
    public void One_paper_proposes_what_another_paper_also_says_and_no_name_of_its_own()
    {
        var paper = Paper(1, "FooNet: speculative decoding", "FooNet does speculative decoding. FooNet is fast.");
        var other = Paper(2, "Drafts", "Another way of speculative decoding.");

        Find([paper], [other]).Select(query => query.Text).ShouldBe(["\"speculative decoding\""]);
        Find([paper], []).ShouldBeEmpty();
    }

    [Fact]
    public void A_query_that_a_topic_asks_for_already_is_not_proposed()
    {
        IReadOnlyList<IndexedPaper> papers = [Paper(1, "Speculative decoding"), Paper(2, "Speculative decoding again")];

        Find(papers, [], "\"speculative decoding\" OR drafting").ShouldBeEmpty();
    }

    [Fact]
    public void Topics_are_those_whose_queries_match_the_best_first_and_nearness_in_meaning_counts_where_it_is_known()
    {
        Topic[] topics = [Topic(1, "decoding", "\"speculative decoding\""), Topic(2, "robots", "robots"), Topic(3, "fish", "zebrafish"), Topic(4, "once", "adapters")];
        IReadOnlyList<IndexedPaper> papers =
        [
            Paper(1, "Speculative decoding"), Paper(2, "Faster speculative decoding"), Paper(3, "Robots that walk"),
            Paper(4, "Robots and speculative decoding"), Paper(5, "Adapters"),
            Paper(6, "Danio rerio"), Paper(7, "Small swimmers"),
        ];
        var meanings = papers.ToDictionary(paper => paper.Id, paper => paper.Id > 5 ? Vector(0) : Vector(1));

        IReadOnlyList<ProposedTopic> Fitting(bool withMeaning) => FittingTopics.Find(
            papers, withMeaning ? meanings : [], topics,
            topics.Select(topic => new StandingQuery(topic.QueryId, Query(topic.Query)) { Vector = withMeaning && topic.Id == 3 ? HalfVectors.Of(Vector(0)) : null }).ToList(),
            CatalogueStatistics.Build(papers));

        Fitting(false).Select(topic => (topic.Topic.Slug, topic.Papers)).ShouldBe([("decoding", 3), ("robots", 2)]);
        Fitting(true).Select(topic => (topic.Topic.Slug, topic.Papers)).ShouldBe([("decoding", 3), ("robots", 2), ("fish", 2)], ignoreOrder: true);
        FittingTopics.Find([], new Dictionary<long, float[]>(), topics, [], CatalogueStatistics.Empty).ShouldBeEmpty();
    }

    private static IReadOnlyList<ProposedQuery> Find(IReadOnlyList<IndexedPaper> papers, IReadOnlyList<IndexedPaper> more, params IEnumerable<string> known)
    {
        IReadOnlyList<IndexedPaper> catalogue = [.. papers, .. more, .. Others];
        return SharedWords.Find(papers, catalogue, CatalogueStatistics.Build(catalogue), known.Select(Query).ToList());
    }

    private static float[] Vector(int at)
    {
        var vector = new float[64];
        vector[at] = 1;
        return vector;
    }

    private static Topic Topic(long id, string slug, string query) =>
        new() { Id = id, Slug = slug, Name = slug, Group = "", Description = "", QueryId = id + 100, Query = Query(query).Canonical };

    private static TopicQuery Query(string text) => TopicQuery.TryParse(text, out var query, out _) ? query : throw new InvalidOperationException(text);

    private static IndexedPaper Paper(long id, string title, string text = "") => IndexedPaper.Of(new PaperText { Id = id, Title = title, Abstract = text });
}
