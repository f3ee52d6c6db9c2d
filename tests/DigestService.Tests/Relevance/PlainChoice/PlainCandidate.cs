using DigestService.Relevance;
using NodaTime;

namespace DigestService.Tests.Relevance.PlainChoice;

/// <summary>
/// How well a paper matches one chosen topic or own query, 0 to 1, and the words it was found by; of one that is only
/// close in meaning, the sentence that is closest.
/// </summary>
internal sealed record PlainRelevance(long TopicId, double Relevance, IReadOnlyList<string> Terms, bool IsCloseInMeaning = false);

/// <summary>
/// What a reader's likes say of a paper: <paramref name="score"/> from -1 (like what they want less of) to 1. The liked
/// paper it resembles is looked for only when a reason is given, for that costs more than the score.
/// </summary>
internal sealed class PlainVerdict(double score, Func<LikedPaper?> findResembled, bool isVouchedFor)
{
    /// <summary>From -1 to 1.</summary>
    public double Score => score;

    /// <summary>Whether readers of like taste liked it.</summary>
    public bool IsVouchedFor => isVouchedFor;

    /// <summary>The liked paper it resembles, if one stands out.</summary>
    public LikedPaper? FindResembled() => findResembled();
}

/// <summary>A paper that may go into one reader's digest, with everything the ranking looks at.</summary>
internal sealed record PlainCandidate
{
    /// <summary>The paper; of those listed on one day ties are broken by it, the lower first.</summary>
    public required long PaperId { get; init; }

    /// <summary>The day it was listed; of equals the last goes first.</summary>
    public LocalDate ListedOn { get; init; } = new(2026, 3, 4);

    /// <summary>Named in the reason when another paper is cut as nearly the same.</summary>
    public required string Title { get; init; }

    /// <summary>The reader's topics it matches, muted ones too; none for a paper from outside.</summary>
    public required IReadOnlyList<PlainRelevance> Topics { get; init; }

    /// <summary>The reader's topics it does not match but is near to, and the learnt words it shares with them.</summary>
    public IReadOnlyList<PlainRelevance> Near { get; init; } = [];

    /// <summary>What is trending and why.</summary>
    public required TrendingScore Trending { get; init; }

    /// <summary>1 for a paper of the reader's period, falling with age; see <see cref="Freshness.Of"/>.</summary>
    public required double Freshness { get; init; }

    /// <summary>Absent for a reader without likes.</summary>
    public PlainVerdict? Taste { get; init; }

    /// <summary>Content in 256 bits, for diversity.</summary>
    public PaperSignature Signature { get; init; }

    /// <summary>Papers that tell the same result; one of them in a digest is enough.</summary>
    public IReadOnlyList<long> SameResults { get; init; } = [];

    /// <summary>The followed author who wrote it, if any.</summary>
    public string? FollowedAuthor { get; init; }

    /// <summary>The muted word it holds, if any.</summary>
    public string? MutedWord { get; init; }

    /// <summary>Available here since a day at the most.</summary>
    public bool IsNew { get; init; }

    /// <summary>In an earlier digest of this reader.</summary>
    public bool IsSent { get; init; }

    /// <summary>The same result, under another title, was in an earlier digest of this reader.</summary>
    public bool IsToldBefore { get; init; }

    /// <summary>Liked or disliked by this reader already.</summary>
    public bool IsJudged { get; init; }

    /// <summary>Withdrawn by its authors.</summary>
    public bool IsWithdrawn { get; init; }
}

/// <summary>The reader's and the operator's settings for one digest.</summary>
internal sealed record PlainSettings
{
    /// <summary>The topics and own queries of the reader, muted ones too.</summary>
    public required IReadOnlyList<ChosenTopic> Topics { get; init; }

    /// <summary>The most entries a digest holds.</summary>
    public int MaxItems { get; init; } = 10;

    /// <summary>Places kept for what is big outside the reader's topics, never more than a third of <see cref="MaxItems"/>.</summary>
    public int OutsideTopics { get; init; } = 2;

    /// <summary>Nothing was found on the topics and the reader wants what is trending instead: the whole page is for outside.</summary>
    public bool IsAllOutside { get; init; }

    /// <summary>How many of the papers sent in the last days each topic matched, by its id: topics that had fewer come first.</summary>
    public IReadOnlyDictionary<long, int> PlacesHad { get; init; } = new Dictionary<long, int>();

    /// <summary>Places that papers near to a topic may take when those that match leave room, within <see cref="MaxItems"/>.</summary>
    public int NearTopics { get; init; } = 3;

    /// <summary>Entries with a lower score, 0 to 1, are cut.</summary>
    public double MinimumScore { get; init; } = 0.05;

    /// <summary>How hard likeness and crowding count against a paper; 0 turns the diversity step off.</summary>
    public double Diversity { get; init; } = 0.5;
}

/// <summary>One entry of a digest, best first.</summary>
internal sealed record PlainEntry(PlainCandidate Candidate, double Score, IReadOnlyList<Reason> Reasons);

/// <summary>One paper that was considered and not taken.</summary>
internal sealed record PlainCut(PlainCandidate Candidate, double Score, CutReason Reason);

/// <summary>The list and what it left out, each with its reasons.</summary>
internal sealed record PlainDigest(IReadOnlyList<PlainEntry> Entries, IReadOnlyList<PlainCut> Cut);
