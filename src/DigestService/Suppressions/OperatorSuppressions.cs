using System.Globalization;
using DigestService.Mail;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Suppressions;

/// <summary>The operator's side of the list: look, add, lift. The list holds keyed hashes; addresses are those of readers.</summary>
internal sealed class OperatorSuppressions(Database database, LinkSigner signer, IClock clock)
{
    private const int Most = 1_000;

    /// <summary>Reasons that stop all mail to an address, so that its reader is as good as suppressed.</summary>
    public static bool StopsAll(string reason) => reason is not ("unsubscribed" or "erased");

    /// <summary>A reason as a sentence for the operator.</summary>
    public static string Sentence(string reason) => reason switch
    {
        "unsubscribed" => "This reader has unsubscribed; only they can come back, through the sign-up page.",
        "erased" => "This address was erased at its owner's wish; only they can come back, through the sign-up page.",
        "complained" => "Mail to this address was reported as spam. 'digest suppressions lift ADDRESS' lifts that, if its owner wants the mail.",
        "bounced" => "Mail to this address came back as undeliverable. 'digest suppressions lift ADDRESS' lifts that.",
        _ => "This address was barred by the operator. 'digest suppressions lift ADDRESS' lifts that.",
    };

    /// <summary>The newest entries that fit, a thousand at most, and how many there are.</summary>
    public async Task<(IReadOnlyList<Suppression> Shown, int Total)> ListAsync(SuppressionFilter filter, CancellationToken ct)
    {
        var parameters = Parameters(filter);
        var total = await database.QuerySingleOrDefaultAsync<int>(SuppressionQueries.Count, parameters, ct);
        var rows = await database.QueryAsync<Row>(SuppressionQueries.List, parameters, ct);
        var named = rows.Count == 0 ? [] : await NameAsync(rows, ct);
        return ([.. rows.Select(row => new Suppression(
            named.GetValueOrDefault(Hex(row.AddressHash)), Hex(row.AddressHash), row.Reason, row.Detail, row.CreatedAt))], total);
    }

    /// <summary>
    /// So many entries that are older than <paramref name="before"/>, the newest first; null begins with the newest. A reader's
    /// address stands with an entry as long as a mail or a bounce of it is kept.
    /// </summary>
    public async Task<IReadOnlyList<Suppression>> PageAsync(SuppressionAge? before, int count, CancellationToken ct)
    {
        var from = before ?? SuppressionAge.Newest;
        var rows = await database.QueryAsync<PageRow>(database.IsDistributed ? SuppressionQueries.SpreadPage : SuppressionQueries.Page, new { before = from.Since, beforeHash = from.Hash, limit = count }, ct);
        return [.. rows.Select(row => new Suppression(
            row.AddressKey is { } key && signer.HashAddress(key).AsSpan().SequenceEqual(row.AddressHash) ? row.Address : null,
            Hex(row.AddressHash), row.Reason, row.Detail, row.CreatedAt))];
    }

    /// <summary>Adds addresses; how many were not on the list for that reason or a graver one.</summary>
    public Task<int> AddAsync(IReadOnlyCollection<byte[]> hashes, string reason, CancellationToken ct) => database.ExecuteAsync(
        SuppressionQueries.AddByOperator, new { hashes = hashes.ToArray(), reason, now = clock.GetCurrentInstant() }, ct);

    /// <summary>Takes addresses off the list and forgets their bounces; how many were on it.</summary>
    public Task<int> LiftAsync(SuppressionFilter filter, CancellationToken ct) =>
        database.QuerySingleOrDefaultAsync<int>(SuppressionQueries.Lift, Parameters(filter), ct);

    /// <summary>Why an address, or the hash of one, that was named was not lifted, in a sentence: what keeps it on the list, or that it is not on it.</summary>
    public async Task<string> WhyNotLiftedAsync(string named, byte[] hash, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return (await SuppressionList.FindAsync(connection, [hash], ct)).GetValueOrDefault(0) is { } reason
            ? $"{named} is on the list as '{reason}': 'digest suppressions lift {named} --reason {reason}' lifts that, if its owner wants the mail."
            : $"{named} is not on the list; 'digest suppressions list' shows who is.";
    }

