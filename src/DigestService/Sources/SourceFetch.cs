using System.Diagnostics.Metrics;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Sources;

/// <summary>
/// One run of a source: ask, import each answer whole, and leave a row of <c>source_runs</c> for every one of them,
/// whatever happens. Asking again for days already imported changes nothing, so the next run asks for what is missing.
/// </summary>
internal sealed partial class SourceFetch(Database database, PaperImport import, SourceDays read, IClock clock, ILogger<SourceFetch> log)
{
    private static readonly Counter<long> Papers =
        Telemetry.Meter.CreateCounter<long>("digest.papers", "{paper}", "Papers fetched, by source and outcome (read, added, rejected).");

    private const string Stopped = "It was stopped.";
    private const string Lost = "Its process ended before it did.";

    // A working day about which a source tells nothing may be a holiday of theirs. It is asked for again this long, then believed.
    private const int DaysOfDoubt = 7;

    /// <summary>The days to ask for when nobody says: the source's usual days, and those before them that were missed.</summary>
    public Task<IReadOnlyList<LocalDate>> UsualDaysAsync(IPaperSource source, CancellationToken ct) =>
        read.UsualAsync(source, clock.GetCurrentInstant().InUtc().Date, ct);

    /// <summary>Those of the sources whose last run never ended or was stopped with the service.</summary>
    public Task<IReadOnlyList<string>> InterruptedAsync(IEnumerable<IPaperSource> sources, CancellationToken ct) =>
        database.QueryAsync<string>(
            SourceQueries.Interrupted, new { sources = sources.Select(source => source.Name).ToArray(), stopped = Stopped }, ct);

    /// <summary>
    /// Fetches and imports. What fails is on its row and in the result, and the other answers are taken all the same.
    /// </summary>
    public async Task<FetchResult> RunAsync(IPaperSource source, IReadOnlyList<LocalDate> days, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        var run = new Run(source, now, await AnswerMemory.LoadAsync(database, source.Name, ct));
        await BeginAsync(run, days.Count == 1 ? days[0] : null, ct);
        try
        {
            await foreach (var step in source.FetchAsync(new SourceQuestion(days, now, run.Memory), ct))
                await TakeAsync(run, step, ct);
            await run.Memory.SaveAsync(database, source.Name, now, ct);
        }
        catch (Exception failure)
        {
            // The row must not say 'running' for ever; the exception itself is the caller's.
            var reason = failure switch
            {
                OperationCanceledException => Stopped,
                SourceFaultException => failure.Message,
                _ => Verb.Sentence(failure),
            };
            await FailAsync(run, days[^1], "", reason, CancellationToken.None);
            throw;
        }
        finally
        {
            foreach (var warning in run.Warnings)
                LogWarning(log, source.Name, warning);
        }

        await database.ExecuteAsync(SourceQueries.EndLost, new { source = source.Name, first = run.First, now = clock.GetCurrentInstant(), detail = Lost }, ct);
        return new FetchResult(run.Total, run.Fault, run.Warnings);
    }

    private async Task TakeAsync(Run run, SourceStep step, CancellationToken ct)
    {
        switch (step)
        {
            case FetchedAnswer answer:
                await BeginAsync(run, answer.Day, ct);
                var result = await import.ImportAsync([answer.Input], progress: null, ct);
                run.Total.Add(result);
                await EndAsync(run, answer, result, ct);
                if (answer.Input.Document.Fault is null)
                    run.Memory.Remember(answer.Asked, answer.Marks);
                break;
            case UnchangedAnswer unchanged:
                await BeginAsync(run, unchanged.Day, ct);
                await EndAsync(run, unchanged, ct);
                break;
            case FailedQuestion failed:
                await BeginAsync(run, failed.Day, ct);
                await FailAsync(run, failed.Day, failed.Part, failed.Sentence, ct);
                break;
            case DaysRead whole:
                await read.MarkReadAsync(run.Source.Name, [.. whole.Days.Except(run.Doubted)], run.Now, ct);
                break;
        }
    }

    private async Task BeginAsync(Run run, LocalDate? day, CancellationToken ct)
    {
        if (run.Row is not null)
            return;
        run.Row = await database.QuerySingleOrDefaultAsync<long>(
            SourceQueries.BeginRun, new { source = run.Source.Name, day = day?.ToDateOnly(), now = run.Now, first = run.First }, ct);
        run.First ??= run.Row;
    }

    private async Task EndAsync(Run run, FetchedAnswer answer, ImportResult result, CancellationToken ct)
    {
        var document = answer.Input.Document;
        var day = answer.Day ?? document.NewestOn;
        var facts = new RunFacts
        {
            Now = clock.GetCurrentInstant(),
            Day = answer.Day,
            Days = answer.Days,
            Total = document.Total,
            Read = result.Read,
            Rejected = result.Rejected,
            NewestOn = document.NewestOn,
            ContentHash = document.EntriesRead > 0 ? document.ContentHash() : null,
        };
        if (document.Fault is { } fault)
        {
            await FailAsync(run, answer.Day, answer.Part, fault, ct);
            return;
        }

        var refusal = result.Rejections.Count > 0 ? result.Rejections[0].Reason : null;
        await EndAsync(run, answer.Asked, answer.Part, day, facts, result, refusal, ct);
    }

