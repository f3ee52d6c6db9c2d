using System.Globalization;
using DigestService.Admin;
using DigestService.Delivery;
using DigestService.Mails;
using DigestService.Platform;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Hosting;

/// <summary>
/// Mails the operator when <c>/readyz</c> turns red and when it is green again, each at most once an hour, and where
/// <c>Mail__DailyReport</c> says so, each morning what happened the day before. Relays have a mail of their own
/// (<see cref="RelayAlerts"/>). What was told stands among the hourly counts, so that of many processes one tells it.
/// </summary>
internal sealed partial class OperatorReports(
    Database database, ServiceHealth health, HourlyCounts counts, ServiceMailComposer composer, Outbox outbox, MailOptions mail, IClock clock, ILogger<OperatorReports> logger)
    : BackgroundService
{
    private const string DailyReport = "daily_report";
    private const int ReportHour = 6;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PatienceWithCounts = TimeSpan.FromMinutes(1);

    // Two may be told within one hour: the seconds that the count holds tell which was the later.
    private const string Told = """
        -- operator_reports.told
        select max(hour + count * interval '1 second') filter (where name = 'alert_red') as red,
               max(hour + count * interval '1 second') filter (where name = 'alert_green') as green
        from hourly_counts
        where name in ('alert_red', 'alert_green')
          and hour >= @since
        """;

    private const string IsNoted = """
        -- operator_reports.is_noted
        select exists (select from hourly_counts where hour = @hour and name = @name)
        """;

    private const string Note = """
        -- operator_reports.note
        insert into hourly_counts (hour, name, count)
        values (@hour, @name, @count)
        on conflict (hour, name) do nothing
        """;

    /// <summary>Tells what has changed, given what is wrong with the service; how many mails that made.</summary>
    public async Task<int> TellAsync(IReadOnlyList<string> reasons, CancellationToken ct)
    {
        if (mail.OperatorAddress is not { Length: > 0 } address)
            return 0;
        var now = clock.GetCurrentInstant();
        return await TellHealthAsync(address, reasons, now, ct) + (mail.DailyReport ? await TellDayAsync(address, now, ct) : 0);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (string.IsNullOrEmpty(mail.OperatorAddress))
            return;
        while (true)
        {
            // What is late when a process starts is usually made up for by the first look, and nobody has to be called for it.
            await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested)
                return;
            try
            {
                // A relay has a mail of its own. Without a database this throws: nothing can be told, and nothing is known to have changed. Nor is
                // it where a newer program has the database, which then tells how it is.
                var state = await health.ReadAsync(stoppingToken);
                if (state.SchemaFault is null)
                    await TellAsync([.. state.Faults.Where(fault => fault.Part != "relay" && !fault.IsNote).Select(fault => fault.Sentence)], stoppingToken);
            }
            catch (Exception outage) when (Outage.Is(outage))
            {
                // That the database is away stands in the log already.
                LogNotTold(Verb.Sentence(outage));
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task<int> TellHealthAsync(string address, IReadOnlyList<string> reasons, Instant now, CancellationToken ct)
    {
        var told = await database.QuerySingleOrDefaultAsync<ToldRow>(Told, new { since = now - Duration.FromDays(30) }, ct);
        var isToldRed = told?.Red is { } red && (told.Green is not { } green || green < red);
        if (isToldRed == reasons.Count > 0)
            return 0;
        var alert = isToldRed
            ? new OperatorAlert("The service is well again", [new("Since", InstantPattern.General.Format(now))], "Nothing is left to do.")
            : new OperatorAlert(
                "Something needs you",
                [.. reasons.Select((reason, place) => new KeyValuePair<string, string>((place + 1).ToString(CultureInfo.InvariantCulture), reason))],
                "This stands at /readyz as well. Another mail comes when it is well again.");
        var hour = HourlyCounts.HourOf(now);
        return await SendOnceAsync(address, isToldRed ? "alert_green" : "alert_red", hour, (long)(now - hour).TotalSeconds, alert, now, ct);
    }

    private async Task<int> TellDayAsync(string address, Instant now, CancellationToken ct)
    {
        if (now.InUtc().Hour < ReportHour)
            return 0;
        var yesterday = now.InUtc().Date.PlusDays(-1);
        var hour = yesterday.AtStartOfDayInZone(DateTimeZone.Utc).ToInstant();
        if (await database.QuerySingleOrDefaultAsync<bool>(IsNoted, new { hour, name = DailyReport }, ct))
            return 0;
        await counts.CountAsync(PatienceWithCounts, ct);
        var overview = await counts.ReadAsync(ct);
        var facts = HourlyCounts.Names.Select(name => new KeyValuePair<string, string>(name, overview.Days[name][^2].ToString("n0", CultureInfo.InvariantCulture))).ToList();
        var alert = new OperatorAlert($"What happened on {LocalDatePattern.Iso.Format(yesterday)}", facts, "Days and hours are those of UTC.");
        return await SendOnceAsync(address, DailyReport, hour, 1, alert, now, ct);
    }

    // The note and the mail commit together: of two processes, or of two passes within an hour, one writes both.
    private Task<int> SendOnceAsync(string address, string name, Instant hour, long count, OperatorAlert alert, Instant now, CancellationToken ct) =>
        database.InTransactionAsync(
            async connection =>
            {
                if (await connection.ExecuteAsync(Note, new { hour, name, count }, ct) == 0)
                    return 0;
                var id = (await outbox.ReserveIdsAsync(connection, [Outbox.BucketOf(null, address)], ct))[0];
                await outbox.EnqueueAsync(connection, [AlertMail.Write(composer, id, address, now, alert)], now, ct);
                return 1;
            },
            ct);

    [LoggerMessage(1109, LogLevel.Debug, "The operator could not be told how the service is: {Reason}")]
    private partial void LogNotTold(string reason);

    private sealed record ToldRow
    {
        public Instant? Red { get; init; }
        public Instant? Green { get; init; }
    }
}
