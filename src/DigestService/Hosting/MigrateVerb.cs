using System.CommandLine;
using DigestService.Platform;

namespace DigestService.Hosting;

/// <summary><c>migrate</c>: every start migrates; this does it alone and says what was done.</summary>
internal static class MigrateVerb
{
    /// <summary>The command.</summary>
    public static Command Create() => new Command("migrate", "Bring the database's schema up to date.").Does(async (verb, ct) =>
    {
        var report = verb.Migration;
        await Scheduling.ProvisionAsync(verb.Service<Database>(), ct);
        verb.Report(report, $"Applied {report.Applied}, {report.Already} already there; the schema is at version {report.Version}.");
        return 0;
    });
}
