using NodaTime;

namespace DigestService.Mails.Languages;

/// <summary>German, saying du as research groups do.</summary>
internal sealed class German : Language
{
    private static readonly string[] Weekdays = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];

    private static readonly string[] Months =
        ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"];

    public override string Tag => "de";
    public override string Name => "Deutsch";
    protected override string Thousands => ".";

    public override string Day(LocalDate day) => $"{Weekdays[(int)day.DayOfWeek - 1]}, {ShortDay(day)}";
    public override string ShortDay(LocalDate day) => $"{day.Day}. {Months[day.Month - 1]}";
    public override string Moment(LocalDateTime moment) => $"{Day(moment.Date)}, um {moment.Hour}:{moment.Minute:00} Uhr";

    public override string List(IReadOnlyList<string> items) =>
        items.Count < 2 ? string.Concat(items) : $"{string.Join(", ", items.SkipLast(1))} und {items[^1]}";

    public override string AndMore(string these, int more) => $"{these} und {Number(more)} weitere";
    public override string Papers(int count) => count == 1 ? "1 Paper" : $"{Number(count)} Papers";
    public override string Upvotes(int count) => count == 1 ? "1 Stimme" : $"{Number(count)} Stimmen";
    public override string UpvotesGained(int count) => $"+{Number(count)} seit gestern";

    public override string DigestSubject(string topTitle, int others) => others switch
    {
        0 => $"1 Paper: {topTitle}",
        1 => $"{topTitle} und 1 weiteres Paper",
        _ => $"{topTitle} und {Number(others)} weitere Papers",
    };

    public override string QuietSubject(LocalDate day) => $"Nichts Neues zu deinen Themen, {Day(day)}";
    public override string DigestHeading(LocalDate day) => $"Deine Papers für {Day(day)}";
    public override string SharedHeading(LocalDate day) => $"Papers für {Day(day)}";
    public override string SharedSummary(int papers) => $"{Papers(papers)} aus einem weitergegebenen Digest.";

    public override string Summary(DigestSummary summary, DigestSpan span)
    {
        var parts = summary.Topics.Select(topic => $"{Number(topic.Papers)} zu {topic.Topic}").ToList();
        if (summary.MoreTopics > 0)
            parts.Add($"{Number(summary.OnMoreTopics)} zu {(summary.MoreTopics == 1 ? "einem weiteren Thema" : $"{Number(summary.MoreTopics)} weiteren Themen")}");
        if (summary.ByFollowed > 0)
            parts.Add($"{Number(summary.ByFollowed)} von Autoren, denen du folgst");
        if (summary.Others > 0)
            parts.Add($"{Number(summary.Others)} {(summary.NamesNone ? "" : "mehr ")}für dich");
        if (summary.Outside > 0)
            parts.Add($"{Number(summary.Outside)} im Trend darüber hinaus");
        var total = $"{(span == DigestSpan.Day ? "Heute" : "Diese Woche")} {Papers(summary.Papers)}";
        return parts is [var all] && (summary.Others == 0 || summary.NamesNone) ? $"{total}{all[Number(summary.Papers).Length..]}." : $"{total}: {List(parts)}.";
    }

    public override string SummaryOfTrending(int papers, DigestSpan span) =>
        papers == 1
            ? $"Das Paper, über das {Within(span)} am meisten gesprochen wird."
            : $"Die {Papers(papers)}, über die {Within(span)} am meisten gesprochen wird.";

    public override string SummaryOfNewest(int papers) => papers == 1 ? "Das neueste Paper." : $"Die {Number(papers)} neuesten Papers.";

    public override string FirstDigest =>
        "Willkommen, das ist dein erster Digest. Unter jedem Paper kannst du mehr oder weniger davon verlangen; der nächste Digest richtet sich danach.";

    public override string Missed(LocalDate lastDigestOn, LocalDate since, int papers) =>
        $"Schön, dass du wieder da bist. Dein letzter Digest kam am {ShortDay(lastDigestOn)}. Seit dem {ShortDay(since)} " + (papers == 0
            ? "musste zu deinen Themen nichts weggelassen werden."
            : $"gab es zu deinen Themen {(papers == 1 ? "1 weiteres Paper, das hier keinen Platz hat" : $"{Number(papers)} weitere Papers, die hier keinen Platz haben")}.");

    public override string QuietDay => "Wir haben alles durchgesehen, was gelistet wurde; zu deinen Themen war nichts Neues dabei. Genieß die Ruhe, wir schauen weiter.";
    public override string QuietDayTrending(DigestSpan span) => $"Zu deinen Themen gab es {Within(span)} nichts Neues, deshalb hier das, was andere lesen.";
    public override string OnYourTopics => "Zu deinen Themen";
    public override string MoreForYou => "Mehr für dich";
    public override string OutsideYourTopics => "Im Trend außerhalb deiner Themen";
    public override string TrendingNow => "Im Trend";
    public override string Newest => "Das Neueste";

    public override string LeftOut(int papers) => papers == 1
        ? "Ein weiteres Paper hatte in dieser Mail keinen Platz: Lies es im Browser."
        : $"{Number(papers)} weitere Papers hatten in dieser Mail keinen Platz: Lies sie im Browser.";

    public override string NewsOfSaved => "Neues zu Papers, die du dir gemerkt hast";
    public override string HasCodeNow => "hat jetzt Code";
    public override string HasNewVersion => "hat eine neue Version";
    public override string AndMoreNews(int papers) => papers == 1 ? "und ein weiteres" : $"und {Number(papers)} weitere";

    public override string Why => "Warum";
    public override string InShort => "Kurz gesagt (von einer Maschine geschrieben)";
    public override string NoAbstract => "Noch ohne Abstract.";
    public override string PaperLink => "Paper";
    public override string PdfLink => "PDF";
    public override string CodeLink => "Code";
    public override string ProjectLink => "Projektseite";
    public override string MoreLikeThis => "Mehr davon";
    public override string LessLikeThis => "Weniger davon";
    public override string Save => "Merken";
    protected override string Matched(string topic, IReadOnlyList<string> terms) =>
        terms.Count == 0 ? $"zu deinem Thema {topic}" : $"zu deinem Thema {topic} ({string.Join(", ", terms)})";

    protected override string Near(string topic, IReadOnlyList<string> terms) => $"nah an deinem Thema {topic} ({string.Join(", ", terms)})";

    protected override string Close(string quotedTopic, string quotedSentence) => $"dem Sinn nach nah an {quotedTopic}{(quotedSentence.Length == 0 ? "" : $": {quotedSentence}")}";

    protected override string UpvotedWithin(int count, int hours) =>
        hours <= 0 ? Upvotes(count) : $"{Upvotes(count)} in {(hours == 1 ? "1 Stunde" : $"{Number(hours)} Stunden")}";

    protected override string Listed(string? listing, int position, LocalDate? day) =>
        $"Platz {position} auf der {(day is null ? "Tagesliste" : "Liste")}{(listing is null ? "" : $" von {listing}")}{(day is { } other ? $" vom {ShortDay(other)}" : "")}";
    protected override string Resembles(string quotedTitle) => $"ähnlich wie {quotedTitle}, das dir gefiel oder das du dir gemerkt hast";
    protected override string ByFollowed(string author) => $"du folgst {author}";
    protected override string Outside(DigestSpan span) => $"eines der größten {(span == DigestSpan.Day ? "des Tages" : "der Woche")} außerhalb deiner Themen";
    protected override string FromOutside => "von außerhalb deiner Themen";
    protected override string LikedBySimilar => "gefällt Lesern mit deinem Geschmack";
    protected override string New(DigestSpan span) => $"neu {Within(span)}";
    private static string Within(DigestSpan span) => span == DigestSpan.Day ? "heute" : "diese Woche";
    public override string Quote(string title) => $"„{title}“";

    public override string WhyYouGetThis(string address, string site) => $"Du bekommst diese Mail, weil {address} bei {site} eingetragen ist.";
    public override string AsOneOfList(string list) => $"Du bekommst sie als eine Adresse der Liste {Quote(list)}; wenn du sie abbestellst, endet sie nur für dich.";
    public override string YourTopics => "Deine Themen";
    public override string ChangeTopics => "Themen ändern";
    public override string Pause => "Pausieren";
    public override string Unsubscribe => "Abbestellen";
    public override string ViewInBrowser => "Im Browser lesen";
    public override string AnswerHint => "Antworte auf diese Mail, um die nächste zu verbessern: „+3 -5“ für mehr wie das dritte und weniger wie das fünfte Paper, „merken 2“, „warum 4“, „pause 2 wochen“ oder „hilfe“.";
    public override string Cite => "Diese Papers zitieren";

    public override ServiceWords Service { get; } = new()
    {
        ConfirmSubject = "Bitte bestätige dein Abonnement",
        ConfirmHeading = "Nur noch ein Klick",
        ConfirmText = site => $"Jemand, hoffentlich du, möchte von {site} die wichtigsten Papers des Tages an diese Adresse bekommen. Bitte bestätige, dass du das willst.",
        ConfirmButton = "Abonnement bestätigen",
        ConfirmByAnswer = "Eine Antwort auf diese Mail, mit beliebigem Text, bestätigt ebenfalls.",
        ConfirmExpiry = days => $"Der Link gilt {days} Tage.",
        ConfirmNotYou = "Wenn du das nicht warst, ignoriere diese Mail: Ohne den Klick hörst du nichts mehr von uns.",
        OwnQueries = count => count == 1 ? "eine eigene Suchanfrage" : $"{count} eigene Suchanfragen",
        AlreadySubject = "Du bist schon dabei",
        AlreadyHeading = "Du bist schon dabei",
        AlreadyText = site => $"Jemand, hoffentlich du, hat diese Adresse noch einmal bei {site} eingetragen. Es hat sich nichts geändert: Deine Digests kommen wie bisher.",
        AlreadyNotYou = "Wenn du das nicht warst, ist nichts zu tun.",
        WelcomeSubject = site => $"Willkommen bei {site}",
        WelcomeHeading = "Du bist dabei",
        WelcomeText = moment => $"Dein erster Digest kommt am {moment}.",
        WelcomeHow = "Jeder Digest bringt die wenigen Papers, die für dich am wichtigsten sind, und sagt, warum. Themen, Uhrzeit, Tage und Länge bestimmst du.",
        PreferencesSubject = "Dein Link zu den Einstellungen",
        PreferencesHeading = "Deine Einstellungen",
        PreferencesText = site => $"Du hast {site} um den Link zu deinen Einstellungen gebeten. Hier ist er.",
        PreferencesButton = "Einstellungen öffnen",
        PreferencesKeep = "Der Link gehört dir allein: Wer ihn hat, kann dein Abonnement ändern.",
        PreferencesNotYou = "Wenn du nicht darum gebeten hast, ignoriere diese Mail.",
        AnswerSubject = "Was aus deiner Mail wurde",
        AnswerHeading = "Was aus deiner Mail wurde",
        AnswerHelp = "Diese Befehle kannst du mailen, einen je Zeile",
        Commands =
        [
            new("help", "diese Liste"),
            new("preferences", "ein Link, um alles zu ändern"),
            new("pause", "keine Digests, bis du sie fortsetzt"),
            new("resume", "wieder Digests"),
            new("unsubscribe", "sofort abbestellen"),
            new("anmelden / bestätigen", "sich anmelden; auf die folgende Mail antworten"),
            new("themen", "die Themen, die es gibt"),
            new("add cs.LG, diffusion-models", "einer Kategorie oder einem Thema folgen; del nimmt es zurück"),
            new("query \"retrieval AND agents\"", "eine eigene Suche"),
            new("mute blockchain", "Papers mit diesem Wort weglassen"),
            new("start 2512.09363", "Papers, die dir gefallen, mit Kennung oder Link, dort oder in den Zeilen darunter: was dazu passt"),
            new("zone Europe/Berlin · at 07:30", "wann er kommt; auch daily, weekdays, weekly, jeden Montag"),
            new("max 5 · language de", "wie lang, und in welcher Sprache"),
            new("pause 2 wochen", "so lange keine Digests, oder bis Montag, bis 2026-12-24"),
            new("status", "wie dein Abonnement steht"),
            new("heute", "den heutigen Digest jetzt"),
            new("+3 -5 · merken 2 · warum 4", "zu den Papers eines Digests, nach Nummer, als Antwort darauf"),
            new("change neu@example.org", "an eine andere Adresse umziehen"),
            new("export · erase", "was wir über dich haben; es vergessen"),
        ],
        Outcome = outcome => outcome switch
        {
            CommandOutcome.Help => "Die Befehle stehen unten.",
            CommandOutcome.ConfirmationSent => "Eine Mail mit einem Link zum Bestätigen ist unterwegs.",
            CommandOutcome.PreferencesSent => "Der Knopf unten öffnet deine Einstellungen.",
            CommandOutcome.Unsubscribed => "Erledigt: Dein Abonnement ist beendet.",
            CommandOutcome.Paused => "Erledigt: Die Digests ruhen, bis du sie fortsetzt.",
            CommandOutcome.Resumed => "Erledigt: Die Digests kommen wieder.",
            CommandOutcome.TopicsChanged => "Erledigt: Deine Themen sind geändert.",
            CommandOutcome.Confirmed => "Erledigt: Dein Abonnement beginnt.",
            CommandOutcome.Changed => "Erledigt.",
            CommandOutcome.Told => "Hier ist es:",
            CommandOutcome.Noted => "Notiert.",
            CommandOutcome.TodayComing => "Der heutige Digest ist unterwegs.",
            CommandOutcome.TodayHad => "Den heutigen Digest hast du schon bekommen.",
            CommandOutcome.ProofAsked => "Eine Mail an deine Adresse fragt, ob das von dir kam.",
            CommandOutcome.MoveAsked => "Wenn die neue Adresse deinen Digest annehmen kann, bittet eine Mail sie um Zustimmung.",
            CommandOutcome.Erased => "Erledigt: Alles, was wir über dich hatten, ist gelöscht.",
            CommandOutcome.Refused => "Das wurde nicht ausgeführt.",
            CommandOutcome.NotConfirmed => "Dein Abonnement ist noch nicht bestätigt, also wurde nichts geändert: Antworte auf die Bestätigungsmail, oder schicke „subscribe“ für eine neue.",
            CommandOutcome.NotSubscribed => "Diese Adresse ist nicht eingetragen, also wurde nichts geändert.",
            CommandOutcome.NotRead => "Nur so viele Zeilen einer Mail werden gelesen:",
            _ => "Diesen Befehl kennen wir nicht.",
        },
        AnswerPlace = line => line == 0 ? "Das steht im Betreff." : $"Das steht in Zeile {line}.",
        AnswerExample = example => $"Zum Beispiel: {example}",
        RequestSubject = "Bitte bestätige, worum deine Mail bat",
        RequestHeading = "Warst du das?",
        RequestText = "Eine Mail in deinem Namen bat uns um das, was hier steht. Antworte auf diese Mail, mit beliebigem Text, und es wird ausgeführt. Warst du es nicht, ignoriere diese Mail: Es ändert sich nichts.",
        MoveText = "Jemand bat darum, den Digest künftig an diese Adresse zu bekommen. Antworte auf diese Mail, mit beliebigem Text, um zuzustimmen. Weißt du nichts davon, ignoriere diese Mail: Es ändert sich nichts.",
        PausedSubject = "Deine Digests pausieren",
        PausedHeading = "Pause",
        PausedText = until => until is null ? "Deine Digests ruhen, bis du sie fortsetzt." : $"Deine Digests ruhen bis zum {until}, dann kommen sie von selbst wieder.",
        ResumeButton = "Jetzt fortsetzen",
        GoodbyeSubject = "Du bist abgemeldet",
        GoodbyeHeading = "Auf Wiedersehen",
        GoodbyeText = site => $"Dein Abonnement bei {site} ist beendet. Das ist die letzte Mail, die du von uns bekommst.",
        GoodbyeReturn = "Falls du es vermisst, kannst du dich jederzeit wieder eintragen",
        AddressSubject = "Bitte bestätige deine neue Adresse",
        AddressHeading = "Dein Digest an diese Adresse?",
        AddressText = site => $"Jemand, hoffentlich du, möchte die Digests von {site} künftig an diese Adresse bekommen. Bitte bestätige, dass du das willst.",
        AddressButton = "Ja, hierher schicken",
        MovedSubject = "Dein Digest geht jetzt an eine andere Adresse",
        MovedHeading = "Eine neue Adresse",
        MovedText = site => $"Dein Abonnement bei {site} ist an eine andere Adresse umgezogen, und die hat zugestimmt. Das ist die letzte Mail an diese hier.",
        MovedNotYou = "Wenn du das nicht warst, kannst du dich wieder eintragen",
    };
}
