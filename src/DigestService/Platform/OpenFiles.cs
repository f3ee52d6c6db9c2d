using System.Globalization;
using System.Text.RegularExpressions;

namespace DigestService.Platform;

/// <summary>
/// How many files and connections this process may have open at once (<c>ulimit -n</c>). The runtime ends a process that has none left,
/// so visitors, of whom nobody knows how many come, are let in only while the service's own work has enough.
/// </summary>
internal static partial class OpenFiles
{
    // A process that serves has 300 open before anybody comes, up to a hundred connections to the database, and those to relays and mailbox.
    private const int OwnWork = 512;

    // A verb that sends to a relay over four connections has some 200.
    private const int OfVerb = 256;

    private const int MostVisitors = 10_000;

    private const string Raise = ": raise 'ulimit -n' for it, or LimitNOFILE where systemd runs it.";

    /// <summary>The limit; null where the system does not tell it.</summary>
    public static int? Limit() => File.Exists("/proc/self/limits") ? LimitIn(File.ReadAllText("/proc/self/limits")) : null;

    /// <summary>The limit as <c>/proc/PID/limits</c> has it; null where there is none.</summary>
    public static int? LimitIn(string limits) =>
        Line().Match(limits) is { Success: true } line && int.TryParse(line.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;

    /// <summary>What is said where the limit is too low for any verb, because the runtime would end it midway or miss its own files; null where it is enough.</summary>
    public static string? FindFault(int? limit) => limit < OfVerb ? $"{Told(limit.Value)} the program needs 256, a service 1,024{Raise}" : null;

    /// <summary>How many connections of visitors may be open at once at each of so many addresses.</summary>
    /// <exception cref="OperatorException">The limit leaves too little for the service itself.</exception>
    public static int VisitorsWithin(int? limit, int addresses)
    {
        if (limit <= OwnWork)
            throw new OperatorException($"{Told(limit.Value)} a service needs 1,024{Raise}");
        return Math.Max(Math.Min(limit - OwnWork ?? MostVisitors, MostVisitors) / addresses, 1);
    }

    private static string Told(int limit) => $"This process may have only {Quantities.Count(limit, "file", "files")} open at once, and";

    [GeneratedRegex(@"^Max open files\s+(\d+)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
