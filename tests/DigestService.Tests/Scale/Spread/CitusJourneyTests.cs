using System.Net;
using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Sources;
using DigestService.Subscribers;
using DigestService.Tests.Delivery;
using DigestService.Tests.Journeys;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Scale.Spread;

/// <summary>The ways through the service on a database whose tables are spread over several servers.</summary>
[Collection(CitusFixture.OneAfterTheOther)]
public sealed class CitusJourneyTests(CitusFixture citus) : IClassFixture<CitusFixture>
{
    private const string Ada = "ada@mail.example";
    private static readonly LocalDate Day = new(2026, 3, 4);

    [Fact]
    public async Task From_the_front_page_to_a_digest_a_verdict_another_address_and_out_again()
    {
        await using var relay = ScriptedSmtpServer.Start();
        await using var site = await Site.OpenAsync(
            citus.Apps, [.. relay.Settings, ("Mail__From", "digest@papers.example"), ("Digest__WaitForSources", "00:00:00")]);
        site.Database.IsDistributed.ShouldBeTrue();
        await ListAsync(site, "Adapters of the day", "A parameter-efficient fine-tuning method: low-rank adaptation of large language models.");

        // Signing up, confirming, and the preferences as a whole.
        var preferences = await site.SubscribeAsync(Ada, ("topics", "fine-tuning-efficiently"), ("zone", "UTC"));
        (await site.ColumnAsync(Ada, "state")).ShouldBe("active");
        (await site.PostAsync(preferences, ("form", "all"), ("topics", "fine-tuning-efficiently"), ("query", "\"protein folding\" OR alphafold"), ("zone", "UTC"), ("at", "06:00")))
            .StatusCode.ShouldBe(HttpStatusCode.SeeOther);

        // The digest is planned, composed and sent at its hour, once.
        site.Clock.Now = Day.AtMidnight().InUtc().ToInstant() + Duration.FromHours(6);
        (await site.Service<DigestRun>().RunAsync(site.Clock.Now, default)).Sent.ShouldBe(3);
        (await site.Service<DigestRun>().RunAsync(site.Clock.Now, default)).ShouldBe(new DigestRunCounts { Planned = 0, Sent = 0, Deferred = 0, Failed = 0, Unknown = 0, Suppressed = 0, Empty = 0, Seconds = 0 }, new WithoutSeconds());
        relay.Received.Count(mail => mail.Recipient == Ada && mail.Text.Contains("Adapters of the day")).ShouldBe(1);
        var why = await site.Service<DigestLedger>().ExplainAsync(Address(Ada), Day, site.Clock.Now, default);
        (why.Outcome, why.Delivery).ShouldBe(("queued", "sent"));
        var paper = why.Items.ShouldHaveSingleItem().Paper;

        // A verdict, and everything that is held on the reader.
        var reader = long.Parse((await site.ColumnAsync(Ada, "id"))!, System.Globalization.CultureInfo.InvariantCulture);
        await site.Service<Feedback>().GiveAsync(reader, paper, "like", "web", default);
        await site.Service<Feedback>().GiveAsync(reader, paper, "less", "web", default);
        (await site.Service<Feedback>().OfAsync(reader, 10, 0, default)).ShouldHaveSingleItem().Kind.ShouldBe("less");
        (await site.Service<PersonalData>().ExportAsync(Address(Ada), default)).GetProperty("feedback").GetArrayLength().ShouldBe(1);

        // Another address, in another bucket, which then leaves by one click.
        const string Lovelace = "lovelace@mail.example";
        (await site.Service<AddressChange>().AskAsync(reader, Address(Lovelace), default)).ShouldBeTrue();
        (await site.PostAsync(await site.LinkInMailAsync(Lovelace, "address"))).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await site.ColumnAsync(Lovelace, "id")).ShouldBe($"{reader}");
        await site.Service<Subscriptions>().UnsubscribeAsync(reader, saysGoodbye: true, default);
        (await site.ColumnAsync(Lovelace, "state")).ShouldBe("unsubscribed");

        // Erased, the address is free and stands nowhere.
        (await site.Service<Erasure>().EraseAsync(Address(Lovelace), default)).ShouldBeTrue();
        (await site.Database.QuerySingleOrDefaultAsync<long>("select count(*) from subscriber_addresses where subscriber_id = @reader", new { reader }, default)).ShouldBe(0);
        (await site.Database.QuerySingleOrDefaultAsync<long>("select count(*) from digests where subscriber_id = @reader", new { reader }, default)).ShouldBe(0);
    }

    private static async Task ListAsync(Site site, string title, string text)
    {
        var page = Path.Combine(TestDirectory.Create("pages"), "day.txt");
        await File.WriteAllTextAsync(page, $"""
            Get trending papers in your email inbox once a day!
            Get trending papers in your email inbox!
            Subscribe{title}
            {text}
            """);
        await site.Service<PaperImport>().ImportAsync(ImportInput.FromPaths([page], format: null, Day, site.Clock.Now), progress: null, default);
    }

    private static EmailAddress Address(string text) => EmailAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text, nameof(text));

    private sealed class WithoutSeconds : IEqualityComparer<DigestRunCounts>
    {
        public bool Equals(DigestRunCounts? x, DigestRunCounts? y) => (x! with { Seconds = 0 }) == (y! with { Seconds = 0 });

        public int GetHashCode(DigestRunCounts obj) => 0;
    }
}
