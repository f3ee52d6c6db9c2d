using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace DigestService.Sources;

/// <summary>
/// The letters of a document: by its byte order mark, by what it declares, by its octets. What claims to be UTF-8 and is
/// not everywhere is read as Windows-1252 there, which such octets nearly always are.
/// </summary>
internal static partial class DocumentText
{
    /// <summary>Octets at the beginning that tell an encoding of several octets a character.</summary>
    public const int LongestMark = 4;

    private const int DeclarationLength = 1_024;

    private static readonly UTF8Encoding Utf8 = new(false);

    static DocumentText() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>The document as text, without byte order mark.</summary>
    /// <param name="octets">The document.</param>
    /// <param name="charset">The code that its server named, which counts where the document declares none.</param>
    public static string Decode(ReadOnlySpan<byte> octets, string? charset = null)
    {
        if (Marked(octets) is { } marked)
            return marked.Encoding.GetString(octets[marked.Length..]);
        var beginning = Encoding.Latin1.GetString(octets[..Math.Min(octets.Length, DeclarationLength)]);
        var declared = Declaration().Match(beginning) is { Success: true } match ? Find(match.Groups["name"].Value) : Find(charset ?? "");
        var isUtf8 = System.Text.Unicode.Utf8.IsValid(octets);
        // Text of several octets a letter is not valid by chance: who declares a code page of single octets did not look.
        if (isUtf8 && (declared is null || declared.IsSingleByte))
            return Utf8.GetString(octets);
        return declared is null ? Mended(octets) : declared.GetString(octets);
    }

    /// <summary>The encoding of several octets a character that a document begins with; null for any other.</summary>
    public static Encoding? WideEncoding(ReadOnlySpan<byte> beginning) => Marked(beginning)?.Encoding is { } encoding && !encoding.Equals(Utf8) ? encoding : null;

    private static (Encoding Encoding, int Length)? Marked(ReadOnlySpan<byte> octets) => octets switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (IsValid(octets[3..]) ? Utf8 : null) is { } utf8 ? (utf8, 3) : null,
        [0xFF, 0xFE, 0, 0, ..] => (Encoding.UTF32, 4),
        [0, 0, 0xFE, 0xFF, ..] => (new UTF32Encoding(bigEndian: true, byteOrderMark: true), 4),
        [0xFF, 0xFE, ..] => (Encoding.Unicode, 2),
        [0xFE, 0xFF, ..] => (Encoding.BigEndianUnicode, 2),
        [(byte)'<' or (byte)'{' or (byte)'[', 0, not 0, 0, ..] => (Encoding.Unicode, 0),
        [0, (byte)'<' or (byte)'{' or (byte)'[', 0, not 0, ..] => (Encoding.BigEndianUnicode, 0),
        _ => null,
    };

    private static bool IsValid(ReadOnlySpan<byte> octets) => System.Text.Unicode.Utf8.IsValid(octets);

    private static Encoding? Find(string name)
    {
        var label = name.Trim('"', ' ').ToLowerInvariant() switch
        {
            "" or "utf-8" or "utf8" or "unicode-1-1-utf-8" => null,
            // The octets are not UTF-16 or UTF-32, or they would have been found to be, and nobody writes UTF-7.
            "utf-16" or "utf-16le" or "utf-16be" or "utf-32" or "utf-32le" or "utf-32be" or "utf-7" or "ucs-2" or "ucs-4" or "unicode" => null,
            "iso-8859-1" or "iso8859-1" or "iso_8859-1" or "latin1" or "latin-1" or "l1" or "ascii" or "us-ascii" or "cp1252" or "ansi" => "windows-1252",
            "iso-8859-9" or "latin5" => "windows-1254",
            "gb2312" or "gbk" or "gb_2312-80" or "x-gbk" or "cp936" or "chinese" => "gb18030",
            "shift-jis" or "sjis" or "x-sjis" or "ms932" or "cp932" or "windows-31j" or "ms_kanji" => "shift_jis",
            "big5-hkscs" or "cp950" or "x-x-big5" => "big5",
            "ks_c_5601-1987" or "cp949" or "uhc" => "euc-kr",
            "koi8" or "koi" or "koi8_r" => "koi8-r",
            ['c', 'p', '1', '2', '5', _] page => "windows-" + page[2..],
            var same => same,
        };
        if (label is null)
            return null;
        try
        {
            return Encoding.GetEncoding(label);
        }
        catch (Exception unknown) when (unknown is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static string Mended(ReadOnlySpan<byte> octets)
    {
        if (octets.StartsWith("\uFEFF"u8))
            octets = octets[3..];
        var text = new StringBuilder(octets.Length);
        var western = Encoding.GetEncoding("windows-1252");
        while (!octets.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(octets, out var rune, out var consumed);
            if (status == System.Buffers.OperationStatus.Done)
                text.Append(rune.ToString());
            else
                text.Append(western.GetString(octets[..consumed]));
            octets = octets[consumed..];
        }

        return text.ToString();
    }

    [GeneratedRegex(@"^[\s\u00EF\u00BB\u00BF]*<\?xml[^>]*?\bencoding\s*=\s*[""'](?<name>[A-Za-z0-9._:-]{1,40})[""']", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Declaration();
}
