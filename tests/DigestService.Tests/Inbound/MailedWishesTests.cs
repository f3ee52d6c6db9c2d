using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Inbound;

/// <summary>What mailed commands do to what a reader follows.</summary>
public sealed class MailedWishesTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Reader = "ada@reader.example";

    private const string Held = """
        select string_agg(coalesce(t.slug, p.text) || case when p.muted then ' muted' else '' end, ', ' order by coalesce(t.slug, p.text))
        from preferences p
        left join topics t on t.id = p.topic_id
        """;

    [Theory]
    [InlineData("del robots", "cat:cs.LG, proteins muted, pruning, sparse nets")]
    [InlineData("remove cs.LG", "proteins muted, pruning, robots, sparse nets")]
    [InlineData("del sparse nets", "cat:cs.LG, proteins muted, pruning, robots")]
    [InlineData("del Proteins", "cat:cs.LG, pruning, robots, sparse nets")]
    [InlineData("unfollow robots and pruning", "cat:cs.LG, proteins muted, sparse nets")]
    [InlineData("del nothing of hers", "cat:cs.LG, proteins muted, pruning, robots, sparse nets")]
    public async Task What_a_reader_deletes_by_mail_is_gone_and_all_else_stays(string command, string left)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Reader);
        await MuteTopicAsync(bed, "proteins");
        await bed.WriteAsync(Reader, "", "add cs.LG\nquery sparse nets", replyTo);
        (await bed.ValueAsync(Held)).ShouldBe("cat:cs.LG, proteins muted, pruning, robots, sparse nets");
        bed.Advance(Duration.FromHours(2));

        (await bed.WriteAsync(Reader, "", command, replyTo)).Action.ShouldBe("done");

        (await bed.ValueAsync(Held)).ShouldBe(left);
    }

    [Fact]
    public async Task A_phrase_stays_one_and_its_marks_stay_with_what_is_unwanted_beside_it()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Reader);

        await bed.WriteAsync(Reader, "", "add \"flow matching\" -survey\nadd “state space”, \"robots\"\nadd author:\"Yejin Choi\"", replyTo);

        (await bed.ValueAsync("select string_agg(q.canonical, ' | ' order by q.canonical) from preferences p join queries q on q.id = p.query_id where p.text is not null"))
            .ShouldBe("\"flow matching\" -survey | \"state space\" | author:\"yejin choi\"");
    }

    [Fact]
    public async Task A_query_that_was_stored_when_it_was_read_otherwise_is_followed_once()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Reader);
        await bed.WriteAsync(Reader, "", "query CLIP", replyTo);
        await bed.ValueAsync("update queries set canonical = 'clip' where canonical = 'CLIP'");

        await bed.WriteAsync(Reader, "", "add CLIP\nadd sparse nets", replyTo);

        (await bed.ValueAsync(Held)).ShouldBe("CLIP, pruning, robots, sparse nets");
        (await bed.ValueAsync("select q.canonical from preferences p join queries q on q.id = p.query_id where p.text = 'CLIP'")).ShouldBe("CLIP");
    }

    [Fact]
    public async Task The_answer_to_del_names_what_the_reader_still_follows()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Reader);

        await bed.WriteAsync(Reader, "", "del robots\ndel nothing of hers\nstatus", replyTo);

        var status = (await bed.LatestToAsync(Reader)).BodyText().Split("status:")[1].ReplaceLineEndings("\n").Split("\n\n")[0];
        status.ShouldContain("runing");
        status.ShouldNotContain("obot");
        await bed.ShouldSayAsync(Reader, "del nothing of hers: This was not done. Your topics: pruning");
    }

    [Fact]
    public async Task Adding_a_topic_that_was_muted_follows_it_and_deleting_it_leaves_neither()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Reader);
        await MuteTopicAsync(bed, "proteins");

        await bed.WriteAsync(Reader, "", "add proteins\nmute robots", replyTo);
        (await bed.ValueAsync(Held)).ShouldBe("proteins, pruning, robots");
        (await bed.ColumnAsync(Reader, "array_to_string(muted_words, ',')")).ShouldBe("robots");
        bed.Advance(Duration.FromHours(2));
        await bed.WriteAsync(Reader, "", "del proteins", replyTo);

        (await bed.ValueAsync(Held)).ShouldBe("pruning, robots");
    }

    [Theory]
    [InlineData("subscribe", "add cs.AI\nadd robots", "cat:cs.AI, robots")]
    [InlineData("subscribe robots", "", "robots")]
    [InlineData("subscribe", "query sparse nets", "sparse nets")]
    [InlineData("subscribe", "", "cat:cs.LG, pruning")]
    public async Task A_sign_up_whose_first_one_ran_out_replaces_what_the_first_asked_for(string subject, string text, string held)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.WriteAsync(Reader, "subscribe pruning", "add cs.LG");
        (await bed.ValueAsync(Held)).ShouldBe("cat:cs.LG, pruning");
        bed.Advance(Duration.FromDays(8));

        (await bed.WriteAsync(Reader, subject, text)).Action.ShouldBe("confirmation_sent");

        (await bed.ValueAsync(Held)).ShouldBe(held);
    }

    [Theory]
    [InlineData("mute robots, drones", "hype|robots|drones")]
    [InlineData("mute \"robots, drones\"", "hype|robots drones")]
    [InlineData("mute “robots; drones”, war", "hype|robots drones|war")]
    public async Task A_list_of_muted_words_is_cut_at_its_commas_and_a_phrase_in_quotation_marks_is_not(string command, string muted)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Reader);
        await bed.Digests.Database.ExecuteAsync("update subscribers set muted_words = '{hype}'", null, default);

        await bed.WriteAsync(Reader, "", command, replyTo);

        (await bed.ColumnAsync(Reader, "array_to_string(muted_words, '|')")).ShouldBe(muted);
    }

    [Fact]
    public async Task A_muted_word_that_is_no_longer_understood_hinders_no_other()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Reader);
        await bed.Digests.Database.ExecuteAsync("update subscribers set muted_words = '{to be}'", null, default);

        await bed.WriteAsync(Reader, "", "mute robots", replyTo);

        (await bed.ColumnAsync(Reader, "array_to_string(muted_words, '|')")).ShouldBe("to be|robots");
    }

    private static Task MuteTopicAsync(InboundTestBed bed, string slug) => bed.Digests.Database.ExecuteAsync(
        "insert into preferences (subscriber_id, query_id, topic_id, muted) select s.id, t.query_id, t.id, true from subscribers s, topics t where t.slug = @slug", new { slug }, default);
}
