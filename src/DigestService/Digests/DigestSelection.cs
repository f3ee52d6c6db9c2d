using DigestService.Mails;
using DigestService.Relevance;
using NodaTime;

namespace DigestService.Digests;

/// <summary>
/// What was chosen for one reader: the list, what was cut, and, on a day without anything for them, the rule that
/// was followed. What was listed on <paramref name="NewsAfter"/> or before was not looked at; <paramref name="Papers"/> were, on such a day.
/// </summary>
internal sealed record DigestSelection(
    DueSubscriber Subscriber, LocalDate NewsAfter, IReadOnlyList<RankedEntry> Entries, IReadOnlyList<CutEntry> Cut, int Candidates, EmptyDay? EmptyDayRule, int Papers = 0)
{
    private const int MostReasons = 3;

    /// <summary>Whether a mail goes out: there are entries, or the reader wants a note on empty days.</summary>
    public bool IsMailed => Entries.Count > 0 || EmptyDayRule == EmptyDay.Note;

    /// <summary>News of saved papers. An entry shows its code itself, but not that it is a new version.</summary>
    public IReadOnlyList<SavedPaperNews> SavedNews => Subscriber.SavedNews.Count == 0
        ? []
        : [.. Subscriber.SavedNews
            .Select(news => Entries.Any(entry => entry.Candidate.PaperId == news.PaperId) ? news with { HasCode = false } : news)
            .Where(news => news.HasCode || news.HasNewVersion)];

    /// <summary>Whether an entry of these reasons is there for what is big outside the reader's topics.</summary>
    public static bool IsOutside(IReadOnlyList<Reason> reasons) => reasons.Any(reason => reason is BigOutside);

    /// <summary>Whether an entry is what the reader asked for; what is near or big elsewhere only accompanies such.</summary>
    private static bool IsOnTopic(RankedEntry entry) => entry.Reasons.Any(reason => reason is MatchedTopic or FollowedAuthor);

    /// <summary>Whether an entry makes a digest by itself: it is what the reader asked for, or is close to it in meaning.</summary>
    public static bool IsAnswer(RankedEntry entry) => IsOnTopic(entry) || entry.Reasons.Any(reason => reason is CloseInMeaning);

    /// <summary>Why there is no list on the reader's topics, in words for the ledger; empty where there is one.</summary>
    public IReadOnlyList<string> Explanation()
    {
        if (EmptyDayRule is null)
            return [];
        return
        [
            WhyNothing(),
            Subscriber.IsAskedFor && EmptyDayRule is EmptyDay.Note
                ? "The reader asked for the digest of this day."
                : $"The reader's rule for an empty day is {EmptyDayRule.Value.ToString().ToLowerInvariant()}.",
        ];
    }

    private string WhyNothing()
    {
        var hasTopics = Subscriber.Topics.Any(topic => !topic.IsMuted);
        var cuts = hasTopics ? Cut.Where(cut => cut.IsOnTopic).ToList() : Cut;
        if (cuts.Count > 0)
            return $"Nothing today because all papers {(hasTopics ? "on the reader's topics" : "of these days")} ({cuts.Count}) were cut: {Reasons(cuts)}.";
        return hasTopics && Papers > 0
            ? $"Nothing today because none of the papers of these days ({Papers}) matches the reader's topics."
            : "Nothing today because there are no papers of these days.";
    }

    private static string Reasons(IReadOnlyList<CutEntry> cuts)
    {
        var reasons = cuts.GroupBy(cut => cut.Reason.InGeneral(), StringComparer.Ordinal).OrderByDescending(group => group.Count()).Take(MostReasons)
            .Select(group => (Count: group.Count(), Words: group.Key)).ToList();
        if (cuts.Count - reasons.Sum(reason => reason.Count) is > 0 and var others)
            reasons.Add((others, "for other reasons"));
        return string.Join("; ", reasons.Select(reason => $"{reason.Count} × {reason.Words}"));
    }

    /// <summary>What the mail of a selection says.</summary>
    public DigestContent ToContent(long deliveryId, CandidatePool pool, Instant now) => new()
    {
        DeliveryId = deliveryId,
        Recipient = new MailRecipient
        {
            SubscriberId = Subscriber.Id,
            Address = Subscriber.Address,
            Language = Subscriber.Language,
            Zone = Subscriber.Zone,
            LinkVersion = Subscriber.LinkVersion,
        },
        DigestOn = Subscriber.DigestOn,
        Date = now,
        Topics = Subscriber.Topics.Where(topic => !topic.IsMuted)
            .OrderByDescending(topic => topic.Weight).ThenBy(topic => topic.Name, StringComparer.Ordinal)
            .Select(topic => topic.Name).ToList(),
        Entries = Entries.Select(entry => ToEntry(pool.Papers[entry.Candidate.PaperId], entry.Reasons)).ToList(),
        SavedNews = SavedNews,
        PrefersInShort = Subscriber.PrefersInShort,
        Span = Subscriber.Span,
        IsFirst = Subscriber.IsFirst,
        IsQuietDay = EmptyDayRule is not null,
        Break = BreakBefore(pool),
        ListName = Subscriber.ListName,
    };

    /// <summary>A paper as the mail, its page and its numbers place it: all by the reasons alone.</summary>
    public static DigestEntry ToEntry(MailPaper paper, IReadOnlyList<Reason> reasons) => new()
    {
        Paper = paper,
        Section = IsOutside(reasons) ? DigestSection.Outside : DigestSection.Topics,
        Topic = reasons.OfType<MatchedTopic>().FirstOrDefault()?.Topic,
        Reasons = reasons,
    };

    // For whom nobody looked for over a week, or over a fortnight where a digest stands for a week, comes back from a break: not who had
    // quiet days. What is told of it is about topics.
    private DigestBreak? BreakBefore(CandidatePool pool)
    {
        if (Subscriber.PreviousDigestOn is not { } previous
            || previous.PlusDays(Subscriber.ShortestBreak) >= Subscriber.DigestOn
            || !WasAwaySince(previous)
            || Subscriber.Topics.All(topic => topic.IsMuted))
            return null;
        var chosen = Entries.Select(entry => entry.Candidate.PaperId).ToHashSet();
        var missed = Cut.Count(cut => cut is { IsOnTopic: true, Code: CutCode.NoRoom or CutCode.Crowded or CutCode.TooAlike or CutCode.BelowMinimum }
            && !chosen.Contains(cut.PaperId)
            && pool.Papers[cut.PaperId].FirstListedOn > previous);
        return new DigestBreak(previous, LocalDate.Max(previous, NewsAfter).PlusDays(1), missed);
    }

    private bool WasAwaySince(LocalDate previous) =>
        Subscriber.QuietDays.Prepend(previous).Zip(Subscriber.QuietDays.Append(Subscriber.DigestOn))
            .Any(days => days.First.PlusDays(Subscriber.ShortestBreak) < days.Second);
}
