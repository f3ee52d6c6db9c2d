using DigestService.Relevance;

namespace DigestService.Tests.Relevance;

public sealed class AuthorNameTests
{
    [Theory]
    [InlineData("Robert Downey Jr.", "robert downey")]
    [InlineData("Downey, Robert, Jr.", "robert downey")]
    [InlineData("Louis Gates III", "louis gates")]
    [InlineData("Kumar JR", "kumar jr")]
    [InlineData("Kenta Ii", "kenta ii")]
    [InlineData("Kenta A. Ii", "kenta a ii")]
    public void What_follows_a_family_name_is_none(string written, string words) => AuthorName.Of(written).Text.ShouldBe(words);
}
