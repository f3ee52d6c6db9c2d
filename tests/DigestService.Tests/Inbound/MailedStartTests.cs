namespace DigestService.Tests.Inbound;

/// <summary>Starting from papers by mail.</summary>
public sealed class MailedStartTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Reader = "ada@reader.example";
    private const string Likes = "select string_agg(paper_id::text, ',' order by paper_id) from feedback where kind = 'like' and given_from = 'mail'";

    [Fact]
    public async Task Papers_named_in_the_lines_below_are_liked_and_the_answer_says_what_fits_them()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Reader);
        await bed.WriteAsync(Reader, "", "del pruning", replyTo);
        bed.Advance(NodaTime.Duration.FromHours(2));
        var (one, other) = (await bed.Digests.AddPaperAsync("Pruning of quokka bridges"), await bed.Digests.AddPaperAsync("Quokka bridges by pruning"));
        await bed.Digests.Database.ExecuteAsync(
            "insert into paper_keys (key, paper_id) values ('arxiv:2512.09363', @one), ('doi:10.1000/182', @other)", new { one, other }, default);

        (await bed.WriteAsync(Reader, "", "start\n2512.09363\nhttps://doi.org/10.1000/182\n2512.99999", replyTo)).Action.ShouldBe("done");

        (await bed.ValueAsync(Likes)).ShouldBe($"{one},{other}");
        foreach (var sentence in (string[])["Noted. Pruning of quokka bridges; Quokka bridges by pruning", "We did not find this in the catalogue: 2512.99999", "add pruning", "query \"quokka bridges\""])
            await bed.ShouldSayAsync(Reader, sentence);
    }

    [Fact]
    public async Task A_stranger_who_is_no_reader_likes_nothing_by_mail()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var paper = await bed.Digests.AddPaperAsync("Pruning of quokka bridges");
        await bed.Digests.Database.ExecuteAsync("insert into paper_keys (key, paper_id) values ('arxiv:2512.09363', @paper)", new { paper }, default);

        await bed.WriteAsync("eve@elsewhere.example", "", "start 2512.09363");

        (await bed.ValueAsync(Likes)).ShouldBeNull();
    }
}
