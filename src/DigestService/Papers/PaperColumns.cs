using System.Buffers;
using System.Text;
using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Papers;

/// <summary>A <see cref="CataloguePaper"/> as columns, in the order of <see cref="PaperQueries.ReadPapers"/>.</summary>
internal static class PaperColumns
{
    /// <summary>The row a reader stands on. What it says as <paramref name="told"/> does, which is most of a row told again, takes no memory anew.</summary>
    public static CataloguePaper Read(NpgsqlDataReader row, PaperDraft? told = null) => new()
    {
        Id = row.GetInt64(0),
        ArxivId = Text(row, 1),
        Doi = Text(row, 2),
        Title = row.GetString(3),
        Abstract = Text(row, 4, told?.Abstract),
        OriginalTitle = Text(row, 5),
        OriginalAbstract = Text(row, 6, told?.OriginalAbstract),
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
    public static async ValueTask WriteAsync(CopyWriter copy, CataloguePaper paper, Instant now, CancellationToken ct)
    {
        await copy.StartRowAsync(ct);
        copy.Write(paper.Id);
        copy.Write(paper.ArxivId);
        copy.Write(paper.Doi);
        copy.Write(paper.Title);
        copy.Write(paper.Abstract);
        copy.Write(paper.OriginalTitle);
        copy.Write(paper.OriginalAbstract);
        copy.Write(paper.Authors);
        copy.Write(paper.Categories);
        copy.Write(paper.Organization);
        copy.Write(paper.Url);
        copy.Write(paper.PdfUrl);
        copy.Write(paper.CodeUrl);
        copy.Write(paper.ProjectUrl);
        copy.Write(paper.ModelUrl);
        copy.Write(paper.Comment);
        copy.Write(paper.Upvotes);
        copy.Write(paper.UpvotesAt);
        copy.Write(paper.PublishedAt);
        copy.Write(paper.FirstListedOn);
        copy.Write(paper.WithdrawnAt);
        copy.Write(paper.Sources);
        copy.Write(paper.TextSource);
        copy.Write(paper.TextAsOf);
        copy.Write(paper.WithdrawalAsOf);
        copy.Write(paper.InShort);
        copy.Write(paper.Keywords);
        copy.Write(paper.CodeAddedAt);
        copy.Write(paper.RevisedAt);
        copy.Write(now);
        copy.Write(now);
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static string? Text(NpgsqlDataReader row, int column, string? told)
    {
        if (told is null || row.IsDBNull(column) || row.GetBytes(column, 0, null, 0, 0) != told.Length)
            return Text(row, column);
        var octets = ArrayPool<byte>.Shared.Rent(told.Length);
        row.GetBytes(column, 0, octets, 0, told.Length);
        var isSame = Ascii.Equals(octets.AsSpan(0, told.Length), told);
        ArrayPool<byte>.Shared.Return(octets);
        return isSame ? told : Text(row, column);
    }

    private static Instant? Moment(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : Instant.FromDateTimeUtc(row.GetDateTime(column));
}
