using DigestService.Mail;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Digests;

/// <summary>
/// The digest that settings would bring which nobody has saved: chosen by the same code from the same papers, with nothing
/// sent and nothing changed. Queries that nobody has yet are matched in memory.
/// </summary>
internal sealed class DigestTrial(
    Database database, CandidatePool.Loader pools, DigestSelector selector, DigestPreview preview, TopicCatalogue catalogue, TopicPreview queries, IClock clock)
{
    /// <summary>The digest that a change of a reader's settings would bring; null for a reader who is gone.</summary>
    public async Task<(DigestSelection Selection, CandidatePool Pool)?> TryAsync(Subscriber reader, SettingsChange change, CancellationToken ct)
    {
        if (!EmailAddress.TryParse(reader.Address, out var address))
            return null;
        var pool = await pools.OpenAsync(clock.GetCurrentInstant(), ct);
        if (await preview.LoadAsync(address, clock.GetCurrentInstant(), pool, ct) is not { } stored)
            return null;
        var tried = stored with
        {
            Language = change.Language ?? stored.Language,
            Frequency = change.Frequency?.ToString().ToLowerInvariant() ?? stored.Frequency,
            MaxItems = change.MaxItems ?? stored.MaxItems,
            OutsideTopics = change.ClearsOutsideTopics ? null : change.OutsideTopics ?? stored.OutsideTopics,
            EmptyDay = change.ClearsEmptyDay ? null : change.EmptyDay?.ToString().ToLowerInvariant() ?? stored.EmptyDay,
            PrefersInShort = change.PrefersInShort ?? stored.PrefersInShort,
            MutedWords = change.MutedWords?.ToArray() ?? stored.MutedWords,
        };
        if (change.Wishes is { Wishes: var wishes })
            (tried, pool) = await WithWishesAsync(tried, wishes, pool, ct);
        return (selector.Choose(tried, pool), pool);
    }

    private async Task<(DueSubscriber Reader, CandidatePool Pool)> WithWishesAsync(
        DueSubscriber reader, IReadOnlyList<Wish> wishes, CandidatePool pool, CancellationToken ct)
    {
        var topics = (await catalogue.ListAsync(ct)).ToDictionary(topic => topic.Id);
        var own = wishes.Where(wish => wish.TopicId is null).Select(wish => wish.Canonical).ToArray();
        var known = (await database.QueryAsync<QueryRow>(DigestTrialQueries.Matched, new { canonicals = own }, ct))
            .ToDictionary(row => row.Canonical, row => row.Id, StringComparer.Ordinal);
        var matches = new Dictionary<long, IReadOnlyList<Relevance.PaperMatch>>();
        var meanings = known.Count < own.Length ? await queries.MeaningsAsync(pool.Papers.Keys, ct) : null;
        var chosen = new List<Relevance.ChosenTopic>();
        var followed = new Dictionary<long, string>();
        foreach (var wish in wishes)
        {
            if (wish.TopicId is { } topicId)
            {
                if (topics.TryGetValue(topicId, out var topic))
                    chosen.Add(new(topic.QueryId, topic.NameIn(reader.Language), wish.Weight, wish.Muted));
                continue;
            }

            if (!TopicQuery.TryParse(wish.Text ?? "", out var query, out _) && !TopicQuery.TryParse(wish.Canonical, out query, out _))
                continue;
            if (!known.TryGetValue(wish.Canonical, out var row))
            {
                row = -1 - matches.Count;
                matches[row] = await queries.MatchAsync(row, query, meanings!, pool.Papers.ContainsKey, ct); // there are unknown ones
            }

            chosen.Add(new(row, string.IsNullOrEmpty(wish.Name) ? OwnQueryName.In(query.Text, reader.Language) : wish.Name, wish.Weight, wish.Muted));
            if (query.SoleAuthor is { } author && !wish.Muted)
                followed[row] = author;
        }

        await using var connection = await database.OpenAsync(ct);
        await pool.LoadMatchesAsync(connection, chosen.Select(topic => topic.TopicId).Where(id => id > 0), ct);
        return (reader with { Topics = chosen, FollowedAuthors = followed }, pool.With(matches));
    }
}

/// <summary>The statements of trying settings.</summary>
internal static class DigestTrialQueries
{
    /// <summary>Queries that somebody has and that are matched.</summary>
    public const string Matched = """
        -- digest_trial.matched
        select id, canonical
        from queries
        where canonical = any(@canonicals)
          and matched_at is not null
        """;
}
