using DigestService.Inbound.Commands;

namespace DigestService.Inbound.Reading;

/// <summary>
/// Whether an answer to "was this you?" or "please confirm" refuses. Any other answer is consent, so words that may deny, ask to
/// be left alone, wonder or tell of an absence count as a denial: nothing is done, and whoever agreed all the same can still answer "yes".
/// </summary>
internal static class Consents
{
    private const int MostCharacters = 1000;

    private static readonly HashSet<string> Denials = new(StringComparer.Ordinal)
    {
        "no", "not", "never", "nope", "dont", "don't", "didnt", "didn't", "wasnt", "wasn't", "isnt", "isn't", "without", "wrong", "spam", "scam", "fraud", "abuse", "decline", "refuse", "reject", "ignore", "forged", "mistake",
        "stop", "leave", "remove", "delete", "erase", "unsubscribe", "unsub", "cancel", "cant", "can't", "cannot", "wont", "won't", "havent", "haven't", "nobody", "nothing", "unwanted", "unsolicited", "junk", "block", "blocked", "report", "phishing", "away", "absent", "office", "vacation", "holiday",
        "nein", "nicht", "nie", "niemals", "kein", "keine", "keinen", "falsch", "irrtum", "ablehnen", "betrug", "stopp", "nichts", "niemand", "abmelden", "abbestellen", "loschen", "entfernen", "kundigen", "unerwunscht", "abwesend", "urlaub", "buro",
        "non", "ne", "n'ai", "n'etait", "n'est", "pas", "jamais", "aucun", "aucune", "erreur", "arretez", "arreter", "refus", "rien", "personne", "desabonner", "supprimer", "supprimez", "effacer", "effacez", "absent", "absente", "conges", "bureau",
        "nunca", "jamas", "ningun", "ninguna", "falso", "error", "rechazo", "nada", "nadie", "tampoco", "baja", "cancelar", "borrar", "eliminar", "quitar", "ausente", "oficina", "vacaciones",
        // Whoever never signed up may answer in a language that we do not write.
        "nao", "niente", "assente", "ferie", "nee", "niet", "geen", "nooit", "afwezig", "nej", "inte", "aldrig", "nei", "ikke", "ingen", "ei", "nem", "nu", "hayir", "hayır", "degil", "нет", "не", "никогда", "ні", "οχι", "δεν", "לא", "لا",
    };

    private static readonly string[] DenialsUnspaced = ["不", "没", "沒", "别", "错", "錯", "拒绝", "拒絕", "垃圾", "退订", "退訂", "取消", "停止", "删除", "いいえ", "ません", "ない", "?", "？"];

    /// <summary>Whether a mail's own words refuse, in any of the five languages.</summary>
    public static bool Refuses(InboundReading reading)
    {
        // "Yes, no problem": who agrees first may go on as they like.
        var text = Plain(reading.Text);
        if (WordsOf(text) is [var first, ..] && IsConsent(first))
            return false;
        // The subject of an answer is our own; one that was written anew is the answer, or its beginning.
        if (CommandParser.WithoutPrefixes(reading.Subject).Length == reading.Subject.Trim().Length)
            text = Plain(reading.Subject) + "\n" + text;
        var words = WordsOf(text);
        if (words is [var begin, ..] && IsConsent(begin))
            return false;
        return Array.Exists(words, Denials.Contains) || Array.Exists(DenialsUnspaced, mark => text.Contains(mark, StringComparison.Ordinal));
    }

    private static string Plain(string text) => CommandArguments.Fold(text.Length <= MostCharacters ? text : text[..MostCharacters]);

    private static string[] WordsOf(string text) =>
        text.Split([' ', '\n', '\t', ',', '.', ';', ':', '!', '?', '(', ')', '"', '¡', '¿', '，', '。', '！'], StringSplitOptions.RemoveEmptyEntries);

    private static bool IsConsent(string word) => CommandWords.Candidates(word).Any(candidate => candidate.Verb == MailVerb.Confirm);
}
