using System.Globalization;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Relevance;
using DigestService.Tests.Shared;
using DigestService.Tests.Sources;
using DigestService.Topics;
using NodaTime;
using NodaTime.Text;
using Xunit.Abstractions;

namespace DigestService.Tests.Digests;

/// <summary>
/// Twenty readers walk through the days of Hugging Face's list with arXiv's announcements beside it: whatever matched one
/// of them was sent or is explained, no topic starves, and everybody reads what is news where they are.
/// </summary>
public sealed class PersonaWalkTests(AppFixture apps, ITestOutputHelper output) : IClassFixture<AppFixture>
{
    // The short walk ends with the weekend, for weekly readers have their digest on Saturday.
    private static readonly LocalDate FirstDay = Full.IsAsked ? new(2025, 10, 6) : new(2025, 10, 8);
    private static readonly int Days = Full.IsAsked ? 30 : 5;

    [Fact]
    public async Task Whatever_matched_was_sent_or_is_explained_and_no_topic_or_zone_goes_without()
    {
        var catalogue = await CatalogueTestBed.StartAsync(apps, "2025-10-06T00:00:00Z");
        var bed = new DigestTestBed(catalogue.App);
        await catalogue.App.Service<TopicCatalogue>().LoadAsync(default);
        var readers = new List<Persona>();
        foreach (var persona in Persona.All)
            readers.Add(persona with { Id = await AddAsync(bed, persona) });

        for (var day = FirstDay; day < FirstDay.PlusDays(Days); day = day.PlusDays(1))
        {
            await ImportAsync(catalogue, day);
            // Every reader is due at one of four hours of the day in UTC.
            foreach (var hour in (int[])[4, 6, 18, 22])
            {
                await bed.TickAsync(day.At(new LocalTime(hour, 0)).InUtc().ToInstant());
                await bed.EndMailsAsync("sent");
            }
        }

        foreach (var reader in readers)
            await CheckAsync(bed, reader);
        (await bed.Service<ComposingHealth>().SetAsideLatelyAsync(default)).ShouldBeEmpty();
    }

    private async Task CheckAsync(DigestTestBed bed, Persona reader)
    {
        var digests = await DigestsAsync(bed, reader);
        var news = await NewsAsync(bed, reader);
        var entries = digests.SelectMany(digest => digest.Account.Items.Select(item => (digest.Day, Item: item, digest.Mailed))).ToList();
        var sent = entries.Select(entry => entry.Item.Paper).ToHashSet();
        var explained = digests.SelectMany(digest => digest.Account.Cut).Select(cut => cut.Paper).ToHashSet();
        var considered = news.Where(paper => paper.ListedOn >= FirstDay && paper.KnownSince <= digests[^1].Mailed).ToList();
        output.WriteLine($"{reader.Name}: {digests.Count} digests, {entries.Count} entries, {considered.Count} papers matched");

        sent.Count.ShouldBe(entries.Count, $"{reader.Name}: nothing twice");
        considered.Where(paper => !sent.Contains(paper.Id) && !explained.Contains(paper.Id)).ShouldBeEmpty($"{reader.Name}: sent or explained");
        digests.ShouldAllBe(digest => digest.Account.Items.Count <= reader.Most);
        CheckTopics(reader, considered, sent, entries.Count);
        CheckNews(reader, digests, news);
        CheckFollowed(reader, news, sent);
    }

    // Each topic with a choice of papers has at least a third of what an even share of the reader's places would be.
    private static void CheckTopics(Persona reader, IReadOnlyList<NewsPaper> news, HashSet<long> sent, int places)
    {
        var topics = news.SelectMany(paper => paper.Topics.Select(topic => (topic, paper.Id))).ToLookup(pair => pair.topic, pair => pair.Id);
        foreach (var topic in topics)
        {
            var papers = topic.Distinct().ToList();
            var fair = Math.Min(papers.Count, (double)places / reader.Topics);
            papers.Count(sent.Contains).ShouldBeGreaterThanOrEqualTo((int)(fair / 3), $"{reader.Name}: topic {topic.Key} with {papers.Count} papers");
        }
    }

