using System.Text;
using System.Xml;

namespace DigestService.Sources;

/// <summary>An element with what is in it, small enough to be looked at as a whole: an entry, an item, a record.</summary>
internal sealed class XmlRecord(string name, string space, int line)
{
    private readonly List<(string Name, string Value)> _attributes = [];
    private readonly StringBuilder _text = new();

    /// <summary>Its name without prefix.</summary>
    public string Name => name;

    /// <summary>Its namespace.</summary>
    public string Namespace => space;

    /// <summary>The line it begins on.</summary>
    public int Line => line;

    /// <summary>The elements in it, in order.</summary>
    public List<XmlRecord> Children { get; } = [];

    /// <summary>Its text and that of the elements in it, in order.</summary>
    public string Text => _text.ToString();

    /// <summary>An attribute by its name without prefix.</summary>
    public string? Attribute(string attribute)
    {
        foreach (var (key, value) in _attributes)
        {
            if (key == attribute)
                return value;
        }

        return null;
    }

    /// <summary>The first element of that name.</summary>
    public XmlRecord? Child(string child) => Children.Find(element => element.Name == child);

    /// <summary>The text of the first element of that name, if there is any.</summary>
    public string? TextOf(string child) => Child(child)?.Text.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>All elements of that name.</summary>
    public IEnumerable<XmlRecord> All(string child) => Children.Where(element => element.Name == child);

    internal void AddAttribute(string key, string value) => _attributes.Add((key, value));

    internal void Append(string text) => _text.Append(text);
}

/// <summary>Reads records out of XML that may be hostile: no DTD, no entities of its own, no great depth, no giant record.</summary>
internal sealed class XmlRecords : IDisposable
{
    private const int MaxDepth = 40;
    private const int MaxRecordLength = 1 << 20;
    private const int MaxRecordElements = 20_000;

    private readonly XmlReader _reader;

    /// <summary>Reads from <paramref name="stream"/>.</summary>
    public XmlRecords(Stream stream) => _reader = XmlReader.Create(stream, new XmlReaderSettings
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = 512L << 20,
        MaxCharactersFromEntities = 1,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    });

    /// <summary>The elements for which <paramref name="isRecord"/> says so by their name, wherever they stand.</summary>
    /// <exception cref="UnreadableDocumentException">The XML is broken, cut off or hostile.</exception>
    public IEnumerable<XmlRecord> Read(Func<string, bool> isRecord)
    {
        while (Next())
        {
            if (_reader.NodeType == XmlNodeType.Element && isRecord(_reader.LocalName))
                yield return ReadRecord();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private bool Next()
    {
        try
        {
            if (!_reader.Read())
                return false;
        }
        catch (XmlException broken)
        {
            throw new UnreadableDocumentException(Math.Max(1, broken.LineNumber), Reason(broken), broken);
        }

        if (_reader.Depth > MaxDepth)
            throw new UnreadableDocumentException(Line, $"The XML is nested deeper than {MaxDepth} elements.");
        return true;
    }

    private int Line => _reader is IXmlLineInfo info && info.HasLineInfo() ? info.LineNumber : 1;

    private static string Reason(XmlException broken) =>
        broken.Message.Contains("DTD", StringComparison.Ordinal)
            ? "The XML declares a DTD, which is refused."
            : "The XML is broken or cut off here.";

    private XmlRecord ReadRecord()
    {
        var open = new Stack<XmlRecord>();
        var length = 0;
        var elements = 0;
        XmlRecord? record = null;
        do
        {
            switch (_reader.NodeType)
            {
                case XmlNodeType.Element:
                    if (++elements > MaxRecordElements)
                        throw new UnreadableDocumentException(Line, $"A record has more than {MaxRecordElements} elements.");
                    var element = ReadStart();
                    if (open.TryPeek(out var parent))
                        parent.Children.Add(element);
                    record ??= element;
                    if (!_reader.IsEmptyElement)
                        open.Push(element);
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace:
                    length += _reader.Value.Length;
                    if (length > MaxRecordLength)
                        throw new UnreadableDocumentException(Line, $"A record is longer than {MaxRecordLength} characters.");
                    if (open.TryPeek(out var holder))
                        holder.Append(_reader.Value);
                    break;
                case XmlNodeType.EndElement:
                    var ended = open.Pop();
                    if (open.TryPeek(out var around) && IsInline(ended))
                        around.Append(ended.Text);
                    break;
            }
        }
        while (open.Count > 0 && Next());
        if (open.Count > 0)
            throw new UnreadableDocumentException(Line, "The XML ends within a record.");
        return record!; // the loop began on an element
    }

    // XHTML inside a text construct: its words belong to the text around them.
    private static bool IsInline(XmlRecord element) => element.Namespace == "http://www.w3.org/1999/xhtml";

    private XmlRecord ReadStart()
    {
        var element = new XmlRecord(_reader.LocalName, _reader.NamespaceURI, Line);
        for (var has = _reader.MoveToFirstAttribute(); has; has = _reader.MoveToNextAttribute())
            element.AddAttribute(_reader.LocalName, _reader.Value);
        _reader.MoveToElement();
        return element;
    }
}
