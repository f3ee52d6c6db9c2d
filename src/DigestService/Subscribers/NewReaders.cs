using System.Text.Json;
using DigestService.Platform;
using DigestService.Topics;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>
/// Readers of whose addresses nobody has heard, written by COPY in the state that was decided for them: thousands of rows that are
/// made, locked, read and written again take three times as long.
/// </summary>
internal sealed class NewReaders(TopicCatalogue catalogue)
{
    /// <summary>Those of some lines, by their places, whose addresses have a reader. Another may come in before the rest is written.</summary>
    public static async Task<IReadOnlySet<int>> KnownAsync(NpgsqlConnection connection, ImportLine[] lines, CancellationToken ct) =>
        (await connection.QueryAsync<int>(
            NewReaderQueries.FindKnown,
            new { addressKeys = Array.ConvertAll(lines, line => line.AddressKey), buckets = Array.ConvertAll(lines, line => line.Bucket) },
            ct)).ToHashSet();

    /// <summary>So many ids, to each of which the bucket is still to be added.</summary>
    public static Task<IReadOnlyList<long>> ReserveIdsAsync(NpgsqlConnection connection, int count, CancellationToken ct) =>
        connection.QueryAsync<long>(NewReaderQueries.ReserveIds, new { count }, ct);

    /// <summary>
    /// Writes the readers as they were decided, with their addresses and wishes. Where somebody else has taken one of the
    /// addresses meanwhile, the database refuses all of them (<see cref="WasTaken"/>).
    /// </summary>
    public async Task WriteAsync(NpgsqlConnection connection, NewReader[] readers, IReadOnlyList<object> evidence, CancellationToken ct)
    {
        // In the order of the keys, so that neighbours in an index are written one after the other.
        var inOrder = readers.OrderBy(reader => Buckets.Of(reader.Row.Id)).ThenBy(reader => reader.Row.Id).ToArray();
        await CopyRowsAsync(connection, inOrder, JsonSerializer.SerializeToUtf8Bytes(SubscriberRows.Consent(evidence)), ct);
        // In the order in which everybody takes addresses.
        await CopyAddressesAsync(connection, [.. readers.OrderBy(reader => Buckets.Of(reader.Row.Id)).ThenBy(reader => reader.Row.AddressKey, StringComparer.Ordinal)], ct);
        await CopyWishesAsync(connection, inOrder, ct);
    }

    /// <summary>Whether rows were refused because one of their addresses is another reader's by now.</summary>
    public static bool WasTaken(PostgresException refused) =>
        refused is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: { } constraint }
        // Where the table is spread over several servers, the number of a part follows.
        && constraint.StartsWith("subscriber_addresses_pkey", StringComparison.Ordinal);

    private static async Task CopyRowsAsync(NpgsqlConnection connection, NewReader[] readers, byte[] consent, CancellationToken ct)
    {
        await using var copy = await CopyWriter.BeginAsync(connection, NewReaderQueries.CopyRows, ct);
        foreach (var (row, _) in readers)
        {
            await copy.StartRowAsync(ct);
            copy.Write(Buckets.Of(row.Id));
            copy.Write(row.Id);
            copy.Write(row.Address);
            copy.Write(row.AddressKey);
            copy.Write(SubscriberRows.Name(row.State));
            copy.Write(row.Language);
            copy.Write(row.Zone);
            copy.Write(row.SendAt);
            copy.Write(SubscriberRows.Name(row.Frequency));
            copy.Write(row.WeeklyOn);
            copy.Write(row.MaxItems);
            copy.Write(row.NextDueAt);
            copy.Write(row.NextDueOn);
            copy.WriteJson(consent);
            copy.Write(row.SignUpMails);
            copy.Write(row.SignUpMailedAt);
            copy.Write(row.CreatedAt);
            copy.Write(row.ConfirmedAt);
        }

        await copy.CompleteAsync(ct);
    }

    private static async Task CopyAddressesAsync(NpgsqlConnection connection, NewReader[] readers, CancellationToken ct)
    {
        await using var copy = await CopyWriter.BeginAsync(connection, NewReaderQueries.CopyAddresses, ct);
        foreach (var (row, _) in readers)
        {
            await copy.StartRowAsync(ct);
            copy.Write(Buckets.Of(row.Id));
            copy.Write(row.AddressKey);
            copy.Write(Buckets.Of(row.Id));
            copy.Write(row.Id);
        }

        await copy.CompleteAsync(ct);
    }

    private async Task CopyWishesAsync(NpgsqlConnection connection, NewReader[] readers, CancellationToken ct)
    {
        // A topic's query is one string, whoever wishes for it.
        var asked = readers.SelectMany(reader => reader.Wishes).Select(wish => wish.Canonical).ToHashSet(ReferenceEqualityComparer.Instance);
        if (asked.Count == 0)
            return;
        // Holds the queries until the transaction ends.
        var ids = await catalogue.EnsureQueriesAsync(connection, [.. asked.Cast<string>()], ct);
        var queries = asked.Cast<string>().ToDictionary(object (canonical) => canonical, canonical => ids[canonical], ReferenceEqualityComparer.Instance);
        await using var copy = await CopyWriter.BeginAsync(connection, NewReaderQueries.CopyWishes, ct);
        foreach (var (row, wishes) in readers)
        {
            foreach (var wish in wishes)
            {
                await copy.StartRowAsync(ct);
                copy.Write(Buckets.Of(row.Id));
                copy.Write(row.Id);
                copy.Write(queries[wish.Canonical]);
                copy.Write(wish.TopicId);
                copy.Write(wish.Text);
                copy.Write(string.IsNullOrEmpty(wish.Name) ? null : wish.Name);
                copy.Write(wish.Weight);
                copy.Write(wish.Muted);
            }
        }

        await copy.CompleteAsync(ct);
    }
}

/// <summary>A reader as they are to be, and what they wish for.</summary>
internal readonly record struct NewReader(Subscriber Row, IReadOnlyList<Wish> Wishes);

/// <summary>The statements that write new readers.</summary>
internal static class NewReaderQueries
{
    /// <summary>Which of some addresses have a reader, by their places from 0 on.</summary>
    public const string FindKnown = """
        -- subscribers.find_known
        select (k.place - 1)::int
        from unnest(@addressKeys, @buckets) with ordinality as k (address_key, bucket, place)
        join subscriber_addresses a on a.bucket = k.bucket and a.address_key = k.address_key
        """;

    /// <summary>Ids to which the bucket is still to be added.</summary>
    public const string ReserveIds = """
        -- subscribers.reserve_ids
        select nextval('subscriber_ids')
        from generate_series(1, @count)
        """;

    /// <summary>What an import does not say is left to the table.</summary>
    public const string CopyRows = """
        copy subscribers (bucket, id, address, address_key, state, language, zone, send_at, frequency, weekly_on, max_items, next_due_at,
            next_due_on, consent, sign_up_mails, sign_up_mailed_at, created_at, confirmed_at)
        from stdin (format binary)
        """;

    public const string CopyAddresses = "copy subscriber_addresses (bucket, address_key, subscriber_bucket, subscriber_id) from stdin (format binary)";

    public const string CopyWishes = """
        copy preferences (bucket, subscriber_id, query_id, topic_id, text, name, weight, muted)
        from stdin (format binary)
        """;
}
