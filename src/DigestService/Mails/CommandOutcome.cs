using NodaTime;

namespace DigestService.Mails;

/// <summary>What became of a command that came by mail.</summary>
internal enum CommandOutcome
{
    /// <summary>The help was asked for; the answer holds it.</summary>
    Help,

    /// <summary>A confirmation mail is on its way.</summary>
    ConfirmationSent,

    /// <summary>The link to the preferences is in the answer.</summary>
    PreferencesSent,

    /// <summary>The subscription has ended.</summary>
    Unsubscribed,

    /// <summary>Digests are paused until they are resumed.</summary>
    Paused,

    /// <summary>Digests come again.</summary>
    Resumed,

    /// <summary>The topics were changed; the detail names them.</summary>
    TopicsChanged,

    /// <summary>The subscription begins.</summary>
    Confirmed,

    /// <summary>A setting was changed; the detail says to what.</summary>
    Changed,

    /// <summary>The detail is the answer.</summary>
    Told,

    /// <summary>A verdict on a paper was written down; the detail names the paper.</summary>
    Noted,

    /// <summary>Today's digest comes now.</summary>
    TodayComing,

    /// <summary>Today's digest went out before.</summary>
    TodayHad,

    /// <summary>A mail asks whether the sender sent it.</summary>
    ProofAsked,

    /// <summary>A mail asks the new address whether it agrees.</summary>
    MoveAsked,

    /// <summary>Nothing is held on the sender any more.</summary>
    Erased,

    /// <summary>It was understood and cannot be done; the detail says why.</summary>
    Refused,

    /// <summary>No command of ours.</summary>
    NotUnderstood,

    /// <summary>It and what follows it stand below the lines that are read; the detail says how many those are.</summary>
    NotRead,

    /// <summary>Only a confirmed reader may ask that, and this one has a confirmation mail to answer.</summary>
    NotConfirmed,

    /// <summary>Only a confirmed reader may ask that.</summary>
    NotSubscribed,
}

/// <summary>One line of a mail of commands, and what became of it.</summary>
internal sealed record AnsweredCommand(string Command, CommandOutcome Outcome, string? Detail = null)
{
    /// <summary>Where it stands, for what was not done: its line from 1, 0 for the subject.</summary>
    public int? Line { get; init; }

    /// <summary>A command as it is written, near to what may have been meant.</summary>
    public string? Example { get; init; }

    /// <summary>The day on which a pause ends; null until it is resumed.</summary>
    public LocalDate? Until { get; init; }
}

/// <summary>The mail that is answered.</summary>
/// <param name="Subject">The answer's subject; null for a fixed one.</param>
/// <param name="References">Identifiers without angle brackets that the answer refers to, the mail's own last.</param>
internal sealed record AnsweredMail(string? Subject, IReadOnlyList<string> References);
