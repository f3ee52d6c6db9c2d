using System.Globalization;
using BenchmarkDotNet.Running;
using DigestService.Benchmarks;

if (args is ["delivery", var rounds])
    await DeliveryBenchmarks.SideBySideAsync(Number(rounds));
else if (args is ["smtp", var times, .. var load])
    await SmtpComparison.RunAsync(Number(times), load is [var port, ..] ? Number(port) : null, load is [_, var connections, ..] ? Number(connections) : 4, load is [_, _, var octets] ? Number(octets) : 25_000);
else if (args is ["pages"])
    await PagesBenchmark.RunAsync();
else if (args is ["tick"])
    await TickBenchmark.RunAsync();
else if (args is ["writing", var readers])
    await WritingBenchmark.RunAsync(Number(readers));
else if (args is ["readers", var imported])
    await ReadersImportBenchmark.RunAsync(Number(imported));
else if (args is ["papers", var importRounds])
    await PapersImportCosts.RunAsync(Number(importRounds));
else if (args is ["choosing"])
    ChoosingCosts.Run();
else if (args is ["likes", var likeable])
    LikesBenchmark.Run(Number(likeable));
else if (args is ["pipeline", .. var options])
    await PipelineOptions.RunAsync(options);
else if (args is ["matching"])
    MatchingCosts.Run();
else if (args is ["growth", var drawing])
    GrowthCurves.Draw(drawing);
else
    BenchmarkSwitcher.FromAssembly(System.Reflection.Assembly.GetExecutingAssembly()).Run(args);

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
