using System.Buffers;
using System.Globalization;
using System.Text;
using DigestService.Mails.Languages;
using DigestService.Platform;
using DigestService.Topics.Searching;
using DigestService.Topics;

namespace DigestService.Inbound.Commands;

/// <summary>
/// Reads commands out of a subject and the first lines of a text, in any case and in the words of
/// <see cref="CommandWords"/>. Prose is no command: a verb counts only with an argument of the form it asks for.
/// </summary>
internal static class CommandParser
{
    /// <summary>Lines of a text that are read.</summary>
    public const int MostLines = 40;

    private const int MostCommands = 50;
    private const int LongestLine = 200;
    private const int StrangeLinesBeforeProse = 3;
    private const int LongestDaysAndHour = 60;
    private const int MostLinesOfWish = 4;
    private const int MostWordsOfName = 3;
    private const int LeastLengthOfBroken = 50;

    private static readonly SearchValues<char> QueryMarks = SearchValues.Create("\"“”„«»():");

    /// <summary>All commands of a mail, and the lines between them that are none; empty for a mail without a command.</summary>
    public static IReadOnlyList<MailCommand> Parse(string subject, string text)
    {
        var commands = new List<MailCommand>();
        // The subject of a digest that is answered holds the title of a paper, which may begin as a command does.
        var ownSubject = WithoutPrefixes(subject);
        var fromSubject = Language.IsDigestSubject(ownSubject) ? [] : ParseLine(ownSubject, 0);
        if (fromSubject.All(command => command.Verb != MailVerb.NotUnderstood))
            commands.AddRange(fromSubject);
        var strange = 0;
        var signed = int.MaxValue;
        var lines = text.Split('\n');
        MailCommand? below = null;
        var broken = "";
        var named = new List<string>();
        for (var i = 0; i < lines.Length; i++)
        {
            var line = Bare(lines[i]);
            if (line.Length == 0)
                continue;
            var behindGreeting = ParseLine(CommandWords.BehindGreeting(line), i + 1).FindAll(IsOfFixedWords);
            // "Merci de me désabonner" begins as a greeting does.
            if (behindGreeting.Count == 0 && CommandWords.IsGreeting(line) && !ParseLine(line, i + 1).Exists(IsOfFixedWords))
            {
                signed = commands.Count > 0 && CommandWords.IsFarewell(line) ? Math.Min(signed, commands.Count) : signed;
                continue;
            }

            if (CommandWords.IsEnd(line))
                break;
            if (i >= MostLines || commands.Count >= MostCommands)
            {
                below = new MailCommand(MailVerb.NotUnderstood, "", Shown(line), i + 1) { IsBelow = true };
                break;
            }

            if (commands is [.., { Verb: MailVerb.Start }] && PastedNames.In(line).Any())
            {
                named.Add(line);
                continue;
            }

            NamePapers(commands, named);
            var found = behindGreeting.Count > 0 ? behindGreeting : ParseLine(line, i + 1);
            // "Whatever becomes of the other lists, please do not" and then "unsubscribe me" are one sentence, wherever a program broke it.
            if (strange > 0 && IsBroken(Bare(lines[i - 1]), line))
            {
                line = $"{broken} {line}";
                found = ParseLine(line, commands[^1].Line);
                commands.RemoveAt(commands.Count - 1);
            }

            broken = line;
            commands.AddRange(found);
            strange = found.Exists(command => command.Verb == MailVerb.NotUnderstood) ? strange + 1 : 0;
            if (strange == StrangeLinesBeforeProse)
                break;
        }

        NamePapers(commands, named);
        for (var i = 0; i < commands.Count; i++)
        {
            if (CommandWords.IsSaidOfAnything(commands[i].Text) && (i >= signed || commands.Take(signed).Skip(i + 1).Any(IsSentence)))
                commands[i] = new MailCommand(MailVerb.NotUnderstood, "", commands[i].Text, commands[i].Line);
        }

        if (!commands.Exists(command => command.Verb != MailVerb.NotUnderstood))
            return [];
        var read = WithoutTrailingProse(commands, signed);
        return below is null || read.Count < commands.Count ? read : [.. read, below];
    }

