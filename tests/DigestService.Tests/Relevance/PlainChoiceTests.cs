using DigestService.Relevance;
using DigestService.Tests.Relevance.PlainChoice;

namespace DigestService.Tests.Relevance;

/// <summary>Choosing reads shared arrays and reuses its buffers; the plain rule has an object for everything. Both choose the same, to the bit.</summary>
public sealed class PlainChoiceTests
{
    private const int Readers = 1_500;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Readers_of_every_kind_get_what_the_plain_rule_gives(int seed, bool hasMeaning)
    {
        var day = new MadeUpDay(seed, papers: 300, queries: 50, matchesAQuery: 20, hasMeaning);
        var inPlay = day.InPlay.ToDictionary(paper => paper.PaperId);
        var seen = new HashSet<Type>();

        for (var i = 0; i < Readers; i++)
        {
            var reader = day.Any();
            var plain = reader.ChoosePlainly(day, inPlay, reader.Taste is null ? null : new(reader.Taste, day.View.Candidates.Table));

            var chosen = DigestRanker.Choose(reader.Facts(day), day.View, reader.Settings);

            Entries(chosen).ShouldBe(plain.Entries.Select(entry => (entry.Candidate.PaperId, Bits(entry.Score), Words(entry.Reasons))), $"reader {i}");
            chosen.Cut.Select(cut => (cut.PaperId, Bits(cut.Score), cut.Reason, cut.IsMatch, cut.IsOnTopic)).ShouldBe(
                plain.Cut.Select(cut => (cut.Candidate.PaperId, Bits(cut.Score), cut.Reason, cut.Candidate.Topics.Count > 0, IsWanted(cut.Candidate))),
                $"reader {i}");
            seen.UnionWith(plain.Cut.Select(cut => cut.Reason.GetType()));
            seen.UnionWith(plain.Entries.SelectMany(entry => entry.Reasons).Select(reason => reason.GetType()));

            bool IsWanted(PlainCandidate candidate) => candidate.FollowedAuthor is not null
                || candidate.Topics.Any(match => match.Relevance > 0 && reader.Topics.Any(topic => topic.TopicId == match.TopicId && !topic.IsMuted && topic.Weight > 0));
        }

        // Every reason was given to somebody.
        seen.Count.ShouldBe(CutReasons + Reasons);
    }

    private const int CutReasons = 14;
    private const int Reasons = 10;

    private static IEnumerable<(long, long, string)> Entries(RankedDigest digest) =>
        digest.Entries.Select(entry => (entry.Candidate.PaperId, Bits(entry.Score), Words(entry.Reasons)));

    private static long Bits(double score) => BitConverter.DoubleToInt64Bits(score);

    private static string Words(IReadOnlyList<Reason> reasons) => System.Text.Json.JsonSerializer.Serialize(reasons);
}
