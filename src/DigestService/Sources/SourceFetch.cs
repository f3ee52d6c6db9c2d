using System.Diagnostics.Metrics;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Sources;

/// <summary>
/// One run of a source: ask, import each answer whole, and leave a row of <c>source_runs</c> for every one of them,
/// whatever happens. Asking again for days already imported changes nothing, so the next run resumes by beginning where
/// the last good one ended.
/// </summary>
internal sealed partial class SourceFetch(Database database, PaperImport import, IClock clock, ILogger<SourceFetch> log)
{
    private static readonly Counter<long> Papers =
        Telemetry.Meter.CreateCounter<long>("digest.papers", "{paper}", "Papers fetched, by source and outcome (read, added, rejected).");

    // After an outage longer than this somebody is expected to say from when on.
    private const int MaxDaysToCatchUp = 14;
    private const string Stopped = "It was stopped.";

    /// <summary>The range to ask for when nobody says: the source's usual days, and those missed since the last good run.</summary>
    public async Task<DayRange> UsualDaysAsync(IPaperSource source, CancellationToken ct)
    {
        var today = clock.GetCurrentInstant().InUtc().Date;
        var usual = today.PlusDays(-source.DaysBack);
        var lastGood = await database.QuerySingleOrDefaultAsync<DateOnly?>(SourceQueries.LastGoodDay, new { source = source.Name }, ct);
        var from = lastGood is { } day ? LocalDate.Min(usual, LocalDate.FromDateOnly(day)) : usual;
        return new DayRange(LocalDate.Max(from, today.PlusDays(-MaxDaysToCatchUp)), today);
    }

    /// <summary>Those of the sources whose last run never ended or was stopped with the service.</summary>
    public Task<IReadOnlyList<string>> InterruptedAsync(IEnumerable<IPaperSource> sources, CancellationToken ct) =>
        database.QueryAsync<string>(
            SourceQueries.Interrupted, new { sources = sources.Select(source => source.Name).ToArray(), stopped = Stopped }, ct);

    /// <summary>Fetches and imports; a fault ends the run, is on its row and in the result, and what came before it stays.</summary>
    public async Task<FetchResult> RunAsync(IPaperSource source, DayRange days, CancellationToken ct)
    {
        var total = new ImportResult();
        var warnings = new List<string>();
        var now = clock.GetCurrentInstant();
        long? run = await BeginAsync(source, days.From == days.To ? days.To : null, now, ct);
        try
        {
            await foreach (var answer in source.FetchAsync(days, now, ct))
            {
                var row = run ??= await BeginAsync(source, answer.Day, now, ct);
                var result = await import.ImportAsync([answer.Input], progress: null, ct);
                total.Add(result);
                warnings.AddRange(await EndAsync(source, row, answer, result, ct));
                run = null;
            }

            return new FetchResult(total, null, warnings);
        }
        catch (SourceFaultException fault)
        {
            await FailAsync(source, run ?? await BeginAsync(source, days.To, now, ct), days.To, fault.Message, ct);
            return new FetchResult(total, fault.Message, warnings);
        }
        catch (Exception failure)
        {
            // The row must not say 'running' for ever; the exception itself is the caller's.
            var reason = failure is OperationCanceledException ? Stopped : failure.Message;
            await FailAsync(source, run ?? await BeginAsync(source, days.To, now, CancellationToken.None), days.To, reason, CancellationToken.None);
            throw;
        }
        finally
        {
            foreach (var warning in warnings)
                LogWarning(log, source.Name, warning);
        }
    }

    private async Task<long> BeginAsync(IPaperSource source, LocalDate? day, Instant now, CancellationToken ct) =>
        await database.QuerySingleOrDefaultAsync<long>(
            SourceQueries.BeginRun, new { source = source.Name, day = day?.ToDateOnly(), now }, ct);

    private async Task<IReadOnlyList<string>> EndAsync(IPaperSource source, long run, FetchedAnswer answer, ImportResult result, CancellationToken ct)
    {
        var document = answer.Input.Document;
        var before = await database.QuerySingleOrDefaultAsync<EarlierRun>(
            SourceQueries.RunBefore, new { source = source.Name, run, day = (answer.Day ?? document.NewestOn)?.ToDateOnly() }, ct);
        var facts = new RunFacts
        {
            Now = clock.GetCurrentInstant(),
            Day = answer.Day,
            Read = result.Read,
            Rejected = result.Rejected,
            IsUnreadable = result.IsAllRejected && document.EntriesRead == 0,
            NewestOn = document.NewestOn,
            ContentHash = document.EntriesRead > 0 ? document.ContentHash() : null,
        };
        var warnings = SourceWarnings.Of(facts, before, source.IsWorkingDay);
        var refusal = result.Rejections.Count > 0 ? result.Rejections[0].Reason : null;
        var parameters = new
        {
            run,
            asked = answer.Asked.AbsoluteUri,
            day = (answer.Day ?? document.NewestOn)?.ToDateOnly(),
            outcome = facts.IsUnreadable ? "failed" : warnings.Count > 0 ? "suspect" : result.Read == 0 ? "quiet" : "done",
            now = clock.GetCurrentInstant(),
            read = result.Read,
            added = result.Added,
            updated = result.Updated,
            duplicates = result.Duplicates,
            rejected = result.Rejected,
            newest = document.NewestOn?.ToDateOnly(),
            hash = facts.ContentHash,
            detail = warnings.Count > 0 ? string.Join(' ', warnings) : refusal,
        };
        await database.ExecuteAsync(SourceQueries.EndRun, parameters, ct);
        LogRun(log, source.Name, parameters.outcome, result.Read, result.Added, result.Rejected);
        Papers.Add(result.Read, new("source", source.Name), new("outcome", "read"));
        Papers.Add(result.Added, new("source", source.Name), new("outcome", "added"));
        Papers.Add(result.Rejected, new("source", source.Name), new("outcome", "rejected"));
        if (facts.IsUnreadable)
            throw new SourceFaultException(refusal ?? "The answer cannot be read.");
        return warnings;
    }

    private async Task FailAsync(IPaperSource source, long run, LocalDate day, string reason, CancellationToken ct)
    {
        await database.ExecuteAsync(
            SourceQueries.FailRun, new { run, day = day.ToDateOnly(), now = clock.GetCurrentInstant(), detail = reason }, ct);
        LogFault(log, source.Name, reason);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Source {Source}: {Outcome}, {Read} read, {Added} new, {Rejected} rejected")]
    private static partial void LogRun(ILogger log, string source, string outcome, int read, int added, int rejected);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Source {Source}: {Warning}")]
    private static partial void LogWarning(ILogger log, string source, string warning);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Source {Source} failed: {Reason}")]
    private static partial void LogFault(ILogger log, string source, string reason);
}

/// <summary>What a run brought, why it ended early if it did, and what looked wrong.</summary>
internal sealed record FetchResult(ImportResult Import, string? Fault, IReadOnlyList<string> Warnings);
