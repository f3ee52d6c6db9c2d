using System.Text;
using DigestService.Papers;

namespace DigestService.Sources;

/// <summary>A way of writing papers down that the importer reads.</summary>
/// <param name="Name">Its name for <c>--format</c>.</param>
/// <param name="Read">Reads a document; entries it refuses are noted on the document.</param>
internal sealed record PaperFormat(string Name, Func<Stream, SourceDocument, IEnumerable<PaperDraft>> Read)
{
    private const int BeginningLength = 8 * 1024;

    /// <summary>The text of a listing page, in two layouts.</summary>
    public static readonly PaperFormat Listing = new("listing", ListingPage.Read);

    /// <summary>JSON objects, one a line.</summary>
    public static readonly PaperFormat Jsonl = new("jsonl", JsonLines.Read);

    /// <summary>Every format, by name.</summary>
    public static readonly IReadOnlyList<PaperFormat> All = [Listing, Jsonl];

    /// <summary>
    /// Tells a document's format from its beginning.
    /// </summary>
    /// <exception cref="UnreadableDocumentException">It is none that is known.</exception>
    public static PaperFormat Detect(Stream stream)
    {
        var beginning = Peek(stream);
        var text = beginning.TrimStart();
        if (ListingPage.Looks(text))
            return Listing;
        if (text.StartsWith('{'))
            return Jsonl;
        throw Unknown(text);
    }

    private static UnreadableDocumentException Unknown(string text)
    {
        var isHtml = text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
        return new UnreadableDocumentException(1, text.Length switch
        {
            0 => "The document is empty.",
            _ when isHtml => "This is a web page and no list of papers.",
            _ => $"The format is not recognised; name it with --format ({string.Join(", ", All.Select(format => format.Name))}).",
        });
    }

    private static string Peek(Stream stream)
    {
        var buffer = new byte[BeginningLength];
        var read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return Encoding.UTF8.GetString(buffer, 0, read).TrimStart('\uFEFF');
    }
}
