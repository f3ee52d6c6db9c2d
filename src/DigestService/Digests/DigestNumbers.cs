using DigestService.Mails;
using DigestService.Mails.Languages;
using DigestService.Platform;
using DigestService.Relevance;
using NodaTime;
using Npgsql;

namespace DigestService.Digests;

/// <summary>
/// The papers of a sent digest by the numbers its mail shows, which count in the order of reading and not of rank.
/// </summary>
internal static class DigestNumbers
{
    private const string Items = """
        -- digest_numbers.items
        select i.position, i.paper_id, p.title, d.entry_reasons, d.why, s.language, s.frequency,
               (select max(b.digest_on)
                from digests b
                where b.bucket = @id & 63
                  and b.subscriber_id = @id
                  and b.digest_on < @day
                  and b.outcome = 'queued') as previous_digest_on
        from digest_items i
        join digests d on d.bucket = i.bucket and d.subscriber_id = i.subscriber_id and d.digest_on = i.digest_on
        join subscribers s on s.bucket = i.bucket and s.id = i.subscriber_id
        left join papers p on p.id = i.paper_id
        where i.bucket = @id & 63
          and i.subscriber_id = @id
          and i.digest_on = @day
        order by i.position
        """;

    private const string LatestDay = """
        -- digest_numbers.latest_day
        select max(digest_on)
        from digests
        where bucket = @id & 63
          and subscriber_id = @id
          and outcome = 'queued'
        """;

    /// <summary>
    /// The papers of a reader's digest of a day, the first number first; empty where there was none. A paper that is hidden by now
    /// keeps its number, so that the others keep theirs.
    /// </summary>
    public static async Task<IReadOnlyList<NumberedPaper>> OfAsync(NpgsqlConnection connection, long subscriberId, LocalDate day, CancellationToken ct)
    {
        var rows = await connection.QueryAsync<ItemRow>(Items, new { id = subscriberId, day }, ct);
        if (rows.Count == 0)
            return [];
        var reasons = RecordedWhy.ReasonsOf(rows[0].Why, rows[0].EntryReasons, rows[^1].Position);
        var content = new DigestContent
        {
            DeliveryId = 0,
            Recipient = new MailRecipient { SubscriberId = subscriberId, Address = "" },
            DigestOn = day,
            Date = default,
            Entries = rows.Select(row => DigestSelection.ToEntry(row.ForMail(day), reasons[row.Position - 1])).ToList(),
        };
        var language = Language.Of(rows[0].Language);
        var span = DueSubscriber.SpanOf(rows[0].Frequency, day, rows[0].PreviousDigestOn);
        var hidden = rows.Where(row => row.Title is null).Select(row => row.PaperId).ToHashSet();
        return DigestOutline.Of(content, language).Entries
            .Select(entry => new NumberedPaper(
                entry.Paper.Id,
                entry.Paper.Title,
                DigestLines.InWords(entry.Reasons, language, day, span),
                hidden.Contains(entry.Paper.Id)))
            .ToList();
    }

    /// <summary>The day of a reader's latest digest.</summary>
    public static Task<LocalDate?> LatestDayAsync(NpgsqlConnection connection, long subscriberId, CancellationToken ct) =>
        connection.QuerySingleOrDefaultAsync<LocalDate?>(LatestDay, new { id = subscriberId }, ct);

    private sealed record ItemRow
    {
        public required short Position { get; init; }
        public required long PaperId { get; init; }
        public string? Title { get; init; }
        public string? EntryReasons { get; init; }
        public byte[]? Why { get; init; }
        public required string Language { get; init; }
        public required DigestFrequency Frequency { get; init; }
        public LocalDate? PreviousDigestOn { get; init; }

        public MailPaper ForMail(LocalDate day) => new() { Id = PaperId, Title = Title ?? "", FirstListedOn = day };
    }
}

/// <summary>A paper as a digest shows it, with the reasons in the reader's language.</summary>
internal sealed record NumberedPaper(long PaperId, string Title, string Reasons, bool IsHidden);
