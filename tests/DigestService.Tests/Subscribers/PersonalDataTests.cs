using DigestService.Digests;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Subscribers;
using DigestService.Tests.Delivery;
using DigestService.Topics;

namespace DigestService.Tests.Subscribers;

public sealed class PersonalDataTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Everything = """
        insert into papers (title, original_title, first_listed_on, created_at, updated_at)
        values ('A paper', 'A paper', '2026-03-01', now(), now());
        insert into feedback (subscriber_id, paper_id, kind, given_from, given_at) select s.id, p.id, 'like', 'mail', now() from subscribers s, papers p;
        insert into seen_papers (subscriber_id, paper_id) select s.id, p.id from subscribers s, papers p;
        insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at)
        select id, '2026-03-02', now(), 'queued', now() from subscribers;
        insert into digest_items (subscriber_id, digest_on, position, paper_id, score, section, reasons)
        select s.id, '2026-03-02', 1, p.id, 1, 'topics', '[]' from subscribers s, papers p;
        insert into bounces (subscriber_id, address_hash, permanent, reason, occurred_on, received_at)
        select id, @hash, false, 'mailbox full', '2026-03-03', now() from subscribers;
        """;

    private static readonly string[] Tables =
        ["subscribers", "preferences", "feedback", "seen_papers", "digests", "digest_items", "bounces", "deliveries"];

    [Fact]
    public async Task The_export_holds_everything_on_the_address()
    {
        var (app, address) = await SubscribeAsync();

        var data = await app.Service<PersonalData>().ExportAsync(address, CancellationToken.None);

        data.GetProperty("subscriber").GetProperty("address").GetString().ShouldBe("Ada@mail.example");
        data.GetProperty("subscriber").GetProperty("consent").GetProperty("how").GetString().ShouldBe("operator");
        data.GetProperty("preferences")[0].GetProperty("topic").GetString().ShouldBe("reasoning");
        data.GetProperty("feedback")[0].GetProperty("title").GetString().ShouldBe("A paper");
        foreach (var list in new[] { "seen_papers", "digests", "digest_items", "bounces", "deliveries" })
            data.GetProperty(list).GetArrayLength().ShouldBe(1, list);
    }

    [Fact]
    public async Task The_export_tells_in_words_why_a_digest_held_what_it_held()
    {
        var (app, address) = await SubscribeAsync();
        await app.Database.ExecuteAsync("update digests set why = @why", new { why = WhyWriter.Write([[new BigOutside()]], []) }, default);

        var data = await app.Service<PersonalData>().ExportAsync(address, CancellationToken.None);

        var digest = data.GetProperty("digests")[0];
        digest.GetProperty("entry_reasons")[0][0].GetProperty("kind").GetString().ShouldBe("outside");
        digest.TryGetProperty("why", out _).ShouldBeFalse();
        data.GetProperty("digest_items")[0].GetProperty("section").GetString().ShouldBe("outside");
    }

    [Fact]
    public async Task Erasing_leaves_nothing_but_the_hash_that_keeps_the_address_from_being_mailed()
    {
        var (app, address) = await SubscribeAsync();
        // Of an address that was theirs before they moved.
        await app.Database.ExecuteAsync(
            "insert into bounces (subscriber_id, address_hash, permanent, occurred_on, received_at) select id, '\\x09', true, date '2026-03-03', now() from subscribers", null, default);

        var erased = await app.Service<Erasure>().EraseAsync(address, CancellationToken.None);

        erased.ShouldBeTrue();
        foreach (var table in Tables)
            (await CountAsync(app, table)).ShouldBe(0, table);
        (await CountAsync(app, "suppressions")).ShouldBe(1);
        var rest = await app.Service<PersonalData>().ExportAsync(address, CancellationToken.None);
        rest.GetProperty("suppression").GetProperty("reason").GetString().ShouldBe("erased");
        rest.GetProperty("former_subscribers").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Erasing_somebody_unknown_changes_nothing()
    {
        var app = await apps.CreateAsync();
        EmailAddress.TryParse("nobody@mail.example", out var address).ShouldBeTrue();

        (await app.Service<Erasure>().EraseAsync(address, CancellationToken.None)).ShouldBeFalse();

        (await CountAsync(app, "suppressions")).ShouldBe(0);
    }

    private async Task<(TestApp App, EmailAddress Address)> SubscribeAsync()
    {
        var app = await apps.CreateAsync();
        await app.Service<TopicCatalogue>().LoadAsync(CancellationToken.None);
        EmailAddress.TryParse("Ada@mail.example", out var address).ShouldBeTrue();
        var (change, _) = new SettingsParser(await app.Service<TopicCatalogue>().ListAsync(CancellationToken.None), new DigestOptions())
            .Read(new SettingsForm { Topics = ["reasoning"] });
        var consent = new Consent { How = "operator", RequestedAt = app.Clock.Now, TextVersion = "operator" };
        var (reader, _, _) = await app.Service<Subscriptions>().AddConfirmedAsync(address, change, consent, isReturning: false, CancellationToken.None);
        await app.Database.ExecuteAsync(
            Everything, new { hash = app.Service<LinkSigner>().HashAddress(address.Key) }, CancellationToken.None);
        await TestMail.EnqueueAsync(app.Database, 1, id => TestMail.Digest(id, address.ToString(), reader!.Id));
        return (app, address);
    }

    private static Task<int> CountAsync(TestApp app, string table) =>
        app.Database.QuerySingleOrDefaultAsync<int>($"select count(*)::int from {table}", null, CancellationToken.None);
}
