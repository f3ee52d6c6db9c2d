using DigestService.Relevance;
using DigestService.Relevance.Taste;

namespace DigestService.Tests.Relevance;

public sealed class TasteTests
{
    private static readonly string[] Proteins = ["Protein folding with diffusion", "Protein structure prediction", "Folding proteins from sequence", "Protein design by diffusion"];
    private static readonly string[] Prompts = ["Prompt tuning for language models", "Soft prompt tuning", "Prompt compression for language models", "Prompt tuning at scale"];
    private static readonly string[] Others = ["Radar imaging of ships", "Speech recognition in noise", "Ship detection from radar", "Noise in speech codecs"];
    private static readonly IndexedPaper[] Papers = [.. Proteins.Concat(Prompts).Concat(Others).Select((title, i) => Paper(i + 1, title))];

    [Fact]
    public void Two_interests_are_served_side_by_side()
    {
        var profile = Model().ProfileOf(1, [Papers[0], Papers[1], Papers[4], Papers[5]], [])!;

        profile.Interests.ShouldBe(2);
        var unrelated = Papers[8..].Max(p => profile.Judge(p).Score);
        profile.Judge(Papers[2]).Score.ShouldBeGreaterThan(unrelated + 0.1);
        profile.Judge(Papers[6]).Score.ShouldBeGreaterThan(unrelated + 0.1);
    }

    [Fact]
    public void The_liked_paper_it_resembles_is_named_and_none_where_nothing_is_shared()
    {
        var profile = Model().ProfileOf(1, [Papers[0], Papers[4]], [])!;

        profile.Judge(Papers[3]).FindResembled()!.Title.ShouldBe("Protein folding with diffusion");
        profile.Judge(Papers[8]).FindResembled().ShouldBeNull();
    }

    [Fact]
    public void Less_like_this_lowers_what_resembles_it()
    {
        var profile = Model().ProfileOf(1, [Papers[0]], [Papers[4]])!;

        profile.Judge(Papers[7]).Score.ShouldBeLessThan(0);
        profile.Judge(Papers[1]).Score.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Readers_of_like_taste_vouch_for_a_paper_that_shares_no_word()
    {
        var likes = Enumerable.Range(2, 6).ToDictionary(reader => (long)reader, _ => new long[] { 1, 2, 9 });
        var profile = Model(likes).ProfileOf(1, [Papers[0], Papers[1]], [])!;

        var verdict = profile.Judge(Papers[8]);

        verdict.Score.ShouldBeGreaterThan(profile.Judge(Papers[10]).Score);
        verdict.IsVouchedFor.ShouldBeTrue();
        profile.Judge(Papers[9]).IsVouchedFor.ShouldBeFalse();
    }

    [Fact]
    public void Without_an_opinion_there_is_no_profile_and_a_liked_paper_may_be_older_than_the_newest()
    {
        var model = Model();

        model.ProfileOf(1, [], []).ShouldBeNull();
        model.ProfileOf(1, [Paper(500, "Protein folding long ago")], [])!.Judge(Papers[2]).Score.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_library_hides_what_its_other_half_leads_to()
    {
        var space = new ContentSpace(Papers.Select(p => new ItemContent(p.Text.Title, null, [])));

        var ranked = new TasteRanker(space, null).Rank([0, 1], null, 2);

        ranked.ShouldBe([2, 3], ignoreOrder: true);
    }

    private static TasteModel Model(Dictionary<long, long[]>? likes = null) => new(Papers, likes ?? []);

    private static IndexedPaper Paper(long id, string title) => IndexedPaper.Of(new PaperText { Id = id, Title = title });
}
