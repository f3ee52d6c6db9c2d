using System.Text.RegularExpressions;
using DigestService.Relevance;
using NodaTime;

namespace DigestService.Digests;

/// <summary>Puts one reader's candidates together from the newsstand and has them ranked. No I/O.</summary>
internal sealed class DigestChooser(DigestOptions options)
{
    /// <summary>Chooses one reader's digest; an empty day follows the reader's rule, else the service's.</summary>
    public Choice Choose(Reader reader, Newsstand stand, Instant now)
    {
        var board = stand.Trending(reader.Frequency == "weekly" ? TrendingView.Week : TrendingView.Day);
        var candidates = Candidates(reader, stand, board, now);
        var settings = new RankingSettings
        {
            Topics = reader.Topics,
            MaxItems = Math.Min(reader.MaxItems, (short)50),
            OutsideTopics = reader.OutsideTopics ?? options.OutsideTopics,
            MinimumScore = options.MinimumScore,
        };
        var ranked = DigestRanker.Rank(candidates, settings);
        var hasTopics = reader.Topics.Any(topic => !topic.IsMuted);
        if (ranked.Entries.Any(entry => !hasTopics || !Choice.IsOutside(entry)))
            return new Choice(reader, ranked.Entries, ranked.Cut, candidates.Count, null);

        var rule = Enum.TryParse<EmptyDay>(reader.EmptyDay, ignoreCase: true, out var own) ? own : options.EmptyDay;
        if (rule == EmptyDay.Trending)
            ranked = DigestRanker.Rank(candidates, settings with { OutsideTopics = settings.MaxItems });
        return new Choice(
            reader, rule == EmptyDay.Trending ? ranked.Entries : [], ranked.Cut, candidates.Count, rule);
    }

    private List<RankingCandidate> Candidates(Reader reader, Newsstand stand, TrendingBoard board, Instant now)
    {
        var oldest = reader.OldestNews(options.LookbackDays);
        var topics = new Dictionary<long, List<TopicRelevance>>();
        foreach (var topic in reader.Topics)
            foreach (var match in stand.MatchesOf(topic.TopicId))
                if (IsNews(stand.Papers[match.PaperId], reader, oldest))
                {
                    if (!topics.TryGetValue(match.PaperId, out var list))
                        topics[match.PaperId] = list = [];
                    list.Add(new TopicRelevance(topic.TopicId, match.Relevance, match.Terms));
                }

        foreach (var paper in board.Biggest)
            if (IsNews(paper, reader, oldest))
                topics.TryAdd(paper.Id, []);

        var muted = MutedWordPattern(reader.MutedWords);
        return topics.Select(pair => Candidate(stand.Papers[pair.Key], pair.Value, reader, board, muted, now)).ToList();
    }

    private static RankingCandidate Candidate(
        NewsPaper paper, List<TopicRelevance> topics, Reader reader, TrendingBoard board, Regex? muted, Instant now) => new()
    {
        PaperId = paper.Id,
        Title = paper.Title,
        Topics = topics,
        Trending = board.Scores[paper.Id],
        Freshness = Freshness.Of(paper.AgeHours(now)),
        MutedWord = FirstMutedWord(muted, paper),
        IsNew = paper.AgeHours(now) < 24,
        IsSent = reader.Seen.Contains(paper.Id),
        IsJudged = reader.Judged.Contains(paper.Id),
        IsWithdrawn = paper.WithdrawnAt is not null,
    };

    private static bool IsNews(NewsPaper paper, Reader reader, LocalDate oldest) =>
        paper.FirstListedOn <= reader.DigestOn && paper.FirstListedOn > oldest;

    private static Regex? MutedWordPattern(string[] words) => words.Length == 0
        ? null
        : new Regex(
            $@"(?<!\w)(?:{string.Join('|', words.Select(Regex.Escape))})(?!\w)",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
            TimeSpan.FromSeconds(1));

    private static string? FirstMutedWord(Regex? muted, NewsPaper paper)
    {
        if (muted is null)
            return null;
        var match = muted.Match(paper.Title);
        if (!match.Success)
            match = muted.Match(paper.Abstract ?? "");
        return match.Success ? match.Value : null;
    }
}
