namespace DigestService.Inbound.Commands;

/// <summary>For a line that is no command: how the command is written that it is nearest to.</summary>
internal static class CommandExamples
{
    private const int MostWords = 8;
    private const int LeastLetters = 4;

    private static readonly Dictionary<MailVerb, string> Examples = new()
    {
        [MailVerb.Subscribe] = "subscribe cs.LG",
        [MailVerb.Unsubscribe] = "unsubscribe",
        [MailVerb.Confirm] = "confirm",
        [MailVerb.Topics] = "topics",
        [MailVerb.Add] = "add cs.LG, diffusion-models",
        [MailVerb.Remove] = "del cs.LG",
        [MailVerb.Mute] = "mute blockchain",
        [MailVerb.Query] = "query \"retrieval AND agents\"",
        [MailVerb.Start] = "start 2512.09363",
        [MailVerb.Zone] = "zone Europe/Berlin",
        [MailVerb.At] = "at 07:30",
        [MailVerb.Frequency] = "weekly on Monday",
        [MailVerb.Max] = "max 5",
        [MailVerb.Language] = "language de",
        [MailVerb.Pause] = "pause 2 weeks",
        [MailVerb.Resume] = "resume",
        [MailVerb.Status] = "status",
        [MailVerb.Today] = "today",
        [MailVerb.Preferences] = "preferences",
        [MailVerb.Export] = "export",
        [MailVerb.Erase] = "erase",
        [MailVerb.Change] = "change new@example.org",
        [MailVerb.Help] = "help",
        [MailVerb.Like] = "+3 -5",
        [MailVerb.Less] = "+3 -5",
        [MailVerb.Save] = "save 2",
        [MailVerb.Why] = "why 4",
    };

    /// <summary>The example for a line that begins with a verb, or with one that is misspelt; null for prose.</summary>
    public static string? For(string line)
    {
        var plain = CommandWords.WithoutPoliteness(line.Trim());
        var words = plain.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (CommandWishes.OfKnownWords(line) is { } wished)
            return Examples[wished];
        if (words.Length is 0 or > MostWords)
            return null;
        if (CommandWords.VerdictOf(words[0]) is { } verdict)
            return Examples[verdict];
        if (CommandWords.Candidates(plain).Select(candidate => (MailVerb?)candidate.Verb).FirstOrDefault() is { } verb)
            return Examples[verb];
        return Misspelt(words[0]) is { } meant ? Examples[meant] : null;
    }

    /// <summary>The verb that a word is nearest to; null for one that is near to none.</summary>
    public static MailVerb? Misspelt(string word)
    {
        var first = CommandArguments.Fold(word.Trim('.', ',', '!', '?', ':'));
        return first.Length < LeastLetters ? null
            : CommandWords.All.Where(row => row.Word.Length >= LeastLetters && Distance(first, row.Word) <= (row.Word.Length > 6 ? 2 : 1))
                .OrderBy(row => Distance(first, row.Word)).Select(row => (MailVerb?)row.Verb).FirstOrDefault();
    }

    // Letters to add, drop, change or swap with a neighbour (Damerau's distance of optimal alignments).
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 2)
            return int.MaxValue;
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[a.Length, b.Length];
    }
}
