using System.Text;
using DigestService.Delivery;
using NodaTime;

namespace DigestService.Tests.Delivery;

/// <summary>How much is remembered of the mails of a day to make its dictionary, and for how long.</summary>
public sealed class RecipeDictionariesTests
{
    private const int Readers = 64;
    private const int MostKept = 32;
    private const int MostOfABody = 6_000;
    private static readonly LocalDate Day = new(2026, 3, 4);

    private readonly RecipeDictionaries _dictionaries = new();

    [Fact]
    public void A_day_is_kept_until_the_third_day_after_it_begins_and_made_anew_where_it_is_asked_for_again()
    {
        Gather("en", Day);

        Pack("en", Day.PlusDays(1), Readers + 1);
        Pack("de", Day.PlusDays(2), Readers + 1);
        Pack("en", Day, Readers + 1).IsPacked.ShouldBeTrue();
        Pack("de", Day.PlusDays(3), Readers + 1);
        Pack("en", Day, 1).IsPacked.ShouldBeFalse();

        for (var reader = 2; reader < Readers; reader++)
            Pack("en", Day, reader).IsPacked.ShouldBeFalse();
        Pack("en", Day, Readers).IsPacked.ShouldBeTrue();
    }

    [Fact]
    public void A_mail_unpacks_to_the_same_octets_after_its_dictionary_was_forgotten_and_after_another_was_made_for_its_day()
    {
        Gather("en", Day);
        var packed = Enumerable.Range(Readers + 1, 20).Select(reader => Pack("en", Day, reader)).ToList();

        for (var later = 1; later < 10; later++)
            Gather("en", Day.PlusDays(later));
        for (var reader = 1; reader <= Readers; reader++)
            Pack("en", Day, reader, "of another edition ");

        packed.ShouldAllBe(recipe => recipe.IsPacked);
        for (var i = 0; i < packed.Count; i++)
            Stored(packed[i]).ToMail().ShouldBe(Recipe(Body(Readers + 1 + i)).ToMail());
    }

    [Theory]
    [InlineData("as they come", 3)]
    [InlineData("backwards", MostKept)]
    [InlineData("in any order", MostKept)]
    [InlineData("a year apart", MostKept)]
    public void No_more_days_and_languages_are_kept_than_a_bound_in_whatever_order_they_are_asked_for(string order, int most)
    {
        LocalDate[] days = [.. Enumerable.Range(0, MostKept + 20).Select(i => order == "a year apart" ? Day.PlusYears(-i) : Day.PlusDays(i))];
        if (order == "backwards")
            Array.Reverse(days);
        else if (order == "in any order")
            new Random(7).Shuffle(days);

        foreach (var day in days)
            Gather("en", day);

        // From the earliest on: what is asked for and is not there forgets only what was looked at before.
        days.Order().Count(day => Pack("en", day, Readers + 1).IsPacked).ShouldBeInRange(1, most);
    }

    [Fact]
    public void Over_the_bound_what_is_furthest_from_the_day_that_is_composed_is_forgotten_first()
    {
        for (var language = 0; language < MostKept; language++)
            Gather($"{language}", Day.PlusDays(language == 0 ? 50 : 0));

        Gather("one more", Day);

        Pack("one more", Day, 1).IsPacked.ShouldBeTrue();
        Enumerable.Range(1, MostKept - 1).ShouldAllBe(language => Pack($"{language}", Day, 1).IsPacked);
        Pack("0", Day.PlusDays(50), 1).IsPacked.ShouldBeFalse();
    }

    [Fact]
    public void A_dictionary_has_the_beginnings_of_sixty_four_mails_at_the_most_however_long_they_are()
    {
        var random = new Random(5);
        var bodies = Enumerable.Range(0, Readers / 4).Select(_ => Noise(random, 40_000)).ToArray();

        for (var reader = 0; reader < Readers; reader++)
            _dictionaries.Pack(Recipe(bodies[reader / 4]), "en", Day, reader);
        var recipe = _dictionaries.Pack(Recipe(bodies[0]), "en", Day, Readers);

        recipe.IsPacked.ShouldBeTrue();
        recipe.Fragments[^1].LengthOf(0).ShouldBeInRange(bodies.Length * (MostOfABody - 100), bodies.Length * MostOfABody);
        recipe.ToMail().ShouldBe(bodies[0]);
    }

    [Fact]
    public void Dictionaries_are_made_at_the_sixty_fourth_and_the_five_hundred_and_twelfth_mail_and_no_more_often()
    {
        var recipes = Enumerable.Range(1, 1_000).Select(reader => Pack("en", Day, reader)).ToList();

        recipes.FindIndex(recipe => recipe.IsPacked).ShouldBe(Readers - 1);
        recipes.Where(recipe => recipe.IsPacked).Select(recipe => recipe.Fragments[^1]).Distinct(ReferenceEqualityComparer.Instance).Count().ShouldBe(2);
        recipes[510].Fragments[^1].ShouldBeSameAs(recipes[Readers].Fragments[^1]);
        recipes[511].Fragments[^1].ShouldBeSameAs(recipes[^1].Fragments[^1]);
        for (var i = 0; i < recipes.Count; i += 37)
            Stored(recipes[i]).ToMail().ShouldBe(Recipe(Body(i + 1)).ToMail());
    }

    private void Gather(string language, LocalDate day)
    {
        for (var reader = 1; reader <= Readers; reader++)
            Pack(language, day, reader);
    }

    private MailRecipe Pack(string language, LocalDate day, int reader, string edition = "") =>
        _dictionaries.Pack(Recipe(Body(reader, edition)), language, day, reader);

    private static byte[] Body(int reader, string edition = "") => Encoding.ASCII.GetBytes(
        $"To: reader{reader}@example.org\r\n\r\nA paper {edition}that {reader % 7} of ten readers get on this day, and what it is about.\r\nYours, reader {reader}.\r\n");

    private static byte[] Noise(Random random, int length)
    {
        var octets = new byte[length];
        random.NextBytes(octets);
        return octets;
    }

    private static MailRecipe Recipe(byte[] mail)
    {
        var writer = new RecipeWriter(new RecipeTable());
        mail.CopyTo(writer.GetSpan(mail.Length));
        writer.Advance(mail.Length);
        return writer.Finish(TestMail.Monday.ToDateTimeOffset());
    }

    // As another process reads it from the outbox.
    private static MailRecipe Stored(MailRecipe recipe) => new(
        [.. recipe.Octets],
        [
            .. recipe.Fragments.Select(fragment =>
                MailFragment.TryRead([.. fragment.Octets], [.. fragment.Hash], out var read) ? read : throw new InvalidDataException("The fragment is damaged.")),
        ]);
}
