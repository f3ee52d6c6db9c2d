using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Topics;
using NodaTime;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>
/// Readers' rows inside a transaction: lock them, decide, write them back. One reader or thousands are the same few
/// statements.
/// </summary>
internal sealed class SubscriberRows(Database database, TopicCatalogue catalogue, DigestOptions digests, LinkSigner signer)
{
    private static readonly JsonSerializerOptions RowFormat = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters =
        {
            new InstantJsonConverter(), new LocalDateJsonConverter(), new LocalTimeJsonConverter(),
            new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower),
        },
    };

    /// <summary>The readers of these addresses, made as pending where they are new, and held until the transaction ends.</summary>
    public async Task<(IReadOnlyDictionary<string, Subscriber> ByKey, IReadOnlySet<long> New)> LockOrCreateAsync(
        NpgsqlConnection connection, IReadOnlyList<EmailAddress> addresses, Instant now, CancellationToken ct)
    {
        if (addresses.Count == 0)
            return (new Dictionary<string, Subscriber>(StringComparer.Ordinal), new HashSet<long>());
        var keys = addresses.Select(address => address.Key).ToArray();
        var written = addresses.Select(address => address.ToString()).ToArray();
        var created = new HashSet<long>();
        while (true)
        {
            created.UnionWith(await connection.QueryAsync<long>(
                SubscriberQueries.Insert, new { addresses = written, addressKeys = keys, digests.MaxItems, now }, ct));
            var rows = await LockAsync(connection, keys, ct);
            // A reader who stood there a moment ago may have been erased since: then the address is new.
            if (rows.Count < keys.Distinct(StringComparer.Ordinal).Count())
                continue;
            await FollowAsync(connection, rows.Where(row => created.Contains(row.Id)).ToList(), ct);
            return (rows.ToDictionary(row => row.AddressKey, StringComparer.Ordinal), created);
        }
    }

    /// <summary>The readers who have some addresses, held until the transaction ends.</summary>
    public async Task<IReadOnlyList<Subscriber>> LockAsync(NpgsqlConnection connection, string[] addressKeys, CancellationToken ct)
    {
        var ids = (await connection.QueryAsync<long>(SubscriberQueries.IdsByAddress, new { addressKeys }, ct)).ToArray();
        var rows = new List<Subscriber>();
        foreach (var round in database.Rounds(ids))
            rows.AddRange(await connection.QueryAsync<Subscriber>(SubscriberQueries.LockByAddress, new { ids = round, onlyBucket = Buckets.OfAll(round), addressKeys }, ct));
        return rows;
    }

    /// <summary>The number of the reader who has an address; null where nobody has.</summary>
    public static Task<long?> FindIdAsync(NpgsqlConnection connection, EmailAddress address, CancellationToken ct) =>
        connection.QuerySingleOrDefaultAsync<long?>(SubscriberQueries.IdByAddress, new { addressKey = address.Key }, ct);

    /// <summary>With whom the topics and verdicts of readers are held, by reader: with whoever leads their list, or with themselves.</summary>
    public static async Task<Dictionary<long, long>> HoldersAsync(NpgsqlConnection connection, long[] ids, CancellationToken ct) =>
        (await connection.QueryAsync<HolderRow>(PreferenceQueries.Holders, new { ids, onlyBucket = Buckets.OfAll(ids) }, ct)).ToDictionary(row => row.Id, row => row.Holder);

    private Task FollowAsync(NpgsqlConnection connection, IReadOnlyList<Subscriber> created, CancellationToken ct) => created.Count == 0
        ? Task.CompletedTask
        : FollowAsync(connection, [.. created.Select(row => row.Id)], [.. created.Select(row => signer.HashAddress(row.AddressKey))], ct);

    /// <summary>Lets the links of readers who were erased and come back find the new rows.</summary>
    public static Task FollowAsync(NpgsqlConnection connection, long[] ids, byte[][] hashes, CancellationToken ct) =>
        connection.ExecuteAsync(SubscriberQueries.FollowFormer, new { ids, hashes }, ct);

    /// <summary>Writes decided rows back; <paramref name="evidence"/> is added to what their consent already holds.</summary>
    public static Task SaveAsync(
        NpgsqlConnection connection, IReadOnlyList<Subscriber> readers, IReadOnlyList<object> evidence, CancellationToken ct)
    {
        if (readers.Count == 0)
            return Task.CompletedTask;
        var consent = Consent(evidence);
        var rows = readers.Select(reader => new
        {
            reader.Id,
            reader.Address,
            reader.State,
            reader.Language,
            reader.Zone,
            reader.SendAt,
            reader.Frequency,
            reader.WeeklyOn,
            reader.MaxItems,
            reader.OutsideTopics,
            reader.EmptyDay,
            reader.MutedWords,
            reader.PrefersInShort,
            reader.PausedUntil,
            reader.NextDueAt,
            reader.NextDueOn,
            reader.LinkVersion,
            reader.SignUpMails,
            reader.SignUpMailedAt,
            reader.ConfirmedAt,
            reader.EndedAt,
            reader.ListId,
            reader.JoinedListAt,
            reader.FirstLikes,
            Consent = consent,
        });
        return connection.ExecuteAsync(
            SubscriberQueries.Save, new { rows = JsonSerializer.Serialize(rows, RowFormat), onlyBucket = Buckets.OfAll(readers.Select(reader => reader.Id)) }, ct);
    }

    /// <summary>Evidence in one object, as <c>consent</c> holds it.</summary>
    public static Dictionary<string, JsonElement> Consent(IReadOnlyList<object> evidence) =>
        evidence.Select(part => JsonSerializer.SerializeToElement(part, part.GetType(), RowFormat))
            .SelectMany(part => part.EnumerateObject())
            .ToDictionary(property => property.Name, property => property.Value, StringComparer.Ordinal);

    /// <summary>A state or a rhythm as it is stored.</summary>
    public static string Name<T>(T value)
        where T : struct, Enum => Names<T>.Stored[value];

    private static IEnumerable<(long Reader, Wish Wish)> Flat(IReadOnlyList<ReaderWishes> wishes) =>
        wishes.SelectMany(of => of.Lists.Wishes, (of, wish) => (Reader: of.SubscriberId, Wish: wish));

    /// <summary>Makes the named lists of each reader exactly the given ones; the readers for whom that changed anything.</summary>
    public async Task<IReadOnlySet<long>> ReplaceWishesAsync(
        NpgsqlConnection connection, IReadOnlyList<ReaderWishes> wishes, CancellationToken ct)
    {
        if (wishes.Count == 0)
            return new HashSet<long>();
        var flat = Flat(wishes).ToList();
        await catalogue.EnsureQueriesAsync(connection, flat.ConvertAll(row => row.Wish.Canonical), ct);
        var changed = await connection.QueryAsync<long>(
            PreferenceQueries.Replace,
            new
            {
                readers = wishes.Select(of => of.SubscriberId).ToArray(),
                onlyBucket = Buckets.OfAll(wishes.Select(of => of.SubscriberId)),
                replacesTopics = wishes.Select(of => of.Lists.Replaced.HasFlag(WishKinds.Topics)).ToArray(),
                replacesMuted = wishes.Select(of => of.Lists.Replaced.HasFlag(WishKinds.MutedTopics)).ToArray(),
                replacesQueries = wishes.Select(of => of.Lists.Replaced.HasFlag(WishKinds.Queries)).ToArray(),
                subscriberIds = flat.Select(row => row.Reader).ToArray(),
                canonicals = flat.Select(row => row.Wish.Canonical).ToArray(),
                topicIds = flat.Select(row => row.Wish.TopicId).ToArray(),
                texts = flat.Select(row => row.Wish.Text).ToArray(),
                names = flat.Select(row => row.Wish.Name).ToArray(),
                weights = flat.Select(row => row.Wish.Weight).ToArray(),
                muted = flat.Select(row => row.Wish.Muted).ToArray(),
            },
            ct);
        return changed.ToHashSet();
    }

    private sealed record HolderRow
    {
        public required long Id { get; init; }
        public required long Holder { get; init; }
    }

    private static class Names<T>
        where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> Stored =
            Enum.GetValues<T>().ToFrozenDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));
    }
}
