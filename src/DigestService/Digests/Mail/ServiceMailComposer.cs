using NodaTime;

namespace DigestService.Digests.Mail;

/// <summary>What every service mail needs: its delivery, its reader and its date.</summary>
internal sealed record ServiceLetter
{
    /// <summary>Reserved id of the delivery.</summary>
    public required long DeliveryId { get; init; }

    /// <summary>Whom it goes to.</summary>
    public required MailReader Reader { get; init; }

    /// <summary>The instant in the <c>Date</c> header.</summary>
    public required Instant Date { get; init; }
}

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

    /// <summary>Digests rest until they are resumed.</summary>
    Paused,

    /// <summary>Digests come again.</summary>
    Resumed,

    /// <summary>The topics were changed; the detail names them.</summary>
    TopicsChanged,

    /// <summary>No command of ours.</summary>
    NotUnderstood,

    /// <summary>Only a confirmed reader may ask that.</summary>
    NotSubscribed,
}

/// <summary>One line of a mail of commands, and what became of it.</summary>
internal sealed record AnsweredCommand(string Command, CommandOutcome Outcome, string? Detail = null);

/// <summary>Every mail that is not a digest, in the same hand.</summary>
internal sealed class ServiceMailComposer
{
    /// <summary>Asks a new reader to confirm; names the topics they chose.</summary>
    public ComposedMail Confirmation(ServiceLetter letter, IReadOnlyList<string> topics) => throw new NotSupportedException();

    /// <summary>Answers a sign-up with an address that is already subscribed.</summary>
    public ComposedMail AlreadySubscribed(ServiceLetter letter) => throw new NotSupportedException();

    /// <summary>Greets a confirmed reader and says when the first digest comes.</summary>
    public ComposedMail Welcome(ServiceLetter letter, IReadOnlyList<string> topics, Instant firstDigestAt) => throw new NotSupportedException();

    /// <summary>Brings the link to the preferences to whoever asked for it.</summary>
    public ComposedMail PreferencesLink(ServiceLetter letter) => throw new NotSupportedException();

    /// <summary>Answers a mail of commands; <paramref name="inReplyTo"/> is its Message-ID without angle brackets.</summary>
    public ComposedMail CommandAnswer(ServiceLetter letter, string? inReplyTo, IReadOnlyList<AnsweredCommand> commands) =>
        throw new NotSupportedException();

    /// <summary>Says that digests rest, until a day or until they are resumed.</summary>
    public ComposedMail Paused(ServiceLetter letter, LocalDate? until) => throw new NotSupportedException();

    /// <summary>The last mail: the subscription has ended.</summary>
    public ComposedMail Goodbye(ServiceLetter letter) => throw new NotSupportedException();

    /// <summary>Tells the operator, in English, what went wrong and what to do.</summary>
    public ComposedMail OperatorAlert(long deliveryId, string address, Instant date, OperatorAlert alert) => throw new NotSupportedException();
}

/// <summary>What an operator must know: one sentence, the facts as name and value, and what to do.</summary>
internal sealed record OperatorAlert(string Summary, IReadOnlyList<KeyValuePair<string, string>> Facts, string Advice);
