using System.Text;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Digests;

/// <summary>A digest that never arrived is no memory of what its reader has had.</summary>
public sealed class UndeliveredTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private static readonly LocalDate Tomorrow = DigestTestBed.Today.PlusDays(1);

    [Theory]
    [InlineData("failed", "550 5.7.1 Blocked", true)]
    [InlineData("suppressed", null, true)]
    [InlineData("sent", "250 OK", false)]
    [InlineData("unknown", "No answer after the dot.", false)]
    public async Task Papers_come_again_where_their_mail_never_arrived_and_only_there(string state, string? reply, bool comeAgain)
    {
        var bed = await OpenAsync();
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.TickAsync();
        await bed.EndMailsAsync(state, reply);

        await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(1));

        (await bed.TitlesAsync(reader, Tomorrow)).Contains("Pruning networks early").ShouldBe(comeAgain);
        (await bed.TitlesAsync(reader, Tomorrow)).ShouldContain("Pruning networks late");
    }

    [Theory]
    [InlineData("failed", true)]
    [InlineData("sent", false)]
    public async Task After_a_first_digest_that_never_arrived_the_next_one_is_the_first(string state, bool isFirst)
    {
        var bed = await OpenAsync();
        await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.TickAsync();
        await bed.EndMailsAsync(state, "a reply");

        await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(1));

        var mail = Encoding.UTF8.GetString((await StoredMail.LatestAsync(bed.Database)).ShouldNotBeNull());
        mail.Replace("=\r\n", "", StringComparison.Ordinal).Contains("this is your first digest", StringComparison.Ordinal).ShouldBe(isFirst);
    }

    [Theory]
    [InlineData("failed", "550 5.7.1 Blocked", "It was queued, then failed: 550 5.7.1 Blocked")]
    [InlineData("suppressed", null, "It was queued, then suppressed: no reason is known.")]
    public async Task Why_says_what_became_of_the_mail_before_and_after_its_papers_are_given_back(string state, string? reply, string said)
    {
        var bed = await OpenAsync();
        await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.TickAsync();
        await bed.EndMailsAsync(state, reply);

        var before = await ExplainAsync(bed);
        await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(1));
        var after = await ExplainAsync(bed);

        (before.Outcome, after.Outcome).ShouldBe(("queued", "queued"));
        before.Reasons.ShouldBe([said]);
        after.Reasons.ShouldBe([said, "It never arrived, so its papers may come again."]);
        var text = new StringWriter();
        after.Write(text);
        text.ToString().ShouldContain($"queued, then {state}: ");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_preview_shows_the_papers_that_come_again_and_gives_nothing_back(bool isRefused)
    {
        var bed = await OpenAsync();
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.TickAsync();
        // Without a relay it waits until the next digest makes it too late.
        if (isRefused)
            await bed.EndMailsAsync("failed", "550 No");
        EmailAddress.TryParse("ada@reader.example", out var address).ShouldBeTrue();

        var preview = await bed.Service<DigestPreview>().PreviewAsync(address, DigestTestBed.Hour + Duration.FromDays(1), default);

        preview.Selection.Entries.ShouldContain(entry => entry.Candidate.Title == "Pruning networks early");
        (await bed.OutcomeAsync(reader)).ShouldBe("queued");
        (await bed.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from seen_papers", null, default)).ShouldBe(1);
        (await bed.Database.QuerySingleOrDefaultAsync<string>("select state from deliveries", null, default)).ShouldBe(isRefused ? "failed" : "queued");
        await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(1));
        (await bed.TitlesAsync(reader, Tomorrow)).ShouldBe(preview.Selection.Entries.Select(entry => entry.Candidate.Title));
    }

    [Fact]
    public async Task A_mail_whose_papers_were_given_back_can_not_be_sent_again_beside_them()
    {
        var bed = await OpenAsync();
        await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.TickAsync();
        await bed.EndMailsAsync("failed", "550 No");

        await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(1));

        (await bed.Database.QueryAsync<string>("select state || (message is null) from deliveries order by id", null, default))
            .ShouldBe(["failedtrue", "queuedfalse"]);
    }

    [Fact]
    public async Task A_mail_that_the_operator_tries_again_while_the_next_digest_is_composed_keeps_its_papers()
    {
        var bed = await OpenAsync();
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.TickAsync();
        await bed.EndMailsAsync("failed", "550 No");
        Task composing = Task.CompletedTask;

        await bed.Database.InTransactionAsync(
            async connection =>
            {
                await connection.ExecuteAsync(
                    "update deliveries set state = 'queued', next_attempt_at = created_at, finished_at = null where state = 'failed'", null, default);
                composing = bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(1));
                await bed.Database.EndsOrWaitsAsync(composing);
            },
            default);
        await composing;

        (await bed.TitlesAsync(reader, Tomorrow)).ShouldBe(["Pruning networks late"]);
        (await bed.Database.QueryAsync<string>("select outcome from digests order by digest_on", null, default)).ShouldBe(["queued", "queued"]);
    }

    [Fact]
    public async Task After_two_days_without_a_relay_the_third_brings_what_was_missed()
    {
        var bed = await OpenAsync();
        var reader = await bed.AddReaderAsync("ada@reader.example", "pruning");
        await bed.TickAsync();
        await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(1));
        await bed.AddPaperAsync("Pruning networks at last", listedOn: Tomorrow.PlusDays(1));

        await bed.TickAsync(DigestTestBed.Hour + Duration.FromDays(2));

        (await bed.TitlesAsync(reader, Tomorrow.PlusDays(1))).ShouldBe(
            ["Pruning networks at last", "Pruning networks early", "Pruning networks late"], ignoreOrder: true);
    }

    private async Task<DigestTestBed> OpenAsync()
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        await bed.AddPaperAsync("Pruning networks early");
        await bed.AddPaperAsync("Pruning networks late", listedOn: Tomorrow);
        return bed;
    }

    private static Task<DigestAccount> ExplainAsync(DigestTestBed bed)
    {
        EmailAddress.TryParse("ada@reader.example", out var address).ShouldBeTrue();
        return bed.Service<DigestLedger>().ExplainAsync(address, DigestTestBed.Today, DigestTestBed.Hour, default);
    }
}
