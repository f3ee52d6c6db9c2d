using System.Globalization;
using DigestService.Digests;
using DigestService.Inbound.Commands;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Platform;
using DigestService.Subscribers;
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
    Subscriptions subscriptions, TopicCatalogue catalogue, PersonalData personalData, SiteOptions site, LinkSigner signer, IClock clock)
{
    private const int MostTopicsTold = 80;

    /// <summary>Runs all commands in their order; what is understood is done though another line is not.</summary>
    /// <param name="connection">The transaction.</param>
    /// <param name="readerId">The reader who asks.</param>
    /// <param name="digestOn">The day of the digest that is answered; null for a mail that answers none.</param>
    /// <param name="commands">What they ask for.</param>
    /// <param name="ct">Stops it.</param>
    public async Task<CommandRun> RunAsync(
        NpgsqlConnection connection, long readerId, LocalDate? digestOn, IReadOnlyList<MailCommand> commands, CancellationToken ct)
    {
        var run = new CommandRun();
        var words = new WishWords(await catalogue.ListAsync(ct));
        foreach (var command in commands)
        {
            if (await connection.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Lock, new { id = readerId }, ct) is not { } reader)
            {
                run.Add(command, CommandOutcome.NotSubscribed);
                continue;
            }

            await RunOneAsync(connection, reader, digestOn, command, words, run, ct);
        }

        return run;
    }

    private async Task RunOneAsync(
        NpgsqlConnection connection, Subscriber reader, LocalDate? digestOn, MailCommand command, WishWords words, CommandRun run, CancellationToken ct)
    {
        switch (command.Verb)
        {
            case MailVerb.Help:
                run.Add(command, CommandOutcome.Help);
                break;
            case MailVerb.Topics:
                run.Add(command, CommandOutcome.Told, await TopicsAsync(ct));
                break;
            case MailVerb.Preferences:
                run.Add(command, CommandOutcome.PreferencesSent);
                break;
            case MailVerb.Export:
                run.Add(command, CommandOutcome.Told, site.Link($"/preferences/{signer.Sign(LinkPurpose.Preferences, reader.Id, reader.LinkVersion)}/data.json"));
                break;
            case MailVerb.Unsubscribe:
                await subscriptions.UnsubscribeAsync(connection, reader.Id, ct);
                run.Add(command, CommandOutcome.Unsubscribed);
                break;
            case MailVerb.Erase when EmailAddress.TryParse(reader.Address, out var address):
                await personalData.EraseAsync(connection, address, ct);
                run.Add(command, CommandOutcome.Erased);
                break;
            case MailVerb.Change:
                run.MoveTo = command.Argument;
                run.Add(command, CommandOutcome.MoveAsked);
                break;
            case MailVerb.Confirm or MailVerb.Subscribe when reader.IsConfirmed:
                run.Add(command, CommandOutcome.Confirmed);
                break;
            case MailVerb.NotUnderstood:
                run.Add(command);
                break;
            case not (MailVerb.Status or MailVerb.Like or MailVerb.Less or MailVerb.Save or MailVerb.Why) when !reader.IsConfirmed:
                run.Add(command, CommandOutcome.NotSubscribed);
                break;
            default:
                await ChangeAsync(connection, reader, digestOn, command, words, run, ct);
                break;
        }
    }

    private async Task ChangeAsync(
        NpgsqlConnection connection, Subscriber reader, LocalDate? digestOn, MailCommand command, WishWords words, CommandRun run, CancellationToken ct)
    {
        switch (command.Verb)
        {
            case MailVerb.Add or MailVerb.Remove or MailVerb.Query:
                await ChangeWishesAsync(connection, reader, command, words, run, ct);
                break;
            case MailVerb.Mute:
                await SetAsync(connection, reader, new SettingsForm { MutedWords = string.Join(',', reader.MutedWords.Append(command.Argument)) }, command, run, ct);
                break;
            case MailVerb.Zone or MailVerb.At or MailVerb.Frequency or MailVerb.Max or MailVerb.Language:
                await SetAsync(connection, reader, FormOf(command), command, run, ct);
                break;
            case MailVerb.Pause:
                await PauseAsync(connection, reader, command, run, ct);
                break;
            case MailVerb.Resume:
                await subscriptions.UpdateAsync(connection, reader.Id, (row, now) => row.Resume(now), SettingsChange.None, ct);
                run.Add(command, CommandOutcome.Resumed);
                break;
            case MailVerb.Status:
                run.Add(command, CommandOutcome.Told, await StatusAsync(connection, reader, words, ct));
                break;
            case MailVerb.Today:
                run.Add(command, reader.State != SubscriberState.Active ? CommandOutcome.Refused
                    : await OweTodayAsync(connection, reader, ct) ? CommandOutcome.TodayComing : CommandOutcome.TodayHad);
                break;
            case MailVerb.Like or MailVerb.Less or MailVerb.Save or MailVerb.Why:
                await JudgeAsync(connection, reader, digestOn, command, run, ct);
                break;
            default:
                run.Add(command);
                break;
        }
    }

    /// <summary>The settings that the commands of a sign-up ask for; what cannot be read is left out.</summary>
    public async Task<SettingsChange> SettingsForSignUpAsync(IReadOnlyList<MailCommand> commands, CancellationToken ct)
    {
        var topics = await catalogue.ListAsync(ct);
        var words = new WishWords(topics);
        var parser = new SettingsParser(topics);
        var change = SettingsChange.None;
        var wishes = new List<Wish>();
        foreach (var command in commands)
        {
            switch (command.Verb)
            {
                // "subscribe cs.LG", or with a name behind it, as arXiv has it.
                case MailVerb.Subscribe:
                    wishes.AddRange(WishWords.Cut(command.Argument).Select(words.Named).OfType<Wish>());
                    break;
                case MailVerb.Add:
                    wishes.AddRange(WishWords.Cut(command.Argument).Select(piece => words.Named(piece) ?? WishWords.Search(piece).Wish).OfType<Wish>());
                    break;
                case MailVerb.Query when WishWords.Search(command.Argument).Wish is { } wish:
                    wishes.Add(wish);
                    break;
                case MailVerb.Zone or MailVerb.At or MailVerb.Frequency or MailVerb.Max or MailVerb.Language:
                    var (read, errors) = parser.Read(FormOf(command));
                    if (errors.Count == 0)
                        change = change with { Zone = read.Zone ?? change.Zone, SendAt = read.SendAt ?? change.SendAt, Frequency = read.Frequency ?? change.Frequency, MaxItems = read.MaxItems ?? change.MaxItems, Language = read.Language ?? change.Language };
                    break;
            }
        }

        return wishes.Count == 0
            ? change
            : change with { Wishes = new WishLists(WishKinds.All, wishes.DistinctBy(wish => wish.Canonical, StringComparer.Ordinal).Take(SettingsParser.MostQueries * 5).ToList()) };
    }

    /// <summary>The catalogue in one line.</summary>
    public async Task<string> TopicsAsync(CancellationToken ct) =>
        string.Join(", ", (await catalogue.ListAsync(ct)).Take(MostTopicsTold).Select(topic => topic.Slug));

    private async Task ChangeWishesAsync(
        NpgsqlConnection connection, Subscriber reader, MailCommand command, WishWords words, CommandRun run, CancellationToken ct)
    {
        var wishes = (await connection.QueryAsync<Wish>(PreferenceQueries.OfReader, new { id = reader.Id }, ct)).ToList();
        var named = new List<Wish>();
        foreach (var piece in command.Verb == MailVerb.Query ? [command.Argument] : WishWords.Cut(command.Argument))
        {
            var (wish, error) = command.Verb != MailVerb.Query && words.Named(piece) is { } known ? (known, null) : WishWords.Search(piece);
            if (wish is null)
            {
                run.Add(command, CommandOutcome.Refused, error);
                return;
            }

            named.Add(wish);
        }

        if (command.Verb == MailVerb.Remove)
        {
            wishes.RemoveAll(wish => named.Exists(gone => gone.Canonical == wish.Canonical));
        }
        else
        {
            wishes.RemoveAll(wish => wish.Muted && named.Exists(wanted => wanted.Canonical == wish.Canonical));
            wishes.AddRange(named.Where(wanted => !wishes.Exists(wish => wish.Canonical == wanted.Canonical)));
            if (TooMany(wishes, ReaderWords.Of(reader.Language)) is { } fault)
            {
                run.Add(command, CommandOutcome.Refused, fault);
                return;
            }
        }

        await subscriptions.UpdateAsync(connection, reader.Id, (row, _) => row, new SettingsChange { Wishes = new WishLists(WishKinds.All, wishes) }, ct);
        run.HasNewWishes = true;
        run.Add(command, CommandOutcome.TopicsChanged, string.Join(", ", wishes.Where(wish => !wish.Muted).Select(words.NameOf)));
    }

    private static string? TooMany(List<Wish> wishes, ReaderWords say)
    {
        var own = wishes.Where(wish => wish.Text is not null).ToLookup(wish => FollowedAuthor.NameIn(wish.Text!) is not null); // they were just filtered
        return own[false].Count() > SettingsParser.MostQueries ? say.TooManyQueries(SettingsParser.MostQueries)
            : own[true].Count() > SettingsParser.MostAuthors ? say.TooManyAuthors(SettingsParser.MostAuthors) : null;
    }

    private async Task SetAsync(
        NpgsqlConnection connection, Subscriber reader, SettingsForm form, MailCommand command, CommandRun run, CancellationToken ct)
    {
        var (change, errors) = new SettingsParser(await catalogue.ListAsync(ct), reader.Language).Read(form);
        if (errors.Count > 0)
        {
            run.Add(command, CommandOutcome.Refused, errors[0].Sentence);
            return;
        }

        await subscriptions.UpdateAsync(connection, reader.Id, (row, now) => row.Change(change, now), change, ct);
        run.Add(command, CommandOutcome.Changed, command.Argument);
    }

    private async Task PauseAsync(NpgsqlConnection connection, Subscriber reader, MailCommand command, CommandRun run, CancellationToken ct)
    {
        var (isRight, until) = PausedUntil(reader, command.Argument);
        if (!isRight)
        {
            run.Add(command, CommandOutcome.Refused, ReaderWords.Of(reader.Language).PauseFault);
            return;
        }

        await subscriptions.UpdateAsync(connection, reader.Id, (row, now) => row.Pause(until, now), SettingsChange.None, ct);
        run.Add(command, CommandOutcome.Paused, until is { } day ? LocalDatePattern.Iso.Format(day) : null);
    }

    private async Task<bool> OweTodayAsync(NpgsqlConnection connection, Subscriber reader, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        var today = now.InZone(DigestSchedule.FindZone(reader.Zone) ?? DateTimeZone.Utc).Date;
        if (reader.LastDigestOn >= today)
            return false;
        if (await connection.ExecuteAsync(InboundQueries.OweToday, new { id = reader.Id, day = today, now }, ct) == 0)
            return false;
        var next = reader.Hours.FirstAfter(now, today);
        await connection.ExecuteAsync(
            InboundQueries.RememberToday, new { id = reader.Id, day = today, nextAt = next.DueAt, nextOn = next.DigestOn }, ct);
        return true;
    }

    private async Task JudgeAsync(
        NpgsqlConnection connection, Subscriber reader, LocalDate? digestOn, MailCommand command, CommandRun run, CancellationToken ct)
    {
        var day = digestOn ?? await DigestNumbers.LatestDayAsync(connection, reader.Id, ct);
        var papers = day is { } on ? await DigestNumbers.OfAsync(connection, reader.Id, on, ct) : [];
        var number = int.Parse(command.Argument, NumberStyles.None, CultureInfo.InvariantCulture);
        if (number < 1 || number > papers.Count)
        {
            run.Add(command, CommandOutcome.Refused, string.Create(CultureInfo.InvariantCulture, $"1–{papers.Count}"));
            return;
        }

        var paper = papers[number - 1];
        if (command.Verb == MailVerb.Why)
        {
            run.Add(command, CommandOutcome.Told, $"{paper.Title}: {paper.Reasons}");
            return;
        }

        var kind = command.Verb switch { MailVerb.Like => "like", MailVerb.Less => "less", _ => "save" };
        await connection.ExecuteAsync(
            PreferenceQueries.GiveFeedback, new { id = reader.Id, paperId = paper.PaperId, kind, from = "mail", now = clock.GetCurrentInstant() }, ct);
        run.Add(command, CommandOutcome.Noted, paper.Title);
    }

    private static async Task<string> StatusAsync(NpgsqlConnection connection, Subscriber reader, WishWords words, CancellationToken ct)
    {
        var wishes = await connection.QueryAsync<Wish>(PreferenceQueries.OfReader, new { id = reader.Id }, ct);
        var hours = LocalTimePattern.CreateWithInvariantCulture("HH:mm").Format(reader.SendAt);
        var next = reader.NextDueOn is { } day ? LocalDatePattern.Iso.Format(day) : "–";
        var topics = string.Join(", ", wishes.Where(wish => !wish.Muted).Select(words.NameOf));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{reader.State.ToString().ToLowerInvariant()} · {reader.Frequency.ToString().ToLowerInvariant()} {hours} {reader.Zone} · max {reader.MaxItems} · {reader.Language} · {next} · {topics}");
    }

    // Without an argument until it is resumed. A day that has passed, or is years ahead, is a slip of the pen.
    private (bool IsRight, LocalDate? Until) PausedUntil(Subscriber reader, string argument)
    {
        if (argument.Length == 0)
            return (true, null);
        var today = clock.GetCurrentInstant().InZone(DigestSchedule.FindZone(reader.Zone) ?? DateTimeZone.Utc).Date;
        var until = argument[0] == 'P' && int.TryParse(argument[1..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var days)
            ? today.PlusDays(days)
            : LocalDatePattern.Iso.Parse(argument) is { Success: true, Value: var day } ? day : today;
        return (until > today && until <= today.PlusYears(1), until);
    }

    private static SettingsForm FormOf(MailCommand command) => command.Verb switch
    {
        MailVerb.Zone => new SettingsForm { Zone = command.Argument },
        MailVerb.At => new SettingsForm { At = command.Argument },
        MailVerb.Frequency => new SettingsForm { Frequency = command.Argument },
        MailVerb.Max => new SettingsForm { Max = command.Argument },
        _ => new SettingsForm { Language = command.Argument },
    };
}
