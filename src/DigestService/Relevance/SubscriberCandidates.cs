using DigestService.Relevance.Taste;
using NodaTime;

namespace DigestService.Relevance;

/// <summary>What the ranking has to know of one reader.</summary>
public sealed record SubscriberFacts
{
    /// <summary>The topics and own queries of the reader, muted ones too.</summary>
    public required IReadOnlyList<ChosenTopic> Topics { get; init; }

    /// <summary>The matches of each of them among the papers in play.</summary>
    public required IReadOnlyList<QueryMatches> Matches { get; init; }

    /// <summary>Followed authors by the row of their query (an own query that is one <c>author:</c> and nothing else).</summary>
    public IReadOnlyDictionary<long, string> FollowedAuthors { get; init; } = new Dictionary<long, string>();

    /// <summary>Papers sent to the reader before, in any order.</summary>
    public IReadOnlyList<long> Sent { get; init; } = [];

    /// <summary>Papers the reader has said like or less to.</summary>
    public IReadOnlyList<long> Judged { get; init; } = [];

    /// <summary>The reader's muted words and phrases, as they were written.</summary>
    public IReadOnlyList<string> MutedWords { get; init; } = [];

    /// <summary>The reader's taste; absent without likes.</summary>
    public TasteProfile? Taste { get; init; }

    /// <summary>What was listed on that day or before is no news to the reader.</summary>
    public LocalDate? NewsAfter { get; init; }

    /// <summary>Papers that are out for everybody.</summary>
    public IReadOnlyCollection<long> LeftOut { get; init; } = [];
}

/// <summary>Joins what all readers share with what one reader chose into the candidates of a digest.</summary>
internal static class SubscriberCandidates
{
    /// <summary>The papers in play that match the reader's topics, and the biggest of the others.</summary>
    public static void Gather(CandidateList list, SubscriberFacts reader, CandidateView view)
    {
        var papers = view.Candidates;
        list.Begin(papers, reader.Topics, reader.Matches);
        foreach (var sent in reader.Sent)
            if (papers.Table.IndexOf(sent) is >= 0 and var paper)
                list.MarkSent(paper);

        var newsAfter = reader.NewsAfter is { } day ? PaperFacts.DayOf(day) : int.MinValue;
        for (var topic = 0; topic < reader.Topics.Count; topic++)
            AddMatches(list, reader, topic, newsAfter);
        foreach (var paper in view.Biggest)
            if (!list.Holds(paper) && IsNews(list, reader, paper, newsAfter))
                list.Add(paper);

        var muted = reader.MutedWords.Select(papers.Table.Muted).ToArray();
        for (var i = 0; i < list.Count; i++)
            Refuse(ref list[i], list, reader, muted);
        reader.Taste?.Judge(list);
    }

    private static void AddMatches(CandidateList list, SubscriberFacts reader, int topic, int newsAfter)
    {
        var chosen = reader.Topics[topic];
        reader.FollowedAuthors.TryGetValue(chosen.TopicId, out var followed);
        var hits = reader.Matches[topic].Hits;
        for (var at = 0; at < hits.Length; at++)
        {
            ref readonly var hit = ref hits[at];
            if (hit.Kind == MatchKind.Match && list.IsSent(hit.Paper))
                list.Had[topic]++;
            if (!IsNews(list, reader, hit.Paper, newsAfter))
                continue;
            if (hit.Kind == MatchKind.Match && followed is not null)
                Follow(list, hit.Paper, reader.Matches[topic].Terms[at], followed);
            else
                list.AddMatch(topic, at).HasTopics |= hit.Kind == MatchKind.Match;
        }
    }

    // The author as the paper writes the name.
    private static void Follow(CandidateList list, int paper, IReadOnlyList<string> terms, string followed)
    {
        ref var candidate = ref list.Find(paper);
        candidate.Followed ??= terms.Count > 0 ? terms[0] : followed;
    }

    private static bool IsNews(CandidateList list, SubscriberFacts reader, int paper, int newsAfter) =>
        list.Papers.Facts[paper].ListedOn > newsAfter
        && (reader.LeftOut.Count == 0 || !reader.LeftOut.Contains(list.Papers[paper].PaperId));

    private static void Refuse(ref Candidate candidate, CandidateList list, SubscriberFacts reader, PaperTable.MutedWord[] muted) =>
        (candidate.Cut, candidate.MutedFor) = Refusal(candidate, list, reader, muted);

    private static (CutCode Code, string? MutedFor) Refusal(in Candidate candidate, CandidateList list, SubscriberFacts reader, PaperTable.MutedWord[] muted)
    {
        ref readonly var facts = ref list.Papers.Facts[candidate.Paper];
        if (list.IsSent(candidate.Paper))
            return (CutCode.AlreadySent, null);
        if (facts.HasSameResults && IsToldBefore(list.Papers[candidate.Paper], reader.Sent))
            return (CutCode.ToldBefore, null);
        if (reader.Judged.Count > 0 && reader.Judged.Contains(list.Papers[candidate.Paper].PaperId))
            return (CutCode.AlreadyJudged, null);
        if (facts.IsWithdrawn)
            return (CutCode.Withdrawn, null);
        foreach (var word in muted)
            if (word.IsIn(candidate.Paper))
                return (CutCode.MutedWord, word.Word);
        for (var at = candidate.FirstMatch; at >= 0; at = list.Match(at).Next)
            if (list.Match(at) is { Kind: MatchKind.Match } match && list.Topics[match.Topic].IsMuted)
                return (CutCode.MutedTopic, list.Topics[match.Topic].Name);
        return (CutCode.None, null);
    }

    private static bool IsToldBefore(CandidatePaper paper, IReadOnlyList<long> sent)
    {
        foreach (var same in paper.SameResults)
            if (sent.Contains(same))
                return true;
        return false;
    }
}
