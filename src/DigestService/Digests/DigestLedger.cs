using System.Text.Json;
using System.Text.Json.Serialization;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Mails.Languages;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Subscribers;
using DigestService.Suppressions;
using NodaTime;

namespace DigestService.Digests;

/// <summary>Answers <c>digests why</c> from what was recorded when the digest was made.</summary>
internal sealed class DigestLedger(Database database, SuppressionList suppressions)
{
    /// <summary>The account of one reader's digest of one day; a day without a row is an answer too.</summary>
    public async Task<DigestAccount> ExplainAsync(EmailAddress address, LocalDate day, Instant now, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        var parameters = new { id = await SubscriberRows.FindIdAsync(connection, address, ct), day };
        var row = await connection.QuerySingleOrDefaultAsync<DigestRow>(LedgerQueries.Why, parameters, ct);
        if (row is null)
        {
            var subscriber = await connection.QuerySingleOrDefaultAsync<ReaderRow>(LedgerQueries.WhyNoRow, parameters, ct);
            var barred = (await suppressions.FindAsync(connection, [address.Key], ct)).Values.Where(OperatorSuppressions.StopsAll).Select(OperatorSuppressions.Sentence);
            return new DigestAccount { Outcome = "none", HasReader = subscriber is not null, Reasons = [subscriber?.WhyNothing(day, now) ?? "Nobody is subscribed with that address.", .. barred] };
        }

        if (await connection.QuerySingleOrDefaultAsync<MailRow>(LedgerQueries.WhyMail, new { id = row.DeliveryId }, ct) is { } mail)
            row = row with { DeliveryState = mail.State, Reply = mail.Reply };
        var items = await connection.QueryAsync<ItemRow>(LedgerQueries.WhyItems, parameters, ct);
        var reasons = RecordedWhy.ReasonsOf(row.Why, row.EntryReasons, items.Count == 0 ? 0 : items[^1].Position);
        var (cutCounts, cut) = row.ReadCut();
        var untitled = cut.Where(paper => paper.Title is null).Select(paper => paper.Paper).ToArray();
        var titles = (await connection.QueryAsync<TitleRow>(LedgerQueries.Titles, new { ids = untitled }, ct)).ToDictionary(paper => paper.Id, paper => paper.Title);
        var news = row.HasSavedNews && parameters.id is { } reader ? await SavedNews.ToldAsync(connection, reader, day, ct) : [];
        return new DigestAccount
        {
            Outcome = row.Outcome == "undelivered" ? "queued" : row.Outcome,
            DueAt = row.DueAt,
            Delivery = row.DeliveryState,
            List = row.List,
            Day = day,
            Span = DueSubscriber.SpanOf(row.Frequency, day, row.PreviousDigestOn),
            Reasons = row.Sentences(),
            Candidates = row.Candidates,
            Items = items.Select(item => new AccountItem(
                item.Position, item.PaperId, item.Title, Math.Round(item.Score, 4), SectionOf(reasons[item.Position - 1]), reasons[item.Position - 1])).ToList(),
            SavedNews = news.Select(piece => new AccountNews(piece.PaperId, piece.Title, piece.HasCode, piece.HasNewVersion)).ToList(),
            CutCounts = cutCounts,
            Cut = cut.Select(paper => paper with { Title = paper.Title ?? titles.GetValueOrDefault(paper.Paper, "(no longer in the catalogue)") }).ToList(),
        };
    }

    private static string SectionOf(IReadOnlyList<Reason> reasons) => DigestSelection.IsOutside(reasons) ? "outside" : "topics";

    private sealed record DigestRow
    {
        public required string Outcome { get; init; }
        public required Instant DueAt { get; init; }
        public required string Reasons { get; init; }
        public required int Candidates { get; init; }
        public required string Cut { get; init; }
        public required string CutCounts { get; init; }
        public string? CutCodes { get; init; }
        public string? EntryReasons { get; init; }
        public byte[]? Why { get; init; }
        public required bool HasSavedNews { get; init; }
        public required short Attempts { get; init; }
        public string? Fault { get; init; }
        public long? DeliveryId { get; init; }
        public string? DeliveryState { get; init; }
        public string? Reply { get; init; }
        public string? List { get; init; }
        public required DigestFrequency Frequency { get; init; }
        public LocalDate? PreviousDigestOn { get; init; }

        /// <summary>What was cut, in whichever form the row has it.</summary>
        public (IReadOnlyDictionary<string, int> Counts, IReadOnlyList<CutRecord> Cut) ReadCut()
        {
            if (Why is not null && RecordedWhy.Read(Why) is var why)
                return (why.CutCounts, why.Cut);
            return CutCodes is not null ? CutAccount.Read(CutCodes) : (LedgerJson.ReadCounts(CutCounts), LedgerJson.ReadCut(Cut));
        }

        /// <summary>What was recorded, and what has come of it since.</summary>
        public IReadOnlyList<string> Sentences()
        {
            var recorded = JsonSerializer.Deserialize<IReadOnlyList<string>>(Reasons, LedgerJson.Options) ?? [];
            if (Outcome == "planned" && Fault is not null)
                return [.. recorded, $"It could not be made yet, at attempt {Attempts}: {Fault}"];
            return Outcome == "queued" && DeliveryState is "failed" or "suppressed"
                ? [.. recorded, $"It was queued, then {DeliveryState}: {Reply ?? "no reason is known."}"]
                : recorded;
        }
    }

