using System.Buffers;
using DigestService.Delivery;
using DigestService.Mail.Mime;

namespace DigestService.Mails;

/// <summary>Where one digest at a time is put together; its memory serves the next one.</summary>
internal sealed class ComposeBuffers
{
    private readonly RecipeTable _table = new();

    /// <summary>Empty buffers.</summary>
    public ComposeBuffers()
    {
        Mail = new RecipeWriter(_table);
        HtmlPart = new RecipeWriter(_table);
        TextPart = new RecipeWriter(_table);
    }

    /// <summary>Personal HTML not yet encoded.</summary>
    public HtmlWriter Html { get; } = new();

    /// <summary>Personal text not yet encoded.</summary>
    public PlainTextWriter Text { get; } = new();

    /// <summary>The whole mail.</summary>
    public RecipeWriter Mail { get; }

    /// <summary>The HTML part as it goes on the wire.</summary>
    public RecipeWriter HtmlPart { get; }

    /// <summary>Octets of the longest line of HTML.</summary>
    public int LongestHtmlLine { get; private set; }

    /// <summary>The text part as it goes on the wire.</summary>
    public RecipeWriter TextPart { get; }

    /// <summary>Clears the buffers for the next digest.</summary>
    public void Clear()
    {
        Html.Clear();
        Text.Clear();
        Mail.Clear();
        HtmlPart.Clear();
        TextPart.Clear();
        _table.Clear();
        LongestHtmlLine = 0;
    }

    /// <summary>Puts an encoded piece of HTML behind what was written so far.</summary>
    public void Place(WireTemplate piece, string token = "")
    {
        FlushHtml();
        HtmlPart.Place(piece.Piece, token);
        LongestHtmlLine = Math.Max(LongestHtmlLine, piece.LongestLine);
    }

    /// <summary>The same with the piece's first columns overwritten.</summary>
    public void PlaceBehind(ReadOnlySpan<byte> margin, WireTemplate piece)
    {
        FlushHtml();
        HtmlPart.PlaceBehind(margin, piece.Piece);
        LongestHtmlLine = Math.Max(LongestHtmlLine, piece.LongestLine);
    }

    /// <summary>Puts an encoded piece of text behind what was written so far.</summary>
    public void PlaceText(WireTemplate piece, string token)
    {
        FlushText();
        TextPart.Place(piece.Piece, token);
    }

    /// <summary>The same with the piece's first columns overwritten.</summary>
    public void PlaceTextBehind(ReadOnlySpan<byte> margin, WireTemplate piece)
    {
        FlushText();
        TextPart.PlaceBehind(margin, piece.Piece);
    }

    /// <summary>Puts lines that other digests have too behind the HTML that was written so far.</summary>
    public void Place(SharedLine line)
    {
        FlushHtml();
        Place(HtmlPart, line, line.Html);
        LongestHtmlLine = Math.Max(LongestHtmlLine, line.Html.LongestLine);
    }

    /// <summary>The same with text.</summary>
    public void PlaceText(SharedLine line)
    {
        FlushText();
        Place(TextPart, line, line.Text);
    }

    /// <summary>Encodes what was written.</summary>
    private void FlushHtml()
    {
        if (Html.Written.IsEmpty)
            return;
        LongestHtmlLine = Math.Max(LongestHtmlLine, AsciiHtml.Encode(Html.Written, HtmlPart));
        Html.Clear();
    }

    /// <summary>Encodes what was written.</summary>
    public void FlushText()
    {
        if (Text.Written.IsEmpty)
            return;
        QuotedPrintable.Encode(Text.Written, TextPart);
        Text.Clear();
    }

    private static void Place(RecipeWriter part, SharedLine line, WireTemplate piece)
    {
        if (line.IsFragment)
            part.Place(piece.Piece);
        else
            part.Write(piece.Octets);
    }

    /// <summary>The HTML part by itself, as text.</summary>
    public string HtmlText() => WireText.WithoutCarriageReturns(HtmlPart.Finish(DateTimeOffset.UnixEpoch).ToMail());
}
