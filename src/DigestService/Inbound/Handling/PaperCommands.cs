using System.Globalization;
using DigestService.Digests;
using DigestService.Inbound.Commands;
using DigestService.Mails;
using DigestService.Subscribers;
using DigestService.Subscribers.Pages.Words;
using NodaTime;
using Npgsql;

namespace DigestService.Inbound.Handling;

/// <summary>The commands about the papers of a digest, by the numbers in its mail.</summary>
internal sealed class PaperCommands(Feedback feedback)
{
    /// <summary>Whether a command names a paper by its number.</summary>
    public static bool IsOne(MailCommand command) => command.Verb is MailVerb.Like or MailVerb.Less or MailVerb.Save or MailVerb.Why;

    /// <summary>Runs such commands: the digest is read once, and all verdicts are written down together.</summary>
    /// <param name="connection">The transaction.</param>
    /// <param name="reader">Who asks.</param>
    /// <param name="digestOn">The day of the digest that is answered; null for their latest.</param>
    /// <param name="commands">What they ask for.</param>
    /// <param name="run">Where the answers go.</param>
    /// <param name="ct">Stops it.</param>
    public async Task RunAsync(
        NpgsqlConnection connection, Subscriber reader, LocalDate? digestOn, IReadOnlyList<MailCommand> commands, CommandRun run, CancellationToken ct)
    {
        var day = digestOn ?? await DigestNumbers.LatestDayAsync(connection, reader.Id, ct);
        var papers = day is { } on ? await DigestNumbers.OfAsync(connection, reader.Id, on, ct) : [];
        var say = ReaderWords.Of(reader.Language);
        var verdicts = new List<GivenVerdict>();
        foreach (var command in commands)
        {
            var number = int.Parse(command.Argument, NumberStyles.None, CultureInfo.InvariantCulture);
            if (number < 1 || number > papers.Count)
                run.Add(command, CommandOutcome.Refused, papers.Count == 0 ? say.NoNumbers : say.Numbers(papers.Count));
            else if (papers[number - 1] is { IsHidden: true })
                run.Add(command, CommandOutcome.Refused, say.PaperGone);
            else if (command.Verb == MailVerb.Why)
                run.Add(command, CommandOutcome.Told, papers[number - 1] is { Reasons: "" } bare ? bare.Title : $"{papers[number - 1].Title}: {papers[number - 1].Reasons}");
            else
                Judge(papers[number - 1], command, verdicts, run);
        }

        await feedback.GiveAsync(connection, reader.Id, verdicts, "mail", ct);
    }

    private static void Judge(NumberedPaper paper, MailCommand command, List<GivenVerdict> verdicts, CommandRun run)
    {
        verdicts.Add(new GivenVerdict(paper.PaperId, command.Verb switch { MailVerb.Like => "like", MailVerb.Less => "less", _ => "save" }));
        run.Add(command, CommandOutcome.Noted, paper.Title);
    }
}
