using System.Text.RegularExpressions;
using DigestService.Admin;
using DigestService.Platform;

namespace DigestService.Hosting;

/// <summary>
/// Writes what <c>/readyz</c> names into the log: once when it begins and once when its part is well again. Relays have
/// lines of their own, and so has the beginning of a hold that the service found a reason for.
/// </summary>
internal sealed partial class FaultLog(ILogger<FaultLog> log, DatabaseOutage outage)
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
                LogFault(null, fault.Part, fault.Sentence);
        }

        var gone = _told.Except(seen.Select(KeyOf)).ToList();
        _told.ExceptWith(gone);
        var well = gone.Select(one => one.Part);
        if (outage.End())
            well = well.Append(ServiceHealth.OfDatabase);
        foreach (var part in well.Distinct(StringComparer.Ordinal).Where(part => _told.All(one => one.Part != part)))
            LogWell(part);
    }

    /// <summary>Tells that the database cannot be asked; how the other parts are is not known then.</summary>
    public void TellOutage(Exception failure) => TellDatabase(Verb.Sentence(failure), failure);

    /// <summary>Tells that the database answers and is another program's; likewise.</summary>
    public void TellAnotherSchema(string sentence)
    {
        outage.End();
        TellDatabase(sentence, failure: null);
    }

    private void TellDatabase(string sentence, Exception? failure)
    {
        if (_told.Add(KeyOf(new(ServiceHealth.OfDatabase, sentence))))
            LogFault(failure, ServiceHealth.OfDatabase, sentence);
    }

    // What a sentence begins with says what is wrong. Amounts in it move on while the fault stays the same, and so does what follows, such as the
    // latest reply; names and days do not.
    private static (string Part, bool IsNote, string Words) KeyOf(ServiceFault fault) =>
        (fault.Part, fault.IsNote, Amounts().Replace(Rest().Replace(fault.Sentence, ""), ""));

    [GeneratedRegex(@"[:;] .*", RegexOptions.Singleline)]
    private static partial Regex Rest();

    [GeneratedRegex(@"(?<![\w-])\d[\d.,:]*(?![\w-])")]
    private static partial Regex Amounts();

    [LoggerMessage(1110, LogLevel.Error, "Wrong with the {Part}: {Sentence}")]
    private partial void LogFault(Exception? failure, string part, string sentence);

    [LoggerMessage(1111, LogLevel.Warning, "To be known of the {Part}: {Sentence}")]
    private partial void LogNote(string part, string sentence);

    [LoggerMessage(1112, LogLevel.Information, "Well again: {Part}")]
    private partial void LogWell(string part);
}
