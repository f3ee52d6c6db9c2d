using System.Buffers;
using NodaTime;

namespace DigestService.Inbound.Commands;

/// <summary>What the words of a line mean; the words themselves are <see cref="Vocabulary"/>'s.</summary>
internal static class CommandWords
{
    private const int LongestWeekly = 60;
    private const int LongestGreeting = 60;

    /// <summary>What mail programs put before a subject.</summary>
    public static readonly IReadOnlyList<string> ReplyPrefixes = ["re:", "re :", "fwd:", "fw:", "aw:", "antw:", "wg:", "tr:", "rv:", "sv:", "vs:", "odp:", "ynt:", "res:", "vá:", "回复:", "回复：", "答复:", "答复：", "回覆:", "转发:", "转发："];

    private static readonly SearchValues<char> EndsOfGreeting = SearchValues.Create(",.!，。！");
    private static readonly SearchValues<char> QuoteMarks = SearchValues.Create("\"“”„«»:：");
    private static readonly string[] Rhythms = ["daily", "weekdays", "weekly"];
    private static readonly MailVerb[] Verdicts = [MailVerb.Like, MailVerb.Less, MailVerb.Save, MailVerb.Why];

    // The longest word first, so that "sign off" is not "sign".
    private static readonly Lazy<(MailVerb Verb, string Word)[]> ByLength = new(() =>
    [
        .. Enum.GetValues<MailVerb>().Where(verb => verb is not MailVerb.NotUnderstood && Array.IndexOf(Verdicts, verb) < 0)
            .SelectMany(verb => verb is MailVerb.Frequency ? Rhythms : [KeyOf(verb)], (verb, key) => (verb, key))
            .SelectMany(row => Vocabulary.Of(row.key), (row, word) => (row.verb, word)).OrderByDescending(row => row.word.Length),
    ]);

    private static readonly Lazy<string[]> UnspacedOfVerdicts = new(() =>
    [
        .. Verdicts.Select(KeyOf).Concat(["before paper number", "paper", "and"]).SelectMany(Vocabulary.Of).Where(word => Vocabulary.IsUnspaced(word[0])).OrderByDescending(word => word.Length),
    ]);

    // Marks between a command and its reason that no word makes.
    private static readonly string[] ReasonMarks = [",", ".", ";", "!", "，", "。", "；", "！", " - ", " – ", " — "];

    /// <summary>Every word of a verb, in small letters without accents, the longest first.</summary>
    public static IReadOnlyList<(MailVerb Verb, string Word)> All => ByLength.Value;

    /// <summary>The verbs whose word a line begins with, the longest word first.</summary>
    public static IEnumerable<(MailVerb Verb, string Word)> Candidates(string line)
    {
        var folded = CommandArguments.Fold(line);
        return ByLength.Value.Where(row => folded.StartsWith(row.Word, StringComparison.Ordinal) && Vocabulary.IsWordEnd(folded, row.Word));
    }

    /// <summary>The verdict that a word names, or null.</summary>
    public static MailVerb? VerdictOf(string word) =>
        CommandArguments.Fold(word) is var folded && Array.Find(Verdicts, verdict => Vocabulary.Has(KeyOf(verdict), folded)) is var found and not MailVerb.NotUnderstood ? found : null;

    /// <summary>The words of a verdict that Chinese writes as one: "收藏第2篇".</summary>
    public static IEnumerable<string> Unjoined(string word)
    {
        for (var at = 0; at < word.Length;)
        {
            var rest = word[at..];
            var part = Array.Find(UnspacedOfVerdicts.Value, known => rest.StartsWith(known, StringComparison.Ordinal))
                ?? string.Concat(rest.TakeWhile(c => Vocabulary.IsUnspaced(c) == Vocabulary.IsUnspaced(rest[0])));
            yield return part;
            at += part.Length;
        }
    }

    /// <summary>Whether a word says nothing between a verdict and its number, as in "less like 5" or "why number 4".</summary>
    public static bool IsBetweenVerdictAndNumber(string word) => Vocabulary.Has("before paper number", CommandArguments.Fold(word.TrimEnd('.')));

    /// <summary>Whether an argument says nothing, as in "unsubscribe me please".</summary>
    public static bool IsFiller(string argument) => argument.TrimEnd('?', ' ') is var said && (said.Length == 0 || Vocabulary.Has("filler", CommandArguments.Fold(said)));

    /// <summary>Whether an argument holds nothing but words about one's own leaving, as in "from this newsletter immediately".</summary>
    public static bool IsAboutLeaving(string argument) => WordsOf(argument) is { Count: > 0 } words && words.TrueForAll(word => Vocabulary.Has("leaving", word));

    /// <summary>Whether an argument is of mail, as in "delete this mail", and not of topics.</summary>
    public static bool IsAboutMail(string argument) => WordsOf(argument) is { Count: > 0 } words && words.TrueForAll(word => Vocabulary.Has("leaving", word) || Vocabulary.Has("a mail", word));

