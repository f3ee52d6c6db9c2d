using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using AngleSharp.Html;

namespace DigestService.Sources;

/// <summary>
/// XML as feeds write it, made into XML as its specification wants it, line by line the same: ampersands that begin no
/// reference, HTML's entities, characters that XML forbids, signs that open no tag, prefixes that nobody declared.
/// </summary>
internal static partial class TolerantXml
{
    private static readonly SearchValues<char> Suspicious = SearchValues.Create(
        "&<" + string.Concat(Enumerable.Range(0, 32).Where(c => c is not ('\t' or '\n' or '\r')).Select(c => (char)c)) + "\uFFFE\uFFFF"
        + string.Concat(Enumerable.Range(0xD800, 0x800).Select(c => (char)c)));

    // What feeds use without declaring it.
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["dc"] = XmlNames.DublinCore, ["content"] = XmlNames.Content, ["media"] = "http://search.yahoo.com/mrss/", ["atom"] = XmlNames.Atom,
        ["a10"] = XmlNames.Atom, ["prism"] = "http://prismstandard.org/namespaces/basic/2.0/", ["rdf"] = "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        ["arxiv"] = "http://arxiv.org/schemas/atom", ["dcterms"] = "http://purl.org/dc/terms/",
    };

    /// <summary>The document without its declaration and document type, in characters and references that XML knows.</summary>
    /// <exception cref="UnreadableDocumentException">It declares entities or elements of its own.</exception>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length + 64);
        var at = SkipProlog(text, clean);
        while (at < text.Length)
        {
            var odd = text.AsSpan(at).IndexOfAny(Suspicious);
            if (odd < 0)
                break;
            clean.Append(text, at, odd);
            at += odd;
            at = text[at] switch
            {
                '&' => ReadReference(text, at, clean),
                '<' => ReadMarkup(text, at, clean),
                _ => ReadCharacter(text, at, clean),
            };
        }

        return clean.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>Declarations for every prefix in the text that has none, to be put into a start tag.</summary>
    public static string MissingDeclarations(string text)
    {
        var declared = Declarations().Matches(text).Select(match => match.Groups["prefix"].Value).ToHashSet(StringComparer.Ordinal);
        declared.UnionWith(["xml", "xmlns"]);
        var used = Prefixes().Matches(text).Select(match => match.Groups["prefix"].Value).ToHashSet(StringComparer.Ordinal);
        return string.Concat(used.Except(declared, StringComparer.Ordinal).Take(50).Select(prefix =>
            $" xmlns:{prefix}=\"{Known.GetValueOrDefault(prefix, "urn:undeclared:" + prefix)}\""));
    }

    private static int SkipProlog(string text, StringBuilder clean)
    {
        var at = 0;
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]) || text[at] is '\uFEFF' or '\0')
                at = Pass(text, at, at + 1, clean);
            else if (StartsAt(text, at, "<?"))
                at = Pass(text, at, End(text, at, "?>"), clean);
            else if (StartsAt(text, at, "<!--"))
                at = Pass(text, at, End(text, at, "-->"), clean);
            else if (StartsAt(text, at, "<!DOCTYPE"))
                at = Pass(text, at, EndOfDoctype(text, at), clean);
            else
                break;
        }

        return at;
    }

    private static int EndOfDoctype(string text, int at)
    {
        var end = End(text, at, ">");
        if (text.AsSpan(at, end - at).Contains('['))
            throw new UnreadableDocumentException(1 + text.AsSpan(0, at).Count('\n'), "The XML declares a DTD, which is refused.");
        return end;
    }

    // What is left out keeps its line ends.
    private static int Pass(string text, int from, int to, StringBuilder clean)
    {
        clean.Append('\n', text.AsSpan(from, to - from).Count('\n'));
        return to;
    }

    private static int ReadMarkup(string text, int at, StringBuilder clean)
    {
        if (StartsAt(text, at, "<![CDATA["))
        {
            var end = End(text, at, "]]>");
            foreach (var letter in text.AsSpan(at, end - at))
                clean.Append(IsXml(letter) ? letter : ' ');
            return end;
        }

        if (StartsAt(text, at, "<!--"))
            return Pass(text, at, End(text, at, "-->"), clean);
        if (StartsAt(text, at, "<?"))
            return Pass(text, at, End(text, at, "?>"), clean);
        clean.Append(OpensTag(text, at + 1) ? "<" : "&lt;");
        return at + 1;
    }

    // "x<y, z" opens none, nor does "x<y and y<z": a name, then a blank or the end, which comes before anything else opens.
    private static bool OpensTag(string text, int at)
    {
        if (at < text.Length && text[at] == '/')
            at++;
        if (at >= text.Length || !(char.IsLetter(text[at]) || text[at] == '_'))
            return false;
        while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '_' or '-' or '.' or ':'))
            at++;
        if (at >= text.Length || !(char.IsWhiteSpace(text[at]) || text[at] is '/' or '>'))
            return false;
        var end = text.AsSpan(at).IndexOfAny('<', '>');
        return end >= 0 && text[at + end] == '>';
    }

    private static int ReadReference(string text, int at, StringBuilder clean)
    {
        if (Reference().Match(text, at, Math.Min(40, text.Length - at)) is not { Success: true } match)
        {
            clean.Append("&amp;");
            return at + 1;
        }

        var name = match.Groups["name"];
        if (name.Success)
            clean.Append(name.Value is "amp" or "lt" or "gt" or "quot" or "apos" ? match.Value : Named(name.Value) ?? "&amp;" + name.Value + ";");
        else if (TryCodePoint(match.Groups["number"].Value, out var rune))
            clean.Append(CultureInfo.InvariantCulture, $"&#{rune.Value};");
        return at + match.Length;
    }

    private static string? Named(string name)
    {
        var reference = "&" + name + ";";
        var plain = WebUtility.HtmlDecode(reference);
        if (plain == reference)
            plain = HtmlEntityProvider.Resolver.GetSymbol(name + ";");
        return string.IsNullOrEmpty(plain) ? null : WebUtility.HtmlEncode(plain);
    }

    private static bool TryCodePoint(string digits, out Rune rune)
    {
        rune = default;
        var isHex = digits.StartsWith('x') || digits.StartsWith('X');
        if (!int.TryParse(isHex ? digits.AsSpan(1) : digits, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return false;
        // Numbers from 128 to 159 are meant as Windows-1252 has them.
        if (value is >= 0x80 and <= 0x9F)
            value = WebUtility.HtmlDecode($"&#{value};") is [var only] ? only : value;
        return Rune.TryCreate(value, out rune) && (value > 0xFFFF || IsXml((char)value));
    }

    private static int ReadCharacter(string text, int at, StringBuilder clean)
    {
        if (Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var consumed) == OperationStatus.Done && !(rune.IsBmp && !IsXml((char)rune.Value)))
            clean.Append(rune.ToString());
        else
            clean.Append(' ');
        return at + consumed;
    }

    private static bool IsXml(char letter) => letter is '\t' or '\n' or '\r' or >= ' ' and < '\uFFFE';

    private static bool StartsAt(string text, int at, string sign) => string.Compare(text, at, sign, 0, sign.Length, StringComparison.OrdinalIgnoreCase) == 0;

    private static int End(string text, int at, string sign) =>
        text.IndexOf(sign, at, StringComparison.Ordinal) is >= 0 and var end ? end + sign.Length : text.Length;

    [GeneratedRegex(@"\G&(?:(?<name>[A-Za-z][A-Za-z0-9]{1,31})|#(?<number>[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6}));", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Reference();

    [GeneratedRegex(@"\sxmlns:(?<prefix>[A-Za-z_][\w.-]*)\s*=", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Declarations();

    [GeneratedRegex(@"(?:</?|\s)(?<prefix>[A-Za-z_][\w.-]{0,40}):[A-Za-z_][\w.-]*(?=[\s=>/])", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Prefixes();
}

/// <summary>The namespaces that feeds are written in.</summary>
internal static class XmlNames
{
    /// <summary>Dublin Core.</summary>
    public const string DublinCore = "http://purl.org/dc/elements/1.1/";

    /// <summary>RSS 1.0's module for contents.</summary>
    public const string Content = "http://purl.org/rss/1.0/modules/content/";

    /// <summary>Atom 1.0.</summary>
    public const string Atom = "http://www.w3.org/2005/Atom";

    /// <summary>What arXiv adds to feeds.</summary>
    public const string Arxiv = "http://arxiv.org/schemas/atom";
}
