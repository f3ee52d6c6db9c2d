using DigestService.Papers;

namespace DigestService.Tests.Papers;

/// <summary>The keys that rows may still bear from before symbols counted.</summary>
public sealed class FormerTitleTests
{
    [Theory]
    [InlineData("Pruning Trees", "")]
    [InlineData("Bandits in the Andes", "")]
    [InlineData("Cats and Dogs", "title:catsdogs")]
    [InlineData("CATS AND DOGS", "title:catsdogs")]
    [InlineData("And", "title:&")]
    [InlineData("Command-and-control of Land", "title:commandcontrolofland")]
    [InlineData("snake_and_case", "")]
    [InlineData("A and B and C", "title:aandbc title:abandc title:abc")]
    [InlineData("A and B and C and D and E", "title:abcde")]
    [InlineData("Cats & Dogs", "title:catsdogs")]
    [InlineData("C++ and Rust", "title:candrust title:crust")]
    [InlineData("Søren and Æsop", "title:sørenandæsop title:sørenæsop")]
    [InlineData("Editorial", "title:editorial")]
    public void A_title_is_also_looked_up_as_its_key_may_have_been(string title, string keys)
    {
        var formers = WorkKeys.FormerOfTitle(title).Order(StringComparer.Ordinal);

        string.Join(' ', formers).ShouldBe(keys);
    }
}
