using DigestService.Platform;
using Npgsql;

namespace DigestService.Delivery;

/// <summary>
/// The table of fragments. A mail names fragments that were stored or touched within half a day; retention looks only at
/// those that nobody has touched for two, so that it never takes one from a mail that is just being written.
/// </summary>
internal static class StoredFragments
{
    /// <summary>Stores what is not stored yet, in the connection's transaction, and answers the ids of all.</summary>
    public static async Task<Dictionary<MailFragment, long>> KeepAsync(
        NpgsqlConnection connection, IReadOnlyCollection<MailFragment> fragments, CancellationToken ct)
    {
        var ids = new Dictionary<MailFragment, long>(fragments.Count);
        // Two renderings of one paper are equal octets and may be two objects.
        var byHash = fragments.ToLookup(fragment => Convert.ToBase64String(fragment.Hash), StringComparer.Ordinal);
        var known = await connection.QueryAsync<StoredFragment>(
            FragmentQueries.Find, new { hashes = byHash.Select(group => group.First().Hash).ToArray() }, ct);
        Note(known);
        var missing = byHash.Select(group => group.First()).Where(fragment => !ids.ContainsKey(fragment)).ToList();
        if (missing.Count > 0)
            Note(await connection.QueryAsync<StoredFragment>(
                FragmentQueries.Keep,
                new { hashes = missing.Select(fragment => fragment.Hash).ToArray(), octets = missing.Select(fragment => fragment.Octets).ToArray() },
                ct));
        return ids;

        void Note(IEnumerable<StoredFragment> rows)
        {
            foreach (var row in rows)
            foreach (var fragment in byHash[Convert.ToBase64String(row.Hash)])
                ids[fragment] = row.Id;
        }
    }

    /// <summary>
    /// A mail of the outbox as it was composed, for whoever is shown it and not sent it: unsigned where it is a recipe.
    /// Null where a fragment is gone.
    /// </summary>
    public static async Task<byte[]?> ToMailAsync(NpgsqlConnection connection, byte[] message, long[]? fragments, CancellationToken ct)
    {
        if (fragments is null)
            return message;
        fragments = FragmentIds.Unpack(fragments);
        var found = new Dictionary<long, MailFragment>();
        foreach (var row in await connection.QueryAsync<FragmentRow>(FragmentQueries.Read, new { ids = fragments }, ct))
            if (MailFragment.TryRead(row.Octets, row.Hash, out var fragment))
                found[row.Id] = fragment;
        return fragments.All(found.ContainsKey) ? new MailRecipe(message, [.. fragments.Select(id => found[id])]).ToMail() : null;
    }

    private sealed record StoredFragment
    {
        public required long Id { get; init; }

        public required byte[] Hash { get; init; }
    }
}

/// <summary>A row of the table of fragments.</summary>
internal sealed record FragmentRow
{
    /// <summary>Its id, by which mails name it.</summary>
    public required long Id { get; init; }

    /// <summary>SHA-256 of <see cref="Octets"/>.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>The fragment as it is stored.</summary>
    public required byte[] Octets { get; init; }
}

/// <summary>The SQL of fragments.</summary>
internal static class FragmentQueries
{
    /// <summary>Those that are stored and were touched not long ago, by the database's clock.</summary>
    public const string Find = """
        -- fragments.find
        select id, hash
        from fragments
        where hash = any(@hashes)
          and used_at > now() - interval '12 hours'
        """;

    /// <summary>Stores fragments, and touches those that are stored. In the order of their hashes, so that two who do so never wait for each other.</summary>
    public const string Keep = """
        -- fragments.keep
        insert into fragments (hash, octets)
        select hash, octets
        from unnest(@hashes, @octets) as f (hash, octets)
        order by hash
        on conflict (hash) do update set used_at = now()
        returning id, hash
        """;

    /// <summary>Fragments by id.</summary>
    public const string Read = """
        -- fragments.read
        select id, hash, octets
        from fragments
        where id = any(@ids)
        """;

    /// <summary>
    /// Deletes what was not touched for two days and what no mail names that may still be sent. The indexes of unfinished
    /// mails tell which those are; <see cref="FragmentIds"/> says how rows name them. A fragment that is just being touched is locked, or
    /// no longer old when it is locked here.
    /// </summary>
    public const string DeleteUnused = """
        -- fragments.delete_unused
        with old as materialized (
            select id
            from fragments
            where used_at < now() - interval '2 days'
            for update skip locked
        ), unfinished as materialized (
            select fragments
            from (
                select fragments
                from deliveries
                where stage in ('waiting', 'doubtful')
                  and message is not null
                union all
                select fragments
                from deliveries
                where stage = 'in_hand'
                union all
                select fragments
                from deliveries
                where stage in ('failed', 'parked')
                  and message is not null
            ) mails
            where exists (select from old)
        ), named as materialized (
            select unnest(fragments) as id
            from unfinished
            where fragments[1] >= 0
            union
            select ((packed.number >> place.bits) & 32767) - 1 - unfinished.fragments[1]
            from unfinished
            cross join lateral unnest(unfinished.fragments) as packed (number)
            cross join (values (0), (15), (30), (45)) as place (bits)
            where packed.number > 0
              and unfinished.fragments[1] < 0
              and (packed.number >> place.bits) & 32767 > 0
        )
        delete from fragments f
        using old
        where f.id = old.id
          and not exists (select from named where named.id = old.id)
        """;
}
