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
    private const string StandardInput = "-";

    private static readonly string[] Extensions = [".txt", ".json", ".jsonl", ".ndjson", ".xml", ".atom", ".rss"];

    /// <summary>
    /// The files that <paramref name="paths"/> name, folders taken apart in the order of their names; <c>-</c> is standard
    /// input, and a pipe is read once and kept until the import is over.
    /// </summary>
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
                file == StandardInput ? 0 : new FileInfo(file).Length,
                new InputFile(file).Open))
            .ToList();

    private static IEnumerable<string> FilesUnder(string path)
    {
        if (path == StandardInput || File.Exists(path))
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

    // A file that is opened more than once: first for a look at its beginning. What cannot be read twice is kept aside.
    private sealed class InputFile(string path)
    {
        // A small packed file is unpacked once, for the look at its beginning, at its end, and the reading.
        private const int SmallLength = 2 << 20;
        private const int MostUnpacked = 32 << 20;

        private readonly WeakReference<byte[]?> _unpacked = new(null);
        private string? _kept;

        public Stream Open()
        {
            if (_unpacked.TryGetTarget(out var octets))
                return new MemoryStream(octets, writable: false);
            var file = _kept is { } kept ? OpenForReading(kept) : First();
            Span<byte> magic = stackalloc byte[2];
            var isGzip = PackedStream.IsGzip(magic[..file.ReadAtLeast(magic, 2, throwOnEndOfStream: false)]);
            file.Position = 0;
            return !isGzip ? file : file.Length <= SmallLength ? Unpacked(file) : new PackedStream(file);
        }

        private Stream Unpacked(FileStream file)
        {
            using var whole = new MemoryStream();
            var packed = new PackedStream(file);
            var buffer = new byte[64 * 1024];
            while (packed.Read(buffer) is > 0 and var read)
            {
                whole.Write(buffer, 0, read);
                if (whole.Length > MostUnpacked)
                {
                    file.Position = 0;
                    return new PackedStream(file);
                }
            }

            packed.Dispose();
            var octets = whole.ToArray();
            _unpacked.SetTarget(octets);
            return new MemoryStream(octets, writable: false);
        }

        private FileStream First()
        {
            if (path == StandardInput)
                return Kept(Console.OpenStandardInput());
            var file = OpenForReading(path);
            return file.CanSeek ? file : Kept(file);
        }

        private FileStream Kept(Stream pipe)
        {
            var name = Path.GetTempFileName();
            AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(name);
            using (pipe)
            using (var copy = File.Create(name))
                pipe.CopyTo(copy);
            _kept = name;
            return OpenForReading(name);
        }

        private static FileStream OpenForReading(string name) =>
            new(name, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.SequentialScan);
    }
}
