using System.Globalization;
using System.Text.Json;
using DigestService.Relevance;

namespace DigestService.Digests;

/// <summary>
/// What was cut from a digest, as it stands on its row: how many papers for each reason, then papers with score and reason,
/// as codes and what they say: <c>[[[12,33],[9,1,"Agents"]],[[80,0.2706,9,"Agents"],[82,0.7569,12]]]</c>. It is put into
/// words when somebody asks.
/// </summary>
/// <remarks>Digests from before there were codes have the words; see <see cref="LedgerJson"/>.</remarks>
internal static class CutAccount
{
    private const int MostOthersKept = 30;

    /// <summary>Every paper on the reader's topics that was cut, then the best of the others; and how many of all for each reason.</summary>
    public static string Write(IReadOnlyList<CutEntry> cut) => LedgerText.Of(cut, static (json, cut) =>
    {
        json.WriteStartArray();
        WriteCounts(json, cut);
        WriteEntries(json, cut);
        json.WriteEndArray();
    });

    /// <summary>Reads it back into words; the most frequent reason first.</summary>
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

    private static void WriteCounts(Utf8JsonWriter json, IReadOnlyList<CutEntry> cut)
    {
        var counts = new Dictionary<(CutCode Code, string? Text), int>();
        for (var i = 0; i < cut.Count; i++)
        {
            var entry = cut[i];
            var reason = (entry.Code, IsCountedByText(entry.Code) ? entry.Text : null);
            counts[reason] = counts.GetValueOrDefault(reason) + 1;
        }

        json.WriteStartArray();
        foreach (var ((code, text), count) in counts)
        {
            json.WriteStartArray();
            json.WriteNumberValue((int)code);
            json.WriteNumberValue(count);
            if (text is not null)
                json.WriteStringValue(text);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteEntries(Utf8JsonWriter json, IReadOnlyList<CutEntry> cut)
    {
        json.WriteStartArray();
        for (var i = 0; i < cut.Count; i++)
            if (IsOnTopic(cut[i]))
                Write(json, cut[i]);
        for (var (i, others) = (0, 0); i < cut.Count && others < MostOthersKept; i++)
        {
            if (IsOnTopic(cut[i]))
                continue;
            Write(json, cut[i]);
            others++;
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, in CutEntry entry)
    {
        json.WriteStartArray();
        json.WriteNumberValue(entry.Candidate.PaperId);
        json.WriteNumberValue(Math.Round(entry.Score, 4));
        json.WriteNumberValue((int)entry.Code);
        switch (entry.Code)
        {
            case CutCode.BelowMinimum:
                // As its words say them.
                json.WriteRawValue(entry.Score.ToString("0.000", CultureInfo.InvariantCulture), skipInputValidation: true);
                json.WriteRawValue(BitConverter.Int64BitsToDouble(entry.Number).ToString("0.000", CultureInfo.InvariantCulture), skipInputValidation: true);
                break;
            case CutCode.NearDuplicate:
                json.WriteStringValue(entry.Text);
                json.WriteNumberValue(entry.Number);
                break;
            case CutCode.NoRoom:
                json.WriteNumberValue(entry.Number);
                break;
            default:
                if (entry.Text is { } text)
                    json.WriteStringValue(text);
                break;
        }

        json.WriteEndArray();
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

    private static bool IsCountedByText(CutCode code) => code is not CutCode.NearDuplicate;

    private static bool IsOnTopic(in CutEntry entry) => entry.IsMatch || entry.IsFollowed;
}
