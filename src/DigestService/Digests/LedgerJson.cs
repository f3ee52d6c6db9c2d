using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DigestService.Relevance;

namespace DigestService.Digests;

/// <summary>How reasons stand in the ledger: snake case, one object a reason, told apart by <c>kind</c>.</summary>
internal static class LedgerJson
{
    /// <summary>The options of every ledger column.</summary>
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Reads the reasons of one entry of a digest from before reasons had codes.</summary>
    public static IReadOnlyList<Reason> ReadReasons(string json) =>
        JsonSerializer.Deserialize<IReadOnlyList<Reason>>(json, Options) ?? [];

    /// <summary>What was cut from a digest from before such reasons had codes.</summary>
    public static IReadOnlyList<CutRecord> ReadCut(string json) =>
        JsonSerializer.Deserialize<IReadOnlyList<CutRecord>>(json, Options) ?? [];

    /// <summary>How many papers were cut from it for each reason, the most frequent first.</summary>
    public static IReadOnlyDictionary<string, int> ReadCounts(string json) =>
        MostFrequentFirst(JsonSerializer.Deserialize<Dictionary<string, int>>(json, Options) ?? []);

    /// <summary>Reasons in the order in which they are told.</summary>
    public static IReadOnlyDictionary<string, int> MostFrequentFirst(IReadOnlyDictionary<string, int> counts) =>
        new Dictionary<string, int>(
            counts.OrderByDescending(reason => reason.Value).ThenBy(reason => reason.Key, StringComparer.Ordinal), StringComparer.Ordinal);
}

/// <summary>A paper that was considered and cut, with the reason as a clause.</summary>
internal sealed record CutRecord(long Paper, string? Title, double Score, string Reason);
