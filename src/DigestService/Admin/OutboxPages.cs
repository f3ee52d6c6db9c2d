using System.Globalization;
using DigestService.Mails;
using NodaTime;

namespace DigestService.Admin;

/// <summary>The outbox for the operator: searched, one mail with all that is known of it, and its buttons.</summary>
internal static class OutboxPages
{
    /// <summary>The search and what it finds.</summary>
    public static async Task<Action<HtmlWriter>> SearchAsync(HttpContext http, CancellationToken ct)
    {
        var filter = OutboxFilter.Of(http.Request.Query);
        var found = await http.RequestServices.GetRequiredService<OutboxSearch>().FindAsync(filter, ct);
        return html =>
        {
            html.Write($"""
                <h1>Outbox</h1>
                <form class="row" method="get">
                <div><label for="state">State</label><select id="state" name="state"><option value="">any</option>
                """);
            foreach (var state in OutboxFilter.States)
            {
                if (state == filter.State)
                    html.Write($"<option selected>{state}</option>");
                else
                    html.Write($"<option>{state}</option>");
            }

            html.Write($"""
                </select></div>
                <div><label for="day">Day (UTC)</label><input id="day" name="day" type="date" value="{Iso(filter.Day)}"></div>
                <div><label for="domain">Domain</label><input id="domain" name="domain" value="{filter.Domain}" maxlength="253"></div>
                <div><label for="reply">Words of the reply</label><input id="reply" name="reply" value="{filter.Reply}" maxlength="200"></div>
                <button>Search</button>
                </form>

                """);
            if (found.Count == 0)
            {
                html.Write($"<p>No mail is like that.</p>");
                return;
            }

            html.Write($"""<table><thead><tr><th scope="col">Mail</th><th scope="col">Written</th><th scope="col">To</th><th scope="col">State</th><th scope="col">Attempts</th><th scope="col">Reply</th></tr></thead><tbody>""");
            foreach (var mail in found)
            {
                html.Write($"""
                    <tr><td><a href="/admin/outbox/{Number(mail.Id)}">{Number(mail.Id)}</a> {mail.Kind}</td><td>{mail.CreatedAt.ToString()}</td><td>{mail.Recipient}</td><td>{mail.State}</td><td class="number">{Number(mail.Attempts)}</td><td>{mail.Reply}</td></tr>

                    """);
            }

            html.Write($"</tbody></table>");
        };
    }

    /// <summary>One mail; null when there is none of that number.</summary>
    public static async Task<Action<HtmlWriter>?> ShowAsync(HttpContext http, long id, CancellationToken ct)
    {
        var search = http.RequestServices.GetRequiredService<OutboxSearch>();
        if (await search.FindAsync(id, ct) is not { } mail)
            return null;
        var bounces = await search.BouncesAsync(id, ct);
        var token = http.RequestServices.GetRequiredService<AdminSession>().FormToken(http);
        return html =>
        {
            html.Write($"""
                <h1>Mail {Number(mail.Id)}</h1>
                <p class="notice">This {mail.Kind} {mail.InWords}. {mail.Advice}</p>
                <table><tbody>

                """);
            Row(html, "Last reply", mail.Reply ?? "none yet");
            Row(html, "Relay", mail.Relay);
            Row(html, "To", mail.Recipient);
            Row(html, "Digest of", Iso(mail.DigestOn));
            Row(html, "Written", mail.CreatedAt.ToString());
            Row(html, "Finished", mail.FinishedAt?.ToString());
            Row(html, "Next attempt", mail.NextAttemptAt?.ToString());
            Row(html, "Given up at", mail.ExpiresAt?.ToString());
            Row(html, "Attempts", $"{Number(mail.Attempts)}, in doubt {Number(mail.Doubts)}, faults {Number(mail.Faults)}");
            Row(html, "Message-ID", mail.MessageId);
            foreach (var bounce in bounces)
                Row(html, bounce.Permanent ? "Bounced for good" : "Bounced for now", $"{bounce.ReceivedAt.ToString()} {bounce.Status} {bounce.Reason}");
            html.Write($"""</tbody></table><div class="row">""");
            if (mail is { State: "failed", HasMessage: true } or { State: "deferred" or "unknown" })
                AdminPages.WriteButton(html, "/admin/outbox/retry", token, "Send again now", ("id", Number(mail.Id)));
            if (mail.State is "queued" or "deferred" or "unknown")
                AdminPages.WriteButton(html, "/admin/outbox/stop", token, "Never send it", ("id", Number(mail.Id)));
            html.Write($"</div>");
            if (mail.SubscriberId is { } reader)
                html.Write($"""<p><a href="/admin/readers/{Number(reader)}">The reader</a></p>""");
        };
    }

    private static void Row(HtmlWriter html, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            html.Write($"""<tr><th scope="row">{name}</th><td>{value}</td></tr>""");
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Iso(LocalDate? day) => day?.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture) ?? "";
}
