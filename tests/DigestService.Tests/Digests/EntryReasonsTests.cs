using System.Text.Json;
using DigestService.Digests;
using DigestService.Relevance;
using NodaTime;

namespace DigestService.Tests.Digests;

public sealed class EntryReasonsTests
{
    // As rows of version 1.0.0 have them.
    [Fact]
    public void Every_code_is_read_as_the_reason_it_was_recorded_for()
    {
        const string Before =
            """[[[1,"Größe & \"more\"",["planning","a\\b"]],[2,"Agents",[]],[3,"Agents",""],[4,57,24],[5,"huggingface",3,"2026-03-04"],[5,"huggingface",3],"""
            + """[6,9223372036854775807,"深層学習"],[7,"Ada Lovelace"],[8],[9],[10]]]""";

        Json(EntryReasons.Read(Before, 1)[0]).ShouldBe(Json(
        [
            new MatchedTopic("Größe & \"more\"", ["planning", "a\\b"]),
            new NearTopic("Agents", []),
            new CloseInMeaning("Agents", ""),
            new Upvoted(57, 24),
            new ListedHigh("huggingface", 3) { ListedOn = new LocalDate(2026, 3, 4) },
            new ListedHigh("huggingface", 3),
            new LikeThat(long.MaxValue, "深層学習"),
            new FollowedAuthor("Ada Lovelace"),
            new BigOutside(),
            new LikedAlike(),
            new NewlyListed(),
        ]));
    }

    [Fact]
    public void Digests_from_before_reasons_had_codes_are_read_as_well()
    {
        const string Before = """[[{"kind": "topic", "topic": "Agents", "terms": ["planning"]}, {"kind": "outside"}], []]""";

        var read = EntryReasons.Read(Before, 2);

        Json(read[0]).ShouldBe(Json([new MatchedTopic("Agents", ["planning"]), new BigOutside()]));
        read[1].ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("[]")]
    public void An_entry_of_which_nothing_is_recorded_has_no_reasons(string? recorded) =>
        EntryReasons.Read(recorded, 2).ShouldAllBe(reasons => reasons.Count == 0);

    [Fact]
    public void Of_more_entries_than_were_asked_for_the_first_are_read_and_a_code_that_is_none_is_refused()
    {
        EntryReasons.Read("[[[8]],[[9]],[[10]]]", 2).Select(reasons => reasons.Single()).ShouldBe([new BigOutside(), new LikedAlike()]);
        Should.Throw<JsonException>(() => EntryReasons.Read("[[[11]]]", 1)).Message.ShouldContain("11");
    }

    private static string Json(IReadOnlyList<Reason> reasons) => JsonSerializer.Serialize(reasons, LedgerJson.Options);
}
