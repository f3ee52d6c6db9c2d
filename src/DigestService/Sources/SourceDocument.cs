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
internal sealed class SourceDocument
{
    private readonly List<Rejection> _rejections = [];
    private readonly List<Rejection> _remarks = [];
    private readonly byte[] _content = new byte[SHA256.HashSizeInBytes];

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

    /// <summary>True where its order says what people thought of the papers; null where the format knows.</summary>
    public bool? IsRanked { get; init; }

    /// <summary>The address that relative links in it start from, where it has one of its own.</summary>
    public Uri? Address { get; init; }

    /// <summary>The code of its letters, where the server named one.</summary>
    public string? Charset { get; init; }

    /// <summary>What the source says is wrong instead of an answer, or why the document cannot be read.</summary>
    public string? Fault { get; set; }

    /// <summary>What was left out of entries that were taken.</summary>
    public IReadOnlyList<Rejection> Remarks => _remarks;

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
    /// When the votes in it were counted: now for an answer, else the end of the file's day, or of the entry's, so that
    /// reading the same file again later observes nothing new.
    /// </summary>
    public Instant ObservedAt(LocalDate? entryDay)
    {
        if (IsLive || (ListedOn ?? entryDay) is not { } day)
            return Now;
        return Instant.Min(Now, day.PlusDays(1).AtMidnight().InUtc().ToInstant());
    }

    /// <summary>The entry's own day, unless the operator named another; else the file's, else today in UTC.</summary>
    public LocalDate DayOf(LocalDate? entryDay) =>
        IsDayGiven && ListedOn is { } given ? given : entryDay ?? ListedOn ?? Now.InUtc().Date;

    /// <summary>
    /// The day that an entry says it was listed. An answer of this moment knows of none to come; a file may be read at an
    /// earlier moment than the one it was written at.
    /// </summary>
    public LocalDate? Said(LocalDate? day) => IsLive && day > Now.InUtc().Date ? Now.InUtc().Date : day;

    /// <summary>The same of a moment.</summary>
    public Instant? Said(Instant? moment) => IsLive && moment > Now ? Now : moment;

    /// <summary>Notes an entry that is not taken, while the others are.</summary>
    public void Reject(int line, string reason)
    {
        EntriesRead++;
        _rejections.Add(new Rejection(Name, line, reason));
    }

    /// <summary>Notes something that is left out of an entry that is taken.</summary>
    public void Remark(int line, string text) => _remarks.Add(new Rejection(Name, line, text));

    /// <summary>Notes an entry that is taken.</summary>
    public void Accept(PaperDraft draft)
    {
        EntriesRead++;
        if (!draft.IsReplacement && !draft.IsDeletion && (NewestOn is null || draft.ListedOn > NewestOn))
            NewestOn = draft.ListedOn;
        // Files are not asked whether they are yesterday's.
        if (!IsLive)
            return;
        Span<byte> entry = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(draft.ArxivId?.Value ?? draft.Title), entry);
        // A sum without carry: whatever the order, the same papers give the same.
        for (var i = 0; i < entry.Length; i++)
            _content[i] = unchecked((byte)(_content[i] + entry[i]));
    }

    /// <summary>A hash of which papers were taken of an answer, in whatever order; what is said of them does not count.</summary>
    public byte[] ContentHash() => [.. _content];

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
