using DigestService.Mails.Languages;
using DigestService.Relevance;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Mails;

public sealed class LanguageTests
{
    private static readonly LocalDate Day = new(2026, 3, 1);
    private static readonly DigestSpan[] Spans = [DigestSpan.Day, DigestSpan.Week];

    [Theory]
    [InlineData("en", "English")]
    [InlineData("de-AT", "Deutsch")]
    [InlineData("zh_CN", "中文")]
    [InlineData("FR", "Français")]
    [InlineData("tlh", "English")]
    [InlineData("", "English")]
    [InlineData(null, "English")]
    public void A_tag_finds_its_language_or_English(string? tag, string name) => Language.Of(tag).Name.ShouldBe(name);

    [Theory]
    [InlineData("en", "Sunday, 1 March", "12,345", "1 paper", "2 papers")]
    [InlineData("de", "Sonntag, 1. März", "12.345", "1 Paper", "2 Papers")]
    [InlineData("fr", "dimanche 1er mars", "12\u202F345", "1 article", "2 articles")]
    [InlineData("es", "domingo, 1 de marzo", "12\u00A0345", "1 artículo", "2 artículos")]
    [InlineData("zh", "3月1日星期日", "12,345", "1 篇论文", "2 篇论文")]
    public void Dates_numbers_and_plurals_are_the_languages_own(string tag, string day, string number, string one, string two)
    {
        var language = Language.Of(tag);

        language.Day(Day).ShouldBe(day);
        language.Number(12_345).ShouldBe(number);
        language.Papers(1).ShouldBe(one);
        language.Papers(2).ShouldBe(two);
    }

    [Theory]
    [InlineData("en", "a, b and c")]
    [InlineData("de", "a, b und c")]
    [InlineData("fr", "a, b et c")]
    [InlineData("es", "a, b y c")]
    [InlineData("zh", "a、b和c")]
    public void Rows_are_joined_as_the_language_joins_them(string tag, string row) => Language.Of(tag).List(["a", "b", "c"]).ShouldBe(row);

    [Fact]
    public void Spanish_says_e_before_an_i() => Language.Of("es").List(["Robots", "Imágenes"]).ShouldBe("Robots e Imágenes");

    [Fact]
    public void Every_reason_has_words_in_every_language()
    {
        Reason[] reasons =
        [
            new MatchedTopic("Agents", []), new MatchedTopic("Agents", ["tool"]), new Upvoted(1, 0), new Upvoted(2, 1), new Upvoted(1_000, 5),
            new ListedHigh("huggingface", 1), new ListedHigh("listing", 2), new LikeThat(1, "Title"), new FollowedAuthor("Ada"),
            new BigOutside(), new LikedAlike(), new NewlyListed(),
        ];

        foreach (var language in Language.All)
        {
            foreach (var span in Spans)
            {
                var words = reasons.Select(reason => language.Say([reason], Day, span).Single()).ToList();
                words.ShouldAllBe(said => said.Length > 3);
                words.Distinct(StringComparer.Ordinal).Count().ShouldBe(reasons.Length);
            }
        }
    }

    [Fact]
    public void A_reason_not_known_to_the_words_is_a_bug_and_says_so() =>
        Should.Throw<ArgumentOutOfRangeException>(() => Language.All[0].Say([new Unheard()], Day, DigestSpan.Day).ToList());

    [Fact]
    public void A_query_that_has_quotation_marks_gets_no_others_around_them()
    {
        foreach (var language in Language.All)
        {
            language.Say([new CloseInMeaning("\"sparse attention\"", "")], Day, DigestSpan.Day).Single().ShouldEndWith("\"sparse attention\"", Case.Sensitive, language.Tag);
            language.Say([new CloseInMeaning("sparse attention", "")], Day, DigestSpan.Day).Single().ShouldEndWith(language.QuoteWords("sparse attention"), Case.Sensitive, language.Tag);
        }
    }

