using DigestService.Digests;
using NodaTime;

namespace DigestService.Subscribers;

/// <summary>Checked settings on their way to a reader's row; null leaves what is there.</summary>
internal sealed record SettingsChange
{
    /// <summary>Nothing changes.</summary>
    public static readonly SettingsChange None = new();

    /// <summary>IANA id.</summary>
    public string? Zone { get; init; }

    /// <summary>Local hour of the digest.</summary>
    public LocalTime? SendAt { get; init; }

    /// <summary>On which days.</summary>
    public DigestFrequency? Frequency { get; init; }

    /// <summary>The day of a weekly digest: Monday is 1.</summary>
    public short? WeeklyOn { get; init; }

    /// <summary>The most papers in a digest.</summary>
    public short? MaxItems { get; init; }

    /// <summary>Language of mails.</summary>
    public string? Language { get; init; }

    /// <summary>Places kept for what is big outside the topics.</summary>
    public short? OutsideTopics { get; init; }

    /// <summary>What a day without papers brings.</summary>
    public EmptyDayRule? EmptyDay { get; init; }

    /// <summary>Words whose papers are left out.</summary>
    public IReadOnlyList<string>? MutedWords { get; init; }

    /// <summary>The sentence that a machine wrote in place of the abstract, or not.</summary>
    public bool? PrefersInShort { get; init; }

    /// <summary>The places for what is big outside the topics go back to the service's default.</summary>
    public bool ClearsOutsideTopics { get; init; }

    /// <summary>What a day without papers brings goes back to the service's default.</summary>
    public bool ClearsEmptyDay { get; init; }

    /// <summary>Papers that become likes once a sign-up is confirmed; other changes take none.</summary>
    public IReadOnlyList<long> FirstLikes { get; init; } = [];

    /// <summary>The list whose digest the reader gets from now on.</summary>
    public long? ListId { get; init; }

    /// <summary>The new topics and own queries.</summary>
    public WishLists? Wishes { get; init; }

    /// <summary>The reader with these settings; the wishes are kept in rows of their own.</summary>
    public Subscriber ApplyTo(Subscriber reader) => reader with
    {
        Zone = Zone ?? reader.Zone,
        SendAt = SendAt ?? reader.SendAt,
        Frequency = Frequency ?? reader.Frequency,
        WeeklyOn = WeeklyOn ?? reader.WeeklyOn,
        MaxItems = MaxItems ?? reader.MaxItems,
        Language = Language ?? reader.Language,
        OutsideTopics = ClearsOutsideTopics ? null : OutsideTopics ?? reader.OutsideTopics,
        EmptyDay = ClearsEmptyDay ? null : EmptyDay ?? reader.EmptyDay,
        MutedWords = MutedWords?.ToArray() ?? reader.MutedWords,
        PrefersInShort = PrefersInShort ?? reader.PrefersInShort,
        ListId = ListId ?? reader.ListId,
    };
}

/// <summary>The lists a reader's wishes come in.</summary>
[Flags]
internal enum WishKinds
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>Topics to read about.</summary>
    Topics = 1,

    /// <summary>Topics to leave out.</summary>
    MutedTopics = 2,

    /// <summary>Own queries.</summary>
    Queries = 4,

    /// <summary>All of them.</summary>
    All = Topics | MutedTopics | Queries,
}

/// <summary>New wishes and the lists of a reader's that they replace; what stands in the others stays.</summary>
internal sealed record WishLists(WishKinds Replaced, IReadOnlyList<Wish> Wishes)
{
    /// <summary>A query was asked for that comes to the same as another wish: it is none of these.</summary>
    public bool LeavesOutSame { get; init; }
}

/// <summary>New wishes of one reader.</summary>
internal readonly record struct ReaderWishes(long SubscriberId, WishLists Lists);

/// <summary>
/// One topic of the catalogue, or one query of the reader's own (then <see cref="Text"/> is what they wrote and
/// <see cref="TopicId"/> is null).
/// </summary>
internal sealed record Wish
{
    /// <summary>The query in its one stored form.</summary>
    public required string Canonical { get; init; }

    /// <summary>The catalogue's topic.</summary>
    public long? TopicId { get; init; }

    /// <summary>The reader's own words.</summary>
    public string? Text { get; init; }

    /// <summary>What the reader calls their own words; empty for no name, null where none was said: a name that is stored stays then.</summary>
    public string? Name { get; init; }

    /// <summary>1 is normal, <see cref="More"/> more.</summary>
    public float Weight { get; init; } = 1;

    /// <summary>Papers on it are left out.</summary>
    public bool Muted { get; init; }

    /// <summary>The weight of a topic a reader wants more of.</summary>
    public const float More = 2;
}
