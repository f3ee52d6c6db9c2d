namespace DigestService.Inbound.Commands;

/// <summary>
/// Whether a line that is no command seems to ask for one, so that its writer is told how to say it: "less robotics", "2 Wochen Pause",
/// "stop sending me surveys", "save all", "3+". A remark on a paper does not.
/// </summary>
internal static class CommandWishes
{
    private const int MostWords = 16;
    private const int MostWordsBehindVerb = 8;
    private const int MostWordsOfStop = 3;
    private const int MostWordsOfMisspelt = 5;
    private const int LeastLettersOfMisspelt = 5;
    private const int LongestOfMarkedNumbers = 20;

    private static readonly (string Key, MailVerb Verb)[] Marks =
    [
        ("wish to pause", MailVerb.Pause), ("wish for max", MailVerb.Max), ("wish to remove", MailVerb.Remove), ("wish to unsubscribe", MailVerb.Unsubscribe), ("wish to subscribe", MailVerb.Subscribe),
    ];

    /// <summary>The verb of the command that a line seems to ask for; null for one that asks for nothing.</summary>
    public static MailVerb? Of(string line) =>
        OfKnownWords(line)
        ?? (!CommandWords.Candidates(line).Any() && CommandWords.WordsOf(line) is [{ Length: >= LeastLettersOfMisspelt } first, .. { Count: < MostWordsOfMisspelt }]
            ? CommandExamples.Misspelt(first)
            : null);

    /// <summary>The same of words that are spelt as we know them.</summary>
    public static MailVerb? OfKnownWords(string line)
    {
        foreach (var clause in line.Split(['.', '!', '?', ',', ';', '。', '！', '？', '，', '；'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (OfPapers(clause) is { } plain)
                return plain;
            if (CommandWords.WordsOf(clause) is { Count: > 0 and <= MostWords } words && OfClause(clause, words) is { } verb)
                return verb;
        }

        return null;
    }

    /// <summary>The same of a line that plainly asks for something about the papers of a mail, and is nothing else: "3+", "save all", "undo".</summary>
    public static MailVerb? OfPapers(string line)
    {
        if (IsOfMarkedNumbers(line))
            return MailVerb.Like;
        var asked = CommandArguments.Fold(string.Join(' ', CommandWords.WordsOf(CommandWords.WithoutPoliteness(line)).Where(word => CommandArguments.NumberOf(word) is null)));
        return Vocabulary.Has("wish for papers", asked) ? MailVerb.Save
            : Vocabulary.Has("wish to like papers", asked) ? MailVerb.Like
            : Vocabulary.Has("wish to undo", asked) ? MailVerb.Help
            : null;
    }

    private static MailVerb? OfClause(string clause, List<string> words)
    {
        var folded = CommandArguments.Fold(clause);
        if (Array.Find(Marks, mark => Vocabulary.IsIn(mark.Key, folded)) is { Key: not null } mark)
            return mark.Verb;
        var asked = CommandWords.WithoutCourtesy(clause);
        var plain = CommandWords.VerbFirst(asked);
        if (words.Count <= MostWordsBehindVerb)
        {
            var hasNumber = words.Exists(word => CommandArguments.NumberOf(word) > 1) || CommandArguments.SaysMinutes(folded);
            foreach (var (verb, word) in CommandWords.Candidates(plain))
            {
                if (verb is not MailVerb.Confirm && (hasNumber || !Vocabulary.Has("vague", word) || words.Count <= MostWordsOfStop && Vocabulary.Has("said of anything", word)))
                    return verb;
            }

            if (CommandWords.WordsOf(asked) is [var first, var second, ..])
            {
                if (CommandArguments.NumberOf(first) is not null && Vocabulary.Has("paper", second))
                    return MailVerb.Max;
                if (CommandWords.VerdictOf(first) is { } verdict && (hasNumber || !Vocabulary.Has("vague", first)))
                    return hasNumber ? verdict : verdict is MailVerb.Less ? MailVerb.Remove : MailVerb.Add;
            }
        }

        return asked.Length < clause.Length && Vocabulary.IsIn("wished for", CommandArguments.Fold(asked)) ? MailVerb.Help : null;
    }

    // "3+", "#3 + 5-": a sign behind the number of a paper, where it belongs before it.
    private static bool IsOfMarkedNumbers(string clause) =>
        clause.Length <= LongestOfMarkedNumbers && clause[^1] is '+' or '-' && clause[0] is not ('+' or '-')
        && clause.All(c => char.IsAsciiDigit(c) || c is '+' or '-' or '#' or ' ') && CommandWords.WordsOf(clause) is { Count: > 0 } numbers && numbers.TrueForAll(number => number.Length <= 2);
}
