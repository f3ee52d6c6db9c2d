using System.CommandLine;
using DigestService.Platform;

namespace DigestService.Admin;

/// <summary><c>doctor</c>: is everything there that the service needs? One line a check; exit code 1 when one is not ok.</summary>
internal static class DoctorVerb
{
    /// <summary>The command.</summary>
    public static Command Create() => new Command("doctor", "Check database, schema, zone data, SMTP, TLS, DKIM, clock and sources.").Does(
        async (verb, ct) =>
        {
            var checks = await verb.Service<Doctor>().ExamineAsync(verb.Migration, ct);
            verb.Report(new { checks }, text =>
            {
                foreach (var check in checks)
                    text.WriteLine($"{(check.Ok ? "ok  " : check.IsWarning ? "warn" : "FAIL")}  {check.Name,-10} {check.Detail}");
            });
            return checks.All(check => check.Ok || check.IsWarning) ? 0 : 1;
        });
}
