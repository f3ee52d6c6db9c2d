using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using NodaTime;
using NodaTime.Text;
using Npgsql;

namespace DigestService.Platform;

/// <summary>
/// How every verb runs: start the app, do the work, report to stdout, turn what went wrong into one plain sentence
/// on stderr and an exit code (0 done, 1 failed, 2 wrong usage, and 78 where <c>serve</c> finds a wrong setting).
/// </summary>
internal static class Verb
{
    /// <summary>
    /// EX_CONFIG of sysexits.h: what <c>serve</c> ends with over a wrong setting where systemd runs it, so that it can tell that
    /// from a crash and does not try again for ever.
    /// </summary>
    public const int WrongSettings = 78;

    /// <summary>What a verb ends with whose line cannot be what was meant.</summary>
    public const int WrongUsage = 2;

    private static bool IsRunBySystemd => Environment.GetEnvironmentVariable("INVOCATION_ID") is { Length: > 0 };

    // Beyond them calendars and columns overflow: days are counted back and on from now, and the first moment of all is stored as "never".
    private static readonly Instant Earliest = Instant.FromUtc(1970, 1, 1, 0, 0);
    private static readonly Instant Latest = Instant.FromUtc(2200, 1, 1, 0, 0);

    /// <summary>Prints one JSON object instead of text.</summary>
    public static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object.", Recursive = true };

    /// <summary>Shows stack traces and debug logs.</summary>
    public static readonly Option<bool> Verbose = new("--verbose") { Description = "Log more, and show stack traces.", Recursive = true };

    /// <summary>Starts the service for one verb. The program sets it first of all, because only it knows every feature.</summary>
    public static Func<ParseResult, IClock, CancellationToken, Task<VerbContext>> Start { get; set; } =
        (_, _, _) => throw new InvalidOperationException("Verb.Start was not set.");

    /// <summary>Replaces the clock of a verb that reads it.</summary>
    public static Option<Instant?> NowOption() => new("--now")
    {
        Description = "Replace the clock: an ISO 8601 instant with offset, such as 2026-01-31T07:00:00+01:00.",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Moment(text) is { } moment)
            {
                if (moment >= Earliest && moment < Latest)
                    return moment;
                result.AddError($"--now: '{text}' is not from 1970 to 2199.");
                return null;
            }

            result.AddError($"--now: '{text}' is not an ISO 8601 instant with offset, such as 2026-01-31T07:00:00+01:00.");
            return null;
        },
    };

    /// <summary>A moment as the command line has it, with its offset; null where it is none.</summary>
    public static Instant? Moment(string text)
    {
        if (OffsetDateTimePattern.Rfc3339.Parse(text) is { Success: true } parsed)
            return parsed.Value.ToInstant();
        return OffsetDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mmo<G>").Parse(text) is { Success: true } minutes ? minutes.Value.ToInstant() : null;
    }

    /// <summary>Gives a command its action, run inside the started service.</summary>
    public static Command Does(
        this Command command, Func<VerbContext, CancellationToken, Task<int>> action, Option<Instant?>? now = null)
    {
        if (now is not null)
            command.Options.Add(now);
        command.SetAction((parse, ct) => RunGuardedAsync(
            parse,
            async () =>
            {
                IClock clock = now is not null && parse.GetValue(now) is { } instant ? new FixedClock(instant) : SystemClock();
                await using var context = await Start(parse, clock, ct);
                return await action(context, ct);
            }));
        return command;
    }

    /// <summary>Gives a command an action that needs neither settings nor a database.</summary>
    public static Command DoesAlone(this Command command, Func<ParseResult, CancellationToken, Task<int>> action)
    {
        command.SetAction((parse, ct) => RunGuardedAsync(parse, () => action(parse, ct)));
        return command;
    }

    /// <summary>Runs work that may fail, turning failure into a sentence and an exit code.</summary>
    public static async Task<int> RunGuardedAsync(ParseResult parse, Func<Task<int>> work)
    {
        try
        {
            return await work();
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Stopped.");
            return 1;
        }
        catch (Exception failure)
        {
            await Console.Error.WriteLineAsync(parse.GetValue(Verbose) ? failure.ToString() : Sentence(failure));
            if (failure is OperatorException { IsWrongUsage: true })
                return WrongUsage;
            return failure is OperatorException { IsWrongSetting: true } && parse.CommandResult.Command.Name == "serve" && IsRunBySystemd ? WrongSettings : 1;
        }
    }

    /// <summary>One plain sentence about what went wrong.</summary>
    public static string Sentence(Exception failure) => failure switch
    {
        OperatorException => failure.Message,
        System.Data.DataException { InnerException: NpgsqlException inner } => DatabaseWords.Sentence(inner),
        NpgsqlException database => DatabaseWords.Sentence(database),
        _ when Outage.IsOfMemory(failure) =>
            "This process has no memory left, or may start no further thread: give it more, by MemoryMax and TasksMax where systemd runs it, 'ulimit -u' or the limits of its container; what failed for want of it is done again.",
        FileNotFoundException or DirectoryNotFoundException => $"{FirstLine(failure)} Put it there, or correct the setting that names it.",
        UnauthorizedAccessException when !failure.Message.Contains('\'', StringComparison.Ordinal) => "Standard output is closed: lead it somewhere.",
        UnauthorizedAccessException => $"{FirstLine(failure)} Give this account the right to it.",
        _ when FileWords.IsFullDisk(failure) => $"A disk is full: {FirstLine(failure)} Free some room on it.",
        IOException { InnerException: null } => $"{FirstLine(failure)} Look at the disk and at the rights of this account.",
        _ => $"Failed: {failure.Message.ReplaceLineEndings(" ")} ({failure.GetType().Name}). Run with --verbose for more.",
    };

    private static string FirstLine(Exception failure) => failure.Message.ReplaceLineEndings(" ").TrimEnd('.') + ".";

#pragma warning disable RS0030 // The one place that names the system's clock for verbs.
    /// <summary>The machine's clock.</summary>
    public static IClock SystemClock() => NodaTime.SystemClock.Instance;
#pragma warning restore RS0030
}

/// <summary>What a running verb has at hand.</summary>
internal sealed class VerbContext : IAsyncDisposable
{
    private readonly IAsyncDisposable _app;
    private readonly ServiceProvider _services;

    /// <summary>A verb's context over what was started for it; both are disposed with it, the services first.</summary>
    public VerbContext(ParseResult parse, IAsyncDisposable app, ServiceProvider services)
    {
        Parse = parse;
        _app = app;
        _services = services;
    }

    /// <summary>The parsed command line.</summary>
    public ParseResult Parse { get; }

    /// <summary>What this start did to the schema.</summary>
    public MigrationReport Migration => Service<MigrationReport>();

    /// <summary>The moment the verb works at.</summary>
    public IClock Clock => Service<IClock>();

    /// <summary>A registered service.</summary>
    public T Service<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Prints the verb's result: exactly one JSON object with <c>--json</c>, else the text.</summary>
    public void Report(object result, Action<TextWriter> text) => Report(Parse, result, text);

    /// <summary>The same for a verb that runs alone.</summary>
    public static void Report(ParseResult parse, object result, Action<TextWriter> text)
    {
        if (parse.GetValue(Verb.Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(result, ServiceJson.Options));
        else
            text(Console.Out);
    }

    /// <summary>Prints the verb's result, one line of text without <c>--json</c>.</summary>
    public void Report(object result, FormattableString text) =>
        Report(result, writer => writer.WriteLine(text.ToString(CultureInfo.InvariantCulture)));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _app.DisposeAsync();
    }
}
