using System.Text;
using DigestService.Platform.Layout;

namespace DigestService.Mails.Gallery;

/// <summary><c>GET /dev/mails</c>: every mail with ordinary and awkward content, for whoever works on them. Not for the public.</summary>
internal static class MailGalleryPage
{
    /// <summary>Maps the list and its mails; called by the demo and in development only.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/dev/mails", (MailGallery gallery) => Results.Content(List(gallery), "text/html; charset=utf-8", Encoding.UTF8));
        routes.MapGet("/dev/mails/{name}/{form}", (string name, string form, MailGallery gallery, HttpResponse response) => Show(gallery, name, form, response));
    }

    private static string List(MailGallery gallery)
    {
        var html = new HtmlWriter();
        html.Write($"""
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Mails</title></head>
            <body>
            <h1>Mails</h1>
            <ul>

            """);
        foreach (var mail in gallery.Mails())
            html.Write($"""
                <li>{mail.Shows}: <a href="/dev/mails/{mail.Name}/html">{mail.Name}, HTML</a>, <a href="/dev/mails/{mail.Name}/text">text</a>, <a href="/dev/mails/{mail.Name}/source">source</a></li>

                """);
        html.Write($"""
            </ul>
            </body>
            </html>

            """);
        return html.ToString();
    }

    private static IResult Show(MailGallery gallery, string name, string form, HttpResponse response)
    {
        if (gallery.Mails().FirstOrDefault(mail => mail.Name == name)?.Mail is not { } found)
            return Results.NotFound();
        if (form == "html")
            response.Headers.ContentSecurityPolicy = SiteHeaders.PolicyOfMails;
        return form switch
        {
            "html" => Results.Content(found.Html, "text/html; charset=utf-8", Encoding.UTF8),
            "text" => Results.Content(found.Text, "text/plain; charset=utf-8", Encoding.UTF8),
            "source" => Results.Content(Encoding.UTF8.GetString(found.Message), "text/plain; charset=utf-8", Encoding.UTF8),
            _ => Results.NotFound(),
        };
    }
}
