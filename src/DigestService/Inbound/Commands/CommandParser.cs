using System.Buffers;
using System.Text;
using DigestService.Mails.Languages;
using DigestService.Platform;
using DigestService.Topics;
using DigestService.Topics.Searching;

namespace DigestService.Inbound.Commands;

/// <summary>
/// Reads commands out of a subject and the first lines of a text, in any case and in the words of
/// <see cref="CommandWords"/>. Prose is no command: a verb counts only with an argument of the form it asks for.
/// </summary>
internal static partial class CommandParser
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
        var commands = OfSubject(WithoutPrefixes(subject));
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
        TakeBackWhatIsSaidOfAnything(commands, signed);
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

    // The subject of a digest that is answered holds the title of a paper, which may begin as a command does.
    private static List<MailCommand> OfSubject(string subject)
    {
        var commands = Language.IsDigestSubject(subject) ? [] : ParseLine(subject, 0);
        return commands.TrueForAll(command => command.Verb != MailVerb.NotUnderstood) ? commands : [];
    }

    // A long line without an end, or any before words that begin no sentence.
    private static bool IsBroken(string before, string line) =>
        before.Length > 0 && (char.IsLetterOrDigit(before[^1]) || before[^1] is ',') && (before.Length >= LeastLengthOfBroken || CommandArguments.CountOfPapers(line) is not null);

    // "Stop." above "I mean the ones about robots." may be said of those, and "Stop" below a farewell is part of a signature.
    private static void TakeBackWhatIsSaidOfAnything(List<MailCommand> commands, int signed)
    {
        for (var i = 0; i < commands.Count; i++)
        {
            if (CommandWords.IsSaidOfAnything(commands[i].Text) && (i >= signed || commands.Take(signed).Skip(i + 1).Any(IsSentence)))
                commands[i] = new MailCommand(MailVerb.NotUnderstood, "", commands[i].Text, commands[i].Line);
        }
    }

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

    private static List<MailCommand> WithoutTrailingProse(List<MailCommand> commands, int signed)
    {
        // A command and then a sentence of thanks, or a name below it: what follows the last command is not asked of us, unless it is plainly about the papers.
        var last = commands.FindLastIndex(command => command.Verb != MailVerb.NotUnderstood);
        var strange = commands.Count - last - 1;
        return strange > 1 ? [.. commands.Where((command, at) => at <= last || (at < signed && CommandWishes.OfPapers(command.Text) is not null))]
            : last < signed && signed < commands.Count ? commands[..signed] : commands;
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
    private static bool IsList(string argument) =>
        argument.Length <= 150 && argument.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length <= 12 && !argument.Contains(". ", StringComparison.Ordinal) && !argument.EndsWith('?');

    // Marks around a whole list, as in “cs.LG, robots”, are no part of it, nor is one without its fellow; those of a phrase among its words
    // are. What is muted is a phrase without them.
    private static string Listed(MailVerb verb, string argument)
    {
        var list = Straight(argument);
        if (verb is MailVerb.Mute)
            return MutedText.Unquoted(list).Replace("\"", "", StringComparison.Ordinal).Trim('\'', ' ');
        if (list.Count(c => c is '"') % 2 == 1)
            return list.Trim('"', '\'', ' ');
        return verb is MailVerb.Remove || list[0] is '\'' || list.AsSpan().ContainsAny(CommandArguments.BetweenNames) ? WithoutQuotes(list) : list;
    }

    private static string Straight(string argument) => argument.Replace('“', '"').Replace('”', '"').Replace('„', '"').Replace('«', '"').Replace('»', '"');
}
