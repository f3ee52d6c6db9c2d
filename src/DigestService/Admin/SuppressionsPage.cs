using DigestService.Mail;
using DigestService.Mails;
using DigestService.Platform.Layout;
using DigestService.Suppressions;
using NodaTime.Text;

namespace DigestService.Admin;

/// <summary><c>/admin/suppressions</c>: whom the service must not mail, by age, and what its buttons do.</summary>
internal static class SuppressionsPage
{
    /// <summary>The page's path.</summary>
    public const string Path = "/admin/suppressions";

    private const int Most = 50;

    /// <summary>The page's content.</summary>
    public static Task<Action<HtmlWriter>> ReadAsync(HttpContext http, CancellationToken ct) =>
        ReadAsync(http, http.Request.Query["address"].ToString().Trim(), ct);

    /// <summary>The same with what was typed.</summary>
    public static async Task<Action<HtmlWriter>> ReadAsync(HttpContext http, string text, CancellationToken ct)
    {
        var overview = http.RequestServices.GetRequiredService<AdminOverview>();
        var suppressions = http.RequestServices.GetRequiredService<OperatorSuppressions>();
        var counts = await overview.SuppressionsAsync(ct);
        var isAddress = EmailAddress.TryParse(text, out var address);
        var fault = text.Length > 0 && !isAddress ? new InputFault("address", "That is no address; one looks like ada@example.org.") : null;
        var found = isAddress ? await overview.FindSuppressionAsync(address.Key, ct) : null;
        var before = SuppressionAge.Parse(http.Request.Query["before"].ToString());
        var page = await suppressions.PageAsync(before, Most + 1, ct);
        var days = await suppressions.ToReviewAsync(ct);
        var token = http.RequestServices.GetRequiredService<AdminSession>().FormToken(http);
        return html =>
        {
            html.Write($"<h1>Suppressions</h1>");
            WriteDays(html, days, token);
            AdminPages.WriteFigures(html, counts.Select(reason => (reason.Name, reason.Count)));
            html.Write($"""
                <p class="soft">Addresses are kept as keyed hashes, so that the list outlives them; only a whole address can be looked up.</p>
                <form class="row" method="get" action="/admin/suppressions"><div><label for="address">Address</label><input id="address" name="address" type="email" value="{text}" maxlength="254"{FaultyField.Attributes(fault, "address")}>

                """);
            FaultyField.Write(html, fault, "address");
            html.Write($"</div><button>Look up</button></form>");
            if (isAddress)
            {
                AdminPages.WriteNotice(html, found switch
                {
                    null => "This address is not suppressed.",
                    { } suppression => $"Suppressed since {UtcTime.Of(suppression.CreatedAt)}: {suppression.Reason}. {suppression.Detail}",
                });
                WriteChange(html, address.ToString(), found?.Reason, token);
            }

            WriteEntries(html, page, isNewest: before is null, token);
        };
    }

    // Days on which so many mails bounced hard that nobody was suppressed.
    private static void WriteDays(HtmlWriter html, IReadOnlyList<ExcessiveDay> days, string token)
    {
        foreach (var day in days)
        {
            var date = LocalDatePattern.Iso.Format(day.HappenedOn);
            html.Write($"""
                <p class="notice">On {date} {day.Hard} of {day.Mails} mails bounced hard, so that day suppresses nobody until you have looked.</p>
                <form class="row" method="post" action="/admin/suppressions/review"><input type="hidden" name="token" value="{token}"><input type="hidden" name="day" value="{date}">
                <button class="quiet" name="verdict" value="count">The addresses are dead: count it</button> <button class="quiet" name="verdict" value="dismiss">The relay was at fault: dismiss it</button></form>

                """);
        }
    }

    // The button that bars an address, or that lifts what bars it.
    private static void WriteChange(HtmlWriter html, string address, string? reason, string token)
    {
        var (action, name) = reason is null ? ("add", "Stop all mail to it") : ("lift", "Lift it");
        html.Write($"""
            <form class="row" method="post" action="/admin/suppressions/{action}"><input type="hidden" name="token" value="{token}"><input type="hidden" name="which" value="{address}"><input type="hidden" name="reason" value="{reason}"><button class="quiet">{name}</button></form>

            """);
    }

    // Each with a button that lifts it; one more than is shown says that there are older ones.
    private static void WriteEntries(HtmlWriter html, IReadOnlyList<Suppression> entries, bool isNewest, string token)
    {
        if (entries.Count == 0)
            return;
        html.Write($"""<h2>{(isNewest ? "The newest" : "Older ones")}</h2><table class="stacked"><thead><tr><th scope="col">Address</th><th scope="col">Reason</th><th scope="col">Since</th><th scope="col">Detail</th><th scope="col">Lift it</th></tr></thead><tbody>""");
        foreach (var entry in entries.Take(Most))
        {
            html.Write($"""
                <tr><td>{EmailAddress.Readable(entry.Address) ?? "no mail to a reader is kept"}</td><td>{entry.Reason}</td><td data-label="since">{UtcTime.Of(entry.Since)}</td><td class="long">{entry.Detail}</td><td><form method="post" action="/admin/suppressions/lift"><input type="hidden" name="token" value="{token}"><input type="hidden" name="which" value="{entry.Hash}"><input type="hidden" name="reason" value="{entry.Reason}"><button class="quiet" aria-label="Lift {EmailAddress.Readable(entry.Address) ?? $"what is called {entry.Reason} since {UtcTime.Of(entry.Since)}"}">Lift</button></form></td></tr>

                """);
        }

        html.Write($"</tbody></table>");
        if (entries.Count > Most)
            html.Write($"""<p><a href="/admin/suppressions?before={SuppressionAge.Of(entries[Most - 1]).ToString()}">Older ones</a></p>""");
    }

    /// <summary>Bars an address; false for what is neither an address nor a hash of one.</summary>
    public static async Task<bool> AddAsync(HttpContext http, IFormCollection form, CancellationToken ct)
    {
        var suppressions = http.RequestServices.GetRequiredService<OperatorSuppressions>();
        if (suppressions.HashOf(WhichOf(form)) is not { } hash)
            return false;
        await suppressions.AddAsync([hash], "operator", ct);
        return true;
    }

    /// <summary>Lifts an address, given by itself or by its hash; false for what is neither.</summary>
    public static async Task<bool> LiftAsync(HttpContext http, IFormCollection form, CancellationToken ct)
    {
        var suppressions = http.RequestServices.GetRequiredService<OperatorSuppressions>();
        var reason = form["reason"].ToString() is { Length: > 0 } given ? given : null;
        if (suppressions.HashOf(WhichOf(form)) is not { } hash)
            return false;
        await suppressions.LiftAsync(new SuppressionFilter([hash], reason, null), ct);
        return true;
    }

    /// <summary>The address or the hash that a form names.</summary>
    public static string WhichOf(IFormCollection form) => form["which"].ToString().Trim();

    /// <summary>The page that says how what a form names stands now.</summary>
    public static string PathOf(IFormCollection form) =>
        EmailAddress.TryParse(WhichOf(form), out var address) ? $"{Path}{QueryString.Create("address", address.ToString())}" : Path;

    /// <summary>Takes the operator's word on a day with too many bounces.</summary>
    public static Task ReviewAsync(HttpContext http, IFormCollection form, CancellationToken ct) =>
        LocalDatePattern.Iso.Parse(form["day"].ToString()) is { Success: true, Value: var day }
            ? http.RequestServices.GetRequiredService<OperatorSuppressions>().ReviewAsync(day, form["verdict"] == "count", ct)
            : Task.CompletedTask;
}
