using DigestService.Mails.Languages;
using DigestService.Platform;

namespace DigestService.Mails;

/// <summary>A mail that is not a digest, said once for HTML and text.</summary>
internal sealed record ServiceMail(Language Language, string Subject, string Heading)
{
    /// <summary>What it says, in order.</summary>
    public required IReadOnlyList<ServiceBlock> Blocks { get; init; }

    /// <summary>Links for a reader who has a subscription; null where there is none to change.</summary>
    public RecipientLinks? Footer { get; init; }
}

/// <summary>A piece of a service mail.</summary>
internal abstract record ServiceBlock;

/// <summary>Running text.</summary>
internal sealed record Paragraph(string Text) : ServiceBlock;

/// <summary>Text of less weight.</summary>
internal sealed record SmallPrint(string Text) : ServiceBlock;

/// <summary>The one thing to do.</summary>
internal sealed record Button(string Label, string Url) : ServiceBlock;

/// <summary>A link on a line of its own.</summary>
internal sealed record LinkLine(string Label, string Url) : ServiceBlock;

/// <summary>Names and what they stand for; one that stands for nothing else is by itself.</summary>
internal sealed record Facts(IReadOnlyList<KeyValuePair<string, string>> Rows) : ServiceBlock;

/// <summary>Renders service mails in the look of the digest.</summary>
internal sealed class ServiceMailLayout(SiteOptions site)
{
    /// <summary>The HTML part.</summary>
    public string Html(ServiceMail mail)
    {
        var html = new HtmlWriter();
        MailShell.Open(html, mail.Language, mail.Subject, mail.Blocks.OfType<Paragraph>().First().Text);
        html.Write($"""
            <tr><td class="p" style="{MailStyle.BriefHead}">
            <p class="k" style="{MailStyle.Brand}">{site.Name}</p>
            <h1 class="t" style="{MailStyle.H1}">{mail.Heading}</h1>
            </td></tr>

            """);
        foreach (var block in mail.Blocks)
        {
            html.Write($"""
                <tr><td class="p" style="{MailStyle.Block}">

                """);
            WriteBlock(html, block, mail.Language);
            html.Write($"""
                </td></tr>

                """);
        }

        WriteFooter(html, mail);
        MailShell.Close(html);
        return html.ToString();
    }

    /// <summary>The plain text part.</summary>
    public string Text(ServiceMail mail)
    {
        var text = new PlainTextWriter();
        text.Line(site.Name);
        text.Blank();
        text.Heading(mail.Heading, '=');
        foreach (var block in mail.Blocks)
        {
            text.Blank();
            WriteBlock(text, block, mail.Language);
        }

        text.Blank();
        text.Line("-- ");
        if (mail.Footer is { } links)
        {
            (string Label, string Url)[] rows = [(mail.Language.ChangeTopics, links.Preferences), (mail.Language.Unsubscribe, links.Unsubscribe)];
            var columns = rows.Max(row => PlainTextWriter.Columns(row.Label));
            foreach (var (label, url) in rows)
                text.Link(label, columns, url);
        }

        text.Wrap(Sender);
        return text.ToString();
    }

    private static void WriteBlock(HtmlWriter html, ServiceBlock block, Language language)
    {
        switch (block)
        {
            case Paragraph paragraph:
                html.Write($"""
                    <p class="b" style="{MailStyle.Paragraph}">{paragraph.Text}</p>

                    """);
                break;
            case SmallPrint small:
                html.Write($"""
                    <p class="m" style="{MailStyle.Small}">{small.Text}</p>

                    """);
                break;
            case Button button:
                html.Write($"""
                    <table role="presentation" cellpadding="0" cellspacing="0">
                    <tr><td class="u" style="{MailStyle.ButtonCell}"><a href="{button.Url}" style="{MailStyle.ButtonLink}">{button.Label}</a></td></tr>
                    </table>

                    """);
                break;
            case LinkLine link:
                html.Write($"""
                    <p class="l" style="{MailStyle.Paragraph}"><a href="{link.Url}" style="{MailStyle.Link}">{link.Label}</a></p>

                    """);
                break;
            case Facts facts:
                foreach (var (name, value) in facts.Rows)
                    html.Write($"""
                        <p class="b" style="{MailStyle.Paragraph}"><strong>{name}</strong>{(value.Length > 0 ? language.Labelled("", value) : "")}</p>

                        """);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(block), block, "A block without a layout.");
        }
    }

    private static void WriteBlock(PlainTextWriter text, ServiceBlock block, Language language)
    {
        switch (block)
        {
            case Paragraph paragraph:
                text.Wrap(paragraph.Text);
                break;
            case SmallPrint small:
                text.Wrap(small.Text);
                break;
            case Button button:
                text.Line(language.Labelled(button.Label, "").TrimEnd());
                text.Line(button.Url);
                break;
            case LinkLine link:
                text.Line(language.Labelled(link.Label, "").TrimEnd());
                text.Line(link.Url);
                break;
            case Facts facts:
                foreach (var (name, value) in facts.Rows)
                    text.Wrap(value.Length > 0 ? language.Labelled(name, value) : name, "  ", "    ");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(block), block, "A block without a layout.");
        }
    }

    private void WriteFooter(HtmlWriter html, ServiceMail mail)
    {
        html.Write($"""
            <tr><td class="p r m" style="{MailStyle.Foot}">

            """);
        if (mail.Footer is { } links)
            html.Write($"""
                <p style="{MailStyle.FootLine}"><a href="{links.Preferences}" style="{MailStyle.FootLink}">{mail.Language.ChangeTopics}</a> · <a href="{links.Unsubscribe}" style="{MailStyle.FootLink}">{mail.Language.Unsubscribe}</a></p>

                """);
        html.Write($"""
            <p style="{MailStyle.Paragraph}">{Sender}</p>
            </td></tr>

            """);
    }

    private string Sender => site.PostalAddress.Length > 0 ? $"{site.Name}, {CleanText.Line(site.PostalAddress)}" : site.Name;
}
