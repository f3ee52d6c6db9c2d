using System.Collections.Concurrent;

namespace DigestService.Digests;

/// <summary>
/// The choices of one batch. The readers of a list want the same, so those of them who have had the same get one choice: it is
/// made once, and a mail is composed of it for each.
/// </summary>
internal sealed class ListChoices(DigestSelector selector, CandidatePool pool)
{
    private readonly ConcurrentDictionary<long, List<DigestSelection>> _made = [];

    /// <summary>Chooses one reader's digest, or takes the choice that was made for another of their list.</summary>
    public DigestSelection Choose(DueSubscriber reader)
    {
        if (reader.LeaderId is not { } leader)
            return selector.Choose(reader, pool);
        var made = _made.GetOrAdd(leader, _ => []);
        var seen = reader.Seen.ToHashSet();
        lock (made)
        {
            var leftOut = pool.LeftOut;
            var same = made.Find(choice => IsSame(choice.Subscriber, reader, seen) && !choice.Entries.Any(entry => leftOut.Contains(entry.Candidate.PaperId)));
            if (same is null)
                made.Add(same = selector.Choose(reader, pool));
            return same with { Subscriber = reader };
        }
    }

    private static bool IsSame(DueSubscriber one, DueSubscriber other, HashSet<long> seenByOther) =>
        one.DigestOn == other.DigestOn
        && one.IsAskedFor == other.IsAskedFor
        && (one.Language, one.Frequency, one.MaxItems, one.OutsideTopics, one.EmptyDay) == (other.Language, other.Frequency, other.MaxItems, other.OutsideTopics, other.EmptyDay)
        && one.MutedWords.SequenceEqual(other.MutedWords, StringComparer.Ordinal)
        && seenByOther.SetEquals(one.Seen);
}
