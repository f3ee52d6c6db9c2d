using System.Text.Json;
using DigestService.Relevance;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Digests;

/// <summary>
/// The reasons of a digest's entries as they stand on its row: a list for each paper, and in it each reason as its code
/// and what it says, as in <c>[[[1,"Agents",["planning"]],[4,57,24]]]</c>. They are put into words when they are shown.
/// </summary>
/// <remarks>Digests from before there were codes have an object for each reason; see <see cref="LedgerJson"/>.</remarks>
internal static class EntryReasons
{
    // Codes are never given to another reason. The view digest_items knows the one of what is from outside.
    private enum Code
    {
        MatchedTopic = 1,
        NearTopic = 2,
        CloseInMeaning = 3,
        Upvoted = 4,
        ListedHigh = 5,
        LikeThat = 6,
        FollowedAuthor = 7,
        BigOutside = 8,
        LikedAlike = 9,
        NewlyListed = 10,
    }

    /// <summary>The reasons of each entry, in the order of the ranking.</summary>
    public static string Write(IEnumerable<IReadOnlyList<Reason>> entries) => LedgerText.Of(entries, static (json, entries) =>
    {
        json.WriteStartArray();
        foreach (var reasons in entries)
        {
            json.WriteStartArray();
            foreach (var reason in reasons)
                Write(json, reason);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    });

    /// <summary>Reads them back; entries without any where nothing is recorded.</summary>
    public static IReadOnlyList<IReadOnlyList<Reason>> Read(string? json, int entries)
    {
        using var document = JsonDocument.Parse(json ?? "[]");
        var read = document.RootElement.EnumerateArray().Select(Read).Take(entries).ToList();
        while (read.Count < entries)
            read.Add([]);
        return read;
    }

    private static void Write(Utf8JsonWriter json, Reason reason)
    {
        json.WriteStartArray();
        switch (reason)
        {
            case MatchedTopic matched:
                Write(json, Code.MatchedTopic, matched.Topic, matched.Terms);
                break;
            case NearTopic near:
                Write(json, Code.NearTopic, near.Topic, near.Terms);
                break;
            case CloseInMeaning close:
                json.WriteNumberValue((int)Code.CloseInMeaning);
                json.WriteStringValue(close.Topic);
                json.WriteStringValue(close.Sentence);
                break;
            case Upvoted upvoted:
                json.WriteNumberValue((int)Code.Upvoted);
                json.WriteNumberValue(upvoted.Count);
                json.WriteNumberValue(upvoted.Hours);
                break;
            case ListedHigh listed:
                json.WriteNumberValue((int)Code.ListedHigh);
                json.WriteStringValue(listed.Source);
                json.WriteNumberValue(listed.Position);
                if (listed.ListedOn is { } day)
                    json.WriteStringValue(LocalDatePattern.Iso.Format(day));
                break;
            case LikeThat like:
                json.WriteNumberValue((int)Code.LikeThat);
                json.WriteNumberValue(like.PaperId);
                json.WriteStringValue(like.Title);
                break;
            case FollowedAuthor author:
                json.WriteNumberValue((int)Code.FollowedAuthor);
                json.WriteStringValue(author.Name);
                break;
            case BigOutside:
                json.WriteNumberValue((int)Code.BigOutside);
                break;
            case LikedAlike:
                json.WriteNumberValue((int)Code.LikedAlike);
                break;
            case NewlyListed:
                json.WriteNumberValue((int)Code.NewlyListed);
                break;
            default:
                throw new ArgumentException($"A {reason.GetType().Name} has no code.", nameof(reason));
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, Code code, string topic, IReadOnlyList<string> terms)
    {
        json.WriteNumberValue((int)code);
        json.WriteStringValue(topic);
        json.WriteStartArray();
        foreach (var term in terms)
            json.WriteStringValue(term);
        json.WriteEndArray();
    }

    private static IReadOnlyList<Reason> Read(JsonElement entry) => entry.EnumerateArray().FirstOrDefault().ValueKind == JsonValueKind.Object
        ? LedgerJson.ReadReasons(entry.GetRawText())
        : [.. entry.EnumerateArray().Select(ReadCoded)];

    private static Reason ReadCoded(JsonElement reason) => (Code)reason[0].GetInt32() switch
    {
        Code.MatchedTopic => new MatchedTopic(Text(reason, 1), Terms(reason)),
        Code.NearTopic => new NearTopic(Text(reason, 1), Terms(reason)),
        Code.CloseInMeaning => new CloseInMeaning(Text(reason, 1), Text(reason, 2)),
        Code.Upvoted => new Upvoted(reason[1].GetInt32(), reason[2].GetInt32()),
        Code.ListedHigh => new ListedHigh(Text(reason, 1), reason[2].GetInt32()) { ListedOn = reason.GetArrayLength() > 3 ? Day(Text(reason, 3)) : null },
        Code.LikeThat => new LikeThat(reason[1].GetInt64(), Text(reason, 2)),
        Code.FollowedAuthor => new FollowedAuthor(Text(reason, 1)),
        Code.BigOutside => new BigOutside(),
        Code.LikedAlike => new LikedAlike(),
        Code.NewlyListed => new NewlyListed(),
        var unknown => throw new JsonException($"There is no reason of code {(int)unknown}."),
    };

    private static string Text(JsonElement reason, int at) => reason[at].GetString() ?? "";

    private static IReadOnlyList<string> Terms(JsonElement reason) => [.. reason[2].EnumerateArray().Select(term => term.GetString() ?? "")];

    private static LocalDate Day(string iso) => LocalDatePattern.Iso.Parse(iso).Value;
}
