using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace DigestService.Mails;

/// <summary>Text that is already markup: styles and whole tags of our own, never anything from outside.</summary>
internal readonly record struct Markup(string Html);

/// <summary>
/// Writes HTML by interpolation, escaped by construction: what stands in the literal is markup, what stands in a hole
/// is text. Only a <see cref="Markup"/> passes as it is.
/// </summary>
internal sealed class HtmlWriter
{
    private readonly ArrayBufferWriter<char> _output = new(8 * 1024);

    /// <summary>What was written since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<char> Written => _output.WrittenSpan;

    /// <summary>Starts anew in the same memory.</summary>
    public void Clear() => _output.ResetWrittenCount();

    /// <summary>Writes markup with escaped holes.</summary>
    public void Write([InterpolatedStringHandlerArgument("")] ref Interpolation markup)
    {
    }

    /// <inheritdoc/>
    public override string ToString() => Written.ToString();

    private void Raw(ReadOnlySpan<char> markup) => _output.Write(markup);

    private void Escape(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            var next = text.IndexOfAny(Special);
            if (next < 0)
            {
                Raw(text);
                return;
            }

            Raw(text[..next]);
            Raw(text[next] switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                _ => "&#39;",
            });
            text = text[(next + 1)..];
        }
    }

    private static readonly SearchValues<char> Special = SearchValues.Create("&<>\"'");

    /// <summary>The compiler's half of <see cref="Write"/>.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Interpolation
    {
        private readonly HtmlWriter _html;

        /// <summary>Called by the compiler.</summary>
        public Interpolation(int literalLength, int formattedCount, HtmlWriter html)
        {
            _ = literalLength + formattedCount;
            _html = html;
        }

        /// <summary>Markup as it stands in the source.</summary>
        public void AppendLiteral(string literal) => _html.Raw(literal);

        /// <summary>Our own markup.</summary>
        public void AppendFormatted(Markup markup) => _html.Raw(markup.Html);

        /// <summary>Text, escaped.</summary>
        public void AppendFormatted(string? text) => _html.Escape(text);

        /// <summary>A number in digits.</summary>
        public void AppendFormatted(long number) => _html.Raw(number.ToString(CultureInfo.InvariantCulture));
    }
}