    /// <summary>Whether what is named next is what one leaves, not who leaves.</summary>
    public static bool EndsInFrom(string words) => WordsOf(words) is [.., var last] && Vocabulary.Has("from", last);

    /// <summary>Whether such an argument is of "remove" about oneself, not about a topic: "my address from your list".</summary>
    public static bool IsAboutOneself(string argument) => IsAboutLeaving(argument) && WordsOf(argument).Exists(word => Vocabulary.Has("own", word));

    /// <summary>Whether an argument is of people and not of topics, as in "follow us on Twitter" or "add me to your list".</summary>
    public static bool BeginsWithPerson(string argument) => WordsOf(argument) is [var first, ..] && Vocabulary.Has("person", first);

    /// <summary>Whether a line greets, thanks or takes its leave.</summary>
    public static bool IsGreeting(string line) => IsShortAndBegins(line, "greeting") || IsFarewell(line);

    /// <summary>Whether a line thanks or takes its leave, so that a name may follow.</summary>
    public static bool IsFarewell(string line) => IsShortAndBegins(line, "thanks") || IsShortAndBegins(line, "farewell");

    /// <summary>What stands behind the greeting that a line begins with, as in "Hi, please unsubscribe me"; empty where nothing does.</summary>
    public static string BehindGreeting(string line)
    {
        if (Vocabulary.AtStart("greeting", CommandArguments.Fold(line)) is not { } greeting)
            return "";
        var end = line.AsSpan(greeting.Length).IndexOfAny(EndsOfGreeting);
        return line[(end < 0 ? greeting.Length : greeting.Length + end + 1)..].Trim();
    }

    /// <summary>Whether a line says that no command follows.</summary>
    public static bool IsEnd(string line) => Vocabulary.Has("end", CommandArguments.Fold(line.Trim('.', ' ')));

    /// <summary>A line without the words of courtesy before its verb and at its end.</summary>
    public static string WithoutPoliteness(string line)
    {
        var rest = WithoutCourtesy(line);
        var bare = rest.TrimEnd('.', '!', '。', '！', ' ');
        return Vocabulary.AtEnd("last courtesy", CommandArguments.Fold(bare)) is { } last ? bare[..^last.Length].TrimEnd(',', '，', ' ') : rest;
    }

    /// <summary>A line without the words of courtesy before its verb.</summary>
    public static string WithoutCourtesy(string line)
    {
        while (Vocabulary.AtStart("courtesy", CommandArguments.Fold(line)) is { } word && word.Length < line.Length)
            line = line[word.Length..].TrimStart(' ', ',');
        return line;
    }

    /// <summary>What is asked for before a reason, as in "unsubscribe me, I get too many mails"; null where nothing is, or where the rest takes it back.</summary>
    public static (string Asked, string Reason)? BeforeReason(string line)
    {
        var folded = WithoutDots(CommandArguments.Fold(line));
        var (at, mark) = Vocabulary.Of("because").Select(Spaced).Concat(ReasonMarks).Select(mark => (At: folded.IndexOf(mark, StringComparison.Ordinal), Mark: mark)).Where(found => found.At > 0).DefaultIfEmpty((At: line.Length, Mark: "")).MinBy(found => found.At);
        var (asked, reason) = (line[..at].TrimEnd(), line[(at + mark.Length)..]);
        return IsReason(reason, isSaid: Vocabulary.Has("because", mark.Trim())) && !Vocabulary.Has("said of anything", CommandArguments.Fold(asked)) ? (asked, reason) : null;
    }

    /// <summary>What is asked for behind a reason and with a word of courtesy, as in "I get too many mails, please unsubscribe me"; null where nothing is.</summary>
    public static (string Asked, string Reason)? BehindReason(string line)
    {
        var bare = line.TrimEnd('.', '!', '。', '！', ' ');
        var folded = WithoutDots(CommandArguments.Fold(WithoutPoliteness(bare) is var plain && bare.StartsWith(plain, StringComparison.Ordinal) ? plain : bare));
        var (at, mark) = Vocabulary.Of("therefore").Select(Spaced).Concat(ReasonMarks).Select(mark => (At: folded.LastIndexOf(mark, StringComparison.Ordinal), Mark: mark)).MaxBy(found => found.At);
        // Of words that are quoted nobody knows whose wish they are.
        if (at <= 0 || line.AsSpan().ContainsAny(QuoteMarks) || !IsReason(line[..at], isSaid: false))
            return null;
        var asked = bare[(at + mark.Length)..].Trim();
        return WithoutPoliteness(asked).Length < asked.Length && !IsSaidOfAnything(asked) ? (asked, line[..at]) : null;
    }

    /// <summary>Whether a line is nothing but a word that is said of other things than a subscription too, such as "Stop!".</summary>
    public static bool IsSaidOfAnything(string line) => Vocabulary.Has("said of anything", CommandArguments.Fold(WithoutPoliteness(line).TrimEnd('.', '!', ' ')));

    /// <summary>Whether a line speaks of another time than now.</summary>
    public static bool IsOfLater(string line) => CommandArguments.Fold(line) is var folded && (Vocabulary.IsIn("later", folded) || WordsOf(line).Exists(word => word.Length > 3 && CommandArguments.WeekdayOf(word) is not null));

