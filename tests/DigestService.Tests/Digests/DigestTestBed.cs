using DigestService.Digests;
using DigestService.Platform;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Digests;

/// <summary>Planning as a tick does it.</summary>
internal static class TickPlanning
{
    /// <summary>Plans everybody who is due at a moment; returns how many digests were planned.</summary>
    public static async Task<int> PlanDueAsync(this DigestPlanner planner, Instant now) =>
        await planner.Begin(await planner.FindDueAsync(now, default), now, default).Planned;
}

/// <summary>An app with topics, papers and readers written straight into its tables, for tests of choosing and composing.</summary>
internal sealed class DigestTestBed(TestApp app)
{
    /// <summary>Wednesday 2026-03-04, 07:00 UTC: the hour of every reader here.</summary>
    public static readonly Instant Hour = Instant.FromUtc(2026, 3, 4, 7, 0);

    /// <summary>The day of that hour.</summary>
    public static readonly LocalDate Today = new(2026, 3, 4);

    /// <summary>The clock that all parts read.</summary>
    public TestClock Clock => app.Clock;

    /// <summary>The app's database.</summary>
    public Database Database => app.Database;

    /// <summary>A bed over an empty catalogue with three topics: <c>pruning</c>, <c>robots</c>, <c>proteins</c>.</summary>
    public static async Task<DigestTestBed> OpenAsync(AppFixture fixture, params IEnumerable<(string Key, string Value)> settings)
    {
        var app = await fixture.CreateAsync(settings);
        var bed = new DigestTestBed(app);
        foreach (var topic in (string[])["pruning", "robots", "proteins"])
            await bed.AddTopicAsync(topic);
        return bed;
    }

    /// <summary>Adds a paper listed on a day; its id is returned.</summary>
    public Task<long> AddPaperAsync(string title, int upvotes = 10, LocalDate? listedOn = null, string text = "An abstract.", string author = "Ada Lovelace", Instant? createdAt = null) =>
        Database.QuerySingleOrDefaultAsync<long>(
            """
            insert into papers (title, original_title, abstract, authors, upvotes, first_listed_on, created_at, updated_at)
            values (@title, @title, @text, array[@author], @upvotes, @day, @now, @now)
            returning id
            """,
            new { title, text, author, upvotes, day = listedOn ?? Today, now = createdAt ?? (Hour - Duration.FromHours(6)) },
            default);

    /// <summary>Adds a reader who is due at <see cref="Hour"/> each day; the id is returned.</summary>
    public async Task<long> AddReaderAsync(string address, params string[] topics)
    {
        var id = await Database.QuerySingleOrDefaultAsync<long>(
            """
            insert into subscribers (address, address_key, state, next_due_at, next_due_on, created_at, confirmed_at)
            values (@address, @address, 'active', @hour, @today, @confirmed, @confirmed)
            returning id
            """,
            new { address, hour = Hour, today = Today, confirmed = Hour - Duration.FromDays(1) },
            default);
        await Database.ExecuteAsync(
            """
            insert into preferences (subscriber_id, query_id, topic_id)
            select @id, query_id, id from topics where slug = any(@topics)
            """,
            new { id, topics },
            default);
        return id;
    }

    /// <summary>Adds an own query to a reader's preferences.</summary>
    public async Task AddOwnQueryAsync(long reader, string text, bool muted = false)
    {
        var queryId = await app.AddQueryAsync(text);
        await Database.ExecuteAsync(
            "insert into preferences (subscriber_id, query_id, text, muted) values (@reader, @queryId, @text, @muted)",
            new { reader, queryId, text, muted },
            default);
    }

    /// <summary>Plans at <see cref="Hour"/>, as a tick begins with it; returns how many digests were planned.</summary>
    public Task<int> PlanAsync() => Service<DigestPlanner>().PlanDueAsync(Hour);

    /// <summary>Plans and composes at a moment.</summary>
    public Task<TickCounts> TickAsync(Instant? now = null)
    {
        app.Clock.Now = now ?? Hour;
        return app.Service<DigestTick>().RunAsync(app.Clock.Now, default);
    }

    /// <summary>Plans, composes and sends at a moment.</summary>
    public Task<DigestRunCounts> RunAsync(Instant now)
    {
        app.Clock.Now = now;
        return app.Service<DigestRun>().RunAsync(now, default);
    }

    /// <summary>A registered service.</summary>
    public T Service<T>()
        where T : notnull => app.Service<T>();

    /// <summary>Titles in one reader's digest of a day, in order.</summary>
    public Task<IReadOnlyList<string>> TitlesAsync(long reader, LocalDate? day = null) => Database.QueryAsync<string>(
        """
        select p.title
        from digest_items i
        join papers p on p.id = i.paper_id
        where i.subscriber_id = @reader and i.digest_on = @day
        order by i.position
        """,
        new { reader, day = day ?? Today },
        default);

    /// <summary>The outcome of one reader's digest of a day.</summary>
    public Task<string?> OutcomeAsync(long reader, LocalDate? day = null) => Database.QuerySingleOrDefaultAsync<string>(
        "select outcome from digests where subscriber_id = @reader and digest_on = @day",
        new { reader, day = day ?? Today },
        default);

    /// <summary>What the relay made of all mails that wait: <c>sent</c>, <c>failed</c>, <c>unknown</c> and so on.</summary>
    public Task EndMailsAsync(string state, string? reply = null) => Database.ExecuteAsync(
        """
        update deliveries
        set state = @state, reply = @reply, next_attempt_at = null, finished_at = case when @state <> 'unknown' then @now end
        where state = 'queued'
        """,
        new { state, reply, now = app.Clock.Now },
        default);

    /// <summary>How many mails are in the outbox.</summary>
    public Task<int> MailsAsync() =>
        Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from deliveries", null, default);

    private async Task AddTopicAsync(string word) => await Database.ExecuteAsync(
        """
        insert into topics (slug, name, topic_group, description, query_id)
        values (@word, @word, 'Tests', 'About it.', @queryId)
        """,
        new { word, queryId = await app.AddQueryAsync(word) },
        default);
}
