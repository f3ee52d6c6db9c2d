using System.Diagnostics;
using System.Globalization;
using System.Text;
using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Delivery;

/// <summary>A real process of the built service that works on a test's database.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private const string Serving = "Serving on ";

    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<string> _errors;
    private readonly Task<string> _output;

    private WorkerProcess(Process process)
    {
        _process = process;
        _errors = ReadErrorsAsync(process.StandardError);
        _output = process.StandardOutput.ReadToEndAsync();
    }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it is gone.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Processor time it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Sends until it is stopped.</summary>
    public static WorkerProcess Serve(
        Database database, ScriptedSmtpServer relay, params (string Key, string Value)[] settings) =>
        Start("serve --roles send", database, [.. Leading(relay), .. settings]);

    /// <summary>Sends what is due, then exits.</summary>
    public static WorkerProcess Drain(
        Database database, ScriptedSmtpServer relay, params (string Key, string Value)[] settings) =>
        Start("outbox send", database, [.. Leading(relay), .. settings]);

    /// <summary>Plans and composes until it is stopped.</summary>
    public static WorkerProcess Plan(Database database) => Start("serve --roles plan", database, []);

    /// <summary>One verb, such as <c>outbox status --json</c>.</summary>
    public static WorkerProcess Verb(Database database, string verb, params (string Key, string Value)[] settings) => Start(verb, database, settings);

    /// <summary>One verb to its end.</summary>
    public static Task<VerbResult> RunAsync(Database database, string verb, params (string Key, string Value)[] settings) => EndOfAsync(Verb(database, verb, settings));

    /// <summary>What a shell makes of a script in which <c>digest</c> is the program, such as <c>digest topics list &gt;&amp;-</c>.</summary>
    public static Task<VerbResult> RunInShellAsync(Database database, string script)
    {
        var start = new ProcessStartInfo("sh", ["-c", $$"""digest() { exec dotnet "$0" "$@"; }; {{script}}""", Program]);
        return EndOfAsync(Start(start, database, [("Logging__LogLevel__Default", "Warning")]));
    }

    /// <summary>Where it answers, once it does.</summary>
    public Task<Uri> UrlAsync(TimeSpan limit) => _url.Task.WaitAsync(limit);

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Sends a signal such as <c>STOP</c>, <c>CONT</c> or <c>TERM</c>.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for its end and answers its exit code; fails with what it said when that takes too long.</summary>
    public async Task<int> ExitAsync(TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException late)
        {
            _process.Kill();
            throw new TimeoutException($"The worker did not end within {limit}: {await _errors}", late);
        }

        return _process.ExitCode;
    }

    /// <summary>Everything it wrote to stderr; to be asked after its end.</summary>
    public Task<string> ErrorsAsync() => _errors;

    /// <summary>Everything it wrote to stdout; to be asked after its end.</summary>
    public Task<string> OutputAsync() => _output;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private static async Task<VerbResult> EndOfAsync(WorkerProcess started)
    {
        using var process = started;
        return new VerbResult(await process.ExitAsync(TimeSpan.FromMinutes(2)), await process.OutputAsync(), await process.ErrorsAsync());
    }

    private async Task<string> ReadErrorsAsync(StreamReader stderr)
    {
        var said = new StringBuilder();
        while (await stderr.ReadLineAsync() is { } line)
        {
            said.AppendLine(line);
            if (line.StartsWith(Serving, StringComparison.Ordinal))
                _url.TrySetResult(new Uri(line[Serving.Length..line.IndexOf(';', StringComparison.Ordinal)]));
        }

        _url.TrySetException(new InvalidOperationException($"The worker ended before it served: {said}"));
        return said.ToString();
    }

    private static (string Key, string Value)[] Leading(ScriptedSmtpServer relay) =>
        [.. relay.Settings, ("Delivery__LeaseSeconds", "3")];

    private static string Program => Path.Combine(AppContext.BaseDirectory, "digest.dll");

    private static WorkerProcess Start(string verb, Database database, (string Key, string Value)[] settings) =>
        Start(new ProcessStartInfo("dotnet", $"\"{Program}\" {verb}"), database, settings);

    private static WorkerProcess Start(ProcessStartInfo start, Database database, (string Key, string Value)[] settings)
    {
        start.UseShellExecute = false;
        start.RedirectStandardError = true;
        start.RedirectStandardOutput = true;
        start.WorkingDirectory = TestDirectory.Create("worker");
        start.Environment["ConnectionStrings__Digest"] = database.Source.ConnectionString;
        start.Environment["Data__Directory"] = TestDirectory.Create("worker-data");
        start.Environment["Urls"] = "http://127.0.0.1:0";
        // Those that are about meaning load the model; the others need not wait for it.
        start.Environment["Relevance__Embeddings"] = "Off";
        foreach (var (key, value) in settings)
            start.Environment[key] = value;
        return new WorkerProcess(Process.Start(start) ?? throw new InvalidOperationException("The worker did not start."));
    }
}

/// <summary>What a verb ended with, and what it wrote.</summary>
internal sealed record VerbResult(int Code, string Output, string Errors)
{
    /// <summary>What it wrote to stdout; fails with what it wrote to stderr when it did not end with 0.</summary>
    public string ShouldSucceed()
    {
        Code.ShouldBe(0, Errors);
        return Output;
    }
}
