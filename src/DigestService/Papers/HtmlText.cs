using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Html;

namespace DigestService.Papers;

/// <summary>What of HTML is text. A sign that opens no tag of HTML is a sign: <c>x&lt;y</c>, <c>p &lt; 0.05</c>.</summary>
internal static partial class HtmlText
{
    private static readonly SearchValues<char> Figures = SearchValues.Create("0123456789+-−");

    private static readonly FrozenSet<string> Inline = Names("""
        i b em strong sub sup span a tt code u s small big font mark q cite abbr acronym var kbd samp del ins strike italic bold sc monospace
        underline styled-content named-content inline-formula tex-math math mi mn mo mrow msub msup msubsup mtext mover munder mfrac msqrt semantics
        annotation annotation-xml mstyle mathvariant alternatives nobr wbr bdi bdo
        """);

    private static readonly FrozenSet<string> Block = Names("""
        p div br hr li ul ol dl dt dd h1 h2 h3 h4 h5 h6 table tr td th tbody thead tfoot caption img figure figcaption picture source section article
        header footer nav aside main blockquote pre center iframe video audio object embed form input button label details summary svg path
        html body head meta link title list list-item disp-formula sec abstract graphic script style noscript
        """);

    /// <summary>The text of a piece of HTML: tags within words go, others become spaces, scripts and styles go whole, references are resolved.</summary>
    public static string Plain(string html) => Decode(WithoutTags(html, isOnlyInline: false));

    /// <summary>
    /// Text that may hold a little HTML although nobody said so, as titles in other people's lists do: tags within words and
    /// references are read, all else stands as it is.
    /// </summary>
    public static string Lenient(string text) => Decode(WithoutTags(text, isOnlyInline: true));

    /// <summary>Whether <see cref="Lenient"/> has something to read.</summary>
    public static bool MayHoldMarkup(string text) =>
        (text.Contains('<', StringComparison.Ordinal) && text.Contains('>', StringComparison.Ordinal))
        || (text.Contains('&', StringComparison.Ordinal) && text.Contains(';', StringComparison.Ordinal));

    private static string WithoutTags(string html, bool isOnlyInline)
    {
        if (!html.Contains('<', StringComparison.Ordinal))
            return html;
        html = Superscript().Replace(html, figures => Raised(WebUtility.HtmlDecode(figures.Groups["text"].Value)));
        var text = new StringBuilder(html.Length);
        var at = 0;
        while (at < html.Length)
        {
            var open = html.IndexOf('<', at);
            if (open < 0)
                break;
            text.Append(html, at, open - at);
            if (string.CompareOrdinal(html, open, "<!--", 0, 4) == 0)
            {
                at = html.IndexOf("-->", open, StringComparison.Ordinal) is >= 0 and var end ? end + 3 : html.Length;
                continue;
            }

            if (Tag().Match(html, open) is not { Success: true } tag || Kind(tag.Groups["name"].Value, isOnlyInline) is not { } isGap)
            {
                text.Append('<');
                at = open + 1;
                continue;
            }

            if (isGap)
                text.Append(' ');
            at = open + tag.Length;
            if (!tag.Value.StartsWith("</", StringComparison.Ordinal) && !tag.Value.EndsWith("/>", StringComparison.Ordinal))
                at = PassContent(html, tag.Groups["name"].Value, at, text);
        }

        return text.Append(html, at, html.Length - at).ToString();
    }

    // Where reading goes on behind a start tag. A script goes whole. A formula that is there twice is read once: as the LaTeX that its
    // MathML notes beside it, or as MathML where JATS has it behind LaTeX.
    private static int PassContent(string html, string name, int at, StringBuilder text)
    {
        var local = Local(name).ToLowerInvariant();
        if (local is "script" or "style")
            return html.IndexOf("</" + name, at, StringComparison.OrdinalIgnoreCase) is >= 0 and var closed ? closed : html.Length;
        if (local is not ("math" or "annotation" or "annotation-xml" or "tex-math"))
            return at;
        var content = html.AsSpan(at, Math.Min(MathMl.MaxLength, html.Length - at));
        var close = content.IndexOf("</" + name, StringComparison.OrdinalIgnoreCase);
        if (close < 0 || content[..close].Contains("<" + name, StringComparison.OrdinalIgnoreCase))
            return at;
        if (local == "math")
        {
            var formula = html.Substring(at, close);
            var latex = Annotation().Matches(formula).FirstOrDefault(note => IsLatex(note.Groups["encoding"].Value));
            text.Append(latex is null ? WebUtility.HtmlEncode(MathMl.ToUnicode(formula)) : $"${latex.Groups["latex"].Value}$");
        }
        else if (local == "tex-math" && !MathBehind().IsMatch(html, at + close))
        {
            return at;
        }

        return at + close;
    }

    private static string Local(string name) => name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..];

    /// <summary>Figures that stand above the line as such, so that 10⁶ is not 106; all else as it is.</summary>
    public static string Raised(string text) =>
        text.AsSpan().IndexOfAnyExcept(Figures) < 0 ? string.Concat(text.Replace('−', '-').Select(letter => LatexSymbols.Superscripts[letter])) : text;

    /// <summary>Whether what a formula in MathML is annotated with is LaTeX.</summary>
    public static bool IsLatex(string? encoding) => encoding?.ToLowerInvariant() is "application/x-tex" or "application/x-latex" or "tex" or "latex";

    // Null for what is no tag; true where a gap stays.
    private static bool? Kind(string name, bool isOnlyInline)
    {
        var local = Local(name);
        if (Inline.Contains(local))
            return false;
        if (isOnlyInline ? local.ToLowerInvariant() is "p" or "br" or "div" or "title" : Block.Contains(local))
            return true;
        return null;
    }

    private static string Decode(string text)
    {
        if (!text.Contains('&', StringComparison.Ordinal))
            return text;
        return Reference().Replace(WebUtility.HtmlDecode(text), match => HtmlEntityProvider.Resolver.GetSymbol(match.Groups["name"].Value + ";") ?? match.Value);
    }

    private static FrozenSet<string> Names(string names) =>
        names.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Attributes have values, or the tag is <y then z>.
    [GeneratedRegex(@"\G</?(?<name>[A-Za-z][A-Za-z0-9:-]{0,30})(?:\s+[A-Za-z_:][A-Za-z0-9_.:-]*\s*=\s*(?:""[^""]*""|'[^']*'|[^\s""'<>=]+)|\s+(?:hidden|disabled|checked|async|defer|nowrap|controls|open|allowfullscreen))*\s*/?>", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Tag();

    [GeneratedRegex(@"<sup(?:\s[^<>]*)?>(?<text>(?:[0-9+−-]|&(?:minus|#8722|#x2212);)+)</sup\s*>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Superscript();

    [GeneratedRegex(@"<(?:[a-z]+:)?annotation\s[^<>]*\bencoding\s*=\s*[""'](?<encoding>[a-z/-]+)[""'][^<>]*>(?<latex>[^<>]*)</", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Annotation();

    [GeneratedRegex(@"\G</[a-z:-]+\s*>\s*<(?:[a-z]+:)?math[\s>]", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex MathBehind();

    [GeneratedRegex(@"&(?<name>[A-Za-z][A-Za-z0-9]{1,31});", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Reference();
}
