using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using DigestService.Papers;

namespace DigestService.Sources;

/// <summary>A way of writing papers down that the importer reads.</summary>
/// <param name="Name">Its name for <c>--format</c>.</param>
/// <param name="Read">Reads a document; entries it refuses are noted on the document.</param>
internal sealed partial record PaperFormat(string Name, Func<Stream, SourceDocument, IEnumerable<PaperDraft>> Read)
{
    private const int BeginningLength = 8 * 1024;

    // How zip, bzip2, xz, zstd and 7z begin, as DocumentText reads such octets.
    private static readonly string[] OtherPackings = ["PK\u0003\u0004", "BZh", "ý7zXZ", "(µ/ý", "7z¼¯"];

    /// <summary>The text of a listing page, in two layouts.</summary>
    public static readonly PaperFormat Listing = new("listing", ListingPage.Read);

    /// <summary>JSON objects, one a line.</summary>
    public static readonly PaperFormat Jsonl = new("jsonl", JsonLines.Read);

    /// <summary>Hugging Face's daily papers.</summary>
    public static readonly PaperFormat HuggingFace = new("hf", HuggingFaceDaily.Read);

    /// <summary>arXiv's API and daily feed in Atom.</summary>
    public static readonly PaperFormat ArxivAtom = new("arxiv-atom", Sources.ArxivAtom.Read);

    /// <summary>arXiv's daily RSS.</summary>
    public static readonly PaperFormat ArxivRss = new("arxiv-rss", Sources.ArxivRss.Read);

    /// <summary>OAI-PMH records.</summary>
    public static readonly PaperFormat Oai = new("oai", OaiPmh.Read);

    /// <summary>RSS, RDF or Atom of anybody's.</summary>
    public static readonly PaperFormat Feed = new("feed", SyndicationFeed.ReadXml);

    /// <summary>JSON Feed.</summary>
    public static readonly PaperFormat JsonFeed = new("json-feed", SyndicationFeed.ReadJson);

    /// <summary>A recorded answer around any of the others.</summary>
    public static readonly PaperFormat Recorded = new("recorded", RecordedAnswer.Read);

    /// <summary>Every format, by name.</summary>
    public static readonly IReadOnlyList<PaperFormat> All = [Listing, HuggingFace, ArxivAtom, ArxivRss, Oai, Jsonl, Feed, JsonFeed, Recorded];

    /// <summary>Tells a document's format from its beginning; of JSON lines the first may be broken, and then <paramref name="name"/> tells.</summary>
    /// <exception cref="UnreadableDocumentException">It is none that is known.</exception>
    public static PaperFormat Detect(Stream stream, string name = "")
    {
        var beginning = Peek(stream);
        var text = beginning.TrimStart([' ', '\t', '\r', '\n', '\0', '\uFEFF']);
        if (text.StartsWith('<'))
            return OfXml(text) ?? throw Unknown(text);
        if (text.StartsWith('['))
            return HoldsPapersOfHuggingFace(text) ? HuggingFace : Jsonl;
        if (text.StartsWith('{'))
            return OfObject(text);
        if (ListingPage.Looks(text))
            return Listing;
        return text.Length > 0 && IsJsonLines(name) && !IsPacked(text) ? Jsonl : throw Unknown(text);
    }

    // What a feed is, is told by its root and by its own address; what its entries mention says nothing.
    private static PaperFormat? OfXml(string text)
    {
        if (RootElement().Match(text) is not { Success: true } root)
            return null;
        var head = text[..(EntryElement().Match(text) is { Success: true } entry ? entry.Index : text.Length)];
        return root.Groups["name"].Value switch
        {
            "OAI-PMH" or "record" or "ListRecords" or "GetRecord" => Oai,
            "feed" => IsArxiv(head, root.Value) ? ArxivAtom : Feed,
            "rss" or "RDF" => IsArxiv(head, root.Value) ? ArxivRss : Feed,
            _ => null,
        };
    }

    private static bool IsArxiv(string head, string root)
    {
        var addresses = OwnAddress().Matches(head).Select(match => match.Groups["host"].Value).ToList();
        return addresses.Count == 0
            ? root.Contains(XmlNames.Arxiv, StringComparison.OrdinalIgnoreCase)
            : addresses.Exists(host => host.Equals("arxiv.org", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".arxiv.org", StringComparison.OrdinalIgnoreCase));
    }

    private static PaperFormat OfObject(string text)
    {
        if (text.Contains("jsonfeed.org/version", StringComparison.Ordinal))
            return JsonFeed;
        if (text.Contains("\"status_code\"", StringComparison.Ordinal) && text.Contains("\"body\"", StringComparison.Ordinal))
            return Recorded;
        return text.StartsWith("{\"error\"", StringComparison.Ordinal) ? HuggingFace : Jsonl;
    }

    // Their entries put the paper into an object of its own. An empty answer is theirs too: others write no empty lists.
    private static bool HoldsPapersOfHuggingFace(string text)
    {
        var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), isFinalBlock: false, state: default);
        try
        {
            while (json.Read())
            {
                if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == 2 && json.ValueTextEquals("paper"u8))
                    return true;
                if (json.TokenType == JsonTokenType.EndArray && json.CurrentDepth == 0)
                    return true;
                if (json.TokenType == JsonTokenType.EndObject && json.CurrentDepth == 1)
                    return false;
            }
        }
        catch (JsonException)
        {
            return true;
        }

        return false;
    }

    private static UnreadableDocumentException Unknown(string text)
    {
        var isHtml = text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
        return new UnreadableDocumentException(1, text.Length switch
        {
            0 => "The document is empty.",
            _ when IsPacked(text) => "The file is packed, and not with gzip: unpack it first.",
            _ when isHtml => "This is a web page and no list of papers.",
            _ => $"The format is not recognised; name it with --format ({string.Join(", ", All.Select(format => format.Name))}).",
        });
    }

    private static bool IsPacked(string text) => OtherPackings.Any(packing => text.StartsWith(packing, StringComparison.Ordinal));

    private static bool IsJsonLines(string name) =>
        Path.GetExtension(ImportInput.WithoutGzip(name)).ToLowerInvariant() is ".jsonl" or ".ndjson";

    private static string Peek(Stream stream)
    {
        Span<byte> buffer = stackalloc byte[BeginningLength];
        var read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return DocumentText.Decode(buffer[..read]).TrimStart('\uFEFF');
    }

    [GeneratedRegex(@"<(?:[A-Za-z_][\w.-]*:)?(?<name>[A-Za-z_][\w.-]*)(?:\s[^<>]*)?>", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex RootElement();

    [GeneratedRegex(@"<(?:[A-Za-z_][\w.-]*:)?(?:item|entry|record)[\s>]", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex EntryElement();

    [GeneratedRegex(@"<(?:[A-Za-z_][\w.-]*:)?(?:link|id)(?:\s[^<>]*?\bhref\s*=\s*[""']|[^<>]*>)\s*https?://(?<host>[A-Za-z0-9.-]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex OwnAddress();
}
