using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Mails;
using DigestService.Platform;
using DigestService.Platform.Layout;
using NodaTime;

namespace DigestService.Admin;

/// <summary>The operator's first page: what is wrong, and what the last days brought.</summary>
internal static class TodayPage
{
    private const int DaysShown = 7;
    private static readonly TimeSpan PatienceWithCounts = TimeSpan.FromSeconds(3);

    /// <summary>Asks for all that it shows; the page is written later.</summary>
    public static async Task<Action<HtmlWriter>> ReadAsync(HttpContext http, CancellationToken ct)
    {
        var services = http.RequestServices;
        var overview = services.GetRequiredService<AdminOverview>();
        var state = await services.GetRequiredService<ServiceHealth>().ReadSoonAsync(ct);
        var outbox = await OutboxStatus.ReadCountsAsync(services.GetRequiredService<Database>(), PatienceWithCounts, ct);
        var today = services.GetRequiredService<IClock>().GetCurrentInstant().InUtc().Date;
        var digests = await overview.DigestsSinceAsync(today.PlusDays(1 - DaysShown), ct);
        var readers = await overview.ReadersAsync(ct);
        var zoneFault = await services.GetRequiredService<DigestLateness>().FindZoneFaultAsync(ct);
        var sources = await overview.SourcesAsync(ct);
        var counts = await services.GetRequiredService<HourlyCounts>().ReadAsync(ct);
        var relays = await services.GetRequiredService<RelayTable>().ReadAsync(ct);
        var token = services.GetRequiredService<AdminSession>().FormToken(http);
        return html =>
        {
            foreach (var fault in state.Faults)
                AdminPages.WriteNotice(html, fault.Sentence);
            html.Write($"<h1>Today</h1><h2>Outbox</h2>");
            AdminPages.WriteFigures(
                html,
                Counted(
                    ("queued", outbox.Queued), ("sending", outbox.Sending), ("sent", outbox.Sent), ("deferred", outbox.Deferred),
                    ("failed", outbox.Failed), ("unknown", outbox.Unknown), ("suppressed", outbox.Suppressed)));
            html.Write($"""<div class="row">""");
            if (state.Hold is null)
                AdminPages.WriteButton(html, "/admin/hold", token, "Hold all sending");
            else
                AdminPages.WriteButton(html, "/admin/release", token, "Release: let sending go on");
            if (outbox.Failed is not 0)
                AdminPages.WriteButton(html, "/admin/retry-failed", token, "Send failed mails again");
            if (outbox.Unknown is not 0)
                AdminPages.WriteButton(html, "/admin/retry-unknown", token, "Send mails in doubt again");
            html.Write($"""
                </div><p><a href="/admin/outbox?state=failed">What failed, and why</a> · <a href="/admin/outbox?state=unknown">What is in doubt</a> · <a href="/admin/outbox?state=deferred">What was put off</a></p>
                <h2>What happened</h2>

                """);
            CountsTable.Write(html, counts);
            html.Write($"<h2>Relays</h2>");
            relays(html);
            html.Write($"<h2>Digests of the last days</h2>");
            WriteDigests(html, digests);
            foreach (var report in state.SetAside)
                html.Write($"<p>{report.Sentence}</p>");
            html.Write($"<h2>Readers</h2>");
            AdminPages.WriteFigures(html, readers.Select(state => (state.Name, state.Count)));
            if (zoneFault is not null)
                html.Write($"<p>{zoneFault}.</p>");
            html.Write($"<h2>Sources</h2>");
            WriteSources(html, sources);
            AdminPages.WriteButton(html, "/admin/sign-out", token, "Sign out");
        };
    }

    private static void WriteDigests(HtmlWriter html, IReadOnlyList<DigestCount> digests)
    {
        if (digests.Count == 0)
            html.Write($"""<p class="soft">None yet.</p>""");
        foreach (var day in digests.GroupBy(count => count.DigestOn))
        {
            html.Write($"""<h3 class="soft">{AdminPages.Day(day.Key)}</h3>""");
            // What became of their mails is told above: a digest is composed, empty or set aside.
            AdminPages.WriteFigures(html, day.Select(outcome => (outcome.Outcome == "queued" ? "composed" : outcome.Outcome, outcome.Count)));
        }
    }

    private static void WriteSources(HtmlWriter html, IReadOnlyList<SourceRun> sources)
    {
        if (sources.Count == 0)
        {
            html.Write($"""<p class="soft">No source has run yet.</p>""");
            return;
        }

        html.Write($"<table><tr><th>Source</th><th>Day</th><th>Began</th><th>Outcome</th><th>Read</th><th>Added</th><th>Rejected</th></tr>");
        foreach (var run in sources)
        {
            html.Write($"""
                <tr><td>{run.Source}</td><td>{AdminPages.Day(run.ListedOn)}</td><td>{UtcTime.Of(run.StartedAt)}</td><td>{run.Outcome} {run.Detail}</td><td class="number">{run.Read}</td><td class="number">{run.Added}</td><td class="number">{run.Rejected}</td></tr>

                """);
        }

        html.Write($"</table>");
    }

    /// <summary>What could be counted in time.</summary>
    private static IEnumerable<(string Name, long Count)> Counted(params (string Name, long? Count)[] figures) =>
        figures.Where(figure => figure.Count is not null).Select(figure => (figure.Name, figure.Count ?? 0));
}
