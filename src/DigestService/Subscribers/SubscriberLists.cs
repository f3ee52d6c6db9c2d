using System.Globalization;
using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>
/// Several addresses under one digest. One reader leads a list: the others have copies of the leader's settings on their rows,
/// which are kept the same by every save, and topics, queries and verdicts are held with the leader alone. State, links,
/// digests and mails are each reader's own. Who leads on when a leader leaves or is erased is decided by a trigger, so that
/// no way out is forgotten.
/// </summary>
internal sealed class SubscriberLists(Database database)
{
    /// <summary>The longest name of a list.</summary>
    public const int LongestName = 60;

    /// <summary>A list's settings, as a change for those who follow them.</summary>
    public static SettingsChange SettingsOf(Subscriber leader) => new()
    {
        Zone = leader.Zone,
        SendAt = leader.SendAt,
        Frequency = leader.Frequency,
        WeeklyOn = leader.WeeklyOn,
        MaxItems = leader.MaxItems,
        Language = leader.Language,
        OutsideTopics = leader.OutsideTopics,
        ClearsOutsideTopics = leader.OutsideTopics is null,
        EmptyDay = leader.EmptyDay,
        ClearsEmptyDay = leader.EmptyDay is null,
        MutedWords = leader.MutedWords,
        PrefersInShort = leader.PrefersInShort,
        ListId = leader.ListId,
    };

    /// <summary>
    /// Brings what leaders have saved to those who follow them, in the caller's transaction, which holds the leaders: other
    /// hours move everybody's next digest.
    /// </summary>
    public static async Task FollowAsync(NpgsqlConnection connection, IEnumerable<Subscriber> saved, Instant now, CancellationToken ct)
    {
        var leaders = saved.Where(reader => reader.LeadsList).ToDictionary(reader => reader.Id);
        if (leaders.Count == 0)
            return;
        var followers = await connection.QueryAsync<Subscriber>(SubscriberListQueries.LockFollowers, new { leaders = leaders.Keys.ToArray() }, ct);
        var moved = followers.Select(reader => (Before: reader, After: reader.Change(SettingsOf(leaders[reader.LeaderId!.Value]), now))) // they were found by it
            .Where(reader => !SettingsVersion.Of(reader.Before, []).Equals(SettingsVersion.Of(reader.After, [])))
            .Select(reader => reader.After).ToList();
        await SubscriberRows.SaveAsync(connection, moved, [], ct);
    }

    /// <summary>Makes a list that a reader leads; its number.</summary>
    public static Task<long> CreateAsync(NpgsqlConnection connection, string name, long leader, Instant now, CancellationToken ct) =>
        connection.QuerySingleAsync<long>(SubscriberListQueries.Create, new { name, leader, now }, ct);

    /// <summary>The leaders of the lists that have one of some names, by name in lower case; held until the transaction ends.</summary>
    public static async Task<Dictionary<string, Subscriber>> LeadersAsync(NpgsqlConnection connection, IEnumerable<string> names, CancellationToken ct) =>
        names.Select(Key).Distinct(StringComparer.Ordinal).ToArray() is { Length: > 0 } keys
            ? (await connection.QueryAsync<Subscriber>(SubscriberListQueries.LockLeaders, new { names = keys }, ct))
                .ToDictionary(leader => Key(leader.ListName!), StringComparer.Ordinal) // a leader has a list
            : [];

    /// <summary>The name of a list as it was typed, without blanks around it; null for none, and where it is no name, with the sentence why.</summary>
    public static string? NameOf(string? typed, out string? fault)
    {
        var name = typed?.Trim() ?? "";
        fault = name.Length > LongestName || name.Any(char.IsControl) ? $"The name of a list has at most {LongestName} letters, on one line." : null;
        return name.Length > 0 && fault is null ? name : null;
    }

    /// <summary>Under which two spellings of a name are one list.</summary>
    public static string Key(string name) => name.ToLowerInvariant();

    /// <summary>How many addresses get the digest of a list now.</summary>
    public Task<int> SizeAsync(long list, CancellationToken ct) =>
        database.QuerySingleOrDefaultAsync<int>(SubscriberListQueries.Size, new { list }, ct);

