using DigestService.Mail;

namespace DigestService.Inbound.Commands;

/// <summary>What a mailed command asks for.</summary>
internal enum MailVerb
{
    /// <summary>No command of ours.</summary>
    NotUnderstood,

    /// <summary>Sign the sender up, with topics where they are named.</summary>
    Subscribe,

    /// <summary>End the subscription.</summary>
    Unsubscribe,

    /// <summary>Confirm with a token.</summary>
    Confirm,

    /// <summary>List the topics there are.</summary>
    Topics,

    /// <summary>Follow a topic or a category.</summary>
    Add,

    /// <summary>Stop following one.</summary>
    Remove,

    /// <summary>Leave papers with these words out.</summary>
    Mute,

    /// <summary>Add a query of one's own.</summary>
    Query,

    /// <summary>Like the papers that are named, and say what fits them.</summary>
    Start,

    /// <summary>Set the zone.</summary>
    Zone,

    /// <summary>Set the hour.</summary>
    At,

    /// <summary>Set the days: <c>daily</c>, <c>weekdays</c>, <c>weekly</c>, or <c>weekly 1</c> for Mondays.</summary>
    Frequency,

    /// <summary>Set the most papers in a digest.</summary>
    Max,

    /// <summary>Set the language.</summary>
    Language,

    /// <summary>Pause, for a time, until a day or until resumed.</summary>
    Pause,

    /// <summary>Go on after a pause.</summary>
    Resume,

    /// <summary>Say how the subscription stands.</summary>
    Status,

    /// <summary>Send today's digest now.</summary>
    Today,

    /// <summary>Mail the link to the preferences.</summary>
    Preferences,

    /// <summary>Mail everything held on the sender.</summary>
    Export,

    /// <summary>Erase everything held on the sender.</summary>
    Erase,

    /// <summary>Move the subscription to another address.</summary>
    Change,

    /// <summary>List the commands.</summary>
    Help,

    /// <summary>More like the paper with that number.</summary>
    Like,

    /// <summary>Less like it.</summary>
    Less,

    /// <summary>Keep it.</summary>
    Save,

    /// <summary>Say why it was chosen.</summary>
    Why,
}

/// <summary>One command as it was understood.</summary>
/// <param name="Verb">What is asked for.</param>
/// <param name="Argument">What it is asked of, trimmed; empty where the verb needs nothing.</param>
/// <param name="Text">The words as they were written, for the answer.</param>
/// <param name="Line">Its line in the text above the quotation, from 1; 0 is the subject.</param>
internal sealed record MailCommand(MailVerb Verb, string Argument, string Text, int Line)
{
    /// <summary>Whether it is the first line below those that are read.</summary>
    public bool IsBelow { get; init; }

    /// <summary>Whether a line that is no command seems to ask for something.</summary>
    public bool IsWish { get; init; }

    /// <summary>Whose subscription is to end, where another address than <paramref name="own"/> is named; else null.</summary>
    public EmailAddress? LeaverOtherThan(string? own) =>
        Verb == MailVerb.Unsubscribe && EmailAddress.TryParse(Argument, out var leaver) && !(EmailAddress.TryParse(own, out var known) && known.Key == leaver.Key) ? leaver : null;
}
