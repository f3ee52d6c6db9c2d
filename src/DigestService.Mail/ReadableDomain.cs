using System.Globalization;
using System.Text;

namespace DigestService.Mail;

/// <summary>
/// A domain in the letters that people know it by. What could be taken for another stays in punycode: a label of several scripts, and letters
/// of Greek or Cyrillic, many of which look like Latin ones, beside a label of Latin (compare Unicode Technical Standard 39, section 5).
/// </summary>
internal static class ReadableDomain
{
    private const string Marker = "xn--";

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    // The letters of names in use; those of a block that is not here stay in punycode.
    private static readonly (int First, int Last, Script Script)[] Blocks =
    [
        ('a', 'z', Script.Latin), (0x00DF, 0x00F6, Script.Latin), (0x00F8, 0x024F, Script.Latin), (0x1E00, 0x1EFF, Script.Latin),
        (0x0370, 0x03FF, Script.Greek), (0x1F00, 0x1FFF, Script.Greek), (0x0400, 0x052F, Script.Cyrillic),
        (0x0590, 0x05FF, Script.Hebrew), (0x0600, 0x06FF, Script.Arabic), (0x0900, 0x097F, Script.Devanagari), (0x0E00, 0x0E7F, Script.Thai),
        (0x3005, 0x3007, Script.EastAsian), (0x3041, 0x30FF, Script.EastAsian), (0x3400, 0x4DBF, Script.EastAsian), (0x4E00, 0x9FFF, Script.EastAsian),
        (0xAC00, 0xD7A3, Script.EastAsian),
    ];

    private enum Script
    {
        Unknown,
        Latin,
        Greek,
        Cyrillic,
        Hebrew,
        Arabic,
        Devanagari,
        Thai,
        EastAsian,
    }

    /// <summary>The domain in its own letters where that is safe, else as it is.</summary>
    public static string Of(string domain)
    {
        string readable;
        try
        {
            readable = Idn.GetUnicode(domain);
            if (!Idn.GetAscii(readable).Equals(domain, StringComparison.Ordinal))
                return domain;
        }
        catch (ArgumentException)
        {
            return domain;
        }

        var scripts = new HashSet<Script>();
        foreach (var label in readable.Split('.'))
        {
            var ofLabel = label.EnumerateRunes().Where(rune => !(rune.IsAscii && (Rune.IsDigit(rune) || rune.Value == '-'))).Select(ScriptOf).Distinct().ToList();
            if (ofLabel.Count > 1 || ofLabel.Contains(Script.Unknown) || label.StartsWith(Marker, StringComparison.Ordinal))
                return domain;
            scripts.UnionWith(ofLabel);
        }

        return scripts.Count > 1 && scripts.Any(script => script is Script.Greek or Script.Cyrillic) ? domain : readable;
    }

    private static Script ScriptOf(Rune rune) => Array.Find(Blocks, block => rune.Value >= block.First && rune.Value <= block.Last).Script;
}
