using DigestService.Papers;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Inbound;

/// <summary>Verdicts by number: many in one mail are given together.</summary>
public sealed class MailedVerdictTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@reader.example";
    private const string Given = "select string_agg(f.kind || ' ' || p.title, ', ' order by f.kind, p.title) from feedback f join papers p on p.id = f.paper_id";

    [Theory]
    [InlineData("+1 -2 +3", "less {1}, like {0}, like {2}")]
    [InlineData("+1 -1", "less {0}")]
    [InlineData("-1\nsave 1\n+1", "like {0}, save {0}")]
    [InlineData("+1 +1 save 1 save 1", "like {0}, save {0}")]
    [InlineData("+9 +2 -0 why 1", "like {1}")]
    [InlineData("+1\nmax 5\n-1", "less {0}")]
    public async Task Verdicts_count_once_and_of_opposite_ones_the_later(string text, string expected)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);
        var shown = await bed.ShownTitlesAsync(Ada);

        (await bed.WriteAsync(Ada, "Re: Pruning", text, replyTo)).Action.ShouldBe("done");

        (await bed.ValueAsync(Given)).ShouldBe(Sorted(string.Format(System.Globalization.CultureInfo.InvariantCulture, expected, [.. shown])));
    }

    [Fact]
    public async Task A_later_mail_takes_back_what_an_earlier_one_said()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);
        var shown = await bed.ShownTitlesAsync(Ada);

        await bed.WriteAsync(Ada, "Re:", "+1 +2", replyTo);
        await bed.WriteAsync(Ada, "Re:", "-1", replyTo);

        (await bed.ValueAsync(Given)).ShouldBe($"less {shown[0]}, like {shown[1]}");
    }

    [Fact]
    public async Task Numbers_stay_those_of_the_mail_after_one_of_its_papers_was_hidden()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.AddPaperAsync("Pruning three", upvotes: 0);
        await bed.Digests.Database.ExecuteAsync("alter table subscribers alter column frequency set default 'weekly', alter column weekly_on set default 3", null, default);
        var replyTo = await bed.DigestedAsync(Ada);
        var shown = await bed.ShownTitlesAsync(Ada);
        var fresh = shown.ToList().IndexOf("Pruning three") + 1;
        (fresh, shown.Count).ShouldBe((3, 5));
        var second = await bed.Digests.Database.QuerySingleOrDefaultAsync<long>("select id from papers where title = @title", new { title = shown[1] }, default);
        await bed.Digests.Service<HiddenPapers>().HideAsync(second, null, default);

        await bed.WriteAsync(Ada, "Re:", "+2 +4\nwhy 3", replyTo);

        (await bed.ValueAsync(Given)).ShouldBe($"like {shown[3]}");
        var answer = (await bed.LatestToAsync(Ada)).BodyText();
        answer.ShouldContain("This paper is no longer here.");
        answer.ShouldContain("new this week");
    }

    [Fact]
    public async Task Many_verdicts_in_one_mail_read_the_digest_once_and_are_written_down_by_one_statement()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Ada);
        using var seen = new SeenStatements(bed.Digests.Database);

        await bed.WriteAsync(Ada, "Re:", "+1 -2 +3\nsave 4\nwhy 1", replyTo);

        seen.Names.Count(name => name == "feedback.give").ShouldBe(1);
        seen.Names.Count(name => name == "digest_numbers.items").ShouldBe(1);
    }

    private static string Sorted(string list) => string.Join(", ", list.Split(", ").Order(StringComparer.Ordinal));
}
