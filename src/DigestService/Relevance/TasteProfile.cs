namespace DigestService.Relevance;

/// <summary>What a reader's likes say of other papers.</summary>
public sealed class TasteProfile
{
    /// <summary>The verdict on one paper.</summary>
    public TasteVerdict? Judge(IndexedPaper paper) => null;
}
