using System.Text.Json;
using DigestService.Relevance;

namespace DigestService.Digests;

/// <summary>
/// What was cut from a digest, as it stands on rows from before <see cref="WhyWriter"/>: how many papers for each reason, then
/// papers with score and reason, as codes and what they say: <c>[[[12,33],[9,1,"Agents"]],[[80,0.2706,9,"Agents"],[82,0.7569,12]]]</c>.
/// </summary>
/// <remarks>Digests from before there were codes have the words; see <see cref="LedgerJson"/>.</remarks>
internal static class CutAccount
{
    /// <summary>Reads it into words; the most frequent reason first.</summary>
    public static (IReadOnlyDictionary<string, int> Counts, IReadOnlyList<CutRecord> Cut) Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var count in document.RootElement[0].EnumerateArray())
        {
            var reason = Reason((CutCode)count[0].GetInt32(), count, 2).InGeneral();
            counts[reason] = counts.GetValueOrDefault(reason) + count[1].GetInt32();
        }

        return (
            LedgerJson.MostFrequentFirst(counts),
            [.. document.RootElement[1].EnumerateArray().Select(entry => new CutRecord(
                entry[0].GetInt64(), null, entry[1].GetDouble(), Reason((CutCode)entry[2].GetInt32(), entry, 3).InWords()))]);
    }

    // Of a least score its paper's score stands before it, of a near duplicate the title before the row.
    private static CutReason Reason(CutCode code, JsonElement said, int from) => code switch
    {
        CutCode.BelowMinimum => CutReason.Of(code, "", BitConverter.DoubleToInt64Bits(Number(said, from + 1)), Number(said, from)),
        CutCode.NearDuplicate => CutReason.Of(code, Text(said, from), (long)Number(said, from + 1), 0),
        CutCode.NoRoom => CutReason.Of(code, "", (long)Number(said, from), 0),
        _ when Enum.IsDefined(code) && code != CutCode.None => CutReason.Of(code, Text(said, from), 0, 0),
        _ => throw new JsonException($"There is no reason of code {(int)code}."),
    };

    // What is counted has only what tells it from others.
    private static string Text(JsonElement said, int at) => at < said.GetArrayLength() ? said[at].GetString() ?? "" : "";

    private static double Number(JsonElement said, int at) => at < said.GetArrayLength() ? said[at].GetDouble() : 0;
}
