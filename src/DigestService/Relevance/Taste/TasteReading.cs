namespace DigestService.Relevance.Taste;

/// <summary>
/// One reader's taste, put together for judging one list of candidates, in buffers that the next reader uses again. Not for
/// several threads at once.
/// </summary>
internal sealed class TasteReading
{
    // What other readers say can lift a paper or hold it back, never more than half the way to certainty or to nothing.
    private const double ReadersReach = 0.5;
    private const double LeastVouch = 0.35;
    private const double LeastResemblance = 0.12;
    // A single like says little about how near is near: a paper must come this close to the like itself.
    private const double ShareOfItself = 0.25;

    private readonly Interests _liked = new();
    private readonly Interests _disliked = new();
    private readonly Func<int, LikedPaper?> _findResembled;
    private double[] _products = [];
    private TasteProfile? _profile;
    private TastePapers? _papers;
    private PaperTable? _table;

    public TasteReading() => _findResembled = FindResembled;

    /// <summary>How many separate interests the likes fall into.</summary>
    public int Interests => _liked.Count;

    /// <summary>Forgets the reader.</summary>
    public void Forget() => (_profile, _papers, _table) = (null, null, null);

    /// <summary>The verdict on each candidate of a list.</summary>
    public void Judge(TasteProfile profile, CandidateList list)
    {
        (_profile, _papers, _table) = (profile, profile.Model.PapersInPlay(list.Papers.Table, profile.Meanings), list.Papers.Table);
        Read(_liked, profile.Likes, profile.Model.Features);
        Read(_disliked, profile.Less, profile.Model.Features);
        list.FindResembled = _findResembled;

        var (usual, usualOfWords) = UsualEvidence(profile);
        for (var i = 0; i < list.Count; i++)
        {
            ref var candidate = ref list[i];
            ref readonly var vector = ref _papers.Vectors[candidate.Paper];
            Judge(ref candidate, vector, vector.Meaning is null ? usualOfWords : usual);
        }
    }

    private void Judge(ref Candidate candidate, in TasteVector vector, double usual)
    {
        var evidence = _liked.Evidence(vector);
        var content = Share(evidence, usual);
        var vouched = _profile!.Vouches is { } vouches && _papers!.Items[candidate.Paper] is >= 0 and var item ? vouches.For(item) : 0; // both are set while judging
        var together = Math.Clamp(
            Share(evidence + vouched, usual), content * (1 - ReadersReach), content + (ReadersReach * (1 - content)));
        var score = together - Share(_disliked.Evidence(vector), usual);
        (candidate.Taste, candidate.IsVouchedFor) = (Math.Clamp(score, -1, 1), Share(vouched, usual) >= LeastVouch);
    }

    private LikedPaper? FindResembled(int paper)
    {
        if (_profile is not { Likes: { Count: > 0 } likes } || _papers is null || _table is null)
            return null;
        if (_products.Length < likes.Count)
            _products = new double[likes.Count * 2];
        _products.AsSpan(0, likes.Count).Clear();
        var words = _papers.Vectors[paper].Words;
        _liked.AddProductsWithLikes(words, _products);
        JudgedPaper? nearest = null;
        var nearness = LeastResemblance;
        // A paper that was liked before it is in a digest resembles itself most: that is no reason to a reader.
        var self = _table.Papers[paper].Id;
        for (var i = 0; i < likes.Count; i++)
            if (likes[i].Paper.PaperId != self && likes[i].Vector.Words.Length * words.Length is > 0 and var lengths && _products[i] / lengths is var cosine && cosine > nearness)
                (nearest, nearness) = (likes[i], cosine);
        return nearest?.Paper;
    }

    private static void Read(Interests interests, IReadOnlyList<JudgedPaper> papers, int features)
    {
        interests.Begin(features);
        for (var i = 0; i < papers.Count; i++)
            interests.Add(papers[i].Vector);
    }

    // The second is for papers that have no vector.
    private (double Usual, double OfWords) UsualEvidence(TasteProfile profile)
    {
        var (sum, sumOfWords) = (0.0, 0.0);
        var (likes, less) = (profile.Likes, profile.Less);
        for (var i = 0; i < likes.Count; i++)
            Add(likes[i].Vector, _liked.BothEvidencesOfLike(i, likes[i].Vector.Meaning));
        for (var i = 0; i < less.Count; i++)
            Add(less[i].Vector, _liked.BothEvidences(less[i].Vector));
        var count = likes.Count + less.Count;
        return count == 0 ? (1, 1) : (Math.Max(1e-9, sum / count), Math.Max(1e-9, sumOfWords / count));

        void Add(in TasteVector paper, (double Evidence, double OfWords) of)
        {
            sum += LeastOfItself(of.Evidence, paper.Square);
            sumOfWords += LeastOfItself(of.OfWords, (paper with { Meaning = null }).Square);
        }
    }

    private static double LeastOfItself(double evidence, double square) => Math.Max(evidence - square, ShareOfItself * square);

    private static double Share(double evidence, double usual) => evidence <= 0 ? 0 : evidence / (evidence + usual);
}
