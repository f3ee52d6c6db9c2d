using DigestService.Relevance;
using DigestService.Relevance.Taste;

namespace DigestService.Tests.Relevance.PlainChoice;

/// <summary>
/// What one reader's likes say of other papers: content, interest by interest, and the likes of readers of like
/// taste. It measures a paper against the reader's own likes: one that is as near to them as they are to each other
/// scores about a half.
/// </summary>
internal sealed class PlainProfile
{
    // What other readers say can lift a paper or hold it back, never more than half the way to certainty or to nothing.
    private const double ReadersReach = 0.5;
    private const double LeastVouch = 0.35;
    private const double LeastResemblance = 0.12;
    // A single like says little about how near is near: a paper must come this close to the like itself.
    private const double ShareOfItself = 0.25;

    private readonly TastePapers _papers;
    private readonly PaperTable _table;
    private readonly IReadOnlyList<JudgedPaper> _likes;
    private readonly PlainInterests _liked;
    private readonly PlainInterests _disliked;
    private readonly double _usual;
    // For papers that have no vector.
    private readonly double _usualOfWords;
    private readonly Vouches? _vouches;

    /// <summary>The same reader's likes, for judging papers of a table.</summary>
    public PlainProfile(TasteProfile profile, PaperTable table)
    {
        (_table, _papers) = (table, profile.Model.PapersInPlay(table, profile.Meanings));
        _likes = profile.Likes;
        _liked = new(_likes.Select(l => l.Vector));
        _disliked = new(profile.Less.Select(l => l.Vector));
        List<TasteVector> judged = [.. _likes.Concat(profile.Less).Select(paper => paper.Vector)];
        _usual = UsualEvidence(judged);
        _usualOfWords = judged.Exists(paper => paper.Meaning is not null)
            ? UsualEvidence(judged.ConvertAll(paper => paper with { Meaning = null }))
            : _usual;
        _vouches = profile.Vouches;
    }

    /// <summary>The verdict on one paper.</summary>
    public PlainVerdict Judge(IndexedPaper paper)
    {
        var vector = _papers.Vectors[_table.IndexOf(paper.Id)];
        var usual = vector.Meaning is null ? _usualOfWords : _usual;
        var evidence = _liked.Evidence(vector);
        var content = Share(evidence, usual);
        var vouched = _vouches is not null && _papers.Items[_table.IndexOf(paper.Id)] is >= 0 and var item ? _vouches.For(item) : 0;
        var together = Math.Clamp(
            Share(evidence + vouched, usual), content * (1 - ReadersReach), content + (ReadersReach * (1 - content)));
        var score = together - Share(_disliked.Evidence(vector), usual);
        return new(Math.Clamp(score, -1, 1), () => Nearest(paper.Id, vector.Words), Share(vouched, usual) >= LeastVouch);
    }

    private LikedPaper? Nearest(long self, FeatureVector paper)
    {
        JudgedPaper? nearest = null;
        var nearness = LeastResemblance;
        foreach (var like in _likes)
            if (like.Paper.PaperId != self && Cosine(like.Vector.Words, paper) is var cosine && cosine > nearness)
                (nearest, nearness) = (like, cosine);
        return nearest?.Paper;
    }

    private static double Cosine(FeatureVector a, FeatureVector b) => a.Length * b.Length is > 0 and var lengths ? Product(a, b) / lengths : 0;

    private static double Product(FeatureVector a, FeatureVector b)
    {
        double product = 0;
        for (int i = 0, j = 0; i < a.Features.Length && j < b.Features.Length;)
        {
            if (a.Features[i] == b.Features[j])
                product += a.Weights[i++] * b.Weights[j++];
            else if (a.Features[i] < b.Features[j])
                i++;
            else
                j++;
        }
        return product;
    }

    private static double Share(double evidence, double usual) => evidence <= 0 ? 0 : evidence / (evidence + usual);

    private double UsualEvidence(List<TasteVector> judged)
    {
        var sum = 0.0;
        foreach (var paper in judged)
            sum += Math.Max(_liked.Evidence(paper) - paper.Square, ShareOfItself * paper.Square);
        return judged.Count == 0 ? 1 : Math.Max(1e-9, sum / judged.Count);
    }
}