    /// <summary>
    /// Lines of a short mail without a command that seem to ask for something all the same; of a mail that answers none the first line,
    /// where none does.
    /// </summary>
    public static IReadOnlyList<MailCommand> Unclear(string subject, string text, bool isReply)
    {
        var lines = text.Split('\n').Select((line, at) => (Text: Bare(line), Number: at + 1)).Prepend((Text: isReply ? "" : WithoutPrefixes(subject), Number: 0))
            .Where(line => line.Text.Length > 0 && (!CommandWords.IsGreeting(line.Text) || CommandWishes.Of(line.Text) is not null)).Take(MostLinesOfWish + 1)
            .Select(line => new MailCommand(MailVerb.NotUnderstood, "", Shown(line.Text), line.Number) { IsWish = CommandWishes.Of(line.Text) is not null }).ToList();
        var wishes = lines.Count > MostLinesOfWish ? [] : lines.FindAll(line => line.IsWish);
        return wishes.Count > 0 || isReply ? wishes : lines[..Math.Min(1, lines.Count)];
    }

    /// <summary>Whether it is a command without words of one's own: with those, as in "Hello, add me to your friends", it may be prose.</summary>
    internal static bool IsOfFixedWords(MailCommand command) =>
        command.Verb is not (MailVerb.NotUnderstood or MailVerb.Add or MailVerb.Remove or MailVerb.Mute or MailVerb.Query or MailVerb.Start or MailVerb.Confirm)
        && (command.Verb is not MailVerb.Subscribe || command.Argument.Length == 0);

    // A long line without an end, or any before words that begin no sentence.
    private static bool IsBroken(string before, string line) =>
        before.Length > 0 && (char.IsLetterOrDigit(before[^1]) || before[^1] is ',') && (before.Length >= LeastLengthOfBroken || CommandArguments.CountOfPapers(line) is not null);

    // "Stop." above "I mean the ones about robots." may be said of those, and "Stop" below a farewell is part of a signature.
    private static bool IsSentence(MailCommand line) => line.Verb is MailVerb.NotUnderstood && CommandWords.WordsOf(line.Text).Count > MostWordsOfName;

    // "start" is a command with papers in its line or in those below, and prose without any.
    private static void NamePapers(List<MailCommand> commands, List<string> named)
    {
        if (commands is not [.., { Verb: MailVerb.Start } start])
            return;
        var argument = string.Join('\n', [.. start.Argument.Length > 0 ? (string[])[start.Argument] : [], .. named]);
        commands[^1] = start with { Verb = argument.Length > 0 ? MailVerb.Start : MailVerb.NotUnderstood, Argument = argument };
        named.Clear();
    }

    /// <summary>What one line asks for: one command, several numbers (<c>+3 -5</c>), or <see cref="MailVerb.NotUnderstood"/>.</summary>
    internal static List<MailCommand> ParseLine(string line, int number)
    {
        var shown = Shown(line);
        if (line.Length == 0)
            return [];
        if (line.Length <= LongestLine)
        {
            if (Verdicts(line, number) is { Count: > 0 } verdicts)
                return verdicts;
            var plain = CommandWords.VerbFirst(CommandWords.WithoutPoliteness(WithoutQuotes(Composed(line))));
            var whole = One(plain);
            if (whole is null or { Verb: MailVerb.Remove } && WithReason(line) is var (asked, how))
                return [new MailCommand(asked, how, shown, number)];
            if (whole is var (verb, argument))
                return [new MailCommand(verb, argument, shown, number)];
            if (DaysAndHour(plain, number) is { Count: > 0 } both)
                return both;
            if (UnreadEndOf(plain) is { } end)
                return [new MailCommand(MailVerb.Pause, end, shown, number)];
        }
        else if (LongQuery(line) is { } query)
        {
            return [new MailCommand(MailVerb.Query, query, shown, number)];
        }

        return [new MailCommand(MailVerb.NotUnderstood, "", shown, number)];
    }

    private static (MailVerb Verb, string Argument)? One(string plain)
    {
        if (CommandWords.WeeklyOn(plain) is { } day)
            return (MailVerb.Frequency, string.Create(CultureInfo.InvariantCulture, $"weekly {(int)day}"));
        if (CommandArguments.CountOfPapers(plain) is { } papers)
            return (MailVerb.Max, papers.ToString(CultureInfo.InvariantCulture));
        foreach (var (verb, word) in CommandWords.Candidates(plain))
        {
            var argument = plain[word.Length..].Trim().TrimEnd('.', '!', '。', '！').Trim().TrimStart(':', '：', '=', '.').Trim();
            if (Accept(verb, word, IsSetting(verb) ? CommandWords.WithoutTo(argument) : argument) is { } accepted)
                return accepted;
        }

        return CommandWords.BehindSet(plain) is { } setting && One(setting) is { } set && IsSetting(set.Verb) ? set : null;
    }

