namespace DigestService.Mails.Languages;

/// <summary>The time that a digest stands for.</summary>
public enum DigestSpan
{
    /// <summary>Its day.</summary>
    Day,

    /// <summary>A week, or the days since the last digest.</summary>
    Week,
}

/// <summary>What a digest holds, counted: the parts add up to <paramref name="Papers"/>.</summary>
/// <param name="Papers">All papers.</param>
/// <param name="Topics">The topics that are named, with their papers.</param>
/// <param name="MoreTopics">How many other topics have papers.</param>
/// <param name="OnMoreTopics">How many papers they have together.</param>
/// <param name="ByFollowed">Papers on no topic, by authors the reader follows.</param>
/// <param name="Others">Papers on no topic that are there for the reader all the same.</param>
/// <param name="Outside">Papers from outside the reader's topics.</param>
internal sealed record DigestSummary(
    int Papers, IReadOnlyList<TopicCount> Topics, int MoreTopics, int OnMoreTopics, int ByFollowed, int Others, int Outside)
{
    /// <summary>Whether it names neither a topic nor authors, so that there is nothing that others could be more of.</summary>
    public bool NamesNone => Topics.Count == 0 && ByFollowed == 0;
}

/// <summary>How many papers of a digest stand under one heading.</summary>
internal readonly record struct TopicCount(string Topic, int Papers);
