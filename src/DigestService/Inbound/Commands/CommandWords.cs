using System.Buffers;
using NodaTime;

namespace DigestService.Inbound.Commands;

/// <summary>The words of commands: all of them in English, the commonest in German, French, Spanish and Chinese too.</summary>
internal static class CommandWords
{
    private const int LongestWeekly = 60;

    /// <summary>What mail programs put before a subject.</summary>
    public static readonly IReadOnlyList<string> ReplyPrefixes = ["re:", "re :", "fwd:", "fw:", "aw:", "antw:", "wg:", "tr:", "rv:", "sv:", "vs:", "odp:", "ynt:", "res:", "vá:", "回复:", "回复：", "答复:", "答复：", "回覆:", "转发:", "转发："];

    private static readonly (string Rhythm, string[] Words)[] Rhythms =
    [
        ("daily", ["every day", "each day", "jeden tag", "tous les jours", "chaque jour", "cada día", "todos los días", "每日", "daily", "täglich", "quotidien", "diario", "每天"]),
        ("weekdays", ["every weekday", "on weekdays", "monday to friday", "workdays", "montag bis freitag", "jours ouvrables", "du lundi au vendredi", "días laborables", "de lunes a viernes", "周一至周五", "weekdays", "werktags", "工作日"]),
        ("weekly", ["every week", "each week", "once a week", "jede woche", "einmal in der woche", "chaque semaine", "une fois par semaine", "cada semana", "una vez por semana", "每周一次", "weekly", "wöchentlich", "hebdomadaire", "semanal", "每周"]),
    ];