    [Fact]
    public void A_mail_in_Chinese_has_no_space_behind_a_full_stop_and_names_its_script()
    {
        var gallery = new MailTestBed().Gallery.Mails().Where(mail => mail.Name.EndsWith("-zh", StringComparison.Ordinal)).ToList();

        gallery.Count.ShouldBeGreaterThan(5);
        foreach (var mail in gallery.Where(mail => !mail.Name.StartsWith("answer", StringComparison.Ordinal)))
        {
            mail.Mail.Html.ShouldNotContain("。 ", customMessage: mail.Name);
            mail.Mail.Text.ShouldNotContain("。 ", customMessage: mail.Name);
        }

        gallery.ShouldAllBe(mail => mail.Mail.Html.Contains("<html lang=\"zh-Hans\">"));
    }

    [Theory]
    [InlineData("en", "today", "the day", "this week")]
    [InlineData("de", "heute", "des Tages", "diese woche")]
    [InlineData("fr", "aujourd’hui", "du jour", "cette semaine")]
    [InlineData("es", "hoy", "del día", "esta semana")]
    [InlineData("zh", "今天", "当日", "本周")]
    public void A_digest_of_a_week_never_says_today(string tag, string today, string ofTheDay, string week)
    {
        var language = Language.Of(tag);
        var summary = new DigestSummary(5, [new("Agents", 4)], 0, 0, 0, 0, 1);
        string[] Words(DigestSpan span) =>
        [
            language.Summary(summary, span), language.SummaryOfTrending(3, span), language.SummaryOfTrending(1, span), language.QuietDayTrending(span),
            language.Say([new NewlyListed()], Day, span).Single(), language.Say([new BigOutside(), new Upvoted(9, 0)], Day, span).Single(),
        ];

        foreach (var said in Words(DigestSpan.Week))
        {
            said.ShouldNotContain(today, Case.Insensitive);
            said.ShouldNotContain(ofTheDay, Case.Insensitive);
        }

        Words(DigestSpan.Week).Take(5).ShouldAllBe(said => said.Contains(week, StringComparison.OrdinalIgnoreCase));
        Words(DigestSpan.Day).ShouldAllBe(said => said.Contains(today, StringComparison.OrdinalIgnoreCase) || said.Contains(ofTheDay.Trim(), StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("en", "number 2 on Hugging Face’s list of the day", "number 2 on Hugging Face’s list of 27 February")]
    [InlineData("de", "Platz 2 auf der Tagesliste von Hugging Face", "Platz 2 auf der Liste von Hugging Face vom 27. Februar")]
    [InlineData("fr", "numéro 2 de la liste de Hugging Face du jour", "numéro 2 de la liste de Hugging Face du 27 février")]
    [InlineData("es", "número 2 de la lista de Hugging Face del día", "número 2 de la lista de Hugging Face del 27 de febrero")]
    [InlineData("zh", "Hugging Face 当日列表第 2 位", "Hugging Face 2月27日列表第 2 位")]
    public void A_place_on_a_list_names_the_day_of_the_list_where_it_is_another(string tag, string same, string other)
    {
        var language = Language.Of(tag);
        foreach (var span in Spans)
        {
            language.Say([new ListedHigh("huggingface", 2) { ListedOn = Day }], Day, span).Single().ShouldBe(same);
            language.Say([new ListedHigh("huggingface", 2)], Day, span).Single().ShouldBe(same);
            language.Say([new ListedHigh("huggingface", 2) { ListedOn = Day.PlusDays(-2) }], Day, span).Single().ShouldBe(other);
        }
    }

    [Theory]
    [InlineData("en", "biggest")]
    [InlineData("de", "größten")]
    [InlineData("fr", "remarqués")]
    [InlineData("es", "destacado")]
    [InlineData("zh", "最受关注")]
    public void A_paper_that_hardly_anybody_voted_for_is_not_called_one_of_the_biggest(string tag, string biggest)
    {
        var language = Language.Of(tag);
        string Said(params Reason[] reasons) => string.Join(" · ", language.Say(reasons, Day, DigestSpan.Day));

        Said(new BigOutside()).ShouldNotContain(biggest);
        Said(new BigOutside(), new NewlyListed()).ShouldNotContain(biggest);
        Said(new BigOutside(), new Upvoted(3, 0)).ShouldContain(biggest);
        Said(new BigOutside(), new ListedHigh("huggingface", 1)).ShouldContain(biggest);
    }

    [Fact]
    public void Titles_stand_in_Chinese_marks_of_titles_and_words_in_marks_of_quotation()
    {
        var chinese = Language.Of("zh");

        chinese.Say([new LikeThat(1, "Title")], Day, DigestSpan.Day).Single().ShouldContain("《Title》");
        chinese.Say([new CloseInMeaning("my query", "A sentence.")], Day, DigestSpan.Day).Single().ShouldBe("意思接近“my query”：“A sentence.”");
        chinese.AsOneOfList("lab").ShouldContain("“lab”");
    }

    [Fact]
    public void French_elides_before_a_vowel()
    {
        var french = Language.Of("fr");

        french.Say([new ListedHigh("arxiv", 1)], Day, DigestSpan.Day).Single().ShouldBe("numéro 1 de la liste d’arXiv du jour");
        foreach (var address in (string[])["alice@example.org", "Élodie@example.org", "Oscar@example.org", "öl@example.org"])
            french.WhyYouGetThis(address, "Site").ShouldStartWith($"Vous recevez ce message parce qu’{address} est");
        foreach (var address in (string[])["bob@example.org", "hugo@example.org", "yves@example.org", "1a@example.org"])
            french.WhyYouGetThis(address, "Site").ShouldStartWith($"Vous recevez ce message parce que {address} est");
    }

    [Fact]
    public void French_parts_no_guillemet_from_its_word() => Language.Of("fr").AnswerHint.ShouldSatisfyAllConditions(
        hint => hint.ShouldContain("«\u00a0garder 2\u00a0»"), hint => hint.ShouldNotContain("« "), hint => hint.ShouldNotContain(" »"));

    [Fact]
    public void Nothing_that_is_written_parts_a_guillemet_from_its_word() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "LatexSymbols.cs" && File.ReadAllText(file) is var text && (text.Contains("« ", StringComparison.Ordinal) || text.Contains(" »", StringComparison.Ordinal)))
            .ShouldBeEmpty();

    [Fact]
    public void German_says_of_one_paper_that_it_has_no_room()
    {
        Language.Of("de").Missed(Day, Day, 1).ShouldEndWith("1 weiteres Paper, das hier keinen Platz hat.");
        Language.Of("de").Missed(Day, Day, 2).ShouldEndWith("2 weitere Papers, die hier keinen Platz haben.");
    }

    [Theory]
    [InlineData(1, "a la 1:05")]
    [InlineData(2, "a las 2:05")]
    [InlineData(13, "a las 13:05")]
    [InlineData(0, "a las 0:05")]
    public void Spanish_says_one_oclock_in_the_singular(int hour, string said) => Language.Of("es").Moment(Day.At(new(hour, 5))).ShouldEndWith(said);

    [Theory]
    [InlineData("en")]
    [InlineData("de")]
    [InlineData("fr")]
    [InlineData("es")]
    [InlineData("zh")]
    public void The_parts_of_a_summary_add_up(string tag)
    {
        var said = Language.Of(tag).Summary(new DigestSummary(47, [new("A", 9), new("B", 8), new("C", 7)], 4, 6, 5, 2, 10), DigestSpan.Day);

        var numbers = System.Text.RegularExpressions.Regex.Matches(said, "[0-9]+").Select(match => match.Value).ToList();
        foreach (var number in (string[])["47", "9", "8", "7", "4", "6", "5", "2", "10"])
            numbers.ShouldContain(number, said);
    }

    private sealed record Unheard : Reason;
}
