using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using DigestService.Mail.Mime;

namespace DigestService.Admin;

/// <summary>
/// A stored mail as somebody other than its reader may see it: tokens of links and of addresses, which act for the reader, are
/// replaced by as many letters x. Nothing else changes, so that its source is still the mail.
/// </summary>
internal sealed partial class MaskedMail
{
    private readonly MimePart _mail;

    private MaskedMail(byte[] raw)
    {
        Raw = raw;
        _mail = MimeReader.Read(raw);
    }

    /// <summary>The whole mail.</summary>
    public byte[] Raw { get; }

    /// <summary>Its HTML; null where it has none.</summary>
    public string? Html => _mail.Find("text/html")?.Text();

    /// <summary>Its text; null where it has none.</summary>
    public string? Text => _mail.Find("text/plain")?.Text();

    /// <summary>Masks a mail.</summary>
    public static MaskedMail Of(byte[] mail)
    {
        var raw = mail.AsSpan().ToArray();
        var untouched = new List<Range>();
        foreach (var part in MimeReader.Read(raw).Walk().Where(IsBase64))
        {
            if (!MemoryMarshal.TryGetArray(part.RawBody, out var body))
                continue;
            untouched.Add(new Range(body.Offset, body.Offset + body.Count));
            MaskBase64(part.Content.Span, body);
        }

        // A signature is no secret, and long.
        var head = Encoding.Latin1.GetString(raw.AsSpan(0, Math.Max(0, raw.AsSpan().IndexOf("\r\n\r\n"u8))));
        untouched.AddRange(Signature().Matches(head).Select(header => new Range(header.Index, header.Index + header.Length)));
        MaskText(raw, untouched);
        return new MaskedMail(raw);
    }

    private static bool IsBase64(MimePart part) =>
        part.Children.Count == 0 && part.Headers.First("Content-Transfer-Encoding")?.Trim().Equals("base64", StringComparison.OrdinalIgnoreCase) == true;

    // As long as before, in the lines that MailBody makes of it; a body that somebody wrote otherwise is not shown.
    private static void MaskBase64(ReadOnlySpan<byte> content, Span<byte> body)
    {
        var masked = content.ToArray();
        MaskText(masked, []);
        var text = Encoding.ASCII.GetBytes(Convert.ToBase64String(masked, Base64FormattingOptions.InsertLineBreaks));
        if (text.Length <= body.Length && body[text.Length..].Trim("\r\n"u8).IsEmpty)
            text.CopyTo(body);
        else
            body.Fill((byte)' ');
    }

    private static void MaskText(Span<byte> octets, IReadOnlyList<Range> untouched)
    {
        var text = Encoding.Latin1.GetString(octets);
        foreach (var pattern in (Regex[])[Token(), ShortToken(), AddressTag()])
        {
            foreach (Match match in pattern.Matches(text))
            {
                var token = match.Groups["token"];
                if (untouched.Any(range => token.Index >= range.Start.Value && token.Index < range.End.Value))
                    continue;
                // The soft line breaks of quoted-printable within it stay, and so does a rule of dashes.
                var letters = octets.Slice(token.Index, token.Length);
                if (letters.IndexOfAnyExcept("-_=\r\n"u8) < 0)
                    continue;
                for (var i = 0; i < letters.Length; i++)
                {
                    if (letters[i] is not ((byte)'=' or (byte)'\r' or (byte)'\n'))
                        letters[i] = (byte)'x';
                }
            }
        }
    }

    [GeneratedRegex("^DKIM-Signature:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex Signature();

    // LinkSigner.Sign: fifty letters of base64url, wherever they stand.
    [GeneratedRegex("(?<token>(?:[A-Za-z0-9_-](?:=\r?\n)?){50,})", RegexOptions.ExplicitCapture)]
    private static partial Regex Token();

    // LinkSigner.SignShort, in links that judge papers.
    [GeneratedRegex("/(?:=\r?\n)?f(?:=\r?\n)?/(?:=\r?\n)?(?<token>(?:[A-Za-z0-9_-](?:=\r?\n)?){16})", RegexOptions.ExplicitCapture)]
    private static partial Regex ShortToken();

    // ReplyAddress and BounceAddress: numbers and a mac behind the plus.
    [GeneratedRegex(
        @"\+(?:=\r?\n)?(?<token>(?:[rcq](?:=\r?\n)?)?(?:[0-9](?:=\r?\n)?)+(?:-(?:=\r?\n)?(?:[0-9](?:=\r?\n)?)+)*-(?:=\r?\n)?(?:[0-9a-f](?:=\r?\n)?){16,20})(?=@)",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex AddressTag();
}
