using System.Globalization;
using System.Text.Json;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Suppressions;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Admin;

/// <summary>One reader for the operator: how the subscription stands, each day's digest, what bounced, and the consent.</summary>
internal sealed class ReaderPages(
    Database database, AdminOverview overview, DigestLedger ledger, DigestPreview preview, DigestComposer composer, Subscriptions subscriptions, Erasure erasure, IClock clock)
{
    private const string Find = """
        -- admin.reader
        select address, address_key, state, zone, to_char(send_at, 'HH24:MI') as at, frequency, next_due_at, created_at,
               (select l.name || case when l.leader_id = subscribers.id then ', which they lead' else '' end from lists l where l.id = list_id) as list,
               consent::text as consent
        from subscribers
        where bucket = @id & 63
          and id = @id
        """;

    /// <summary>The latest digests of one reader.</summary>
    public const string Days = """
        -- admin.days_of_reader
        select d.digest_on, d.outcome, d.delivery_id
        from digests d
        where d.bucket = @id & 63
          and d.subscriber_id = @id
        order by d.digest_on desc
        limit 60
        """;

    /// <summary>What became of their mails.</summary>
    public const string Mails = """
        -- admin.mails_of_days
        select d.id, d.state, d.reply
        from unnest(@mails) as m (id)
        join deliveries d on d.bucket = m.id & 63 and d.id = m.id
        """;

    private const string Bounces = """
        -- admin.bounces_of_reader
        select received_at, status, permanent, reason
        from bounces
        where subscriber_id = @id
        order by received_at desc
        limit 60
        """;

    /// <summary>The reader, with a notice or without; null when there is none of that number.</summary>
    public async Task<Action<HtmlWriter>?> ShowAsync(long id, string token, CancellationToken ct, string? notice = null)
    {
        if (await database.QuerySingleOrDefaultAsync<ReaderRow>(Find, new { id }, ct) is not { } reader)
            return null;
        var days = await DayOfReader.FindAsync(database, id, ct);
        var bounces = await database.QueryAsync<FoundBounce>(Bounces, new { id }, ct);
        var barred = await overview.FindSuppressionAsync(reader.AddressKey, ct);
        return html =>
        {
            AdminPages.WriteNotice(html, notice);
            html.Write($"""
                <h1>{EmailAddress.Readable(reader.Address)}</h1>
                <p>{reader.State}, {reader.Frequency} at {reader.At} in {reader.Zone}. Next digest: {UtcTime.Of(reader.NextDueAt) ?? "none planned"}. Here since {UtcTime.Of(reader.CreatedAt)}.{(reader.List is null ? "" : $" Of the list {reader.List}.")}</p>

                """);
            AdminPages.WriteNotice(html, barred is null ? null : $"{OperatorSuppressions.Sentence(barred.Reason)} (since {UtcTime.Of(barred.CreatedAt)})");
            html.Write($"<h2>Digests</h2>");
            if (days.Count == 0)
                html.Write($"""<p class="soft">None yet.</p>""");
            else
                WriteDays(html, id, days);
            AdminPages.WriteButton(html, $"/admin/readers/{id}/next", token, "The next digest as it would be now");
            html.Write($"<h2>Bounces</h2>");
            if (bounces.Count == 0)
                html.Write($"""<p class="soft">None.</p>""");
            foreach (var bounce in bounces)
                html.Write($"<p>{UtcTime.Of(bounce.ReceivedAt)}, {(bounce.Permanent ? "for good" : "for now")}: {bounce.Status} {bounce.Reason}</p>");
            html.Write($"<h2>Consent</h2>");
            WriteConsent(html, reader.Consent);
            WriteEnd(html, id, reader.State, token);
        };
    }

    /// <summary>Ends a reader's subscription as their own link would, without a mail that says so.</summary>
    public Task UnsubscribeAsync(long id, CancellationToken ct) => subscriptions.UnsubscribeAsync(id, saysGoodbye: false, ct);

    /// <summary>Erases all that is held on a reader; the address it was, or null when there is no such reader.</summary>
    public async Task<string?> EraseAsync(long id, CancellationToken ct) =>
        await database.QuerySingleOrDefaultAsync<ReaderRow>(Find, new { id }, ct) is { } reader
        && EmailAddress.TryParse(reader.Address, out var address)
        && await erasure.EraseAsync(address, ct)
            ? EmailAddress.Readable(reader.Address)
            : null;

    /// <summary>
    /// The reader's next digest as it would be now, without what acts for them, or the sentences that say why no mail would go out; null when
    /// there is no such reader.
    /// </summary>
    public async Task<(string? Mail, IReadOnlyList<string> WhyNone)?> RenderNextAsync(long id, CancellationToken ct)
    {
        if (await database.QuerySingleOrDefaultAsync<ReaderRow>(Find, new { id }, ct) is not { } reader || !EmailAddress.TryParse(reader.Address, out var address))
            return null;
        var (selection, content) = await preview.ChooseAsync(address, clock.GetCurrentInstant(), ct);
        if (selection.Subscriber.WhyNotPlanned is { } notPlanned)
            return (null, [notPlanned]);
        return selection.IsMailed ? (composer.RenderForOperator(content), []) : (null, selection.Explanation());
    }

    /// <summary>Why the reader's digest of a day held what it held, or why there was none; null when there is no such reader or day.</summary>
    public async Task<Action<HtmlWriter>?> ExplainAsync(long id, string date, CancellationToken ct)
    {
        if (PageDates.Parse(date) is not { } day
            || await database.QuerySingleOrDefaultAsync<ReaderRow>(Find, new { id }, ct) is not { } reader
            || !EmailAddress.TryParse(reader.Address, out var address))
            return null;
        var account = await ledger.ExplainAsync(address, day, clock.GetCurrentInstant(), ct);
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        account.Write(text);
        return html => html.Write($"""
            <h1>Why: {LocalDatePattern.Iso.Format(day)}</h1>
            <p><a href="/admin/readers/{id}">{EmailAddress.Readable(reader.Address)}</a></p>
            <pre>{text.ToString()}</pre>

            """);
    }

    private static void WriteDays(HtmlWriter html, long id, IReadOnlyList<DayOfReader> days)
    {
        html.Write($"""<table class="stacked"><thead><tr><th scope="col">Day</th><th scope="col">Outcome</th><th scope="col">Mail</th><th scope="col">Reply</th></tr></thead><tbody>""");
        foreach (var day in days)
        {
            var date = LocalDatePattern.Iso.Format(day.DigestOn);
            html.Write($"""<tr><td><a class="day" href="/admin/readers/{id}/digests/{date}">{date}</a></td><td>{(day.Outcome is "queued" ? "composed" : day.Outcome)}</td><td data-label="mail">""");
            if (day.DeliveryId is { } mail)
                html.Write($"""<a href="/admin/outbox/{mail}">{mail}</a> {day.State}""");
            html.Write($"""</td><td class="long">{day.Reply}</td></tr>""");
        }

        html.Write($"</tbody></table>");
    }

    private static void WriteConsent(HtmlWriter html, string consent)
    {
        using var facts = JsonDocument.Parse(consent);
        html.Write($"""<dl class="facts">""");
        foreach (var fact in facts.RootElement.EnumerateObject())
        {
            var value = fact.Value.ToString();
            var moment = fact.Name.EndsWith("_at", StringComparison.Ordinal) && InstantPattern.ExtendedIso.Parse(value) is { Success: true } parsed ? UtcTime.Of(parsed.Value) : null;
            html.Write($"<dt>{fact.Name.Replace('_', ' ')}</dt><dd>{moment ?? value}</dd>");
        }

        html.Write($"</dl>");
    }

    private static void WriteEnd(HtmlWriter html, long id, string state, string token)
    {
        html.Write($"<h2>Leaving</h2>");
        if (state is "pending" or "active" or "paused")
        {
            html.Write($"""<p class="soft">For a reader who asks you instead of pressing their link: ends the subscription at once. No mail tells of it, and they may sign up again.</p>""");
            AdminPages.WriteButton(html, $"/admin/readers/{id}/unsubscribe", token, "Unsubscribe");
        }

        html.Write($"""
            <p class="soft">Erases settings, likes, digests, mails and bounces for good. What stays is a hash that keeps imports from bringing the address back.</p>
            <form class="row" method="post" action="/admin/readers/{id}/erase"><input type="hidden" name="token" value="{token}">
            <div><label><input type="checkbox" name="sure" value="yes" required> Everything held on this reader</label></div>
            <button class="quiet">Erase</button></form>

            """);
    }

    private sealed record ReaderRow
    {
        public required string Address { get; init; }
        public required string AddressKey { get; init; }
        public required string State { get; init; }
        public required string Zone { get; init; }
        public required string At { get; init; }
        public required string Frequency { get; init; }
        public Instant? NextDueAt { get; init; }
        public required Instant CreatedAt { get; init; }
        public string? List { get; init; }
        public required string Consent { get; init; }
    }
}

/// <summary>What became of one digest of a reader.</summary>
internal sealed record DayOfReader
{
    public required LocalDate DigestOn { get; init; }
    public required string Outcome { get; init; }
    public long? DeliveryId { get; init; }
    public string? State { get; init; }
    public string? Reply { get; init; }

    /// <summary>The latest digests of one reader with their mails, as far as these are kept.</summary>
    public static async Task<IReadOnlyList<DayOfReader>> FindAsync(Database database, long reader, CancellationToken ct)
    {
        var days = await database.QueryAsync<DayOfReader>(ReaderPages.Days, new { id = reader }, ct);
        var mails = (await database.QueryAsync<MailOfDay>(ReaderPages.Mails, new { mails = days.Select(day => day.DeliveryId).OfType<long>().ToArray() }, ct))
            .ToDictionary(mail => mail.Id);
        return [.. days.Select(day => day.DeliveryId is { } id && mails.TryGetValue(id, out var mail)
            ? day with { State = mail.State, Reply = mail.Reply }
            : day with { DeliveryId = null })];
    }

    private sealed record MailOfDay
    {
        public required long Id { get; init; }
        public required string State { get; init; }
        public string? Reply { get; init; }
    }
}
