using System.Globalization;

namespace DigestService.Inbound.Commands;

/// <summary>The words of commands: all of them in English, the commonest in German, French, Spanish and Chinese too.</summary>
internal static class CommandWords
{
    /// <summary>What mail programs put before a subject.</summary>
    public static readonly IReadOnlyList<string> ReplyPrefixes = ["re:", "re :", "fwd:", "fw:", "aw:", "antw:", "wg:", "tr:", "rv:", "sv:", "回复:", "回复：", "答复:", "答复：", "回覆:", "转发:", "转发："];

    private static readonly (MailVerb Verb, string[] Words)[] Words =
    [
        (MailVerb.Unsubscribe, ["unsubscribe", "unsub", "leave", "cancel", "signoff", "sign off", "opt out", "stop", "abmelden", "abbestellen", "kündigen", "désabonner", "se désabonner", "désinscrire", "désinscription", "darse de baja", "baja", "cancelar", "退订", "取消订阅", "退訂"]),
        (MailVerb.Subscribe, ["subscribe", "join", "sign up", "signup", "anmelden", "abonnieren", "s'abonner", "abonner", "inscription", "s'inscrire", "suscribir", "suscribirse", "suscripción", "alta", "订阅", "訂閱"]),
        (MailVerb.Confirm, ["confirm", "bestätigen", "bestätige", "confirmer", "confirmar", "确认", "確認", "yes", "ja", "oui", "sí", "ok", "是"]),
        (MailVerb.Topics, ["topics", "list topics", "themen", "thèmes", "sujets", "temas", "主题"]),
        (MailVerb.Add, ["add", "follow", "hinzufügen", "ajouter", "añadir", "添加"]),
        (MailVerb.Remove, ["del", "remove", "delete", "unfollow", "entfernen", "supprimer", "quitar", "删除"]),
        (MailVerb.Mute, ["mute", "stumm", "ignorer", "silenciar", "屏蔽"]),
        (MailVerb.Query, ["query", "suche", "requête", "consulta", "查询"]),
        (MailVerb.Zone, ["zone", "timezone", "time zone", "zeitzone", "fuseau", "zona", "时区"]),
        (MailVerb.At, ["at", "um", "à", "a las", "时间"]),
        (MailVerb.Frequency, ["daily", "weekdays", "weekly", "täglich", "werktags", "wöchentlich", "quotidien", "hebdomadaire", "diario", "semanal", "每天", "每周", "工作日"]),
        (MailVerb.Max, ["max", "maximum", "höchstens", "máximo", "最多"]),
        (MailVerb.Language, ["language", "lang", "sprache", "langue", "idioma", "语言"]),
        (MailVerb.Pause, ["pause", "pausieren", "suspendre", "pausar", "pausa", "暂停"]),
        (MailVerb.Resume, ["resume", "continue", "fortsetzen", "weiter", "reprendre", "reanudar", "恢复", "继续"]),
        (MailVerb.Status, ["status", "état", "statut", "estado", "状态"]),
        (MailVerb.Today, ["today", "heute", "aujourd'hui", "hoy", "今天"]),
        (MailVerb.Preferences, ["preferences", "settings", "einstellungen", "préférences", "preferencias", "设置"]),
        (MailVerb.Export, ["export", "my data", "exportieren", "exporter", "exportar", "导出"]),
        (MailVerb.Erase, ["erase", "erase me", "forget me", "löschen", "effacer", "borrar", "清除"]),
        (MailVerb.Change, ["change", "change address", "ändern", "changer", "cambiar", "更改"]),
        (MailVerb.Help, ["help", "info", "commands", "?", "hilfe", "aide", "ayuda", "帮助", "幫助"]),
    ];

    // The longest word first, so that "sign off" is not "sign".
    private static readonly (MailVerb Verb, string Word)[] ByLength =
        [.. Words.SelectMany(row => row.Words, (row, word) => (row.Verb, word)).OrderByDescending(pair => pair.word.Length)];

