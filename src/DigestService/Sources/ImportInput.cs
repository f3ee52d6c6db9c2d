using System.IO.Enumeration;
using System.Text;
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
    public static IReadOnlyList<ImportInput> FromPaths(IEnumerable<string> paths, PaperFormat? format, LocalDate? listedOn, Instant now)
    {
        var octets = new FileOctets();
        return paths.SelectMany(FilesUnder)
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
                new InputFile(file, octets).Open))
            .ToList();
    }

    /// <summary>A sentence about folders in which there was nothing to import.</summary>
    public static string NothingUnder(IEnumerable<string> folders) =>
        $"There is no file to import in {string.Join(", ", folders.Select(folder => $"'{folder}'"))}: in folders names end in {string.Join(", ", Extensions)}, packed with .gz behind it.";

    private static IEnumerable<string> FilesUnder(string path)
    {
        if (path == StandardInput)
            StandardStreams.RefuseClosedInput();
        if (path == StandardInput || File.Exists(path))
            return [path];
        if (!Directory.Exists(path))
            throw new OperatorException(FileWords.Missing(path));
        var files = new FileSystemEnumerable<string>(path, (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(), new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
            // A link to a folder may lead back to one above it.
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        return files.Where(HasKnownExtension).Order(StringComparer.Ordinal);
    }

    private static bool HasKnownExtension(string path) => Extensions.Contains(Path.GetExtension(WithoutGzip(path)), StringComparer.OrdinalIgnoreCase);

    /// <summary>A file's name as it is once unpacked.</summary>
    public static string WithoutGzip(string name) => name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name;

    // A file that is opened more than once: first for a look at its beginning. What cannot be read twice is kept aside. A small
    // file is read, and unpacked, once.
    private sealed class InputFile(string path, FileOctets octets)
    {
        private const int SmallLength = 2 << 20;

        private string? _kept;

        /// <summary>Its text from the beginning; what is in UTF-16 or UTF-32 comes as UTF-8.</summary>
        public Stream Open()
        {
            Span<byte> beginning = stackalloc byte[DocumentText.LongestMark];
            int length;
            using (var stream = OpenUnpacked())
                length = stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false);
            return DocumentText.WideEncoding(beginning[..length]) is { } wide
                ? Encoding.CreateTranscodingStream(OpenUnpacked(), wide, Encoding.UTF8)
                : OpenUnpacked();
        }

        private Stream OpenUnpacked()
        {
            if (octets.Of(this) is { } read)
                return read;
            var file = _kept is { } kept ? OpenForReading(kept) : First();
            Span<byte> magic = stackalloc byte[2];
            var isGzip = PackedStream.IsGzip(magic[..file.ReadAtLeast(magic, 2, throwOnEndOfStream: false)]);
            file.Position = 0;
            if (file.Length > SmallLength)
                return isGzip ? new PackedStream(file) : file;
            using (file)
            using (var unpacked = isGzip ? new PackedStream(file) : null)
            {
                if (octets.Read(this, unpacked ?? (Stream)file) is { } small)
                    return small;
            }

            return isGzip
                ? new PackedStream(OpenForReading(file.Name))
                : throw new UnreadableDocumentException(1, "The file has no end, or grows while it is read.");
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
            try
            {
                var name = Path.GetTempFileName();
                AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(name);
                using (pipe)
                using (var copy = File.Create(name))
                    pipe.CopyTo(copy);
                _kept = name;
                return OpenForReading(name);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                throw new UnreadableDocumentException(1, $"What comes by a pipe is kept in TMPDIR until it is imported: {FileWords.WhyUnwritable(Path.GetTempPath(), refused)}", refused);
            }
        }

        private static FileStream OpenForReading(string name) =>
            new(name, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
    }

    /// <summary>
    /// The octets of the file that is being read, in one array for all files of an import: one for each would be collected
    /// together with everything that lives, a hundred times in an import.
    /// </summary>
    private sealed class FileOctets
    {
        private const int Most = 32 << 20;

        private byte[] _octets = new byte[1 << 20];
        private int _length;
        private InputFile? _file;

        /// <summary>What was read of a file, from its beginning; null where another has been read since.</summary>
        public MemoryStream? Of(InputFile file) => ReferenceEquals(file, _file)
            ? new MemoryStream(_octets, 0, _length, writable: false, publiclyVisible: true)
            : null;

        /// <summary>Reads a file to its end; null where it is too long to be kept.</summary>
        public MemoryStream? Read(InputFile file, Stream stream)
        {
            _file = null;
            _length = 0;
            while (stream.Read(_octets.AsSpan(_length)) is > 0 and var read)
            {
                _length += read;
                if (_length > Most)
                    return null;
                if (_length == _octets.Length)
                    Array.Resize(ref _octets, 2 * _length);
            }

            _file = file;
            return Of(file);
        }
    }
}
