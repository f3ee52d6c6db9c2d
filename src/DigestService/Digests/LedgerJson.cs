using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DigestService.Relevance;

namespace DigestService.Digests;

/// <summary>How reasons stand in the ledger: snake case, one object a reason, told apart by <c>kind</c>.</summary>
internal static class LedgerJson
{
    private const int MostOthersKept = 30;

    /// <summary>The options of every ledger column.</summary>
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>
    /// What was cut, for <c>digests.cut</c>: every paper on the reader's topics, then the best of the others. Titles are
    /// looked up when they are read.
    /// </summary>
    public static string Write(IReadOnlyList<CutEntry> cut) => JsonSerializer.Serialize(
        cut.Where(IsOnTopic).Concat(cut.Where(entry => !IsOnTopic(entry)).Take(MostOthersKept)).Select(entry => new CutRecord(
            entry.Candidate.PaperId, null, Math.Round(entry.Score, 4), entry.Reason.InWords())),
        Options);

    /// <summary>How many were cut for each reason, for <c>digests.cut_counts</c>.</summary>
    public static string WriteCounts(IReadOnlyList<CutEntry> cut) => JsonSerializer.Serialize(
        cut.GroupBy(entry => entry.Reason.InGeneral(), StringComparer.Ordinal).ToDictionary(reason => reason.Key, reason => reason.Count(), StringComparer.Ordinal),
        Options);

    /// <summary>Reads the reasons of one entry of a digest from before reasons had codes.</summary>
    public static IReadOnlyList<Reason> ReadReasons(string json) =>
        JsonSerializer.Deserialize<IReadOnlyList<Reason>>(json, Options) ?? [];

    /// <summary>Reads what <see cref="Write(IReadOnlyList{CutEntry})"/> wrote.</summary>
    public static IReadOnlyList<CutRecord> ReadCut(string json) =>
        JsonSerializer.Deserialize<IReadOnlyList<CutRecord>>(json, Options) ?? [];

    /// <summary>Reads what <see cref="WriteCounts"/> wrote, the most frequent first.</summary>
    public static IReadOnlyDictionary<string, int> ReadCounts(string json) =>
        new Dictionary<string, int>((JsonSerializer.Deserialize<Dictionary<string, int>>(json, Options) ?? [])
            .OrderByDescending(reason => reason.Value).ThenBy(reason => reason.Key, StringComparer.Ordinal), StringComparer.Ordinal);

    private static bool IsOnTopic(CutEntry entry) => entry.IsMatch || entry.IsFollowed;
}

/// <summary>A paper that was considered and cut, with the reason as a clause.</summary>
internal sealed record CutRecord(long Paper, string? Title, double Score, string Reason);