    /// <summary>Days on which too many mails bounced hard and that the operator has not looked at.</summary>
    public async Task<IReadOnlyList<ExcessiveDay>> ToReviewAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return await SuppressionList.ToReviewAsync(connection, clock.GetCurrentInstant(), ct);
    }

    /// <summary>The operator's word on such a day; false where no hard bounce of it is known.</summary>
    public Task<bool> ReviewAsync(LocalDate day, bool counts, CancellationToken ct) => database.InTransactionAsync(
        connection => SuppressionList.ReviewAsync(connection, day, counts, clock.GetCurrentInstant(), database.IsDistributed, ct), ct);

    /// <summary>The hash of an address, or of one written as <c>list</c> shows it; null for neither.</summary>
    public byte[]? HashOf(string text)
    {
        if (EmailAddress.TryParse(text, out var address))
            return signer.HashAddress(address.Key);
        return text.Length == 64 && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null;
    }

    /// <summary>Those of these readers that must not be mailed at all, with the reason.</summary>
    public async Task<IReadOnlyDictionary<long, string>> ReadersAsync(IEnumerable<(long Id, string AddressKey)> readers, CancellationToken ct)
    {
        var byHash = readers.ToDictionary(reader => Hex(signer.HashAddress(reader.AddressKey)), reader => reader.Id, StringComparer.Ordinal);
        var rows = await database.QueryAsync<Row>(
            SuppressionQueries.List,
            new { hashes = byHash.Keys.Select(Convert.FromHexString).ToArray(), reason = (string?)null, since = (Instant?)null, limit = byHash.Count },
            ct);
        return rows.Where(row => StopsAll(row.Reason)).ToDictionary(row => byHash[Hex(row.AddressHash)], row => row.Reason);
    }

    /// <summary>All readers that must not be mailed at all, with the reason.</summary>
    public async Task<IReadOnlyDictionary<long, string>> AllReadersAsync(CancellationToken ct)
    {
        var found = new Dictionary<long, string>();
        var rows = await database.QueryAsync<Row>(
            SuppressionQueries.List, new { hashes = (byte[][]?)null, reason = (string?)null, since = (Instant?)null, limit = int.MaxValue }, ct);
        var reasons = rows.Where(row => StopsAll(row.Reason)).ToDictionary(row => Hex(row.AddressHash), row => row.Reason, StringComparer.Ordinal);
        if (reasons.Count == 0)
            return found;
        await foreach (var reader in EachReaderAsync(ct))
        {
            if (reasons.TryGetValue(Hex(signer.HashAddress(reader.AddressKey)), out var reason))
                found.Add(reader.Id, reason);
        }

        return found;
    }

    private async Task<Dictionary<string, string>> NameAsync(IReadOnlyList<Row> rows, CancellationToken ct)
    {
        var wanted = rows.Select(row => Hex(row.AddressHash)).ToHashSet(StringComparer.Ordinal);
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var reader in EachReaderAsync(ct))
        {
            var hash = Hex(signer.HashAddress(reader.AddressKey));
            if (wanted.Contains(hash))
                named[hash] = reader.Address;
        }

        return named;
    }

    private async IAsyncEnumerable<Reader> EachReaderAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        for (long? after = 0; after is not null;)
        {
            var page = await database.QueryAsync<Reader>(SuppressionQueries.Readers, new { after }, ct);
            foreach (var reader in page)
                yield return reader;
            after = page.Count == 0 ? null : page[^1].Id;
        }
    }

    private static object Parameters(SuppressionFilter filter) =>
        new { hashes = filter.Hashes?.ToArray(), reason = filter.Reason, since = filter.Since, limit = Most };

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);

    private sealed record Row
    {
        public required byte[] AddressHash { get; init; }

        public required string Reason { get; init; }

        public string? Detail { get; init; }

        public required Instant CreatedAt { get; init; }
    }

    private sealed record PageRow
    {
        public required byte[] AddressHash { get; init; }

        public required string Reason { get; init; }

        public string? Detail { get; init; }

        public required Instant CreatedAt { get; init; }

        public string? Address { get; init; }

        public string? AddressKey { get; init; }
    }

    private sealed record Reader
    {
        public required long Id { get; init; }

        public required string Address { get; init; }

        public required string AddressKey { get; init; }
    }
}

/// <summary>Which entries are meant; null leaves a side open.</summary>
internal sealed record SuppressionFilter(IReadOnlyCollection<byte[]>? Hashes, string? Reason, Instant? Since);

/// <summary>One entry of the list; the address is known where a reader has it.</summary>
internal sealed record Suppression(string? Address, string Hash, string Reason, string? Detail, Instant Since);

/// <summary>A place in the list by age: when an entry came on it, and its hash among those of the same moment.</summary>
internal sealed record SuppressionAge(Instant Since, byte[] Hash)
{
    /// <summary>The place before all entries.</summary>
    public static readonly SuppressionAge Newest = new(Instant.FromUtc(9999, 1, 1, 0, 0), []);

    /// <summary>The place of an entry.</summary>
    public static SuppressionAge Of(Suppression entry) => new(entry.Since, Convert.FromHexString(entry.Hash));

    /// <summary>Reads what <see cref="ToString"/> wrote; null for anything else.</summary>
    public static SuppressionAge? Parse(string text) =>
        text.Split('-') is [var ticks, { Length: 64 } hash]
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var since)
        && since < Newest.Since.ToUnixTimeTicks()
        && hash.All(char.IsAsciiHexDigit)
            ? new(Instant.FromUnixTimeTicks(since), Convert.FromHexString(hash))
            : null;

    /// <summary>As it stands in links.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Since.ToUnixTimeTicks()}-{Convert.ToHexStringLower(Hash)}");
}
