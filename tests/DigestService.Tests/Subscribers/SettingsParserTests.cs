using System.Text;
using DigestService.Digests;
using DigestService.Subscribers;
using DigestService.Tests.Shared;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Subscribers;

public sealed class SettingsParserTests
{
    private static readonly SettingsParser Reader = new([Topic(1, "diffusion", "diffusion"), Topic(2, "agents", "agents")], new DigestOptions());

    [Fact]
    public void Everything_a_form_may_say_is_read()
    {
        var (change, errors) = Reader.Read(new SettingsForm
        {
            Topics = ["diffusion", "AGENTS"],
            More = ["agents"],
            Queries = [" protein folding ", ""],
            Zone = "America/New_York",
            At = "6:30",
            Frequency = "weekly",
            WeeklyOn = "5",
            Max = "7",
            Language = "DE",
            OutsideTopics = "0",
            EmptyDay = "note",
            MutedWords = "Crypto, survey\nsurvey, WHO guidelines, Neuro*",
        });

        errors.ShouldBeEmpty();
        change.Wishes!.Wishes.Select(wish => (wish.TopicId, wish.Text, wish.Weight)).ShouldBe(
            [(1L, null, 1f), (2L, null, Wish.More), (null, "protein folding", 1f)]);
        (change.Zone, change.SendAt, change.Frequency, change.WeeklyOn, change.MaxItems, change.Language, change.OutsideTopics, change.EmptyDay)
            .ShouldBe(("America/New_York", new LocalTime(6, 30), DigestFrequency.Weekly, (short)5, (short)7, "de", (short)0, EmptyDayRule.Note));
        change.MutedWords.ShouldBe(["crypto", "survey", "WHO guidelines", "neuro*"]);
    }

    [Theory]
    [InlineData("zone", "Mars/Olympus")]
    [InlineData("zone", "12345678901234567890123456789012345678901234567890123456789😀")]
    [InlineData("at", "25:00")]
    [InlineData("at", "7 o'clock")]
    [InlineData("frequency", "3")]
    [InlineData("frequency", "hourly")]
    [InlineData("weekly_on", "8")]
    [InlineData("max", "0")]
    [InlineData("max", "51")]
    [InlineData("max", "١٢")]
    [InlineData("language", "tlh")]
    [InlineData("empty_day", "panic")]
    [InlineData("topics", "alchemy")]
    [InlineData("more", "alchemy")]
    [InlineData("muted_words", "a\u0000b")]
    [InlineData("muted_words", "to be")]
    [InlineData("muted_words", "(")]
    [InlineData("muted_words", "neural*net")]
    [InlineData("muted_words", "author:Musk")]
    [InlineData("muted_words", "crypto OR survey")]
    public void What_cannot_be_meant_is_refused_by_field(string field, string value)
    {
        var (_, errors) = Reader.Read(Form(field, value));

        var error = errors.ShouldHaveSingleItem();
        (error.Field, error.IsMissing).ShouldBe((field, value == "alchemy"));
        error.Sentence.EnumerateRunes().ShouldNotContain(Rune.ReplacementChar);
    }

    [Theory]
    [InlineData("ada@mail.example", "a…@mail.example")]
    [InlineData("\U0001D49Cda@mail.example", "\U0001D49C…@mail.example")]
    [InlineData("", "…")]
    public void Of_a_leaders_address_the_others_see_the_first_letter_and_the_domain(string address, string shown) =>
        SubscriberLists.Masked(address).ShouldBe(shown);

    [Theory]
    [InlineData("survey, benchmark")]
    [InlineData("survey; benchmark")]
    [InlineData("survey，benchmark")]
    [InlineData("survey、benchmark；")]
    [InlineData("survey\nbenchmark")]
    public void Muted_words_stand_apart_in_whatever_way(string written)
    {
        var (change, errors) = Reader.Read(Form("muted_words", written));

        errors.ShouldBeEmpty();
        change.MutedWords.ShouldBe(["survey", "benchmark"]);
    }

    [Theory]
    [InlineData("\"survey, benchmark\"", new[] { "survey benchmark" })]
    [InlineData("hype, “survey; benchmark”; 5\" screen, 6\" phone", new[] { "hype", "survey benchmark", "5\" screen", "6\" phone" })]
    [InlineData("\"survey, benchmark", new[] { "\"survey", "benchmark" })]
    [InlineData("\"survey\nbenchmark\"", new[] { "\"survey", "benchmark\"" })]
    public void A_muted_phrase_in_quotation_marks_is_one(string written, string[] words) => Reader.Read(Form("muted_words", written)).Change.MutedWords.ShouldBe(words);

    [Fact]
    public void A_wrong_query_is_answered_with_the_place()
    {
        var (_, errors) = Reader.Read(new SettingsForm { Queries = ["agents \"open"] });

        var error = errors.ShouldHaveSingleItem();
        error.Value.ShouldBe("agents \"open");
        error.Position.ShouldBe(7);
    }

