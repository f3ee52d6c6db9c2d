using System.Globalization;
using System.Text;
using DigestService.Platform;
using DigestService.Topics.Searching;
using DigestService.Topics;

namespace DigestService.Inbound.Commands;

/// <summary>What one line asks for.</summary>
internal static partial class CommandParser
{
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
        return CommandWords.BehindReason(plain) is var (wish, reason) && Asked(wish) is { Verb: not MailVerb.Erase } behind
            && IsOfFixedWords(new MailCommand(behind.Verb, behind.Argument, "", 0)) && !IsForLater(behind, reason)
                ? behind
                : null;
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
                return argument.Length > 0 && IsList(argument) ? (verb, Listed(verb, CommandWords.WithoutTopicTail(argument))) : null;
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
        var (isNamed, isJoined, goesOn) = (false, false, false);
        foreach (var word in WordsOfVerdicts(CommandWords.WithoutPoliteness(Spaced(line).Trim()).TrimEnd('.', '!', '?', '。', ' ')))
        {
            var digits = word.TrimStart('+', '-');
            // "save 2 and no. 3" is another paper, "+3 and no 5" is none.
            if ((isNamed || isJoined && CommandWords.VerdictOf(word) is null && CommandArguments.Fold(word) is not "no") && CommandWords.IsBetweenVerdictAndNumber(word))
                continue;
            if (word is "+" or "-")
            {
                (verb, said, isNamed, isJoined, goesOn) = (word is "+" ? MailVerb.Like : MailVerb.Less, word, true, false, true);
            }
            else if (CommandWords.VerdictOf(word) is { } named)
            {
                (verb, said, isNamed, isJoined, goesOn) = (named, word + " ", true, false, true);
            }
            else if (digits.Length is > 0 and <= 3 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var paper) && word.Length - digits.Length <= 1)
            {
                (isNamed, isJoined) = (false, false);
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
                (isJoined, goesOn) = (true, true);
            }
            else if (!Vocabulary.Has("paper", CommandArguments.Fold(word)))
            {
                return [];
            }
        }

        return found;
    }

    // "por qué" is one word.
    private static IEnumerable<string> WordsOfVerdicts(string line)
    {
        string[] words = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(CommandWords.Unjoined).SelectMany(SignByEach)];
        for (var at = 0; at < words.Length; at++)
        {
            var both = at + 1 < words.Length ? $"{words[at]} {words[at + 1]}" : "";
            if (CommandWords.VerdictOf(both) is not null)
                at++;
            else
                both = words[at];
            yield return both;
        }
    }

    // "+3+4-5", but no telephone as "+33-1-23-45".
    private static string[] SignByEach(string word) =>
        word[0] is not ('+' or '-') || word.LastIndexOf('+') == 0 && word.Count(c => c is '-') > 1 ? [word]
        : string.Concat(word.Select((c, i) => i > 0 && c is '+' or '-' && char.IsAsciiDigit(word[i - 1]) ? $" {c}" : $"{c}")).Split(' ');

    // Full-width characters as an input method for Chinese leaves them, any dash before a word, and no punctuation between the words but commas.
    private static string Spaced(string line) =>
        string.Concat(line.Select(c => char.IsSurrogate(c) ? ' ' : c)).Insert(0, " ").Normalized(NormalizationForm.FormKC)
            .Replace('−', '-').Replace('¿', ' ').Replace('、', ',').Replace('&', ',').Replace(",", " , ", StringComparison.Ordinal)
            .Replace(';', ' ').Replace('/', ' ').Replace('#', ' ').Replace(": ", " ", StringComparison.Ordinal).Replace(" –", " -", StringComparison.Ordinal);
}
