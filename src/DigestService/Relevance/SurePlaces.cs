namespace DigestService.Relevance;

/// <summary>The places of a page that are each topic's own if it has papers, given turn by turn.</summary>
internal sealed class SurePlaces
{
    // Of a topic's fair share of the page, this part is its own if it has papers; the rest goes to the best. Of a page with
    // fewer places than topics, this part is given in turn over the days.
    private const double SureShare = 0.65;
    // A sure place is for a paper that bears comparison with the best; less is asked of a topic that has had little.
    private const double Floor = 0.2;

    private readonly List<Chosen> _chosen = [];
    private readonly List<Claim> _claims = [];
    // For each topic its candidates, the best first, as a list through what they match.
    private int[] _next = new int[256];
    private int[] _candidate = new int[256];

    /// <summary>Gives them, as long as the page has fewer than <paramref name="full"/> places taken.</summary>
    public void Give(DigestPage page, int full)
    {
        var places = full - page.Count;
        if (places <= 0 || page.Inside.Count == 0 || !Begin(page))
            return;
        var least = Floor * page.List[page.Inside[0]].Score;
        var weights = 0.0;
        foreach (var chosen in _chosen)
            weights += chosen.Weight;
        var lastSure = _chosen.Count <= places ? full : full - (int)((1 - SureShare) * places);
        for (var turn = 1; turn <= places && page.Count < lastSure; turn++)
        {
            Collect(page, turn, least, places, weights);
            foreach (var claim in _claims)
                if (page.Count < lastSure && page.PlacesOf(_chosen[claim.Chosen].Topic) < turn && BestOf(page, claim.Chosen) is >= 0 and var best)
                    page.Take(best);
        }
    }

    private bool Begin(DigestPage page)
    {
        _chosen.Clear();
        var usual = 0.0;
        for (var topic = 0; topic < page.List.Topics.Count; topic++)
            if (page.List.Topics[topic] is { IsWanted: true } wanted)
            {
                var had = page.List.Had[topic] / Math.Max(wanted.Weight, 0.1);
                usual += had;
                _chosen.Add(new() { Topic = topic, Weight = wanted.Weight, Had = had, First = -1 });
            }
        usual /= _chosen.Count;
        for (var i = 0; i < _chosen.Count; i++)
            // Squared, for otherwise what a topic has would go by the strength of its papers, and a weak one would wait for weeks.
            _chosen[i] = _chosen[i] with { Need = Math.Pow((1 + usual) / (1 + _chosen[i].Had), 2) };
        if (_chosen.Count > 0)
            File(page);
        return _chosen.Count > 0;
    }

    private void File(DigestPage page)
    {
        for (var i = page.Inside.Count - 1; i >= 0; i--)
        {
            ref readonly var candidate = ref page.List[page.Inside[i]];
            for (var at = candidate.FirstWanted; at < candidate.FirstWanted + candidate.Wanted; at++)
            {
                while (_next.Length <= at)
                {
                    Array.Resize(ref _next, _next.Length * 2);
                    Array.Resize(ref _candidate, _next.Length);
                }
                var chosen = Find(page.Wanted[at].Topic);
                (_candidate[at], _next[at]) = (page.Inside[i], _chosen[chosen].First);
                _chosen[chosen] = _chosen[chosen] with { First = at };
            }
        }
    }

    private int Find(int topic)
    {
        var chosen = Math.Min(topic, _chosen.Count - 1);
        // Topics that are not wanted are left out, so that none stands behind its number.
        while (_chosen[chosen].Topic != topic)
            chosen--;
        return chosen;
    }

    private void Collect(DigestPage page, int turn, double least, int places, double weights)
    {
        _claims.Clear();
        for (var i = 0; i < _chosen.Count; i++)
        {
            var chosen = _chosen[i];
            if (turn > Math.Max(1, (int)(SureShare * places * chosen.Weight / weights)) || page.PlacesOf(chosen.Topic) >= turn
                || BestOf(page, i) is not (>= 0 and var best))
                continue;
            ref readonly var candidate = ref page.List[best];
            var strength = candidate.Score * chosen.Need;
            if (strength >= least)
                Insert(new(i, strength, candidate.Paper, page.List.Topics[chosen.Topic].TopicId));
        }
    }

    private void Insert(Claim claim)
    {
        _claims.Add(claim);
        for (var at = _claims.Count - 1; at > 0 && IsBefore(_claims[at], _claims[at - 1]); at--)
            (_claims[at], _claims[at - 1]) = (_claims[at - 1], _claims[at]);
    }

    private static bool IsBefore(Claim a, Claim b) =>
        !a.Strength.Equals(b.Strength) ? a.Strength > b.Strength : a.Paper != b.Paper ? a.Paper < b.Paper : a.TopicId < b.TopicId;

    // Who is not free once never is again: the list begins behind them the next time.
    private int BestOf(DigestPage page, int chosen)
    {
        var at = _chosen[chosen].First;
        while (at >= 0 && !page.IsFree(_candidate[at]))
            at = _next[at];
        _chosen[chosen] = _chosen[chosen] with { First = at };
        return at < 0 ? -1 : _candidate[at];
    }

    private readonly record struct Chosen(int Topic, double Weight, double Had, double Need, int First);

    private readonly record struct Claim(int Chosen, double Strength, int Paper, long TopicId);
}
