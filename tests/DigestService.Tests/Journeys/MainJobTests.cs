using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using DigestService.Hosting;
using DigestService.Digests;
using DigestService.Platform;
using DigestService.Sources;
using DigestService.Tests.Shared;
using DigestService.Topics;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace DigestService.Tests.Journeys;

/// <summary>The main job, end to end: the real host, real PostgreSQL, real sockets, and Python to read the mail back.</summary>
public sealed class MainJobTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Page = """
        Get trending papers in your email inbox once a day!
        Get trending papers in your email inbox!
        SubscribeLow-Rank Adaptation of Large Language Models
        We freeze the weights and train low-rank matrices, a parameter-efficient fine-tuning method that keeps quality.
        Robots That Fold Laundry
        A manipulation policy for robots, trained with imitation learning in many homes, folds what it has never seen.
        Attention Is All You Need
        We propose a network architecture based on attention alone, with no recurrence and no convolution at all.
        """;

    [PeerFact(Peer.Python)]
    public async Task From_a_listing_page_to_one_digest_in_the_inbox_and_out_with_one_click()
    {
        var page = Path.Combine(TestDirectory.Create("pages"), "2026-03-03.txt");
        await File.WriteAllTextAsync(page, Page);
        await TravelAsync([page], expectedPapers: 3, mustHold: "Low-Rank Adaptation of Large Language Models");
    }

    [PeerFact(Peer.Python)]
    public async Task From_the_five_seed_pages_to_one_digest_in_the_inbox_and_out_with_one_click()
    {
        var pages = Directory.GetFiles(SharedData.Require("seeds"), "*.txt").Order(StringComparer.Ordinal).ToArray();
        await TravelAsync(pages, expectedPapers: 676, mustHold: null);
    }

    private async Task TravelAsync(string[] pages, int expectedPapers, string? mustHold)
    {
        var clock = new TestClock();
        await using var relay = ScriptedSmtpServer.Start();
        var configuration = await apps.CreateConfigurationAsync(
        [
            .. relay.Settings,
            ("Mail__From", "digest@papers.example"),
            ("Mail__CommandAddress", "commands@papers.example"),
            ("Site__BaseUrl", "https://papers.example"),
        ]);
        await using var host = await ServeHost.StartAsync(configuration, clock, Roles.Web | Roles.Send, default);
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(host.Urls[0]) };

        await host.Services.GetRequiredService<TopicCatalogue>().LoadAsync(default);
        var inputs = ImportInput.FromPaths(pages, format: null, new LocalDate(2026, 3, 3), clock.Now);
        await host.Services.GetRequiredService<PaperImport>().ImportAsync(inputs, progress: null, default);
        (await CountAsync(host, "papers")).ShouldBe(expectedPapers);

        // Signing up brings one mail, and looking at its link changes nothing.
        (await PostAsync(browser, "/subscribe", ("email", "ada@reader.example"), ("topics", "fine-tuning-efficiently"))).ShouldBe(HttpStatusCode.OK);
        var confirmation = await NextMailAsync(relay, 1);
        var confirm = LinkIn(confirmation, "confirm");
        (await browser.GetAsync(confirm)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await StateAsync(host)).ShouldBe("pending");
        await PostAsync(browser, confirm);
        (await StateAsync(host)).ShouldBe("active");

        // At the hour one digest goes out, and only one however often the hour is looked at.
        var tick = host.Services.GetRequiredService<DigestTick>();
        clock.Now = Instant.FromUtc(2026, 3, 4, 6, 59);
        (await tick.RunAsync(clock.Now, default)).Planned.ShouldBe(0);
        clock.Now = Instant.FromUtc(2026, 3, 4, 7, 0);
        (await tick.RunAsync(clock.Now, default)).Planned.ShouldBe(1);
        (await tick.RunAsync(clock.Now, default)).Planned.ShouldBe(0);
        var digest = await DigestAsync(relay);

        // An independent parser reads it as we meant it.
        digest.GetProperty("To").GetString().ShouldBe("ada@reader.example");
        digest.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("type").GetString())
            .ShouldBe(["text/plain", "text/html"]);
        digest.GetProperty("List-Unsubscribe-Post").GetString().ShouldBe("List-Unsubscribe=One-Click");
        digest.GetProperty("Precedence").GetString().ShouldBe("bulk");
        digest.GetProperty("Auto-Submitted").GetString().ShouldBe("auto-generated");
        var text = digest.GetProperty("parts")[0].GetProperty("text").GetString()!;
        if (mustHold is not null)
            text.ShouldContain(mustHold);
        text.ShouldContain("on your topic");

        // One click ends it, twice is no error, and the next day brings nothing.
        var unsubscribe = Regex.Match(digest.GetProperty("List-Unsubscribe").GetString()!, "^<https://papers.example(/unsubscribe/[^>]+)>").Groups[1].Value;
        (await PostAsync(browser, unsubscribe, ("List-Unsubscribe", "One-Click"))).ShouldBe(HttpStatusCode.OK);
        (await PostAsync(browser, unsubscribe, ("List-Unsubscribe", "One-Click"))).ShouldBe(HttpStatusCode.OK);
        (await StateAsync(host)).ShouldBe("unsubscribed");
        clock.Now = Instant.FromUtc(2026, 3, 5, 7, 0);
        (await tick.RunAsync(clock.Now, default)).Planned.ShouldBe(0);
        relay.Received.Count(IsDigest).ShouldBe(1);
    }

    private static bool IsDigest(ReceivedMail mail) => mail.Header("Precedence") == "bulk";

    private static async Task<HttpStatusCode> PostAsync(HttpClient browser, string path, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var response = await browser.PostAsync(path, form);
        return response.StatusCode;
    }

    private static async Task<JsonElement> NextMailAsync(ScriptedSmtpServer relay, int count)
    {
        (await relay.HasReceivedAsync(count, TimeSpan.FromSeconds(20))).ShouldBeTrue($"{count} mails were expected, {relay.Received.Count} came");
        return await ReadAsync(relay.Received.ElementAt(count - 1));
    }

    private static async Task<JsonElement> DigestAsync(ScriptedSmtpServer relay)
    {
        await Eventually.TrueAsync(() => relay.Received.Any(IsDigest), "the digest arrives");
        return await ReadAsync(relay.Received.Single(IsDigest));
    }

    private static async Task<JsonElement> ReadAsync(ReceivedMail mail)
    {
        const string Script = """
            import sys, json, email
            from email import policy
            mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=policy.default)
            found = {name: str(value) for name, value in mail.items()}
            found['defects'] = [str(defect) for part in mail.walk() for defect in part.defects]
            found['parts'] = [{'type': part.get_content_type(), 'text': part.get_content()} for part in mail.walk() if not part.is_multipart()]
            print(json.dumps(found))
            """;
        var (code, output) = await Peer.RunAsync(Peer.PythonPath, ["-c", Script], mail.Raw);
        code.ShouldBe(0, output);
        var parsed = JsonDocument.Parse(output).RootElement;
        parsed.GetProperty("defects").GetArrayLength().ShouldBe(0);
        return parsed;
    }

    private static string LinkIn(JsonElement mail, string kind) =>
        Regex.Match(mail.GetProperty("parts")[0].GetProperty("text").GetString()!, $@"https://papers\.example(/{kind}/\S+)").Groups[1].Value;

    private static Task<int> CountAsync(ServeHost host, string table) => host.Services.GetRequiredService<Database>()
        .QuerySingleOrDefaultAsync<int>($"select count(*)::int from {table}", null, default);

    private static Task<string?> StateAsync(ServeHost host) => host.Services.GetRequiredService<Database>()
        .QuerySingleOrDefaultAsync<string>("select state from subscribers where address_key = 'ada@reader.example'", null, default);
}
