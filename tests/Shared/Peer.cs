using System.Diagnostics;

namespace DigestService.Tests.Shared;

/// <summary>
/// A fact that needs a program we did not write (a DKIM verifier, Dovecot). Where the program is missing the fact is
/// skipped and says so; on CI (<c>CI=true</c>) it runs and fails, because there the program is part of the promise.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PeerFactAttribute : FactAttribute
{
    /// <summary>Names the program and how its presence is seen.</summary>
    public PeerFactAttribute(string peer)
    {
        if (Peer.IsMissing(peer) is { } reason && !Peer.MustBeThere)
            Skip = reason;
    }
}

/// <summary>Programs from elsewhere that tests put our octets before.</summary>
public static class Peer
{
    /// <summary>Python with dkimpy, as Debian's python3-dkim.</summary>
    public const string PythonDkim = "python3-dkim";

    /// <summary>Python alone, for its <c>email</c> package.</summary>
    public const string Python = "python3";

    /// <summary>OpenDKIM, which verifies mails in files too.</summary>
    public const string OpenDkim = "opendkim";

    /// <summary>Dovecot's IMAP server.</summary>
    public const string Dovecot = "dovecot";

    /// <summary>Whether a missing peer fails its tests.</summary>
    public static bool MustBeThere { get; } = string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>The system's own Python, which is the one that Debian's packages serve.</summary>
    public static string PythonPath { get; } = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    /// <summary>Why this peer cannot be used here, or null.</summary>
    public static string? IsMissing(string peer)
    {
        var isThere = peer switch
        {
            PythonDkim => Succeeds(PythonPath, "-c", "import dkim"),
            Python => Succeeds(PythonPath, "-c", "import email"),
            _ => Find(peer) is not null,
        };
        return isThere ? null : $"{peer} is not installed.";
    }

    /// <summary>Full path of a program on PATH or in the system's folders for daemons.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin").Append("/usr/local/sbin")
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    /// <summary>Runs a program with this input; answers its exit code and all it printed.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments, ReadOnlyMemory<byte> input)
    {
        using var process = Start(program, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It had seen enough.
        }

        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    private static Process Start(string program, IEnumerable<string> arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        }) ?? throw new InvalidOperationException($"{program} did not start.");

    private static bool Succeeds(string program, params string[] arguments)
    {
        try
        {
            using var process = Start(program, arguments);
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