    /// <summary>What is added or removed, without "to my topics" behind it.</summary>
    public static string WithoutTopicTail(string argument) =>
        Vocabulary.AtEnd("topic tail", CommandArguments.Fold(argument)) is { } tail ? argument[..^tail.Length].TrimEnd() : argument;

    /// <summary>What a line wants set, as in "set max to 5" or "change my time to 8:00"; null for a line without such a beginning.</summary>
    public static string? BehindSet(string line) =>
        Vocabulary.AtStart("set", CommandArguments.Fold(line)) is { } verb && verb.Length < line.Length ? WithoutTo(line[verb.Length..].TrimStart()) : null;

    /// <summary>What a setting is set to, as in "to 5".</summary>
    public static string WithoutTo(string argument) =>
        Vocabulary.AtStart("set to", CommandArguments.Fold(argument)) is { } to && to.Length < argument.Length ? argument[to.Length..].TrimStart() : argument;

    /// <summary>Whether a word of a verb is a part of the day, which belongs to the hour: "上午7点".</summary>
    public static bool IsPartOfDay(string word) => Vocabulary.Has("morning", word) || Vocabulary.Has("evening", word);

    /// <summary>Chinese writes days and hour without a space: "每天早上7点".</summary>
    public static string BeforeHours(string line) => Vocabulary.Of("morning").Concat(Vocabulary.Of("evening")).Where(part => Vocabulary.IsUnspaced(part[0]))
        .Aggregate(line, (text, part) => text.Replace(part, " " + part, StringComparison.Ordinal)).TrimStart();

    /// <summary>German puts the verb last: "cs.LG hinzufügen".</summary>
    public static string VerbFirst(string line)
    {
        var bare = line.TrimEnd('.', '!', ' ');
        return bare.Length < LongestWeekly && Vocabulary.AtEnd("last verb", CommandArguments.Fold(bare)) is { } verb ? $"{verb} {bare[..^(verb.Length + 1)]}" : line;
    }

    /// <summary>
    /// The day of the week on which a line wants the digest, as in "every Monday", "weekly on Mondays" or "montags"; null for one that
    /// says anything else, names two days or says of no repetition.
    /// </summary>
    public static IsoDayOfWeek? WeeklyOn(string line)
    {
        IsoDayOfWeek? found = null;
        var repeats = false;
        foreach (var word in line.Length < LongestWeekly ? WordsOf(line) : [])
        {
            var isPlural = word.Length > 4 && word[^1] is 's' && CommandArguments.WeekdayOf(word) is null;
            var isRepeating = Vocabulary.Has("repeats", word);
            repeats |= isPlural || word[0] is '每' || isRepeating;
            if (isRepeating || Vocabulary.Has("beside weekday", word))
                continue;
            if (found is not null || CommandArguments.WeekdayOf(isPlural ? word[..^1] : word.TrimStart('每', '个')) is not { } day)
                return null;
            found = day;
        }

        return repeats ? found : null;
    }

    /// <summary>The rhythm that a word of its verb names.</summary>
    public static string FrequencyOf(string word) => Rhythms.First(rhythm => Vocabulary.Has(rhythm, word));

    /// <summary>The language that a word names, or null.</summary>
    public static string? LanguageOf(string argument) =>
        CommandArguments.Fold(argument.Trim()) is var name ? Platform.Layout.PageLanguage.All.FirstOrDefault(tag => tag == name || Vocabulary.Has(tag, name)) : null;

    /// <summary>The words of a line in small letters without accents.</summary>
    public static List<string> WordsOf(string line) =>
        [.. string.Concat(CommandArguments.Fold(line).Select(c => char.IsLetterOrDigit(c) ? c : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    private static bool IsShortAndBegins(string line, string key) => line.Length < LongestGreeting && Vocabulary.AtStart(key, CommandArguments.Fold(line)) is not null;

    // Behind a word that says so anything is one; behind a mark, what begins as people speak of themselves and of their mail:
    // "unsubscribe me, send one a week" asks for something else.
    private static bool IsReason(string text, bool isSaid) =>
        WordsOf(text) is [var first, ..] && (isSaid || Vocabulary.Has("reason", first) || Vocabulary.IsUnspaced(first[0]))
        && !Vocabulary.IsIn("but", CommandArguments.Fold(text)) && !text.AsSpan().ContainsAny('?', '？');

    // The dot of "5. Januar" ends nothing.
    private static string WithoutDots(string text) =>
        string.Concat(text.Select((c, at) => c is '.' && text[..at].LastIndexOf(' ') is >= 0 and var space && at - space is 2 or 3 && text[(space + 1)..at].All(char.IsAsciiDigit) ? ' ' : c));

    private static string Spaced(string word) => Vocabulary.IsUnspaced(word[0]) ? word : $" {word} ";

    private static string KeyOf(MailVerb verb) => verb.ToString().ToLowerInvariant();
}
