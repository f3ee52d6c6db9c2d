using DigestService.Subscribers.Pages.Words;
using DigestService.Tests.Shared;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Inbound;

/// <summary>Mails name topics in the reader's language, and what a mail names can be written back.</summary>
public sealed class MailedNameTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@reader.example";
    private const string Followed = "select string_agg(t.slug, ',' order by t.slug) from preferences p join topics t on t.id = p.topic_id";

    [Theory]
    [InlineData("en", "Pruning, sparsity & distillation")]
    [InlineData("de", "Pruning, Sparsity und Destillation")]
    [InlineData("fr", "Élagage, parcimonie et distillation")]
    [InlineData("es", "Poda, dispersión y destilación")]
    [InlineData("zh", "剪枝、稀疏与蒸馏")]
    public async Task Confirmation_welcome_and_answers_name_topics_in_the_readers_language(string language, string name)
    {
        var bed = await OpenAsync();

        await bed.WriteAsync(Ada, "subscribe pruning", $"language {language}");
        await bed.ShouldSayAsync(Ada, name);
        await bed.WriteAsync(Ada, "Re:", "yes", await bed.ReplyToAsync(Ada));
        await bed.ShouldSayAsync(Ada, name);
        var replyTo = await bed.ReplyToAsync(Ada);
        await bed.WriteAsync(Ada, "", "status\ntopics\nwhy 1", replyTo);

        var answer = string.Concat((await bed.LatestToAsync(Ada)).BodyText().Where(letter => !char.IsWhiteSpace(letter)));
        var squeezed = name.Replace(" ", "", StringComparison.Ordinal);
        answer.Split(squeezed).Length.ShouldBe(3, answer);
        foreach (var sentence in (string[])[ReaderWords.Of(language).Daily, ReaderWords.Of(language).NoNumbers])
            await bed.ShouldSayAsync(Ada, sentence);
    }

    [Theory]
    [InlineData("de", "add Pruning, Sparsity und Destillation")]
    [InlineData("de", "Pruning, Sparsity und Destillation hinzufügen")]
    [InlineData("de", "add pruning, sparsity & distillation")]
    [InlineData("de", "add pruning")]
    [InlineData("fr", "add elagage, parcimonie et distillation")]
    [InlineData("es", "añadir Poda, dispersión y destilación")]
    [InlineData("zh", "添加 剪枝、稀疏与蒸馏")]
    [InlineData("en", "add \"Pruning, sparsity & distillation\"")]
    [InlineData("en", "add Poda, dispersión y destilación")]
    public async Task A_topic_is_added_by_its_key_and_by_its_name_in_any_language(string language, string command)
    {
        var bed = await OpenAsync();
        var replyTo = await ReaderAsync(bed, language);

        await bed.WriteAsync(Ada, "", command, replyTo);

        (await bed.ValueAsync("select count(*)::text from preferences where text is not null")).ShouldBe("0");
        (await bed.ValueAsync(Followed)).ShouldBe("pruning,robots");
    }

    [Fact]
    public async Task A_list_of_names_that_hold_commas_is_cut_between_them()
    {
        var bed = await OpenAsync();
        var replyTo = await ReaderAsync(bed, "de");

        await bed.WriteAsync(Ada, "", "add Pruning, Sparsity und Destillation, Biologie, Chemie und Materialien, cs.LG; sparse nets", replyTo);

        (await bed.ValueAsync(Followed)).ShouldBe("proteins,pruning,robots");
        (await bed.ValueAsync("select string_agg(text, ' | ' order by text) from preferences where text is not null")).ShouldBe("cat:cs.LG | sparse nets");
    }

    [Theory]
    [InlineData("en", "add cs.LG", "Machine Learning (cs.LG)")]
    [InlineData("fr", "add cs.DC", "(cs.DC)")]
    [InlineData("de", "query cat:cs.lg", "(cs.LG)")]
    [InlineData("en", "query author:\"Yoshua Bengio\"", "Yoshua Bengio")]
    public async Task A_category_and_an_author_are_named_as_people_name_them_and_removed_by_that_name(string language, string command, string named)
    {
        var bed = await OpenAsync();
        var replyTo = await ReaderAsync(bed, language);

        await bed.WriteAsync(Ada, "", command, replyTo);

        var text = (await bed.ValueAsync("select text from preferences where text is not null"))!; // it was added
        var shown = DigestService.Subscribers.OwnQueryName.In(text, language);
        shown.ShouldEndWith(named);
        shown.ShouldNotContain("cat:");
        await bed.ShouldSayAsync(Ada, named);
        bed.Advance(Duration.FromHours(2));

        await bed.WriteAsync(Ada, "", $"del {shown}", replyTo);

        (await bed.ValueAsync("select count(*)::text from preferences where text is not null")).ShouldBe("0");
    }

    [Fact]
    public async Task A_topic_is_removed_by_the_name_that_the_reader_is_shown()
    {
        var bed = await OpenAsync();
        var replyTo = await ReaderAsync(bed, "fr");
        await bed.WriteAsync(Ada, "", "add pruning", replyTo);
        bed.Advance(Duration.FromHours(2));

        await bed.WriteAsync(Ada, "", "del Élagage, parcimonie et distillation", replyTo);

        (await bed.ValueAsync(Followed)).ShouldBe("robots");
    }

    [Theory]
    [InlineData("en", "OR needs a word or phrase after it.")]
    [InlineData("de", "OR braucht ein Wort oder eine Wendung danach.")]
    [InlineData("fr", "OR demande un mot ou une expression après lui.")]
    [InlineData("es", "OR necesita una palabra o frase detrás.")]
    [InlineData("zh", "OR 后面需要一个词或短语。")]
    public async Task What_is_wrong_with_a_query_is_said_in_the_readers_language(string language, string sentence)
    {
        var bed = await OpenAsync();
        var replyTo = await ReaderAsync(bed, language);

        await bed.WriteAsync(Ada, "", "query sparse OR", replyTo);

        await bed.ShouldSayAsync(Ada, sentence);
    }

    private static async Task<InboundTestBed> OpenAsync(AppFixture apps)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.Database.ExecuteAsync(
            "update topics set name = case slug when 'pruning' then 'Pruning, sparsity & distillation' when 'proteins' then 'Biology, chemistry & materials' else name end", null, default);
        return bed;
    }

    private Task<InboundTestBed> OpenAsync() => OpenAsync(apps);

    private static async Task<string> ReaderAsync(InboundTestBed bed, string language)
    {
        await bed.Digests.AddReaderAsync(Ada, "robots");
        await bed.Digests.Database.ExecuteAsync("update subscribers set language = @language", new { language }, default);
        await bed.Digests.AddPaperAsync("Robots one");
        await bed.Digests.Service<TopicMatching>().MatchDueAsync(default);
        await bed.Digests.TickAsync();
        return await bed.ReplyToAsync(Ada);
    }
}
