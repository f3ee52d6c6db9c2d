using DigestService.Relevance.Embeddings;

namespace DigestService.Relevance.Search;

/// <summary>
/// Ranks a collection for a free text (a question, a sentence, a description of an interest). Three readings are
/// combined on a common scale: the words themselves (BM25 with weighted titles, and a bonus for words that stand near
/// each other as in the query), the query's place in the collection's latent space, and, learning from the collection,
/// the place of the texts that the first two agree on (pseudo-relevance feedback).
/// </summary>
internal sealed class FreeTextRanker
{
    private const double Saturation = 1.6;
    private const double LengthNormalisation = 0.75;
    private const double ProximityWeight = 0.2;
    private const int ProximityWindow = 4;
    private const double ProximitySaturation = 1.2;
    private const double LatentShare = 0.3;
    private const double FeedbackShare = 0.4;
    private const int FeedbackTexts = 8;
    private const double MeaningShare = 0.65;
    // Deviations above the mean of the collection.
    private const double StandsOut = 1.5;

    private readonly TextIndex _index;
    private readonly LatentSpace _space;
    private readonly EmbeddedTexts? _embedded;

    /// <summary>
    /// Indexes nothing itself: trains the latent space on what the index holds. With <paramref name="embedded"/>, whose
    /// vectors are those of the index's texts in the same order, the last step is closeness in meaning.
    /// </summary>
    public FreeTextRanker(TextIndex index, EmbeddedTexts? embedded = null)
    {
        _index = index;
        _embedded = embedded;
        _space = LatentSpace.Train(index.Weighted(), index.Terms);
    }

    /// <summary>
    /// The best texts for a query with their scores, best first, ties in the collection's order. A text that holds none
    /// of the words is there only if it stands out all the same.
    /// </summary>
    public IReadOnlyList<(int Text, double Score)> Rank(string query, int limit) => Rank(query, limit, _embedded?.ClosenessTo(query));

    /// <summary>The same with the closeness in meaning of each text, in the index's order, where that is known elsewhere.</summary>
    public IReadOnlyList<(int Text, double Score)> Rank(string query, int limit, double[]? closeness)
    {
        var terms = _index.TermsOf(query);
        if (terms.Count == 0)
            return [];
        var words = ByWords(terms);
        var latent = ByNearness(_space.Project(Weighted(terms)));
        var agreed = Mix(words, latent, LatentShare);
        var learnt = ByNearness(Centroid(Top(agreed, FeedbackTexts)));
        var scores = Mix(agreed, learnt, FeedbackShare);
        if (closeness is not null)
            scores = Mix(scores, closeness, MeaningShare);
        return [.. Top(scores, scores.Length).Where(text => words[text] > 0 || scores[text] >= StandsOut).Take(limit)
            .Select(text => (text, scores[text]))];
    }

    private double[] ByWords(IReadOnlyList<int> terms)
    {
        var scores = new double[_index.Count];
        foreach (var term in terms)
        {
            var idf = _index.Idf(term);
            foreach (var posting in _index.Postings(term))
            {
                var norm = 1 - LengthNormalisation + (LengthNormalisation * _index.Length(posting.Text) / _index.AverageLength);
                scores[posting.Text] += idf * posting.Frequency * (Saturation + 1) / (posting.Frequency + (Saturation * norm));
            }
        }
        for (var i = 0; i + 1 < terms.Count; i++)
            if (terms[i] != terms[i + 1])
                AddProximity(terms[i], terms[i + 1], scores);
        return scores;
    }

    // Neighbours in the query that are near each other in a text act as a word of their own.
    private void AddProximity(int first, int second, double[] scores)
    {
        var others = _index.Postings(second).ToDictionary(p => p.Text, p => p.Positions);
        var near = new List<(int Text, double Frequency)>();
        foreach (var posting in _index.Postings(first))
            if (others.TryGetValue(posting.Text, out var positions) && Nearness(posting.Positions, positions) is > 0 and var frequency)
                near.Add((posting.Text, frequency));
        var weight = ProximityWeight * _index.RarityOf(near.Count);
        foreach (var (text, frequency) in near)
            scores[text] += weight * frequency * (1 + ProximitySaturation) / (frequency + ProximitySaturation);
    }

    private static double Nearness(int[] first, int[] second)
    {
        var sum = 0.0;
        foreach (var a in first)
            foreach (var b in second)
                if (Math.Abs(a - b) is > 0 and <= ProximityWindow and var distance)
                    sum += 1.0 / distance;
        return sum;
    }

    private WeightedText Weighted(IReadOnlyList<int> terms)
    {
        var counted = terms.CountBy(t => t).ToArray();
        return new(
            [.. counted.Select(c => c.Key)],
            [.. counted.Select(c => (float)((1 + Math.Log(c.Value)) * _index.Idf(c.Key)))]);
    }

    private double[] ByNearness(float[] vector) =>
        [.. _space.TextVectors.Select(text => (double)VectorMath.Dot(text, vector))];

    private float[] Centroid(IReadOnlyList<int> bestFirst)
    {
        var centroid = new float[_space.TextVectors[0].Length];
        for (var rank = 0; rank < bestFirst.Count; rank++)
            VectorMath.AddScaled(_space.TextVectors[bestFirst[rank]], 2f / (2 + rank), centroid);
        VectorMath.Normalise(centroid);
        return centroid;
    }

    // On the scale of standard deviations a reading speaks as loudly as it is sure: few good texts stand far out.
    private static double[] Mix(double[] a, double[] b, double shareOfB)
    {
        var (meanA, deviationA) = Moments(a);
        var (meanB, deviationB) = Moments(b);
        var mixed = new double[a.Length];
        for (var i = 0; i < mixed.Length; i++)
            mixed[i] = ((1 - shareOfB) * (a[i] - meanA) / deviationA) + (shareOfB * (b[i] - meanB) / deviationB);
        return mixed;
    }

    private static (double Mean, double Deviation) Moments(double[] values)
    {
        var mean = values.Average();
        return (mean, Math.Max(1e-12, Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / values.Length)));
    }

    private static List<int> Top(double[] scores, int limit) =>
        [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).ThenBy(i => i).Take(limit)];
}
