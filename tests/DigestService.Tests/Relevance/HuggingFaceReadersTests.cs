using DigestService.Relevance;
using DigestService.Relevance.Embeddings;
using DigestService.Relevance.Search;
using DigestService.Tests.Shared;
using DigestService.Topics;
using NodaTime;
using Xunit.Abstractions;

namespace DigestService.Tests.Relevance;

public sealed class HuggingFaceReadersTests(ITestOutputHelper output)
{
    private const int Days = 60;
    private static readonly Lazy<HuggingFaceReaders> ByWords = new(() => HuggingFaceReaders.Load(SharedData.Require("data/hf-daily"), Days));
    private static readonly Lazy<HuggingFaceReaders> ByMeaning = new(() =>
    {
        using var model = new SentenceModel(ModelFiles.FromPackage());
        return HuggingFaceReaders.Load(SharedData.Require("data/hf-daily"), Days, model);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_reader_of_each_topic_never_reads_a_paper_twice_nor_misses_a_day_that_had_a_match(bool hasMeaning)
    {
        var readers = Loaded(hasMeaning);
        int digests = 0, entries = 0, daysWithMatch = 0;

        foreach (var topic in readers.Chosen)
        {
            var matched = readers.MatchesOf(topic.Id).Where(m => !m.IsNear).Select(m => m.PaperId).ToHashSet();
            foreach (var (day, digest, sentBefore) in readers.Read([topic.Id], readers.Days, diversity: 0.5))
            {
                var ids = digest.Entries.Select(e => e.Candidate.PaperId).ToList();
                ids.Distinct().Count().ShouldBe(ids.Count);
                ids.ShouldAllBe(id => !sentBefore.Contains(id));
                digests++;
                entries += ids.Count;
                if (!matched.Any(id => readers[id].ListedOn == day && !sentBefore.Contains(id)))
                    continue;
                daysWithMatch++;
                ids.ShouldContain(id => matched.Contains(id), $"{topic.Name} on {day}");
            }
        }

        output.WriteLine($"{readers.Chosen.Count} readers, {digests} digests, {entries} entries, {daysWithMatch} days with a match, none of them empty, no repeats");
        daysWithMatch.ShouldBeGreaterThan(500);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_reason_holds_when_checked_against_the_paper(bool hasMeaning)
    {
        var readers = Loaded(hasMeaning);
        var (reasons, wrong) = (0, new List<string>());

        foreach (var topic in readers.Chosen)
            foreach (var (day, digest, _) in readers.Read([topic.Id], readers.Days, diversity: 0.5))
                foreach (var entry in digest.Entries)
                    foreach (var reason in entry.Reasons)
                    {
                        reasons++;
                        if (!Holds(reason, entry, readers, day, topic.Id) && !(reason is CloseInMeaning && IsClose(readers, entry, topic.Id)))
                            wrong.Add($"{day} {entry.Candidate.Title}: {reason}");
                    }

        output.WriteLine($"{reasons} reasons, {wrong.Count} do not hold");
        wrong.ShouldBeEmpty();
        reasons.ShouldBeGreaterThan(5_000);
    }

    [Fact]
    public void The_diversity_step_makes_the_page_of_a_reader_with_several_topics_more_varied()
    {
        var readers = ByWords.Value;
        var (with, without) = (new List<double>(), new List<double>());
        var (topicsWith, topicsWithout) = (new List<double>(), new List<double>());

        for (var first = 0; first + 5 <= readers.Chosen.Count; first += 5)
        {
            var topics = Enumerable.Range(first, 5).Select(i => (long)i).ToList();
            Measure(topics, 0.5, with, topicsWith);
            Measure(topics, 0, without, topicsWithout);
        }

        output.WriteLine($"mean distance of two entries {with.Average():0.0000} with, {without.Average():0.0000} without the diversity step; "
            + $"topics on a page {topicsWith.Average():0.00} with, {topicsWithout.Average():0.00} without; {with.Count} and {without.Count} pages with a choice to make");
        with.Average().ShouldBeGreaterThan(without.Average());
        topicsWith.Average().ShouldBeGreaterThan(topicsWithout.Average());

        void Measure(List<long> topics, double diversity, List<double> distances, List<double> topicCounts)
        {
            foreach (var (_, digest, _) in readers.Read(topics, readers.Days, diversity, maxItems: 5))
                if (digest.Entries.Count > 1 && digest.Cut.Any(c => c.Reason is NoRoom or Crowded or NearDuplicate))
                {
                    distances.Add(readers.Diversity(digest));
                    topicCounts.Add(topics.Count(topic => digest.Entries.Any(entry => readers.IsMatch(topic, entry.Candidate.PaperId))));
                }
        }
    }

    // Embedding sixty days of papers takes minutes.
    private static HuggingFaceReaders Loaded(bool hasMeaning) =>
        hasMeaning && !Full.IsAsked ? throw Skip.Because("embeds 1,500 papers; runs with --full") : (hasMeaning ? ByMeaning : ByWords).Value;

    // The sentence is found by the round that embeds, not by matching.
    private static bool IsClose(HuggingFaceReaders readers, RankedEntry entry, long topic) =>
        !readers.IsMatch(topic, entry.Candidate.PaperId) && VectorMath.Dot(readers.TopicVectors[topic], readers.Vectors[entry.Candidate.PaperId]) >= ClosenessIndex.CloseEnough;

    private static bool Holds(Reason reason, RankedEntry entry, HuggingFaceReaders readers, LocalDate day, long topicId)
    {
        var paper = readers[entry.Candidate.PaperId];
        var (text, topic) = (paper.Paper.Text, readers.Chosen[(int)topicId].Name);
        return reason switch
        {
            MatchedTopic matched => string.Equals(matched.Topic, topic, StringComparison.Ordinal) && matched.Terms.Count > 0
                && matched.Terms.All(term => text.Title.Contains(term, StringComparison.Ordinal) || text.Abstract!.Contains(term, StringComparison.Ordinal)),
            NearTopic near => string.Equals(near.Topic, topic, StringComparison.Ordinal) && near.Terms.Count > 0
                && !readers.IsMatch(topicId, entry.Candidate.PaperId) && near.Terms.All(term => text.Title.Contains(term, StringComparison.Ordinal) || text.Abstract!.Contains(term, StringComparison.Ordinal)),
            Upvoted upvoted => upvoted.Count == paper.Upvotes,
            ListedHigh listed => listed.Position == paper.Position && string.Equals(listed.Source, "Hugging Face", StringComparison.Ordinal),
            NewlyListed => paper.ListedOn == day,
            BigOutside => !readers.IsMatch(topicId, entry.Candidate.PaperId),
            _ => false,
        };
    }
}
