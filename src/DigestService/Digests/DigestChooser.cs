using DigestService.Relevance;

namespace DigestService.Digests;

/// <summary>Puts one reader's candidates together from the newsstand and has them ranked. No I/O.</summary>
internal sealed class DigestChooser(DigestOptions options)
{
    /// <summary>Chooses one reader's digest; an empty day follows the reader's rule, else the service's.</summary>
    public Choice Choose(Reader reader, Newsstand stand)
    {
        var candidates = Candidates(reader, stand);
        var settings = new RankingSettings
        {
            Topics = reader.Topics,
            MaxItems = reader.MaxItems,
            OutsideTopics = reader.OutsideTopics ?? options.OutsideTopics,
            MinimumScore = options.MinimumScore,
        };
        var ranked = DigestRanker.Rank(candidates, settings);
        var hasTopics = reader.Topics.Any(topic => !topic.IsMuted);
        if (ranked.Entries.Any(entry => !hasTopics || Choice.IsOnTopic(entry)))
            return new Choice(reader, ranked.Entries, ranked.Cut, candidates.Count, null);

        var rule = Enum.TryParse<EmptyDay>(reader.EmptyDay, ignoreCase: true, out var own) ? own : options.EmptyDay;
        if (rule == EmptyDay.Trending)
            ranked = DigestRanker.Rank(candidates, settings with { OutsideTopics = settings.MaxItems, NearTopics = 0 });
        return new Choice(reader, rule == EmptyDay.Trending ? ranked.Entries : [], ranked.Cut, candidates.Count, rule);
    }

    private IReadOnlyList<RankingCandidate> Candidates(Reader reader, Newsstand stand)
    {
        var view = stand.For(reader);
        var oldest = reader.OldestNews(options.LookbackDays);
        var facts = new ReaderFacts
        {
            Matches = reader.Topics.SelectMany(topic => stand.MatchesOf(topic.TopicId))
                .Where(match => view.InPlay.Papers.TryGetValue(match.PaperId, out var paper) && IsNews(paper))
                .ToList(),
            FollowedAuthors = reader.FollowedAuthors,
            Sent = reader.Seen,
            Judged = reader.Judged,
            Muted = MutedWords.Of(reader.MutedWords),
            Taste = reader.Taste,
        };
        return ReaderCandidates.Of(facts, view.InPlay, view.Biggest.Where(IsNews).ToList());

        bool IsNews(PaperInPlay paper) => paper.FirstListedOn <= reader.DigestOn && paper.FirstListedOn > oldest;
    }
}
