using System.Collections.Frozen;
using System.Net;
using System.Text;
using DigestService.Papers;

namespace DigestService.Sources;

/// <summary>An element with what is in it, small enough to be looked at as a whole: an entry, an item, a record.</summary>
internal sealed class XmlRecord(string name, string space, int line, Uri? address)
{
    // Markup within words: its text belongs to the text around it, without a gap.
    private static readonly FrozenSet<string> Inline = new[]
    {
        "i", "b", "em", "strong", "sub", "sup", "span", "a", "tt", "code", "u", "s", "small", "big", "font", "mark", "q", "cite", "abbr", "acronym",
        "var", "kbd", "samp", "del", "ins", "strike", "italic", "bold", "sc", "monospace", "underline", "styled-content", "named-content", "inf",
        "math", "mi", "mn", "mo", "mrow", "msub", "msup", "msubsup", "mtext", "semantics", "alternatives", "wbr",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private readonly List<(string Name, string Value)> _attributes = [];
    private readonly List<object> _content = [];
    private string? _text;

    /// <summary>Its name without prefix.</summary>
    public string Name => name;

    /// <summary>The line it begins on.</summary>
    public int Line => line;

    /// <summary>What relative addresses in it start from, where the document says so (<c>xml:base</c>).</summary>
    public Uri? Address => address;

    /// <summary>The elements in it, in order.</summary>
    public List<XmlRecord> Children { get; } = [];

    /// <summary>Its text and that of the elements in it, in order; between paragraphs a space.</summary>
    public string Text => _text ??= ReadText();

    /// <summary>Whether there are elements in it.</summary>
    public bool HasMarkup => Children.Count > 0;

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

    /// <summary>All elements of that name in the record's own vocabulary: not the title of its picture.</summary>
    public IEnumerable<XmlRecord> Own(string child) => Children.Where(element => element.Name == child && element.IsIn(space));

    /// <summary>The text of the first of them that has any.</summary>
    public string? OwnText(string child) => Own(child).Select(element => element.Text.Trim()).FirstOrDefault(text => text.Length > 0);

    /// <summary>The text of the first element of that name in another vocabulary.</summary>
    public string? TextIn(string vocabulary, string child) =>
        Children.Where(element => element.Name == child && element.IsIn(vocabulary)).Select(element => element.Text.Trim()).FirstOrDefault(text => text.Length > 0);

    /// <summary>Whether its name belongs to that vocabulary.</summary>
    internal bool IsIn(string vocabulary) => string.Equals(space, vocabulary, StringComparison.OrdinalIgnoreCase);

    internal void AddAttribute(string key, string value) => _attributes.Add((key, value));

    internal void Append(string text) => _content.Add(text);

    internal void Append(XmlRecord child)
    {
        Children.Add(child);
        _content.Add(child);
    }

    private string ReadText()
    {
        if (_content is [string only])
            return only;
        if (name == "math" && Latex() is { } latex)
            return $"${latex}$";
        if (name == "math" && Markup() is { Length: <= MathMl.MaxLength } formula)
            return MathMl.ToUnicode(formula);
        var text = new StringBuilder();
        foreach (var piece in _content)
        {
            if (piece is not XmlRecord child)
                text.Append((string)piece);
            else if (child.Name.Equals("sup", StringComparison.OrdinalIgnoreCase))
                text.Append(HtmlText.Raised(child.Text));
            else if (Inline.Contains(child.Name))
                text.Append(child.Text);
            else if (!IsPassed(child))
                text.Append(' ').Append(child.Text).Append(' ');
        }

        return text.ToString();
    }

    // What is for programs, and LaTeX beside the same formula in MathML.
    private bool IsPassed(XmlRecord child) => child.Name.ToLowerInvariant() is "script" or "style" or "annotation" or "annotation-xml"
        || (child.Name == "tex-math" && Child("math") is not null);

    // The LaTeX that a formula in MathML notes of itself.
    private string? Latex() => Children.SelectMany(semantics => semantics.All("annotation")).FirstOrDefault(note => HtmlText.IsLatex(note.Attribute("encoding")))?.Text.Trim();

    // What is in it, as it was written.
    private string Markup() => string.Concat(_content.Select(piece => piece is XmlRecord child
        ? $"<{child.Name}{string.Concat(child._attributes.Select(attribute => $" {attribute.Name}=\"{WebUtility.HtmlEncode(attribute.Value)}\""))}>{child.Markup()}</{child.Name}>"
        : WebUtility.HtmlEncode((string)piece)));
}
