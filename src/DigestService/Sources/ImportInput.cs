using System.IO.Compression;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Sources;

/// <summary>One document to import: a file, or an answer that was fetched.</summary>
/// <param name="Document">Where it is from and which day it lists.</param>
/// <param name="Format">Its format, or null to tell it from its beginning.</param>
/// <param name="Length">Octets as stored, for the progress bar.</param>
/// <param name="Open">Opens it at its start, unpacked.</param>
internal sealed record ImportInput(SourceDocument Document, PaperFormat? Format, long Length, Func<Stream> Open)
{
    private static readonly string[] Extensions = [".txt", ".json", ".jsonl", ".ndjson", ".xml", ".atom", ".rss"];

    /// <summary>The files that <paramref name="paths"/> name, folders taken apart in the order of their names.</summary>
    /// <exception cref="OperatorException">A path does not exist.</exception>
    public static IReadOnlyList<ImportInput> FromPaths(IEnumerable<string> paths, PaperFormat? format, LocalDate? listedOn, Instant now) =>
        paths.SelectMany(FilesUnder)
            .Select(file => new ImportInput(
                new SourceDocument
                {
                    Name = file,
                    Now = now,
                    ListedOn = listedOn ?? SourceDocument.DayInName(file),
                    IsDayGiven = listedOn is not null,
                },
                format,
                new FileInfo(file).Length,
                () => OpenFile(file)))
            .ToList();

    private static IEnumerable<string> FilesUnder(string path)
    {
        if (File.Exists(path))
            return [path];
        if (!Directory.Exists(path))
            throw new OperatorException($"There is no file or folder {path}.");
        return Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true })
            .Where(HasKnownExtension)
            .Order(StringComparer.Ordinal);
    }

    private static bool HasKnownExtension(string path)
    {
        var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);
    }

    private static Stream OpenFile(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.SequentialScan);
        Span<byte> magic = stackalloc byte[2];
        var isGzip = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
        file.Position = 0;
        return isGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
    }
}
