using DigestService.Digests;

namespace DigestService.Tests.Digests;

/// <summary>What was cut from digests whose rows have it as JSON.</summary>
public sealed class CutAccountTests
{
    // As rows of version 1.0.0 have it.
    [Fact]
    public void What_former_rows_say_of_what_was_cut_is_told_in_words()
    {
        const string Before = """
            [[[12,33],[9,1,"Agents"],[8,2],[7,1],[10,2]],
             [[80,0.2706,9,"Agents"],[81,0.7,10,11],[83,0.6543,8,"A title",80],[84,0.0123,7,0.012,0.050],[82,0.7569,12]]]
            """;

        var read = CutAccount.Read(Before);

        read.Counts.ShouldBe(new Dictionary<string, int>(StringComparer.Ordinal)
        {
            ["outside your topics and not among the biggest"] = 33,
            ["nearly the same as another that was taken"] = 2,
            ["the page was full"] = 2,
            ["Agents had its share of the page"] = 1,
            ["its score is under the minimum"] = 1,
        }, ignoreOrder: true);
        read.Cut.ShouldBe(
        [
            new CutRecord(80, null, 0.2706, "Agents had its share of the page"),
            new CutRecord(81, null, 0.7, "number 11, and the page was full"),
            new CutRecord(83, null, 0.6543, "nearly the same as “A title”"),
            new CutRecord(84, null, 0.0123, "its score 0.012 is under the minimum 0.050"),
            new CutRecord(82, null, 0.7569, "outside your topics and not among the biggest"),
        ]);
    }
}
