using System.Net;
using System.Text;
using DigestService.Mail.Mime;

namespace DigestService.Inbound.Reading;

/// <summary>The words of a mail as lines of plain text, bounded.</summary>
internal static class MailText
{
    /// <summary>Characters that are read of one text; reports and commands stand at the beginning.</summary>
    private const int MostCharacters = 64_000;

    private static readonly string[] BlockTags = ["br", "p", "div", "li", "tr", "table", "h1", "h2", "h3", "h4", "pre", "ul", "ol", "blockquote", "hr"];

    /// <summary>All text of a report: each inline text part outside returned mails, plain before HTML.</summary>
    public static string OfReport(MimePart mail)
    {
        var texts = OwnLeaves(mail).Where(IsPlain).ToList();
        if (texts.Count == 0)
            texts = OwnLeaves(mail).Where(part => part.Type.MediaType is "text/html").ToList();
        var all = new StringBuilder();
        foreach (var part in texts)
        {
            if (all.Length >= MostCharacters)
                break;
            all.Append(Of(part)).Append('\n');
        }

        return Cut(all.ToString());
    }

    /// <summary>What its writer wrote: the first text/plain with words in it, else the first text/html as text.</summary>
    public static string OfPerson(MimePart mail)
    {
        var leaves = OwnLeaves(mail).Where(part => !part.IsAttachment && (IsPlain(part) || part.Type.MediaType is "text/html")).Take(20).ToList();
        var plain = leaves.Where(IsPlain).Select(Of).FirstOrDefault(text => !string.IsNullOrWhiteSpace(text));
        return plain ?? leaves.Where(part => part.Type.MediaType is "text/html").Select(Of).FirstOrDefault() ?? "";
    }

    /// <summary>HTML as lines: tags go, blocks end lines, what is quoted gets a <c>&gt;</c> before it.</summary>
    private static string FromHtml(string html)
    {
        var text = new StringBuilder(Math.Min(html.Length, MostCharacters));
        var quotes = 0;
        var position = 0;
        while (position < html.Length && text.Length < MostCharacters)
        {
            var open = html.IndexOf('<', position);
            Append(text, html.AsSpan(position, (open < 0 ? html.Length : open) - position), quotes);
            if (open < 0)
                break;
            if (html.AsSpan(open).StartsWith("<!--", StringComparison.Ordinal))
            {
                position = After(html, "-->", open + 4);
                continue;
            }

            var close = html.IndexOf('>', open);
            if (close < 0)
                break;
            var tag = TagName(html.AsSpan(open + 1, close - open - 1), out var isEnd);
            position = close + 1;
            if (tag is "script" or "style" or "head" or "title" && !isEnd)
                position = After(html, ">", After(html, "</" + tag, position));
            if (tag is "blockquote")
                quotes = Math.Clamp(quotes + (isEnd ? -1 : 1), 0, 20);
            if (Array.IndexOf(BlockTags, tag) >= 0)
                text.Append('\n');
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, ReadOnlySpan<char> raw, int quotes)
    {
        if (raw.IsEmpty)
            return;
        var words = WebUtility.HtmlDecode(raw.ToString()).Replace('\u00A0', ' ').ReplaceLineEndings(" ");
        if (string.IsNullOrWhiteSpace(words))
        {
            if (text.Length > 0 && text[^1] is not ('\n' or ' '))
                text.Append(' ');
            return;
        }

        if (quotes > 0 && (text.Length == 0 || text[^1] == '\n'))
            text.Append("> ");
        text.Append(words);
    }

    private static int After(string html, string mark, int from)
    {
        var found = from >= html.Length ? -1 : html.IndexOf(mark, from, StringComparison.OrdinalIgnoreCase);
        return found < 0 ? html.Length : found + mark.Length;
    }

    private static string TagName(ReadOnlySpan<char> tag, out bool isEnd)
    {
        isEnd = tag is ['/', ..];
        if (isEnd)
            tag = tag[1..];
        var end = tag.IndexOfAny(" \t\r\n/");
        tag = end < 0 ? tag : tag[..end];
        return tag.Length > 12 ? "" : tag.ToString().ToLowerInvariant();
    }

    // A multipart whose delimiters were lost on the way is text with odd lines in it.
    private static bool IsPlain(MimePart part) => part.Type.MediaType is "text/plain" || part.Type.IsMultipart;

    private static string Of(MimePart part)
    {
        var text = part.Text();
        if (part.Type.MediaType is "text/html")
            text = FromHtml(text);
        text = Cut(text).ReplaceLineEndings("\n");
        return "flowed".Equals(part.Type["format"], StringComparison.OrdinalIgnoreCase)
            ? Unfold(text, "yes".Equals(part.Type["delsp"], StringComparison.OrdinalIgnoreCase)) : text;
    }

    /// <summary>
    /// Joins the lines that a mail program broke (RFC 3676): a space at a line's end says that the next one of the same quotation goes
    /// on with it. The line above a signature ends in a space and goes on nowhere.
    /// </summary>
    private static string Unfold(string text, bool dropsSpace)
    {
        var whole = new StringBuilder(text.Length);
        var continued = -1;
        foreach (var line in text.Split('\n'))
        {
            var depth = line.Length - line.AsSpan().TrimStart('>').Length;
            var words = line.AsSpan(depth);
            if (words is [' ', ..])
                words = words[1..];
            var isSignature = words is "-- ";
            if (depth != continued || isSignature)
                whole.Append('\n').Append('>', depth).Append(' ', Math.Min(depth, 1));
            continued = words is [.., ' '] && !isSignature ? depth : -1;
            whole.Append(continued >= 0 && dropsSpace ? words[..^1] : words);
        }

        return whole.ToString(1, whole.Length - 1);
    }

    private static string Cut(string text) => text.Length <= MostCharacters ? text : text[..MostCharacters];

    /// <summary>The parts without parts of their own that belong to the mail and not to a mail within.</summary>
    private static IEnumerable<MimePart> OwnLeaves(MimePart part)
    {
        if (!part.Type.IsMultipart || part.Children.Count == 0)
        {
            if (part.Children.Count == 0)
                yield return part;
            yield break;
        }

        foreach (var child in part.Children)
        {
            foreach (var leaf in OwnLeaves(child))
                yield return leaf;
        }
    }
}
