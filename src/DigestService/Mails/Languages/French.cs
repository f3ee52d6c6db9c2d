using System.Text;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Mails.Languages;

/// <summary>French; no-break spaces before its double punctuation.</summary>
internal sealed class French : Language
{
    private static readonly string[] Weekdays = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];

    private static readonly string[] Months =
        ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"];

    public override string Tag => "fr";
    public override string Name => "Français";
    protected override string Thousands => "\u202F";

    public override string Day(LocalDate day) => $"{Weekdays[(int)day.DayOfWeek - 1]} {ShortDay(day)}";
    public override string ShortDay(LocalDate day) => $"{(day.Day == 1 ? "1er" : $"{day.Day}")} {Months[day.Month - 1]}";
    public override string Moment(LocalDateTime moment) => $"{Day(moment.Date)} à {moment.Hour}\u00A0h\u00A0{moment.Minute:00}";

    public override string List(IReadOnlyList<string> items) =>
        items.Count < 2 ? string.Concat(items) : $"{string.Join(", ", items.SkipLast(1))} et {items[^1]}";

    public override string AndMore(string these, int more) => more == 1 ? $"{these} et 1 autre" : $"{these} et {Number(more)} autres";

    // Zero and one are singular in French.
    public override string Papers(int count) => count < 2 ? $"{count} article" : $"{Number(count)} articles";
    public override string Upvotes(int count) => count < 2 ? $"{count} vote" : $"{Number(count)} votes";
    public override string UpvotesGained(int count) => $"+{Number(count)} depuis hier";
    public override string Labelled(string label, string value) => $"{label}\u00A0: {value}";

    public override string DigestSubject(string topTitle, int others) => others switch
    {
        0 => $"1 article\u00A0: {topTitle}",
        1 => $"{topTitle} et 1 autre article",
        _ => $"{topTitle} et {Number(others)} autres articles",
    };

    public override string QuietSubject(LocalDate day) => $"Rien de nouveau sur vos thèmes, {Day(day)}";
    public override string DigestHeading(LocalDate day) => $"Vos articles du {Day(day)}";
    public override string SharedHeading(LocalDate day) => $"Articles du {Day(day)}";
    public override string SharedSummary(int papers) => $"{Papers(papers)} d’un digest partagé.";

    public override string Summary(DigestSummary summary, DigestSpan span)
    {
        var parts = summary.Topics.Select(topic => $"{Number(topic.Papers)} sur {topic.Topic}").ToList();
        if (summary.MoreTopics > 0)
            parts.Add($"{Number(summary.OnMoreTopics)} sur {(summary.MoreTopics == 1 ? "un thème de plus" : $"{Number(summary.MoreTopics)} thèmes de plus")}");
        if (summary.ByFollowed > 0)
            parts.Add($"{Number(summary.ByFollowed)} par des auteurs que vous suivez");
        if (summary.Others > 0)
            parts.Add($"{Number(summary.Others)} {(summary.NamesNone ? "" : "de plus ")}pour vous");
        if (summary.Outside > 0)
            parts.Add($"{Number(summary.Outside)} {(summary.Outside == 1 ? "tendance" : "tendances")} ailleurs");
        var total = $"{Papers(summary.Papers)} {Within(span)}";
        return parts is [var all] && (summary.Others == 0 || summary.NamesNone) ? $"{total}{all[Number(summary.Papers).Length..]}." : $"{total}\u00A0: {List(parts)}.";
    }

    public override string SummaryOfTrending(int papers, DigestSpan span) =>
        papers < 2 ? $"L’article dont on parle le plus {Within(span)}." : $"Les {Papers(papers)} dont on parle le plus {Within(span)}.";

    public override string SummaryOfNewest(int papers) => papers < 2 ? "L’article le plus récent." : $"Les {Papers(papers)} les plus récents.";

    public override string FirstDigest =>
        "Bienvenue, voici votre premier digest. Sous chaque article, demandez-en plus ou moins du même genre\u00A0; le prochain en tiendra compte.";

    public override string Missed(LocalDate lastDigestOn, LocalDate since, int papers) =>
        $"Heureux de vous revoir. Votre dernier digest date du {ShortDay(lastDigestOn)}. Depuis le {ShortDay(since)}, " + (papers == 0
            ? "rien sur vos thèmes n’a dû être laissé de côté."
            : $"vos thèmes ont apporté {(papers == 1 ? "1 autre article" : $"{Number(papers)} autres articles")} qui ne {(papers == 1 ? "tient" : "tiennent")} pas ici.");

    public override string QuietDay => "Nous avons parcouru tout ce qui a été publié\u00A0: rien de nouveau sur vos thèmes. Profitez du calme, nous continuons à chercher.";
    public override string QuietDayTrending(DigestSpan span) => $"Rien de nouveau sur vos thèmes {Within(span)}\u00A0; voici ce que lisent les autres.";
    public override string OnYourTopics => "Sur vos thèmes";
    public override string MoreForYou => "Encore pour vous";
    public override string OutsideYourTopics => "Tendances hors de vos thèmes";
    public override string TrendingNow => "Tendances";
    public override string Newest => "Les plus récents";

    public override string LeftOut(int papers) => papers < 2
        ? "Un autre article ne tenait pas dans ce message\u00A0: lisez-le dans le navigateur."
        : $"{Number(papers)} autres articles ne tenaient pas dans ce message\u00A0: lisez-les dans le navigateur.";

    public override string NewsOfSaved => "Du nouveau sur les articles que vous avez gardés";
    public override string HasCodeNow => "a maintenant du code";
    public override string HasNewVersion => "a une nouvelle version";
    public override string AndMoreNews(int papers) => papers == 1 ? "et 1 autre" : $"et {Number(papers)} autres";

    public override string Why => "Pourquoi";
    public override string InShort => "En bref (écrit par une machine)";
    public override string NoAbstract => "Pas encore de résumé.";
    public override string PaperLink => "Article";
    public override string PdfLink => "PDF";
    public override string CodeLink => "Code";
    public override string ProjectLink => "Page du projet";
    public override string MoreLikeThis => "Plus comme ça";
    public override string LessLikeThis => "Moins comme ça";
    public override string Save => "Garder";
    protected override string Matched(string topic, IReadOnlyList<string> terms) =>
        terms.Count == 0 ? $"sur votre thème {topic}" : $"sur votre thème {topic} ({string.Join(", ", terms)})";

    protected override string Near(string topic, IReadOnlyList<string> terms) => $"proche de votre thème {topic} ({string.Join(", ", terms)})";

    protected override string Close(string quotedTopic, string quotedSentence) => $"proche par le sens de {quotedTopic}{(quotedSentence.Length == 0 ? "" : $" : {quotedSentence}")}";

    protected override string UpvotedWithin(int count, int hours) =>
        hours <= 0 ? Upvotes(count) : $"{Upvotes(count)} en {(hours < 2 ? $"{hours} heure" : $"{Number(hours)} heures")}";

    protected override string Listed(string? listing, int position, LocalDate? day) =>
        $"numéro {position} de la liste {(listing is null ? "" : $"{OfName(listing)} ")}du {(day is { } other ? ShortDay(other) : "jour")}";
    protected override string Resembles(string quotedTitle) => $"proche de {quotedTitle}, que vous avez aimé ou gardé";
    protected override string ByFollowed(string author) => $"par {author}, que vous suivez";
    protected override string Outside(DigestSpan span) => $"parmi les plus remarqués {(span == DigestSpan.Day ? "du jour" : "de la semaine")} en dehors de vos thèmes";
    protected override string FromOutside => "en dehors de vos thèmes";
    protected override string LikedBySimilar => "aimé par des lecteurs qui ont vos goûts";
    protected override string New(DigestSpan span) => $"nouveau {Within(span)}";
    private static string Within(DigestSpan span) => span == DigestSpan.Day ? "aujourd’hui" : "cette semaine";

    private static string OfName(string name) => Elides(name) ? $"d’{name}" : $"de {name}";

    // Before a vowel, with or without an accent. Names in h and y differ one by one and are left as they are.
    private static bool Elides(string word) =>
        word.Length > 0 && word[..1].Normalized(NormalizationForm.FormD)[0] is 'a' or 'e' or 'i' or 'o' or 'u' or 'A' or 'E' or 'I' or 'O' or 'U';

    public override string Quote(string title) => $"«\u00A0{title}\u00A0»";

    public override string WhyYouGetThis(string address, string site) => $"Vous recevez ce message {(Elides(address) ? "parce qu’" : "parce que ")}{address} est abonné à {site}.";
    public override string AsOneOfList(string list) => $"Vous le recevez comme l’une des adresses de la liste {Quote(list)} ; si vous vous désabonnez, il ne cesse que pour vous.";
    public override string YourTopics => "Vos thèmes";
    public override string ChangeTopics => "Changer de thèmes";
    public override string Pause => "Faire une pause";
    public override string Unsubscribe => "Se désabonner";
    public override string ViewInBrowser => "Voir dans le navigateur";
    public override string AnswerHint => "Répondez à ce message pour affiner le suivant : «\u00A0+3 -5\u00A0» pour plus comme le troisième article et moins comme le cinquième, «\u00A0garder 2\u00A0», «\u00A0pourquoi 4\u00A0», «\u00A0pause 2 semaines\u00A0» ou «\u00A0aide\u00A0».";
    public override string Cite => "Citer ces articles";

    public override ServiceWords Service { get; } = new()
    {
        ConfirmSubject = "Merci de confirmer votre abonnement",
        ConfirmHeading = "Plus qu’un clic",
        ConfirmText = site => $"Quelqu’un, vous sans doute, a demandé à {site} d’envoyer à cette adresse les articles les plus pertinents du jour. Merci de confirmer que vous les voulez.",
        ConfirmButton = "Confirmer l’abonnement",
        ConfirmByAnswer = "Répondre à ce message, avec n’importe quel texte, le confirme aussi.",
        ConfirmExpiry = days => $"Le lien est valable {days} jours.",
        ConfirmNotYou = "Si ce n’était pas vous, ignorez ce message\u00A0: sans ce clic, vous n’entendrez plus parler de nous.",
        OwnQueries = count => count == 1 ? "une requête personnelle" : $"{count} requêtes personnelles",
        AlreadySubject = "Vous êtes déjà abonné",
        AlreadyHeading = "Vous êtes déjà abonné",
        AlreadyText = site => $"Quelqu’un, vous sans doute, a saisi de nouveau cette adresse sur {site}. Rien n’a changé\u00A0: vos digests continuent comme avant.",
        AlreadyNotYou = "Si ce n’était pas vous, il n’y a rien à faire.",
        WelcomeSubject = site => $"Bienvenue chez {site}",
        WelcomeHeading = "C’est fait",
        WelcomeText = moment => $"Votre premier digest arrive {moment}.",
        WelcomeHow = "Chaque digest contient les quelques articles qui comptent le plus pour vous, avec les raisons de leur choix. Thèmes, heure, jours et longueur\u00A0: à vous de décider.",
        PreferencesSubject = "Votre lien vers les préférences",
        PreferencesHeading = "Vos préférences",
        PreferencesText = site => $"Vous avez demandé à {site} le lien vers vos préférences. Le voici.",
        PreferencesButton = "Ouvrir les préférences",
        PreferencesKeep = "Ce lien n’est qu’à vous\u00A0: qui le possède peut modifier votre abonnement.",
        PreferencesNotYou = "Si vous ne l’avez pas demandé, ignorez ce message.",
        AnswerSubject = "Les suites de votre message",
        AnswerHeading = "Les suites de votre message",
        AnswerHelp = "Vous pouvez envoyer ces commandes, une par ligne",
        Commands =
        [
            new("help", "cette liste"),
            new("preferences", "un lien pour tout changer"),
            new("pause", "aucun digest jusqu’à la reprise"),
            new("resume", "de nouveau des digests"),
            new("unsubscribe", "se désabonner, tout de suite"),
            new("inscription / confirmer", "s’abonner ; répondre au message qui suit"),
            new("thèmes", "les thèmes qui existent"),
            new("add cs.LG, diffusion-models", "suivre une catégorie ou un thème ; del l’enlève"),
            new("query \"retrieval AND agents\"", "une requête à vous"),
            new("mute blockchain", "écarter les articles contenant ce mot"),
            new("start 2512.09363", "des articles que vous aimez, par identifiant ou lien, là ou dans les lignes suivantes : ce qui leur correspond"),
            new("zone Europe/Paris · at 07:30", "quand il arrive ; aussi daily, weekdays, weekly, chaque lundi"),
            new("max 5 · language fr", "sa longueur et sa langue"),
            new("pause 2 semaines", "pas de digest pendant ce temps, ou jusqu’à lundi, jusqu’au 2026-12-24"),
            new("statut", "l’état de votre abonnement"),
            new("aujourd'hui", "le digest du jour maintenant"),
            new("+3 -5 · garder 2 · pourquoi 4", "sur les articles d’un digest, par numéro, en réponse"),
            new("change nouveau@example.org", "passer à une autre adresse"),
            new("export · erase", "ce que nous avons sur vous ; l’oublier"),
        ],
        Outcome = outcome => outcome switch
        {
            CommandOutcome.Help => "Les commandes sont ci-dessous.",
            CommandOutcome.ConfirmationSent => "Un message avec un lien de confirmation est en route.",
            CommandOutcome.PreferencesSent => "Le bouton ci-dessous ouvre vos préférences.",
            CommandOutcome.Unsubscribed => "C’est fait\u00A0: votre abonnement a pris fin.",
            CommandOutcome.Paused => "C’est fait\u00A0: aucun digest jusqu’à la reprise.",
            CommandOutcome.Resumed => "C’est fait\u00A0: les digests reprennent.",
            CommandOutcome.TopicsChanged => "C’est fait\u00A0: vos thèmes ont changé.",
            CommandOutcome.Confirmed => "C’est fait\u00A0: votre abonnement commence.",
            CommandOutcome.Changed => "C’est fait.",
            CommandOutcome.Told => "Voici\u00A0:",
            CommandOutcome.Noted => "C’est noté.",
            CommandOutcome.TodayComing => "Le digest du jour est en route.",
            CommandOutcome.TodayHad => "Vous avez déjà reçu le digest du jour.",
            CommandOutcome.ProofAsked => "Un message envoyé à votre adresse demande si cela vient de vous.",
            CommandOutcome.MoveAsked => "Si la nouvelle adresse peut recevoir votre digest, un message lui demande son accord.",
            CommandOutcome.Erased => "C’est fait\u00A0: tout ce que nous avions sur vous est effacé.",
            CommandOutcome.Refused => "Cela n’a pas été fait.",
            CommandOutcome.NotConfirmed => "Votre abonnement n’est pas encore confirmé, rien n’a donc changé : répondez au message de confirmation, ou envoyez «\u00A0subscribe\u00A0» pour en recevoir un autre.",
            CommandOutcome.NotSubscribed => "Cette adresse n’est pas abonnée, rien n’a donc changé.",
            CommandOutcome.NotRead => "Seul ce nombre de lignes d’un message est lu\u00A0:",
            _ => "Nous ne connaissons pas cette commande.",
        },
        AnswerPlace = line => line == 0 ? "C’est dans l’objet." : $"C’est à la ligne {line}.",
        AnswerExample = example => $"Par exemple\u00A0: {example}",
        RequestSubject = "Veuillez confirmer ce que votre message demandait",
        RequestHeading = "Était-ce vous ?",
        RequestText = "Un message en votre nom nous a demandé ce qui figure ici. Répondez à ce message, avec n’importe quel texte, et ce sera fait. Si ce n’était pas vous, ignorez ce message : rien ne change.",
        MoveText = "Quelqu’un a demandé à recevoir désormais ses digests à cette adresse. Répondez à ce message, avec n’importe quel texte, pour accepter. Si vous n’en savez rien, ignorez ce message : rien ne change.",
        PausedSubject = "Vos digests sont en pause",
        PausedHeading = "En pause",
        PausedText = until => until is null ? "Vos digests s’arrêtent jusqu’à ce que vous les repreniez." : $"Vos digests s’arrêtent jusqu’au {until}, puis reprennent d’eux-mêmes.",
        ResumeButton = "Reprendre maintenant",
        GoodbyeSubject = "Vous êtes désabonné",
        GoodbyeHeading = "Au revoir",
        GoodbyeText = site => $"Votre abonnement à {site} a pris fin. C’est le dernier message que vous recevez de nous.",
        GoodbyeReturn = "S’il vous manque, vous pouvez vous réabonner quand vous voulez",
        AddressSubject = "Merci de confirmer votre nouvelle adresse",
        AddressHeading = "Votre digest à cette adresse\u00A0?",
        AddressText = site => $"Quelqu’un, vous sans doute, a demandé à recevoir désormais à cette adresse les digests de {site}. Merci de confirmer que vous les voulez ici.",
        AddressButton = "Oui, les envoyer ici",
        MovedSubject = "Votre digest arrive désormais à une autre adresse",
        MovedHeading = "Une nouvelle adresse",
        MovedText = site => $"Votre abonnement à {site} est passé à une autre adresse, qui l’a accepté. C’est le dernier message envoyé à celle-ci.",
        MovedNotYou = "Si ce n’était pas vous, vous pouvez vous réabonner",
    };
}
