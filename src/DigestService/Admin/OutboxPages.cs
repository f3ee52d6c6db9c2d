using System.Globalization;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Platform.Layout;

namespace DigestService.Admin;

/// <summary>The outbox for the operator: searched, one mail with all that is known of it, and its buttons.</summary>
internal static class OutboxPages
{
    /// <summary>The search and what it finds.</summary>
    public static async Task<Action<HtmlWriter>> SearchAsync(HttpContext http, CancellationToken ct)
    {
        var filter = OutboxFilter.Of(name => http.Request.Query[name]);
        var day = filter.Day is null ? http.Request.Query["day"].ToString().Trim() : AdminPages.Day(filter.Day);
        var fault = day.Length > 0 && filter.Day is null ? new InputFault("day", "That is no day; one is written as 2026-02-27.") : null;
        var found = fault is null ? await http.RequestServices.GetRequiredService<OutboxSearch>().FindAsync(filter, before: null, OutboxActions.Most + 1, ct) : [];
        var token = http.RequestServices.GetRequiredService<AdminSession>().FormToken(http);
        return html =>
        {
            html.Write($"<h1>Outbox</h1>");
            AdminPages.WriteNotice(html, OutcomeOf(http.Request.Query));
            WriteSearch(html, filter, day, fault);
            if (found.Count > 0)
                WriteFound(html, filter, found, token);
            else if (fault is null)
                html.Write($"<p>No mail is like that.</p>");
        };
    }

    private static void WriteSearch(HtmlWriter html, OutboxFilter filter, string day, InputFault? fault)
    {
        html.Write($"""
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
            <div><label for="day">Day (UTC)</label><input id="day" name="day" type="{(fault is null ? "date" : "text")}" value="{day}"{FaultyField.Attributes(fault, "day")}>
            """);
        FaultyField.Write(html, fault, "day");
        html.Write($"""
            </div>
            <div><label for="domain">Domain</label><input id="domain" name="domain" value="{EmailAddress.Readable(filter.Domain)}" maxlength="253"></div>
            <div><label for="reply">Words of the reply</label><input id="reply" name="reply" value="{filter.Reply}" maxlength="200"></div>
            <button>Search</button>
            </form>

            """);
    }

    private static void WriteFound(HtmlWriter html, OutboxFilter filter, IReadOnlyList<FoundDelivery> found, string token)
    {
        if (found.Count > OutboxActions.Most)
            html.Write($"<p>These are the newest {OutboxActions.Most}. A state, a day, a domain or words of the reply lead to others.</p>");
        html.Write($"""<form method="post" action="/admin/outbox/hold"><input type="hidden" name="token" value="{token}"><input type="hidden" name="from" value="list">""");
        foreach (var field in filter.Fields())
            html.Write($"""<input type="hidden" name="{field.Name}" value="{field.Value}">""");
        html.Write($"""<table class="stacked"><thead><tr><th scope="col">Mail</th><th scope="col">Written</th><th scope="col">To</th><th scope="col">State</th><th scope="col">Attempts</th><th scope="col">Reply</th></tr></thead><tbody>""");
        foreach (var mail in found.Take(OutboxActions.Most))
        {
            html.Write($"""
                <tr><td><input type="checkbox" name="id" value="{mail.Id}" aria-label="Mail {mail.Id}"> <a href="/admin/outbox/{mail.Id}">{mail.Id}</a> {mail.Kind}</td><td data-label="written">{UtcTime.Of(mail.CreatedAt)}</td><td data-label="to">{EmailAddress.Readable(mail.Recipient)}</td><td>{mail.State}{(mail.IsHeld ? ", held" : "")}</td><td class="number" data-label="attempts">{mail.Attempts}</td><td class="long">{mail.Reply}</td></tr>

                """);
        }

        html.Write($"""
            </tbody></table><p><button class="quiet" formaction="/admin/outbox/hold">Hold the chosen</button> <button class="quiet" formaction="/admin/outbox/release">Release the chosen</button> <button class="quiet" formaction="/admin/outbox/stop">Never send the chosen</button></p></form>

            """);
    }

    /// <summary>The last part of the path that an action is posted to.</summary>
    public static string NameOf(OutboxAction action) => action.ToString().ToLowerInvariant();