    private static void CheckNews(Persona reader, IReadOnlyList<ReadDigest> digests, IReadOnlyList<NewsPaper> news)
    {
        var listedOn = news.ToDictionary(paper => paper.Id);
        if (reader.Frequency == "weekly")
        {
            foreach (var digest in digests.Where(digest => digest.Account.Items.Count >= 6 && digest.Day >= FirstDay.PlusDays(3)))
            {
                var days = digest.Account.Items.Where(item => listedOn.ContainsKey(item.Paper)).GroupBy(item => listedOn[item.Paper].ListedOn).ToList();
                days.Count.ShouldBeGreaterThanOrEqualTo(3, $"{reader.Name}: the days of the week in {digest.Day}");
                days.Max(day => day.Count()).ShouldBeLessThanOrEqualTo(digest.Account.Items.Count * 2 / 3, $"{reader.Name}: {digest.Day}");
            }

            return;
        }

        // What came within the last day is in the digest, wherever the reader's day begins.
        var withNews = digests.Where(digest => news.Any(paper => IsNew(paper, digest))).ToList();
        var showingIt = withNews.Count(digest => digest.Account.Items.Any(item => listedOn.TryGetValue(item.Paper, out var paper) && IsNew(paper, digest)));
        showingIt.ShouldBeGreaterThanOrEqualTo(withNews.Count * 3 / 4, $"{reader.Name}: {withNews.Count} days brought news");

        static bool IsNew(NewsPaper paper, ReadDigest digest) =>
            paper.KnownSince <= digest.Mailed && paper.KnownSince > digest.Mailed - Duration.FromHours(24);
    }

    private static void CheckFollowed(Persona reader, IReadOnlyList<NewsPaper> news, HashSet<long> sent)
    {
        if (reader.Follows is not null)
            news.Count(paper => paper.IsFollowed && sent.Contains(paper.Id)).ShouldBeGreaterThanOrEqualTo(
                Math.Min(1, news.Count(paper => paper.IsFollowed)), $"{reader.Name} follows {reader.Follows}");
    }

    private static async Task<IReadOnlyList<ReadDigest>> DigestsAsync(DigestTestBed bed, Persona reader)
    {
        EmailAddress.TryParse(reader.Address, out var address).ShouldBeTrue();
        var rows = await bed.Database.QueryAsync<DigestRow>(
            "select digest_on, due_at from digests where subscriber_id = @id order by digest_on", new { id = reader.Id }, default);
        var digests = new List<ReadDigest>();
        foreach (var row in rows)
            digests.Add(new(row.DigestOn, row.DueAt, await bed.Service<DigestLedger>().ExplainAsync(address, row.DigestOn, row.DueAt, default)));
        digests.ShouldNotBeEmpty(reader.Name);
        return digests;
    }

    // The papers that match what the reader asks for, by the tables and not by the program: since when each was there.
    private static Task<IReadOnlyList<NewsPaper>> NewsAsync(DigestTestBed bed, Persona reader) => bed.Database.QueryAsync<NewsPaper>(
        """
        select p.id, coalesce(hf.listed_on, p.first_listed_on) as listed_on, coalesce(hf.imported_at, p.created_at) as known_since,
               array_agg(m.query_id) as topics, bool_or(f.text like 'author:%') as is_followed
        from preferences f
        join topic_matches m on m.query_id = f.query_id and not m.is_near
        join papers p on p.id = m.paper_id
        left join lateral (
            select l.listed_on, l.imported_at
            from listing_entries e
            join listings l on l.id = e.listing_id
            where e.paper_id = p.id and l.source = 'huggingface'
            order by l.listed_on
            limit 1) hf on true
        where f.subscriber_id = @id and not f.muted
        group by p.id, hf.listed_on, hf.imported_at
        """,
        new { id = reader.Id },
        default);

    private static async Task<long> AddAsync(DigestTestBed bed, Persona persona)
    {
        var zone = DateTimeZoneProviders.Tzdb[persona.Zone];
        var due = FirstDay.At(new LocalTime(persona.HourInUtc, 0)).InUtc().ToInstant().InZone(zone);
        var schedule = new DigestSchedule(
            zone, due.TimeOfDay, Enum.Parse<DigestFrequency>(persona.Frequency, ignoreCase: true), IsoDayOfWeek.Saturday);
        var first = schedule.FirstAfter(FirstDay.AtMidnight().InUtc().ToInstant());
        var id = await bed.AddReaderAsync(persona.Address);
        await bed.Database.ExecuteAsync(
            """
            update subscribers
            set zone = @zone, send_at = @at, frequency = @frequency, weekly_on = 6, max_items = @most, muted_words = @muted,
                next_due_on = @firstOn, next_due_at = @firstAt
            where id = @id;
            insert into preferences (subscriber_id, query_id, topic_id, muted)
            select @id, query_id, id, row_number() over (order by id) <= @mutedTopics
            from (select * from topics where slug not in ('pruning', 'robots', 'proteins') order by id offset @skip limit @topics) chosen
            on conflict do nothing
            """,
            new
            {
                id,
                zone = persona.Zone,
                at = due.TimeOfDay,
                frequency = persona.Frequency,
                most = persona.Most,
                muted = persona.MutedWords,
                firstOn = first.DigestOn,
                firstAt = first.DueAt,
                mutedTopics = persona.MutedTopics,
                skip = persona.Skip,
                topics = persona.Topics + persona.MutedTopics,
            },
            default);
        if (persona.Follows is { } author)
            await bed.AddOwnQueryAsync(id, $"author:\"{author}\"");
        return id;
    }

