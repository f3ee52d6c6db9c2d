using DigestService.Delivery;
using DigestService.Mails;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Admin;

/// <summary>Each relay that is set, whether it takes mail, and what it last said when it did not.</summary>
internal sealed class RelayTable(Database database, RelayTroubles troubles)
{
    private const string Last = """
        -- admin.relays
        select relay, answers, words, since, seen_at, ended_at
        from relay_troubles
        order by relay
        """;

    /// <summary>Reads it.</summary>
    public async Task<Action<HtmlWriter>> ReadAsync(CancellationToken ct)
    {
        var rows = (await database.QueryAsync<RelayRow>(Last, null, ct)).ToDictionary(row => row.Relay, StringComparer.Ordinal);
        var names = troubles.Configured.Count > 0 ? troubles.Configured : [.. rows.Keys];
        return html =>
        {
            if (names.Count == 0)
            {
                html.Write($"""<p class="soft">None is set: Smtp__Host names the relay that takes the mail.</p>""");
                return;
            }

            html.Write($"""<table><thead><tr><th scope="col">Relay</th><th scope="col">State</th><th scope="col">Its last trouble</th></tr></thead><tbody>""");
            foreach (var name in names)
            {
                var row = rows.GetValueOrDefault(name);
                var state = row is { EndedAt: null } ? $"takes no mail since {UtcTime.Of(row.Since)}; tried with one mail at growing intervals"
                    : row is { Answers: RelayTrouble.Once } ? "takes mail, as far as is known"
                    : "takes mail";
                html.Write($"<tr><td>{name}</td><td>{state}</td><td>{(row is null ? "none yet" : $"{UtcTime.Of(row.SeenAt)}: {row.Words}")}</td></tr>");
            }

            html.Write($"</tbody></table>");
        };
    }

    private sealed record RelayRow
    {
        public required string Relay { get; init; }
        public required string Answers { get; init; }
        public required string Words { get; init; }
        public required Instant Since { get; init; }
        public required Instant SeenAt { get; init; }
        public Instant? EndedAt { get; init; }
    }
}
