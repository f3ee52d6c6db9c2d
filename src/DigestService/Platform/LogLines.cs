using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Npgsql;

namespace DigestService.Platform;

/// <summary>
/// Writes one line an event: time, level, who, event id, what happened, and the exception in one sentence; its stack only
/// when <c>--verbose</c> asks. A warning or an error that lasts is told again after a minute, then ever more seldom, with how often it was left out.
/// A database that is out of reach is one such error, whichever parts miss it.
/// </summary>
internal sealed class LogLines(IOptions<LogLinesOptions> options, TimeProvider time, DatabaseOutage outage) : ConsoleFormatter(Name)
{
    /// <summary>The formatter's name among the console's.</summary>
    public new const string Name = "digest";

    // The number by which faults of other parts are told.
    private const int Fault = 1110;
    private const int MostRemembered = 1000;
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);
    // What was not seen for so long has ended, and begins anew when it comes again.
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(5);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Told> _told = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception).ReplaceLineEndings(" ");
        if (!options.Value.IsVerbose && WebServerWords.IsBrokenOff(logEntry.Category, logEntry.EventId, message, logEntry.Exception))
            return;
        var (level, category, number) = (logEntry.LogLevel, logEntry.Category, logEntry.EventId.Id);
        object? values = logEntry.State;
        string? outageName = null;
        if (level >= LogLevel.Warning && !options.Value.IsVerbose && FindOutage(logEntry.Exception, logEntry.State) is { } gone)
        {
            (level, category, number, message) = (LogLevel.Error, typeof(DatabaseOutage).FullName!, Fault, $"Wrong with the database: {Verb.Sentence(gone)}"); // a class has a name
            values = null;
            outageName = outage.Begin();
        }
        else if (!options.Value.IsVerbose && SchedulerWords.Tell(category, message, logEntry.State, logEntry.Exception) is { } ours)
        {
            (category, number, message) = (SchedulerWords.Category, 0, ours);
        }
        else if (!options.Value.IsVerbose && WebServerWords.Tell(category, logEntry.EventId) is { } turnedAway)
        {
            message = turnedAway;
        }
        else
        {
            if (!options.Value.IsVerbose)
                message = WithoutStack(message);
            if (logEntry.Exception is { } failure && Sentence(failure) is var why && !message.EndsWith(why, StringComparison.Ordinal))
                message += $" ({why})";
        }

        var leftOut = 0;
        if (level >= LogLevel.Warning && !ShouldTell(outageName ?? $"{category} {number} {message}", out leftOut))
            return;
        if (options.Value.IsJson)
        {
            textWriter.WriteLine(Json(level, category, number, message, values, leftOut, logEntry.Exception));
            return;
        }

        textWriter.Write(time.GetUtcNow().ToString("HH:mm:ss ", CultureInfo.InvariantCulture));
        textWriter.Write(LevelName(level));
        textWriter.Write(string.Create(CultureInfo.InvariantCulture, $": {category}[{number}] {message}"));
        if (leftOut > 0)
            textWriter.Write(string.Create(CultureInfo.InvariantCulture, $" (and {leftOut} times more since it was last told)"));
        textWriter.WriteLine();
        if (options.Value.IsVerbose && logEntry.Exception is { } shown)
            textWriter.WriteLine(shown);
    }

    private static NpgsqlException? FindOutage(Exception? failure, object? state) =>
        SchedulerWords.Causes(failure, state).OfType<NpgsqlException>().FirstOrDefault(Outage.IsOutOfReach);

    /// <summary>The event as one object on one line, with the values of its sentence beside it.</summary>
    private string Json(LogLevel level, string category, int number, string message, object? state, int leftOut, Exception? failure)
    {
        var line = new JsonObject
        {
            ["time"] = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["level"] = level.ToString().ToLowerInvariant(),
            ["part"] = category,
            ["event"] = number,
            ["message"] = message,
        };
        foreach (var (name, value) in (state as IReadOnlyList<KeyValuePair<string, object?>> ?? []).Where(pair => pair.Key != "{OriginalFormat}"))
            line.TryAdd(JsonNamingPolicy.SnakeCaseLower.ConvertName(name), Convert.ToString(value, CultureInfo.InvariantCulture));
        if (leftOut > 0)
            line["left_out"] = leftOut;
        if (failure is not null)
            line["exception"] = options.Value.IsVerbose ? failure.ToString() : failure.GetType().Name;
        return line.ToJsonString(Relaxed);
    }

    private bool ShouldTell(string what, out int leftOut)
    {
        leftOut = 0;
        var now = time.GetTimestamp();
        lock (_lock)
        {
            var isLasting = _told.TryGetValue(what, out var told) && time.GetElapsedTime(told.SeenAt, now) < Quiet;
            if (isLasting && time.GetElapsedTime(told.At, now) < told.Pause)
            {
                _told[what] = told with { SeenAt = now, LeftOut = told.LeftOut + 1 };
                return false;
            }

            leftOut = isLasting ? told.LeftOut : 0;
            var pause = leftOut == 0 ? Pause : told.Pause * 2 < LongestPause ? told.Pause * 2 : LongestPause;
            // Messages that are all different would otherwise fill the memory; the worst that forgetting does is a line too many.
            if (_told.Count >= MostRemembered)
                _told.Clear();
            _told[what] = new Told(now, now, pause, 0);
            return true;
        }
    }

    /// <summary>Libraries write whole exceptions into their sentences; what began it all stands before the first stack.</summary>
    private static string WithoutStack(string message)
    {
        var end = Math.Min(IndexOf(message, "   at "), IndexOf(message, " ---> "));
        return end == message.Length ? message : message[..end].TrimEnd();
    }

    private static int IndexOf(string text, string part) =>
        text.IndexOf(part, StringComparison.Ordinal) is var at and >= 0 ? at : text.Length;

    private static string Sentence(Exception failure) => failure switch
    {
        OperatorException or NpgsqlException or System.Data.DataException { InnerException: NpgsqlException } => Verb.Sentence(failure),
        _ when Outage.IsOfMemory(failure) => Verb.Sentence(failure),
        _ => $"{failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" ")}",
    };

    private static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };

    private readonly record struct Told(long At, long SeenAt, TimeSpan Pause, int LeftOut);
}

/// <summary>How <see cref="LogLines"/> writes.</summary>
internal sealed class LogLinesOptions : ConsoleFormatterOptions
{
    /// <summary>Whether stacks are shown.</summary>
    public bool IsVerbose { get; set; }

    /// <summary>Whether each event is a JSON object (<c>Logging__Format=Json</c>).</summary>
    public bool IsJson { get; set; }
}
