using DigestService.Relevance;
using DigestService.Relevance.Search;
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

        profile.Judge(Papers[2]).Interests.ShouldBe(2);
        var unrelated = Papers[8..].Max(p => profile.Judge(p).Score);
        profile.Judge(Papers[2]).Score.ShouldBeGreaterThan(unrelated + 0.1);
        profile.Judge(Papers[6]).Score.ShouldBeGreaterThan(unrelated + 0.1);
    }

    [Fact]
    public void The_liked_paper_it_resembles_is_named_and_none_where_nothing_is_shared()
    {
        var profile = Model().ProfileOf(1, [Papers[0], Papers[4]], [])!;

        profile.Judge(Papers[3]).Resembled!.Title.ShouldBe("Protein folding with diffusion");
        profile.Judge(Papers[8]).Resembled.ShouldBeNull();
    }

    [Fact]
    public void A_paper_that_was_liked_itself_resembles_another_that_was_or_none()
    {
        Model().ProfileOf(1, [Papers[0], Papers[4]], [])!.Judge(Papers[0]).Resembled.ShouldBeNull();
        Model().ProfileOf(1, [Papers[0], Papers[3]], [])!.Judge(Papers[0]).Resembled!.Title.ShouldBe("Protein design by diffusion");
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
    public void Readers_who_share_no_paper_learn_from_those_whose_likes_read_alike()
    {
        var likes = Enumerable.Range(2, 6).ToDictionary(reader => (long)reader, reader => reader % 2 == 0 ? new long[] { 2, 4, 9 } : [5, 6, 11]);
        var profile = Model(likes).ProfileOf(1, [Papers[0], Papers[2]], [])!;

        profile.Judge(Papers[8]).Score.ShouldBeGreaterThan(profile.Judge(Papers[10]).Score + 0.01);
    }

    [Fact]
    public void Two_likes_shared_with_one_reader_say_more_than_one_shared_with_each_of_two()
    {
        var readers = new SimilarSubscribers([[0, 4, 8], [0, 5, 9], [1, 4, 9], [2, 6, 10], [3, 7, 10]], Space());

        var vouches = readers.VouchesFor([0, 4]);

        vouches.For(8).ShouldBeGreaterThan(vouches.For(9));
    }

    [Fact]
    public void A_reader_does_not_vouch_for_the_own_likes()
    {
        var readers = new SimilarSubscribers([[0, 8], [4, 9]], Space());

        readers.VouchesFor([0, 8], self: 0).For(8).ShouldBeLessThan(0);
        readers.VouchesFor([0, 8]).For(8).ShouldBeGreaterThan(0);
    }

    [Fact]
    public void What_nearly_everybody_likes_is_no_sign_of_one_readers_taste()
    {
        static float Word(int readers) =>
            new SimilarSubscribers([.. Enumerable.Repeat<int[]>([4, 5, 6, 7], readers), [0, 8], [1, 8]], Space()).VouchesFor([0, 4]).For(5);

        Word(20).ShouldBeGreaterThan(0);
        Word(200).ShouldBeLessThan(Word(20));
    }

    [Fact]
    public void A_fashion_of_all_readers_holds_a_paper_back_by_half_of_what_its_words_say_and_no_more()
    {
        var fashion = Enumerable.Range(2, 200).ToDictionary(reader => (long)reader, _ => new long[] { 5, 6, 7, 8 });
        fashion[300] = [1, 9];
        fashion[301] = [2, 9];

        var words = Model().ProfileOf(1, [Papers[0], Papers[4]], [])!.Judge(Papers[5]).Score;
        var held = Model(fashion).ProfileOf(1, [Papers[0], Papers[4]], [])!.Judge(Papers[5]).Score;

        held.ShouldBe(words / 2, 0.001);
    }

    [Fact]
    public void The_same_likes_learn_the_same_model()
    {
        int[][] likes = [[0, 1, 8], [4, 5, 9], [0, 2], [1, 4, 11]];

        var (one, other) = (new SimilarSubscribers(likes, Space()).VouchesFor([0, 5]), new SimilarSubscribers(likes, Space()).VouchesFor([0, 5]));

        Enumerable.Range(0, Papers.Length).Select(other.For).ShouldBe(Enumerable.Range(0, Papers.Length).Select(one.For));
    }

    [Fact]
    public void The_leading_directions_of_a_matrix_are_its_largest_eigenvalues_in_order()
    {
        double[] diagonal = [1, 9, 0.5, 4, .. Enumerable.Repeat(0.1, 40)];

        var (values, vectors) = TallMatrices.LeadingEigen(diagonal.Length, 3, matrix =>
            [.. matrix.Select((row, i) => row.Select(x => (float)(x * diagonal[i])).ToArray())]);

        values.ShouldBe([9, 4, 1], 0.001);
        Math.Abs(vectors[1][0]).ShouldBe(1, 0.001);
        Math.Abs(vectors[3][1]).ShouldBe(1, 0.001);
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
        var ranked = new TasteRanker(Space(), null).Rank([0, 1], 2);

        ranked.ShouldBe([2, 3], ignoreOrder: true);
    }

    [Fact]
    public void A_paper_that_shares_no_word_with_the_likes_is_wanted_where_it_means_the_same()
    {
        var profile = Meaning(Vectors()).ProfileOf(1, [Papers[0], Papers[4]], [])!;

        profile.Judge(Papers[8]).Score.ShouldBeGreaterThan(profile.Judge(Papers[9]).Score + 0.1);
        profile.Judge(Papers[10]).Score.ShouldBeGreaterThan(profile.Judge(Papers[9]).Score + 0.1);
        Model().ProfileOf(1, [Papers[0], Papers[4]], [])!.Judge(Papers[8]).Score.ShouldBe(0, 0.001);
    }

    [Fact]
    public void A_paper_without_a_vector_is_judged_by_its_words_as_if_there_were_no_vectors()
    {
        var vectors = Vectors();
        vectors.Remove(3);

        Meaning(vectors).ProfileOf(1, [Papers[0], Papers[1]], [])!.Judge(Papers[2]).Score
            .ShouldBe(Model().ProfileOf(1, [Papers[0], Papers[1]], [])!.Judge(Papers[2]).Score, 0.001);
    }

    [Fact]
    public void A_like_that_is_older_than_the_newest_papers_is_held_by_what_it_means_too()
    {
        var vectors = Vectors();
        var old = new Dictionary<long, float[]> { [500] = vectors[1], [501] = [1, 0] };
        TasteProfile Profile(IReadOnlyDictionary<long, float[]>? older) =>
            Meaning(vectors).ProfileOf(1, [Paper(500, "Enzymes long ago"), Paper(501, "Of another model")], [], older)!;

        Profile(old).Judge(Papers[2]).Score.ShouldBeGreaterThan(Profile(old).Judge(Papers[9]).Score + 0.1);
        Profile(null).Judge(Papers[2]).Score.ShouldBe(0, 0.001);
    }

    [Fact]
    public void A_vector_that_arrives_after_learning_is_taken_and_another_models_vectors_are_learnt_anew()
    {
        var vectors = Vectors();
        vectors.Remove(9, out var late);
        var model = Meaning(vectors);
        double Score() => model.ProfileOf(1, [Papers[0], Papers[4]], [])!.Judge(Papers[8]).Score;
        Score().ShouldBe(0, 0.001);

        vectors[9] = late!;
        model.Take(vectors);
        Score().ShouldBeGreaterThan(0.1);

        model.Take(Vectors(turned: true));
        Score().ShouldBeGreaterThan(0.1);
        model.Take(new Dictionary<long, float[]>());
        Score().ShouldBe(0, 0.001);
    }

    [Fact]
    public void The_same_vectors_read_again_from_the_database_are_not_learnt_anew()
    {
        var space = MeaningSpace.Learn(Vectors(), 1).ShouldNotBeNull();

        space.Take(Vectors()).ShouldBeFalse();
        space.Take(Vectors(turned: true)).ShouldBeTrue();
    }

    [Fact]
    public void The_more_readers_teach_the_less_meaning_weighs()
    {
        MeaningSpace.Weight(0).ShouldBe(0.6);
        MeaningSpace.Weight(550).ShouldBeInRange(0.3, 0.4);
        MeaningSpace.Weight(SimilarSubscribers.MostReaders).ShouldBeLessThanOrEqualTo(0.1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(12)]
    public void Of_no_vectors_of_one_and_of_equal_ones_nothing_is_learnt(int papers) =>
        MeaningSpace.Learn(Enumerable.Range(1, papers).ToDictionary(paper => (long)paper, _ => new float[] { 0, 1, 0 }), 1).ShouldBeNull();

    // Papers 1 to 4 and 9 mean one thing, 5 to 8 and 11 another, 10 and 12 a third.
    private static Dictionary<long, float[]> Vectors(bool turned = false) => Papers.ToDictionary(paper => paper.Id, paper =>
    {
        var meant = paper.Id is <= 4 or 9 ? 0 : paper.Id is <= 8 or 11 ? 1 : 2;
        float[] vector = [0.1f, 0.1f, 0.1f, paper.Id / 100f];
        vector[turned ? 2 - meant : meant] = 1;
        VectorMath.Normalise(vector);
        return vector;
    });

    private static TasteModel Meaning(Dictionary<long, float[]> vectors) => new(Papers, new Dictionary<long, long[]>(), vectors);

    private static ContentSpace Space() => new(Papers.Select(p => new ItemContent(p.Text.Title, null, [])));

    private static TasteModel Model(Dictionary<long, long[]>? likes = null) => new(Papers, likes ?? []);

    private static IndexedPaper Paper(long id, string title) => IndexedPaper.Of(new PaperText { Id = id, Title = title });
}
