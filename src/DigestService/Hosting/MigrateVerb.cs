using System.CommandLine;
using System.Globalization;
using DigestService.Platform;

namespace DigestService.Hosting;

/// <summary><c>migrate</c>: every start migrates; this does it alone and says what was done.</summary>
internal static class MigrateVerb
{
    private static readonly Option<bool> Distributed = new("--distributed")
    {
        Description = "Spread the tables over the servers of a Citus cluster, once: those of readers by bucket. Stop all other processes first.",
    };

    /// <summary>Whether a command line asks for the tables to be spread.</summary>
    public static bool Spreads(ParseResult parse) => parse.CommandResult.Command.Options.Contains(Distributed) && parse.GetValue(Distributed);

    /// <summary>The command.</summary>
    public static Command Create() =>
        new Command("migrate", "Bring the database's schema up to date.") { Distributed }.Does(async (verb, ct) =>
        {
            var report = verb.Migration;
            await Scheduling.ProvisionAsync(verb.Service<Database>(), ct);
            var spread = Spreads(verb.Parse) ? await Distribution.RunAsync(verb.Service<Database>(), Console.Error.WriteLine, ct) : (int?)null;
            verb.Report(
                spread is null ? report : new { report.Applied, report.Already, report.Version, Spread = spread },
                text =>
                {
                    text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Applied {report.Applied}, {report.Already} already there; the schema is at version {report.Version}."));
                    if (spread is { } tables)
                        text.WriteLine(tables > 0 ? string.Create(CultureInfo.InvariantCulture, $"Spread {tables} tables.") : "All tables are spread.");
                });
            return 0;
        });
}
