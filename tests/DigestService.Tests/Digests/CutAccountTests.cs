using DigestService.Digests;
using DigestService.Relevance;
using DigestService.Tests.Relevance.PlainChoice;

namespace DigestService.Tests.Digests;

/// <summary>What was cut, as codes on the digest's row and in words again.</summary>
public sealed class CutAccountTests
{
    [Fact]
    public void What_was_cut_is_told_in_the_words_it_had_when_it_was_chosen()
    {
        var day = new MadeUpDay(3, papers: 300, queries: 50, matchesAQuery: 20, hasMeaning: true);
        var told = new HashSet<Type>();
        for (var i = 0; i < 600; i++)
        {
            var reader = day.Any();
            var cut = DigestRanker.Choose(reader.Facts(day), day.View, reader.Settings).Cut;

            var read = CutAccount.Read(CutAccount.Write(cut));

            read.Counts.ShouldBe(cut.CountBy(entry => entry.Reason.InGeneral(), StringComparer.Ordinal).ToDictionary(), ignoreOrder: true);
            read.Counts.Values.ShouldBeInOrder(SortDirection.Descending);
            var onTopic = cut.Where(entry => entry.IsMatch || entry.IsFollowed).ToList();
            read.Cut.ShouldBe(onTopic.Concat(cut.Except(onTopic).Take(30)).Select(entry =>
                new CutRecord(entry.Candidate.PaperId, null, Math.Round(entry.Score, 4), entry.Reason.InWords())));
            told.UnionWith(cut.Select(entry => entry.Reason.GetType()));
        }

        told.ShouldBe(typeof(CutReason).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(CutReason))), ignoreOrder: true);
    }
}
