using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DigestService.Admin;
using DigestService.Digests;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Sources;
using DigestService.Tests.Delivery;
using DigestService.Tests.Shared;
using DigestService.Tests.Sources;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace DigestService.Tests.Hosting;

/// <summary>Holds the board and the alert rules in deploy/ to the metrics the program exports and to the documents.</summary>
public sealed partial class MonitoringTests(AppFixture apps) : IClassFixture<AppFixture>
{
    // PromQL's own words, label names that stand behind "by", and what Prometheus makes itself.
    private static readonly HashSet<string> NoMetrics = new(StringComparer.Ordinal)
    {
        "max", "min", "sum", "by", "rate", "increase", "abs", "and", "histogram_quantile", "up", "e9", "le",
        "part", "relay", "source", "state", "outcome", "step", "kind", "fault", "instance", "http_response_status_code",
    };

    private static string Rules => Repository.Read("deploy", "prometheus", "digest.rules.yml");

    [Fact]
    public async Task Each_metric_of_the_board_and_of_the_alerts_is_exported()
    {
        var expressions = Expressions().ToList();
        expressions.Count.ShouldBeGreaterThan(20);
        var wanted = expressions
            .Select(expression => Quoted().Replace(expression, ""))
            .SelectMany(expression => Word().Matches(Label().Replace(Window().Replace(expression, ""), "")).Select(match => match.Value))
            .Where(word => !NoMetrics.Contains(word))
            .ToHashSet(StringComparer.Ordinal);
        wanted.ShouldContain("digest_faults");

        var exported = await ExportedAsync(wanted);

        wanted.Except(exported, StringComparer.Ordinal).ShouldBeEmpty("deploy/ names metrics that /metrics does not have");
    }

    [Fact]
    public void Each_part_that_can_be_wrong_has_its_alert() =>
        Regex.Matches(Rules, "part=\"(\\w+)\"").Select(match => match.Groups[1].Value)
            // An alert names the source.
            .Append("source")
            .ShouldBe(ServiceHealth.Parts, ignoreOrder: true);

    [Fact]
    public void Each_alert_has_its_paragraph_and_each_paragraph_its_alert()
    {
        var alerts = Regex.Matches(Rules, @"- alert: (\w+)").Select(match => match.Groups[1].Value).ToList();
        var links = Regex.Matches(Rules, @"runbook_url: docs/operations\.md#(\w+)").Select(match => match.Groups[1].Value).ToList();
        var paragraphs = Regex.Matches(Repository.Read("docs", "operations.md"), @"^#### (\w+)$", RegexOptions.Multiline).Select(match => match.Groups[1].Value).ToList();

        alerts.Count.ShouldBeGreaterThan(6);
        paragraphs.ShouldBe(alerts, ignoreOrder: true);
        links.ShouldBe(alerts.Select(alert => alert.ToLowerInvariant()));
    }

    [Fact]
    public void Each_metric_of_the_program_is_in_the_documents_and_no_other()
    {
        var made = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "DigestService"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Instrument().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups["name"].Value.Replace('.', '_') + (match.Groups["unit"].Value == "s" ? "_seconds" : "") + (match.Groups["kind"].Value == "Counter" ? "_total" : ""));

        var told = Regex.Matches(Repository.Read("docs", "operations.md") + Repository.Read("docs", "inbound.md"), "`(digest_[a-z_]+)").Select(match => match.Groups[1].Value)
            .Distinct(StringComparer.Ordinal)
            .Except(["digest_owner", "digest_app", "digest_before"], StringComparer.Ordinal);

        told.ShouldBe(made, ignoreOrder: true);
    }

    private static IEnumerable<string> Expressions()
    {
        foreach (Match match in Regex.Matches(Rules, @"^ +expr: (?:>-\n((?: {10,}.+\n)+)|(.+)$)", RegexOptions.Multiline))
            yield return match.Groups[1].Value + match.Groups[2].Value;
        foreach (var panel in JsonNode.Parse(Repository.Read("deploy", "grafana", "digest.json"))!["panels"]!.AsArray())
            foreach (var target in panel!["targets"]!.AsArray())
                yield return target!["expr"]!.GetValue<string>();
    }

    /// <summary>The names that a service gives which has sent, been refused, planned and fetched.</summary>
    private async Task<HashSet<string>> ExportedAsync(HashSet<string> wanted)
    {
        await using var source = await RecordedServer.AlwaysAsync("[]");
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point == SmtpPoint.Rcpt && step.Recipient.Contains("nobody", StringComparison.Ordinal) ? SmtpAnswer.Reply("550 5.1.1 No such user") : null);
        var configuration = await apps.CreateConfigurationAsync(
            [.. relay.Settings, ("Sources__HuggingFace__Enabled", "true"), ("Sources__HuggingFace__BaseUrl", source.Url), ("Sources__HuggingFace__Cron", "0 0 0 1 1 ? 2099")]);
        await using var host = await ServeHost.StartAsync(configuration, new TestClock(TestMail.Monday), Roles.Web | Roles.Send, default);
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };
        var database = host.Services.GetRequiredService<Database>();
        await TestMail.EnqueueAsync(database, 1);
        await TestMail.EnqueueAsync(database, 1, id => TestMail.Digest(id, "nobody@mail.example"));
        await host.Services.GetRequiredService<DigestTick>().RunAsync(TestMail.Monday, default);
        var papers = host.Services.GetServices<IPaperSource>().Single(paperSource => paperSource.Name == "huggingface");
        await host.Services.GetRequiredService<SourceFetch>().RunAsync(papers, [new LocalDate(2026, 3, 2)], default);
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("email", "ada@mail.example")]);
        (await client.PostAsync("/subscribe", form)).EnsureSuccessStatusCode();
        var exported = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    foreach (var line in (await client.GetStringAsync("/metrics")).Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
                        exported.Add(line[..line.IndexOfAny(['{', ' '])]);
                    return exported.IsSupersetOf(wanted);
                },
                "all metrics are there");
        }
        catch (TimeoutException)
        {
            // The caller says which are not.
        }

        return exported;
    }

    [GeneratedRegex("""Create(?<kind>Counter|Gauge)<\w+>\(\s*"(?<name>digest\.[a-z_.]+)", "(?<unit>[^"]+)""")]
    private static partial Regex Instrument();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\[\d+[smhd]\]")]
    private static partial Regex Window();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Label();

    [GeneratedRegex(@"[a-z][a-z0-9_]*")]
    private static partial Regex Word();
}
