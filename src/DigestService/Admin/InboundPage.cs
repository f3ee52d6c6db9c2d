using DigestService.Mail;
using DigestService.Inbound.Handling;
using DigestService.Mails;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Admin;

/// <summary><c>/admin/inbound</c>: what came in by mail, what bounced, and what people wrote that no command covers.</summary>
internal static class InboundPage
{
    private const int Most = 50;
    private static readonly Duration Span = Duration.FromDays(7);

    private const string Bounces = """
        -- admin.bounces
        select b.received_at, b.status, b.permanent, b.reason, s.address
        from bounces b
        left join subscribers s on s.bucket = b.subscriber_id & 63 and s.id = b.subscriber_id
        order by b.id desc
        limit @most
        """;

    /// <summary>Writes the page's content; <paramref name="token"/> signs its buttons.</summary>
    public static async Task<Action<HtmlWriter>> ReadAsync(Database database, InboundStore store, Instant now, string token, CancellationToken ct)
    {
        var figures = await database.QueryAsync<NamedCount>(InboundQueries.Figures, new { since = now - Span }, ct);
        var waiting = await store.CountWaitingAsync(ct);
        var kept = await database.QueryAsync<KeptMessage>(InboundQueries.Kept, new { most = Most + 1 }, ct);
        var bounces = await database.QueryAsync<ListedBounce>(Bounces, new { most = Most }, ct);
        return html =>
        {
            html.Write($"""<h1>Inbound mail of the last seven days</h1><dl class="figures">""");
            foreach (var figure in figures)
                html.Write($"<div><dt>{figure.Name}</dt><dd>{figure.Count}</dd></div>");
            html.Write($"<div><dt>not yet handled</dt><dd>{waiting}</dd></div></dl><h2>For you to read</h2>");
            if (kept.Count == 0)
                html.Write($"<p>Nothing waits.</p>");
            foreach (var message in kept.Take(Most))
                WriteKept(html, message, token);
            if (kept.Count > Most)
                html.Write($"<p>Older ones wait; they come up as you are done with these.</p>");
            html.Write($"<h2>The latest bounces</h2>");
            if (bounces.Count == 0)
                html.Write($"<p>Nothing came back.</p>");
            else
                WriteBounces(html, bounces);
        };
    }

    private static void WriteKept(HtmlWriter html, KeptMessage message, string token)
    {
        html.Write($"""
            <h3>{message.Subject ?? "(no subject)"}</h3>
            <p class="soft">{UtcTime.Of(message.ReceivedAt)} · {message.Kind} · {EmailAddress.Readable(message.Address) ?? "no reader that is proved"} · message {message.Id}</p>
            <pre>{message.Excerpt ?? message.Error ?? "It could not be read as mail."}</pre>
            <form class="row" method="post" action="/admin/inbound/read"><input type="hidden" name="token" value="{token}"><input type="hidden" name="id" value="{message.Id}"><button class="quiet">Done with it</button></form>

            """);
    }

    private static void WriteBounces(HtmlWriter html, IReadOnlyList<ListedBounce> bounces)
    {
        html.Write($"<table><tr><th>When</th><th>Reader</th><th>Status</th><th>Address is dead</th><th>Words</th></tr>");
        foreach (var bounce in bounces)
            html.Write($"<tr><td>{UtcTime.Of(bounce.ReceivedAt)}</td><td>{EmailAddress.Readable(bounce.Address)}</td><td>{bounce.Status}</td><td>{(bounce.Permanent ? "yes" : "no")}</td><td>{bounce.Reason}</td></tr>");
        html.Write($"</table>");
    }

    private sealed record KeptMessage
    {
        public required long Id { get; init; }
        public required Instant ReceivedAt { get; init; }
        public string? Kind { get; init; }
        public string? Subject { get; init; }
        public string? Excerpt { get; init; }
        public string? Error { get; init; }
        public string? Address { get; init; }
    }

    private sealed record ListedBounce
    {
        public required Instant ReceivedAt { get; init; }
        public string? Status { get; init; }
        public required bool Permanent { get; init; }
        public string? Reason { get; init; }
        public string? Address { get; init; }
    }
}
