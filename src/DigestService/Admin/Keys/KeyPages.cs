using System.Globalization;
using DigestService.Mails;
using DigestService.Platform.Layout;
using NodaTime;

namespace DigestService.Admin.Keys;

/// <summary><c>/admin/keys</c>: the keys of the API, made and revoked there.</summary>
internal static class KeyPages
{
    /// <summary>The page as it stands.</summary>
    public static Task<Action<HtmlWriter>> ReadAsync(HttpContext http, CancellationToken ct) => PageAsync(http, new TypedKey("", "read", ""), new(null, null, null), ct);

    /// <summary>Makes a key: the page with the key, or with what is wrong and all that was typed.</summary>
    public static async Task<(bool IsMade, Action<HtmlWriter> Page)> AddAsync(HttpContext http, IFormCollection form, CancellationToken ct)
    {
        var typed = new TypedKey(form.One("name") ?? "", form.One("scope") is "operate" ? "operate" : "read", form.One("days")?.Trim() ?? "");
        int? days = int.TryParse(typed.Days, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : typed.Days.Length == 0 ? null : 0;
        var made = await http.RequestServices.GetRequiredService<ApiKeys>()
            .AddAsync(typed.Name, typed.Scope == "operate" ? KeyScope.Operate : KeyScope.Read, days, form.One("form"), ct);
        return (made.Key is not null, await PageAsync(http, made.Key is null ? typed : new TypedKey("", "read", ""), made, ct));
    }

    /// <summary>Ends a key.</summary>
    public static Task RevokeAsync(HttpContext http, long id, CancellationToken ct) => http.RequestServices.GetRequiredService<ApiKeys>().RevokeAsync(id, ct);

    private static async Task<Action<HtmlWriter>> PageAsync(HttpContext http, TypedKey typed, NewKey made, CancellationToken ct)
    {
        var keys = await http.RequestServices.GetRequiredService<ApiKeys>().ListAsync(ct);
        var now = http.RequestServices.GetRequiredService<IClock>().GetCurrentInstant();
        var token = http.RequestServices.GetRequiredService<AdminSession>().FormToken(http);
        return html =>
        {
            html.Write($"<h1>Keys of the API</h1>");
            if (made.Secret is { } secret)
                html.Write($"""<div class="notice" role="status"><p>The key of {made.Key?.Name}. Keep it now: it is not shown again.</p><p><code>{secret}</code></p></div>""");
            html.Write($"""
                <p class="soft">Programs send a key as <code>Authorization: Bearer KEY</code>. One that reads has a quota of its own; one that operates may do what these pages do, under <code>{ApiKeyGate.OperatorPath}</code>.</p>
                <form class="row" method="post" action="/admin/keys" autocomplete="off"><input type="hidden" name="token" value="{token}"><input type="hidden" name="form" value="{Guid.NewGuid().ToString("N")}">

                """);
            WriteField(html, "name", "Who uses it", typed.Name, "maxlength=\"60\" required", made.Fault);
            html.Write($"""<div><label for="scope">It may</label><select id="scope" name="scope">""");
            foreach (var (value, name) in new[] { ("read", "read"), ("operate", "operate") })
            {
                if (value == typed.Scope)
                    html.Write($"""<option value="{value}" selected>{name}</option>""");
                else
                    html.Write($"""<option value="{value}">{name}</option>""");
            }

            html.Write($"</select></div>");
            WriteField(html, "days", "Days, or empty", typed.Days, "inputmode=\"numeric\" maxlength=\"5\"", made.Fault);
            html.Write($"<button>Make a key</button></form>");
            WriteKeys(html, keys, now, token);
        };
    }

    private static void WriteField(HtmlWriter html, string field, string label, string value, string attributes, InputFault? fault)
    {
        html.Write($"""<div><label for="{field}">{label}</label><input id="{field}" name="{field}" value="{value}" {new Markup(attributes)}{FaultyField.Attributes(fault, field)}>""");
        FaultyField.Write(html, fault, field);
        html.Write($"</div>");
    }

    private static void WriteKeys(HtmlWriter html, IReadOnlyList<ApiKey> keys, Instant now, string token)
    {
        if (keys.Count == 0)
        {
            html.Write($"""<p class="soft">There is none yet.</p>""");
            return;
        }

        html.Write($"""<table class="stacked"><thead><tr><th scope="col">Key</th><th scope="col">May</th><th scope="col">Works</th><th scope="col">Last used</th><th scope="col">End it</th></tr></thead><tbody>""");
        foreach (var key in keys)
        {
            html.Write($"""<tr><td>{key.Id} {key.Name}</td><td data-label="may">{key.Scope}</td><td data-label="works">{KeysVerb.StateOf(key, now)}</td><td>{KeysVerb.UseOf(key)}</td><td>""");
            if (key.RevokedAt is null && !(key.ExpiresAt <= now))
                html.Write($"""<form method="post" action="/admin/keys/{key.Id}/revoke"><input type="hidden" name="token" value="{token}"><button class="quiet" aria-label="Revoke the key of {key.Name}">Revoke</button></form>""");
            html.Write($"</td></tr>");
        }

        html.Write($"</tbody></table>");
    }

    private sealed record TypedKey(string Name, string Scope, string Days);
}
