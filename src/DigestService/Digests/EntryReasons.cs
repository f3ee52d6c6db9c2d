using System.Text.Json;
using DigestService.Relevance;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Digests;

/// <summary>
/// The reasons of a digest's entries as they stand on rows from before <see cref="WhyWriter"/>: a list for each paper, and in it each
/// reason as its code and what it says, as in <c>[[[1,"Agents",["planning"]],[4,57,24]]]</c>.
/// </summary>
/// <remarks>Digests from before there were codes have an object for each reason; see <see cref="LedgerJson"/>.</remarks>
internal static class EntryReasons
{
    /// <summary>Reads them; entries without any where nothing is recorded.</summary>
    public static IReadOnlyList<IReadOnlyList<Reason>> Read(string? json, int entries)
    {
        using var document = JsonDocument.Parse(json ?? "[]");
        var read = document.RootElement.EnumerateArray().Select(Read).Take(entries).ToList();
        while (read.Count < entries)
            read.Add([]);
        return read;
    }

    private static IReadOnlyList<Reason> Read(JsonElement entry) => entry.EnumerateArray().FirstOrDefault().ValueKind == JsonValueKind.Object
        ? LedgerJson.ReadReasons(entry.GetRawText())
        : [.. entry.EnumerateArray().Select(ReadCoded)];

    private static Reason ReadCoded(JsonElement reason) => (ReasonCode)reason[0].GetInt32() switch
    {
        ReasonCode.MatchedTopic => new MatchedTopic(Text(reason, 1), Terms(reason)),
        ReasonCode.NearTopic => new NearTopic(Text(reason, 1), Terms(reason)),
        ReasonCode.CloseInMeaning => new CloseInMeaning(Text(reason, 1), Text(reason, 2)),
        ReasonCode.Upvoted => new Upvoted(reason[1].GetInt32(), reason[2].GetInt32()),
        ReasonCode.ListedHigh => new ListedHigh(Text(reason, 1), reason[2].GetInt32()) { ListedOn = reason.GetArrayLength() > 3 ? Day(Text(reason, 3)) : null },
        ReasonCode.LikeThat => new LikeThat(reason[1].GetInt64(), Text(reason, 2)),
        ReasonCode.FollowedAuthor => new FollowedAuthor(Text(reason, 1)),
        ReasonCode.BigOutside => new BigOutside(),
        ReasonCode.LikedAlike => new LikedAlike(),
        ReasonCode.NewlyListed => new NewlyListed(),
        var unknown => throw new JsonException($"There is no reason of code {(int)unknown}."),
    };

    private static string Text(JsonElement reason, int at) => reason[at].GetString() ?? "";

    private static IReadOnlyList<string> Terms(JsonElement reason) => [.. reason[2].EnumerateArray().Select(term => term.GetString() ?? "")];

    private static LocalDate Day(string iso) => LocalDatePattern.Iso.Parse(iso).Value;
}

/// <summary>What reasons are called on the rows of digests. A code is never given to another reason.</summary>
internal enum ReasonCode
{
    MatchedTopic = 1,
    NearTopic = 2,
    CloseInMeaning = 3,
    Upvoted = 4,
    ListedHigh = 5,
    LikeThat = 6,
    FollowedAuthor = 7,

    /// <summary>The view <c>digest_items</c> knows this one in rows from before <see cref="WhyWriter"/>.</summary>
    BigOutside = 8,
    LikedAlike = 9,
    NewlyListed = 10,
}
