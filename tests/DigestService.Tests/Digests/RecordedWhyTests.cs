using System.Text.Json;
using System.Text.Json.Nodes;
using DigestService.Digests;
using DigestService.Relevance;
using DigestService.Tests.Relevance.PlainChoice;
using NodaTime;

namespace DigestService.Tests.Digests;

/// <summary>Why a digest holds what it holds and what was cut from it, as octets on its row and in words again.</summary>
public sealed class RecordedWhyTests
{
    private static readonly IReadOnlyList<Reason> Every =
    [
        new MatchedTopic("Größe & \"more\"", ["planning", "a\\b", "planning"]),
        new NearTopic("Agents", []),
        new CloseInMeaning("Agents", ""),
        new Upvoted(57, 24),
        new Upvoted(1_000_000, -1),
        new ListedHigh("huggingface", 3) { ListedOn = new LocalDate(2026, 3, 4) },
        new ListedHigh("huggingface", 3),
        new LikeThat(long.MaxValue, "深層学習"),
        new FollowedAuthor("Ada Lovelace"),
        new BigOutside(),
        new LikedAlike(),
        new NewlyListed(),
    ];

    [Fact]
    public void Every_kind_of_reason_is_read_back_as_it_was_recorded()
    {
        Every.Select(reason => reason.GetType()).Distinct().ShouldBe(
            typeof(Reason).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Reason))), ignoreOrder: true);

        var read = RecordedWhy.ReasonsOf(WhyWriter.Write([Every, [], [new BigOutside()]], []), "[[[8]]]", 4);

        // Lists within records are compared by reference, so the reasons are compared as the ledger prints them.
        Json(read[0]).ShouldBe(Json(Every));
        read[1].ShouldBeEmpty();
        read[2].ShouldBe([new BigOutside()]);
        read[3].ShouldBeEmpty("nothing is recorded of it");
    }

    [Fact]
    public void A_row_from_before_is_read_from_its_JSON() =>
        RecordedWhy.ReasonsOf(null, "[[[8]],[[9]]]", 2).Select(reasons => reasons.Single()).ShouldBe([new BigOutside(), new LikedAlike()]);

    [Fact]
    public void What_was_cut_is_told_in_the_words_it_had_when_it_was_chosen()
    {
        var day = new MadeUpDay(3, papers: 300, queries: 50, matchesAQuery: 20, hasMeaning: true);
        var told = new HashSet<Type>();
        for (var i = 0; i < 600; i++)
        {
            var reader = day.Any();
            var ranked = DigestRanker.Choose(reader.Facts(day), day.View, reader.Settings);
            var cut = (i % 8 == 0 ? ranked.WithoutEntries() : ranked).Cut;

            var read = RecordedWhy.Read(WhyWriter.Write([[new MatchedTopic("Agents", [])]], cut));

            read.CutCounts.ShouldBe(cut.CountBy(entry => entry.Reason.InGeneral(), StringComparer.Ordinal).ToDictionary(), ignoreOrder: true);
            read.CutCounts.Values.ShouldBeInOrder(SortDirection.Descending);
            var onTopic = cut.Where(entry => entry.IsMatch || entry.IsOnTopic).ToList();
            read.Cut.ShouldBe(onTopic.Concat(cut.Except(onTopic).Take(30)).Select(entry =>
                new CutRecord(entry.PaperId, null, Math.Round(entry.Score, 4), entry.Reason.InWords())));
            told.UnionWith(cut.Select(entry => entry.Reason.GetType()));
        }

        told.ShouldBe(typeof(CutReason).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(CutReason))), ignoreOrder: true);
    }

    [Fact]
    public void A_paper_that_was_cut_takes_some_four_octets()
    {
        var day = new MadeUpDay(3, papers: 300, queries: 50, matchesAQuery: 20, hasMeaning: true);
        var (octets, papers) = (0, 0);
        for (var i = 0; i < 100; i++)
        {
            var reader = day.Any();
            var why = WhyWriter.Write([], DigestRanker.Choose(reader.Facts(day), day.View, reader.Settings).Cut);
            octets += why.Length;
            papers += RecordedWhy.Read(why).Cut.Count;
        }

        (octets / (double)papers).ShouldBeLessThan(6);
    }

    // What stands on rows for ever.
    [Fact]
    public void Reasons_are_recorded_under_the_codes_that_former_digests_have() =>
        Convert.ToHexStringLower(WhyWriter.Write([[new MatchedTopic("a", ["b", "a"]), new Upvoted(57, 24)], [new BigOutside(), new ListedHigh("a", 3) { ListedOn = new LocalDate(1970, 1, 3) }]], []))
            .ShouldBe("010200010201000161020001620104723002080501060400" + "00");

    [Fact]
    public void Octets_that_are_cut_short_or_of_another_version_are_refused()
    {
        var whole = WhyWriter.Write([Every], []);

        for (var length = 0; length < whole.Length; length++)
            Should.Throw<InvalidDataException>(() => RecordedWhy.Read(whole[..length]));
        whole[0]++;
        Should.Throw<InvalidDataException>(() => RecordedWhy.Read(whole)).Message.ShouldContain("version");
        Should.Throw<InvalidDataException>(() => RecordedWhy.Read([1, 1, 0, 1, 11])).Message.ShouldContain("11");
    }

    [Theory]
    [InlineData("01FFFFFFFF07")] // two thousand million entries
    [InlineData("0100008080808001 0000")] // as many papers that were cut
    [InlineData("01010001050000FEFFFFFFFFFFFFFF7F")] // a day far away
    public void Octets_that_say_more_than_there_is_are_refused_before_anything_is_made_of_them(string octets)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        Should.Throw<InvalidDataException>(() => RecordedWhy.Read(Convert.FromHexString(octets.Replace(" ", "", StringComparison.Ordinal))));

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public void Damaged_octets_are_refused_or_tell_something_else()
    {
        var whole = WhyWriter.Write([Every, Every], []);
        var random = new Random(21);
        for (var n = 0; n < 20_000; n++)
        {
            var damaged = whole.ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                damaged[random.Next(1, damaged.Length)] = (byte)random.Next(256);
            try
            {
                RecordedWhy.Read(damaged);
            }
            catch (InvalidDataException)
            {
                // What a reader of the row is prepared for.
            }
        }
    }

    [Fact]
    public void An_export_leaves_octets_that_nobody_can_read_as_they_are()
    {
        var digest = new JsonObject { ["why"] = "02ff" };

        RecordedWhy.Spell(digest);

        digest.ToJsonString().ShouldBe("""{"why":"02ff"}""");
    }

    [Fact]
    public void An_export_spells_the_octets_out_under_the_names_of_former_rows()
    {
        var digest = new JsonObject { ["why"] = Convert.ToHexStringLower(WhyWriter.Write([[new FollowedAuthor("Ada")]], [])), ["cut_codes"] = null };

        RecordedWhy.Spell(digest);

        digest.ToJsonString().ShouldBe("""{"entry_reasons":[[{"kind":"author","name":"Ada"}]],"cut_counts":{},"cut":[]}""");
    }

    private static string Json(IReadOnlyList<Reason> reasons) => JsonSerializer.Serialize(reasons, LedgerJson.Options);
}
