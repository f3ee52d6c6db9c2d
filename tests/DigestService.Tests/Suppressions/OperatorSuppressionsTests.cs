using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Suppressions;
using DigestService.Mail;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Suppressions;

public sealed class OperatorSuppressionsTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task What_was_added_is_listed_with_its_reader_and_lifted_with_its_bounces()
    {
        var app = await apps.CreateAsync();
        var suppressions = app.Service<OperatorSuppressions>();
        await AddReaderAsync(app, "Ada@example.org");
        var hash = suppressions.HashOf("ada@example.org")!;
        await app.Database.ExecuteAsync(
            "insert into bounces (address_hash, permanent, occurred_on, received_at) values (@hash, true, '2026-03-03', now())", new { hash }, default);

        (await suppressions.AddAsync([hash, suppressions.HashOf("stranger@example.org")!], "operator", default)).ShouldBe(2);

        var (shown, total) = await suppressions.ListAsync(new SuppressionFilter(null, "operator", app.Clock.Now), default);
        total.ShouldBe(2);
        shown.Select(entry => entry.Address).ShouldBe(["Ada@example.org", null], ignoreOrder: true);
        suppressions.HashOf(shown.Single(entry => entry.Address is null).Hash).ShouldBe(suppressions.HashOf("stranger@example.org"));
        (await suppressions.LiftAsync(new SuppressionFilter([hash], null, null), default)).ShouldBe(1);
        (await app.Database.QuerySingleOrDefaultAsync<long>("select count(*) from bounces where permanent", null, default)).ShouldBe(0);
        (await suppressions.ListAsync(new SuppressionFilter(null, null, null), default)).Total.ShouldBe(1);
    }

    [Fact]
    public async Task Two_that_add_the_same_addresses_at_once_wait_for_each_other()
    {
        var app = await apps.CreateAsync();
        var suppressions = app.Service<OperatorSuppressions>();
        var hashes = Enumerable.Range(0, 20_000).Select(number => suppressions.HashOf(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"r{number}@example.org"))!)
            .OrderBy(Convert.ToHexString, StringComparer.Ordinal).ToArray();
        await using var other = await app.Database.OpenAsync(default);
        await using var transaction = await other.BeginTransactionAsync();
        await other.ExecuteAsync(InsertOf, new { hashes = hashes[..1] }, default);

        var adding = suppressions.AddAsync(hashes, "operator", default);
        await Eventually.TrueAsync(app.Database.IsAnybodyWaitingAsync, "the other transaction is waited for");
        await other.ExecuteAsync(InsertOf, new { hashes = hashes[1..] }, default);
        await transaction.CommitAsync();

        (await adding).ShouldBe(0);
    }

    private const string InsertOf = "insert into suppressions (address_hash, reason, created_at) select hash, 'operator', now() from unnest(@hashes) as h (hash) order by hash";

    [Fact]
    public async Task All_that_bounced_since_a_day_is_lifted_at_once_and_nothing_before_it()
    {
        var app = await apps.CreateAsync();
        var suppressions = app.Service<OperatorSuppressions>();
        await suppressions.AddAsync([suppressions.HashOf("old@example.org")!], "bounced", default);
        app.Clock.Advance(Duration.FromDays(2));
        await suppressions.AddAsync([suppressions.HashOf("new@example.org")!, suppressions.HashOf("newer@example.org")!], "bounced", default);
        await suppressions.AddAsync([suppressions.HashOf("barred@example.org")!], "operator", default);

        (await suppressions.LiftAsync(new SuppressionFilter(null, "bounced", app.Clock.Now - Duration.FromDays(1)), default)).ShouldBe(2);

        (await suppressions.ListAsync(new SuppressionFilter(null, null, null), default)).Total.ShouldBe(2);
    }

    [Fact]
    public async Task Who_left_is_lifted_only_where_that_reason_is_named()
    {
        var app = await apps.CreateAsync();
        var suppressions = app.Service<OperatorSuppressions>();
        var hash = suppressions.HashOf("left@example.org")!;
        await suppressions.AddAsync([hash], "unsubscribed", default);

        (await suppressions.LiftAsync(new SuppressionFilter([hash], null, null), default)).ShouldBe(0);
        (await suppressions.WhyNotLiftedAsync("left@example.org", hash, default)).ShouldBe(
            "left@example.org is on the list as 'unsubscribed': 'digest suppressions lift left@example.org --reason unsubscribed' lifts that, if its owner wants the mail.");
        (await suppressions.WhyNotLiftedAsync("new@example.org", suppressions.HashOf("new@example.org")!, default)).ShouldBe(
            "new@example.org is not on the list; 'digest suppressions list' shows who is.");

        (await suppressions.LiftAsync(new SuppressionFilter([hash], "unsubscribed", null), default)).ShouldBe(1);
    }

    [Theory]
    [InlineData("complained", "unsubscribed", "complained")]
    [InlineData("bounced", "erased", "bounced")]
    [InlineData("unsubscribed", "complained", "complained")]
    [InlineData("bounced", "complained", "complained")]
    [InlineData("erased", "unsubscribed", "unsubscribed")]
    public async Task What_the_operator_adds_makes_no_reason_a_lighter_one(string first, string then, string stays)
    {
        var app = await apps.CreateAsync();
        var suppressions = app.Service<OperatorSuppressions>();
        var hash = suppressions.HashOf("twice@example.org")!;
        await suppressions.AddAsync([hash], first, default);

        (await suppressions.AddAsync([hash], then, default)).ShouldBe(stays == then ? 1 : 0);

        (await suppressions.ListAsync(new SuppressionFilter([hash], null, null), default)).Shown.ShouldHaveSingleItem().Reason.ShouldBe(stays);
    }

    [Theory]
    [InlineData("erased", "bounced")]
    [InlineData("unsubscribed", "complained")]
    [InlineData("bounced", "erased")]
    [InlineData("complained", "unsubscribed")]
    public async Task What_the_owner_said_remains_when_a_graver_reason_is_lifted_until_the_owner_takes_it_back(string first, string then)
    {
        var app = await apps.CreateAsync();
        var (list, suppressions) = (app.Service<SuppressionList>(), app.Service<OperatorSuppressions>());
        var hash = suppressions.HashOf("twice@example.org")!;
        await using var connection = await app.Database.OpenAsync(default);
        var (wish, graver) = OperatorSuppressions.StopsAll(first) ? (then, first) : (first, then);
        await AddBothAsync();

        (await suppressions.LiftAsync(new SuppressionFilter([hash], null, null), default)).ShouldBe(1);
        (await ReasonAsync()).ShouldBe(wish);
        (await suppressions.LiftAsync(new SuppressionFilter([hash], null, null), default)).ShouldBe(0);
        (await suppressions.LiftAsync(new SuppressionFilter([hash], wish, null), default)).ShouldBe(1);
        (await ReasonAsync()).ShouldBeNull();

        await AddBothAsync();
        await list.LiftByOwnerAsync(connection, "twice@example.org", default);
        (await ReasonAsync()).ShouldBe(graver);
        await suppressions.LiftAsync(new SuppressionFilter([hash], null, null), default);
        (await ReasonAsync()).ShouldBeNull();

        async Task AddBothAsync()
        {
            foreach (var reason in (string[])[first, then])
                await list.AddAsync(connection, "twice@example.org", reason, null, app.Clock.Now, default);
            (await ReasonAsync()).ShouldBe(graver);
        }

        async Task<string?> ReasonAsync() => (await SuppressionList.FindAsync(connection, [hash], default)).GetValueOrDefault(0);
    }

    [Fact]
    public async Task A_reader_whose_address_is_suppressed_is_listed_so_and_an_import_says_how_to_lift_it()
    {
        var app = await apps.CreateAsync();
        var suppressions = app.Service<OperatorSuppressions>();
        await AddReaderAsync(app, "ada@example.org");
        await AddReaderAsync(app, "bob@example.org");
        await suppressions.AddAsync([suppressions.HashOf("ada@example.org")!], "bounced", default);

        var suppressed = await suppressions.AllReadersAsync(default);
        var listed = await ListedSubscriber.FindAsync(
            app.Database, new { state = "suppressed", list = (string?)null, limit = 100, suppressed = suppressed.Keys.ToArray() }, default);

        listed.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            reader => reader.Email.ShouldBe("ada@example.org"),
            reader => reader.State.ShouldBe("suppressed"));
        (await ImportAsync(app, "ada@example.org")).Rejections.ShouldHaveSingleItem().Reason.ShouldContain("digest suppressions lift ada@example.org");
    }

    [Fact]
    public async Task Who_called_a_mail_spam_comes_back_by_their_own_will_once_that_is_lifted()
    {
        var app = await apps.CreateAsync();
        var subscriptions = app.Service<Subscriptions>();
        var reader = await AddReaderAsync(app, "ada@example.org");
        EmailAddress.TryParse(reader.Address, out var address).ShouldBeTrue();
        await app.Database.InTransactionAsync(connection => subscriptions.ComplainedAsync(connection, address, reader.Id, default), default);
        (await subscriptions.SignUpAsync(address, SettingsChange.None, ByOperator(app), default)).ShouldBe(SignUpOutcome.Suppressed);
        (await subscriptions.AddConfirmedAsync(address, SettingsChange.None, ByOperator(app), isReturning: true, default)).ShouldBe(new AddResult(null, HasLeft: false));

        var suppressions = app.Service<OperatorSuppressions>();
        (await suppressions.LiftAsync(new SuppressionFilter([suppressions.HashOf("ada@example.org")!], null, null), default)).ShouldBe(1);

        (await subscriptions.AddConfirmedAsync(address, SettingsChange.None, ByOperator(app), isReturning: false, default)).HasLeft.ShouldBeTrue();
        (await ImportAsync(app, "ada@example.org")).Rejections.ShouldHaveSingleItem().Reason.ShouldContain("only they can come back");
        (await subscriptions.SignUpAsync(address, SettingsChange.None, ByOperator(app), default)).ShouldBe(SignUpOutcome.ConfirmationSent);
        var back = (await subscriptions.AddConfirmedAsync(address, SettingsChange.None, ByOperator(app), isReturning: true, default)).Reader.ShouldNotBeNull();
        back.IsConfirmed.ShouldBeTrue();
        back.LinkVersion.ShouldBe(reader.LinkVersion + 1);
    }

    [Fact]
    public async Task A_reader_whom_the_operator_lists_as_one_who_left_confirms_anew()
    {
        var app = await apps.CreateAsync();
        var subscriptions = app.Service<Subscriptions>();
        var reader = await AddReaderAsync(app, "ada@example.org");
        EmailAddress.TryParse(reader.Address, out var address).ShouldBeTrue();
        var suppressions = app.Service<OperatorSuppressions>();
        await suppressions.AddAsync([suppressions.HashOf(reader.Address)!], "unsubscribed", default);

        (await subscriptions.SignUpAsync(address, SettingsChange.None, ByOperator(app), default)).ShouldBe(SignUpOutcome.ConfirmationSent);

        var evidence = new ConfirmationEvidence { ConfirmedAt = app.Clock.Now, ConfirmedBy = "link" };
        (await subscriptions.ConfirmAsync(reader.Id, reader.LinkVersion + 1, evidence, default)).ShouldBe(ConfirmOutcome.Confirmed);
        (await suppressions.ListAsync(new SuppressionFilter(null, null, null), default)).Total.ShouldBe(0);
    }

    private static async Task<Subscriber> AddReaderAsync(TestApp app, string address)
    {
        EmailAddress.TryParse(address, out var parsed).ShouldBeTrue();
        return (await app.Service<Subscriptions>().AddConfirmedAsync(parsed, SettingsChange.None, ByOperator(app), isReturning: false, default)).Reader.ShouldNotBeNull();
    }

    private static Consent ByOperator(TestApp app) => new() { How = "operator", RequestedAt = app.Clock.Now, TextVersion = "operator" };

    private static async Task<ImportResult> ImportAsync(TestApp app, string address)
    {
        var file = Path.Combine(TestDirectory.Create("import"), "readers.csv");
        await File.WriteAllTextAsync(file, $"email\n{address}\n");
        return await app.Service<SubscriberImport>().ImportAsync(file, unconfirmed: false, default);
    }
}
