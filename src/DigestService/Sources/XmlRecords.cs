using System.Text.RegularExpressions;
using System.Xml;

namespace DigestService.Sources;

/// <summary>
/// Reads records out of XML that may be hostile or careless: no DTD, no entities of its own, no great depth, no giant
/// record; and where the document as a whole is no XML, each record that is, so that a fault spoils its record alone.
/// </summary>
internal sealed partial class XmlRecords
{
    private const int MaxLength = 128 << 20;
    private const int MaxDepth = 40;
    private const int MaxRecordLength = 1 << 20;
    private const int MaxRecordElements = 20_000;

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersFromEntities = 1,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    };

    private readonly SourceDocument _document;
    private readonly string _text;

    /// <summary>Reads <paramref name="document"/> from <paramref name="stream"/>.</summary>
    /// <exception cref="UnreadableDocumentException">It is too large, or declares a DTD.</exception>
    public XmlRecords(Stream stream, SourceDocument document)
    {
        _document = document;
        _text = TolerantXml.Clean(DocumentText.Decode(JsonDocuments.ReadAll(stream, MaxLength).Span, document.Charset));
    }

    /// <summary>What stands outside of the records at the document's head: its own address and date.</summary>
    public XmlRecord? Header { get; private set; }

    /// <summary>
    /// The elements for which <paramref name="isRecord"/> says so by their name, wherever they stand. Of a document with
    /// faults those that are sound; the document hears of the others. A document without any is an empty list
    /// only where its root is one of <paramref name="roots"/>: a notice of maintenance is none.
    /// </summary>
    /// <exception cref="UnreadableDocumentException">The XML is cut off, hostile or no list, or nothing of it can be read.</exception>
    public IEnumerable<XmlRecord> Read(Func<string, bool> isRecord, IReadOnlyList<string> roots)
    {
        Header = ReadHeader(isRecord);
        var isList = Header is not { } root || roots.Contains(root.Name, StringComparer.Ordinal);
        foreach (var record in Fault(_text) is { } fault ? ReadEach(isRecord, fault) : ReadWhole(_text, isRecord, 0))
        {
            isList = true;
            yield return record;
        }

        if (!isList && _document.Rejections.Count == 0)
            throw new UnreadableDocumentException(Header!.Line, $"This is no list of papers: its root is <{Shortened(Header.Name)}>."); // without a header it counts as a list
    }

    private static string Shortened(string name) => name.Length > 40 ? name[..40] + "…" : name;

    private IEnumerable<XmlRecord> ReadWhole(string text, Func<string, bool> isRecord, int linesBefore)
    {
        using var reader = XmlReader.Create(new StringReader(text), Settings);
        var bases = new Stack<(int Depth, Uri Address)>();
        while (reader.Read())
        {
            if (reader.NodeType != XmlNodeType.Element)
                continue;
            if (isRecord(reader.LocalName))
                yield return ReadRecord(reader, linesBefore, bases.TryPeek(out var outer) ? outer.Address : null);
            else
                RememberBase(reader, bases);
        }
    }

    private void RememberBase(XmlReader reader, Stack<(int Depth, Uri Address)> bases)
    {
        while (bases.TryPeek(out var known) && known.Depth >= reader.Depth)
            bases.Pop();
        if (Based(reader, bases.TryPeek(out var outer) ? outer.Address : null) is { } address)
            bases.Push((reader.Depth, address));
    }

    // The outermost starts from the document's own address. A path by itself counts as a file's.
    private Uri? Based(XmlReader reader, Uri? outer) =>
        reader.GetAttribute("base", "http://www.w3.org/XML/1998/namespace") is { Length: > 0 } written
            && ((outer ?? _document.Address) is { } from ? Uri.TryCreate(from, written, out var address) : Uri.TryCreate(written, UriKind.Absolute, out address))
            && !address.IsFile
            ? address
            : outer;

    // Null where all of it is XML.
    private static XmlException? Fault(string text)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), Settings);
            while (reader.Read())
            {
                if (reader.Depth > MaxDepth)
                    throw new UnreadableDocumentException(LineOf(reader), $"The XML is nested deeper than {MaxDepth} elements.");
            }

            return null;
        }
        catch (XmlException broken)
        {
            return broken;
        }
    }

    private IEnumerable<XmlRecord> ReadEach(Func<string, bool> isRecord, XmlException fault)
    {
        if (RootTag().Match(_text) is not { Success: true } root || !EndsWith(root.Groups["name"].Value))
            throw new UnreadableDocumentException(Math.Max(1, fault.LineNumber), "The XML is broken or cut off here.", fault);
        var (open, close) = Wrapper(root, isRecord);
        var (line, counted, taken) = (0, 0, 0);
        foreach (var (from, to) in Pieces(isRecord))
        {
            (line, counted) = (line + _text.AsSpan(counted, from - counted).Count('\n'), from);
            if (TryRead(open + _text[from..to] + close, isRecord, line) is { } record)
            {
                taken++;
                yield return record;
            }
            else
            {
                _document.Reject(line + 1, "It is broken XML.");
            }
        }

        if (taken == 0 && _document.Rejections.Count == 0)
            throw new UnreadableDocumentException(Math.Max(1, fault.LineNumber), "The XML is broken or cut off here.", fault);
    }

    private bool EndsWith(string rootName)
    {
        var end = _text.LastIndexOf("</" + rootName, StringComparison.Ordinal);
        return end >= 0 && _text.AsSpan(end).TrimEnd().EndsWith(">") && _text.AsSpan(end).Count('<') == 1;
    }

    // The root's tags with all namespaces that the head of the document, or nobody, declares. Records one after another may have no root.
    private (string Open, string Close) Wrapper(Match root, Func<string, bool> isRecord)
    {
        var first = Pieces(isRecord).Select(piece => piece.From).FirstOrDefault(_text.Length);
        var (tag, name, head) = first == root.Index
            ? ("<records", "records", "")
            : (root.Value.TrimEnd('>').TrimEnd('/'), root.Groups["name"].Value, _text[(root.Index + root.Length)..first]);
        var declared = string.Concat(NamespaceDeclaration().Matches(head)
            .Where(match => !tag.Contains(match.Groups["name"].Value + "=", StringComparison.Ordinal))
            .DistinctBy(match => match.Groups["name"].Value, StringComparer.Ordinal).Select(match => " " + match.Value.Trim()));
        return (tag + declared + TolerantXml.MissingDeclarations(_text) + ">", $"</{name}>");
    }

    private IEnumerable<(int From, int To)> Pieces(Func<string, bool> isRecord)
    {
        var starts = StartTag().Matches(_text).Where(match => isRecord(match.Groups["local"].Value)).ToList();
        for (var i = 0; i < starts.Count; i++)
        {
            var from = starts[i].Index;
            var next = i + 1 < starts.Count ? starts[i + 1].Index : _text.Length;
            var close = $"</{starts[i].Groups["name"].Value}>";
            var end = _text.IndexOf(close, from, next - from, StringComparison.Ordinal);
            var isEmpty = starts[i].Value.EndsWith("/>", StringComparison.Ordinal);
            yield return (from, isEmpty ? from + starts[i].Length : end < 0 ? next : end + close.Length);
        }
    }

    private XmlRecord? TryRead(string piece, Func<string, bool> isRecord, int linesBefore)
    {
        try
        {
            return Fault(piece) is null ? ReadWhole(piece, isRecord, linesBefore).FirstOrDefault() : null;
        }
        catch (UnreadableDocumentException)
        {
            return null;
        }
    }

    // A document that is broken further down has a head all the same.
    private XmlRecord? ReadHeader(Func<string, bool> isRecord)
    {
        XmlRecord? header = null;
        try
        {
            using var reader = XmlReader.Create(new StringReader(_text), Settings);
            var known = 0;
            while (known < 100 && reader.Read() && reader.Depth <= MaxDepth)
            {
                if (reader.NodeType != XmlNodeType.Element)
                    continue;
                header ??= Start(reader, 0, null);
                if (isRecord(reader.LocalName))
                    return header;
                if (reader.Depth is 1 or 2 && reader.LocalName is "link" or "id" or "pubDate" or "lastBuildDate" or "updated" or "modified" or "date" or "publicationDate")
                {
                    known++;
                    var element = Start(reader, 0, null);
                    if (!reader.IsEmptyElement && reader.Read() && reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA)
                        element.Append(reader.Value);
                    header.Append(element);
                }
            }
        }
        catch (XmlException)
        {
            return header;
        }

        return header;
    }

    private static int LineOf(XmlReader reader) => reader is IXmlLineInfo info && info.HasLineInfo() ? info.LineNumber : 1;

    private XmlRecord ReadRecord(XmlReader reader, int linesBefore, Uri? address)
    {
        var open = new Stack<XmlRecord>();
        var length = 0;
        var elements = 0;
        XmlRecord? record = null;
        do
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    if (++elements > MaxRecordElements)
                        throw new UnreadableDocumentException(linesBefore + LineOf(reader), $"A record has more than {MaxRecordElements} elements.");
                    var isEmpty = reader.IsEmptyElement;
                    var element = Start(reader, linesBefore, Based(reader, open.TryPeek(out var around) ? around.Address : address));
                    around?.Append(element);
                    record ??= element;
                    if (!isEmpty)
                        open.Push(element);
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace:
                    length += reader.Value.Length;
                    if (length > MaxRecordLength)
                        throw new UnreadableDocumentException(linesBefore + LineOf(reader), $"A record is longer than {MaxRecordLength} characters.");
                    if (open.TryPeek(out var holder))
                        holder.Append(reader.Value);
                    break;
                case XmlNodeType.EndElement:
                    open.Pop();
                    break;
            }
        }
        while (open.Count > 0 && reader.Read());
        return record!; // the loop began on an element
    }

    private static XmlRecord Start(XmlReader reader, int linesBefore, Uri? address)
    {
        var element = new XmlRecord(reader.LocalName, reader.NamespaceURI, linesBefore + LineOf(reader), address);
        for (var has = reader.MoveToFirstAttribute(); has; has = reader.MoveToNextAttribute())
            element.AddAttribute(reader.Prefix == "xmlns" ? "xmlns:" + reader.LocalName : reader.LocalName, reader.Value);
        reader.MoveToElement();
        return element;
    }

    [GeneratedRegex(@"<(?<name>[A-Za-z_][\w.:-]*)(?:\s[^<>]*)?>", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex RootTag();

    [GeneratedRegex(@"<(?<name>(?:[A-Za-z_][\w.-]*:)?(?<local>[A-Za-z_][\w.-]*))(?:\s[^<>]*)?>", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex StartTag();

    [GeneratedRegex(@"\s(?<name>xmlns(?::[A-Za-z_][\w.-]*)?)\s*=\s*(?:""[^""<]*""|'[^'<]*')", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex NamespaceDeclaration();
}
