using System.Globalization;
using DigestService.Mails;
using DigestService.Suppressions;
using NodaTime.Text;

namespace DigestService.Admin;

/// <summary>What the suppressions page shows below its search, and what its buttons do.</summary>
internal static class SuppressionsPage
{
    private const int Most = 50;

    /// <summary>Days on which so many mails bounced hard that nobody was suppressed.</summary>
    public static void WriteDays(HtmlWriter html, IReadOnlyList<ExcessiveDay> days, string token)
    {
        foreach (var day in days)
        {
            var date = LocalDatePattern.Iso.Format(day.HappenedOn);
            var (hard, mails) = (day.Hard.ToString(CultureInfo.InvariantCulture), day.Mails.ToString(CultureInfo.InvariantCulture));
            html.Write($"""
                <p class="notice">On {date} {hard} of {mails} mails bounced hard, so that day suppresses nobody until you have looked.</p>
                <form class="row" method="post" action="/admin/suppressions/review"><input type="hidden" name="token" value="{token}"><input type="hidden" name="day" value="{date}">
                <button class="quiet" name="verdict" value="count">The addresses are dead: count it</button> <button class="quiet" name="verdict" value="dismiss">The relay was at fault: dismiss it</button></form>

                """);
        }
    }

    /// <summary>The button that bars an address, or that lifts what bars it.</summary>
    public static void WriteChange(HtmlWriter html, string address, string? reason, string token)
    {
        var (action, name) = reason is null ? ("add", "Stop all mail to it") : ("lift", "Lift it");
        html.Write($"""
            <form class="row" method="post" action="/admin/suppressions/{action}"><input type="hidden" name="token" value="{token}"><input type="hidden" name="which" value="{address}"><input type="hidden" name="reason" value="{reason}"><button class="quiet">{name}</button></form>

            """);
    }

    /// <summary>The newest entries, each with a button that lifts it.</summary>
    public static void WriteNewest(HtmlWriter html, IReadOnlyList<Suppression> newest, int total, string token)
    {
        if (newest.Count == 0)
            return;
        html.Write($"<h2>The newest of {total.ToString(CultureInfo.InvariantCulture)}</h2><table><tr><th>Address</th><th>Reason</th><th>Since</th><th>Detail</th><th></th></tr>");
        foreach (var entry in newest.Take(Most))
        {
            html.Write($"""
                <tr><td>{entry.Address ?? "not a reader’s now"}</td><td>{entry.Reason}</td><td>{InstantPattern.General.Format(entry.Since)}</td><td>{entry.Detail}</td><td><form method="post" action="/admin/suppressions/lift"><input type="hidden" name="token" value="{token}"><input type="hidden" name="which" value="{entry.Hash}"><input type="hidden" name="reason" value="{entry.Reason}"><button class="quiet">Lift</button></form></td></tr>

                """);
        }

        html.Write($"</table>");
    }

    /// <summary>Bars an address.</summary>
    public static Task AddAsync(HttpContext http, IFormCollection form, CancellationToken ct)
    {
        var suppressions = http.RequestServices.GetRequiredService<OperatorSuppressions>();
        return suppressions.HashOf(form["which"].ToString()) is { } hash ? suppressions.AddAsync([hash], "operator", ct) : Task.CompletedTask;
    }

    /// <summary>Lifts an address, given by itself or by its hash.</summary>
    public static Task LiftAsync(HttpContext http, IFormCollection form, CancellationToken ct)
    {
        var suppressions = http.RequestServices.GetRequiredService<OperatorSuppressions>();
        var reason = form["reason"].ToString() is { Length: > 0 } given ? given : null;
        return suppressions.HashOf(form["which"].ToString()) is { } hash
            ? suppressions.LiftAsync(new SuppressionFilter([hash], reason, null), ct)
            : Task.CompletedTask;
    }

    /// <summary>Takes the operator's word on a day with too many bounces.</summary>
    public static Task ReviewAsync(HttpContext http, IFormCollection form, CancellationToken ct) =>
        LocalDatePattern.Iso.Parse(form["day"].ToString()) is { Success: true, Value: var day }
            ? http.RequestServices.GetRequiredService<OperatorSuppressions>().ReviewAsync(day, form["verdict"] == "count", ct)
            : Task.CompletedTask;
}
