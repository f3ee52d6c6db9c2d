using DigestService.Digests;
using DigestService.Mail;
using NodaTime;

namespace DigestService.Subscribers;

/// <summary>Where a subscription stands: <c>pending → active ⇄ paused → unsubscribed</c>, and <c>suppressed</c>.</summary>
public enum SubscriberState
{
    /// <summary>Signed up, not yet confirmed: gets nothing but the confirmation mail.</summary>
    Pending,

    /// <summary>Gets digests.</summary>
    Active,

    /// <summary>Gets none until a day, or until they say so.</summary>
    Paused,

    /// <summary>Has left; only the reader comes back, by confirming anew.</summary>
    Unsubscribed,

    /// <summary>Must not be mailed: it bounced or complained.</summary>
    Suppressed,
}

/// <summary>What to mail on a day without papers on the reader's topics; null on the row means the service's default.</summary>
public enum EmptyDayRule
{
    /// <summary>Nothing.</summary>
    Skip,

    /// <summary>What is trending elsewhere.</summary>
    Trending,

    /// <summary>A short note.</summary>
    Note,
}

/// <summary>One reader's row.</summary>
internal sealed record Subscriber
{
    /// <summary>Row id; the subject of every signed link.</summary>
    public required long Id { get; init; }

    /// <summary>The address as the reader wrote it.</summary>
    public required string Address { get; init; }

    /// <summary>The form under which two spellings of the address are one reader.</summary>
    public required string AddressKey { get; init; }

    /// <summary>Where the subscription stands.</summary>
    public required SubscriberState State { get; init; }

    /// <summary>Language of mails: <c>en</c>, <c>de</c>, <c>fr</c>, <c>es</c> or <c>zh</c>.</summary>
    public required string Language { get; init; }

    /// <summary>IANA id of the zone.</summary>
    public required string Zone { get; init; }

    /// <summary>Local hour of the digest.</summary>
    public required LocalTime SendAt { get; init; }

    /// <summary>On which days.</summary>
    public required DigestFrequency Frequency { get; init; }

    /// <summary>The day of a weekly digest: Monday is 1.</summary>
    public required short WeeklyOn { get; init; }

    /// <summary>The most papers in a digest.</summary>
    public required short MaxItems { get; init; }

    /// <summary>Places kept for what is big outside the topics; null: the service's default.</summary>
    public short? OutsideTopics { get; init; }

    /// <summary>What a day without papers brings; null: the service's default.</summary>
    public EmptyDayRule? EmptyDay { get; init; }

    /// <summary>Words whose papers are left out.</summary>
    public required string[] MutedWords { get; init; }

    /// <summary>Wants the sentence that a machine wrote in place of the abstract.</summary>
    public bool PrefersInShort { get; init; }

    /// <summary>Papers that were named when the reader signed up; they become likes when they confirm.</summary>
    public long[] FirstLikes { get; init; } = [];

    /// <summary>The day on which a pause ends; null while not paused, and for a pause without end. Of a reader who has left, the pause they left in.</summary>
    public LocalDate? PausedUntil { get; init; }

    /// <summary>When the next digest is planned.</summary>
    public Instant? NextDueAt { get; init; }

    /// <summary>The local day of the next digest.</summary>
    public LocalDate? NextDueOn { get; init; }

    /// <summary>The local day of the last digest that was planned.</summary>
    public LocalDate? LastDigestOn { get; init; }

    /// <summary>Generation of the reader's links; older ones are void.</summary>
    public required int LinkVersion { get; init; }

    /// <summary>Mails that answered a sign-up since the address was last confirmed.</summary>
    public required int SignUpMails { get; init; }

    /// <summary>When the latest of them was written.</summary>
    public Instant? SignUpMailedAt { get; init; }

    /// <summary>When the row was made.</summary>
    public required Instant CreatedAt { get; init; }

    /// <summary>When the reader, or the operator for them, confirmed.</summary>
    public Instant? ConfirmedAt { get; init; }

    /// <summary>When the subscription ended.</summary>
    public Instant? EndedAt { get; init; }

    /// <summary>The list whose digest this reader gets; null for a digest of their own.</summary>
    public long? ListId { get; init; }

    /// <summary>When the reader joined the last list that they did not lead; what it had saved before is no news to them.</summary>
    public Instant? JoinedListAt { get; init; }

    /// <summary>The reader whose settings, topics and verdicts are the list's.</summary>
    public long? LeaderId { get; init; }

    /// <summary>What the operator calls the list.</summary>
    public string? ListName { get; init; }

    /// <summary>A row as it is made for an address: what the service and the table have by default, and nothing confirmed.</summary>
    public static Subscriber Made(long id, EmailAddress address, int maxItems, Instant now) => new()
    {
        Id = id,
        Address = address.ToString(),
        AddressKey = address.Key,
        State = SubscriberState.Pending,
        Language = "en",
        Zone = "UTC",
        SendAt = new LocalTime(7, 0),
        Frequency = DigestFrequency.Daily,
        WeeklyOn = 1,
        MaxItems = (short)maxItems,
        MutedWords = [],
        LinkVersion = 1,
        SignUpMails = 0,
        CreatedAt = now,
    };

    /// <summary>Whether this reader's settings are those of a list's leader, who alone changes them.</summary>
    public bool FollowsList => LeaderId is { } leader && leader != Id;

    /// <summary>Whether there are settings that this reader may change: of a subscription that stands, and no list's.</summary>
    public bool ChoosesSettings => IsConfirmed && !FollowsList;

    /// <summary>Whether a list has its settings from this reader.</summary>
    public bool LeadsList => LeaderId == Id;

    /// <summary>Digests are owed, now or after a pause.</summary>
    public bool IsConfirmed => State is SubscriberState.Active or SubscriberState.Paused;

    /// <summary>Nothing is owed any more: by the reader's own link, or because a mail to them was called spam. What is held on them they may still have, and have erased.</summary>
    public bool HasLeft => State is SubscriberState.Unsubscribed or SubscriberState.Suppressed;

    /// <summary>The reader's hours as they stand.</summary>
    public ReaderHours Hours => new(Zone, SendAt, Frequency, WeeklyOn);
}

/// <summary>Zone, hour and days: what decides when a digest is due.</summary>
internal readonly record struct ReaderHours(string Zone, LocalTime SendAt, DigestFrequency Frequency, short WeeklyOn)
{
    /// <summary>
    /// The first occurrence after a moment, on a later day than the last digest; a zone that has left the zone data is read as UTC.
    /// </summary>
    public Occurrence FirstAfter(Instant after, LocalDate? lastDigestOn) =>
        new DigestSchedule(DigestSchedule.FindZone(Zone) ?? DateTimeZone.Utc, SendAt, Frequency, (IsoDayOfWeek)WeeklyOn)
            .FirstAfter(after, lastDigestOn);
}