    // "Unsubscribe me please, I get too many mails", "pause until January 5, I am on vacation", "I am on holiday, please pause for two weeks".
    private static (MailVerb Verb, string Argument)? WithReason(string line)
    {
        var plain = WithoutQuotes(Composed(line));
        if (CommandWords.BeforeReason(CommandWords.WithoutPoliteness(plain)) is var (clause, why)
            && Asked(clause) is ({ Verb: MailVerb.Unsubscribe or MailVerb.Erase or MailVerb.Resume } or { Verb: MailVerb.Pause, Argument.Length: > 0 }) and var before && !IsForLater(before, why))
            return before;
        return CommandWords.BehindReason(plain) is var (wish, reason) && Asked(wish) is { Verb: not MailVerb.Erase } behind && IsOfFixedWords(new MailCommand(behind.Verb, behind.Argument, "", 0)) && !IsForLater(behind, reason) ? behind : null;
    }

    private static (MailVerb Verb, string Argument)? Asked(string clause) => One(CommandWords.VerbFirst(CommandWords.WithoutPoliteness(clause)));

    // "I am away from Monday on, please pause for two weeks" would pause too early; "pause until 5 January" ends when it should.
    private static bool IsForLater((MailVerb Verb, string Argument) asked, string reason) =>
        asked is { Verb: MailVerb.Pause, Argument: "" or ['P', ..] } && CommandWords.IsOfLater(reason);

    // "Pause over Christmas" is answered with how to say a day: its writer would believe that mails have stopped.
    private static string? UnreadEndOf(string plain) => CommandWords.Candidates(plain)
        .Where(candidate => candidate.Verb == MailVerb.Pause && !Vocabulary.Has("said of anything", candidate.Word))
        .Select(candidate => plain[candidate.Word.Length..].Trim())
        .FirstOrDefault(CommandArguments.MayEndPause);

    private static bool IsSetting(MailVerb verb) => verb is MailVerb.Zone or MailVerb.At or MailVerb.Frequency or MailVerb.Max or MailVerb.Language;

    // "daily at 7:30", "at 8 am every Monday": two commands that are said together.
    private static List<MailCommand> DaysAndHour(string plain, int number)
    {
        plain = CommandWords.BeforeHours(plain);
        for (var space = plain.IndexOf(' ', StringComparison.Ordinal); space > 0 && plain.Length < LongestDaysAndHour; space = plain.IndexOf(' ', space + 1))
        {
            var (first, second) = (plain[..space].TrimEnd(','), plain[(space + 1)..]);
            if (One(first) is var (one, days) && One(second) is var (other, hour) && (one, other) is (MailVerb.Frequency, MailVerb.At) or (MailVerb.At, MailVerb.Frequency))
                return [new MailCommand(one, days, first, number), new MailCommand(other, hour, second, number)];
        }

        return [];
    }

    // A query may be longer than any other command; one that is too long is read so far that this shows. A long line without a
    // mark of the query language is prose.
    private static string? LongQuery(string line)
    {
        var start = CommandWords.WithoutPoliteness(Composed(line[..Math.Min(line.Length, TopicQuery.LongestText + LongestLine)]));
        var word = CommandWords.Candidates(start).Where(candidate => candidate.Verb == MailVerb.Query).Select(candidate => candidate.Word).FirstOrDefault();
        var argument = word is null ? "" : start[word.Length..].Trim().TrimStart(':', '：', '=').Trim();
        return argument.AsSpan().ContainsAny(QueryMarks) || argument.Contains(" OR ", StringComparison.Ordinal) ? Accept(MailVerb.Query, word!, argument)?.Argument : null; // only a word has an argument
    }

