using System.Globalization;
using DigestService.Inbound.Commands;
using DigestService.Mails;
using DigestService.Subscribers;
using NodaTime;

namespace DigestService.Inbound.Handling;

/// <summary>What running commands did.</summary>
internal sealed class CommandRun
{
    private readonly List<AnsweredCommand> _answers = [];

    /// <summary>Each command with what became of it.</summary>
    public IReadOnlyList<AnsweredCommand> Answers => _answers;

    /// <summary>When the commands were written: their run may have waited for proof or for a machine that was down.</summary>
    public required Instant WrittenAt { get; init; }

    /// <summary>Where the reader wants to move to.</summary>
    public string? MoveTo { get; set; }

    /// <summary>The words for topics in the reader's language, once a command asked for them.</summary>
    public WishWords? Words { get; set; }

    /// <summary>Whether queries may be new and want to be matched.</summary>
    public bool HasNewWishes { get; set; }

    /// <summary>Adds an answer.</summary>
    public void Add(MailCommand command, CommandOutcome outcome, string? detail = null) =>
        _answers.Add(new AnsweredCommand(command.Text, outcome, detail) { Line = outcome == CommandOutcome.Refused ? command.Line : null });

    /// <summary>Adds the answer to a line that is no command.</summary>
    public void Add(MailCommand command) => _answers.Add(NotUnderstood(command, command.Text));

    /// <summary>The answer to a command of somebody who gets no digests: why not, and what begins them.</summary>
    public static AnsweredCommand NotSubscribed(string shown, Subscriber? reader) => reader is { State: SubscriberState.Pending }
        ? new AnsweredCommand(shown, CommandOutcome.NotConfirmed)
        : new AnsweredCommand(shown, CommandOutcome.NotSubscribed) { Example = "subscribe" };

    /// <summary>Adds a finished answer.</summary>
    public void Add(AnsweredCommand answer) => _answers.Add(answer);

    /// <summary>The answer to a line that is no command, with its place and an example.</summary>
    public static AnsweredCommand NotUnderstood(MailCommand command, string shown) => command.IsBelow
        ? new AnsweredCommand(shown, CommandOutcome.NotRead, CommandParser.MostLines.ToString(CultureInfo.InvariantCulture)) { Line = command.Line }
        : new AnsweredCommand(shown, CommandOutcome.NotUnderstood) { Line = command.Line, Example = CommandExamples.For(command.Text) };

    /// <summary>The move is not asked for: its answer says so, and why.</summary>
    public void RefuseMove(string why)
    {
        var at = _answers.FindLastIndex(answer => answer.Outcome == CommandOutcome.MoveAsked);
        if (at >= 0)
            _answers[at] = _answers[at] with { Outcome = CommandOutcome.Refused, Detail = why };
    }

    /// <summary>Whether all answers are of one kind.</summary>
    public bool IsOnly(params CommandOutcome[] outcomes) => _answers.Count > 0 && _answers.TrueForAll(answer => outcomes.Contains(answer.Outcome));
}
