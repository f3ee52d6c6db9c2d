using DigestService.Digests;
using DigestService.Mail;
using DigestService.Papers;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Topics;
using DigestService.Suppressions;
using NodaTime;
using Npgsql;

namespace DigestService.Tests.Digests;

public sealed class DigestPipelineTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task A_reader_gets_the_papers_of_their_topics_and_what_is_big_elsewhere()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        await bed.AddPaperAsync("Robots that fold laundry", upvotes: 400);
        await bed.AddPaperAsync("Proteins from noise", upvotes: 0);
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");

        var counts = await bed.TickAsync();

        counts.Planned.ShouldBe(1);
        counts.Composed.Queued.ShouldBe(1);
        var titles = await bed.TitlesAsync(reader);
        titles[0].ShouldBe("Pruning networks early");
        titles.ShouldContain("Robots that fold laundry");
        (await bed.OutcomeAsync(reader)).ShouldBe("queued");
        (await bed.MailsAsync()).ShouldBe(1);
    }

    [Theory]
    [InlineData("insert")]
    [InlineData("update of papers")]
    public async Task A_database_that_is_gone_for_a_moment_while_digests_are_planned_or_composed_is_waited_for(string statement)
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        // What a sequence has counted stays counted where a transaction is rolled back.
        await bed.Database.ExecuteAsync(
            $"""
            create sequence refusals;
            create function shut_down() returns trigger language plpgsql as $$
            begin
                if nextval('refusals') <= 2 then
                    raise exception 'terminating connection due to administrator command' using errcode = 'admin_shutdown';
                end if;
                return new;
            end $$;
            create trigger shut_down before {statement} on digests for each row execute function shut_down()
            """,
            null,
            default);

        var counts = await bed.TickAsync();

        (counts.Planned, counts.Composed.Queued).ShouldBe((1, 1));
        (await bed.OutcomeAsync(reader)).ShouldBe("queued");
    }

    [Fact]
    public async Task A_paper_is_never_sent_twice_to_the_same_person()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        await bed.AddPaperAsync("Pruning networks late", listedOn: DigestTestBed.Today.PlusDays(1));
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");

        await bed.TickAsync();
        await bed.EndMailsAsync("sent");
        await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(1));

        (await bed.TitlesAsync(reader)).ShouldBe(["Pruning networks early"]);
        (await bed.TitlesAsync(reader, DigestTestBed.Today.PlusDays(1))).ShouldBe(["Pruning networks late"]);
    }

    [Fact]
    public async Task Of_two_who_compose_for_one_reader_at_once_the_second_waits_and_knows_what_the_first_sent()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        await bed.AddPaperAsync("Pruning networks late", listedOn: DigestTestBed.Today.PlusDays(1));
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.PlanAsync();
        await using var first = await bed.Database.OpenAsync(default);
        await using var composing = await first.BeginTransactionAsync();
        (await ComposeAsync(bed, first, DigestTestBed.Hour)).Queued.ShouldBe(1);

        // The next day comes due before the first digest is committed.
        var tomorrow = DigestTestBed.Hour + Duration.FromDays(1);
        await bed.Database.ExecuteAsync(
            "insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at) values (@reader, @day, @tomorrow, 'planned', @tomorrow)",
            new { reader, day = DigestTestBed.Today.PlusDays(1), tomorrow },
            default);
        await using (var second = await bed.Database.OpenAsync(default))
        await using (await second.BeginTransactionAsync())
            (await ComposeAsync(bed, second, tomorrow)).Taken.ShouldBe(0);
        await composing.CommitAsync();
        await bed.EndMailsAsync("sent");
        await bed.TickAsync(tomorrow);

        (await bed.TitlesAsync(reader)).ShouldBe(["Pruning networks early"]);
        (await bed.TitlesAsync(reader, DigestTestBed.Today.PlusDays(1))).ShouldBe(["Pruning networks late"]);
    }

    [Fact]
    public async Task PostgreSQL_compiles_no_statement_of_a_batch()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.PlanAsync();
        await using var connection = await bed.Database.OpenAsync(default);
        await connection.ExecuteAsync("set jit = on", null, default);
        await using var transaction = await connection.BeginTransactionAsync();

        (await ComposeAsync(bed, connection, DigestTestBed.Hour)).Queued.ShouldBe(1);

        (await connection.QuerySingleAsync<string>("show jit", null, default)).ShouldBe("off");
        await transaction.CommitAsync();
        (await connection.QuerySingleAsync<string>("show jit", null, default)).ShouldBe("on");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_paper_that_is_news_again_does_not_come_again_to_who_had_it_long_ago(bool isDigestKept)
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        var paper = await bed.AddPaperAsync("Pruning networks early");
        await bed.AddPaperAsync("Pruning networks late");
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.ExecuteAsync(
            "insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, papers, scores) values (@reader, @day, now(), 'queued', now(), array[@paper], array[1])",
            new { reader, day = DigestTestBed.Today.PlusDays(isDigestKept ? -1 : -100), paper },
            default);
        await bed.Service<DigestRetention>().RunAsync(default);

        await bed.TickAsync();

        (await bed.TitlesAsync(reader)).ShouldBe(["Pruning networks late"]);
    }

    [Fact]
    public async Task A_paper_that_was_sent_under_a_number_that_was_merged_does_not_come_again()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        var paper = await bed.AddPaperAsync("Pruning networks early");
        await bed.AddPaperAsync("Pruning networks late");
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.ExecuteAsync(
            """
            insert into merged_papers (merged_id, paper_id, merged_at) values (777, @paper, now());
            insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, papers, scores) values (@reader, @day, now(), 'queued', now(), array[777], array[1])
            """,
            new { reader, day = DigestTestBed.Today.PlusDays(-1), paper },
            default);

        await bed.TickAsync();

        (await bed.TitlesAsync(reader)).ShouldBe(["Pruning networks late"]);
    }

    [Fact]
    public async Task What_a_process_of_the_version_before_writes_becomes_part_of_the_digest()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        var early = await bed.AddPaperAsync("Pruning networks early");
        var other = await bed.AddPaperAsync("Pruning other networks");
        await bed.AddPaperAsync("Pruning networks late");
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.ExecuteAsync(
            """
            insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, composed_at) values (@reader, @day, now(), 'queued', now(), now());
            with items as (
                select * from unnest(array[1, 2], array[@early, @other]) as i (position, paper_id)
            ),
            remembered as (
                insert into seen_papers (subscriber_id, paper_id)
                select @reader, paper_id
                from items
            )
            insert into digest_items (subscriber_id, digest_on, position, paper_id, score, section, reasons)
            select @reader, @day, position, paper_id, 0.5, 'topics', '[{"kind": "upvotes", "count": 3, "hours": 4}]'::jsonb
            from items
            """,
            new { reader, day = DigestTestBed.Today.PlusDays(-1), early, other },
            default);
        EmailAddress.TryParse("ada@reader.example", out var address).ShouldBeTrue();

        await bed.TickAsync();

        (await bed.TitlesAsync(reader)).ShouldBe(["Pruning networks late"]);
        (await bed.TitlesAsync(reader, DigestTestBed.Today.PlusDays(-1))).ShouldBe(["Pruning networks early", "Pruning other networks"]);
        var account = await bed.Service<DigestLedger>().ExplainAsync(address, DigestTestBed.Today.PlusDays(-1), DigestTestBed.Hour, default);
        account.Items.Select(item => item.Reasons.ShouldHaveSingleItem()).ShouldBe([new Upvoted(3, 4), new Upvoted(3, 4)]);
        (await bed.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from seen_papers", null, default)).ShouldBe(3);
    }

    [Theory]
    [InlineData("Auto", false)]
    [InlineData("Off", true)]
    public async Task A_result_that_the_reader_had_weeks_ago_under_another_title_does_not_come_again(string embeddings, bool comes)
    {
        var bed = await DigestTestBed.OpenAsync(apps, ("Relevance__Embeddings", embeddings));
        var former = await bed.AddPaperAsync("Cheaper networks", listedOn: DigestTestBed.Today.PlusDays(-40));
        var again = await bed.AddPaperAsync("Pruning networks for less money");
        await bed.AddPaperAsync("Pruning robots");
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.ExecuteAsync(
            """
            insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, papers)
            values (@reader, @day, @at, 'queued', @at, array[@former])
            """,
            new { reader, former, day = DigestTestBed.Today.PlusDays(-39).ToDateOnly(), at = DigestTestBed.Hour - Duration.FromDays(39) },
            default);
        await bed.Database.ExecuteAsync("insert into similar_papers (paper_id, similar_id, closeness) values (@again, @former, 0.97)", new { again, former }, default);

        await bed.TickAsync();

        (await bed.TitlesAsync(reader)).Contains("Pruning networks for less money").ShouldBe(comes);
        (await bed.TitlesAsync(reader)).ShouldContain("Pruning robots");
    }

    [Fact]
    public async Task What_is_near_to_a_topic_accompanies_its_papers_and_alone_makes_no_digest()
    {
        const string Body = "Scores of magnitude decide which weights are removed; sparse masks make the trained network fast at inference.";
        var bed = await DigestTestBed.OpenAsync(apps);
        for (var i = 0; i < 60; i++)
            await bed.AddPaperAsync(
                i < 12 ? $"Pruning, part {i}" : $"Robots, part {i}", 0, DigestTestBed.Today.PlusDays(-40), i < 12 ? Body : "A gripper folds laundry and opens doors.");
        var near = await bed.AddPaperAsync("Fast inference with sparse masks", 0, text: Body.Replace("removed", "dropped", StringComparison.Ordinal));
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");

        await bed.TickAsync();
        (await bed.OutcomeAsync(reader)).ShouldBe("empty");
        await bed.AddPaperAsync("Pruning at last", 0, DigestTestBed.Today.PlusDays(1), Body);
        await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(1));

        (await bed.TitlesAsync(reader, DigestTestBed.Today.PlusDays(1))).ShouldBe(["Pruning at last", "Fast inference with sparse masks"]);
        var account = await ExplainAsync(bed, DigestTestBed.Today.PlusDays(1));
        account.Items[1].Paper.ShouldBe(near);
        account.Items[1].Reasons[0].ShouldBeOfType<NearTopic>().Topic.ShouldBe("pruning");
    }

    [Fact]
    public async Task What_is_close_to_what_a_reader_meant_makes_a_digest_that_says_so_where_no_paper_holds_the_words()
    {
        var bed = await DigestTestBed.OpenAsync(apps, ("Relevance__Embeddings", "Auto"));
        await bed.AddPaperAsync("Sparse attention for fast serving", 0, text: "It is tried on data. We reduce the inference cost of transformer models by dropping attention heads.");
        await bed.AddPaperAsync("Catalysts for ammonia", 0, text: "Iron catalysts are studied under pressure.");
        var reader = await bed.AddReaderAsync("ada@reader.example");
        await bed.AddOwnQueryAsync(reader, "making transformers cheaper at inference");
        await bed.Service<EmbeddingRound>().RunAsync(10, null, default);

        await bed.TickAsync();

        (await bed.OutcomeAsync(reader)).ShouldBe("queued");
        (await bed.TitlesAsync(reader))[0].ShouldBe("Sparse attention for fast serving");
        var account = await ExplainAsync(bed, DigestTestBed.Today);
        account.Items[0].Reasons[0].ShouldBe(new CloseInMeaning(
            "making transformers cheaper at inference", "We reduce the inference cost of transformer models by dropping attention heads."));
        DigestService.Mails.Languages.Language.All.Select(language => language.Say([account.Items[0].Reasons[0]], DigestTestBed.Today, DigestService.Mails.Languages.DigestSpan.Day).Single()).ShouldAllBe(
            reason => reason.Contains("making transformers cheaper at inference", StringComparison.Ordinal) && reason.Contains("dropping attention heads", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("skip", "empty", 0)]
    [InlineData("note", "queued", 1)]
    [InlineData("trending", "queued", 1)]
    public async Task A_day_without_news_follows_the_readers_rule_and_says_why(string rule, string outcome, int mails)
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Robots that fold laundry", upvotes: 400);
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.ExecuteAsync("update subscribers set empty_day = @rule", new { rule }, default);

        await bed.TickAsync();

        (await bed.OutcomeAsync(reader)).ShouldBe(outcome);
        (await bed.MailsAsync()).ShouldBe(mails);
        var account = await ExplainAsync(bed, DigestTestBed.Today);
        account.Reasons[0].ShouldBe("Nothing today because none of the papers of these days (1) matches the reader's topics.");
        account.Items.Select(item => item.Title).Concat(account.Cut.Select(cut => $"{cut.Title}: {cut.Reason}")).ShouldBe(
            [rule == "trending" ? "Robots that fold laundry" : "Robots that fold laundry: it would only have accompanied papers on your topics, and there were none"]);
    }

    [Fact]
    public async Task A_reader_without_topics_is_told_what_became_of_the_days_papers_and_nothing_of_topics()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddReaderAsync("ada@reader.example");
        await bed.TickAsync();
        await bed.AddPaperAsync("Robots that fold laundry");
        await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(1));
        await bed.EndMailsAsync("sent");

        await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(2));

        (await ExplainAsync(bed, DigestTestBed.Today)).Reasons[0].ShouldBe("Nothing today because there are no papers of these days.");
        (await ExplainAsync(bed, DigestTestBed.Today.PlusDays(2))).Reasons[0].ShouldBe("Nothing today because all papers of these days (1) were cut: 1 × sent to you before.");
    }

    [Theory]
    [InlineData(0, "The 2 newest papers.", "The newest")]
    [InlineData(9, "The 2 papers most talked about today.", "Trending now")]
    public async Task A_reader_without_topics_gets_the_newest_where_no_source_counts_votes_and_the_mail_says_so(int upvotes, string summary, string heading)
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Robots that fold laundry", upvotes, DigestTestBed.Today.PlusDays(-1), createdAt: DigestTestBed.Hour - Duration.FromHours(30));
        await bed.AddPaperAsync("Proteins from noise", upvotes);
        var reader = await bed.AddReaderAsync("ada@reader.example");
        EmailAddress.TryParse("ada@reader.example", out var address).ShouldBeTrue();

        var preview = await bed.Service<DigestPreview>().PreviewAsync(address, DigestTestBed.Hour, default);
        await bed.TickAsync();

        (await bed.TitlesAsync(reader)).ShouldBe(["Proteins from noise", "Robots that fold laundry"]);
        preview.Mail.Text.ShouldContain(summary);
        preview.Mail.Text.ShouldContain(heading);
    }

    [Fact]
    public async Task A_quiet_day_of_who_follows_authors_says_what_became_of_their_papers()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Proteins from noise", author: "Emmy Noether");
        await bed.AddOwnQueryAsync(await bed.AddReaderAsync("ada@reader.example"), "author:Noether");
        await bed.TickAsync();
        await bed.EndMailsAsync("sent");

        await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(1));

        (await ExplainAsync(bed, DigestTestBed.Today.PlusDays(1))).Reasons[0].ShouldBe("Nothing today because all papers on the reader's topics (1) were cut: 1 × sent to you before.");
    }

    [Theory]
    [InlineData("0.05", "1 × holds “amber”, which you muted; 1 × holds “birch”, which you muted; 1 × holds “cedar”, which you muted; 2 × for other reasons")]
    [InlineData("0.99", "3 × its score is under the minimum; 1 × holds “amber”, which you muted; 1 × holds “birch”, which you muted; 3 × for other reasons")]
    public async Task The_account_of_a_quiet_day_adds_up(string minimum, string cut)
    {
        var bed = await DigestTestBed.OpenAsync(apps, ("Digest__MinimumScore", minimum));
        foreach (var word in (string[])["amber", "birch", "cedar", "dahlia", "elder"])
            await bed.AddPaperAsync($"Pruning {word}");
        if (minimum == "0.99")
            foreach (var upvotes in (int[])[1, 3, 9])
                await bed.AddPaperAsync($"Pruning number {upvotes}", upvotes);
        await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.ExecuteAsync("update subscribers set muted_words = '{amber,birch,cedar,dahlia,elder}'", null, default);

        await bed.TickAsync();

        (await ExplainAsync(bed, DigestTestBed.Today)).Reasons[0].ShouldBe($"Nothing today because all papers on the reader's topics ({(minimum == "0.99" ? 8 : 5)}) were cut: {cut}.");
    }

    [Fact]
    public async Task A_quiet_day_counts_neither_papers_of_muted_topics_as_the_readers_nor_those_that_were_not_looked_at()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Robots that fold laundry");
        await bed.AddPaperAsync("Robots of ten days ago", listedOn: DigestTestBed.Today.PlusDays(-10));
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.AddOwnQueryAsync(reader, "robots", muted: true);

        await bed.TickAsync();

        var account = await ExplainAsync(bed, DigestTestBed.Today);
        account.Reasons[0].ShouldBe("Nothing today because none of the papers of these days (1) matches the reader's topics.");
        account.Cut.ShouldHaveSingleItem().Reason.ShouldBe("belongs to robots, which you muted");
    }

    [Fact]
    public async Task A_paper_by_an_author_the_reader_follows_says_so_and_a_muted_author_is_not_followed()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Proteins from noise", author: "Emmy Noether");
        await bed.AddPaperAsync("Robots that fold laundry", author: "Rózsa Péter");
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.AddOwnQueryAsync(reader, "author:\"Noether, Emmy\"");
        await bed.AddOwnQueryAsync(reader, "author:Péter", muted: true);

        await bed.TickAsync();

        var entry = (await ExplainAsync(bed, DigestTestBed.Today)).Items.ShouldHaveSingleItem();
        entry.Title.ShouldBe("Proteins from noise");
        entry.Reasons.ShouldContain(new FollowedAuthor("Emmy Noether"));
    }

    [Fact]
    public async Task The_ledger_says_what_was_cut_and_for_which_reason()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        await bed.AddPaperAsync("Pruning robots of blockchain");
        await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.ExecuteAsync("update subscribers set muted_words = '{blockchain}'", null, default);

        await bed.TickAsync();

        var account = await ExplainAsync(bed, DigestTestBed.Today);
        account.Outcome.ShouldBe("queued");
        account.Items.Select(item => item.Title).ShouldBe(["Pruning networks early"]);
        account.Cut.ShouldHaveSingleItem().Reason.ShouldBe("holds “blockchain”, which you muted");
    }

    [Fact]
    public async Task The_ledger_names_every_paper_on_the_readers_topics_and_counts_all_that_was_cut()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        for (var i = 0; i < 120; i++)
            await bed.AddPaperAsync($"Pruning networks, part {i}", upvotes: i % 7, text: string.Join(' ', Enumerable.Range(0, 30).Select(word => $"w{i}x{word}")));
        for (var i = 0; i < 60; i++)
            await bed.AddPaperAsync($"Robots, part {i}", upvotes: 900 + i, text: string.Join(' ', Enumerable.Range(0, 30).Select(word => $"r{i}x{word}")));
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");

        await bed.TickAsync();

        var account = await ExplainAsync(bed, DigestTestBed.Today);
        var sent = (await bed.TitlesAsync(reader)).ToHashSet();
        account.Cut.Where(cut => cut.Title!.StartsWith("Pruning", StringComparison.Ordinal)).Select(cut => cut.Title).Concat(sent)
            .Where(title => title!.StartsWith("Pruning", StringComparison.Ordinal)).Distinct().Count().ShouldBe(120);
        account.Cut.TakeWhile(cut => cut.Title!.StartsWith("Pruning", StringComparison.Ordinal)).Count().ShouldBe(120 - sent.Count(title => title.StartsWith("Pruning", StringComparison.Ordinal)));
        account.CutCounts.Values.Sum().ShouldBe(account.Candidates - sent.Count);
        account.CutCounts.ShouldContainKey("the page was full");
        account.Cut.Where(cut => !cut.Title!.StartsWith("Pruning", StringComparison.Ordinal)).Count().ShouldBeLessThanOrEqualTo(30);
    }

    [Fact]
    public async Task A_day_for_which_nothing_was_planned_is_explained_too()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddReaderAsync("ada@reader.example", "pruning");

        var account = await ExplainAsync(bed, DigestTestBed.Today.PlusDays(-7));

        account.Outcome.ShouldBe("none");
        account.Reasons.ShouldHaveSingleItem().ShouldBe("The reader confirmed on 2026-03-03, after that day.");
        (await ExplainAsync(bed, DigestTestBed.Today.PlusDays(7))).Reasons.ShouldHaveSingleItem().ShouldBe("The digest of 2026-03-04 is due; the planner has not run since.");
    }

    [Fact]
    public async Task A_reader_who_left_between_planning_and_composing_gets_nothing()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.PlanAsync();
        await bed.Database.ExecuteAsync("update subscribers set state = 'unsubscribed'", null, default);

        await bed.TickAsync();

        (await bed.OutcomeAsync(reader)).ShouldBe("suppressed");
        (await bed.MailsAsync()).ShouldBe(0);
        (await ExplainAsync(bed, DigestTestBed.Today)).Reasons.ShouldBe(["The reader had left or paused by the time the digest was due."]);
    }

    [Fact]
    public async Task A_failed_source_delays_digests_for_the_set_time_and_the_ledger_says_so()
    {
        var bed = await DigestTestBed.OpenAsync(
            apps, ("Digest__WaitForSources", "02:00"), ("Sources__HuggingFace__Enabled", "true"));
        await bed.AddPaperAsync("Pruning networks early");
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.ExecuteAsync(
            """
            insert into source_runs (source, started_at, finished_at, outcome)
            values (@source, @well, @well, 'done'), (@source, @failed, @failed, 'failed')
            """,
            new { source = SourceAuthority.HuggingFace, well = DigestTestBed.Hour - Duration.FromHours(4), failed = DigestTestBed.Hour - Duration.FromHours(1) },
            default);

        await bed.TickAsync(DigestTestBed.Hour + Duration.FromMinutes(119));
        (await bed.OutcomeAsync(reader)).ShouldBe("planned");
        await bed.TickAsync(DigestTestBed.Hour + Duration.FromHours(2));

        (await bed.OutcomeAsync(reader)).ShouldBe("queued");
        var account = await ExplainAsync(bed, DigestTestBed.Today);
        account.Reasons.ShouldContain("A source had failed by then; after the wait the digest was made with what there was.");
    }

    [Fact]
    public async Task A_preview_shows_the_digest_that_waits_for_a_source()
    {
        var bed = await DigestTestBed.OpenAsync(apps, ("Digest__WaitForSources", "02:00"));
        await bed.AddPaperAsync("Pruning networks early", listedOn: DigestTestBed.Today.PlusDays(-6));
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        EmailAddress.TryParse("ada@reader.example", out var address).ShouldBeTrue();
        await bed.PlanAsync();

        var preview = await bed.Service<DigestPreview>().PreviewAsync(address, DigestTestBed.Hour, default);
        await bed.TickAsync();

        preview.Selection.Subscriber.DigestOn.ShouldBe(DigestTestBed.Today);
        preview.Selection.Entries.Select(entry => entry.Candidate.Title).ShouldBe(await bed.TitlesAsync(reader));
    }

    [Fact]
    public async Task A_suppressed_address_is_not_composed_for()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.Database.InTransactionAsync(
            connection => bed.Service<SuppressionList>().AddAsync(
                connection, "ada@reader.example", "complained", null, DigestTestBed.Hour, default),
            default);

        (await ExplainAsync(bed, DigestTestBed.Today)).Reasons.ShouldBe(
            ["The digest of 2026-03-04 is due; the planner has not run since.", OperatorSuppressions.Sentence("complained")]);
        await bed.TickAsync();

        (await bed.OutcomeAsync(reader)).ShouldBe("suppressed");
        (await bed.MailsAsync()).ShouldBe(0);
        (await ExplainAsync(bed, DigestTestBed.Today)).Reasons.ShouldBe(["The address was suppressed by the time the digest was due: complained."]);
    }

    [Fact]
    public async Task Several_processes_composing_at_once_write_each_digest_once()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        const int Readers = 40;
        for (var i = 0; i < Readers; i++)
            await bed.AddReaderAsync($"reader{i}@reader.example", "pruning");

        var ticks = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => bed.TickAsync()));

        ticks.Sum(tick => tick.Composed.Queued).ShouldBe(Readers);
        (await bed.MailsAsync()).ShouldBe(Readers);
    }

    [Fact]
    public async Task A_preview_changes_nothing_and_shows_what_will_be_sent()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        EmailAddress.TryParse("ada@reader.example", out var address).ShouldBeTrue();

        var preview = await bed.Service<DigestPreview>().PreviewAsync(address, DigestTestBed.Hour, default);

        (await bed.OutcomeAsync(reader)).ShouldBeNull();
        await bed.TickAsync();
        (await bed.TitlesAsync(reader)).ShouldBe(preview.Selection.Entries.Select(entry => entry.Candidate.Title));
    }

    private static Task<DigestAccount> ExplainAsync(DigestTestBed bed, LocalDate day)
    {
        EmailAddress.TryParse("ada@reader.example", out var address).ShouldBeTrue();
        return bed.Service<DigestLedger>().ExplainAsync(address, day, DigestTestBed.Hour, default);
    }

    private static async Task<ComposedCounts> ComposeAsync(DigestTestBed bed, NpgsqlConnection connection, Instant now) => await bed.Service<DigestBatch>().ComposeAsync(
        connection,
        await bed.Service<CandidatePool.Loader>().OpenAsync(now, default),
        new ComposingRun { Now = now, WaitedSince = now, ReadyDays = new HashSet<LocalDate> { now.InUtc().Date }, IsAllReady = true },
        10,
        default);
}
