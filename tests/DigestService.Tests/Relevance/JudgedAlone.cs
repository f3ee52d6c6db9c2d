using DigestService.Relevance;
using DigestService.Relevance.Taste;
using NodaTime;

namespace DigestService.Tests.Relevance;

/// <summary>Taste asked about one paper.</summary>
internal static class JudgedAlone
{
    /// <summary>The verdict on a paper, the liked paper that it resembles, and how many interests the likes fall into.</summary>
    public static (double Score, bool IsVouchedFor, LikedPaper? Resembled, int Interests) Judge(this TasteProfile profile, IndexedPaper paper)
    {
        var papers = new CandidatePapers([new()
        {
            Paper = paper,
            ListedOn = new LocalDate(2026, 3, 4),
            Trending = new(0, 0, 0, null, 0),
            Freshness = 1,
            IsNew = false,
            IsWithdrawn = false,
            Signature = default,
        }]);
        using var list = CandidateList.Borrow();
        list.Begin(papers, [], []);
        list.Add(0);
        profile.Judge(list);
        return (list[0].Taste, list[0].IsVouchedFor, list.FindResembled!(0), list.Taste.Interests);
    }
}
