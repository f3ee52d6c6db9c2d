using System.Buffers.Binary;
using System.Text.Json.Serialization;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Suppressions;
using DigestService.Topics;
using NodaTime;
using Npgsql;

namespace DigestService.Subscribers;

/// <summary>One line of an import that was not taken, and why.</summary>
internal sealed record ImportRejection(string File, int Line, string Reason);

/// <summary>What an import did.</summary>
internal sealed record ImportResult
{
    /// <summary>Lines below the header.</summary>
    public int Read { get; set; }

    /// <summary>Readers who were not there before.</summary>
    public int Added { get; set; }

    /// <summary>Readers whose settings, topics or state changed.</summary>
    public int Updated { get; set; }

    /// <summary>Readers who stood there just so.</summary>
    public int Unchanged { get; set; }

    /// <summary>Lines that were not taken.</summary>
    public int Rejected => Rejections.Count;

    /// <summary>Whether there were lines and none of them was taken.</summary>
    [JsonIgnore]
    public bool IsAllRejected => Read > 0 && Rejected == Read;

    /// <summary>Each of them, in the order of the file.</summary>
    public List<ImportRejection> Rejections { get; } = [];
}

/// <summary>
/// Readers from a CSV file, streamed and stored set-wise, some thousand lines a transaction: a crash leaves whole
/// readers and a second run finds them unchanged. An empty cell leaves a reader's setting alone. Who has left or must
/// not be mailed is rejected: an old list brings nobody back. The first address of a new list of addresses leads it with the
/// settings of its line; the others have none of their own.
/// </summary>
internal sealed class SubscriberImport(
    Database database,
    IClock clock,
    TopicCatalogue catalogue,
    DigestOptions digests,
    TopicMatching matching,
    SubscriberRows rows,
    NewReaders newReaders,
    LinkSigner signer,
    SignUpMailer mailer)
{
    private const int BatchSize = 5_000;
    // One batch is decided while the database writes the other.
    private const int StoresAtOnce = 2;
    private const string ListColumn = "list";
    private static readonly string[] Columns = ["email", "topics", "query", "zone", "at", "frequency", "max", ListColumn];

    /// <summary>Imports one file; taken as confirmed elsewhere, or with <paramref name="unconfirmed"/> mailed for confirmation.</summary>
    /// <exception cref="OperatorException">The file cannot be read, is not UTF-8, or its first line is no header of ours.</exception>
    public async Task<ImportResult> ImportAsync(string path, bool unconfirmed, CancellationToken ct)
    {
        using var reader = Utf8File.Open(path);
        var file = Path.GetFileName(path);
        using var records = new CsvRecords(reader);
        var header = Header(records.Read(), file);
        var parser = new ImportLineParser(header, new SettingsParser(await catalogue.ListAsync(ct), digests), signer);
        var result = new ImportResult();
        // Who stands first on a list leads it: its lines are stored in their order.
        var atOnce = header.Contains(ListColumn, StringComparer.Ordinal) ? 1 : StoresAtOnce;
        var storing = new Queue<Task<StoredBatch>>(atOnce);
        try
        {
            foreach (var batch in Lines(records, file, parser, result).Chunk(BatchSize))
            {
                if (storing.Count == atOnce)
                    Count(await storing.Dequeue(), file, result);
                storing.Enqueue(StoreAsync(batch, "import", unconfirmed, ct));
            }

            while (storing.TryDequeue(out var stored))
                Count(await stored, file, result);
        }
        finally
        {
            // What is being written when another batch fails is written, or not, before that is told.
            await ((Task)Task.WhenAll(storing)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await matching.MatchDueAsync(ct);
        result.Rejections.Sort((a, b) => a.Line.CompareTo(b.Line));
        return result;
    }

    private static IEnumerable<ImportLine> Lines(CsvRecords records, string file, ImportLineParser parser, ImportResult result)
    {
        // All that is kept of a line once it is stored: some forty octets.
        var seen = new Dictionary<UInt128, int>();
        while (records.Read() is { } record)
        {
            result.Read++;
            var line = parser.Parse(record, out var fault);
            if (line is null)
                result.Rejections.Add(new ImportRejection(file, record.Line, fault));
            else if (BinaryPrimitives.ReadUInt128BigEndian(line.AddressHash) is var address && !seen.TryAdd(address, line.Number))
                result.Rejections.Add(new ImportRejection(file, record.Line, $"The same address stands on line {seen[address]}."));
            else
                yield return line;
        }
    }

    /// <summary>
    /// Puts addresses on a list, as an import does whose first line has the settings; a rejection names the address by its place, from 1 on.
    /// </summary>
    public async Task<ImportResult> AddToListAsync(string list, IReadOnlyList<EmailAddress> addresses, SettingsChange change, bool unconfirmed, CancellationToken ct)
    {
        var result = new ImportResult { Read = addresses.Count };
        var lines = addresses.Select((address, i) => new ImportLine(i + 1, address, signer, list, i == 0 ? change : SettingsChange.None)).DistinctBy(line => line.AddressKey, StringComparer.Ordinal).ToList();
        if (lines.Count > 0)
            Count(await StoreAsync([.. lines], "operator", unconfirmed, ct), "", result);
        await matching.MatchDueAsync(ct);
        return result;
    }

    private static string[] Header(CsvRecord? record, string file)
    {
        var names = record?.Fields.Select(name => name.ToLowerInvariant()).ToArray() ?? [];
        var isOurs = record?.Fault is null
            && names.Contains("email", StringComparer.Ordinal)
            && names.Distinct(StringComparer.Ordinal).Count() == names.Length
            && names.All(name => Columns.Contains(name, StringComparer.Ordinal));
        return isOurs
            ? names
            : throw new OperatorException(
                $"{file}, line {record?.Line ?? 1}: the header names the columns, email and any of {string.Join(", ", Columns[1..])}, between commas.");
    }

    private Task<StoredBatch> StoreAsync(ImportLine[] batch, string how, bool unconfirmed, CancellationToken ct) => Task.Run(
        async () =>
        {
            try
            {
                return await database.InTransactionAsync(connection => StoreAsync(connection, batch, how, unconfirmed, mayAssumeNew: true, ct), ct);
            }
            catch (PostgresException refused) when (NewReaders.WasTaken(refused))
            {
                // Somebody signed up, or another import brought them, since their address was looked for.
                return await database.InTransactionAsync(connection => StoreAsync(connection, batch, how, unconfirmed, mayAssumeNew: false, ct), ct);
            }
        },
        ct);

    // Counted only once the batch is stored: what a failure reports is what stands in the database.
    private static void Count(StoredBatch stored, string file, ImportResult result)
    {
        result.Added += stored.Added;
        result.Updated += stored.Updated;
        result.Unchanged += stored.Lines - stored.Added - stored.Updated - stored.Refused.Count;
        result.Rejections.AddRange(stored.Refused.Select(refused => new ImportRejection(file, refused.Line.Number, refused.Reason)));
    }

    private async Task<StoredBatch> StoreAsync(
        NpgsqlConnection connection, ImportLine[] batch, string how, bool unconfirmed, bool mayAssumeNew, CancellationToken ct)
    {
        await connection.ExecuteAsync(TransactionQueries.CompileNothing, null, ct);
        var now = clock.GetCurrentInstant();
        var refused = new List<(ImportLine, string)>();
        var suppressed = (await SuppressionList.FindAsync(connection, Array.ConvertAll(batch, line => line.AddressHash), ct))
            .ToDictionary(of => batch[of.Key], of => of.Value);
        var newcomers = mayAssumeNew ? Array.FindAll(batch, line => line.List is null && !suppressed.ContainsKey(line)) : [];
        var added = await AddAsync(connection, newcomers, suppressed, how, unconfirmed, now, ct);

        var others = Array.FindAll(batch, line => !suppressed.ContainsKey(line) && !added.Contains(line));
        var (readers, created) = await rows.LockOrCreateAsync(connection, Array.ConvertAll(others, line => line.Address), now, ct);
        await FindErasedAsync(connection, Array.FindAll(others, line => created.Contains(readers[line.AddressKey].Id)), suppressed, ct);
        var moved = new List<Subscriber>();
        var changed = new List<Subscriber>();
        var wishes = new List<ReaderWishes>();
        var joined = new List<long>();
        var withdrawn = new List<long>();
        var lists = new ImportedLists(await SubscriberLists.LeadersAsync(connection, batch.Select(line => line.List).OfType<string>(), ct), unconfirmed, now);
        foreach (var line in batch)
        {
            if (added.Contains(line))
                continue;
            if (!readers.TryGetValue(line.AddressKey, out var reader))
            {
                Refuse(line, Refusal(suppressed[line], line)); // the others have rows
                continue;
            }

            if ((suppressed.TryGetValue(line, out var why) ? Refusal(why, line) : WhyNot(line, reader, lists)) is { } reason)
            {
                Refuse(line, reason);
                if (created.Contains(reader.Id))
                    withdrawn.Add(reader.Id);
                continue;
            }

            var next = Next(reader, lists.ChangeOf(line.List, line.Change, reader), unconfirmed, now);
            if (line.List is { } name && lists.IsNew(name))
                next = lists.Lead(name, next, await SubscriberLists.CreateAsync(connection, name, next.Id, now, ct));
            else if (next.ListId != reader.ListId)
            {
                joined.Add(reader.Id);
                next = next with { JoinedListAt = now };
            }

            if (next.State != reader.State || created.Contains(reader.Id))
                moved.Add(next);
            else if (next != reader)
                changed.Add(next);
            if (line.Change.Wishes is { } wanted && !(unconfirmed && reader.AwaitsConfirmation(now)))
                wishes.Add(new ReaderWishes(reader.Id, wanted));
        }

        if (withdrawn.Count > 0)
            await connection.ExecuteAsync(SubscriberQueries.Withdraw, new { ids = withdrawn.ToArray() }, ct);
        // Before the rows are saved: whoever joins a list that nobody leads any more is given what it has.
        if (joined.Count > 0)
            await connection.ExecuteAsync(SubscriberListQueries.ForgetWishes, new { ids = joined.ToArray() }, ct);
        await SubscriberRows.SaveAsync(connection, moved, Evidence(how, unconfirmed, now), ct);
        await SubscriberRows.SaveAsync(connection, changed, [], ct);
        await SubscriberLists.FollowAsync(connection, changed, now, ct);
        var rewished = await rows.ReplaceWishesAsync(connection, wishes, ct);
        await MailAsync(connection, unconfirmed ? [.. moved, .. changed] : [], now, ct);
        var touched = moved.Concat(changed).Select(reader => reader.Id).Concat(rewished).Where(id => !created.Contains(id));
        return new StoredBatch(batch.Length, added.Count + created.Count - withdrawn.Count, touched.Distinct().Count(), refused);

        void Refuse(ImportLine line, string reason)
        {
            refused.Add((line, reason));
            lists.Refuse(line.List, line.Change);
        }
    }

    // Whose address was free because they were erased since it was looked for on the list of those we must not mail: whoever takes an
    // address waits for such an erasure, and a statement after that sees it.
    private static async Task FindErasedAsync(NpgsqlConnection connection, ImportLine[] taken, Dictionary<ImportLine, string> suppressed, CancellationToken ct)
    {
        if (taken.Length == 0)
            return;
        foreach (var (place, reason) in await SuppressionList.FindAsync(connection, Array.ConvertAll(taken, line => line.AddressHash), ct))
            suppressed[taken[place]] = reason;
    }

    /// <summary>
    /// Writes the readers of lines whose addresses nobody has as they are to be; those lines. Who has been erased meanwhile is
    /// taken back and noted as suppressed.
    /// </summary>
    private async Task<IReadOnlySet<ImportLine>> AddAsync(
        NpgsqlConnection connection, ImportLine[] lines, Dictionary<ImportLine, string> suppressed, string how, bool unconfirmed, Instant now, CancellationToken ct)
    {
        var known = lines.Length == 0 ? new HashSet<int>() : await NewReaders.KnownAsync(connection, lines, ct);
        var fresh = lines.Where((_, place) => !known.Contains(place)).ToArray();
        if (fresh.Length == 0)
            return new HashSet<ImportLine>();
        var ids = await NewReaders.ReserveIdsAsync(connection, fresh.Length, ct);
        var decided = fresh.Select((line, i) => new NewReader(
            Next(Subscriber.Made(ids[i] + line.Bucket, line.Address, digests.MaxItems, now), line.Change, unconfirmed, now), line.Change.Wishes?.Wishes ?? [])).ToArray();
        await newReaders.WriteAsync(connection, decided, Evidence(how, unconfirmed, now), ct);
        await FindErasedAsync(connection, fresh, suppressed, ct);
        if (Array.Exists(fresh, suppressed.ContainsKey))
        {
            await connection.ExecuteAsync(
                SubscriberQueries.Withdraw, new { ids = decided.Where((_, place) => suppressed.ContainsKey(fresh[place])).Select(reader => reader.Row.Id).ToArray() }, ct);
            decided = [.. decided.Where((_, place) => !suppressed.ContainsKey(fresh[place]))];
            fresh = Array.FindAll(fresh, line => !suppressed.ContainsKey(line));
        }

        await SubscriberRows.FollowAsync(connection, Array.ConvertAll(decided, reader => reader.Row.Id), Array.ConvertAll(fresh, line => line.AddressHash), ct);
        await MailAsync(connection, unconfirmed ? Array.ConvertAll(decided, reader => reader.Row) : [], now, ct);
        return fresh.ToHashSet();
    }

    private string? WhyNot(ImportLine line, Subscriber reader, ImportedLists lists) => reader switch
    {
        { HasLeft: true } => Refusal("unsubscribed", line),
        _ when line.List is not null && database.IsDistributed => "This database is spread over several servers, where no lists can be kept.",
        _ => lists.WhyNot(line.List, line.Change, reader),
    };

    private static Subscriber Next(Subscriber reader, SettingsChange change, bool unconfirmed, Instant now)
    {
        if (reader.IsConfirmed)
            return reader.Change(change, now);
        if (!unconfirmed)
            return reader.SignUp(change).Confirm(now);
        if (!reader.MayBeMailed(now))
            return reader;
        return (reader.AwaitsConfirmation(now) ? reader : reader.SignUp(change)).Mailed(now);
    }

    private static object[] Evidence(string how, bool unconfirmed, Instant now)
    {
        var consent = new Consent { How = how, RequestedAt = now, TextVersion = "operator" };
        return unconfirmed ? [consent] : [consent, new ConfirmationEvidence { ConfirmedAt = now, ConfirmedBy = "operator" }];
    }

    private async Task MailAsync(NpgsqlConnection connection, IReadOnlyList<Subscriber> readers, Instant now, CancellationToken ct)
    {
        var mailed = readers.Where(reader => reader.State is SubscriberState.Pending && reader.SignUpMailedAt == now).ToList();
        if (mailed.Count > 0)
            await mailer.AskToConfirmAsync(connection, mailed, now, ct);
    }

    private static string Refusal(string reason, ImportLine line) =>
        OperatorSuppressions.Sentence(reason).Replace("ADDRESS", line.Address.ToString(), StringComparison.Ordinal);

    private sealed record StoredBatch(int Lines, int Added, int Updated, IReadOnlyList<(ImportLine Line, string Reason)> Refused);
}
