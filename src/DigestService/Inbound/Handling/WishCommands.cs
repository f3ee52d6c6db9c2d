using DigestService.Digests;
using DigestService.Inbound.Commands;
using DigestService.Mails;
using DigestService.Mails.Languages;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Subscribers;
using DigestService.Subscribers.Pages.Words;
using DigestService.Topics;
using Npgsql;

namespace DigestService.Inbound.Handling;

/// <summary>The commands that say what digests are about: of readers, and in the mail of a sign-up.</summary>
internal sealed class WishCommands(Subscriptions subscriptions, TopicCatalogue catalogue, DigestOptions digests)
{
    /// <summary>The words in which a reader of a language names topics.</summary>
    public async Task<WishWords> WordsAsync(string language, CancellationToken ct) => new(await catalogue.ListAsync(ct), language);

    /// <summary>Adds what a command names to a reader's wishes, or removes it; or says why not, and then changes nothing.</summary>
    public async Task ChangeAsync(NpgsqlConnection connection, Subscriber reader, MailCommand command, WishWords words, CommandRun run, CancellationToken ct)
    {
        var (named, error) = NamedBy(command, words);
        if (error is not null)
        {
            run.Add(command, CommandOutcome.Refused, error.In(reader.Language));
            return;
        }

        // An own query that was stored when the language was read otherwise is what its text means now.
        var wishes = (await connection.QueryAsync<Wish>(PreferenceQueries.OfReader, new { id = reader.Id }, ct))
            .Select(wish => wish.Text is { } text && WishWords.Search(text).Wish is { } now ? wish with { Canonical = now.Canonical } : wish)
            .DistinctBy(wish => wish.Canonical, StringComparer.Ordinal).ToList();
        if (command.Verb == MailVerb.Remove)
        {
            if (wishes.RemoveAll(wish => words.IsCalled(wish, command.Argument) || named.Exists(gone => gone.Canonical == wish.Canonical)) == 0)
            {
                run.Add(command, CommandOutcome.Refused, Language.Of(reader.Language).Labelled(ReaderWords.Of(reader.Language).YourTopics, words.NamesOf(wishes)));
                return;
            }
        }
        else
        {
            wishes.RemoveAll(wish => wish.Muted && named.Exists(wanted => wanted.Canonical == wish.Canonical));
            wishes.AddRange(named.Where(wanted => !wishes.Exists(wish => wish.Canonical == wanted.Canonical)));
            if (WishLimits.Faults(wishes, ReaderWords.Of(reader.Language)).FirstOrDefault() is { } fault)
            {
                run.Add(command, CommandOutcome.Refused, fault.Sentence);
                return;
            }
        }

        await subscriptions.UpdateAsync(connection, reader.Id, (row, _) => row, new SettingsChange { Wishes = new WishLists(WishKinds.All, wishes) }, ct);
        run.HasNewWishes = true;
        run.Add(command, CommandOutcome.TopicsChanged, words.NamesOf(wishes));
    }

    /// <summary>
    /// The settings that the commands of a sign-up ask for, and what of it is more than a reader may have. What cannot be read
    /// is left out; of what is too much, the first is taken.
    /// </summary>
    public async Task<(SettingsChange Change, IReadOnlyList<InputFault> Faults)> SignUpAsync(IReadOnlyList<MailCommand> commands, CancellationToken ct)
    {
        var topics = await catalogue.ListAsync(ct);
        var change = SettingsOf(commands, new SettingsParser(topics, digests));
        change = change with { Language = change.Language ?? WishLanguage.Of(commands) };
        var language = change.Language ?? SettingsParser.Languages[0];
        var words = new WishWords(topics, language);
        var wishes = commands.SelectMany(command => WishesOf(command, words)).DistinctBy(wish => wish.Canonical, StringComparer.Ordinal).ToList();
        return wishes.Count == 0
            ? (change, [])
            : (change with { Wishes = new WishLists(WishKinds.All, WishLimits.Within(wishes).ToList()) }, WishLimits.Faults(wishes, ReaderWords.Of(language)).ToList());
    }

    private static SettingsChange SettingsOf(IReadOnlyList<MailCommand> commands, SettingsParser parser)
    {
        var change = SettingsChange.None;
        foreach (var form in commands.Select(SettingOf).OfType<SettingsForm>())
        {
            var (read, errors) = parser.Read(form);
            if (errors.Count == 0)
            {
                change = change with
                {
                    Zone = read.Zone ?? change.Zone,
                    SendAt = read.SendAt ?? change.SendAt,
                    Frequency = read.Frequency ?? change.Frequency,
                    WeeklyOn = read.WeeklyOn ?? change.WeeklyOn,
                    MaxItems = read.MaxItems ?? change.MaxItems,
                    Language = read.Language ?? change.Language,
                };
            }
        }

        return change;
    }

    /// <summary>The one setting that a command changes, as a form says it; null for a command that changes none.</summary>
    public static SettingsForm? SettingOf(MailCommand command) => command.Verb switch
    {
        MailVerb.Zone => new SettingsForm { Zone = command.Argument },
        MailVerb.At => new SettingsForm { At = command.Argument },
        MailVerb.Frequency when command.Argument.Split(' ') is [var days, .. var on] => new SettingsForm { Frequency = days, WeeklyOn = on.FirstOrDefault() },
        MailVerb.Max => new SettingsForm { Max = command.Argument },
        MailVerb.Language => new SettingsForm { Language = command.Argument },
        _ => null,
    };

    // "subscribe cs.LG", or with a name behind it, as arXiv has it: only what is a topic counts there.
    private static IEnumerable<Wish> WishesOf(MailCommand command, WishWords words) => command.Verb switch
    {
        MailVerb.Subscribe => words.Cut(command.Argument).Select(words.Named).OfType<Wish>(),
        MailVerb.Add => words.Cut(command.Argument).Select(piece => words.Named(piece) ?? WishWords.Search(piece).Wish).OfType<Wish>(),
        MailVerb.Query when WishWords.Search(command.Argument).Wish is { } wish => [wish],
        _ => [],
    };

    private static (List<Wish> Named, QueryError? Error) NamedBy(MailCommand command, WishWords words)
    {
        var named = new List<Wish>();
        foreach (var piece in command.Verb == MailVerb.Query ? [command.Argument] : words.Cut(command.Argument))
        {
            var (wish, error) = command.Verb != MailVerb.Query && words.Named(piece) is { } known ? (known, null) : WishWords.Search(piece);
            if (wish is null)
                return (named, error);
            named.Add(wish);
        }

        return (named, null);
    }
}
