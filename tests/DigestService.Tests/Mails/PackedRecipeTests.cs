using System.Text;
using DigestService.Delivery;
using DigestService.Mails;
using DigestService.Mails.Languages;
using NodaTime;

namespace DigestService.Tests.Mails;

/// <summary>Digests of a day in a language are packed by what the first of them have in common.</summary>
public sealed class PackedRecipeTests
{
    private const int First = 64;
    private static readonly LocalDate Day = new(2026, 3, 4);

    [Fact]
    public void What_is_packed_is_the_mail_that_it_would_be_otherwise()
    {
        var (packing, plain) = (new Packing(), new FuzzedDigests(7));
        var packed = 0;
        for (var i = 0; i < 400; i++)
        {
            var content = plain.Next(i) with { DigestOn = Day };

            var recipe = packing.Recipe(content);

            var expected = new MailTestBed().Digests.ComposeRecipe(content).Recipe;
            expected.IsPacked.ShouldBeFalse();
            recipe.ToMail().AsSpan().SequenceEqual(expected.ToMail()).ShouldBeTrue();
            recipe.ReadHead().ShouldBe(expected.ReadHead());
            packed += recipe.IsPacked ? 1 : 0;
        }

        packed.ShouldBeGreaterThan(50);
    }

    [Fact]
    public void It_takes_a_third_of_the_octets_that_were_the_mails_own()
    {
        var packing = new Packing();
        var plain = Enumerable.Range(1, First - 1).Select(reader => packing.Recipe(Of(reader))).ToList();

        var packed = packing.Recipe(Of(First));

        plain.ShouldAllBe(recipe => !recipe.IsPacked);
        packed.IsPacked.ShouldBeTrue();
        var own = packed.Octets.AsSpan().TrimEnd((byte)0).Length;
        own.ShouldBeLessThan((int)plain.Average(recipe => recipe.Octets.Length) / 3);
        packed.Octets.Length.ShouldBe(1_800, "PostgreSQL would keep it in the row, which each mark writes anew");
    }

    [Fact]
    public void A_dictionary_holds_nothing_of_fewer_than_four_readers()
    {
        var packing = new Packing();
        for (var reader = 1; reader <= First; reader++)
            packing.Recipe(Of(reader, reader <= 3 ? "a query of three readers" : reader <= 7 ? "a query of four readers" : "planning"));

        var dictionary = Encoding.UTF8.GetString(packing.Recipe(Of(First + 1)).Fragments[^1].Octets);

        dictionary.ShouldContain("a query of four readers");
        dictionary.ShouldNotContain("of three");
        dictionary.ShouldNotContain("reader1@");
        dictionary.ShouldNotContain("reader64@");
    }

    [Fact]
    public void One_reader_who_is_shown_a_digest_again_and_again_makes_no_dictionary()
    {
        var packing = new Packing();

        for (var i = 0; i < 2 * First; i++)
            packing.Recipe(Of(1)).IsPacked.ShouldBeFalse();
    }

    [Fact]
    public void Another_day_and_another_language_have_dictionaries_of_their_own()
    {
        var packing = new Packing();
        for (var reader = 1; reader <= First; reader++)
            packing.Recipe(Of(reader));

        packing.Recipe(Of(First + 1)).IsPacked.ShouldBeTrue();
        packing.Recipe(Of(First + 2) with { DigestOn = Day.PlusDays(1) }).IsPacked.ShouldBeFalse();
        var german = Of(First + 3);
        packing.Recipe(german with { Recipient = german.Recipient with { Language = "de" } }).IsPacked.ShouldBeFalse();
    }

    [Fact]
    public void A_packed_recipe_that_is_damaged_or_has_another_dictionary_is_refused_or_makes_another_mail()
    {
        var packing = new Packing();
        for (var reader = 1; reader <= First; reader++)
            packing.Recipe(Of(reader));
        var recipe = packing.Recipe(Of(First + 1));
        var mail = recipe.ToMail();
        var own = recipe.Octets.AsSpan().TrimEnd((byte)0).Length;
        var random = new Random(20);

        for (var at = 0; at < own; at++)
        {
            var damaged = recipe.Octets.ToArray();
            damaged[at] ^= (byte)random.Next(1, 256);
            Should.NotThrow(() => MailOf(recipe with { Octets = damaged }), $"octet {at} is {damaged[at]}");
            MailOf(recipe with { Octets = recipe.Octets[..at] }).ShouldBeNull();
        }

        MailOf(recipe with { Fragments = [.. recipe.Fragments.SkipLast(1)] }).ShouldBeNull();
        MailOf(recipe with { Fragments = [.. recipe.Fragments.SkipLast(1), MailFragment.Of([(new byte[5], [])])] }).ShouldBeNull();
        var other = MailFragment.Of([(recipe.Fragments[^1].OctetsOf(0).ToArray().Select(octet => (byte)(octet ^ 1)).ToArray(), [])]);
        (MailOf(recipe with { Fragments = [.. recipe.Fragments.SkipLast(1), other] }) ?? []).AsSpan().SequenceEqual(mail).ShouldBeFalse();
    }

    // Composes and packs as it is done for the outbox.
    private sealed class Packing
    {
        private readonly DigestComposer _composer = new MailTestBed().Digests;
        private readonly RecipeDictionaries _dictionaries = new();

        public MailRecipe Recipe(DigestContent content) => _dictionaries.Pack(
            _composer.ComposeRecipe(content).Recipe, Language.Of(content.Recipient.Language).Tag, content.DigestOn, content.Recipient.SubscriberId);
    }

    // The sender asks the hash of the row before; nothing but an exception of data may come of what is not asked.
    private static byte[]? MailOf(MailRecipe recipe)
    {
        try
        {
            return recipe.ReadHead().Length > 1_000_000 ? null : recipe.ToMail();
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static DigestContent Of(int reader, string topic = "planning") => new()
    {
        DeliveryId = 64 * reader,
        Recipient = new MailRecipient { SubscriberId = reader, Address = $"reader{reader}@example.org" },
        DigestOn = Day,
        Date = Instant.FromUtc(2026, 3, 4, 7, 0),
        Topics = [topic],
        Entries =
        [
            .. Enumerable.Range(0, 8).Select(i => new DigestEntry
            {
                Paper = new MailPaper { Id = 100 + ((i * reader) % 24), Title = $"Learning to plan, part {(i * reader) % 24}", FirstListedOn = Day },
                Section = DigestSection.Topics,
                Topic = topic,
                Reasons = [new DigestService.Relevance.MatchedTopic(topic, ["plan"])],
            }),
        ],
    };
}
