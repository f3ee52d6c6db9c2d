using System.CommandLine;
using System.Globalization;
using DigestService.Admin;
using DigestService.Admin.Keys;
using DigestService.Delivery;
using DigestService.Demo;
using DigestService.Digests;
using DigestService.Hosting;
using DigestService.Inbound;
using DigestService.Platform;
using DigestService.Relevance.Evaluation;
using DigestService.Sources;
using DigestService.Subscribers;
using DigestService.Suppressions;
using DigestService.Topics;

// What the service writes is in languages of its own: where the machine stands makes no 0.5 a 0,5.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
StandardStreams.LoseWhatErrorsCannotTake();
if (OpenFiles.FindFault(OpenFiles.Limit()) is { } tooFew)
{
    await Console.Error.WriteLineAsync(tooFew);
    return 1;
}

Verb.Start = (parse, clock, ct) =>
{
    InstalledService.RefuseOthers(Settings.Load());
    return App.StartVerbAsync(parse, clock, ct);
};
var root = new RootCommand("A daily digest of the papers that matter to each reader.") { Verb.Json, Verb.Verbose };
root.Subcommands.Add(PapersVerb.Create());
root.Subcommands.Add(ServeVerb.Create());
root.Subcommands.Add(DemoVerb.Create());
root.Subcommands.Add(MigrateVerb.Create());
root.Subcommands.Add(DoctorVerb.Create());
root.Subcommands.Add(TopicsFeature.Verb());
root.Subcommands.Add(RankVerb.Create());
root.Subcommands.Add(DigestsVerb.Create());
root.Subcommands.Add(SubscribersFeature.Verb());
root.Subcommands.Add(DeliveryFeature.Verb());
root.Subcommands.Add(SuppressionsFeature.Verb());
root.Subcommands.Add(InboundFeature.Verb());
root.Subcommands.Add(KeysVerb.Create());
var parse = root.Parse(args);
if (VerbUsage.Faults(parse) is { Count: > 0 } faults)
{
    foreach (var fault in faults)
        await Console.Error.WriteLineAsync(fault);
    await Console.Error.WriteLineAsync($"Run '{VerbUsage.PathOf(parse)} --help' for usage.");
    return Verb.WrongUsage;
}

foreach (var hint in MistypedSettings.Hints([.. Environment.GetEnvironmentVariables().Keys.Cast<string>()]).Concat(TelemetrySettings.Faults()))
    await Console.Error.WriteLineAsync(hint);

// Ctrl-C and SIGTERM cancel the verb; serving finishes what it has begun before the process is ended for it.
// Help is no verb, and its output may meet a full disk all the same.
StopSignals.Listen();
return await StopSignals.EndOfAsync(Task.Run(() => Verb.RunGuardedAsync(parse, () => parse.InvokeAsync(
    new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        // Its own handling of signals throws where one meets the end of the program.
        ProcessTerminationTimeout = null,
    },
    StopSignals.Asked))));
