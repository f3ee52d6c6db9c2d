using System.Buffers;
using DigestService.Mail.Mime;

namespace DigestService.Mails;

/// <summary>Where one digest at a time is put together; its memory serves the next one.</summary>
internal sealed class ComposeBuffers
{
    /// <summary>Personal HTML not yet encoded.</summary>
    public HtmlWriter Html { get; } = new();

    /// <summary>Personal text not yet encoded.</summary>
    public PlainTextWriter Text { get; } = new();

    /// <summary>The HTML part as it goes on the wire.</summary>
    public ArrayBufferWriter<byte> HtmlWire { get; } = new(64 * 1024);

    /// <summary>Octets of the longest line of HTML.</summary>
    public int LongestHtmlLine { get; private set; }

    /// <summary>The text part as it goes on the wire.</summary>
    public ArrayBufferWriter<byte> TextWire { get; } = new(32 * 1024);

    /// <summary>Clears the buffers for the next digest.</summary>
    public void Clear()
    {
        Html.Clear();
        Text.Clear();
        HtmlWire.ResetWrittenCount();
        LongestHtmlLine = 0;
        TextWire.ResetWrittenCount();
    }

    /// <summary>Puts an encoded piece behind what was written so far.</summary>
    public void Place(WireTemplate piece, string token = "")
    {
        FlushHtml();
        piece.CopyTo(HtmlWire, token);
        LongestHtmlLine = Math.Max(LongestHtmlLine, piece.LongestLine);
    }

    /// <summary>Encodes what was written.</summary>
    public void FlushHtml()
    {
        LongestHtmlLine = Math.Max(LongestHtmlLine, AsciiHtml.Encode(Html.Written, HtmlWire));
        Html.Clear();
    }

    /// <summary>Encodes what was written.</summary>
    public void FlushText()
    {
        QuotedPrintable.Encode(Text.Written, TextWire);
        Text.Clear();
    }
}
