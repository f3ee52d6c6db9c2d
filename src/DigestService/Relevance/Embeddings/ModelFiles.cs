using System.Security.Cryptography;
using DigestService.Platform;

namespace DigestService.Relevance.Embeddings;

/// <summary>The weights and the vocabulary of a sentence model, and a name that changes whenever they do.</summary>
/// <param name="Name">The first sixteen hexadecimal digits of the SHA-256 of the weights; vectors are kept under it.</param>
/// <param name="Weights">An ONNX graph.</param>
/// <param name="Vocabulary">WordPiece tokens, one a line.</param>
internal sealed record ModelFiles(string Name, byte[] Weights, string Vocabulary)
{
    /// <summary>The SHA-256 of the weights that come with the program, all-MiniLM-L6-v2 in single precision.</summary>
    private const string PackagedSha256 = "4a64cee3d4134bbdc86eed96e1a660efec58975417204ecfcf134140edb6e0e2";

    /// <summary>Reads a folder's <c>model.onnx</c> and <c>vocab.txt</c>.</summary>
    /// <exception cref="IOException">One of them cannot be read.</exception>
    public static ModelFiles FromFolder(string folder)
    {
        var weights = File.ReadAllBytes(Path.Combine(folder, "model.onnx"));
        return new(NameOf(SHA256.HashData(weights)), weights, File.ReadAllText(Path.Combine(folder, "vocab.txt")));
    }

    /// <summary>Reads the model that comes with the program.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not the file that this program was made with.</exception>
    public static ModelFiles FromPackage()
    {
        var weights = ModelPackage.Read(".model.onnx");
        var hash = SHA256.HashData(weights);
        if (!Convert.ToHexStringLower(hash).Equals(PackagedSha256, StringComparison.Ordinal))
            throw new InvalidDataException($"The weights in {ModelPackage.Path} are not those this program was made with.");
        return new(NameOf(hash), weights, System.Text.Encoding.UTF8.GetString(ModelPackage.Read(".vocab.txt")));
    }

    private static string NameOf(byte[] hash) => Convert.ToHexStringLower(hash.AsSpan(0, 8));
}