    private static readonly (MailVerb Verb, string[] Words)[] Words =
    [
        (MailVerb.Unsubscribe, ["i don't want to receive", "i do not want to receive", "i don't want any more", "i do not want any more", "i don't want these emails", "i do not want these emails", "keine newsletter mehr", "no quiero recibir más", "no quiero recibir", "我不想再收到", "不想再收到", "不要再发", "i no longer wish to receive", "i no longer want to receive", "i no longer want", "je ne veux plus recevoir", "ya no quiero recibir", "nehmen sie mich aus", "keine e-mails mehr", "keine mails mehr", "no more e-mails", "no more emails", "no more mails", "no more digests", "stop sending", "stop emailing", "stop mailing", "end my subscription", "opt me out", "melden sie mich ab", "meldet mich ab", "melde mich ab", "désabonnez-moi", "désinscrivez-moi", "me désinscrire", "denme de baja", "dadme de baja", "dame de baja", "dar de baja", "remove me", "take me off", "remove my address", "darme de baja", "me désabonner", "mich abmelden", "unsubscribe", "un-subscribe", "unsuscribe", "unsubcribe", "unsubscibe", "unsubsribe", "unsub", "leave", "cancel", "signoff", "sign off", "opt out", "opt-out", "stop", "abmelden", "abmeldung", "abbestellen", "kündigen", "kündigung", "désabonnement", "désabonner", "se désabonner", "désinscrire", "désinscription", "darse de baja", "baja", "cancelar", "退订", "取消订阅", "退訂"]),
        (MailVerb.Subscribe, ["suscribirme", "m'abonner", "mich anmelden", "subscribe", "join", "sign up", "signup", "anmelden", "abonnieren", "s'abonner", "abonner", "inscription", "s'inscrire", "suscribir", "suscribirse", "suscripción", "alta", "订阅", "訂閱"]),
        (MailVerb.Confirm, ["confirm", "bestätigen", "bestätige", "confirmer", "confirmar", "确认", "確認", "yes", "ja", "oui", "sí", "ok", "是"]),
        (MailVerb.Topics, ["topics", "list topics", "themen", "thèmes", "sujets", "temas", "主题"]),
        (MailVerb.Add, ["agregar", "add", "follow", "hinzufügen", "ajouter", "añadir", "添加"]),
        (MailVerb.Remove, ["del", "remove", "delete", "unfollow", "entfernen", "supprimer", "quitar", "删除"]),
        (MailVerb.Mute, ["mute", "stumm", "ignorer", "silenciar", "屏蔽"]),
        (MailVerb.Query, ["query", "suche", "requête", "consulta", "查询"]),
        (MailVerb.Start, ["start from", "start with", "start", "starte mit", "beginne mit", "beginnen mit", "commencer par", "partir de", "empezar con", "从论文开始", "开始"]),
        (MailVerb.Zone, ["zone", "timezone", "time zone", "zeitzone", "fuseau", "zona", "时区"]),
        (MailVerb.At, ["上午", "早上", "下午", "晚上", "at", "send at", "send it at", "time", "uhrzeit", "heure", "hora", "um", "à", "a las", "时间"]),
        (MailVerb.Frequency, [.. Rhythms.SelectMany(row => row.Words)]),
        (MailVerb.Max, ["no more than", "not more than", "nicht mehr als", "pas plus de", "no más de", "不超过", "at most", "up to", "maximal", "au plus", "au maximum", "como máximo", "max", "maximum", "höchstens", "máximo", "最多"]),
        (MailVerb.Language, ["in", "auf", "en", "language", "lang", "sprache", "langue", "idioma", "语言"]),
        (MailVerb.Pause, ["pausiere", "pause", "suspend", "snooze", "stop", "pausieren", "suspendre", "pausar", "pausa", "暂停"]),
        (MailVerb.Resume, ["resume", "unpause", "restart", "start again", "continue", "fortsetzen", "weiter", "reprendre", "reanudar", "恢复", "继续"]),
        (MailVerb.Status, ["status", "état", "statut", "estado", "状态"]),
        (MailVerb.Today, ["send me today's", "send me today", "send today's", "send today", "today's", "today", "heute", "aujourd'hui", "hoy", "今天"]),
        (MailVerb.Preferences, ["my preferences", "meine einstellungen", "mes préférences", "mis preferencias", "preferences", "settings", "einstellungen", "préférences", "preferencias", "设置"]),
        (MailVerb.Export, ["export", "my data", "exportieren", "exporter", "exportar", "导出"]),
        (MailVerb.Erase, ["delete my account", "delete account", "delete all my data", "delete my data", "erase my data", "lösche meine daten", "supprimer mon compte", "supprimer mes données", "borrar mi cuenta", "borrar mis datos", "lösche mein konto", "löschen sie mein konto", "löschen sie meine daten", "supprimez mon compte", "supprimez mes données", "borra mi cuenta", "borren mi cuenta", "borren mis datos", "eliminar mi cuenta", "删除我的账号", "删除我的账户", "删除我的数据", "erase", "erase me", "forget me", "löschen", "effacer", "borrar", "清除"]),
        (MailVerb.Change, ["change my address", "adresse ändern", "changer d'adresse", "cambiar dirección", "change", "change address", "ändern", "changer", "cambiar", "更改"]),
        (MailVerb.Help, ["help", "info", "commands", "?", "hilfe", "aide", "ayuda", "帮助", "幫助"]),
    ];

    // The longest word first, so that "sign off" is not "sign".
    private static readonly (MailVerb Verb, string Word)[] ByLength =
        [.. Words.SelectMany(row => row.Words, (row, word) => (row.Verb, CommandArguments.Fold(word))).OrderByDescending(pair => pair.Item2.Length)];

