using System.Globalization;
using BenchmarkDotNet.Running;
using DigestService.Benchmarks;

if (args is ["delivery", var rounds])
    await DeliveryBenchmarks.SideBySideAsync(int.Parse(rounds, CultureInfo.InvariantCulture));
else if (args is ["smtp", var times, .. var ports])
    await SmtpComparison.RunAsync(int.Parse(times, CultureInfo.InvariantCulture), ports is [var port] ? int.Parse(port, CultureInfo.InvariantCulture) : null);
else if (args is ["pages"])
    await PagesBenchmark.RunAsync();
else if (args is ["tick"])
    await TickBenchmark.RunAsync();
else if (args is ["writing", var readers])
    await WritingBenchmark.RunAsync(int.Parse(readers, CultureInfo.InvariantCulture));
else if (args is ["readers", var imported])
    await ReadersImportBenchmark.RunAsync(int.Parse(imported, CultureInfo.InvariantCulture));
else if (args is ["papers", var importRounds])
    await PapersImportCosts.RunAsync(int.Parse(importRounds, CultureInfo.InvariantCulture));
else if (args is ["choosing"])
    ChoosingCosts.Run();
else if (args is ["likes", var likeable])
    LikesBenchmark.Run(int.Parse(likeable, CultureInfo.InvariantCulture));
else if (args is ["pipeline", .. var options])
    await PipelineOptions.RunAsync(options);
else if (args is ["matching"])
    MatchingCosts.Run();
else if (args is ["growth", var drawing])
    GrowthCurves.Draw(drawing);
else
    BenchmarkSwitcher.FromAssembly(System.Reflection.Assembly.GetExecutingAssembly()).Run(args);