    private static readonly Dictionary<string, MailVerb> Verdicts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["more"] = MailVerb.Like, ["like"] = MailVerb.Like, ["mehr"] = MailVerb.Like, ["plus"] = MailVerb.Like, ["más"] = MailVerb.Like, ["mas"] = MailVerb.Like, ["更多"] = MailVerb.Like, ["喜欢"] = MailVerb.Like,
        ["less"] = MailVerb.Less, ["dislike"] = MailVerb.Less, ["weniger"] = MailVerb.Less, ["moins"] = MailVerb.Less, ["menos"] = MailVerb.Less, ["更少"] = MailVerb.Less,
        ["save"] = MailVerb.Save, ["keep"] = MailVerb.Save, ["merken"] = MailVerb.Save, ["speichern"] = MailVerb.Save, ["garder"] = MailVerb.Save, ["guardar"] = MailVerb.Save, ["收藏"] = MailVerb.Save,
        ["why"] = MailVerb.Why, ["warum"] = MailVerb.Why, ["pourquoi"] = MailVerb.Why, ["por qué"] = MailVerb.Why, ["为什么"] = MailVerb.Why,
    };

    private static readonly Dictionary<string, string> LanguageNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["en"] = "en", ["english"] = "en", ["englisch"] = "en", ["anglais"] = "en", ["inglés"] = "en", ["英语"] = "en", ["英文"] = "en",
        ["de"] = "de", ["german"] = "de", ["deutsch"] = "de", ["allemand"] = "de", ["alemán"] = "de", ["德语"] = "de",
        ["fr"] = "fr", ["french"] = "fr", ["français"] = "fr", ["francais"] = "fr", ["französisch"] = "fr", ["francés"] = "fr", ["法语"] = "fr",
        ["es"] = "es", ["spanish"] = "es", ["español"] = "es", ["espanol"] = "es", ["spanisch"] = "es", ["espagnol"] = "es", ["西班牙语"] = "es",
        ["zh"] = "zh", ["chinese"] = "zh", ["中文"] = "zh", ["chinesisch"] = "zh", ["chinois"] = "zh", ["chino"] = "zh",
    };

    private static readonly string[] Fillers = ["", "me", "now", "please", "this", "from this list", "me please", "me from this list", "from all", "bitte", "mich", "mich bitte", "svp", "s'il vous plaît", "por favor", "list", "all", "my subscription", "the digest", "digest", "from the digest", "from digest", "my digest", "digests", "no more", "请", "newsletter", "my data", "everything"];

    private static readonly string[] Greetings = ["hi", "hello", "hey", "dear", "hallo", "guten tag", "bonjour", "hola", "buenos", "你好", "您好", "thanks", "thank you", "danke", "merci", "gracias", "谢谢", "best", "regards", "kind regards", "cheers", "viele grüße", "mit freundlichen", "cordialement", "saludos"];

    /// <summary>The verbs whose word a line begins with, the longest word first.</summary>
    public static IEnumerable<(MailVerb Verb, string Word)> Candidates(string line)
    {
        foreach (var (verb, word) in ByLength)
        {
            if (line.StartsWith(word, StringComparison.OrdinalIgnoreCase) && IsWordEnd(line, word))
                yield return (verb, word);
        }
    }

    /// <summary>The verdict that a word names, or null.</summary>
    public static MailVerb? VerdictOf(string word) => Verdicts.TryGetValue(word, out var verb) ? verb : null;

    /// <summary>Whether an argument says nothing, as in "unsubscribe me please".</summary>
    public static bool IsFiller(string argument) => Array.IndexOf(Fillers, argument.ToLowerInvariant()) >= 0;

    /// <summary>Whether a line only greets or thanks.</summary>
    public static bool IsGreeting(string line)
    {
        var lower = line.ToLowerInvariant();
        return Array.Exists(Greetings, greeting => lower.StartsWith(greeting, StringComparison.Ordinal) && IsWordEnd(lower, greeting)) && line.Length < 60;
    }

    /// <summary>Whether a line says that no command follows.</summary>
    public static bool IsEnd(string line) => line.Trim('.', ' ').ToLowerInvariant() is "end" or "quit" or "exit" or "ende" or "fin" or "结束";

    /// <summary>A line without the words of courtesy before its verb.</summary>
    public static string WithoutPoliteness(string line)
    {
        foreach (var word in new[] { "please ", "pls ", "bitte ", "veuillez ", "por favor ", "por favor, ", "请", "i want to ", "i'd like to ", "i would like to ", "can you ", "could you " })
        {
            if (line.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                return line[word.Length..].TrimStart();
        }

        return line;
    }

    /// <summary>The rhythm that a word names.</summary>
    public static string FrequencyOf(string word) => word.ToLowerInvariant() switch
    {
        "weekdays" or "werktags" or "工作日" => "weekdays",
        "weekly" or "wöchentlich" or "hebdomadaire" or "semanal" or "每周" => "weekly",
        _ => "daily",
    };

    /// <summary>The language that a word names, or null.</summary>
    public static string? LanguageOf(string argument) => LanguageNames.GetValueOrDefault(argument.Trim());

    /// <summary>The length of a pause: empty for until resumed, <c>P14D</c> for a time, or a day; null where it is none of them.</summary>
    public static string? PauseOf(string argument)
    {
        if (IsFiller(argument))
            return "";
        var words = argument.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries).ToList();
        if (words is [("for" or "für" or "pour" or "durante" or "until" or "till" or "bis" or "jusqu'au" or "hasta"), ..])
            words.RemoveAt(0);
        if (words is [var day] && DateOnly.TryParseExact(day, ["yyyy-MM-dd", "dd.MM.yyyy", "d.M.yyyy"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var until))
            return until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (words is [var joined] && joined.Any(char.IsLetter))
        {
            var digits = joined.TakeWhile(char.IsAsciiDigit).Count();
            if (digits > 0)
                words = [joined[..digits], joined[digits..]];
        }

        if (words is not [var number, var unit] || !(number is "a" or "one" or "eine" or "une" or "una" ? "1" : number).TryParse(out var count) || count is < 1 or > 1000)
            return null;
        var days = unit.TrimEnd('s', 'n', 'e') switch
        {
            "day" or "tag" or "jour" or "día" or "dia" or "天" or "日" => 1,
            "week" or "woch" or "semai" or "semana" or "semanas" or "周" or "星期" => 7,
            "month" or "monat" or "moi" or "m" or "月" or "个月" => 30,
            "year" or "jahr" or "a" or "an" or "año" or "年" => 365,
            _ => 0,
        };
        return days == 0 || count * days > 1000 ? null : string.Create(CultureInfo.InvariantCulture, $"P{count * days}D");
    }

    private static bool IsWordEnd(string line, string word) =>
        line.Length == word.Length || !char.IsLetterOrDigit(line[word.Length]) && line[word.Length] is not ('-' or '\'' or '_') || word[^1] > 0x2E80;
}

file static class Numbers
{
    public static bool TryParse(this string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