    private static readonly Dictionary<string, MailVerb> Verdicts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["more"] = MailVerb.Like, ["like"] = MailVerb.Like, ["mehr"] = MailVerb.Like, ["plus"] = MailVerb.Like, ["más"] = MailVerb.Like, ["mas"] = MailVerb.Like, ["更多"] = MailVerb.Like, ["喜欢"] = MailVerb.Like,
        ["less"] = MailVerb.Less, ["dislike"] = MailVerb.Less, ["weniger"] = MailVerb.Less, ["moins"] = MailVerb.Less, ["menos"] = MailVerb.Less, ["更少"] = MailVerb.Less,
        ["save"] = MailVerb.Save, ["keep"] = MailVerb.Save, ["merken"] = MailVerb.Save, ["speichern"] = MailVerb.Save, ["garder"] = MailVerb.Save, ["guardar"] = MailVerb.Save, ["收藏"] = MailVerb.Save,
        ["why"] = MailVerb.Why, ["warum"] = MailVerb.Why, ["pourquoi"] = MailVerb.Why, ["por qué"] = MailVerb.Why, ["为什么"] = MailVerb.Why,
    };

    private static readonly Dictionary<string, string> LanguageNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["en"] = "en", ["english"] = "en", ["englisch"] = "en", ["anglais"] = "en", ["anglaise"] = "en", ["inglés"] = "en", ["英语"] = "en", ["英文"] = "en",
        ["de"] = "de", ["german"] = "de", ["deutsch"] = "de", ["allemand"] = "de", ["allemande"] = "de", ["alemán"] = "de", ["德语"] = "de",
        ["fr"] = "fr", ["french"] = "fr", ["français"] = "fr", ["française"] = "fr", ["francaise"] = "fr", ["francais"] = "fr", ["französisch"] = "fr", ["francés"] = "fr", ["法语"] = "fr",
        ["es"] = "es", ["spanish"] = "es", ["español"] = "es", ["espanol"] = "es", ["spanisch"] = "es", ["espagnol"] = "es", ["espagnole"] = "es", ["西班牙语"] = "es",
        ["zh"] = "zh", ["chinese"] = "zh", ["中文"] = "zh", ["chinesisch"] = "zh", ["chinois"] = "zh", ["chino"] = "zh",
    };

    private static readonly string[] Fillers = ["", "me", "now", "please", "this", "from this list", "me please", "me from this list", "from all", "bitte", "mich", "mich bitte", "svp", "s'il vous plaît", "por favor", "list", "all", "my subscription", "the digest", "digest", "from the digest", "from digest", "my digest", "digests", "no more", "请", "newsletter", "my data", "everything", "link", "your list", "this list", "the list", "from your list", "from the list", "from your mailing list", "from this mailing list", "meine mails", "mes mails", "my mails", "mails", "my digests", "mon abonnement", "mein abo"];

    // What people say about leaving in any order: "me from this newsletter immediately", "my subscription, thanks".
    private static readonly HashSet<string> LeavingWords = new(
        new[]
        {
            "me", "my", "us", "our", "the", "a", "this", "that", "these", "your", "all", "any", "from", "of", "to", "off", "receive", "receiving", "sending", "list", "lists", "mailing", "mail", "mails", "email", "emails", "e", "newsletter", "newsletters", "digest", "digests", "papers", "messages", "updates", "notifications", "subscription", "subscriptions", "account", "address", "service", "database",
            "now", "immediately", "right", "away", "at", "once", "asap", "anymore", "more", "longer", "completely", "please", "pls", "plz", "kindly", "thanks", "thank", "you",
            "mich", "mir", "bitte", "sofort", "jetzt", "von", "vom", "aus", "dem", "der", "den", "die", "das", "ihrem", "ihren", "ihrer", "eurem", "eurer", "diesem", "dieser", "diesen", "mein", "meine", "meinen", "verteiler", "liste", "adresse", "abo", "abonnement", "konto", "danke", "mehr", "erhalten", "bekommen", "schicken", "senden",
            "moi", "mon", "ma", "mes", "de", "du", "la", "le", "les", "des", "cette", "cet", "ce", "ces", "votre", "vos", "diffusion", "courriel", "courriels", "compte", "immédiatement", "maintenant", "svp", "merci", "aux", "à",
            "mi", "mis", "el", "los", "las", "esta", "este", "estos", "su", "sus", "lista", "correo", "correos", "suscripción", "boletín", "cuenta", "dirección", "ahora", "gracias", "por", "favor",
            "邮件", "邮件了", "我的邮件", "我", "吧", "谢谢", "论文", "摘要",
        }.Select(CommandArguments.Fold),
        StringComparer.Ordinal);

    private static readonly HashSet<string> OwnWords = new(StringComparer.Ordinal) { "me", "my", "address", "list", "lists" };

    private static readonly HashSet<string> RepeatingWords = new(StringComparer.Ordinal)
    {
        "weekly", "every", "each", "week", "wochentlich", "jeden", "woche", "hebdomadaire", "chaque", "tous", "semaine", "semanal", "cada", "todos", "los", "semana", "每周", "每星期",
    };

    private static readonly HashSet<string> BesideWeekdays = new(StringComparer.Ordinal) { "on", "once", "a", "the", "am", "an", "jede", "einmal", "pro", "le", "les", "la", "une", "fois", "par", "el", "una", "vez", "por" };

    private static readonly string[] Openings = ["hi", "hello", "hey", "dear", "hallo", "guten tag", "bonjour", "hola", "buenos", "你好", "您好", "thanks", "thank you", "danke", "merci", "gracias", "谢谢"];

    private static readonly SearchValues<char> EndsOfGreeting = SearchValues.Create(",.!，。！");

    private static readonly string[] Closings = ["best", "regards", "kind regards", "warm regards", "sincerely", "cheers", "viele grüße", "beste grüße", "liebe grüße", "schöne grüße", "mit freundlichen", "freundliche grüße", "lg", "vg", "mfg", "cordialement", "bien à vous", "bien cordialement", "saludos", "un saludo", "atentamente", "此致"];
    private static readonly string[] Thanks = ["thanks", "thank you", "many thanks", "danke", "vielen dank", "merci", "gracias", "muchas gracias", "谢谢"];

    private static readonly string[] Courtesies =
    [
        "please ", "pls ", "plz ", "kindly ", "bitte ", "veuillez ", "por favor ", "por favor, ", "请", "i want to ", "i'd like to ", "i would like to ", "i wish to ", "can you ", "could you ", "would you ", "will you ", "ich möchte ", "ich will ", "je veux ", "je voudrais ", "je souhaite ", "merci de ", "quiero ", "quisiera ", "deseo ", "帮我", "麻烦", "我要", "我想", "nur ", "only ",
    ];

    private static readonly string[] LastCourtesies = [" only", " thanks", " thank you", " danke", " merci", " gracias", " please", " pls", " bitte", " svp", " s'il vous plaît", " s'il te plaît", " por favor", "谢谢"];

    // In letters without accents. A reason stands behind a word that says so, or behind a mark and begins as people speak of themselves
    // and of their mail: "unsubscribe me, send one a week" asks for something else.
    private static readonly string[] Becauses = [" because ", " since ", " as ", " weil ", " da ", " denn ", " car ", " parce que ", " porque ", " ya que ", "因为"];
    private static readonly string[] BeforeReasons = [.. Becauses, ",", ".", ";", "!", "，", "。", "；", "！", " - ", " – ", " — "];
    private static readonly HashSet<string> ReasonBeginnings = new(StringComparer.Ordinal)
    {
        "because", "since", "as", "weil", "da", "denn", "car", "parce", "porque", "i", "we", "this", "it", "these", "my", "too", "there", "thanks", "thank", "ich", "wir", "das", "es", "mein", "meine", "zu", "danke", "je", "j", "nous", "c", "ce", "cela", "mon", "ma", "mes", "trop", "merci",
        "ya", "recibo", "son", "tengo", "estoy", "he", "mi", "mis", "demasiados", "demasiadas", "gracias",
    };

    // What takes back what stands before it.
    private static readonly HashSet<string> Conditions = new(StringComparer.Ordinal)
    {
        "but", "unless", "except", "if", "when", "or", "until", "till", "instead", "pause", "wait", "kidding", "joking", "once", "then", "aber", "sobald", "ausser", "wenn", "falls", "oder", "bis", "stattdessen", "sondern",
        "mais", "sauf", "si", "quand", "ou", "plutot", "pero", "excepto", "salvo", "cuando", "o", "hasta",
    };

    private static readonly string[] ChineseConditions = ["但", "除", "如果", "或", "不过", "请", "改"];

    // What one says of other things than a subscription too.
    private static readonly string[] SaidOfAnything = ["stop", "leave", "cancel", "baja", "cancelar", "signoff", "sign off", "abmeldung"];

    private static readonly string[] TopicTails = [" to my topics", " to my list", " to my interests", " to my digest", " from my topics", " from my list", " from my interests", " from my digest", " zu meinen themen", " aus meinen themen", " à mes sujets", " à mes thèmes", " de mes sujets", " de mes thèmes", " a mis temas", " de mis temas"];

    private static readonly string[] PartsOfDay = ["上午", "早上", "下午", "晚上"];

    private static readonly string[] SetWords = ["set ", "change ", "frequency "];
    private static readonly string[] LastVerbs = [" hinzufügen", " entfernen", " abbestellen", " abmelden", " kündigen", " pausieren"];

    /// <summary>Every word of a verb, in small letters without accents, the longest first.</summary>
    public static IReadOnlyList<(MailVerb Verb, string Word)> All => ByLength;

    /// <summary>The verbs whose word a line begins with, the longest word first.</summary>
    public static IEnumerable<(MailVerb Verb, string Word)> Candidates(string line)
    {
        var folded = CommandArguments.Fold(line);
        foreach (var (verb, word) in ByLength)
        {
            if (folded.StartsWith(word, StringComparison.Ordinal) && IsWordEnd(line, word))
                yield return (verb, word);
        }
    }

    /// <summary>The verdict that a word names, or null.</summary>
    public static MailVerb? VerdictOf(string word) => Verdicts.TryGetValue(word, out var verb) ? verb : null;

    /// <summary>Whether a word says nothing between a verdict and its number, as in "less like 5" or "why number 4".</summary>
    public static bool IsBetweenVerdictAndNumber(string word) =>
        word.TrimEnd('.').ToLowerInvariant() is "like" or "of" or "from" or "about" or "number" or "no" or "nr" or "wie" or "von" or "nummer" or "comme" or "de" or "numéro" or "como" or "número" or "núm" or "像" or "第";

    /// <summary>Whether an argument says nothing, as in "unsubscribe me please".</summary>
    public static bool IsFiller(string argument) => Array.IndexOf(Fillers, argument.TrimEnd('?', ' ').ToLowerInvariant()) >= 0;

    /// <summary>Whether an argument holds nothing but words about one's own leaving, as in "from this newsletter immediately".</summary>
    public static bool IsAboutLeaving(string argument) => WordsOf(argument) is { Count: > 0 } words && words.TrueForAll(LeavingWords.Contains);

    /// <summary>Whether what is named next is what one leaves, not who leaves.</summary>
    public static bool EndsInFrom(string words) => WordsOf(words) is [.., "from" or "of" or "von" or "vom" or "aus" or "de" or "du" or "del"];

    /// <summary>Whether such an argument is of "remove" about oneself, not about a topic: "my address from your list".</summary>
    public static bool IsAboutOneself(string argument) => IsAboutLeaving(argument) && WordsOf(argument).Exists(OwnWords.Contains);

    /// <summary>Whether an argument is of people and not of topics, as in "follow us on Twitter" or "add me to your list".</summary>
    public static bool BeginsWithPerson(string argument) => WordsOf(argument) is ["me" or "us", ..];

    /// <summary>Whether a line greets, thanks or takes its leave.</summary>
    public static bool IsGreeting(string line) =>
        line.Length < 60 && GreetingOf(line, Openings) is not null || IsFarewell(line);

    /// <summary>Whether a line thanks or takes its leave, so that a name may follow.</summary>
    public static bool IsFarewell(string line) =>
        line.Length < 60 && (GreetingOf(line, Thanks) is not null || GreetingOf(line, Closings) is not null);

    /// <summary>What stands behind the greeting that a line begins with, as in "Hi, please unsubscribe me"; empty where nothing does.</summary>
    public static string BehindGreeting(string line)
    {
        if (GreetingOf(line, Openings) is not { } greeting)
            return "";
        var end = line.AsSpan(greeting.Length).IndexOfAny(EndsOfGreeting);
        return line[(end < 0 ? greeting.Length : greeting.Length + end + 1)..].Trim();
    }

    private static string? GreetingOf(string line, string[] greetings)
    {
        var lower = line.ToLowerInvariant();
        return Array.Find(greetings, greeting => lower.StartsWith(greeting, StringComparison.Ordinal) && IsWordEnd(lower, greeting));
    }

    private static List<string> WordsOf(string argument) =>
        [.. string.Concat(CommandArguments.Fold(argument).Select(c => char.IsLetterOrDigit(c) ? c : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>Whether a line says that no command follows.</summary>
    public static bool IsEnd(string line) => line.Trim('.', ' ').ToLowerInvariant() is "end" or "quit" or "exit" or "ende" or "fin" or "结束";

    /// <summary>A line without the words of courtesy before its verb and at its end.</summary>
    public static string WithoutPoliteness(string line)
    {
        var rest = line;
        for (var found = true; found;)
        {
            found = false;
            foreach (var word in Courtesies)
            {
                if (!rest.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                    continue;
                (rest, found) = (rest[word.Length..].TrimStart(), true);
                break;
            }
        }

        var bare = rest.TrimEnd('.', '!', '。', '！', ' ');
        foreach (var word in LastCourtesies)
        {
            if (bare.Length > word.Length && bare.EndsWith(word, StringComparison.OrdinalIgnoreCase))
                return bare[..^word.Length].TrimEnd(',', '，', ' ');
        }

        return rest;
    }

    /// <summary>What stands before a reason in a line such as "unsubscribe me, I get too many mails"; null where none does, or where it takes that back.</summary>
    public static string? BeforeReason(string line)
    {
        var (at, mark) = BeforeReasons.Select(mark => (At: line.IndexOf(mark, StringComparison.OrdinalIgnoreCase), Mark: mark)).Where(found => found.At > 0).DefaultIfEmpty((At: line.Length, Mark: "")).MinBy(found => found.At);
        var (clause, reason) = (line[..at].TrimEnd(), line[(at + mark.Length)..]);
        var words = WordsOf(reason);
        return words.Count == 0 || !(Array.IndexOf(Becauses, mark) >= 0 || ReasonBeginnings.Contains(words[0]) || words[0][0] > 0x2E80) || words.Exists(Conditions.Contains) || reason.AsSpan().ContainsAny('?', '？')
            || Array.Exists(ChineseConditions, word => reason.Contains(word, StringComparison.Ordinal)) || Array.IndexOf(SaidOfAnything, CommandArguments.Fold(clause)) >= 0
                ? null : clause;
    }

    /// <summary>What is added or removed, without "to my topics" behind it.</summary>
    public static string WithoutTopicTail(string argument) =>
        Array.Find(TopicTails, tail => argument.EndsWith(tail, StringComparison.OrdinalIgnoreCase)) is { } tail ? argument[..^tail.Length].TrimEnd() : argument;

    /// <summary>What a line wants set, as in "set max to 5" or "change my time to 8:00"; null for a line without such a beginning.</summary>
    public static string? BehindSet(string line)
    {
        var verb = Array.Find(SetWords, word => line.StartsWith(word, StringComparison.OrdinalIgnoreCase));
        var rest = verb is null ? null : WithoutTo(line[verb.Length..]);
        return rest is not null && rest.StartsWith("my ", StringComparison.OrdinalIgnoreCase) ? rest[3..] : rest;
    }

    /// <summary>What a setting is set to, as in "to 5".</summary>
    public static string WithoutTo(string argument) => argument.StartsWith("to ", StringComparison.OrdinalIgnoreCase) ? argument[3..].TrimStart() : argument;

    /// <summary>Chinese writes days and hour without a space: "每天早上7点".</summary>
    public static string BeforeHours(string line) => PartsOfDay.Aggregate(line, (text, part) => text.Replace(part, " " + part, StringComparison.Ordinal)).TrimStart();

    /// <summary>German puts the verb last: "cs.LG hinzufügen".</summary>
    public static string VerbFirst(string line)
    {
        var bare = line.TrimEnd('.', '!', ' ');
        foreach (var verb in LastVerbs)
        {
            if (bare.Length < 60 && bare.EndsWith(verb, StringComparison.OrdinalIgnoreCase))
                return $"{verb.TrimStart()} {bare[..^verb.Length]}";
        }

        return line;
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
            repeats |= isPlural || word[0] is '每' || RepeatingWords.Contains(word);
            if (RepeatingWords.Contains(word) || BesideWeekdays.Contains(word))
                continue;
            if (found is not null || CommandArguments.WeekdayOf(isPlural ? word[..^1] : word.TrimStart('每', '个')) is not { } day)
                return null;
            found = day;
        }

        return repeats ? found : null;
    }

    /// <summary>The rhythm that a word of its verb names.</summary>
    public static string FrequencyOf(string word) => Array.Find(Rhythms, row => Array.Exists(row.Words, name => CommandArguments.Fold(name) == word)).Rhythm;

    /// <summary>The language that a word names, or null.</summary>
    public static string? LanguageOf(string argument) => LanguageNames.GetValueOrDefault(argument.Trim());

    private static bool IsWordEnd(string line, string word) =>
        line.Length == word.Length || !char.IsLetterOrDigit(line[word.Length]) && line[word.Length] is not ('-' or '\'' or '_') || word[^1] > 0x2E80;
}