    private static (MailVerb Verb, string Argument)? Accept(MailVerb verb, string word, string argument)
    {
        switch (verb)
        {
            case MailVerb.Unsubscribe or MailVerb.Remove when LeaverOf(argument) is { } leaver:
                return (MailVerb.Unsubscribe, leaver);
            case MailVerb.Topics or MailVerb.Resume or MailVerb.Status or MailVerb.Today or MailVerb.Preferences or MailVerb.Export or MailVerb.Erase or MailVerb.Help:
                return CommandWords.IsFiller(argument) ? (verb, "") : null;
            case MailVerb.Unsubscribe:
                return CommandWords.IsFiller(argument) || CommandWords.IsAboutLeaving(argument) ? (verb, "") : IsToken(argument) ? (verb, argument) : null;
            case MailVerb.Remove when CommandWords.IsAboutOneself(argument):
                return (MailVerb.Unsubscribe, "");
            case MailVerb.Remove when CommandWords.IsAboutMail(argument):
                return null;
            case MailVerb.Confirm:
                return argument.Length == 0 ? (verb, "") : IsToken(argument) ? (verb, argument) : null;
            case MailVerb.Subscribe:
                return CommandWords.IsFiller(argument) ? (verb, "") : IsList(argument) && !(word is "join" && CommandWords.BeginsWithPerson(argument)) ? (verb, argument) : null;
            case MailVerb.Add when CommandWords.BeginsWithPerson(argument):
                return word is "add" && CommandWords.IsAboutLeaving(argument) ? (MailVerb.Subscribe, "") : null;
            case MailVerb.Add or MailVerb.Remove or MailVerb.Mute:
                return argument.Length > 0 && IsList(argument) ? (verb, Unquote(CommandWords.WithoutTopicTail(argument))) : null;
            case MailVerb.Start:
                return argument.Length == 0 || PastedNames.In(argument).Any() ? (verb, argument) : null;
            case MailVerb.Query:
                return argument.Length > 0 ? (verb, argument.StartsWith('"') && argument.Count(c => c == '"') == 2 && argument.EndsWith('"') && argument.Contains(" and ", StringComparison.OrdinalIgnoreCase) ? argument.Trim('"') : Straight(argument)) : null;
            case MailVerb.Zone:
                return argument.Length is not (> 1 and < 60) ? null
                    : CommandArguments.ZoneOf(argument) is { } zone ? (verb, zone)
                    : argument.Contains(' ', StringComparison.Ordinal) ? null : (verb, argument);
            case MailVerb.At:
                return CommandArguments.TimeOf(CommandWords.IsPartOfDay(word) ? word + argument : argument) is { } time ? (verb, time) : null;
            case MailVerb.Frequency:
                return argument.Length == 0 ? (verb, CommandWords.FrequencyOf(word)) : null;
            case MailVerb.Max:
                return CommandArguments.CountOf(argument) is { } most ? (verb, most.ToString(CultureInfo.InvariantCulture)) : null;
            case MailVerb.Language:
                return CommandWords.LanguageOf(argument) is { } language ? (verb, language) : null;
            case MailVerb.Pause:
                return CommandArguments.PauseOf(argument) is { } pause ? (verb, pause) : null;
            case MailVerb.Change:
                return Reading.Addresses.In(argument) is [var address] ? (verb, address) : null;
            default:
                return null;
        }
    }

    // "bob@reader.example from your list": whose subscription ends. An address behind "from" is the list's own.
    private static string? LeaverOf(string argument) =>
        Reading.Addresses.Locate(argument).Take(2).ToList() is [var (address, start, end)] && CommandWords.IsAboutLeaving($"{argument[..start]}me{argument[end..]}")
            ? CommandWords.EndsInFrom(argument[..start]) ? "" : address
            : null;

    // "+3 -5", "+3+4", "+3, 4", "more 3 4", "less like 5, save 2", "why number 4?": a line of nothing else. Behind a sign a number
    // alone goes on only where a comma or a word joins it: "+49 30 12 34" is a telephone.
    private static List<MailCommand> Verdicts(string line, int number)
    {
        var found = new List<MailCommand>();
        MailVerb? verb = null;
        var said = "";
        var (isNamed, goesOn) = (false, false);
        foreach (var word in CommandWords.WithoutPoliteness(Spaced(line)).TrimEnd('.', '!', '?', '。', ' ').Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(SignByEach))
        {
            var digits = word.TrimStart('+', '-');
            if (isNamed && CommandWords.IsBetweenVerdictAndNumber(word))
                continue;
            if (word is "+" or "-")
            {
                (verb, said, isNamed, goesOn) = (word is "+" ? MailVerb.Like : MailVerb.Less, word, true, true);
            }
            else if (CommandWords.VerdictOf(word) is { } named)
            {
                (verb, said, isNamed, goesOn) = (named, word + " ", true, true);
            }
            else if (digits.Length is > 0 and <= 3 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var paper) && word.Length - digits.Length <= 1)
            {
                isNamed = false;
                if (word[0] is '+' or '-')
                    (verb, said, goesOn) = (word[0] is '+' ? MailVerb.Like : MailVerb.Less, word[..1], false);
                else if (!goesOn)
                    return [];
                if (verb is null || found.Count >= MostCommands)
                    return [];
                found.Add(new MailCommand(verb.Value, paper.ToString(CultureInfo.InvariantCulture), said + digits, number));
            }
            else if (word is "," || Vocabulary.Has("and", CommandArguments.Fold(word)))
            {
                goesOn = true;
            }
            else if (!Vocabulary.Has("paper", CommandArguments.Fold(word)))
            {
                return [];
            }
        }

