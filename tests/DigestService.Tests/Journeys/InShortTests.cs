using System.Net;
using DigestService.Mails;
using DigestService.Mails.Gallery;
using DigestService.Papers.Pages;
using DigestService.Tests.Mails;
using DigestService.Tests.Sources;

namespace DigestService.Tests.Journeys;

/// <summary>The sentence that a machine wrote: from the source to the page, and to the mail of those who ask for it.</summary>
public sealed class InShortTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@mail.example";
    private const string Sentence = "A small model finishes <long> errands & says so.";

    [Fact]
    public async Task The_sentence_and_keywords_of_the_source_stand_on_the_page_marked_as_a_machines()
    {
        await using var site = await Site.OpenAsync(apps);
        var paper = await site.AddPaperAsync("A paper");
        await site.Database.ExecuteAsync("update papers set in_short = @sentence, keywords = '{errands,small models}'", new { sentence = Sentence }, CancellationToken.None);

        var page = await site.Browser.GetStringAsync($"/paper/{paper}");

        page.ShouldContain("In short");
        page.ShouldContain("written by a machine");
        page.ShouldContain("A small model finishes &lt;long&gt; errands &amp; says so.");
        WebUtility.HtmlDecode(page).ShouldContain("errands · small models");
        (await site.Browser.GetStringAsync($"/api/v1/papers/{paper}")).ShouldContain("\"keywords\":[\"errands\",\"small models\"]");
    }

    [Fact]
    public async Task The_source_gives_them_also_later_and_anything_odd_is_passed_over()
    {
        var bed = await CatalogueTestBed.StartAsync(apps);
        const string First = """[{"paper": {"id": "2603.00001", "title": "One", "submittedOnDailyAt": "2026-03-03T10:00:00Z"}}]""";
        const string Later = """
            [{"paper": {"id": "2603.00001", "title": "One", "ai_summary": " It is\n short. ", "ai_keywords": ["a", 7, {"b": []}, null, "c"], "submittedOnDailyAt": "2026-03-03T10:00:00Z"}},
             {"paper": {"id": "2603.00002", "title": "Two", "ai_summary": null, "ai_keywords": "none", "submittedOnDailyAt": "2026-03-03T10:00:00Z"}}]
            """;

        await bed.ImportAsync(bed.Write("2026-03-03.json", First), "hf");
        var merged = await bed.ImportAsync(bed.Write("2026-03-03.json", Later), "hf");
        var again = await bed.ImportAsync(bed.Write("2026-03-03.json", Later), "hf");

        merged.Updated.ShouldBe(1);
        merged.Added.ShouldBe(1);
        again.Updated.ShouldBe(0);
        (await bed.OneAsync<string>("select in_short || '|' || array_to_string(keywords, ',') from papers where title = 'One'")).ShouldBe("It is short.|a,c");
        (await bed.OneAsync<int>("select cardinality(keywords) from papers where title = 'Two'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_reader_asks_for_it_and_takes_it_back()
    {
        await using var site = await Site.OpenAsync(apps);
        var path = await site.SubscribeAsync(Ada);

        await site.PostAsync(path, ("form", "all"), ("in_short", "yes"));
        (await site.ColumnAsync(Ada, "prefers_in_short")).ShouldBe("true");
        await site.PostAsync(path, ("max", "7"));
        (await site.ColumnAsync(Ada, "prefers_in_short")).ShouldBe("true");
        await site.PostAsync(path, ("form", "all"));
        (await site.ColumnAsync(Ada, "prefers_in_short")).ShouldBe("false");
        (await site.PostAsync(path, ("in_short", "maybe"))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("en", "In short (written by a machine): ")]
    [InlineData("de", "Kurz gesagt (von einer Maschine geschrieben): ")]
    [InlineData("zh", "简而言之（由机器撰写）：")]
    public void The_mail_has_it_in_place_of_the_abstract_for_those_who_want_it_and_for_nobody_else(string language, string label)
    {
        var bed = new MailTestBed();
        var content = MailGallery.Ordinary(language);
        var entries = content.Entries.Select((entry, place) => place == 0 ? new DigestEntry
        {
            Paper = entry.Paper with { InShort = Sentence },
            Section = entry.Section,
            Topic = entry.Topic,
            Reasons = entry.Reasons,
        } : entry).ToList();
        var abstractText = content.Entries[0].Paper.Abstract![..30];

        var plain = bed.Digests.Compose(content with { Entries = entries });
        var brief = bed.Digests.Compose(content with { Entries = entries, PrefersInShort = true });

        Flat(brief.Text).ShouldContain(Flat(label + Sentence));
        Flat(brief.Text).ShouldNotContain(Flat(abstractText));
        Flat(brief.Text).ShouldContain(Flat(content.Entries[1].Paper.Abstract![..30]));
        plain.Text.ShouldNotContain(label.Trim());
        Flat(plain.Text).ShouldContain(Flat(abstractText));
    }

    [Theory]
    [InlineData("Chain-of-thought reasoning", "en")]
    [InlineData("大语言模型的高效注意力", "zh")]
    [InlineData("大規模言語モデルの注意", "ja")]
    [InlineData("מודלי שפה גדולים", "he")]
    [InlineData("Большие языковые модели", "ru")]
    [InlineData("대규모 언어 모델", "ko")]
    [InlineData("α-β search with Ω-nets in practice", "en")]
    [InlineData("12 + 30 = 42", null)]
    [InlineData("", null)]
    public void The_language_of_a_title_is_told_by_its_letters(string title, string? language) =>
        TextLetters.LanguageOf(title).ShouldBe(language);

    private static string Flat(string text) => text.Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
}
