using System.Security.Cryptography;
using System.Text;
using DigestService.Relevance.Embeddings;

namespace DigestService.Tests.Relevance;

/// <summary>
/// The vectors of texts that were embedded once on this machine, kept in the temporary folder under the model's name and the
/// hash of the text: the long measurements embed the same thousands of papers again and again.
/// </summary>
internal static class KeptVectors
{
    private const int HashOctets = 32;
    private static readonly Lock One = new();

    /// <summary>The texts' vectors, on all cores; what was embedded before is read.</summary>
    public static float[][] Embed(SentenceModel model, IReadOnlyList<(string Title, string? Summary)> texts)
    {
        lock (One)
        {
            var file = Path.Combine(Path.GetTempPath(), $"digest-test-vectors-{model.Name}-{SentenceModel.MostTokens}");
            var kept = Read(file, model.Dimensions);
            var keys = texts.Select(text => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{text.Title}\0{text.Summary}")))).ToArray();
            var missing = Enumerable.Range(0, texts.Count).Where(i => !kept.ContainsKey(keys[i])).DistinctBy(i => keys[i]).ToArray();
            var made = new float[missing.Length][];
            Parallel.For(0, missing.Length, i => made[i] = model.EmbedPaper(texts[missing[i]].Title, texts[missing[i]].Summary));
            for (var i = 0; i < missing.Length; i++)
                kept[keys[missing[i]]] = made[i];
            if (missing.Length > 0)
                Write(file, kept);
            return [.. keys.Select(key => kept[key])];
        }
    }

    // A file of another length was cut off: all is embedded anew.
    private static Dictionary<string, float[]> Read(string file, int dimensions)
    {
        var record = HashOctets + (dimensions * sizeof(float));
        var octets = File.Exists(file) ? File.ReadAllBytes(file) : [];
        return octets.Length % record != 0
            ? []
            : octets.Chunk(record).ToDictionary(
                chunk => Convert.ToHexString(chunk, 0, HashOctets),
                chunk => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(chunk.AsSpan(HashOctets)).ToArray(),
                StringComparer.Ordinal);
    }

    // Written beside and moved over, so that a run that is stopped leaves the former file.
    private static void Write(string file, Dictionary<string, float[]> kept)
    {
        var beside = $"{file}.{Environment.ProcessId}";
        using (var stream = File.Create(beside))
            foreach (var (key, vector) in kept)
            {
                stream.Write(Convert.FromHexString(key));
                stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(vector.AsSpan()));
            }

        File.Move(beside, file, overwrite: true);
    }
}