    // arXiv announces at midnight, Hugging Face's list of the day stands an hour later.
    private static async Task ImportAsync(CatalogueTestBed catalogue, LocalDate day)
    {
        var name = LocalDatePattern.Iso.Format(day);
        var arxiv = Path.Combine(SharedData.Require("data/arxiv-daily"), name + ".jsonl.gz");
        var huggingFace = Path.Combine(SharedData.Require("data/hf-daily"), name + ".json");
        catalogue.TravelTo($"{name}T00:10:00Z");
        if (File.Exists(arxiv))
            await catalogue.ImportAsync(arxiv);
        catalogue.TravelTo($"{name}T01:10:00Z");
        if (File.Exists(huggingFace))
            await catalogue.ImportAsync(huggingFace);
    }

    /// <summary>Who reads where, when and what.</summary>
    private sealed record Persona(
        string Name, string Zone, int HourInUtc, string Frequency, int Topics, int Most, int Skip = 0, string? Follows = null, int MutedTopics = 0, params string[] MutedWords)
    {
        public static readonly IReadOnlyList<Persona> All =
        [
            new("honolulu", "Pacific/Honolulu", 4, "daily", 3, 10),
            new("anchorage", "America/Anchorage", 6, "daily", 1, 10, 20),
            new("los-angeles", "America/Los_Angeles", 4, "weekdays", 5, 5, 10),
            new("denver", "America/Denver", 4, "weekly", 8, 20, 3),
            new("chicago", "America/Chicago", 22, "daily", 20, 8),
            new("new-york", "America/New_York", 22, "weekdays", 2, 1, 30),
            new("sao-paulo", "America/Sao_Paulo", 22, "daily", 1, 2, 5),
            new("reykjavik", "Atlantic/Reykjavik", 6, "weekly", 4, 12, 40),
            new("london", "Europe/London", 6, "daily", 6, 10, 12, "Yoshua Bengio"),
            new("berlin", "Europe/Berlin", 6, "weekdays", 10, 3, 25),
            new("cairo", "Africa/Cairo", 6, "daily", 4, 50, 33),
            new("nairobi", "Africa/Nairobi", 4, "weekly", 20, 30, 8),
            new("tehran", "Asia/Tehran", 4, "daily", 2, 6, 45, null, 2),
            new("kolkata", "Asia/Kolkata", 22, "daily", 12, 12, 6, null, 0, "survey", "benchmark"),
            new("kathmandu", "Asia/Kathmandu", 22, "weekdays", 3, 7, 50, "Chelsea Finn"),
            new("tokyo", "Asia/Tokyo", 22, "daily", 5, 10, 18),
            new("sydney", "Australia/Sydney", 18, "weekly", 1, 10, 2),
            new("auckland", "Pacific/Auckland", 18, "daily", 20, 20, 30),
            new("chatham", "Pacific/Chatham", 18, "daily", 7, 4, 14, null, 1, "video"),
            new("kiritimati", "Pacific/Kiritimati", 18, "weekdays", 2, 10, 9),
        ];

        public long Id { get; init; }

        public string Address => Name + "@reader.example";
    }

    private sealed record ReadDigest(LocalDate Day, Instant Mailed, DigestAccount Account);

    private sealed record DigestRow
    {
        public required LocalDate DigestOn { get; init; }
        public required Instant DueAt { get; init; }
    }

    private sealed record NewsPaper
    {
        public required long Id { get; init; }
        public required LocalDate ListedOn { get; init; }
        public required Instant KnownSince { get; init; }
        public required long[] Topics { get; init; }
        public required bool IsFollowed { get; init; }
    }
}
