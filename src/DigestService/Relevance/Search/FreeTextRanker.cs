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
    private readonly LatentSpace? _space;
    private readonly EmbeddedTexts? _embedded;

    /// <summary>
    /// Indexes nothing itself: trains the latent space on what the index holds. With <paramref name="embedded"/>, whose
    /// vectors are those of the index's texts in the same order, the last step is closeness in meaning. By words alone it trains
    /// nothing.
    /// </summary>
    public FreeTextRanker(TextIndex index, EmbeddedTexts? embedded = null, bool isByWordsAlone = false)
    {
        _index = index;
        _embedded = embedded;
        _space = isByWordsAlone ? null : LatentSpace.Train(index.Weighted(), index.Terms);
        Others = new(index, _space);
    }

    private FreeTextRanker(FreeTextRanker trained, EmbeddedTexts? embedded)
    {
        (_index, _space, Others, _embedded) = (trained._index, trained._space, trained.Others, embedded);
    }

    /// <summary>The same ranker with other vectors of its texts; nothing is trained again.</summary>
    public FreeTextRanker With(EmbeddedTexts? embedded) => new(this, embedded);

    /// <summary>
    /// The best texts for a query with their scores, best first, ties in the collection's order. A text that holds none
    /// of the words is there only if it stands out all the same.
    /// </summary>
    public IReadOnlyList<(int Text, double Score)> Rank(string query, int limit) => Read(query)?.Best(limit) ?? [];

    /// <summary>The collection ranked for a query; null where the query holds no word that the collection knows.</summary>
    public RankedCollection? Read(string query)
    {
        var terms = _index.TermsOf(query);
        if (terms.Count == 0)
            return null;
        var pairs = new List<WordPair>();
        var words = ByWords(terms, pairs);
        if (_space is null)
            return new RankedCollection(this, terms, pairs, [], [], null, [Mixture.Of(words)], words);
        var place = _space.Project(Weighted(terms));
        var first = Mixture.Of(words, ByNearness(place), LatentShare);
        var centroid = Centroid([.. Top(first.Mixed, FeedbackTexts, _ => true)]);
        var second = Mixture.Of(first.Mixed, ByNearness(centroid), FeedbackShare);
        var meaning = _embedded?.VectorOf(query);
        var third = meaning is null ? null : Mixture.Of(second.Mixed, _embedded!.ClosenessTo(meaning), MeaningShare); // there is no vector without it
        return new RankedCollection(this, terms, pairs, place, centroid, meaning, [first, second, .. third is null ? (Mixture[])[] : [third]], words);
    }

    /// <summary>The collection's words.</summary>
    public TextIndex Index => _index;

    /// <summary>Texts that are not in the collection, as it reads them.</summary>
    public ReadTexts Others { get; }

    /// <summary>How two words that are neighbours in the query count where they are neighbours in a text.</summary>
    internal readonly record struct WordPair(int First, int Second, double Weight);

    /// <summary>A collection's scores for one query, and the scale they are on.</summary>
    internal sealed class RankedCollection(
        FreeTextRanker ranker, IReadOnlyList<int> terms, IReadOnlyList<WordPair> pairs, float[] place, float[] centroid, float[]? meaning,
        IReadOnlyList<Mixture> mixtures, double[] words)
    {
        private double[] Scores => mixtures[^1].Mixed;

        /// <summary>Whether closeness in meaning is a part of the scores.</summary>
        public bool HasMeaning => meaning is not null;

        /// <summary>The best texts of the collection, ties in its order.</summary>
        public IReadOnlyList<(int Text, double Score)> Best(int limit) =>
            [.. Top(Scores, limit, text => words[text] > 0 || Scores[text] >= StandsOut).Select(text => (text, Scores[text]))];

        /// <summary>
        /// The score that a text from elsewhere would have in the collection; <paramref name="vector"/> is its embedding, which
        /// counts as middling where it is not known.
        /// </summary>
        public double ScoreOf(OtherText text, float[]? vector)
        {
            var byWords = 0.0;
            foreach (var term in terms)
                if (text.Find(term) is { } found)
                    byWords += ranker.Weight(term, found.Frequency, text.Length);
            foreach (var pair in pairs)
                if (text.Find(pair.First) is { } first && text.Find(pair.Second) is { } second)
                    byWords += Proximity(pair.Weight, Nearness(first.Positions, second.Positions));
            if (ranker._space is null)
                return mixtures[0].Mix(byWords, null);
            var score = mixtures[0].Mix(byWords, VectorMath.Dot(text.Place, place));
            score = mixtures[1].Mix(score, VectorMath.Dot(text.Place, centroid));
            return meaning is null ? score : mixtures[2].Mix(score, vector is null ? null : VectorMath.Dot(vector, meaning));
        }
    }

    private double[] ByWords(IReadOnlyList<int> terms, List<WordPair> pairs)
    {
        var scores = new double[_index.Count];
        foreach (var term in terms)
            foreach (var posting in _index.Postings(term))
                scores[posting.Text] += Weight(term, posting.Frequency, _index.Length(posting.Text));
        for (var i = 0; i + 1 < terms.Count; i++)
            if (terms[i] != terms[i + 1])
                pairs.Add(AddProximity(terms[i], terms[i + 1], scores));
        return scores;
    }

    private double Weight(int term, float frequency, float length)
    {
        var norm = 1 - LengthNormalisation + (LengthNormalisation * length / _index.AverageLength);
        return _index.Idf(term) * frequency * (Saturation + 1) / (frequency + (Saturation * norm));
    }

    // Neighbours in the query that are near each other in a text act as a word of their own.
    private WordPair AddProximity(int first, int second, double[] scores)
    {
        // The postings of each ascend.
        var others = _index.Postings(second);
        var near = new List<(int Text, double Frequency)>();
        var at = 0;
        foreach (var posting in _index.Postings(first))
        {
            while (at < others.Count && others[at].Text < posting.Text)
                at++;
            if (at < others.Count && others[at].Text == posting.Text && Nearness(posting.Positions, others[at].Positions) is > 0 and var frequency)
                near.Add((posting.Text, frequency));
        }

        var weight = ProximityWeight * _index.RarityOf(near.Count);
        foreach (var (text, frequency) in near)
            scores[text] += Proximity(weight, frequency);
        return new(first, second, weight);
    }

    private static double Proximity(double weight, double frequency) => weight * frequency * (1 + ProximitySaturation) / (frequency + ProximitySaturation);

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

    private double?[] ByNearness(float[] vector) =>
        Array.ConvertAll(_space!.TextVectors, text => (double?)VectorMath.Dot(text, vector)); // asked for with a space alone

    private float[] Centroid(IReadOnlyList<int> bestFirst)
    {
        var centroid = new float[_space!.TextVectors[0].Length]; // asked for with a space alone
        for (var rank = 0; rank < bestFirst.Count; rank++)
            VectorMath.AddScaled(_space.TextVectors[bestFirst[rank]], 2f / (2 + rank), centroid);
        VectorMath.Normalise(centroid);
        return centroid;
    }

    // The best first, ties in order. Most scores are below the least of the best so far, and are looked at once.
    private static IEnumerable<int> Top(double[] scores, int limit, Func<int, bool> counts)
    {
        var worstFirst = new PriorityQueue<int, (double Score, int Later)>(Math.Min(limit, scores.Length) + 1);
        for (var i = 0; i < scores.Length; i++)
        {
            if (!counts(i))
                continue;
            if (worstFirst.Count < limit)
                worstFirst.Enqueue(i, (scores[i], -i));
            else if (worstFirst.TryPeek(out _, out var worst) && scores[i] > worst.Score)
                worstFirst.EnqueueDequeue(i, (scores[i], -i));
        }

        return worstFirst.UnorderedItems.Select(item => item.Element).OrderByDescending(i => scores[i]).ThenBy(i => i);
    }
}
