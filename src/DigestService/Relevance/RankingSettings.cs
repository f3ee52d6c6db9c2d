namespace DigestService.Relevance;

/// <summary>A topic or own query the reader chose; <paramref name="Weight"/> 1 is ordinary.</summary>
public sealed record ChosenTopic(long TopicId, string Name, double Weight, bool IsMuted)
{
    /// <summary>Whether the reader asks for papers of it.</summary>
    internal bool IsWanted => !IsMuted && Weight > 0;
}

/// <summary>The reader's and the operator's settings for one digest.</summary>
public sealed record RankingSettings
{
    /// <summary>The most entries a digest holds.</summary>
    public int MaxItems { get; init; } = 10;

    /// <summary>Places kept for what is big outside the reader's topics, never more than a third of <see cref="MaxItems"/>.</summary>
    public int OutsideTopics { get; init; } = 2;

    /// <summary>Nothing was found on the topics and the reader wants what is trending instead: the whole page is for outside, to which what is near to a topic belongs as well.</summary>
    public bool IsAllOutside { get; init; }

    /// <summary>Places that papers near to a topic may take when those that match leave room, within <see cref="MaxItems"/>.</summary>
    public int NearTopics { get; init; } = 3;

    /// <summary>Entries with a lower score, 0 to 1, are cut.</summary>
    public double MinimumScore { get; init; } = 0.05;

    /// <summary>How hard likeness and crowding count against a paper; 0 turns the diversity step off.</summary>
    public double Diversity { get; init; } = 0.5;
}
