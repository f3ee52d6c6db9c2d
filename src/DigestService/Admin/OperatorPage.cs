using System.Text;
using DigestService.Mails;

namespace DigestService.Admin;

/// <summary>The frame of pages for the operator: the admin pages and the demo's inbox. No script, nothing from elsewhere.</summary>
internal static class OperatorPage
{
    /// <summary>Where the style sheet is served.</summary>
    public const string StylePath = "/operator.css";

    private const string ContentSecurityPolicy =
        "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private const string Style = """
        :root { color-scheme: light dark; --ink: #1d1c1a; --soft: #6b6862; --paper: #fbfaf6; --line: #dedad0; --accent: #8c2f1b; --tint: #f1eee6; }
        /* Ink on a printed page is dark, whatever the screen is. */
        @media screen and (prefers-color-scheme: dark) { :root { --ink: #eae6dd; --soft: #a09b90; --paper: #161513; --line: #37342e; --accent: #e58a73; --tint: #201e1b; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
        header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; padding: .8rem 1.2rem; border-bottom: 1px solid var(--line); }
        header strong { font-size: 1.1rem; }
        header nav { display: flex; flex-wrap: wrap; gap: .2rem 1rem; flex: 1; }
        header a[aria-current] { color: var(--ink); font-weight: 600; }
        main { padding: 1.2rem; max-width: 72rem; margin: 0 auto; overflow-x: auto; }
        main.wide { max-width: none; }
        .skip { position: absolute; left: -999rem; }
        .skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .5rem 1rem; z-index: 1; }
        a { color: var(--accent); }
        h1 { font-size: 1.4rem; margin: 0 0 1rem; }
        h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
        h3 { font-size: 1rem; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
        th { color: var(--soft); font-weight: 600; font-size: .85rem; }
        /* Where one column holds long texts, the others keep their words whole. */
        .stacked td:not(.soft, .long) { min-width: 7rem; max-width: 24rem; overflow-wrap: break-word; }
        .day { white-space: nowrap; }
        td.number { font-variant-numeric: tabular-nums; }
        .figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); gap: .6rem; margin: 0; }
        .figures div { background: var(--tint); border-radius: .4rem; padding: .6rem .8rem; }
        .figures dt { color: var(--soft); font-size: .85rem; }
        .figures dd { margin: 0; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
        .notice { border-left: 4px solid var(--accent); background: var(--tint); padding: .6rem 1rem; margin: 0 0 1rem; }
        .bars { display: block; fill: var(--accent); background: var(--tint); max-width: 100%; }
        textarea { font: inherit; width: 100%; padding: .45rem .7rem; border: 1px solid var(--soft); border-radius: .4rem; background: var(--paper); color: inherit; }
        .soft { color: var(--soft); }
        pre, code { overflow-wrap: anywhere; }
        pre { white-space: pre-wrap; }
        form.row > div { max-width: 100%; }
        form.row { display: flex; flex-wrap: wrap; gap: .6rem; align-items: end; margin: .8rem 0; }
        label { display: block; font-size: .85rem; color: var(--soft); }
        input, button, select { max-width: 100%; font: inherit; min-height: 2.55rem; padding: .45rem .7rem; border: 1px solid var(--soft); border-radius: .4rem; background: var(--paper); color: inherit; }
        input[type=checkbox] { min-height: 0; margin: .3rem 0; }
        button { background: var(--accent); border-color: var(--accent); color: var(--paper); cursor: pointer; }
        button.quiet { background: transparent; color: var(--accent); }
        .mail { display: grid; grid-template-columns: minmax(15rem, 22rem) 1fr; gap: 1.2rem; }
        .mail ol { list-style: none; margin: 0; padding: 0; }
        .mail li a { display: block; padding: .6rem .8rem; border-radius: .4rem; text-decoration: none; color: inherit; }
        .mail li a[aria-current] { background: var(--tint); }
        .mail li span { display: block; color: var(--soft); font-size: .85rem; }
        .mail iframe { width: 100%; height: 78vh; border: 1px solid var(--line); border-radius: .4rem; background: #fff; }
        .mail.view { display: block; }
        .mail pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--tint); padding: 1rem; border-radius: .4rem; font-size: .9rem; }
        .facts { display: grid; grid-template-columns: fit-content(45%) minmax(0, 1fr); gap: .2rem 1.2rem; margin: 0; }
        .facts dt { color: var(--soft); }
        .facts dd { margin: 0; overflow-wrap: anywhere; }
        .mail dl { display: grid; grid-template-columns: auto 1fr; gap: .1rem .8rem; margin: 0 0 .8rem; }
        .mail dt { color: var(--soft); }
        .mail dd { margin: 0; overflow-wrap: anywhere; }
        .views { display: flex; flex-wrap: wrap; gap: 1rem; margin-bottom: .6rem; }
        @media (max-width: 46rem) {
          .mail { grid-template-columns: 1fr; }
          header nav { flex: 1 0 100%; }
          /* A wide table is moved sideways within its own width; no word is cut in two. */
          table { display: block; overflow-x: auto; }
          th, td { overflow-wrap: normal; min-width: 3.5rem; }
        }
        @media (max-width: 58rem) {
          /* Rows of few cells, some of them long, are read from above to below. */
          .stacked, .stacked tbody, .stacked tr, .stacked th, .stacked td { display: block; }
          .stacked thead { position: absolute; left: -999rem; }
          .stacked tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
          .stacked th, .stacked td, .stacked td:not(.soft, .long) { max-width: none; border: 0; padding: .1rem 0; overflow-wrap: anywhere; }
          .stacked td:empty { display: none; }
          .stacked td[data-label]::before { content: attr(data-label) " "; color: var(--soft); }
        }
        """;

    /// <summary>Serves the style sheet.</summary>
    public static void MapStyle(IEndpointRouteBuilder routes) =>
        routes.MapGet(StylePath, () => Results.Text(Style, "text/css; charset=utf-8", Encoding.UTF8)).ExcludeFromDescription();

    /// <summary>A whole page: <paramref name="places"/> are its navigation, <paramref name="body"/> writes what stands in it.</summary>
    public static IResult Show(
        HttpContext http,
        string title,
        IReadOnlyList<(string Path, string Name)> places,
        Action<HtmlWriter> body,
        int status = StatusCodes.Status200OK,
        bool isWide = false)
    {
        var html = new HtmlWriter();
        html.Write($"""
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
            <title>{title}</title><link rel="stylesheet" href="{StylePath}"></head>
            <body>
            <a class="skip" href="#content">Skip to the content</a>
            <header><strong>{title}</strong><nav aria-label="Pages">
            """);
        foreach (var (path, name) in places)
        {
            html.Write($"""<a href="{path}" """);
            if (path == http.Request.Path)
                html.Write($"""aria-current="page" """);
            html.Write($""">{name}</a> """);
        }

        html.Write($"""
            </nav></header>
            <main id="content" class="{(isWide ? "wide" : "")}">
            """);
        body(html);
        html.Write($"""
            </main>
            </body>
            </html>

            """);
        SetHeaders(http.Response.Headers, ContentSecurityPolicy);
        return Results.Text(html.ToString(), "text/html; charset=utf-8", Encoding.UTF8, status);
    }

    /// <summary>Not to be kept, framed or guessed at.</summary>
    public static void SetHeaders(IHeaderDictionary headers, string contentSecurityPolicy)
    {
        headers.ContentSecurityPolicy = contentSecurityPolicy;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
    }
}
