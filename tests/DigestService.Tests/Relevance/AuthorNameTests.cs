using DigestService.Relevance;
using DigestService.Topics;

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
    [InlineData("A.B. Zimmer", "a b zimmer")]
    [InlineData("Hinton G. E.", "g e hinton")]
    public void What_follows_a_family_name_is_none(string written, string words) => AuthorName.Of(written).Text.ShouldBe(words);

    [Theory]
    [InlineData("Furu Wei", "Wei Furu")]
    [InlineData("Furu Wei", "Wei, Furu")]
    [InlineData("Furu Wei", "Wei F.")]
    [InlineData("Furu Wei", "F Wei")]
    [InlineData("Wei Furu", "Furu Wei")]
    [InlineData("Wei F.", "Furu Wei")]
    [InlineData("Fei-Fei Li", "Li Fei-Fei")]
    [InlineData("Li Fei Fei", "Fei-Fei Li")]
    [InlineData("Xiao-Ming Li", "Xiaoming Li")]
    [InlineData("Xiaoming Li", "Xiao Ming Li")]
    [InlineData("Fahad Al-Otaibi", "Fahad Alotaibi")]
    [InlineData("Sean O’Brien", "Sean O Brien")]
    [InlineData("Jean-Baptiste Alayrac", "Jean Baptiste Alayrac")]
    [InlineData("Jean-Baptiste Alayrac", "J.-B. Alayrac")]
    [InlineData("Mariángel García Andarcía", "Garcia Andarcia Mariangel")]
    [InlineData("Anh Tuan Luu", "Luu Anh Tuan")]
    [InlineData("김민석", "민석 김")]
    [InlineData("민석 김", "김 민석")]
    [InlineData("Minseok Kim", "Kim Min-Seok")]
    [InlineData("Min-Seok Kim", "Kim Minseok")]
    [InlineData("Kim Min-Seok", "Minseok Kim")]
    [InlineData("Li Xiao-Ming", "Xiaoming Li")]
    [InlineData("王小明", "小明 王")]
    [InlineData("Weinan E", "Weinan E")]
    public void A_name_is_found_with_the_family_name_at_either_end(string written, string wanted)
    {
        AuthorName.Of(written).Agrees(AuthorName.Of(wanted)).ShouldBeTrue();
        Finds(wanted, written).ShouldBeTrue();
    }

    [Theory]
    [InlineData("Gong Chen", "Chen Gong")]
    [InlineData("Lei Tao", "Tao Lei")]
    [InlineData("Yen-Yu Lin", "Yu-Yen Lin")]
    [InlineData("Jun-Young Lee", "Young-Jun Lee")]
    [InlineData("Yu-Chen Wei", "Wei Chen Yu")]
    [InlineData("Lidia S. Chao", "Chao Shen")]
    [InlineData("Robert L. Logan", "Logan Lawrence")]
    [InlineData("Yufeng", "Yu Feng")]
    [InlineData("Weichen Yu", "Yu Wei Chen")]
    [InlineData("Chen Gan", "Cheng An")]
    [InlineData("Fang An", "Fan Gan")]
    public void Others_with_the_same_words_or_initials_are_not(string written, string wanted)
    {
        AuthorName.Of(written).Agrees(AuthorName.Of(wanted)).ShouldBeFalse();
        Finds(wanted, written).ShouldBeFalse();
    }

    // As matching asks, which looks among the papers that bear a word of the name.
    private static bool Finds(string wanted, string written)
    {
        TopicQuery.TryParse($"author:\"{wanted}\"", out var query, out _).ShouldBeTrue();
        var paper = IndexedPaper.Of(new PaperText { Id = 1, Title = "Of something", Authors = ["Ann Other", written] });
        return new QuerySet([new(1, query!)], CatalogueStatistics.Empty).MatchAll([(paper, null)]).Any();
    }
}
