using DigestService.Mails.Languages;

namespace DigestService.Mails;

/// <summary>What every mail begins and ends with: the page around the card.</summary>
internal static class MailShell
{
    /// <summary>Opens page, card and main part. The hidden first line is what an inbox shows beside the subject.</summary>
    public static void Open(HtmlWriter html, Language language, string subject, string preview)
    {
        OpenHead(html, language);
        WriteTitle(html, subject);
        OpenBody(html, MailStyle.Sheet);
        WritePreview(html, preview);
        OpenCard(html, 0);
    }

    /// <summary>The page up to its title.</summary>
    public static void OpenHead(HtmlWriter html, Language language) => html.Write($"""
        <!DOCTYPE html>
        <html lang="{language.PageTag}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <meta name="color-scheme" content="light dark">

        """);

    /// <summary>The title.</summary>
    public static void WriteTitle(HtmlWriter html, string subject) => html.Write($"""
        <title>{subject}</title>

        """);

    /// <summary>From the title to the hidden first line.</summary>
    public static void OpenBody(HtmlWriter html, Markup sheet) => html.Write($"""
        <style>
        {sheet}</style>
        </head>
        <body class="g" style="{MailStyle.Body}">
        <div role="main">
        <div style="{MailStyle.Preheader}">

        """);

    /// <summary>The hidden first line.</summary>
    public static void WritePreview(HtmlWriter html, string preview) => html.Write($"""
        {preview}</div>

        """);

    /// <summary>From the hidden first line to the first row of the card, whose cells have this padding where nothing else says one.</summary>
    public static void OpenCard(HtmlWriter html, int cellPadding) => html.Write($"""
        <table role="presentation" class="g" width="100%" cellpadding="0" cellspacing="0" style="{MailStyle.Ground}">
        <tr><td class="o" align="center" style="{MailStyle.Outer}">
        <!--[if mso]><table width="640" cellpadding="0" cellspacing="0"><tr><td><![endif]-->
        <table role="presentation" class="c b" width="100%" cellpadding="{cellPadding}" cellspacing="0" style="{MailStyle.Card}">

        """);

    /// <summary>Closes all that <see cref="Open"/> opened.</summary>
    public static void Close(HtmlWriter html) => html.Write($"""
        </table>
        <!--[if mso]></td></tr></table><![endif]-->
        </td></tr>
        </table>
        </div>
        </body>
        </html>

        """);
}
