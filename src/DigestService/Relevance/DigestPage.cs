namespace DigestService.Relevance;

/// <summary>The page being filled: who has a place, what each topic has had, and how like the rest each candidate is.</summary>
internal sealed class DigestPage
{
    private readonly CandidateOrder _all = new();
    private readonly CandidateOrder _inside = new();
    private readonly CandidateOrder _near = new();
    private readonly CandidateOrder _outside = new();
    private readonly CandidateOrder _taken = new();
    private PaperSignature[] _takenSignatures = new PaperSignature[64];
    private readonly WantedTopics _wanted = new();
    private readonly SurePlaces _sure = new();
    private RankingSettings _settings = new();
    private CandidateList _list = null!; // Begin is called before all else
    private int[] _places = new int[16];
    // For each topic how much more than its weight it has had.
    private double[] _crowding = new double[16];
    private bool _isAllOfTopics;

    /// <summary>Places that are taken.</summary>
    public int Count => _taken.Count;

    /// <summary>Candidates from outside the reader's topics.</summary>
    public int OutsideCount => _outside.Count;

    /// <summary>The candidates whose places are given away.</summary>
    public CandidateList List => _list;

    /// <summary>What each candidate matches, or is near to.</summary>
    public WantedTopics Wanted => _wanted;

    /// <summary>Candidates on the reader's topics, the best first.</summary>
    public CandidateOrder Inside => _inside;

    /// <summary>Scores all candidates, and begins with an empty page. Where nothing tells what is trending, a reader without topics gets the newest.</summary>
    public void Begin(CandidateList list, RankingSettings settings, bool hasTopics)
    {
        var isByAge = !hasTopics && !list.Papers.IsAnyNoticed;
        (_list, _settings) = (list, settings);
        if (_places.Length < list.Topics.Count)
            (_places, _crowding) = (new int[list.Topics.Count * 2], new double[list.Topics.Count * 2]);
        Array.Clear(_places);
        Array.Clear(_crowding);
        _isAllOfTopics = true;
        _wanted.Clear();
        foreach (var order in (ReadOnlySpan<CandidateOrder>)[_all, _inside, _near, _outside, _taken])
            order.Clear();
        for (var i = 0; i < list.Count; i++)
        {
            ref var candidate = ref list[i];
            (candidate.IsTaken, candidate.Compared, candidate.Likeness, candidate.SameAs) = (false, 0, 0, 0);
            DigestScore.Score(ref candidate, list, _wanted);
            if (isByAge && candidate.Standing == Standing.Outside)
                DigestScore.ScoreByAge(ref candidate, list);
            if (settings.IsAllOutside && candidate.Standing == Standing.NearTopic)
                PutOutside(ref candidate);
            _all.Add(i);
        }
        _all.Sort(list);
        for (var i = 0; i < _all.Count; i++)
        {
            ref var candidate = ref list[_all[i]];
            if (candidate.Cut != CutCode.None || candidate.Score < settings.MinimumScore)
                continue;
            var order = candidate.Standing switch { Standing.OnTopic => _inside, Standing.NearTopic => _near, _ => _outside };
            order.Add(_all[i]);
            candidate.Rank = order.Count;
            _isAllOfTopics &= candidate.Standing != Standing.OnTopic || candidate.Wanted > 0;
        }
    }

    /// <summary>Followed authors first, then each topic's sure places, turn by turn, then what a paper adds.</summary>
    public void FillInside(int places)
    {
        var full = Count + places;
        TakeFollowed(Count + ((places + 1) / 2));
        if (_settings.Diversity > 0)
            _sure.Give(this, full);
        Fill(_inside, full);
    }

    /// <summary>The best of what is near to the topics.</summary>
    public void FillNear(int places) => Fill(_near, Count + Math.Max(0, places));

    /// <summary>The best of those from elsewhere that are not a story already told.</summary>
    public void FillOutside(int places) => Fill(_outside, Count + Math.Max(0, places));

    /// <summary>What found no place for being close in meaning may have one for being big.</summary>
    public void GiveSecondChance()
    {
        var moved = 0;
        for (var i = _near.Count - 1; i >= 0; i--)
        {
            ref var near = ref _list[_near[i]];
            if (near.IsTaken || near.OutsideScore <= near.Score)
                continue;
            PutOutside(ref near);
            _outside.Add(_near[i]);
            _near.RemoveAt(i);
            moved++;
        }
        if (moved == 0)
            return;
        _outside.Sort(_list);
        _all.Sort(_list);
    }

    private static void PutOutside(ref Candidate near) => (near.Standing, near.Score, near.Wanted) = (Standing.Outside, near.OutsideScore, 0);

