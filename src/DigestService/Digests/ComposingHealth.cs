using System.Globalization;
using DigestService.Platform;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Digests;

/// <summary>Something that was set aside: what it is, how often it was tried, and why it failed.</summary>
internal sealed record SetAsideReport
{
    /// <summary><c>digest</c>, <c>paper</c> or <c>query</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>How many failed for this reason.</summary>
    public required int Count { get; init; }

    /// <summary>One of them: the id of a reader, a paper or a query.</summary>
    public required long Example { get; init; }

    /// <summary>Attempts made; after three it is left alone.</summary>
    public required short Attempts { get; init; }

    /// <summary>What was thrown.</summary>
    public required string Reason { get; init; }

    /// <summary>The report as a sentence.</summary>
    public string Sentence => string.Create(
        CultureInfo.InvariantCulture,
        $"{Count} {(Kind, Count) switch { ("query", > 1) => "queries", (_, > 1) => Kind + "s", _ => Kind }} set aside ({(Kind == "digest" ? "reader" : Kind)} {Example}{(Count > 1 ? " and others" : "")}, {(Attempts >= Fault.MostAttempts ? "given up" : $"attempt {Attempts}")}): {Reason}");
}

/// <summary>What choosing and composing had to set aside lately, for the doctor, readiness and the operator's pages.</summary>
internal sealed class ComposingHealth(Database database, IClock clock)
{
    private const int DaysShown = 7;
    private const int Most = 20;

    private const string SetAside = """
        -- digests.set_aside_lately
        select kind, count(*)::int as count, min(id) as example, max(attempts)::smallint as attempts, reason
        from (
            select 'digest' as kind, subscriber_id as id, attempts, fault as reason
            from digests
            where fault is not null
              and digest_on >= @from
            union all
            select kind, subject_id, attempts, reason
            from set_aside
            where last_at >= @since
        ) as faults
        group by kind, reason
        order by count(*) desc, kind, reason
        limit @most
        """;

    /// <summary>What was set aside within the last week, by reason, the most frequent first.</summary>
    public Task<IReadOnlyList<SetAsideReport>> SetAsideLatelyAsync(CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        return database.QueryAsync<SetAsideReport>(
            SetAside, new { from = now.InUtc().Date.PlusDays(-DaysShown), since = now - Duration.FromDays(DaysShown), most = Most }, ct);
    }
}
