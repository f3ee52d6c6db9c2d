using DigestService.Mails;
using NodaTime;

namespace DigestService.Subscribers;

/// <summary>
/// How a subscription moves, as pure functions from row to row; who holds the row stores the result. Whatever moves
/// it, <c>last_digest_on</c> stays, so that no path leads to two digests for one local day.
/// </summary>
internal static class Lifecycle
{
    private static readonly Duration FirstWait = Duration.FromMinutes(5);
    private static readonly Duration LongestWait = Duration.FromDays(1);

    // Until when a reader has paused who left in a pause without end.
    private static readonly LocalDate Endless = LocalDate.MaxIsoValue;

    /// <summary>
    /// A sign-up, new or again: it waits for its confirmation. Coming back after leaving voids all earlier links, so
    /// that an old confirmation mail cannot bring anybody back. Whoever signs up without a list gets a digest of their own.
    /// </summary>
    public static Subscriber SignUp(this Subscriber reader, SettingsChange change) => change.ApplyTo(reader) with
    {
        State = SubscriberState.Pending,
        ListId = change.ListId,
        FirstLikes = [.. change.FirstLikes],
        LinkVersion = reader.HasLeft ? reader.LinkVersion + 1 : reader.LinkVersion,
    };

    /// <summary>Whether another mail may answer a sign-up with this address: each one makes the wait for the next longer, up to a day.</summary>
    public static bool MayBeMailed(this Subscriber reader, Instant now)
    {
        if (reader.SignUpMailedAt is not { } mailedAt)
            return true;
        var wait = FirstWait * Math.Pow(4, Math.Min(reader.SignUpMails - 1, 10));
        return now >= mailedAt + Duration.Min(wait, LongestWait);
    }

    /// <summary>
    /// Whether a confirmation mail is out whose link still works. What it showed is what its button confirms: a sign-up that
    /// comes meanwhile, from whomever, changes nothing behind it.
    /// </summary>
    public static bool AwaitsConfirmation(this Subscriber reader, Instant now) =>
        reader.State is SubscriberState.Pending && now < reader.SignUpMailedAt + Duration.FromDays(ServiceMailComposer.ConfirmationDays);

    /// <summary>A mail answered the sign-up.</summary>
    public static Subscriber Mailed(this Subscriber reader, Instant now) =>
        reader with { SignUpMails = reader.SignUpMails + 1, SignUpMailedAt = now };

    /// <summary>Confirmed: the first digest is due at the first occurrence of the reader's hour from now.</summary>
    public static Subscriber Confirm(this Subscriber reader, Instant now) => (reader with
    {
        State = SubscriberState.Active,
        ConfirmedAt = now,
        EndedAt = null,
        PausedUntil = null,
        SignUpMails = 0,
        SignUpMailedAt = null,
        FirstLikes = [],
    }).Reschedule(now);

    /// <summary>
    /// Other settings. Other hours move the next digest; one whose hour has already come stays owed, and the planner,
    /// which is about to take it, reads the new hours.
    /// </summary>
    public static Subscriber Change(this Subscriber reader, SettingsChange change, Instant now)
    {
        var changed = change.ApplyTo(reader);
        return changed.Hours == reader.Hours || reader.NextDueAt <= now ? changed : changed.Reschedule(now);
    }

    /// <summary>No digests before a day, or none until the reader resumes.</summary>
    public static Subscriber Pause(this Subscriber reader, LocalDate? until, Instant now) => reader.IsConfirmed
        ? (reader with { State = SubscriberState.Paused, PausedUntil = until }).Reschedule(now)
        : reader;

    /// <summary>Digests come again.</summary>
    public static Subscriber Resume(this Subscriber reader, Instant now) => reader.State is SubscriberState.Paused
        ? (reader with { State = SubscriberState.Active, PausedUntil = null }).Reschedule(now)
        : reader;

    /// <summary>The reader has left; a pause is kept, for they may take it back.</summary>
    public static Subscriber End(this Subscriber reader, Instant now) => reader.State switch
    {
        SubscriberState.Unsubscribed => reader,
        var state => (reader with
        {
            State = SubscriberState.Unsubscribed,
            EndedAt = now,
            PausedUntil = state is SubscriberState.Paused ? reader.PausedUntil ?? Endless : null,
        }).Reschedule(now),
    };

    /// <summary>The reader takes their leaving back: the subscription goes on as it was, paused where it was.</summary>
    public static Subscriber Return(this Subscriber reader, Instant now)
    {
        if (reader.State is not SubscriberState.Unsubscribed)
            return reader;
        var active = (reader with { State = SubscriberState.Active, EndedAt = null, PausedUntil = null }).Reschedule(now);
        return reader.PausedUntil switch
        {
            { } until when until == Endless => active.Pause(null, now),
            { } until when until > active.NextDueOn => active.Pause(until, now),
            _ => active,
        };
    }

    private static Subscriber Reschedule(this Subscriber reader, Instant now)
    {
        if (!reader.IsConfirmed || reader is { State: SubscriberState.Paused, PausedUntil: null })
            return reader with { NextDueAt = null, NextDueOn = null };
        var dayBefore = reader.PausedUntil?.PlusDays(-1);
        var after = dayBefore > reader.LastDigestOn || reader.LastDigestOn is null ? dayBefore : reader.LastDigestOn;
        var next = reader.Hours.FirstAfter(now, after);
        return reader with { NextDueAt = next.DueAt, NextDueOn = next.DigestOn };
    }
}
