using System.Text.Encodings.Web;
using System.Text.Json;
using DigestService.Relevance;

namespace DigestService.Digests;

/// <summary>How reasons pool in the ledger: snake case, one object a reason, told apart by <c>kind</c>.</summary>
internal static class LedgerJson
{
    /// <summary>The options of every ledger column.</summary>
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reasons of one entry, for <c>digest_items.reasons</c>.</summary>
    public static string Write(IReadOnlyList<Reason> reasons) => JsonSerializer.Serialize(reasons, Options);

    /// <summary>The best of what was cut, for <c>digests.cut</c>.</summary>
    public static string Write(IReadOnlyList<CutEntry> cut, int most) => JsonSerializer.Serialize(
        cut.Take(most).Select(entry => new CutRecord(
            entry.Candidate.PaperId, entry.Candidate.Title, Math.Round(entry.Score, 4), entry.Reason.InWords())),
        Options);

    /// <summary>Reads what <see cref="Write(IReadOnlyList{Reason})"/> wrote.</summary>
    public static IReadOnlyList<Reason> ReadReasons(string json) =>
        JsonSerializer.Deserialize<IReadOnlyList<Reason>>(json, Options) ?? [];

    /// <summary>Reads what <see cref="Write(IReadOnlyList{CutEntry}, int)"/> wrote.</summary>
    public static IReadOnlyList<CutRecord> ReadCut(string json) =>
        JsonSerializer.Deserialize<IReadOnlyList<CutRecord>>(json, Options) ?? [];
}

/// <summary>A paper that was considered and cut, with the reason as a clause.</summary>
internal sealed record CutRecord(long Paper, string Title, double Score, string Reason);