    [Fact]
    public void A_topic_and_an_own_query_that_come_to_the_same_are_one_wish()
    {
        var (change, errors) = Reader.Read(new SettingsForm { Topics = ["agents"], Queries = ["Agents"] });

        errors.ShouldBeEmpty();
        change.Wishes!.Wishes.ShouldHaveSingleItem().TopicId.ShouldBe(2);
    }

    [Fact]
    public void A_topic_that_is_chosen_and_left_out_is_a_fault_of_the_list_of_those_left_out()
    {
        var (_, errors) = Reader.Read(new SettingsForm { Topics = ["agents", "diffusion"], MutedTopics = ["Agents"] });
        var (_, ofQuery) = Reader.Read(new SettingsForm { Queries = ["AGENTS"], MutedTopics = ["agents"] });

        errors.ShouldHaveSingleItem().Field.ShouldBe("muted_topics");
        ofQuery.ShouldHaveSingleItem().Field.ShouldBe("query");
    }

    [Fact]
    public void Lists_without_end_are_refused_without_much_work_and_with_few_words()
    {
        string[] many = [.. Enumerable.Range(0, 40_000).Select(n => $"topic-{n}")];

        var (_, errors) = Reader.Read(Endless(many));
        var (_, unknown) = Reader.Read(new SettingsForm { Topics = many[..400], Queries = [.. many[..300].Select(text => $"({text}")] });

        errors.Select(error => error.Field).Order(StringComparer.Ordinal).ShouldBe(["more", "muted_topics", "muted_words", "query", "topics"]);
        unknown.Count.ShouldBe(SettingsParser.MostErrors);
        Cost.ShouldGrowWithTheSize(many.Length, length =>
        {
            var form = Endless(many[..length]);
            return () => Reader.Read(form);
        });

        static SettingsForm Endless(string[] list) => new() { Topics = list, More = list, MutedTopics = list, Queries = list, MutedWords = string.Join('\n', list) };
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(11, 1)]
    public void Queries_are_counted_by_what_they_ask_for_as_they_are_by_mail(int distinct, int faults)
    {
        List<string> queries = [.. Enumerable.Range(0, distinct).SelectMany(n => (string[])[$"word{n} net", $"WORD{n} AND net"]), "agents"];

        var (_, errors) = Reader.Read(new SettingsForm { Topics = ["agents"], Queries = queries });

        errors.Select(error => error.Sentence).ShouldBe(Enumerable.Repeat("At most 10 queries of your own; join some with OR.", faults));
    }

    [Fact]
    public void A_list_that_names_one_thing_many_times_names_it_once()
    {
        var (change, errors) = Reader.Read(new SettingsForm { Topics = [.. Enumerable.Repeat("agents", 400)], Queries = ["a b", "a b", " a b "] });

        errors.ShouldBeEmpty();
        change.Wishes!.Wishes.Count.ShouldBe(2);
    }

    [Fact]
    public void What_is_cleared_where_that_means_the_default_goes_back_to_it()
    {
        var (change, errors) = Reader.Read(new SettingsForm
        {
            BlankIsDefault = true, Zone = "", At = " ", Frequency = "", WeeklyOn = "", Max = "", Language = "", OutsideTopics = "", EmptyDay = "", MutedWords = "",
        });

        errors.ShouldBeEmpty();
        (change.Zone, change.SendAt, change.Frequency, change.WeeklyOn, change.MaxItems, change.Language)
            .ShouldBe(("UTC", new LocalTime(7, 0), DigestFrequency.Daily, (short)1, (short)10, "en"));
        (change.OutsideTopics, change.ClearsOutsideTopics, change.EmptyDay, change.ClearsEmptyDay).ShouldBe((null, true, null, true));
        change.MutedWords.ShouldBeEmpty();
        change.Wishes.ShouldBeNull();
    }

    [Fact]
    public void What_was_not_said_changes_nothing()
    {
        var (change, errors) = Reader.Read(new SettingsForm { Zone = "", Max = " " });

        errors.ShouldBeEmpty();
        change.ShouldBe(SettingsChange.None);
    }

    private static SettingsForm Form(string field, string value) => field switch
    {
        "zone" => new() { Zone = value },
        "at" => new() { At = value },
        "frequency" => new() { Frequency = value },
        "weekly_on" => new() { WeeklyOn = value },
        "max" => new() { Max = value },
        "language" => new() { Language = value },
        "empty_day" => new() { EmptyDay = value },
        "topics" => new() { Topics = [value] },
        "more" => new() { Topics = [], More = [value] },
        _ => new() { MutedWords = value },
    };

    private static Topic Topic(long id, string slug, string query)
    {
        TopicQuery.TryParse(query, out var parsed, out _).ShouldBeTrue();
        return new() { Id = id, Slug = slug, Name = slug, Group = "All", Description = slug, QueryId = id, Query = parsed!.Canonical };
    }
}
