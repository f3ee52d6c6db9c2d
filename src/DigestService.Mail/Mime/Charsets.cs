using System.Text;
using System.Text.Unicode;

namespace DigestService.Mail.Mime;

/// <summary>Turns octets into text under whatever charset a mail claims, and a guess where it claims none or lies.</summary>
internal static class Charsets
{
    static Charsets() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>Decodes; an unknown or missing charset is UTF-8 where the octets are, else windows-1252.</summary>
    public static string Decode(ReadOnlySpan<byte> octets, string? charset)
    {
        var encoding = Find(charset);
        if (encoding is null || encoding.CodePage is 65001 or 20127)
            return DecodeGuessing(octets);
        try
        {
            return encoding.GetString(octets);
        }
        catch (ArgumentException)
        {
            return DecodeGuessing(octets);
        }
    }

    /// <summary>Decodes octets of which nothing is known.</summary>
    public static string DecodeGuessing(ReadOnlySpan<byte> octets)
    {
        // UTF-7 and the like are never guessed: mail that hides its text is not helped to.
        if (Utf8.IsValid(octets))
            return Encoding.UTF8.GetString(octets);
        return Windows1252.GetString(octets);
    }

    private static Encoding Windows1252 { get; } = Find("windows-1252") ?? Encoding.Latin1;

    private static Encoding? Find(string? charset)
    {
        var name = charset?.Trim().Trim('"', '\'').ToLowerInvariant();
        if (string.IsNullOrEmpty(name) || name.Length > 40 || name is "utf-7" or "unicode-1-1-utf-7")
            return null;
        // Latin-1 in mail is windows-1252 in truth, as browsers have it too.
        name = name switch
        {
            "iso-8859-1" or "latin1" or "iso8859-1" or "8859-1" or "cp1252" or "ansi" => "windows-1252",
            "utf8" => "utf-8",
            "gb2312" or "gbk" or "cp936" => "gb18030",
            "ks_c_5601-1987" or "euckr" => "euc-kr",
            "cp1251" => "windows-1251",
            _ => name,
        };
        try
        {
            return Encoding.GetEncoding(name);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
