using DigestService.Platform;

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
            : CommandWords.All.Where(row => row.Word.Length >= LeastLetters)
                .Select(row => (row.Verb, Slips: EditDistance.Of(first, row.Word, most: 2), Most: row.Word.Length > 6 ? 2 : 1))
                .Where(row => row.Slips <= row.Most)
                .OrderBy(row => row.Slips).Select(row => (MailVerb?)row.Verb).FirstOrDefault();
    }
}