    /// <summary>The page in order: topics by score, then what is near to them, then what is from outside.</summary>
    public IReadOnlyList<RankedEntry> Entries(bool hasTopics)
    {
        if (_taken.Count == 0)
            return [];
        _taken.Sort(_list);
        var entries = new RankedEntry[_taken.Count];
        var at = 0;
        for (var standing = Standing.OnTopic; standing <= Standing.Outside; standing++)
            for (var i = 0; i < _taken.Count; i++)
                if (_list[_taken[i]] is var candidate && candidate.Standing == standing)
                    entries[at++] = new(_list.Papers[candidate.Paper], candidate.Score, DigestReasons.Of(candidate, _list, _wanted, hasTopics));
        return entries;
    }

    /// <summary>Everything that has no place, with why, best first.</summary>
    /// <param name="outsidePlaces">How many places there were for what is big outside.</param>
    public IReadOnlyList<CutEntry> Leftovers(int outsidePlaces)
    {
        var outside = outsidePlaces > 0 ? CutCode.NotBigEnough : CutCode.NoOutside;
        var lowestInside = LowestInside();
        var cuts = new CutEntry[_all.Count - _taken.Count];
        var at = 0;
        for (var i = 0; i < _all.Count; i++)
        {
            ref var candidate = ref _list[_all[i]];
            if (!candidate.IsTaken)
                cuts[at++] = Cut(ref candidate, lowestInside, outside);
        }
        return cuts;
    }

    private CutEntry Cut(ref Candidate cut, double lowestInside, CutCode outside)
    {
        var papers = _list.Papers;
        if (cut.Cut != CutCode.None)
            return CutEntry.Of(cut, papers, cut.Cut, cut.MutedFor);
        if (cut.Score < _settings.MinimumScore)
            return cut.Standing == Standing.Outside
                ? CutEntry.Of(cut, papers, outside)
                : CutEntry.Of(cut, papers, CutCode.BelowMinimum, null, BitConverter.DoubleToInt64Bits(_settings.MinimumScore));
        // On a full page what is no better than the last has no place, whatever it tells.
        var isBeaten = cut.Standing == Standing.OnTopic && Count == _settings.MaxItems && cut.Score <= lowestInside;
        if (!isBeaten && IsToldAlready(ref cut))
        {
            var same = papers[_list[cut.SameAs - 1].Paper];
            return CutEntry.Of(cut, papers, CutCode.NearDuplicate, same.Title, same.PaperId);
        }
        return cut.Standing switch
        {
            Standing.OnTopic when cut.Score > lowestInside && cut.Wanted > 0 => GaveWayToAnotherTopic(cut)
                ? CutEntry.Of(cut, papers, CutCode.Crowded, BestTopic(cut))
                : CutEntry.Of(cut, papers, CutCode.TooAlike),
            Standing.OnTopic => CutEntry.Of(cut, papers, CutCode.NoRoom, null, cut.Rank),
            Standing.NearTopic => CutEntry.Of(cut, papers, CutCode.OnlyNear, BestTopic(cut)),
            _ => CutEntry.Of(cut, papers, outside),
        };
    }

    // Whether a paper that was taken with a lower score is there for anything that this one is not.
    private bool GaveWayToAnotherTopic(in Candidate cut)
    {
        for (var i = 0; i < _taken.Count; i++)
        {
            ref readonly var taken = ref _list[_taken[i]];
            if (taken.Standing == Standing.OnTopic && taken.Score < cut.Score && (taken.Wanted == 0 || !HasAllTopicsOf(cut, taken)))
                return true;
        }
        return false;
    }

    private bool HasAllTopicsOf(in Candidate candidate, in Candidate other)
    {
        for (var i = 0; i < other.Wanted; i++)
            if (!Wants(candidate, _wanted[other.FirstWanted + i].Topic))
                return false;
        return true;
    }

    private bool Wants(in Candidate candidate, int topic)
    {
        for (var i = 0; i < candidate.Wanted; i++)
            if (_wanted[candidate.FirstWanted + i].Topic == topic)
                return true;
        return false;
    }

    private string BestTopic(in Candidate candidate) => _list.Topics[_wanted[candidate.FirstWanted].Topic].Name;

    private double LowestInside()
    {
        var lowest = double.PositiveInfinity;
        for (var i = 0; i < _taken.Count; i++)
            if (_list[_taken[i]] is { Standing: Standing.OnTopic, Score: var score } && score < lowest)
                lowest = score;
        return double.IsPositiveInfinity(lowest) ? 0 : lowest;
    }

    // One paper of each author before the second of any; half of the page is left to the topics.
    private void TakeFollowed(int full)
    {
        var (turn, isMore) = (0, true);
        for (; isMore && Count < full; turn++)
        {
            isMore = false;
            for (var i = 0; i < _inside.Count && Count < full; i++)
                if (_list[_inside[i]].Followed is { } author && IsFirstOf(author, i) && FindOf(author, i, turn) is >= 0 and var next)
                {
                    isMore = true;
                    if (IsFree(next))
                        Take(next);
                }
        }
    }

    private bool IsFirstOf(string author, int place)
    {
        for (var i = 0; i < place; i++)
            if (string.Equals(_list[_inside[i]].Followed, author, StringComparison.Ordinal))
                return false;
        return true;
    }

