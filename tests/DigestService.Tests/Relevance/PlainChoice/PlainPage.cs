using DigestService.Relevance;

namespace DigestService.Tests.Relevance.PlainChoice;

/// <summary>The page being filled: who has a place, what each topic has had, and how like the rest each candidate is.</summary>
internal sealed class PlainPage(PlainSettings settings, double nearDuplicate)
{
    // Of a topic's fair share of the page, this part is its own if it has papers; the rest goes to the best. Of a page with
    // fewer places than topics, this part is given in turn over the days.
    private const double SureShare = 0.65;
    // A sure place is for a paper that bears comparison with the best; less is asked of a topic that has had little.
    private const double Floor = 0.2;

    private readonly List<PlainScored> _taken = [];
    private readonly HashSet<long> _takenIds = [];
    private readonly Dictionary<long, CutReason> _duplicates = [];
    private readonly Dictionary<long, int> _placesByTopic = [];

    public int Count => _taken.Count;

    /// <summary>Whether it has a place.</summary>
    public bool Holds(PlainScored scored) => _takenIds.Contains(scored.Candidate.PaperId);

    /// <summary>Followed authors first, then each topic's sure places, turn by turn, then what a paper adds.</summary>
    public void FillInside(List<PlainScored> bestFirst, int places)
    {
        var full = Count + places;
        TakeFollowed(bestFirst, Count + ((places + 1) / 2));
        if (settings.Diversity > 0)
            GiveSurePlaces(bestFirst, full);
        while (Count < full && MostWorthwhile(bestFirst) is { } next)
            Take(next);
    }

    // One paper of each author before the second of any; half of the page is left to the topics.
    private void TakeFollowed(List<PlainScored> bestFirst, int full)
    {
        var byTurn = bestFirst.Where(scored => scored.Candidate.FollowedAuthor is not null)
            .GroupBy(scored => scored.Candidate.FollowedAuthor, StringComparer.Ordinal)
            .SelectMany(author => author.Select((scored, turn) => (scored, turn)))
            .OrderBy(paper => paper.turn)
            .Select(paper => paper.scored);
        foreach (var followed in byTurn)
            if (Count < full && IsFree(followed))
                Take(followed);
    }

    private void GiveSurePlaces(List<PlainScored> bestFirst, int full)
    {
        var chosen = settings.Topics.Where(t => !t.IsMuted && t.Weight > 0).ToList();
        var places = full - Count;
        if (chosen.Count == 0 || places <= 0 || bestFirst.Count == 0)
            return;
        var weights = chosen.Sum(t => t.Weight);
        var usual = chosen.Average(Had);
        var lastSure = chosen.Count <= places ? full : full - (int)((1 - SureShare) * places);
        for (var turn = 1; turn <= places && Count < lastSure; turn++)
        {
            var claims = chosen.Where(topic => turn <= Sure(topic) && PlacesOf(topic) < turn)
                .Select(topic => (Topic: topic, Best: BestOf(topic), Need: Need(topic)))
                .Where(claim => claim.Best is not null && claim.Best.Score * claim.Need >= Floor * bestFirst[0].Score)
                .OrderByDescending(claim => claim.Best!.Score * claim.Need) // those without a paper are gone
                .ThenBy(claim => claim.Best!.Candidate.PaperId)
                .ThenBy(claim => claim.Topic.TopicId)
                .ToList();
            foreach (var (topic, _, _) in claims)
                if (Count < lastSure && PlacesOf(topic) < turn && BestOf(topic) is { } best)
                    Take(best);
        }

        // Squared, for otherwise what a topic has would go by the strength of its papers, and a weak one would wait for weeks.
        double Need(ChosenTopic topic) => Math.Pow((1 + usual) / (1 + Had(topic)), 2);

        int Sure(ChosenTopic topic) => Math.Max(1, (int)(SureShare * places * topic.Weight / weights));

        double Had(ChosenTopic topic) => settings.PlacesHad.GetValueOrDefault(topic.TopicId) / Math.Max(topic.Weight, 0.1);

        int PlacesOf(ChosenTopic topic) => _placesByTopic.GetValueOrDefault(topic.TopicId);

        PlainScored? BestOf(ChosenTopic topic) => bestFirst.Find(scored => IsOf(scored, topic) && IsFree(scored));
    }

