using DigestService.Digests;
using DigestService.Mail;
using DigestService.Subscribers;
using NodaTime;

namespace DigestService.Tests.Digests;

/// <summary>Several addresses under one digest: chosen by the leader's wishes, sent to each by their own state.</summary>
public sealed class ListDigestTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Lead = "lead@lab.example";
    private const string First = "first@lab.example";
    private const string Second = "second@lab.example";
    private static readonly LocalDate Tomorrow = DigestTestBed.Today.PlusDays(1);

    [Fact]
    public async Task Everybody_on_a_list_gets_the_leaders_digest_in_a_mail_of_their_own_that_says_so()
    {
        var (bed, lead, members) = await ListAsync();
        await bed.AddPaperAsync("A study of pruning");
        await bed.AddPaperAsync("A study of robots");

        (await bed.TickAsync()).Composed.Queued.ShouldBe(3);
        await bed.TickAsync();

        foreach (var reader in (long[])[lead, .. members])
            (await bed.TitlesAsync(reader)).ShouldBe(["A study of pruning"], $"reader {reader}");
        (await bed.Database.QueryAsync<string>("select recipient from deliveries order by 1", null, default)).ShouldBe([First, Lead, Second]);
        var text = System.Text.Encoding.UTF8.GetString((await StoredMail.LatestAsync(bed.Database, Second)).ShouldNotBeNull());
        text.Replace("=\r\n", "", StringComparison.Ordinal).ShouldContain("as one of the list");
        (await bed.Service<DigestLedger>().ExplainAsync(Address(Second), DigestTestBed.Today, DigestTestBed.Hour, default)).List.ShouldBe("The lab");
    }

    [Fact]
    public async Task A_digest_is_chosen_once_for_those_of_a_list_who_have_had_the_same()
    {
        var (bed, _, members) = await ListAsync();
        await bed.AddPaperAsync("A study of pruning");
        var old = await bed.AddPaperAsync("More on pruning");
        await bed.Database.ExecuteAsync("insert into earlier_papers (subscriber_id, paper_id) values (@reader, @old)", new { reader = members[1], old }, default);
        using var pools = bed.Service<CandidatePool.Loader>();
        var pool = await pools.OpenAsync(DigestTestBed.Hour, default);
        var choices = new ListChoices(bed.Service<DigestSelector>(), pool);
        var readers = new List<DueSubscriber>();
        foreach (var address in (string[])[Lead, First, Second])
            readers.Add((await bed.Service<DigestPreview>().LoadAsync(Address(address), DigestTestBed.Hour, pool, default)).ShouldNotBeNull());

        var chosen = readers.ConvertAll(choices.Choose);

        chosen[1].Entries.ShouldBeSameAs(chosen[0].Entries);
        chosen.ConvertAll(choice => choice.Subscriber.Address).ShouldBe([Lead, First, Second]);
        chosen[2].Entries.Select(entry => entry.Candidate.PaperId).ShouldNotContain(old);
        chosen[0].Entries.Select(entry => entry.Candidate.PaperId).ShouldContain(old);
    }

    [Fact]
    public async Task Who_asked_for_the_digest_of_a_quiet_day_alone_has_a_note()
    {
        var (bed, lead, members) = await ListAsync();
        var asker = await bed.Database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Find, new { id = members[0] }, default);
        (await bed.Service<DigestOnDemand>().AskAsync(asker.ShouldNotBeNull(), default)).ShouldBe(OnDemandOutcome.Planned);

        await bed.TickAsync();

        (await bed.OutcomeAsync(members[0])).ShouldBe("queued");
        (await bed.OutcomeAsync(lead)).ShouldBe("empty");
        (await bed.OutcomeAsync(members[1])).ShouldBe("empty");
    }

    [Fact]
    public async Task Other_hours_and_settings_of_the_leader_move_everybodys_next_digest_and_no_followers_save_moves_any()
    {
        var (bed, lead, members) = await ListAsync();
        var editor = bed.Service<SettingsEditor>();

        (await editor.SaveAsync(lead, new SettingsForm { At = "09:30", Zone = "Asia/Tokyo", Max = "3", MutedWords = "hype" }, null, default)).IsSaved.ShouldBeTrue();
        var refused = await editor.SaveAsync(members[0], new SettingsForm { At = "11:00" }, null, default);

        (await bed.Database.QueryAsync<string>(
                "select to_char(send_at, 'HH24:MI') || ' ' || zone || ' ' || max_items || ' ' || muted_words::text || ' ' || (next_due_at at time zone 'UTC')::text from subscribers", null, default))
            .Distinct(StringComparer.Ordinal).ShouldHaveSingleItem().ShouldStartWith("09:30 Asia/Tokyo 3 {hype}");
        refused.Errors.ShouldHaveSingleItem().Field.ShouldBe("list");
    }

    [Theory]
    [InlineData("leaves")]
    [InlineData("is erased")]
    [InlineData("complains")]
    public async Task When_the_leader_goes_the_oldest_active_reader_leads_on_with_all_that_the_list_had(string how)
    {
        var (bed, lead, members) = await ListAsync();
        var liked = await bed.AddPaperAsync("Liked", listedOn: DigestTestBed.Today.PlusDays(-20));
        await bed.Service<Feedback>().GiveAsync(members[1], liked, "like", "web", default);
        await bed.AddOwnQueryAsync(lead, "quantum entanglement");
        await bed.AddPaperAsync("A study of pruning");

        var gone = how switch
        {
            "leaves" => bed.Service<Subscriptions>().UnsubscribeAsync(lead, saysGoodbye: false, default),
            "is erased" => bed.Service<Erasure>().EraseAsync(Address(Lead), default),
            _ => bed.Database.InTransactionAsync(connection => bed.Service<Subscriptions>().ComplainedAsync(connection, Address(Lead), lead, default), default),
        };
        await gone;

        (await LeaderAsync(bed)).ShouldBe(members[0]);
        (await bed.Service<SettingsEditor>().SaveAsync(members[0], new SettingsForm { Max = "4" }, null, default)).IsSaved.ShouldBeTrue();
        var row = await bed.Database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Find, new { id = members[1] }, default);
        var settings = await bed.Service<SettingsEditor>().ReadAsync(row.ShouldNotBeNull(), default);
        settings.Form.Topics.ShouldBe(["pruning"]);
        settings.Form.Queries.ShouldBe(["quantum entanglement"]);
        settings.Form.Max.ShouldBe("4");
        (await bed.Service<Feedback>().OfAsync(members[1], 10, 0, default)).ShouldHaveSingleItem().PaperId.ShouldBe(liked);
        (await bed.TickAsync()).Composed.Queued.ShouldBe(2);
        (await bed.TitlesAsync(members[1])).ShouldBe(["A study of pruning"]);
    }

    [Fact]
    public async Task A_reader_who_leaves_a_list_leaves_alone_and_may_take_it_back()
    {
        var (bed, lead, members) = await ListAsync();
        await bed.AddPaperAsync("A study of pruning");

        await bed.Service<Subscriptions>().UnsubscribeAsync(members[0], saysGoodbye: false, default);

        (await LeaderAsync(bed)).ShouldBe(lead);
        (await bed.TickAsync()).Composed.Queued.ShouldBe(2);
        (await bed.Service<Leaving>().UndoAsync(members[0], default)).ShouldBeTrue();
        await bed.AddPaperAsync("Pruning again", listedOn: Tomorrow);
        await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(1));
        (await bed.TitlesAsync(members[0], Tomorrow)).ShouldContain("Pruning again");
    }

    [Fact]
    public async Task A_list_whose_leader_has_left_alone_is_led_by_whoever_comes_next()
    {
        var (bed, lead, members) = await ListAsync();
        foreach (var reader in (long[])[.. members, lead])
            await bed.Service<Subscriptions>().UnsubscribeAsync(reader, saysGoodbye: false, default);

        await AddAsync(bed, "The lab", "new@lab.example");

        var row = await bed.Database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.FindByAddress, new { addressKey = "new@lab.example" }, default);
        row.ShouldNotBeNull().LeadsList.ShouldBeTrue();
        (await bed.Service<SettingsEditor>().ReadAsync(row, default)).Form.Topics.ShouldBe(["pruning"]);
    }

    [Fact]
    public async Task The_last_reader_of_a_list_is_erased_with_it()
    {
        var (bed, _, members) = await ListAsync();
        foreach (var reader in members)
            await bed.Service<Subscriptions>().UnsubscribeAsync(reader, saysGoodbye: false, default);

        foreach (var address in (string[])[First, Lead, Second])
            (await bed.Service<Erasure>().EraseAsync(Address(address), default)).ShouldBeTrue();

        (await bed.Database.QuerySingleOrDefaultAsync<int>("select (select count(*) from lists)::int + (select count(*) from subscribers)::int + (select count(*) from preferences)::int", null, default)).ShouldBe(0);
    }

    [Fact]
    public async Task Two_lists_have_not_one_name_and_nobody_leads_two()
    {
        var (bed, lead, _) = await ListAsync();

        await Should.ThrowAsync<Npgsql.PostgresException>(() => bed.Database.ExecuteAsync("insert into lists (name, leader_id, created_at) values ('THE LAB', 1, now())", null, default));
        await Should.ThrowAsync<Npgsql.PostgresException>(() => bed.Database.ExecuteAsync("insert into lists (name, leader_id, created_at) values ('Other', @lead, now())", new { lead }, default));
    }

    private async Task<(DigestTestBed Bed, long Lead, long[] Members)> ListAsync()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        var lead = await bed.AddReaderAsync(Lead, "pruning");
        await bed.Service<SettingsEditor>().SaveAsync(lead, new SettingsForm { OutsideTopics = "0" }, null, default);
        (await AddAsync(bed, "The lab", Lead, First, Second)).Rejections.ShouldBeEmpty();
        var members = await bed.Database.QueryAsync<long>("select id from subscribers where address_key <> @lead order by address", new { lead = Lead }, default);
        await bed.Database.ExecuteAsync("update subscribers set next_due_at = @at, next_due_on = @on", new { at = DigestTestBed.Hour, on = DigestTestBed.Today }, default);
        return (bed, lead, [.. members]);
    }

    private static Task<ImportResult> AddAsync(DigestTestBed bed, string list, params string[] addresses) =>
        bed.Service<SubscriberImport>().AddToListAsync(list, [.. addresses.Select(Address)], SettingsChange.None, unconfirmed: false, default);

    private static Task<long> LeaderAsync(DigestTestBed bed) =>
        bed.Database.QuerySingleOrDefaultAsync<long>("select leader_id from lists", null, default);

    private static EmailAddress Address(string text) => EmailAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text, nameof(text));
}