    private int FindOf(string author, int from, int turn)
    {
        for (var i = from; i < _inside.Count; i++)
            if (string.Equals(_list[_inside[i]].Followed, author, StringComparison.Ordinal) && turn-- == 0)
                return _inside[i];
        return -1;
    }

    private void Fill(CandidateOrder bestFirst, int full)
    {
        while (Count < full && MostWorthwhile(bestFirst) is >= 0 and var next)
            Take(next);
    }

    private int MostWorthwhile(CandidateOrder bestFirst)
    {
        var (best, bestWorth) = (-1, double.NegativeInfinity);
        var least = LeastCrowding(bestFirst);
        for (var i = 0; i < bestFirst.Count; i++)
        {
            ref var candidate = ref _list[bestFirst[i]];
            // Worth never exceeds this, and the list falls: nothing further down can win.
            if (Crowded(candidate.Score, least) < bestWorth)
                break;
            // What has been taken since it was last compared can only lower its worth.
            if (Worth(candidate) <= bestWorth || !IsFree(bestFirst[i]))
                continue;
            var worth = Worth(candidate);
            if (worth > bestWorth)
                (best, bestWorth) = (bestFirst[i], worth);
        }
        return best;
    }

    private double Worth(in Candidate candidate) => _settings.Diversity <= 0
        ? candidate.Score
        : Crowded(candidate.Score * (1 - (_settings.Diversity * candidate.Likeness)), Crowding(candidate));

    private double Crowded(double worth, double crowding) => _settings.Diversity <= 0 ? worth : worth / (1 + (_settings.Diversity * crowding));

    // How much more than its weight the candidate's least served topic has had.
    private double Crowding(in Candidate candidate)
    {
        if (candidate.Wanted == 0)
            return 0;
        var least = double.PositiveInfinity;
        for (var i = 0; i < candidate.Wanted; i++)
            least = Math.Min(least, _crowding[_wanted[candidate.FirstWanted + i].Topic]);
        return least;
    }

    // No candidate of the list has less.
    private double LeastCrowding(CandidateOrder bestFirst)
    {
        if (bestFirst == _outside || !_isAllOfTopics)
            return 0;
        var least = double.PositiveInfinity;
        for (var topic = 0; topic < _list.Topics.Count; topic++)
            if (_list.Topics[topic].IsWanted)
                least = Math.Min(least, _crowding[topic]);
        return double.IsPositiveInfinity(least) ? 0 : least;
    }

    /// <summary>Places that a topic has.</summary>
    public int PlacesOf(int topic) => _places[topic];

    /// <summary>Whether a candidate has no place yet, and nothing that has one tells the same.</summary>
    public bool IsFree(int number)
    {
        ref var candidate = ref _list[number];
        if (candidate.IsTaken || candidate.SameAs > 0)
            return false;
        ref readonly var signature = ref _list.Papers.Signatures[candidate.Paper];
        // With those that had a place when it was last asked it has been compared.
        foreach (ref readonly var taken in TakenSince(candidate))
            candidate.Likeness = Math.Max(candidate.Likeness, taken.Similarity(signature));
        return !IsToldAlready(ref candidate);
    }

    // Whether something that has a place tells the same.
    private bool IsToldAlready(ref Candidate candidate)
    {
        var taken = TakenSince(candidate);
        ref readonly var signature = ref _list.Papers.Signatures[candidate.Paper];
        var hasSameResults = _list.Papers.Facts[candidate.Paper].HasSameResults;
        for (var i = 0; i < taken.Length && candidate.SameAs == 0; i++)
            if (taken[i].IsNearDuplicateOf(signature) || (hasSameResults && IsSameResult(candidate, _taken[candidate.Compared + i])))
                candidate.SameAs = _taken[candidate.Compared + i] + 1;
        candidate.Compared = _taken.Count;
        return candidate.SameAs > 0;
    }

    private ReadOnlySpan<PaperSignature> TakenSince(in Candidate candidate) => _takenSignatures.AsSpan(candidate.Compared, _taken.Count - candidate.Compared);

    private bool IsSameResult(in Candidate candidate, int taken) =>
        _list.Papers[candidate.Paper].SameResults.Contains(_list.Papers[_list[taken].Paper].PaperId);

    /// <summary>Gives a candidate a place.</summary>
    public void Take(int number)
    {
        ref var candidate = ref _list[number];
        candidate.IsTaken = true;
        if (_takenSignatures.Length == _taken.Count)
            Array.Resize(ref _takenSignatures, _taken.Count * 2);
        _takenSignatures[_taken.Count] = _list.Papers.Signatures[candidate.Paper];
        _taken.Add(number);
        for (var i = 0; i < candidate.Wanted; i++)
        {
            var topic = _wanted[candidate.FirstWanted + i].Topic;
            _crowding[topic] = ++_places[topic] / Math.Max(_list.Topics[topic].Weight, 0.1);
        }
    }
}