    /// <summary>The best of those from elsewhere that are not a story already told.</summary>
    public void Fill(List<PlainScored> bestFirst, int places)
    {
        var full = Count + Math.Max(0, places);
        while (Count < full && MostWorthwhile(bestFirst) is { } next)
            Take(next);
    }

    /// <summary>The page in order: topics by score, then what is near to them, then what is from outside.</summary>
    public IReadOnlyList<PlainEntry> Entries(bool hasTopics)
    {
        _taken.Sort((a, b) => a.Standing == b.Standing ? PlainRanker.BestFirst(a, b) : a.Standing.CompareTo(b.Standing));
        return [.. _taken.Select(s => new PlainEntry(s.Candidate, s.Score, PlainReasons.Of(s, hasTopics)))];
    }

    /// <summary>Everything that could have had a place and has none, with why.</summary>
    public IEnumerable<PlainCut> Leftovers(List<PlainScored> inside, List<PlainScored> near, List<PlainScored> outside, CutReason whyOutside)
    {
        var lowestInside = _taken.Where(s => s.Standing == Standing.OnTopic).Select(s => s.Score).DefaultIfEmpty(0).Min();
        for (var i = 0; i < inside.Count; i++)
        {
            var left = inside[i];
            if (_takenIds.Contains(left.Candidate.PaperId))
                continue;
            CutReason why = (Count < settings.MaxItems || left.Score > lowestInside) && !IsFree(left) ? _duplicates[left.Candidate.PaperId]
                : left.Score <= lowestInside || left.Matches.Count == 0 ? new NoRoom(i + 1)
                : _taken.Exists(s => s.Standing == Standing.OnTopic && s.Score < left.Score && (s.Matches.Count == 0 || s.Matches.Any(match => !IsOf(left, match.Topic)))) ? new Crowded(left.Matches[0].Topic.Name)
                : new TooAlike();
            yield return new(left.Candidate, left.Score, why);
        }
        foreach (var left in near.Concat(outside).Where(s => !_takenIds.Contains(s.Candidate.PaperId)))
            yield return new(left.Candidate, left.Score, !IsFree(left) ? _duplicates[left.Candidate.PaperId]
                : left.Standing == Standing.NearTopic ? new OnlyNear(left.Matches[0].Topic.Name) : whyOutside);
    }

    private PlainScored? MostWorthwhile(List<PlainScored> bestFirst)
    {
        PlainScored? best = null;
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

    private double Worth(PlainScored candidate)
    {
        if (settings.Diversity <= 0)
            return candidate.Score;
        var alike = 0.0;
        foreach (var taken in _taken)
            alike = Math.Max(alike, taken.Candidate.Signature.Similarity(candidate.Candidate.Signature));
        return candidate.Score * (1 - (settings.Diversity * alike)) / (1 + (settings.Diversity * Crowding(candidate)));
    }

    // How much more than its weight the candidate's least served topic has had.
    private double Crowding(PlainScored candidate)
    {
        if (_taken.Count == 0 || candidate.Matches.Count == 0)
            return 0;
        var least = double.PositiveInfinity;
        foreach (var (topic, _) in candidate.Matches)
            least = Math.Min(least, _placesByTopic.GetValueOrDefault(topic.TopicId) / Math.Max(topic.Weight, 0.1));
        return least;
    }

    private bool IsFree(PlainScored candidate)
    {
        var id = candidate.Candidate.PaperId;
        if (_takenIds.Contains(id) || _duplicates.ContainsKey(id))
            return false;
        foreach (var taken in _taken)
            if (taken.Candidate.Signature.Similarity(candidate.Candidate.Signature) >= nearDuplicate
                || (candidate.Candidate.SameResults.Count > 0 && candidate.Candidate.SameResults.Contains(taken.Candidate.PaperId)))
            {
                _duplicates[id] = new NearDuplicate(taken.Candidate.PaperId, taken.Candidate.Title);
                return false;
            }
        return true;
    }

    private void Take(PlainScored scored)
    {
        _taken.Add(scored);
        _takenIds.Add(scored.Candidate.PaperId);
        foreach (var (topic, _) in scored.Matches)
            _placesByTopic[topic.TopicId] = _placesByTopic.GetValueOrDefault(topic.TopicId) + 1;
    }

    private static bool IsOf(PlainScored scored, ChosenTopic topic)
    {
        foreach (var (matched, _) in scored.Matches)
            if (matched.TopicId == topic.TopicId)
                return true;
        return false;
    }
}
