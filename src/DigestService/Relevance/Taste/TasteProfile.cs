namespace DigestService.Relevance.Taste;

/// <summary>A paper with a reader's opinion of it, prepared for comparing.</summary>
internal sealed record JudgedPaper(LikedPaper Paper, TasteVector Vector);

/// <summary>
/// What one reader's likes say of other papers: content, interest by interest, and the likes of readers of like
/// taste. It measures a paper against the reader's own likes: one that is as near to them as they are to each other
/// scores about a half.
/// </summary>
public sealed class TasteProfile
{
    private readonly Lazy<Vouches?> _vouches;

    internal TasteProfile(
        TasteModel model, MeaningSpace? meanings, IReadOnlyList<JudgedPaper> likes, IReadOnlyList<JudgedPaper> less, Lazy<Vouches?> vouches)
    {
        (Model, Meanings, Likes, Less, _vouches) = (model, meanings, likes, less, vouches);
    }

    /// <summary>What all readers share.</summary>
    internal TasteModel Model { get; }

    /// <summary>The space of meaning that the papers were placed in; null where there is none.</summary>
    internal MeaningSpace? Meanings { get; }

    /// <summary>What the reader liked, the first like first.</summary>
    internal IReadOnlyList<JudgedPaper> Likes { get; }

    /// <summary>What the reader wants less of.</summary>
    internal IReadOnlyList<JudgedPaper> Less { get; }

    /// <summary>What other readers say; null where nobody does. Worked out when it is first asked for.</summary>
    internal Vouches? Vouches => _vouches.Value;

    /// <summary>Judges all candidates of a list.</summary>
    internal void Judge(CandidateList list) => list.Taste.Judge(this, list);
}
