using System.CommandLine;
using DigestService.Platform;

namespace DigestService.Admin;

/// <summary><c>doctor</c>: is everything there that the service needs? One line a check; exit code 1 when one is not ok.</summary>
internal static class DoctorVerb
{
    /// <summary>The command.</summary>
    public static Command Create() =>
        new Command("doctor", "Check database, schema, zone data, addresses, SMTP, TLS, DKIM, outbox, clock and sources.").DoesAlone(async (parse, ct) =>
        {
            var checks = await ExamineAsync(parse, ct);
            VerbContext.Report(parse, new { checks }, text =>
            {
                foreach (var check in checks)
                    text.WriteLine($"{(check.Ok ? "ok  " : check.IsWarning ? "warn" : "FAIL")}  {check.Name,-10} {check.Detail}");
            });
            return checks.All(check => check.Ok || check.IsWarning) ? 0 : 1;
        });

    /// <summary>A service that does not start is a finding as well.</summary>
    private static async Task<IReadOnlyList<Check>> ExamineAsync(ParseResult parse, CancellationToken ct)
    {
        VerbContext started;
        try
        {
            started = await Verb.Start(parse, Verb.SystemClock(), ct);
        }
        catch (Exception failure) when (!ct.IsCancellationRequested)
        {
            return [new Check(Outage.IsOfDatabase(failure) ? "database" : "start", false, Verb.Sentence(failure))];
        }

        await using (started)
            return await started.Service<Doctor>().ExamineAsync(started.Migration, ct);
    }
}
