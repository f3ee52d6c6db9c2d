using DigestService.Platform;
using NodaTime;

namespace DigestService.Topics;

/// <summary>How many papers a day each topic of the catalogue brings, over the last two weeks with papers; looked up every ten minutes.</summary>
internal sealed class TopicRates(Database database, IClock clock)
{
    private const int Days = 14;
    private static readonly Duration Kept = Duration.FromMinutes(10);

    private volatile KeptRates? _kept;

    /// <summary>Papers a day by the row of the topic; 0 for a topic that is not there.</summary>
    public async Task<IReadOnlyDictionary<long, double>> GetAsync(CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        if (_kept is { } kept && kept.At <= now && now < kept.At + Kept)
            return kept.Rates;
        var rows = await database.QueryAsync<RateRow>(TopicRateQueries.Count, new { today = now.InUtc().Date, days = Days }, ct);
        var rates = rows.ToDictionary(row => row.TopicId, row => (double)row.Papers / Days);
        _kept = new KeptRates(now, rates);
        return rates;
    }

    private sealed record KeptRates(Instant At, IReadOnlyDictionary<long, double> Rates);

    private sealed record RateRow
    {
        public required long TopicId { get; init; }
        public required int Papers { get; init; }
    }
}

/// <summary>The statements of the rates.</summary>
internal static class TopicRateQueries
{
    /// <summary>Papers of each topic in the days up to the latest with papers.</summary>
    public const string Count = """
        -- topic_rates.count
        select t.id as topic_id, count(*)::int as papers
        from papers p
        join topic_matches m on m.paper_id = p.id
        join topics t on t.query_id = m.query_id
        where p.first_listed_on > (select max(first_listed_on) from papers where first_listed_on <= @today) - @days
          and p.first_listed_on <= @today
          and not m.is_near
        group by t.id
        """;
}