    /// <summary>
    /// Lets a reader go on alone with a copy of the list's settings, topics, queries and verdicts; false for one who follows none.
    /// </summary>
    public Task<bool> GoAloneAsync(long id, CancellationToken ct) => database.InTransactionAsync(
        async connection =>
        {
            var reader = await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Lock, new { id }, ct);
            if (reader is not { FollowsList: true, IsConfirmed: true })
                return false;
            await connection.ExecuteAsync(SubscriberListQueries.ForgetWishes, new { ids = new[] { id } }, ct);
            await connection.ExecuteAsync(SubscriberListQueries.ForgetVerdictsOfList, new { id, leader = reader.LeaderId }, ct);
            await connection.ExecuteAsync(SubscriberListQueries.CopyWishes, new { id, leader = reader.LeaderId }, ct);
            await SubscriberRows.SaveAsync(connection, [reader with { ListId = null }], [], ct);
            return true;
        },
        ct);

    /// <summary>How a member is told who changes the list: enough to know the person by, too little to write to them.</summary>
    public static string Masked(string address)
    {
        var at = address.LastIndexOf('@');
        return at < 1 ? "…" : $"{StringInfo.GetNextTextElement(address)}…{address[at..]}";
    }
}

/// <summary>The statements of lists.</summary>
internal static class SubscriberListQueries
{
    /// <summary>Everybody of some lists but their leaders, held in one order.</summary>
    public const string LockFollowers = $"""
        -- lists.lock_followers
        select {SubscriberQueries.Columns}
        from subscribers
        where list_id in (select id from lists where leader_id = any(@leaders))
          and id <> all(@leaders)
        order by id
        for update
        """;

    /// <summary>The leaders of lists by name.</summary>
    public const string LockLeaders = $"""
        -- lists.lock_leaders
        select {SubscriberQueries.Columns}
        from subscribers
        where (bucket, id) in (select leader_id & 63, leader_id from lists where lower(name) = any(@names))
        order by id
        for update
        """;

    public const string Create = """
        -- lists.create
        insert into lists (name, leader_id, created_at)
        values (@name, @leader, @now)
        returning id
        """;

    public const string Size = """
        -- lists.size
        select count(*)::int
        from subscribers
        where list_id = @list
          and state in ('active', 'paused')
        """;

    /// <summary>What readers wished for before they joined a list: the list's topics and queries are theirs now.</summary>
    public const string ForgetWishes = """
        -- lists.forget_wishes
        delete from preferences p
        using unnest(@ids) as r (id)
        where p.bucket = r.id & 63
          and p.subscriber_id = r.id
        """;

    /// <summary>Where the list has a verdict on a paper, hidden or not, it counts in place of the one that a reader gave before they joined.</summary>
    public const string ForgetVerdictsOfList = """
        -- lists.forget_verdicts_of_list
        with of_hidden_papers as (
            delete from hidden_feedback own
            using hidden_feedback of_list
            where own.bucket = @id & 63
              and own.subscriber_id = @id
              and of_list.bucket = @leader & 63
              and of_list.subscriber_id = @leader
              and of_list.paper_id = own.paper_id
        )
        delete from feedback own
        using feedback of_list
        where own.bucket = @id & 63
          and own.subscriber_id = @id
          and of_list.bucket = @leader & 63
          and of_list.subscriber_id = @leader
          and of_list.paper_id = own.paper_id
        """;

    /// <summary>Gives a reader what the list has, in place of what they had before they joined it.</summary>
    public const string CopyWishes = """
        -- lists.copy_wishes
        with wishes as (
            insert into preferences (bucket, subscriber_id, query_id, topic_id, text, name, weight, muted)
            select @id & 63, @id, p.query_id, p.topic_id, p.text, p.name, p.weight, p.muted
            from preferences p
            join queries q on q.id = p.query_id
            where p.bucket = @leader & 63
              and p.subscriber_id = @leader
            for key share of q
        ),
        of_hidden_papers as (
            insert into hidden_feedback (bucket, subscriber_id, paper_id, kind, given_from, given_at)
            select @id & 63, @id, paper_id, kind, given_from, given_at
            from hidden_feedback
            where bucket = @leader & 63
              and subscriber_id = @leader
            on conflict (bucket, subscriber_id, paper_id, kind) do nothing
        )
        insert into feedback (bucket, subscriber_id, paper_id, kind, given_from, given_at)
        select @id & 63, @id, paper_id, kind, given_from, given_at
        from feedback
        where bucket = @leader & 63
          and subscriber_id = @leader
        on conflict (bucket, subscriber_id, paper_id, kind) do nothing
        """;
}
