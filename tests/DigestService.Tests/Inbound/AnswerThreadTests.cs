using System.Text;
using DigestService.Inbound.Reading;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Inbound;

/// <summary>An answer stands in the thread of the mail it answers, and takes nothing else from it.</summary>
public sealed class AnswerThreadTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task The_answer_to_a_reader_refers_to_the_whole_thread_and_keeps_its_subject()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync("ada@reader.example");

        await bed.WriteAsync("ada@reader.example", "Re: AW: 4 papers for you", "status", replyTo, "References: <one@papers.example>\r\n <two@mail.example>\r\nIn-Reply-To: <two@mail.example>\r\n");

        var answer = await bed.LatestToAsync("ada@reader.example");
        answer.Headers.First("Subject").ShouldBe("Re: 4 papers for you");
        var parent = answer.Headers.First("In-Reply-To")!;
        answer.Headers.First("References").ShouldBe($"<one@papers.example> <two@mail.example> {parent}");
    }

    [Fact]
    public async Task A_strangers_words_stand_in_no_answer()
    {
        var bed = await InboundTestBed.OpenAsync(apps);

        await bed.WriteAsync("bob@victim.example", "help", "buy cheap pills\n");
        var raw = await bed.LatestToAsync("bob@victim.example");

        raw.Headers.First("Subject").ShouldBe("Re: What became of your mail");
        raw.BodyText().ShouldNotContain("pills");
    }

    [Theory]
    [InlineData("<a@b.example>", "a@b.example")]
    [InlineData("<a@b.example> <c@d.example>", "a@b.example c@d.example")]
    [InlineData("<a@b.example> garbage <no at sign> <x\"y@z.example> <c@d.example>", "a@b.example c@d.example")]
    [InlineData("", "")]
    public void Only_identifiers_are_taken(string references, string expected) =>
        string.Join(' ', Read($"References: {references}\n")).ShouldBe(expected);

    [Fact]
    public void Of_many_the_first_and_the_last_are_kept_and_the_field_is_bounded()
    {
        var references = Read("References: " + string.Concat(Enumerable.Range(0, 500).Select(i => $"<{i}@b.example> ")) + "\nMessage-ID: <" + new string('x', 5000) + "@long.example>\n");

        references.Count.ShouldBe(10);
        references[0].ShouldBe("0@b.example");
        references.ShouldAllBe(id => id.Length <= 200);
    }

    [Theory]
    [InlineData("Youtu-Agent: Scaling Agent Productivity with Automated Generation and Hybrid… and 9 more papers")]
    [InlineData("MathCanvas: Intrinsic Visual Chain-of-Thought for Multimodal Mathematical… et 49 autres articles")]
    public void The_subject_of_a_digest_is_kept_whole(string subject) =>
        AnswerThread.ReplySubject("Re: " + subject).ShouldBe("Re: " + subject);

    [Fact]
    public void A_long_subject_is_cut_and_ends_in_one_ellipsis() =>
        AnswerThread.ReplySubject(new string('x', 158) + "… and so on").ShouldBe("Re: " + new string('x', 158) + "…");

    [Fact]
    public void A_single_parent_stands_in_for_missing_references() =>
        Read("In-Reply-To: <a@b.example>\nMessage-ID: <c@d.example>\n").ShouldBe(["a@b.example", "c@d.example"]);

    private static IReadOnlyList<string> Read(string headers) => InboundReader.Read(Encoding.UTF8.GetBytes($"From: ada@reader.example\nSubject: help\n{headers}\n")).References;
}
