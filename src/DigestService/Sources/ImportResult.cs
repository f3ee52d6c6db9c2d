namespace DigestService.Sources;

/// <summary>What an import did; its JSON is the contract's. <c>read</c> is the sum of the other counts.</summary>
internal sealed class ImportResult
{
    private const int MaxRejectionsKept = 1_000;

    private readonly List<Rejection> _rejections = [];
    private readonly List<Rejection> _remarks = [];
    private readonly List<long> _addedIds = [];
    private readonly HashSet<long> _updatedIds = [];

    /// <summary>Documents looked at.</summary>
    public int Files { get; private set; }

    /// <summary>Entries read, the refused ones among them.</summary>
    public int Read => Added + Updated + Duplicates + Rejected;

    /// <summary>Papers that were unheard of.</summary>
    public int Added => _addedIds.Count;

    /// <summary>Papers known before the import that now read otherwise.</summary>
    public int Updated => _updatedIds.Count;

    /// <summary>Entries that told nothing new.</summary>
    public int Duplicates { get; private set; }

    /// <summary>Entries refused; a document refused whole counts once.</summary>
    public int Rejected { get; private set; }

    /// <summary>The first thousand refusals.</summary>
    public IReadOnlyList<Rejection> Rejections => _rejections;

    /// <summary>What was left out of entries that were taken, such as a DOI that is another paper's; the first thousand.</summary>
    public IReadOnlyList<Rejection> Remarks => _remarks;

    /// <summary>The papers to match against all queries.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<long> AddedIds => _addedIds;

    /// <summary>Papers whose text may match otherwise than before.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyCollection<long> UpdatedIds => _updatedIds;

    /// <summary>True where there was something and none of it could be taken.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsAllRejected => Rejected > 0 && Rejected == Read;

    /// <summary>Counts what another import did as part of this one.</summary>
    public void Add(ImportResult other)
    {
        Files += other.Files;
        _addedIds.AddRange(other.AddedIds);
        Duplicates += other.Duplicates + other.UpdatedIds.Count(id => !_updatedIds.Add(id));
        Remark(other.Remarks);
        Count(other.Rejections);
        Rejected += other.Rejected - other.Rejections.Count;
    }

    /// <summary>Counts a document.</summary>
    public void CountFile() => Files++;

    /// <summary>Counts what one write did.</summary>
    public void Count(Papers.WriteOutcome outcome)
    {
        _addedIds.AddRange(outcome.Added);
        var updatedAgain = outcome.Updated.Count(id => !_updatedIds.Add(id));
        Duplicates += outcome.Duplicates + updatedAgain;
        Count(outcome.Refused.Select(ToRejection));
        Remark(outcome.Remarks.Select(ToRejection));
    }

    /// <summary>Keeps remarks.</summary>
    public void Remark(IEnumerable<Rejection> remarks) => _remarks.AddRange(remarks.Take(Math.Max(0, MaxRejectionsKept - _remarks.Count)));

    /// <summary>Counts refusals.</summary>
    public void Count(IEnumerable<Rejection> rejections)
    {
        foreach (var rejection in rejections)
        {
            Rejected++;
            if (_rejections.Count < MaxRejectionsKept)
                _rejections.Add(rejection);
        }
    }

    private static Rejection ToRejection(Papers.DraftRemark remark) => new(remark.Origin.File, remark.Origin.Line, remark.Text);
}
