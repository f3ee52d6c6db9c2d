using System.Diagnostics;

namespace DigestService.Platform;

/// <summary>Runs a program to its end and keeps what it said.</summary>
internal static class ChildProcess
{
    private static readonly TimeSpan StragglersPatience = TimeSpan.FromSeconds(2);

    /// <summary>Runs <paramref name="file"/>, as <paramref name="account"/> where one is named (Unix, root only).</summary>
    /// <exception cref="OperatorException">The program cannot be started.</exception>
    public static async Task<ChildResult> RunAsync(
        string file, IEnumerable<string> arguments, string directory, string? account, CancellationToken ct)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        if (account is not null)
            start.UserName = account;
        // A shell set up for another server (PGDATA, PGPORT, PGOPTIONS) must not speak to ours.
        foreach (var name in start.Environment.Keys.Where(IsPostgresVariable).ToList())
            start.Environment.Remove(name);

        using var process = Launch(start);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var errors = process.StandardError.ReadToEndAsync(ct);
        try
        {
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        // A server started by this program may have inherited its pipes (it does on Windows) and hold them open.
        await Task.WhenAny(Task.WhenAll(output, errors), Task.Delay(StragglersPatience, ct));
        return new ChildResult(process.ExitCode, await TextAsync(output), await TextAsync(errors));
    }

    private static bool IsPostgresVariable(string name) =>
        name.StartsWith("PG", StringComparison.Ordinal) && name.All(char.IsAsciiLetterUpper);

    private static async Task<string> TextAsync(Task<string> read) => read.IsCompletedSuccessfully ? (await read).Trim() : "";

    private static Process Launch(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new OperatorException($"{start.FileName} could not be started.");
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            // The framework's words name the program once more; the system's are these.
            throw new OperatorException($"{start.FileName} could not be started in {start.WorkingDirectory}: {new System.ComponentModel.Win32Exception(failure.NativeErrorCode).Message}.", failure);
        }
    }
}

/// <summary>How a program ended and what it said.</summary>
internal sealed record ChildResult(int ExitCode, string Output, string Errors)
{
    /// <summary>Whether it ended with 0.</summary>
    public bool Succeeded => ExitCode == 0;

    /// <summary>The line that says why it failed; what it did to tidy up comes after it.</summary>
    public string Cause => Errors.Split('\n').Concat(Output.Split('\n')).Select(line => line.Trim())
        .FirstOrDefault(line => Marks.Any(mark => line.Contains(mark, StringComparison.Ordinal))) ?? LastLine;

    private static IReadOnlyList<string> Marks { get; } = ["FATAL:", "PANIC:", "error:", "ERROR:", "could not "];

    /// <summary>The last line it said, for a sentence about what went wrong.</summary>
    public string LastLine => (Errors.Length > 0 ? Errors : Output).Split('\n')[^1].Trim();
}