    // Nothing came back because nothing has changed: what was right or wrong with the answer then is so now.
    private async Task EndAsync(Run run, UnchangedAnswer answer, CancellationToken ct)
    {
        var known = await database.QuerySingleOrDefaultAsync<EarlierRun>(
            SourceQueries.SameQuestion, new { source = run.Source.Name, asked = answer.Asked.AbsoluteUri, part = answer.Part }, ct);
        var facts = new RunFacts
        {
            Now = clock.GetCurrentInstant(),
            Day = answer.Day,
            Read = known?.Read ?? 0,
            Rejected = known?.Rejected ?? 0,
            NewestOn = known?.NewestOn,
            ContentHash = known?.ContentHash,
        };
        await EndAsync(run, answer.Asked, answer.Part, answer.Day ?? known?.NewestOn, facts, new ImportResult(), "Unchanged.", ct);
    }

    private async Task EndAsync(
        Run run, Uri asked, string part, LocalDate? day, RunFacts facts, ImportResult result, string? detail, CancellationToken ct)
    {
        var before = await database.QuerySingleOrDefaultAsync<EarlierRun>(
            SourceQueries.RunBefore, new { source = run.Source.Name, part, first = run.First, day = day?.ToDateOnly() }, ct);
        var silence = SourceWarnings.OfSilence(facts, before, run.Source.IsWorkingDay);
        if (silence is not null)
            run.Doubted.UnionWith(Doubted(facts, run.Now.InUtc().Date));
        string[] warnings = [.. new[] { SourceWarnings.OfRejections(facts, before), silence }.OfType<string>()];
        var parameters = new
        {
            run = run.Row,
            asked = asked.AbsoluteUri,
            part,
            day = day?.ToDateOnly(),
            outcome = warnings.Length > 0 ? "suspect" : facts.Read == 0 ? "quiet" : "done",
            now = clock.GetCurrentInstant(),
            read = result.Read,
            added = result.Added,
            updated = result.Updated,
            duplicates = result.Duplicates,
            rejected = result.Rejected,
            newest = facts.NewestOn?.ToDateOnly(),
            hash = facts.ContentHash,
            detail = warnings.Length > 0 ? string.Join(' ', warnings) : detail,
        };
        await database.ExecuteAsync(SourceQueries.EndRun, parameters, ct);
        run.Row = null;
        run.Warnings.AddRange(warnings);
        LogRun(log, run.Source.Name, parameters.outcome, result.Read, result.Added, result.Rejected);
        Papers.Add(result.Read, new("source", run.Source.Name), new("outcome", "read"));
        Papers.Add(result.Added, new("source", run.Source.Name), new("outcome", "added"));
        Papers.Add(result.Rejected, new("source", run.Source.Name), new("outcome", "rejected"));
    }

    // Nothing over a whole stretch of working days is no holiday.
    private static IEnumerable<LocalDate> Doubted(RunFacts facts, LocalDate today) =>
        facts.Day is not { } day ? facts.Days
        : day >= today.PlusDays(-DaysOfDoubt) ? [day]
        : [];

    private async Task FailAsync(Run run, LocalDate? day, string part, string reason, CancellationToken ct)
    {
        await BeginAsync(run, day, ct);
        await database.ExecuteAsync(
            SourceQueries.FailRun, new { run = run.Row, day = day?.ToDateOnly(), part, now = clock.GetCurrentInstant(), detail = reason }, ct);
        run.Row = null;
        run.Faults.Add(reason);
        LogFault(log, run.Source.Name, reason);
    }

    private sealed class Run(IPaperSource source, Instant now, AnswerMemory memory)
    {
        public IPaperSource Source => source;

        public Instant Now => now;

        public AnswerMemory Memory => memory;

        public ImportResult Total { get; } = new();

        public List<string> Warnings { get; } = [];

        public List<string> Faults { get; } = [];

        /// <summary>Days about which an answer that can be read told nothing although it should.</summary>
        public HashSet<LocalDate> Doubted { get; } = [];

        /// <summary>The run's first row, by which all are known.</summary>
        public long? First { get; set; }

        /// <summary>The row that is being filled.</summary>
        public long? Row { get; set; }

        public string? Fault => Faults.Count switch
        {
            0 => null,
            1 => Faults[0],
            _ => FormattableString.Invariant($"{Faults[0]} ({Faults.Count} questions failed.)"),
        };
    }

    [LoggerMessage(EventId = 2001, Level = LogLevel.Information, Message = "Source {Source}: {Outcome}, {Read} read, {Added} new, {Rejected} rejected")]
    private static partial void LogRun(ILogger log, string source, string outcome, int read, int added, int rejected);

    [LoggerMessage(EventId = 2002, Level = LogLevel.Warning, Message = "Source {Source}: {Warning}")]
    private static partial void LogWarning(ILogger log, string source, string warning);

    [LoggerMessage(EventId = 2003, Level = LogLevel.Warning, Message = "Source {Source} failed: {Reason}")]
    private static partial void LogFault(ILogger log, string source, string reason);
}

/// <summary>What a run brought, why it ended early if it did, and what looked wrong.</summary>
internal sealed record FetchResult(ImportResult Import, string? Fault, IReadOnlyList<string> Warnings);
