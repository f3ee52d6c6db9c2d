using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Sources;
using DigestService.Subscribers;
using DigestService.Suppressions;
using DigestService.Tests.Delivery;
using DigestService.Tests.Shared;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Journeys;

/// <summary>Two days of trouble at the relay and one healthy day, looked at every three hours.</summary>
[WaitsForMinutes]
public sealed class ThreeDaysTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const int Readers = 30;
    private static readonly LocalDate FirstDay = new(2026, 3, 4);

    [Theory]
    [InlineData("550 Relaying denied", "550 Blocked - see https://rbl.example.net/q?192.0.2.1")]
    [InlineData("550 5.1.1 User unknown", "550 5.1.1 User unknown")]
    [InlineDataInFull("535 5.7.8 Authentication credentials invalid", "550 5.4.5 Daily user sending quota exceeded")]
    [InlineDataInFull("550 Requested action not taken: mailbox unavailable", "451 4.3.0 try again later")]
    public async Task After_two_days_of_a_relay_that_refuses_all_every_reader_has_their_mail(string first, string second)
    {
        var trouble = first;
        await using var relay = ScriptedSmtpServer.Start(answers: step =>
            step.Point == SmtpPoint.Rcpt && trouble is not null ? SmtpAnswer.Reply(trouble) : null);
        var app = await apps.CreateAsync([.. relay.Settings, ("Mail__From", "digest@papers.example")]);
        await StartReadersAsync(app);

        for (var hour = 0; hour < 72; hour += 3)
        {
            app.Clock.Now = FirstDay.AtStartOfDayInZone(DateTimeZone.Utc).ToInstant() + Duration.FromHours(hour);
            trouble = hour < 24 ? first : hour < 48 ? second : null;
            if (hour % 24 == 0)
                await ListAsync(app, hour / 24);
            if (hour == 9)
                (await app.Service<Subscriptions>().SignUpAsync(Address("new@reader.example"), SettingsChange.None, Consent(app), default)).ShouldBe(SignUpOutcome.ConfirmationSent);
            var run = await app.Service<DigestRun>().RunAsync(app.Clock.Now, default);
            if (hour is 9 or 21 or 33 or 45)
                run.Hindrance.ShouldNotBeNull();
            if (hour is 21 or 45)
                (await app.Service<RelayTroubles>().ReadAsync(default)).ShouldNotBeEmpty();
        }

        var mails = relay.Received.GroupBy(mail => mail.Recipient).ToDictionary(group => group.Key, group => group.ToArray());
        mails.Keys.ShouldBe([.. Enumerable.Range(0, Readers).Select(i => $"reader{i}@reader.example"), "new@reader.example"], ignoreOrder: true);
        var digests = mails.Where(mail => mail.Key != "new@reader.example").Select(mail => mail.Value).ToArray();
        digests.ShouldAllBe(copies => copies.Last().Text.Contains("Adapters of day 2"));

        // The second day's digest was still worth sending when the relay was mended; no digest came twice.
        digests.ShouldAllBe(copies => copies.Length <= 2 && copies.Select(mail => mail.Sender).Distinct().Count() == copies.Length);
        (await app.Service<RelayTroubles>().ReadAsync(default)).ShouldBeEmpty();
        (await app.Service<OperatorSuppressions>().ListAsync(new SuppressionFilter(null, null, null), default)).Total.ShouldBe(0);
        (await app.Database.QuerySingleOrDefaultAsync<long>("select count(*) from deliveries where state = 'failed' and reply not like 'Expired%'", null, default))
            .ShouldBe(0);
    }

    private static async Task StartReadersAsync(TestApp app)
    {
        await app.Service<TopicCatalogue>().LoadAsync(default);
        var file = Path.Combine(TestDirectory.Create("readers"), "readers.csv");
        await File.WriteAllLinesAsync(file, ["email,topics", .. Enumerable.Range(0, Readers).Select(i => $"reader{i}@reader.example,fine-tuning-efficiently")]);
        app.Clock.Now = FirstDay.AtStartOfDayInZone(DateTimeZone.Utc).ToInstant() - Duration.FromHours(1);
        (await app.Service<SubscriberImport>().ImportAsync(file, unconfirmed: false, default)).Added.ShouldBe(Readers);
    }

    private static async Task ListAsync(TestApp app, int day)
    {
        var page = Path.Combine(TestDirectory.Create("pages"), $"day{day}.txt");
        await File.WriteAllTextAsync(page, $"""
            Get trending papers in your email inbox once a day!
            Get trending papers in your email inbox!
            SubscribeAdapters of day {day}
            A parameter-efficient fine-tuning method: low-rank adaptation of large language models, number {day}.
            """);
        var inputs = ImportInput.FromPaths([page], format: null, FirstDay.PlusDays(day), app.Clock.Now);
        await app.Service<PaperImport>().ImportAsync(inputs, progress: null, default);
    }

    private static Consent Consent(TestApp app) => new() { How = "web", RequestedAt = app.Clock.Now, TextVersion = "1" };

    private static EmailAddress Address(string text) => EmailAddress.TryParse(text, out var address) ? address : throw new ArgumentException("No address.", nameof(text));
}