        return found;
    }

    // "+3+4-5", but no telephone as "+33-1-23-45".
    private static string[] SignByEach(string word) =>
        word[0] is not ('+' or '-') || word.LastIndexOf('+') == 0 && word.Count(c => c is '-') > 1 ? [word]
        : string.Concat(word.Select((c, i) => i > 0 && c is '+' or '-' && char.IsAsciiDigit(word[i - 1]) ? $" {c}" : $"{c}")).Split(' ');

    // Full-width characters as an input method for Chinese leaves them, any dash before a word, and no punctuation between the words but commas.
    private static string Spaced(string line) =>
        string.Concat(line.Select(c => char.IsSurrogate(c) ? ' ' : c)).Insert(0, " ").Normalized(NormalizationForm.FormKC).Replace('−', '-').Replace('、', ',').Replace('&', ',').Replace(",", " , ", StringComparison.Ordinal)
            .Replace(';', ' ').Replace('/', ' ').Replace('#', ' ').Replace(": ", " ", StringComparison.Ordinal).Replace(" –", " -", StringComparison.Ordinal);

    private static List<MailCommand> WithoutTrailingProse(List<MailCommand> commands, int signed)
    {
        // A command and then a sentence of thanks, or a name below it: what follows the last command is not asked of us.
        var last = commands.FindLastIndex(command => command.Verb != MailVerb.NotUnderstood);
        var strange = commands.Count - last - 1;
        return strange > 1 ? commands[..(last + 1)] : last < signed && signed < commands.Count ? commands[..signed] : commands;
    }

    /// <summary>A subject without what mail programs and lists put before it.</summary>
    internal static string WithoutPrefixes(string subject)
    {
        var rest = Bare(subject);
        for (var i = 0; i < 10; i++)
        {
            var before = rest.Length;
            foreach (var prefix in CommandWords.ReplyPrefixes)
            {
                if (rest.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                    rest = rest[prefix.Length..].TrimStart();
            }

            if (rest is ['[', ..] && rest.IndexOf(']', StringComparison.Ordinal) is > 0 and < 60 and var end)
                rest = rest[(end + 1)..].TrimStart();
            if (rest.Length == before)
                break;
        }

        return rest;
    }

    // Marks of emphasis and characters that nobody sees, which editors leave around words.
    private static string Bare(string line) => line.Trim().Trim('*', '`', '\u200b', '\u200e', '\u200f', '\u2060', '\ufeff').Trim();

    private static string Shown(string line) => line.Length <= 80 ? line : line[..80];

    // Half a surrogate pair, as cutting leaves it, cannot be normalised.
    private static string Composed(string line) => string.Concat(line.Select(c => char.IsSurrogate(c) ? ' ' : c)).Normalized(NormalizationForm.FormC);

    private static string WithoutQuotes(string line) =>
        line.Length > 2 && line[0] is '"' or '“' or '„' or '«' or '\'' && line[^1] is '"' or '”' or '“' or '»' or '\'' && !line[1..^1].Contains(line[^1], StringComparison.Ordinal)
            ? line[1..^1].Trim() : line;

    private static bool IsToken(string argument) => argument.Length is >= 16 and <= 100 && argument.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    // Topics, categories, words: short, and no sentence.
    private static bool IsList(string argument) => argument.Length <= 150 && argument.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length <= 12 && !argument.Contains(". ", StringComparison.Ordinal) && !argument.EndsWith('?');

    private static string Unquote(string argument) => Straight(argument).Trim('"', '\'').Trim();

    private static string Straight(string argument) => argument.Replace('“', '"').Replace('”', '"').Replace('„', '"').Replace('«', '"').Replace('»', '"');
}
