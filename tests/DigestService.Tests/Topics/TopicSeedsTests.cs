using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Topics;

namespace DigestService.Tests.Topics;

/// <summary>The topics that are shipped, and what an operator is told of a file of topics that cannot be read.</summary>
public sealed class TopicSeedsTests
{
    private const string Whole = """{"slug":"herons","name":"Herons","group":"Birds","description":"Of herons.","query":"heron"}""";

    [Fact]
    public async Task The_topics_that_are_shipped_can_be_read() => (await TopicSeeds.ReadAsync(TopicCatalogue.SeedFile, default)).Count.ShouldBeGreaterThan(50);

    // What short names stand for elsewhere: attack success rate, test-time scaling, computer-aided diagnosis.
    [Theory]
    [InlineData("speech", "Multilingual ASR for ten languages", true)]
    [InlineData("speech", "A jailbreak with an ASR of 90%", false)]
    [InlineData("speech", "Attacks on agents raise the ASR", false)]
    [InlineData("speech", "Attacks on speech recognition raise the word error rate of ASR", true)]
    [InlineData("speech", "TTS in the voice of a child", true)]
    [InlineData("speech", "Test-time scaling (TTS) of reasoning models", false)]
    [InlineData("speech", "Test time compute and how TTS pays", false)]
    [InlineData("3d-generation", "CAD programs from sketches", true)]
    [InlineData("3d-generation", "CAD of lungs: aid in diagnosis", false)]
    [InlineData("3d-generation", "Coronary arteries (CAD) on X-rays", false)]
    public async Task A_short_name_is_not_taken_for_another_of_its_letters(string slug, string title, bool isOnTopic)
    {
        var topic = (await TopicSeeds.ReadAsync(TopicCatalogue.SeedFile, default)).Single(seed => seed.Slug == slug);
        TopicQuery.TryParse(topic.Canonical, out var query, out _).ShouldBeTrue();

        (QueryMatcher.Match(query!, IndexedPaper.Of(new PaperText { Id = 1, Title = title }), CatalogueStatistics.Empty) is not null).ShouldBe(isOnTopic); // parsed above
    }

    [Fact]
    public async Task A_file_that_is_missing_or_a_folder_is_told_as_that()
    {
        var folder = TestDirectory.Create("topics");
        var missing = Path.Combine(folder, "none", "topics.json");

        (await RefusalAsync(folder)).ShouldBe($"The topics cannot be read: {folder} is a folder; name the file in it.");
        (await RefusalAsync(missing)).ShouldBe($"The topics cannot be read: the file {missing} does not exist; it comes with the program, so put it back.");
    }

    [Theory]
    [InlineData("", "is no JSON from line 1 on; correct it there.")]
    [InlineData("[\n{\n,", "is no JSON from line 3 on; correct it there.")]
    [InlineData("[\n\n" + Whole + "\n" + Whole + "]", "is no JSON from line 4 on; correct it there.")]
    [InlineData("[" + Whole + ",\n]", "is no JSON from line 2 on; correct it there.")]
    [InlineData("[" + Whole + "]\nmore", "is no JSON from line 2 on; correct it there.")]
    public async Task What_is_no_JSON_is_told_with_file_and_line(string content, string says)
    {
        var file = Write(content);

        (await RefusalAsync(file)).ShouldBe($"The topics cannot be read: {file} {says}");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("\"topics\"")]
    public async Task What_is_no_list_is_told(string content)
    {
        var file = Write(content);

        (await RefusalAsync(file)).ShouldBe($"The topics cannot be read: {file} holds no list of topics, which begins with '['.");
    }

    [Theory]
    [InlineData("null", "slug")]
    [InlineData("{}", "slug")]
    [InlineData("{\"slug\":7}", "slug")]
    [InlineData("{\"slug\":\"\"}", "slug")]
    [InlineData("{\"slug\":\"\\ud800\"}", "slug")]
    [InlineData("{\"slug\":\"a\",\"query\":null}", "query")]
    [InlineData("{\"slug\":\"a\",\"query\":\"b\"}", "name")]
    [InlineData("{\"slug\":\"a\",\"query\":\"b\",\"name\":\"c\",\"group\":[]}", "group")]
    public async Task A_topic_that_lacks_something_is_told_by_its_place(string topic, string field)
    {
        var file = Write($"[{Whole},\n{topic}]");

        (await RefusalAsync(file)).ShouldBe($"Topic 2 of {file} has no '{field}', which is a text; give it one.");
    }

    [Fact]
    public async Task Two_topics_of_one_name_and_a_query_that_is_none_are_told()
    {
        (await RefusalAsync(Write($"[{Whole},{Whole}]"))).ShouldEndWith("has two topics with the slug 'herons'; a slug names one.");
        (await RefusalAsync(Write($"[{Whole.Replace("\"heron\"", "\"(heron\"", StringComparison.Ordinal)}]"))).ShouldStartWith("The topic 'herons' in ");
    }

    private static async Task<string> RefusalAsync(string file) => (await Should.ThrowAsync<OperatorException>(() => TopicSeeds.ReadAsync(file, default))).Message;

    private static string Write(string content)
    {
        var file = Path.Combine(TestDirectory.Create("topics"), "topics.json");
        File.WriteAllText(file, content);
        return file;
    }
}
