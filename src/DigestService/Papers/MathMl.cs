using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace DigestService.Papers;

/// <summary>
/// Formulas in presentation MathML (W3C MathML Core) that note no LaTeX of themselves: they are written as the LaTeX that says the
/// same, so that <c>n</c> with a raised 2 is n² and not n2, and a fraction keeps its stroke.
/// </summary>
internal static partial class MathMl
{
    /// <summary>The longest formula that is read; what is longer is no formula of anybody's.</summary>
    public const int MaxLength = 5_000;

    private static readonly SearchValues<char> Signs = SearchValues.Create("\\{}$^_~%#&`");

    /// <summary>The text of a formula, given what stands between its <c>math</c> tags, with or without prefixes.</summary>
    public static string ToUnicode(string markup) =>
        new HtmlParser().ParseDocument($"<math>{Prefix().Replace(markup, "$1")}</math>").QuerySelector("math") is { } math ? LatexText.OfFormula(Row(math.Children)) : "";

    private static string Row(IEnumerable<IElement> elements) => string.Concat(elements.Select(Latex));

    private static string Latex(IElement element)
    {
        IElement[] parts = [.. element.Children];
        return (element.LocalName, parts.Length) switch
        {
            ("msup", 2) => Base(parts[0]) + Script('^', parts[1]),
            ("msub", 2) => Base(parts[0]) + Script('_', parts[1]),
            ("munder", 2) => Base(parts[0]) + Script('_', parts[1]),
            ("mover", 2) => Accent(parts[1].TextContent.Trim()) is { } accent ? $@"\{accent}{{{Latex(parts[0])}}}" : Base(parts[0]) + Script('^', parts[1]),
            ("msubsup" or "munderover", 3) => Base(parts[0]) + Script('_', parts[1]) + Script('^', parts[2]),
            ("mmultiscripts", > 0) => WithScripts(parts),
            ("mfrac", 2) => $@"\frac{{{Latex(parts[0])}}}{{{Latex(parts[1])}}}",
            ("mroot", 2) => Script('^', parts[1]) + $@"\sqrt{{{Latex(parts[0])}}}",
            ("msqrt", _) => $@"\sqrt{{{Row(parts)}}}",
            ("semantics" or "maction", > 0) => Latex(parts[0]),
            ("mfenced", _) => Fenced(element, parts),
            ("mspace" or "mtd" or "mtr", _) => Row(parts) + " ",
            ("mphantom" or "none" or "mprescripts" or "annotation" or "annotation-xml", _) => "",
            (_, 0) => Token(element),
            _ => Row(parts),
        };
    }

    private static string Fenced(IElement element, IElement[] parts)
    {
        var separator = element.GetAttribute("separators")?.Trim() is { } signs ? signs[..Math.Min(1, signs.Length)] : ",";
        return Escaped(element.GetAttribute("open") ?? "(") + string.Join(Escaped(separator), parts.Select(Latex)) + Escaped(element.GetAttribute("close") ?? ")");
    }

    // Raised figures of a sum belong to all of it.
    private static string Base(IElement element) => element.Children.Length > 1 ? $"{{{Latex(element)}}}" : Latex(element);

    private static string Script(char sign, IElement element) => Latex(element) is { Length: > 0 } script ? $"{sign}{{{script.Trim()}}}" : "";

    // Behind the base stand pairs of a lower and a raised script, and behind the mark those that stand before it.
    private static string WithScripts(IElement[] parts)
    {
        var mark = Array.FindIndex(parts, part => part.LocalName == "mprescripts");
        return Scripts(mark < 0 ? [] : parts[(mark + 1)..]) + Base(parts[0]) + Scripts(parts[1..(mark < 1 ? parts.Length : mark)]);

        static string Scripts(IElement[] pairs) => string.Concat(pairs.Select((part, i) => Script(i % 2 == 0 ? '_' : '^', part)));
    }

    private static string Token(IElement element)
    {
        var text = string.Join(' ', element.TextContent.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
        // Lest they look like a tag.
        return text is "<" or ">" ? $" {text} " : Escaped(text);
    }

    private static string Escaped(string text)
    {
        if (text.AsSpan().IndexOfAny(Signs) < 0)
            return text;
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var letter in text)
            escaped.Append(letter switch { '\\' => @"\backslash ", '~' => @"\sim ", '^' or '`' => "", _ when Signs.Contains(letter) => @"\" + letter, _ => letter.ToString() });
        return escaped.ToString();
    }

    private static string? Accent(string sign) => sign switch
    {
        "¯" or "‾" or "_" or "\u0304" or "\u0305" => "bar",
        "^" or "ˆ" or "\u0302" => "hat",
        "~" or "˜" or "\u0303" => "tilde",
        "→" or "⃗" => "vec",
        "˙" or "\u0307" => "dot",
        "¨" or "\u0308" => "ddot",
        _ => null,
    };

    [GeneratedRegex("(</?)[A-Za-z]+:", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Prefix();
}
