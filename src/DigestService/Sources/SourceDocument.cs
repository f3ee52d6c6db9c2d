using System.Security.Cryptography;
using System.Text;
using DigestService.Papers;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Sources;

/// <summary>An entry or a whole document that was not taken, and why.</summary>
/// <param name="File">The file or address it came from.</param>
/// <param name="Line">The line it begins on, or its number where the format has no lines.</param>
/// <param name="Reason">A sentence for the operator.</param>
internal sealed record Rejection(string File, int Line, string Reason);

/// <summary>A document that cannot be read on from a line: nothing of it is taken.</summary>
internal sealed class UnreadableDocumentException(int line, string reason, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>Where reading ended.</summary>
    public int Line => line;
}

/// <summary>A document on its way into the catalogue: where it is from, which day it lists, and what of it was refused.</summary>
internal sealed class SourceDocument : IDisposable
{
    private readonly List<Rejection> _rejections = [];
    private readonly IncrementalHash _content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The file's path or the answer's address.</summary>
    public required string Name { get; init; }

    /// <summary>The moment of the import.</summary>
    public required Instant Now { get; init; }

    /// <summary>The day its entries were listed, where the operator or the file's name says so.</summary>
    public LocalDate? ListedOn { get; init; }

    /// <summary>True when the operator named the day: then it stands above what the document says.</summary>
    public bool IsDayGiven { get; init; }

    /// <summary>True for an answer fetched just now, whose votes are those of this moment.</summary>
    public bool IsLive { get; init; }

    /// <summary>The source's name where the format alone does not tell it: a configured feed.</summary>
    public string? SourceName { get; init; }

    /// <summary>Entries refused so far.</summary>
    public IReadOnlyList<Rejection> Rejections => _rejections;

    /// <summary>Where the list goes on, as an OAI-PMH resumption token.</summary>
    public string? NextToken { get; set; }

    /// <summary>How many there are in all, where this is one page of them.</summary>
    public int? Total { get; set; }

    /// <summary>How many entries stand on the pages before this one.</summary>
    public int FirstPosition { get; set; }

    /// <summary>Entries taken or refused so far.</summary>
    public int EntriesRead { get; private set; }

    /// <summary>The newest listing day among them.</summary>
    public LocalDate? NewestOn { get; private set; }

    /// <summary>
    /// When the votes in it were counted: now for an answer, else the end of the file's day, so that reading the same file
    /// again later observes nothing new.
    /// </summary>
    public Instant ObservedAt
    {
        get
        {
            if (IsLive || ListedOn is not { } day)
                return Now;
            return Instant.Min(Now, day.PlusDays(1).AtMidnight().InUtc().ToInstant());
        }
    }

    /// <summary>The entry's own day, unless the operator named another; else the file's, else today in UTC.</summary>
    public LocalDate DayOf(LocalDate? entryDay) =>
        IsDayGiven && ListedOn is { } given ? given : entryDay ?? ListedOn ?? Now.InUtc().Date;

    /// <summary>Notes an entry that is not taken, while the others are.</summary>
    public void Reject(int line, string reason)
    {
        EntriesRead++;
        _rejections.Add(new Rejection(Name, line, reason));
    }

    /// <summary>Notes an entry that is taken.</summary>
    public void Accept(PaperDraft draft)
    {
        EntriesRead++;
        if (!draft.IsReplacement && !draft.IsDeletion && (NewestOn is null || draft.ListedOn > NewestOn))
            NewestOn = draft.ListedOn;
        _content.AppendData(Encoding.UTF8.GetBytes((draft.ArxivId?.Value ?? draft.Title) + "\n"));
    }

    /// <summary>A hash of which papers were taken, in order; what is said of them does not count.</summary>
    public byte[] ContentHash() => _content.GetCurrentHash();

    /// <inheritdoc/>
    public void Dispose() => _content.Dispose();

    /// <summary>The first <c>YYYY-MM-DD</c> in a file's name.</summary>
    public static LocalDate? DayInName(string path)
    {
        var name = Path.GetFileName(path.AsSpan());
        for (var i = 0; i + 10 <= name.Length; i++)
        {
            if ((i > 0 && char.IsAsciiDigit(name[i - 1])) || (i + 10 < name.Length && char.IsAsciiDigit(name[i + 10])))
                continue;
            if (LocalDatePattern.Iso.Parse(name.Slice(i, 10).ToString()) is { Success: true } day)
                return day.Value;
        }

        return null;
    }
}
