using DigestService.Inbound.Commands;
using DigestService.Mails;
using DigestService.Subscribers;
using DigestService.Subscribers.Pages.Words;
using DigestService.Topics.Starting;
using Npgsql;

namespace DigestService.Inbound.Handling;

/// <summary>Starting from papers by mail: those that are named become likes, and the answer says what fits them, as lines to answer with.</summary>
internal sealed class StartCommand(StartingPoint starting, Feedback feedback)
{
    private const int MostShown = 10;

    /// <summary>Runs the command in the caller's transaction.</summary>
    public async Task RunAsync(NpgsqlConnection connection, Subscriber reader, MailCommand command, CommandRun run, CancellationToken ct)
    {
        var proposal = await starting.ProposeAsync(reader, command.Argument, ct);
        await feedback.GiveAsync(connection, reader.Id, proposal.Papers.Select(paper => new GivenVerdict(paper.Id, "like")).ToList(), "mail", ct);
        var say = ReaderWords.Of(reader.Language);
        if (proposal.Papers.Count > 0)
            run.Add(command, CommandOutcome.Noted, Shown("; ", proposal.Papers.Select(paper => paper.Title), say));
        if (proposal.Missing.Count > 0)
            run.Add(command, CommandOutcome.Refused, $"{say.StartMissing} {Shown(", ", proposal.Missing, say)}");
        // A list has its topics from whoever leads it.
        foreach (var line in reader.FollowsList ? [] : Fitting(proposal, reader.Language))
            run.Add(new AnsweredCommand(line, CommandOutcome.Told, say.StartFits));
    }

    private static IEnumerable<string> Fitting(StartingProposal proposal, string language)
    {
        if (proposal.Topics.Count > 0)
            yield return $"add {string.Join(", ", proposal.Topics.Select(topic => topic.Topic.NameIn(language)))}";
        foreach (var query in proposal.Queries)
            yield return $"query {query.Text}";
    }

    private static string Shown(string between, IEnumerable<string> texts, ReaderWords say)
    {
        var all = texts.ToList();
        var shown = string.Join(between, all.Take(MostShown));
        return all.Count > MostShown ? $"{shown}{between}{say.StartMore(all.Count - MostShown)}" : shown;
    }
}
