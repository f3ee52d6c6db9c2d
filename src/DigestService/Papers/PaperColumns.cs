using NodaTime;
using Npgsql;
using NpgsqlTypes;

namespace DigestService.Papers;

/// <summary>A <see cref="CataloguePaper"/> as columns, in the order of <see cref="PaperQueries.ReadPapers"/>.</summary>
internal static class PaperColumns
{
    /// <summary>The row a reader stands on.</summary>
    public static CataloguePaper Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetInt64(0),
        ArxivId = Text(row, 1),
        Doi = Text(row, 2),
        Title = row.GetString(3),
        Abstract = Text(row, 4),
        OriginalTitle = Text(row, 5),
        OriginalAbstract = Text(row, 6),
        Authors = row.GetFieldValue<string[]>(7),
        Categories = row.GetFieldValue<string[]>(8),
        Organization = Text(row, 9),
        Url = Text(row, 10),
        PdfUrl = Text(row, 11),
        CodeUrl = Text(row, 12),
        ProjectUrl = Text(row, 13),
        ModelUrl = Text(row, 14),
        Comment = Text(row, 15),
        Upvotes = row.GetInt32(16),
        UpvotesAt = Moment(row, 17),
        PublishedAt = Moment(row, 18),
        FirstListedOn = LocalDate.FromDateOnly(row.GetFieldValue<DateOnly>(19)),
        WithdrawnAt = Moment(row, 20),
        Sources = row.GetFieldValue<string[]>(21),
        TextSource = Text(row, 22),
        TextAsOf = Moment(row, 23),
        WithdrawalAsOf = Moment(row, 24),
        InShort = Text(row, 25),
        Keywords = row.IsDBNull(26) ? [] : row.GetFieldValue<string[]>(26),
        CodeAddedAt = Moment(row, 27),
        RevisedAt = Moment(row, 28),
        VotesSeenAt = Moment(row, 29),
    };

    /// <summary>Writes one row of a COPY, created and updated now (an update leaves <c>created_at</c> alone).</summary>
    public static async ValueTask WriteAsync(NpgsqlBinaryImporter writer, CataloguePaper paper, Instant now, CancellationToken ct)
    {
        await writer.StartRowAsync(ct);
        await writer.WriteAsync(paper.Id, NpgsqlDbType.Bigint, ct);
        await WriteAsync(writer, paper.ArxivId, ct);
        await WriteAsync(writer, paper.Doi, ct);
        await writer.WriteAsync(paper.Title, NpgsqlDbType.Text, ct);
        await WriteAsync(writer, paper.Abstract, ct);
        await WriteAsync(writer, paper.OriginalTitle, ct);
        await WriteAsync(writer, paper.OriginalAbstract, ct);
        await writer.WriteAsync(paper.Authors, NpgsqlDbType.Array | NpgsqlDbType.Text, ct);
        await writer.WriteAsync(paper.Categories, NpgsqlDbType.Array | NpgsqlDbType.Text, ct);
        await WriteAsync(writer, paper.Organization, ct);
        await WriteAsync(writer, paper.Url, ct);
        await WriteAsync(writer, paper.PdfUrl, ct);
        await WriteAsync(writer, paper.CodeUrl, ct);
        await WriteAsync(writer, paper.ProjectUrl, ct);
        await WriteAsync(writer, paper.ModelUrl, ct);
        await WriteAsync(writer, paper.Comment, ct);
        await writer.WriteAsync(paper.Upvotes, NpgsqlDbType.Integer, ct);
        await WriteAsync(writer, paper.UpvotesAt, ct);
        await WriteAsync(writer, paper.PublishedAt, ct);
        await writer.WriteAsync(paper.FirstListedOn.ToDateOnly(), NpgsqlDbType.Date, ct);
        await WriteAsync(writer, paper.WithdrawnAt, ct);
        await writer.WriteAsync(paper.Sources, NpgsqlDbType.Array | NpgsqlDbType.Text, ct);
        await WriteAsync(writer, paper.TextSource, ct);
        await WriteAsync(writer, paper.TextAsOf, ct);
        await WriteAsync(writer, paper.WithdrawalAsOf, ct);
        await WriteAsync(writer, paper.InShort, ct);
        await writer.WriteAsync(paper.Keywords, NpgsqlDbType.Array | NpgsqlDbType.Text, ct);
        await WriteAsync(writer, paper.CodeAddedAt, ct);
        await WriteAsync(writer, paper.RevisedAt, ct);
        await WriteAsync(writer, now, ct);
        await WriteAsync(writer, now, ct);
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static Instant? Moment(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : Instant.FromDateTimeUtc(row.GetDateTime(column));

    private static Task WriteAsync(NpgsqlBinaryImporter writer, string? text, CancellationToken ct) =>
        text is null ? writer.WriteNullAsync(ct) : writer.WriteAsync(text, NpgsqlDbType.Text, ct);

    private static Task WriteAsync(NpgsqlBinaryImporter writer, Instant? instant, CancellationToken ct) =>
        instant is { } moment
            ? writer.WriteAsync(moment.ToDateTimeUtc(), NpgsqlDbType.TimestampTz, ct)
            : writer.WriteNullAsync(ct);
}
