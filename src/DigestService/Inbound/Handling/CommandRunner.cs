using System.Globalization;
using DigestService.Digests;
using DigestService.Inbound.Commands;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Mails.Languages;
using DigestService.Platform;
using DigestService.Platform.Layout.Words;
using DigestService.Subscribers;
using DigestService.Subscribers.Pages;
using DigestService.Subscribers.Pages.Words;
using DigestService.Topics;
using NodaTime;
using NodaTime.Text;
using Npgsql;

namespace DigestService.Inbound.Handling;

/// <summary>
/// Runs the commands of a reader who has shown that they are one, in the caller's transaction. What is changed and how
/// is decided by the code that the web uses.
/// </summary>
internal sealed class CommandRunner(
    Subscriptions subscriptions, TopicCatalogue catalogue, DigestOptions digests, WishCommands wishes, PaperCommands papers, StartCommand start,
    Erasure erasure, DigestOnDemand onDemand, SiteOptions site, LinkSigner signer, IClock clock)
{
    private const int MostTopicsTold = 80;

    /// <summary>Runs all commands in their order; what is understood is done though another line is not.</summary>
    /// <param name="connection">The transaction.</param>
    /// <param name="readerId">The reader who asks.</param>
    /// <param name="digestOn">The day of the digest that is answered; null for a mail that answers none.</param>
    /// <param name="commands">What they ask for.</param>
    /// <param name="writtenAt">When they asked, from which a pause counts.</param>
    /// <param name="ct">Stops it.</param>
    public async Task<CommandRun> RunAsync(
        NpgsqlConnection connection, long readerId, LocalDate? digestOn, IReadOnlyList<MailCommand> commands, Instant writtenAt, CancellationToken ct)
    {
        var run = new CommandRun { WrittenAt = writtenAt };
        for (var at = 0; at < commands.Count;)
        {
            if (await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Lock, new { id = readerId }, ct) is not { } reader)
            {
                run.Add(CommandRun.NotSubscribed(commands[at++].Text, reader: null));
            }
            else if (commands.Skip(at).TakeWhile(PaperCommands.IsOne).ToList() is { Count: > 0 } aboutPapers)
            {
                await papers.RunAsync(connection, reader, digestOn, aboutPapers, run, ct);
                at += aboutPapers.Count;
            }
            else
            {
                await RunOneAsync(connection, reader, commands[at++], run, ct);
            }
        }

        return run;
    }

    private async Task RunOneAsync(
        NpgsqlConnection connection, Subscriber reader, MailCommand command, CommandRun run, CancellationToken ct)
    {
        switch (command.Verb)
        {
            case MailVerb.Help:
                run.Add(command, CommandOutcome.Help);
                break;
            case MailVerb.Topics:
                run.Add(command, CommandOutcome.Told, await TopicsAsync(reader.Language, ct));
                break;
            case MailVerb.Preferences:
                run.Add(command, CommandOutcome.PreferencesSent);
                break;
            case MailVerb.Export:
                run.Add(command, CommandOutcome.Told, site.Link($"/preferences/{signer.Sign(LinkPurpose.Preferences, reader.Id, reader.LinkVersion)}/data.json"));
                break;
            case MailVerb.Unsubscribe when command.LeaverOtherThan(reader.Address) is not null:
                run.Add(command);
                break;
            case MailVerb.Unsubscribe:
                await subscriptions.UnsubscribeAsync(connection, reader.Id, ct);
                run.Add(command, CommandOutcome.Unsubscribed);
                break;
            case MailVerb.Erase when EmailAddress.TryParse(reader.Address, out var address):
                await erasure.EraseAsync(connection, address, ct);
                run.Add(command, CommandOutcome.Erased);
                break;
            case MailVerb.Change when reader.IsConfirmed:
                run.MoveTo = command.Argument;
                run.Add(command, CommandOutcome.MoveAsked);
                break;
            case MailVerb.Confirm or MailVerb.Subscribe when reader.IsConfirmed:
                run.Add(command, CommandOutcome.Confirmed);
                break;
            case MailVerb.NotUnderstood:
                run.Add(command);
                break;
            case var _ when !reader.IsConfirmed:
                run.Add(CommandRun.NotSubscribed(command.Text, reader));
                break;
            default:
                await ChangeAsync(connection, reader, command, run, ct);
                break;
        }
    }

    private async Task ChangeAsync(
        NpgsqlConnection connection, Subscriber reader, MailCommand command, CommandRun run, CancellationToken ct)
    {
        switch (command.Verb)
        {
            case var _ when reader.FollowsList && IsSetting(command):
                run.Add(command, CommandOutcome.Refused, ReaderWords.Of(reader.Language).ListIsChangedByLeader);
                break;
            case MailVerb.Add or MailVerb.Remove or MailVerb.Query:
                await wishes.ChangeAsync(connection, reader, command, await WordsAsync(reader, run, ct), run, ct);
                break;
            case MailVerb.Start:
                await start.RunAsync(connection, reader, command, run, ct);
                break;
            case MailVerb.Mute:
                await SetAsync(connection, reader, new SettingsForm { MutedWords = string.Join('\n', reader.MutedWords.Append(command.Argument)) }, command, run, ct);
                break;
            case MailVerb.Pause:
                await PauseAsync(connection, reader, command, run, ct);
                break;
            case MailVerb.Resume:
                await subscriptions.UpdateAsync(connection, reader.Id, (row, now) => row.Resume(now), SettingsChange.None, ct);
                run.Add(command, CommandOutcome.Resumed);
                break;
            case MailVerb.Status:
                run.Add(command, CommandOutcome.Told, await StatusAsync(connection, reader, await WordsAsync(reader, run, ct), ct));
                break;
            case MailVerb.Today:
                await AskForTodayAsync(connection, reader, command, run, ct);
                break;
            default:
                if (WishCommands.SettingOf(command) is { } setting)
                    await SetAsync(connection, reader, setting, command, run, ct);
                else
                    run.Add(command);
                break;
        }
    }

    private static bool IsSetting(MailCommand command) =>
        command.Verb is MailVerb.Add or MailVerb.Remove or MailVerb.Query or MailVerb.Mute || WishCommands.SettingOf(command) is not null;

    /// <summary>The catalogue in one line, in a language; <c>add</c> takes each of the names.</summary>
    public async Task<string> TopicsAsync(string language, CancellationToken ct) =>
        string.Join("; ", (await catalogue.ListAsync(ct)).Take(MostTopicsTold).Select(topic => topic.NameIn(language)));

    private async Task SetAsync(
        NpgsqlConnection connection, Subscriber reader, SettingsForm form, MailCommand command, CommandRun run, CancellationToken ct)
    {
        var (change, errors) = new SettingsParser(await catalogue.ListAsync(ct), digests, reader.Language).Read(form, new SettingsForm { MutedWords = string.Join('\n', reader.MutedWords) });
        if (errors.Count > 0)
        {
            run.Add(command, CommandOutcome.Refused, errors[0].Sentence);
            return;
        }

        await subscriptions.UpdateAsync(connection, reader.Id, (row, now) => row.Change(change, now), change, ct);
        run.Add(command, CommandOutcome.Changed, command.Verb switch
        {
            MailVerb.Frequency => DaysOf(change.ApplyTo(reader)),
            MailVerb.Language => Language.Of(change.ApplyTo(reader).Language).Name,
            _ => command.Argument,
        });
    }

    private async Task PauseAsync(NpgsqlConnection connection, Subscriber reader, MailCommand command, CommandRun run, CancellationToken ct)
    {
        var days = PauseEnd.DaysOf(command.Argument, reader, clock.GetCurrentInstant(), run.WrittenAt);
        if (days is [var one, var other, ..])
        {
            var language = Language.Of(reader.Language);
            run.Add(new AnsweredCommand(command.Text, CommandOutcome.Refused, ReaderWords.Of(reader.Language).PauseOnTwoDays(language.ShortDay(one), language.ShortDay(other)))
            {
                Line = command.Line,
                Example = $"pause until {LocalDatePattern.Iso.Format(one)}",
            });
            return;
        }

        LocalDate? until = days is [var day] ? day : null;
        if (until is null && command.Argument.Length > 0)
        {
            run.Add(command, CommandOutcome.Refused, ReaderWords.Of(reader.Language).PauseFault);
            return;
        }

        await subscriptions.UpdateAsync(connection, reader.Id, (row, now) => row.Pause(until, now), SettingsChange.None, ct);
        run.Add(new AnsweredCommand(command.Text, CommandOutcome.Paused) { Until = until });
    }

    private async Task AskForTodayAsync(NpgsqlConnection connection, Subscriber reader, MailCommand command, CommandRun run, CancellationToken ct)
    {
        switch (await onDemand.AskAsync(connection, reader, ct))
        {
            case OnDemandOutcome.Planned:
                run.Add(command, CommandOutcome.TodayComing);
                break;
            case OnDemandOutcome.HadToday:
                run.Add(command, CommandOutcome.TodayHad);
                break;
            case OnDemandOutcome.Paused:
                run.Add(new AnsweredCommand(command.Text, CommandOutcome.Refused, ReaderWords.Of(reader.Language).TodayPaused) { Example = "resume" });
                break;
            case OnDemandOutcome.Barred:
                run.Add(command, CommandOutcome.Refused, ReaderWords.Of(reader.Language).Barred);
                break;
            default:
                run.Add(CommandRun.NotSubscribed(command.Text, reader));
                break;
        }
    }

    // One reading of the catalogue serves a mail, unless a command of it changes the language.
    private async Task<WishWords> WordsAsync(Subscriber reader, CommandRun run, CancellationToken ct) =>
        run.Words is { } words && words.Language == reader.Language ? words : run.Words = await wishes.WordsAsync(reader.Language, ct);

    private static async Task<string> StatusAsync(NpgsqlConnection connection, Subscriber reader, WishWords words, CancellationToken ct)
    {
        var held = await connection.QueryAsync<Wish>(PreferenceQueries.OfReader, new { id = reader.Id }, ct);
        var (say, language) = (ReaderWords.Of(reader.Language), Language.Of(reader.Language));
        string[] settings =
        [
            DaysOf(reader),
            $"{LocalTimePattern.CreateWithInvariantCulture("HH:mm").Format(reader.SendAt)} {reader.Zone}",
            language.Labelled(say.MaxPapers, language.Number(reader.MaxItems)),
            language.Name,
            language.Labelled(say.YourTopics, words.NamesOf(held)),
        ];
        // An address that is barred gets no answer.
        return language.Sentences(PreferencesView.StatusOf(reader, isBarred: false), string.Join(" · ", settings));
    }

    private static string DaysOf(Subscriber reader)
    {
        var say = ReaderWords.Of(reader.Language);
        return reader.Frequency switch
        {
            DigestFrequency.Daily => say.Daily,
            DigestFrequency.Weekdays => say.Weekdays,
            _ => Language.Of(reader.Language).Labelled(say.Weekly, SiteWords.Of(reader.Language).Weekday((IsoDayOfWeek)reader.WeeklyOn)),
        };
    }
}
