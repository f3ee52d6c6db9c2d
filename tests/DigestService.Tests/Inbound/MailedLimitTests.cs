using DigestService.Subscribers.Pages.Words;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Inbound;

/// <summary>By mail a reader may have as much as on the web, at the sign-up too, and is told which limit was met.</summary>
public sealed class MailedLimitTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@reader.example";

    [Theory]
    [InlineData("en")]
    [InlineData("de")]
    public async Task A_sign_up_with_too_many_queries_takes_the_first_ten_and_a_mail_names_the_limit(string language)
    {
        var bed = await InboundTestBed.OpenAsync(apps);

        (await bed.WriteAsync(Ada, "subscribe pruning", $"language {language}\n" + Lines(12, i => $"query private{i}"))).Action.ShouldBe("confirmation_sent");

        (await bed.ValueAsync("select count(*) filter (where text is not null) || ' ' || count(*) filter (where topic_id is not null) from preferences")).ShouldBe("10 1");
        (await bed.KindsToAsync(Ada)).ShouldBe(["confirmation", "answer"]);
        await bed.ShouldSayAsync(Ada, ReaderWords.Of(language).TooManyQueries(10));
        (await bed.LatestToAsync(Ada)).BodyText().ShouldNotContain("private");
    }

    [Fact]
    public async Task A_sign_up_within_the_limits_brings_the_confirmation_alone()
    {
        var bed = await InboundTestBed.OpenAsync(apps);

        await bed.WriteAsync(Ada, "subscribe", Lines(10, i => $"query words{i}") + "\nadd pruning, robots, proteins\nquery words1");

        (await bed.ValueAsync("select count(*)::text from preferences")).ShouldBe("13");
        (await bed.KindsToAsync(Ada)).ShouldBe(["confirmation"]);
    }

    [Fact]
    public async Task At_a_sign_up_thirty_authors_are_followed_and_no_more()
    {
        var bed = await InboundTestBed.OpenAsync(apps);

        await bed.WriteAsync(Ada, "subscribe", Lines(33, i => $"query author:\"Ada Lovelace{i}\""));

        (await bed.ValueAsync("select count(*)::text from preferences")).ShouldBe("30");
        await bed.ShouldSayAsync(Ada, ReaderWords.Of("en").TooManyAuthors(30));
    }

    [Fact]
    public async Task The_eleventh_query_of_a_reader_is_refused_by_mail_with_the_limit_and_the_tenth_is_not()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);

        await bed.WriteAsync(Ada, "", Lines(11, i => $"query words{i}"), replyTo);

        (await bed.ValueAsync("select count(*)::text from preferences where text is not null")).ShouldBe("10");
        await bed.ShouldSayAsync(Ada, ReaderWords.Of("en").TooManyQueries(10));
    }

    [Theory]
    [InlineData(60, 1, null)]
    [InlineData(110, 1, null)]
    [InlineData(260, 0, "1000")]
    public async Task A_query_by_mail_may_be_as_long_as_on_the_web_and_is_told_where_it_gets_too_long(int times, int stored, string? says)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);

        await bed.WriteAsync(Ada, "", $"query \"{string.Join(' ', Enumerable.Repeat("net", times))}\"", replyTo);

        (await bed.ValueAsync("select count(*)::text from preferences where text is not null")).ShouldBe($"{stored}");
        if (says is not null)
            await bed.ShouldSayAsync(Ada, says);
    }

    [Fact]
    public async Task A_long_sentence_that_begins_with_the_word_for_a_query_is_none()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);

        await bed.WriteAsync(Ada, "max 5", "Query was what I wanted to ask you about " + string.Join(' ', Enumerable.Repeat("as well", 30)), replyTo);

        (await bed.ValueAsync("select count(*)::text from preferences where text is not null")).ShouldBe("0");
    }

    private static string Lines(int count, Func<int, string> line) => string.Join('\n', Enumerable.Range(1, count).Select(line));
}