    private sealed record MailRow
    {
        public required string State { get; init; }
        public string? Reply { get; init; }
    }

    private sealed record TitleRow
    {
        public required long Id { get; init; }
        public required string Title { get; init; }
    }

    private sealed record ItemRow
    {
        public required short Position { get; init; }
        public required long PaperId { get; init; }
        public required string Title { get; init; }
        public required float Score { get; init; }
    }

    private sealed record ReaderRow
    {
        public required string State { get; init; }
        public required string Frequency { get; init; }
        public required string Zone { get; init; }
        public Instant? ConfirmedAt { get; init; }
        public Instant? EndedAt { get; init; }
        public Instant? NextDueAt { get; init; }
        public LocalDate? NextDueOn { get; init; }

        /// <summary>Why no digest was ever planned for that day.</summary>
        public string WhyNothing(LocalDate day, Instant now)
        {
            var zone = DigestSchedule.FindZone(Zone) ?? DateTimeZone.Utc;
            if (State == "pending" || ConfirmedAt is not { } confirmed)
                return "The reader has not confirmed the subscription.";
            if (confirmed.InZone(zone).Date > day)
                return $"The reader confirmed on {Iso(confirmed.InZone(zone).Date)}, after that day.";
            if (EndedAt is { } ended && ended.InZone(zone).Date <= day)
                return $"The subscription ended on {Iso(ended.InZone(zone).Date)} ({State}).";
            if (State == "paused")
                return "The reader has paused.";
            if (NextDueOn is { } next && next <= day)
                return NextDueAt > now ? $"The next digest, of {Iso(next)}, is due at {NextDueAt}." : $"The digest of {Iso(next)} is due; the planner has not run since.";
            return $"No digest was owed for that day: the reader wants {Frequency} digests, had paused, or the hour of that day had passed when they confirmed or changed it.";
        }

        private static string Iso(LocalDate date) => NodaTime.Text.LocalDatePattern.Iso.Format(date);
    }
}

/// <summary>Why a digest held what it held, or why there was none.</summary>
internal sealed record DigestAccount
{
    private static readonly Language English = Language.Of("en");

    /// <summary><c>queued</c>, <c>empty</c>, <c>expired</c>, <c>suppressed</c>, <c>failed</c>, <c>planned</c>, or <c>none</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>When it was due.</summary>
    public Instant? DueAt { get; init; }

    /// <summary>The state of its delivery, where there is one.</summary>
    public string? Delivery { get; init; }

    /// <summary>The list that the reader is of now, whose settings they have; null for one who has their own.</summary>
    public string? List { get; init; }

    /// <summary>Sentences.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>How many papers were considered for this reader.</summary>
    public int Candidates { get; init; }

    /// <summary>What it held, in order.</summary>
    public IReadOnlyList<AccountItem> Items { get; init; } = [];

    /// <summary>What it told of papers that the reader had saved, in order.</summary>
    public IReadOnlyList<AccountNews> SavedNews { get; init; } = [];

    /// <summary>How many papers were cut for each reason, the most frequent first.</summary>
    public IReadOnlyDictionary<string, int> CutCounts { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>Every paper on the reader's topics that was cut, best first; then the best of the others.</summary>
    public IReadOnlyList<CutRecord> Cut { get; init; } = [];

    /// <summary>Whether there is a reader with that address, whatever has become of the subscription.</summary>
    [JsonIgnore]
    public bool HasReader { get; init; } = true;

    /// <summary>The digest's day, by which the text words its reasons.</summary>
    [JsonIgnore]
    public LocalDate Day { get; init; }

    /// <summary>The time that the digest stands for, by which the text words its reasons.</summary>
    [JsonIgnore]
    public DigestSpan Span { get; init; }

    /// <summary>The account as text.</summary>
    public void Write(TextWriter text)
    {
        text.WriteLine(Delivery is null ? Outcome : $"{Outcome}, delivery {Delivery}");
        if (List is not null)
            text.WriteLine($"The reader is of the list {List}, and has its settings.");
        foreach (var reason in Reasons)
            text.WriteLine(reason);
        if (Candidates > 0)
            text.WriteLine($"{Quantities.Count(Candidates, "paper was", "papers were")} considered.");
        foreach (var item in Items)
        {
            text.WriteLine($"  {item.Position,2}. {item.Score:0.000}  {item.Title}");
            if (item.Reasons.Count > 0)
                text.WriteLine($"             {DigestLines.InWords(item.Reasons, English, Day, Span)}");
        }

        foreach (var news in SavedNews)
            text.WriteLine($"      saved  {news.Title}: {string.Join(", ", news.InWords())}");
        foreach (var (reason, count) in CutCounts)
            text.WriteLine($"  {count,4} cut: {reason}");
        foreach (var cut in Cut)
            text.WriteLine($"   -  {cut.Score:0.000}  {cut.Title}: {cut.Reason}");
    }
}

/// <summary>What an explained digest told of a paper that its reader had saved.</summary>
internal sealed record AccountNews(long Paper, string Title, bool HasCode, bool HasNewVersion)
{
    /// <summary>The same in words.</summary>
    public IEnumerable<string> InWords() => new[] { HasCode ? "has code now" : null, HasNewVersion ? "has a new version" : null }.OfType<string>();
}

/// <summary>One entry of an explained digest.</summary>
internal sealed record AccountItem(int Position, long Paper, string Title, double Score, string Section, IReadOnlyList<Reason> Reasons);
