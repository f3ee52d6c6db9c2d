using DigestService.Inbound.Commands;

namespace DigestService.Inbound.Reading;

/// <summary>
/// Whether an answer to "was this you?" or "please confirm" refuses. Any other answer is consent, so
/// words that may deny count as a denial: nothing is done, and whoever agreed all the same can still answer "yes".
/// </summary>
internal static class Consents
{
    private const int MostCharacters = 1000;

    private static readonly HashSet<string> Denials = new(StringComparer.Ordinal)
    {
        "no", "not", "never", "nope", "dont", "don't", "didnt", "didn't", "wasnt", "wasn't", "isnt", "isn't", "without", "wrong", "spam", "scam", "fraud", "abuse", "decline", "refuse", "reject", "ignore", "forged", "mistake",
        "nein", "nicht", "nie", "niemals", "kein", "keine", "keinen", "falsch", "irrtum", "ablehnen", "betrug",
        "non", "ne", "n'ai", "n'etait", "n'est", "pas", "jamais", "aucun", "aucune", "erreur", "arretez", "refus",
        "nunca", "jamas", "ningun", "ninguna", "falso", "error", "rechazo",
    };

    private static readonly string[] DenialsUnspaced = ["不", "没", "沒", "别", "错", "錯", "拒绝", "拒絕", "垃圾"];

    /// <summary>Whether a mail's own words refuse, in any of the five languages.</summary>
    public static bool Refuses(InboundReading reading)
    {
        // "Yes, no problem": who agrees first may go on as they like.
        var text = CommandArguments.Fold(reading.Text.Length <= MostCharacters ? reading.Text : reading.Text[..MostCharacters]);
        var words = text.Split([' ', '\n', '\t', ',', '.', ';', ':', '!', '?', '(', ')', '"', '¡', '¿', '，', '。', '！'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || CommandWords.Candidates(words[0]).Any(candidate => candidate.Verb == MailVerb.Confirm))
            return false;
        return Array.Exists(words, Denials.Contains) || Array.Exists(DenialsUnspaced, mark => text.Contains(mark, StringComparison.Ordinal));
    }
}
