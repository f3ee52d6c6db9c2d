using DigestService.Papers;

namespace DigestService.Tests.Papers;

public sealed class NamesInLineTests
{
    [Theory]
    [InlineData("Ada Lovelace|Charles Babbage|李明", "Ada Lovelace|Charles Babbage|李明")]
    [InlineData("עדה|Charles Babbage", "\u2068עדה\u2069|\u2068Charles Babbage\u2069")]
    [InlineData("Ada Lovelace|محمد علي", "\u2068Ada Lovelace\u2069|\u2068محمد علي\u2069")]
    [InlineData("", "")]
    public void Names_are_isolated_where_one_of_them_runs_from_right_to_left(string names, string inLine) =>
        string.Join('|', NamesInLine.Of(names.Split('|'))).ShouldBe(inLine);
}
