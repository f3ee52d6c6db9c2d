namespace DigestService.Relevance;

/// <summary>The list and what it left out, each with its reasons; both best first, ties by id.</summary>
public sealed record RankedDigest(IReadOnlyList<RankedEntry> Entries, IReadOnlyList<CutEntry> Cut);

/// <summary>One entry of a digest, best first.</summary>
public sealed record RankedEntry(CandidatePaper Candidate, double Score, IReadOnlyList<Reason> Reasons);

/// <summary>A paper the reader liked, to be named in a reason.</summary>
public sealed record LikedPaper(long PaperId, string Title);

/// <summary>One paper that was considered and not taken. Why is kept as a code and becomes a <see cref="CutReason"/> when somebody asks.</summary>
public readonly struct CutEntry
{
    private readonly CutCode _code;
    private readonly string? _text;
    private readonly long _number;

    private CutEntry(in Candidate cut, CandidatePapers papers, CutCode code, string? text, long number)
    {
        (_code, _text, _number) = (code, text, number);
        (Candidate, Score, IsMatch, IsFollowed) = (papers[cut.Paper], cut.Score, cut.HasTopics, cut.Followed is not null);
    }

    /// <summary>The paper.</summary>
    public CandidatePaper Candidate { get; }

    /// <summary>What it was ranked by.</summary>
    public double Score { get; }

    /// <summary>Whether it matches one of the reader's topics, muted ones too.</summary>
    public bool IsMatch { get; }

    /// <summary>Whether an author wrote it whom the reader follows.</summary>
    public bool IsFollowed { get; }

    /// <summary>Why it was not taken.</summary>
    public CutReason Reason => _code switch
    {
        CutCode.AlreadySent => AlreadySent.Instance,
        CutCode.ToldBefore => ToldBefore.Instance,
        CutCode.AlreadyJudged => AlreadyJudged.Instance,
        CutCode.Withdrawn => Withdrawn.Instance,
        CutCode.MutedWord => new MutedWord(_text ?? ""),
        CutCode.MutedTopic => new MutedTopic(_text ?? ""),
        CutCode.BelowMinimum => new BelowMinimum(Score, BitConverter.Int64BitsToDouble(_number)),
        CutCode.NearDuplicate => new NearDuplicate(_number, _text ?? ""),
        CutCode.Crowded => new Crowded(_text ?? ""),
        CutCode.NoRoom => new NoRoom((int)_number),
        CutCode.OnlyNear => new OnlyNear(_text ?? ""),
        CutCode.NotBigEnough => NotBigEnough.Instance,
        _ => throw new InvalidOperationException($"No reason for {_code}."),
    };

    internal static CutEntry Of(in Candidate cut, CandidatePapers papers, CutCode code, string? text = null, long number = 0) =>
        new(cut, papers, code, text, number);
}

/// <summary>Why a candidate is out; <see cref="None"/> for one that may have a place.</summary>
internal enum CutCode : byte
{
    None,
    AlreadySent,
    ToldBefore,
    AlreadyJudged,
    Withdrawn,
    MutedWord,
    MutedTopic,
    BelowMinimum,
    NearDuplicate,
    Crowded,
    NoRoom,
    OnlyNear,
    NotBigEnough,
}
