using System.Text;
using System.Text.RegularExpressions;
using DigestService.Admin;
using DigestService.Mails;

namespace DigestService.Demo;

/// <summary><c>/inbox</c>: the mails the demo's readers got, as a mail program would show them.</summary>
internal static partial class InboxPages
{
    /// <summary>A mail may style itself and show its own pictures; it runs nothing and loads nothing.</summary>
    private const string MailSecurityPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'";

    /// <summary>Maps the list, a mail, and each of its forms.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/inbox", (HttpContext http, DemoInbox inbox) => Show(http, inbox, name: null, view: null)).ExcludeFromDescription();
        routes.MapGet("/inbox/{name}", (HttpContext http, DemoInbox inbox, string name, string? view) => Show(http, inbox, name, view)).ExcludeFromDescription();
        routes.MapGet("/inbox/{name}/html", Html).ExcludeFromDescription();
        routes.MapGet("/inbox/{name}/raw", Raw).ExcludeFromDescription();
    }

    private static IResult Show(HttpContext http, DemoInbox inbox, string? name, string? view)
    {
        var mails = inbox.List();
        var open = mails.FirstOrDefault(mail => name is null || string.Equals(mail.Name, name, StringComparison.Ordinal));
        if (name is not null && open is null)
            return Results.NotFound();
        return OperatorPage.Show(
            http,
            "Inbox",
            [("/", "Site"), ("/admin", "Admin")],
            html =>
            {
                if (open is null)
                {
                    html.Write($"""<p>Nothing has arrived yet. Sign up <a href="/">on the site</a> and look again.</p>""");
                    return;
                }

                html.Write($"""<div class="mail"><ol>""");
                foreach (var mail in mails)
                    WriteEntry(html, mail, isOpen: ReferenceEquals(mail, open));
                html.Write($"</ol><article>");
                WriteMail(html, open, view ?? (open.Html is null ? "text" : "html"));
                html.Write($"</article></div>");
            },
            isWide: true);
    }

    private static void WriteEntry(HtmlWriter html, InboxMail mail, bool isOpen) => html.Write($"""
        <li><a href="/inbox/{mail.Name}"{new Markup(isOpen ? " aria-current=\"page\"" : "")}>{mail.Subject}<span>to {mail.To}</span><span>{mail.Date}</span></a></li>

        """);

    private static void WriteMail(HtmlWriter html, InboxMail mail, string view)
    {
        html.Write($"""
            <h1>{mail.Subject}</h1>
            <dl><dt>From</dt><dd>{mail.From}</dd><dt>To</dt><dd>{mail.To}</dd><dt>Date</dt><dd>{mail.Date}</dd></dl>
            <p class="views"><a href="/inbox/{mail.Name}?view=html">HTML</a> <a href="/inbox/{mail.Name}?view=text">Text</a> <a href="/inbox/{mail.Name}?view=raw">As sent</a> <a href="/inbox/{mail.Name}/raw">Download</a></p>

            """);
        switch (view)
        {
            case "html" when mail.Html is not null:
                html.Write($"""<iframe title="The mail" sandbox="allow-popups allow-popups-to-escape-sandbox" src="/inbox/{mail.Name}/html"></iframe>""");
                break;
            case "raw":
                html.Write($"<pre>{Encoding.UTF8.GetString(mail.Raw)}</pre>");
                break;
            default:
                html.Write($"<pre>{mail.Text ?? "This mail has no text part."}</pre>");
                break;
        }
    }

    private static IResult Html(HttpContext http, DemoInbox inbox, string name)
    {
        if (inbox.Find(name)?.Html is not { } html)
            return Results.NotFound();
        OperatorPage.SetHeaders(http.Response.Headers, MailSecurityPolicy);
        // A mail program opens links outside the mail.
        return Results.Text(Head().Replace(html, "$0<base target=\"_blank\">", 1), "text/html; charset=utf-8", Encoding.UTF8);
    }

    private static IResult Raw(HttpContext http, DemoInbox inbox, string name)
    {
        if (inbox.Find(name) is not { } mail)
            return Results.NotFound();
        OperatorPage.SetHeaders(http.Response.Headers, "default-src 'none'");
        return Results.File(mail.Raw, "message/rfc822", "mail.eml");
    }

    [GeneratedRegex("<head[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex Head();
}
