namespace DigestService.Relevance;

/// <summary>The page being filled: who has a place, what each topic has had, and how like the rest each candidate is.</summary>
internal sealed class DigestPage(RankingSettings settings, double nearDuplicate)
{
    // Of a topic's fair share of the page, this part is its own if it has papers; the rest goes to the best.
    private const double SureShare = 0.65;

    private readonly List<Scored> _taken = [];
    private readonly HashSet<long> _takenIds = [];
    private readonly Dictionary<long, CutReason> _duplicates = [];
    private readonly Dictionary<long, double> _placesByTopic = [];

    public int Count => _taken.Count;

    /// <summary>Each topic's sure places first, turn by turn, so that none goes without; then by what a paper adds.</summary>
    public void FillInside(List<Scored> bestFirst, int places)
    {
        var full = Count + places;
        if (settings.Diversity > 0)
            GiveSurePlaces(bestFirst, full);
        while (Count < full && MostWorthwhile(bestFirst) is { } next)
            Take(next);
    }

    private void GiveSurePlaces(List<Scored> bestFirst, int full)
    {
        var chosen = settings.Topics.Where(t => !t.IsMuted && t.Weight > 0)
            .OrderByDescending(t => t.Weight).ThenBy(t => t.TopicId).ToList();
        var weights = chosen.Sum(t => t.Weight);
        var places = full - Count;
        for (var turn = 1; turn <= places; turn++)
            foreach (var topic in chosen)
            {
                var sure = Math.Max(1, (int)(SureShare * places * topic.Weight / weights));
                if (Count < full && turn <= sure && _placesByTopic.GetValueOrDefault(topic.TopicId) < turn
                    && bestFirst.Find(s => IsOf(s, topic) && IsFree(s)) is { } best)
                    Take(best);
            }
    }

    /// <summary>The best of those from elsewhere that are not a story already told.</summary>
    public void Fill(List<Scored> bestFirst, int places)
    {
        var full = Count + Math.Max(0, places);
        while (Count < full && MostWorthwhile(bestFirst) is { } next)
            Take(next);
    }

    /// <summary>The page in order: topics by score, then what is near to them, then what is from outside.</summary>
    public IReadOnlyList<RankedEntry> Entries(bool hasTopics)
    {
        _taken.Sort((a, b) => a.Standing == b.Standing ? DigestRanker.BestFirst(a, b) : a.Standing.CompareTo(b.Standing));
        return [.. _taken.Select(s => new RankedEntry(s.Candidate, s.Score, DigestReasons.Of(s, hasTopics)))];
    }

    /// <summary>Everything that could have had a place and has none, with why.</summary>
    public IEnumerable<CutEntry> Leftovers(List<Scored> inside, List<Scored> near, List<Scored> outside)
    {
        var lowestInside = _taken.Where(s => s.Standing == Standing.OnTopic).Select(s => s.Score).DefaultIfEmpty(0).Min();
        for (var i = 0; i < inside.Count; i++)
        {
            var left = inside[i];
            if (_takenIds.Contains(left.Candidate.PaperId))
                continue;
            CutReason why = _duplicates.TryGetValue(left.Candidate.PaperId, out var duplicate) ? duplicate
                : left.Score > lowestInside && left.Matches.Count > 0 ? new Crowded(left.Matches[0].Topic.Name)
                : new NoRoom(i + 1);
            yield return new(left.Candidate, left.Score, why);
        }
        foreach (var left in near.Concat(outside).Where(s => !_takenIds.Contains(s.Candidate.PaperId)))
            yield return new(left.Candidate, left.Score, _duplicates.TryGetValue(left.Candidate.PaperId, out var duplicate) ? duplicate
                : left.Standing == Standing.NearTopic ? new OnlyNear(left.Matches[0].Topic.Name) : new NotBigEnough());
    }

    private Scored? MostWorthwhile(List<Scored> bestFirst)
    {
        Scored? best = null;
        var bestWorth = double.NegativeInfinity;
        foreach (var candidate in bestFirst)
        {
            // Worth never exceeds score, and the list falls: nothing further down can win.
            if (candidate.Score < bestWorth)
                break;
            if (!IsFree(candidate))
                continue;
            var worth = Worth(candidate);
            if (worth > bestWorth)
                (best, bestWorth) = (candidate, worth);
        }
        return best;
    }

    private double Worth(Scored candidate)
    {
        if (settings.Diversity <= 0)
            return candidate.Score;
        var alike = 0.0;
        foreach (var taken in _taken)
            alike = Math.Max(alike, taken.Candidate.Signature.Similarity(candidate.Candidate.Signature));
        return candidate.Score * (1 - (settings.Diversity * alike)) / (1 + (settings.Diversity * Crowding(candidate)));
    }

    // How much more than its weight the candidate's least served topic has had.
    private double Crowding(Scored candidate)
    {
        if (_taken.Count == 0 || candidate.Matches.Count == 0)
            return 0;
        var least = double.PositiveInfinity;
        foreach (var (topic, _) in candidate.Matches)
            least = Math.Min(least, _placesByTopic.GetValueOrDefault(topic.TopicId) / Math.Max(topic.Weight, 0.1));
        return least;
    }

    private bool IsFree(Scored candidate)
    {
        var id = candidate.Candidate.PaperId;
        if (_takenIds.Contains(id) || _duplicates.ContainsKey(id))
            return false;
        foreach (var taken in _taken)
            if (taken.Candidate.Signature.Similarity(candidate.Candidate.Signature) >= nearDuplicate)
            {
                _duplicates[id] = new NearDuplicate(taken.Candidate.PaperId, taken.Candidate.Title);
                return false;
            }
        return true;
    }

    private void Take(Scored scored)
    {
        _taken.Add(scored);
        _takenIds.Add(scored.Candidate.PaperId);
        foreach (var (topic, _) in scored.Matches)
            _placesByTopic[topic.TopicId] = _placesByTopic.GetValueOrDefault(topic.TopicId) + 1;
    }

    private static bool IsOf(Scored scored, ChosenTopic topic)
    {
        foreach (var (matched, _) in scored.Matches)
            if (matched.TopicId == topic.TopicId)
                return true;
        return false;
    }
}
