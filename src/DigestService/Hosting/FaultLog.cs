using System.Text.RegularExpressions;
using DigestService.Admin;

namespace DigestService.Hosting;

/// <summary>
/// Writes what <c>/readyz</c> names into the log: once when it begins and once when its part is well again. Relays have
/// lines of their own, and so has the beginning of a hold that the service found a reason for.
/// </summary>
internal sealed partial class FaultLog(ILogger<FaultLog> log)
{
    private readonly HashSet<(string Part, bool IsNote, string Words)> _told = [];

    /// <summary>Tells what has changed since the last look.</summary>
    public void Tell(IReadOnlyList<ServiceFault> faults)
    {
        var seen = faults.Where(fault => fault.Part is not "relay").ToList();
        foreach (var fault in seen.Where(fault => _told.Add(KeyOf(fault))))
        {
            if (fault.IsNote)
                LogNote(fault.Part, fault.Sentence);
            else if (fault.Part is not "hold")
                LogFault(fault.Part, fault.Sentence);
        }

        var gone = _told.Except(seen.Select(KeyOf)).ToList();
        _told.ExceptWith(gone);
        foreach (var part in gone.Select(one => one.Part).Distinct(StringComparer.Ordinal).Where(part => _told.All(one => one.Part != part)))
            LogWell(part);
    }

    /// <summary>Tells that the database cannot be asked, or is another program's; how the other parts are is not known then.</summary>
    public void TellOutage(string sentence)
    {
        var outage = new ServiceFault(ServiceHealth.OfDatabase, sentence);
        if (_told.Add(KeyOf(outage)))
            LogFault(outage.Part, outage.Sentence);
    }

    // What a sentence begins with says what is wrong. Amounts in it move on while the fault stays the same, and so does what follows, such as the
    // latest reply; names and days do not.
    private static (string Part, bool IsNote, string Words) KeyOf(ServiceFault fault) =>
        (fault.Part, fault.IsNote, Amounts().Replace(Rest().Replace(fault.Sentence, ""), ""));

    [GeneratedRegex(@"[:;] .*", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rest();

    [GeneratedRegex(@"(?<![\w-])\d[\d.,:]*(?![\w-])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Amounts();

    [LoggerMessage(1110, LogLevel.Error, "Wrong with the {Part}: {Sentence}")]
    private partial void LogFault(string part, string sentence);

    [LoggerMessage(1111, LogLevel.Warning, "To be known of the {Part}: {Sentence}")]
    private partial void LogNote(string part, string sentence);

    [LoggerMessage(1112, LogLevel.Information, "Well again: {Part}")]
    private partial void LogWell(string part);
}
