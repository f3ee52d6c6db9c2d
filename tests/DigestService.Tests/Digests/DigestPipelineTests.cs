using DigestService.Digests;
using DigestService.Mail;
using DigestService.Papers;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Suppressions;
using NodaTime;
using Npgsql;

namespace DigestService.Tests.Digests;

public sealed class DigestPipelineTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task A_reader_gets_the_papers_of_their_topics_and_what_is_big_elsewhere()
    {
        var newsroom = await Newsroom.OpenAsync(apps);
        await newsroom.AddPaperAsync("Pruning networks early");
        await newsroom.AddPaperAsync("Robots that fold laundry", upvotes: 400);
        await newsroom.AddPaperAsync("Proteins from noise", upvotes: 0);
        var reader = await newsroom.AddReaderAsync("ada@reader.example", "pruning");

        var counts = await newsroom.TickAsync();

        counts.Planned.ShouldBe(1);
        counts.Composed.Queued.ShouldBe(1);
        var titles = await newsroom.TitlesAsync(reader);
        titles[0].ShouldBe("Pruning networks early");
        titles.ShouldContain("Robots that fold laundry");
        (await newsroom.OutcomeAsync(reader)).ShouldBe("queued");
        (await newsroom.MailsAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task A_paper_is_never_sent_twice_to_the_same_person()
    {
        var newsroom = await Newsroom.OpenAsync(apps);
        await newsroom.AddPaperAsync("Pruning networks early");
        await newsroom.AddPaperAsync("Pruning networks late", listedOn: Newsroom.Today.PlusDays(1));
        var reader = await newsroom.AddReaderAsync("ada@reader.example", "pruning");

        await newsroom.TickAsync();
        await newsroom.TickAsync(Newsroom.Hour + Duration.FromDays(1));

        (await newsroom.TitlesAsync(reader)).ShouldBe(["Pruning networks early"]);
        (await newsroom.TitlesAsync(reader, Newsroom.Today.PlusDays(1))).ShouldBe(["Pruning networks late"]);
    }

    [Fact]
    public async Task The_schema_refuses_to_remember_a_paper_as_sent_twice()
    {
        var newsroom = await Newsroom.OpenAsync(apps);
        var paper = await newsroom.AddPaperAsync("Pruning networks early");
        var reader = await newsroom.AddReaderAsync("ada@reader.example", "pruning");
        const string Remember = "insert into seen_papers (subscriber_id, paper_id) values (@reader, @paper)";
        await newsroom.Database.ExecuteAsync(Remember, new { reader, paper }, default);

        var second = await Should.ThrowAsync<PostgresException>(
            () => newsroom.Database.ExecuteAsync(Remember, new { reader, paper }, default));

        second.SqlState.ShouldBe(PostgresErrorCodes.UniqueViolation);
    }

    [Fact]
    public async Task What_is_near_to_a_topic_accompanies_its_papers_and_alone_makes_no_digest()
    {
        const string Body = "Scores of magnitude decide which weights are removed; sparse masks make the trained network fast at inference.";
        var newsroom = await Newsroom.OpenAsync(apps);
        for (var i = 0; i < 60; i++)
            await newsroom.AddPaperAsync(
                i < 12 ? $"Pruning, part {i}" : $"Robots, part {i}", 0, Newsroom.Today.PlusDays(-40), i < 12 ? Body : "A gripper folds laundry and opens doors.");
        var near = await newsroom.AddPaperAsync("Fast inference with sparse masks", 0, text: Body.Replace("removed", "dropped", StringComparison.Ordinal));
        var reader = await newsroom.AddReaderAsync("ada@reader.example", "pruning");

        await newsroom.TickAsync();
        (await newsroom.OutcomeAsync(reader)).ShouldBe("empty");
        await newsroom.AddPaperAsync("Pruning at last", 0, Newsroom.Today.PlusDays(1), Body);
        await newsroom.TickAsync(Newsroom.Hour + Duration.FromDays(1));

        (await newsroom.TitlesAsync(reader, Newsroom.Today.PlusDays(1))).ShouldBe(["Pruning at last", "Fast inference with sparse masks"]);
        var account = await ExplainAsync(newsroom, Newsroom.Today.PlusDays(1));
        account.Items[1].Paper.ShouldBe(near);
        account.Items[1].Reasons[0].ShouldBeOfType<NearTopic>().Topic.ShouldBe("pruning");
    }

    [Theory]
    [InlineData("skip", "empty", 0)]
    [InlineData("note", "queued", 1)]
    [InlineData("trending", "queued", 1)]
    public async Task A_day_without_news_follows_the_readers_rule_and_says_why(string rule, string outcome, int mails)
    {
        var newsroom = await Newsroom.OpenAsync(apps);
        await newsroom.AddPaperAsync("Robots that fold laundry", upvotes: 400);
        var reader = await newsroom.AddReaderAsync("ada@reader.example", "pruning");
        await newsroom.Database.ExecuteAsync("update subscribers set empty_day = @rule", new { rule }, default);

        await newsroom.TickAsync();

        (await newsroom.OutcomeAsync(reader)).ShouldBe(outcome);
        (await newsroom.MailsAsync()).ShouldBe(mails);
        var account = await ExplainAsync(newsroom, Newsroom.Today);
        account.Reasons[0].ShouldBe("Nothing today because none of the 1 papers of these days matches the reader's topics.");
    }

    [Fact]
    public async Task A_paper_by_an_author_the_reader_follows_says_so_and_a_muted_author_is_not_followed()
    {
        var newsroom = await Newsroom.OpenAsync(apps);
        await newsroom.AddPaperAsync("Proteins from noise", author: "Emmy Noether");
        await newsroom.AddPaperAsync("Robots that fold laundry", author: "Rózsa Péter");
        var reader = await newsroom.AddReaderAsync("ada@reader.example", "pruning");
        await newsroom.AddOwnQueryAsync(reader, "author:\"Noether, Emmy\"");
        await newsroom.AddOwnQueryAsync(reader, "author:Péter", muted: true);

        await newsroom.TickAsync();

        var entry = (await ExplainAsync(newsroom, Newsroom.Today)).Items.ShouldHaveSingleItem();
        entry.Title.ShouldBe("Proteins from noise");
        entry.Reasons.ShouldContain(new FollowedAuthor("Emmy Noether"));
    }

    [Fact]
    public async Task The_ledger_says_what_was_cut_and_for_which_reason()
    {
        var newsroom = await Newsroom.OpenAsync(apps);
        await newsroom.AddPaperAsync("Pruning networks early");
        await newsroom.AddPaperAsync("Pruning robots of blockchain");
        await newsroom.AddReaderAsync("ada@reader.example", "pruning");
        await newsroom.Database.ExecuteAsync("update subscribers set muted_words = '{blockchain}'", null, default);

        await newsroom.TickAsync();

        var account = await ExplainAsync(newsroom, Newsroom.Today);
        account.Outcome.ShouldBe("queued");
        account.Items.Select(item => item.Title).ShouldBe(["Pruning networks early"]);
        account.Cut.ShouldHaveSingleItem().Reason.ShouldBe("holds “blockchain”, which you muted");
    }

    [Fact]
    public async Task A_day_for_which_nothing_was_planned_is_explained_too()
    {
        var newsroom = await Newsroom.OpenAsync(apps);
        await newsroom.AddReaderAsync("ada@reader.example", "pruning");

        var account = await ExplainAsync(newsroom, Newsroom.Today.PlusDays(-7));

        account.Outcome.ShouldBe("none");
        account.Reasons.ShouldHaveSingleItem().ShouldBe("The reader confirmed on 2026-03-03, after that day.");
    }

    [Fact]
    public async Task A_reader_who_left_between_planning_and_composing_gets_nothing()
    {
        var newsroom = await Newsroom.OpenAsync(apps);
        await newsroom.AddPaperAsync("Pruning networks early");
        var reader = await newsroom.AddReaderAsync("ada@reader.example", "pruning");
        await newsroom.Service<DigestPlanner>().PlanDueAsync(Newsroom.Hour, default);
        await newsroom.Database.ExecuteAsync("update subscribers set state = 'unsubscribed'", null, default);

        await newsroom.TickAsync();

        (await newsroom.OutcomeAsync(reader)).ShouldBe("suppressed");
        (await newsroom.MailsAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_failed_source_delays_digests_for_the_set_time_and_the_ledger_says_so()
    {
        var newsroom = await Newsroom.OpenAsync(
            apps, ("Digest__WaitForSources", "02:00"), ("Sources__HuggingFace__Enabled", "true"));
        await newsroom.AddPaperAsync("Pruning networks early");
        var reader = await newsroom.AddReaderAsync("ada@reader.example", "pruning");
        await newsroom.Database.ExecuteAsync(
            """
            insert into source_runs (source, started_at, finished_at, outcome)
            values (@source, @failed, @failed, 'failed')
            """,
            new { source = SourceAuthority.HuggingFace, failed = Newsroom.Hour - Duration.FromHours(1) },
            default);

        await newsroom.TickAsync(Newsroom.Hour + Duration.FromMinutes(119));
        (await newsroom.OutcomeAsync(reader)).ShouldBe("planned");
        await newsroom.TickAsync(Newsroom.Hour + Duration.FromHours(2));

        (await newsroom.OutcomeAsync(reader)).ShouldBe("queued");
        var account = await ExplainAsync(newsroom, Newsroom.Today);
        account.Reasons.ShouldContain("A source had failed by then; after the wait the digest was made with what there was.");
    }

    [Fact]
    public async Task A_suppressed_address_is_not_composed_for()
    {
        var newsroom = await Newsroom.OpenAsync(apps);
        await newsroom.AddPaperAsync("Pruning networks early");
        var reader = await newsroom.AddReaderAsync("ada@reader.example", "pruning");
        await newsroom.Database.InTransactionAsync(
            connection => newsroom.Service<SuppressionList>().AddAsync(
                connection, "ada@reader.example", "complained", null, Newsroom.Hour, default),
            default);

        await newsroom.TickAsync();

        (await newsroom.OutcomeAsync(reader)).ShouldBe("suppressed");
        (await newsroom.MailsAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Several_processes_composing_at_once_write_each_digest_once()
    {
        var newsroom = await Newsroom.OpenAsync(apps);
        await newsroom.AddPaperAsync("Pruning networks early");
        const int Readers = 40;
        for (var i = 0; i < Readers; i++)
            await newsroom.AddReaderAsync($"reader{i}@reader.example", "pruning");

        var ticks = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => newsroom.TickAsync()));

        ticks.Sum(tick => tick.Composed.Queued).ShouldBe(Readers);
        (await newsroom.MailsAsync()).ShouldBe(Readers);
    }

    [Fact]
    public async Task A_preview_changes_nothing_and_shows_what_will_be_sent()
    {
        var newsroom = await Newsroom.OpenAsync(apps);
        await newsroom.AddPaperAsync("Pruning networks early");
        var reader = await newsroom.AddReaderAsync("ada@reader.example", "pruning");
        EmailAddress.TryParse("ada@reader.example", out var address).ShouldBeTrue();

        var preview = await newsroom.Service<DigestPreview>().PreviewAsync(address, Newsroom.Hour, default);

        (await newsroom.OutcomeAsync(reader)).ShouldBeNull();
        await newsroom.TickAsync();
        (await newsroom.TitlesAsync(reader)).ShouldBe(preview.Choice.Entries.Select(entry => entry.Candidate.Title));
    }

    private static Task<DigestAccount> ExplainAsync(Newsroom newsroom, LocalDate day)
    {
        EmailAddress.TryParse("ada@reader.example", out var address).ShouldBeTrue();
        return newsroom.Service<DigestLedger>().ExplainAsync(address, day, Newsroom.Hour, default);
    }
}