    /// <summary>Does it with the mails of a form, and leads back to where that was sent from with what became of it.</summary>
    public static async Task<IResult> ActAsync(HttpContext http, OutboxAction action, IFormCollection form, CancellationToken ct)
    {
        var ids = form.All("id").Select(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0).Where(id => id > 0).ToList();
        var done = await http.RequestServices.GetRequiredService<OutboxActions>().DoAsync(action, ids, ct);
        var outcome = QueryString.Create([KeyValuePair.Create<string, string?>("asked", NameOf(action)), new("done", $"{done}"), new("left", $"{ids.Count - done}")]);
        if (form.One("from") is not "list" && ids is [var only])
            return Results.Redirect($"/admin/outbox/{only}{outcome}");
        foreach (var (name, value) in OutboxFilter.Of(form.One).Fields().Where(field => field.Value.Length > 0))
            outcome = outcome.Add(name, value);
        return Results.Redirect($"/admin/outbox{outcome}");
    }

    // What an action before this page became.
    private static string? OutcomeOf(IQueryCollection query) =>
        Enum.TryParse<OutboxAction>(query["asked"], ignoreCase: true, out var action) && Enum.IsDefined(action)
        && int.TryParse(query["done"], NumberStyles.None, CultureInfo.InvariantCulture, out var done)
        && int.TryParse(query["left"], NumberStyles.None, CultureInfo.InvariantCulture, out var left)
            ? OutboxActions.Sentence(action, done, left)
            : null;

    /// <summary>One mail; null when there is none of that number.</summary>
    public static async Task<Action<HtmlWriter>?> ShowAsync(HttpContext http, long id, CancellationToken ct)
    {
        var search = http.RequestServices.GetRequiredService<OutboxSearch>();
        if (await search.FindAsync(id, ct) is not { } mail)
            return null;
        var bounces = await search.BouncesAsync(id, ct);
        var stored = await http.RequestServices.GetRequiredService<OutboxMails>().FindAsync(id, ct);
        var token = http.RequestServices.GetRequiredService<AdminSession>().FormToken(http);
        return html =>
        {
            html.Write($"<h1>Mail {mail.Id}</h1>");
            AdminPages.WriteNotice(html, OutcomeOf(http.Request.Query));
            html.Write($"""
                <p class="notice">This {mail.Kind} {mail.InWords}. {mail.Advice}</p>
                <table class="stacked"><tbody>

                """);
            Row(html, "Last reply", mail.Reply ?? "none yet");
            Row(html, "Relay", mail.Relay);
            Row(html, "To", EmailAddress.Readable(mail.Recipient));
            Row(html, "Digest of", AdminPages.Day(mail.DigestOn));
            Row(html, "Written", UtcTime.Of(mail.CreatedAt));
            Row(html, "Finished", UtcTime.Of(mail.FinishedAt));
            Row(html, "Next attempt", UtcTime.Of(mail.NextAttemptAt));
            Row(html, "Given up at", UtcTime.Of(mail.ExpiresAt));
            Row(html, "Attempts", $"{mail.Attempts}, in doubt {mail.Doubts}, faults {mail.Faults}");
            Row(html, "Message-ID", mail.MessageId);
            foreach (var bounce in bounces)
                Row(html, bounce.Permanent ? "Bounced for good" : "Bounced for now", $"{UtcTime.Of(bounce.ReceivedAt)} {bounce.Status} {bounce.Reason}");
            html.Write($"""</tbody></table><div class="row">""");
            if (mail.MayBeSentAgain)
                AdminPages.WriteButton(html, "/admin/outbox/retry", token, "Send again now", ("id", $"{mail.Id}"));
            if (mail.MayBeHeld)
                AdminPages.WriteButton(html, "/admin/outbox/hold", token, "Hold it", ("id", $"{mail.Id}"));
            if (mail.IsHeld)
                AdminPages.WriteButton(html, "/admin/outbox/release", token, "Release it", ("id", $"{mail.Id}"));
            if (mail.MayBeStopped)
                AdminPages.WriteButton(html, "/admin/outbox/stop", token, "Never send it", ("id", $"{mail.Id}"));
            html.Write($"</div>");
            if (mail.SubscriberId is { } reader)
                html.Write($"""<p><a href="/admin/readers/{reader}">The reader</a></p>""");
            OutboxMails.Write(html, id, stored, http.Request.Query["view"].ToString());
        };
    }

    private static void Row(HtmlWriter html, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            html.Write($"""<tr><th scope="row">{name}</th><td class="long">{value}</td></tr>""");
    }
}
