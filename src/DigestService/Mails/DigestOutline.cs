using DigestService.Mails.Languages;
using DigestService.Relevance;

namespace DigestService.Mails;

/// <summary>Papers under one heading.</summary>
internal sealed record OutlineGroup(string Heading, IReadOnlyList<DigestEntry> Entries);

/// <summary>The order in which a digest is read: by topic when that reads better, what is from outside apart.</summary>
internal sealed record DigestOutline(IReadOnlyList<OutlineGroup> Groups, string Summary)
{
    private const int FewestPapersToGroup = 4;
    private const int MostGroups = 6;
    private const int MostTopicsNamed = 3;
    private const int LongestTopic = 60;

    /// <summary>All entries as they are read.</summary>
    public IEnumerable<DigestEntry> Entries => Groups.SelectMany(group => group.Entries);

    /// <summary>Outlines a letter.</summary>
    public static DigestOutline Of(DigestContent content, Language language)
    {
        if (content is { IsShared: true, Entries: [_, ..] papers })
            return new DigestOutline([new OutlineGroup(language.Papers(papers.Count), papers)], language.SharedSummary(papers.Count));
        var inside = content.Entries.Where(entry => entry.Section == DigestSection.Topics).ToList();
        var outside = content.Entries.Where(entry => entry.Section == DigestSection.Outside).ToList();
        var byTopic = inside
            .Where(entry => entry.Topic is not null)
            .GroupBy(entry => CleanText.Shorten(CleanText.Line(entry.Topic), LongestTopic), StringComparer.Ordinal)
            .ToList();

        var groups = new List<OutlineGroup>();
        if (byTopic.Count == 0 && inside.Count > 0 && !inside.Any(IsWished))
            groups.Add(new OutlineGroup(inside.Any(IsToTaste) ? language.MoreForYou : inside.Any(IsNoticed) ? language.TrendingNow : language.Newest, inside));
        else if (ReadsBetterGrouped(inside.Count, byTopic.Count))
            groups.AddRange(byTopic.Select(topic => new OutlineGroup(topic.Key, topic.ToList())));
        else if (inside.Count > 0)
            groups.Add(new OutlineGroup(language.OnYourTopics, inside));
        if (groups.Count > 1 && inside.Where(entry => entry.Topic is null).ToList() is { Count: > 0 } homeless)
            groups.Add(new OutlineGroup(language.MoreForYou, homeless));
        if (outside.Count > 0)
            groups.Add(new OutlineGroup(language.OutsideYourTopics, outside));

        return new DigestOutline(groups, Summarize(content, byTopic, language));
    }

    // A heading for every paper is noise: groups want about two papers each, and not too many of them.
    private static bool ReadsBetterGrouped(int papers, int topics) =>
        topics is > 1 and <= MostGroups && papers >= FewestPapersToGroup && papers * 2 >= topics * 3;

    private static string Summarize(
        DigestContent content, List<IGrouping<string, DigestEntry>> byTopic, Language language)
    {
        if (content.Entries.Count == 0)
            return "";
        var outside = content.Entries.Count(entry => entry.Section == DigestSection.Outside);
        var onNoTopic = content.Entries.Where(entry => entry.Section == DigestSection.Topics && entry.Topic is null).ToList();
        var byFollowed = onNoTopic.Count(IsByFollowed);
        if (byTopic.Count == 0 && !onNoTopic.Any(entry => IsWished(entry) || IsToTaste(entry)))
            return content.Entries.Any(IsNoticed) ? language.SummaryOfTrending(content.Entries.Count, content.Span) : language.SummaryOfNewest(content.Entries.Count);
        var topics = byTopic
            .Select(topic => new TopicCount(topic.Key, topic.Count()))
            .OrderByDescending(topic => topic.Papers)
            .ToList();
        var unnamed = topics.Skip(MostTopicsNamed).ToList();
        var summary = new DigestSummary(
            content.Entries.Count,
            topics.Take(MostTopicsNamed).ToList(),
            unnamed.Count,
            unnamed.Sum(topic => topic.Papers),
            byFollowed,
            onNoTopic.Count - byFollowed,
            outside);
        return language.Summary(summary, content.Span);
    }

    private static bool IsByFollowed(DigestEntry entry) => entry.Reasons.Any(reason => reason is FollowedAuthor);

    private static bool IsWished(DigestEntry entry) => entry.Reasons.Any(reason => reason is FollowedAuthor or NearTopic or CloseInMeaning);

    private static bool IsNoticed(DigestEntry entry) => entry.Reasons.Any(reason => reason is Upvoted or ListedHigh or BigOutside);

    private static bool IsToTaste(DigestEntry entry) => entry.Reasons.Any(reason => reason is LikeThat or LikedAlike);
}
