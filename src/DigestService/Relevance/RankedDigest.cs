namespace DigestService.Relevance;

/// <summary>The list and what it left out, each with its reasons; both best first, ties by id.</summary>
public sealed record RankedDigest(IReadOnlyList<RankedEntry> Entries, IReadOnlyList<CutEntry> Cut)
{
    /// <summary>The same where none of the entries is on a topic, and so none is sent.</summary>
    internal RankedDigest WithoutEntries() => new(
        [],
        [.. Entries.Select(CutEntry.WithoutCompany).Concat(Cut).OrderByDescending(cut => cut.Score).ThenBy(cut => cut.PaperId)]);
}

/// <summary>One entry of a digest, best first.</summary>
public sealed record RankedEntry(CandidatePaper Candidate, double Score, IReadOnlyList<Reason> Reasons);

/// <summary>A paper the reader liked, to be named in a reason.</summary>
public sealed record LikedPaper(long PaperId, string Title);

/// <summary>One paper that was considered and not taken. Why is kept as a code and becomes a <see cref="CutReason"/> when somebody asks.</summary>
public readonly struct CutEntry
{
    private CutEntry(in Candidate cut, CandidatePapers papers, CutCode code, string? text, long number)
    {
        (Code, Text, Number) = (code, text, number);
        (PaperId, Score, IsMatch, IsOnTopic) = (papers.Table.Ids[cut.Paper], cut.Score, cut.HasTopics, cut.Standing == Standing.OnTopic);
    }

    private CutEntry(RankedEntry entry) => (Code, PaperId, Score) = (CutCode.NoCompany, entry.Candidate.PaperId, entry.Score);

    /// <summary>The paper's row.</summary>
    public long PaperId { get; }

    /// <summary>What it was ranked by.</summary>
    public double Score { get; }

    /// <summary>Whether it matches one of the reader's topics, muted ones too.</summary>
    public bool IsMatch { get; }

    /// <summary>Whether the reader asks for it: it matches a topic that is not muted, or an author whom the reader follows wrote it.</summary>
    public bool IsOnTopic { get; }

    /// <summary>Which reason it is.</summary>
    internal CutCode Code { get; }

    /// <summary>The topic, the word or the title that the reason names.</summary>
    internal string? Text { get; }

    /// <summary>Why it was not taken.</summary>
    public CutReason Reason => CutReason.Of(Code, Text ?? "", Number, Score);

    /// <summary>What else the reason says: the other paper's row, the rank, or the bits of the least score.</summary>
    internal long Number { get; }

    /// <summary>An entry of a page that has nothing of the reader's own on it.</summary>
    internal static CutEntry WithoutCompany(RankedEntry entry) => new(entry);

    /// <summary>A candidate that got no place.</summary>
    internal static CutEntry Of(in Candidate cut, CandidatePapers papers, CutCode code, string? text = null, long number = 0) =>
        new(cut, papers, code, text, number);
}

/// <summary>Why a candidate is out; <see cref="None"/> for one that may have a place. The ledger keeps the codes: none is ever given to another reason.</summary>
internal enum CutCode : byte
{
    None = 0,
    AlreadySent = 1,
    ToldBefore = 2,
    AlreadyJudged = 3,
    Withdrawn = 4,
    MutedWord = 5,
    MutedTopic = 6,
    BelowMinimum = 7,
    NearDuplicate = 8,
    Crowded = 9,
    NoRoom = 10,
    OnlyNear = 11,
    NotBigEnough = 12,
    NoCompany = 13,
    NoOutside = 14,
    TooAlike = 15,
}
