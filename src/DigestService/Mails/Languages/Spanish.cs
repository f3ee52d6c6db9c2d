using NodaTime;

namespace DigestService.Mails.Languages;

/// <summary>Spanish; thousands are set apart from five digits on.</summary>
internal sealed class Spanish : Language
{
    private static readonly string[] Weekdays = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"];

    private static readonly string[] Months =
        ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"];

    public override string Tag => "es";
    public override string Name => "Español";
    protected override string Thousands => "\u00A0";
    protected override int GroupFrom => 5;

    public override string Day(LocalDate day) => $"{Weekdays[(int)day.DayOfWeek - 1]}, {ShortDay(day)}";
    public override string ShortDay(LocalDate day) => $"{day.Day} de {Months[day.Month - 1]}";
    public override string Moment(LocalDateTime moment) => $"{Day(moment.Date)}, a {(moment.Hour == 1 ? "la" : "las")} {moment.Hour}:{moment.Minute:00}";

    // Y becomes e before the sound of i.
    public override string List(IReadOnlyList<string> items) => items.Count < 2
        ? string.Concat(items)
        : $"{string.Join(", ", items.SkipLast(1))} {(StartsWithI(items[^1]) ? "e" : "y")} {items[^1]}";

    public override string AndMore(string these, int more) => $"{these} y {Number(more)} más";
    public override string Papers(int count) => count == 1 ? "1 artículo" : $"{Number(count)} artículos";
    public override string Upvotes(int count) => count == 1 ? "1 voto" : $"{Number(count)} votos";
    public override string UpvotesGained(int count) => $"+{Number(count)} desde ayer";

    public override string DigestSubject(string topTitle, int others) =>
        others == 0 ? $"1 artículo: {topTitle}" : $"{topTitle} y {Papers(others)} más";

    public override string QuietSubject(LocalDate day) => $"Nada nuevo en tus temas, {Day(day)}";
    public override string DigestHeading(LocalDate day) => $"Tus artículos del {Weekdays[(int)day.DayOfWeek - 1]} {ShortDay(day)}";
    public override string SharedHeading(LocalDate day) => $"Artículos del {Weekdays[(int)day.DayOfWeek - 1]} {ShortDay(day)}";
    public override string SharedSummary(int papers) => $"{Papers(papers)} de un resumen compartido.";

    public override string Summary(DigestSummary summary, DigestSpan span)
    {
        var parts = summary.Topics.Select(topic => $"{Number(topic.Papers)} sobre {topic.Topic}").ToList();
        if (summary.MoreTopics > 0)
            parts.Add($"{Number(summary.OnMoreTopics)} sobre {(summary.MoreTopics == 1 ? "un tema más" : $"{Number(summary.MoreTopics)} temas más")}");
        if (summary.ByFollowed > 0)
            parts.Add($"{Number(summary.ByFollowed)} de autores que sigues");
        if (summary.Others > 0)
            parts.Add($"{Number(summary.Others)} {(summary.NamesNone ? "" : "más ")}para ti");
        if (summary.Outside > 0)
            parts.Add($"{Number(summary.Outside)} en tendencia fuera de tus temas");
        var total = $"{Papers(summary.Papers)} {Within(span)}";
        return parts is [var all] && (summary.Others == 0 || summary.NamesNone) ? $"{total}{all[Number(summary.Papers).Length..]}." : $"{total}: {List(parts)}.";
    }

    public override string SummaryOfTrending(int papers, DigestSpan span) =>
        papers == 1 ? $"El artículo del que más se habla {Within(span)}." : $"Los {Papers(papers)} de los que más se habla {Within(span)}.";

    public override string SummaryOfNewest(int papers) => papers == 1 ? "El artículo más reciente." : $"Los {Papers(papers)} más recientes.";

    public override string FirstDigest =>
        "Te damos la bienvenida: este es tu primer resumen. Bajo cada artículo puedes pedir más o menos de lo mismo; el próximo lo tendrá en cuenta.";

    public override string Missed(LocalDate lastDigestOn, LocalDate since, int papers) =>
        $"Qué bien verte de nuevo. Tu último resumen llegó el {ShortDay(lastDigestOn)}. Desde el {ShortDay(since)} " + (papers == 0
            ? "no hubo que dejar fuera nada de tus temas."
            : $"tus temas trajeron {Papers(papers)} más de los que caben aquí.");

    public override string QuietDay => "Hemos revisado todo lo publicado y no había nada nuevo en tus temas. Disfruta de la calma; seguimos mirando.";
    public override string QuietDayTrending(DigestSpan span) => $"No hubo nada nuevo en tus temas {Within(span)}, así que esto es lo que leen los demás.";
    public override string OnYourTopics => "En tus temas";
    public override string MoreForYou => "Más para ti";
    public override string OutsideYourTopics => "Tendencias fuera de tus temas";
    public override string TrendingNow => "Tendencias";
    public override string Newest => "Lo más reciente";

    public override string LeftOut(int papers) => papers == 1
        ? "Un artículo más no cabía en este mensaje: léelo en el navegador."
        : $"{Number(papers)} artículos más no cabían en este mensaje: léelos en el navegador.";

    public override string NewsOfSaved => "Novedades de los artículos que guardaste";
    public override string HasCodeNow => "ya tiene código";
    public override string HasNewVersion => "tiene una versión nueva";
    public override string AndMoreNews(int papers) => $"y {Number(papers)} más";

    public override string Why => "Por qué";
    public override string InShort => "En breve (escrito por una máquina)";
    public override string NoAbstract => "Aún sin resumen.";
    public override string PaperLink => "Artículo";
    public override string PdfLink => "PDF";
    public override string CodeLink => "Código";
    public override string ProjectLink => "Página del proyecto";
    public override string MoreLikeThis => "Más como este";
    public override string LessLikeThis => "Menos como este";
    public override string Save => "Guardar";
    protected override string Matched(string topic, IReadOnlyList<string> terms) =>
        terms.Count == 0 ? $"sobre tu tema {topic}" : $"sobre tu tema {topic} ({string.Join(", ", terms)})";

    protected override string Near(string topic, IReadOnlyList<string> terms) => $"cerca de tu tema {topic} ({string.Join(", ", terms)})";

    protected override string Close(string quotedTopic, string quotedSentence) => $"cercano en significado a {quotedTopic}{(quotedSentence.Length == 0 ? "" : $": {quotedSentence}")}";

    protected override string UpvotedWithin(int count, int hours) =>
        hours <= 0 ? Upvotes(count) : $"{Upvotes(count)} en {(hours == 1 ? "1 hora" : $"{Number(hours)} horas")}";

    protected override string Listed(string? listing, int position, LocalDate? day) =>
        $"número {position} de la lista{(listing is null ? "" : $" de {listing}")} del {(day is { } other ? ShortDay(other) : "día")}";
    protected override string Resembles(string quotedTitle) => $"parecido a {quotedTitle}, que te gustó o guardaste";
    protected override string ByFollowed(string author) => $"de {author}, a quien sigues";
    protected override string Outside(DigestSpan span) => $"de lo más destacado {(span == DigestSpan.Day ? "del día" : "de la semana")} fuera de tus temas";
    protected override string FromOutside => "de fuera de tus temas";
    protected override string LikedBySimilar => "gusta a lectores con tus gustos";
    protected override string New(DigestSpan span) => $"nuevo {Within(span)}";
    private static string Within(DigestSpan span) => span == DigestSpan.Day ? "hoy" : "esta semana";
    public override string Quote(string title) => $"«{title}»";

    public override string WhyYouGetThis(string address, string site) => $"Recibes este mensaje porque {address} está suscrita a {site}.";
    public override string AsOneOfList(string list) => $"Lo recibes como una de las direcciones de la lista {Quote(list)}; si cancelas la suscripción, termina solo para ti.";
    public override string YourTopics => "Tus temas";
    public override string ChangeTopics => "Cambiar temas";
    public override string Pause => "Pausar";
    public override string Unsubscribe => "Cancelar la suscripción";
    public override string ViewInBrowser => "Ver en el navegador";
    public override string AnswerHint => "Responde a este mensaje para afinar el siguiente: «+3 -5» para más como el tercer artículo y menos como el quinto, «guardar 2», «por qué 4», «pausa 2 semanas» o «ayuda».";
    public override string Cite => "Citar estos artículos";

    public override ServiceWords Service { get; } = new()
    {
        ConfirmSubject = "Confirma tu suscripción, por favor",
        ConfirmHeading = "Solo falta un clic",
        ConfirmText = site => $"Alguien, esperamos que tú, pidió a {site} que envíe a esta dirección los artículos más relevantes del día. Confirma, por favor, que los quieres.",
        ConfirmButton = "Confirmar suscripción",
        ConfirmByAnswer = "También puedes confirmar respondiendo a este mensaje, con cualquier texto.",
        ConfirmExpiry = days => $"El enlace vale {days} días.",
        ConfirmNotYou = "Si no fuiste tú, ignora este mensaje: sin el clic no sabrás más de nosotros.",
        OwnQueries = count => count == 1 ? "una consulta propia" : $"{count} consultas propias",
        AlreadySubject = "Ya tienes una suscripción",
        AlreadyHeading = "Ya tienes una suscripción",
        AlreadyText = site => $"Alguien, esperamos que tú, volvió a escribir esta dirección en {site}. Nada ha cambiado: tus resúmenes siguen llegando como antes.",
        AlreadyNotYou = "Si no fuiste tú, no tienes que hacer nada.",
        WelcomeSubject = site => $"Te damos la bienvenida a {site}",
        WelcomeHeading = "Ya está",
        WelcomeText = moment => $"Tu primer resumen llega el {moment}.",
        WelcomeHow = "Cada resumen trae los pocos artículos que más te importan, con las razones de su elección. Temas, hora, días y extensión los decides tú.",
        PreferencesSubject = "Tu enlace a las preferencias",
        PreferencesHeading = "Tus preferencias",
        PreferencesText = site => $"Pediste a {site} el enlace a tus preferencias. Aquí lo tienes.",
        PreferencesButton = "Abrir preferencias",
        PreferencesKeep = "El enlace es solo tuyo: quien lo tenga puede cambiar tu suscripción.",
        PreferencesNotYou = "Si no lo pediste, ignora este mensaje.",
        AnswerSubject = "Qué fue de tu mensaje",
        AnswerHeading = "Qué fue de tu mensaje",
        AnswerHelp = "Puedes enviar estas órdenes, una por línea",
        Commands =
        [
            new("help", "esta lista"),
            new("preferences", "un enlace para cambiarlo todo"),
            new("pause", "sin resúmenes hasta que los reanudes"),
            new("resume", "de nuevo resúmenes"),
            new("unsubscribe", "darse de baja, al momento"),
            new("alta / confirmar", "suscribirse; responder al mensaje que sigue"),
            new("temas", "los temas que hay"),
            new("add cs.LG, diffusion-models", "seguir una categoría o un tema; del lo quita"),
            new("query \"retrieval AND agents\"", "una consulta propia"),
            new("mute blockchain", "dejar fuera los artículos con esa palabra"),
            new("start 2512.09363", "artículos que te gustan, por identificador o enlace, ahí o en las líneas siguientes: qué encaja con ellos"),
            new("zone Europe/Madrid · at 07:30", "cuándo llega; también daily, weekdays, weekly, cada lunes"),
            new("max 5 · language es", "cuánto, y en qué idioma"),
            new("pausa 2 semanas", "sin resúmenes ese tiempo, o hasta el lunes, hasta 2026-12-24"),
            new("estado", "cómo está tu suscripción"),
            new("hoy", "el resumen de hoy ahora"),
            new("+3 -5 · guardar 2 · por qué 4", "sobre los artículos de un resumen, por número, como respuesta"),
            new("change nuevo@example.org", "pasar a otra dirección"),
            new("export · erase", "lo que tenemos sobre ti; olvidarlo"),
        ],
        Outcome = outcome => outcome switch
        {
            CommandOutcome.Help => "Las órdenes están abajo.",
            CommandOutcome.ConfirmationSent => "Un mensaje con un enlace para confirmar está en camino.",
            CommandOutcome.PreferencesSent => "El botón de abajo abre tus preferencias.",
            CommandOutcome.Unsubscribed => "Hecho: tu suscripción ha terminado.",
            CommandOutcome.Paused => "Hecho: tus resúmenes quedan en pausa hasta que los reanudes.",
            CommandOutcome.Resumed => "Hecho: los resúmenes vuelven.",
            CommandOutcome.TopicsChanged => "Hecho: tus temas han cambiado.",
            CommandOutcome.Confirmed => "Hecho: tu suscripción comienza.",
            CommandOutcome.Changed => "Hecho.",
            CommandOutcome.Told => "Aquí está:",
            CommandOutcome.Noted => "Anotado.",
            CommandOutcome.TodayComing => "El resumen de hoy está en camino.",
            CommandOutcome.TodayHad => "Ya has recibido el resumen de hoy.",
            CommandOutcome.ProofAsked => "Un mensaje a tu dirección pregunta si esto viene de ti.",
            CommandOutcome.MoveAsked => "Si la nueva dirección puede recibir tu resumen, un mensaje le pide su consentimiento.",
            CommandOutcome.Erased => "Hecho: todo lo que teníamos sobre ti está borrado.",
            CommandOutcome.Refused => "Esto no se ha hecho.",
            CommandOutcome.NotConfirmed => "Tu suscripción aún no está confirmada, así que nada ha cambiado: responde al mensaje de confirmación o envía «subscribe» para recibir otro.",
            CommandOutcome.NotSubscribed => "Esta dirección no tiene suscripción, así que nada ha cambiado.",
            CommandOutcome.NotRead => "Solo se lee este número de líneas de un mensaje:",
            _ => "No conocemos esta orden.",
        },
        AnswerPlace = line => line == 0 ? "Está en el asunto." : $"Está en la línea {line}.",
        AnswerExample = example => $"Por ejemplo: {example}",
        RequestSubject = "Confirma lo que pedía tu mensaje",
        RequestHeading = "¿Has sido tú?",
        RequestText = "Un mensaje en tu nombre nos pidió lo que figura aquí. Responde a este mensaje, con cualquier texto, y se hará. Si no has sido tú, ignora este mensaje: nada cambia.",
        MoveText = "Alguien ha pedido recibir sus resúmenes en esta dirección a partir de ahora. Responde a este mensaje, con cualquier texto, para aceptar. Si no sabes nada de ello, ignora este mensaje: nada cambia.",
        PausedSubject = "Tus resúmenes están en pausa",
        PausedHeading = "En pausa",
        PausedText = until => until is null ? "Tus resúmenes quedan en pausa hasta que los reanudes." : $"Tus resúmenes quedan en pausa hasta el {until}; después vuelven solos.",
        ResumeButton = "Reanudar ahora",
        GoodbyeSubject = "Tu suscripción ha terminado",
        GoodbyeHeading = "Hasta pronto",
        GoodbyeText = site => $"Tu suscripción a {site} ha terminado. Este es el último mensaje que recibes de nosotros.",
        GoodbyeReturn = "Si lo echas de menos, puedes volver cuando quieras",
        AddressSubject = "Confirma tu nueva dirección, por favor",
        AddressHeading = "¿Tu resumen en esta dirección?",
        AddressText = site => $"Alguien, esperamos que tú, pidió recibir desde ahora en esta dirección los resúmenes de {site}. Confirma, por favor, que los quieres aquí.",
        AddressButton = "Sí, enviarlos aquí",
        MovedSubject = "Tu resumen llega ahora a otra dirección",
        MovedHeading = "Una dirección nueva",
        MovedText = site => $"Tu suscripción a {site} ha pasado a otra dirección, que lo ha aceptado. Este es el último mensaje a esta.",
        MovedNotYou = "Si no fuiste tú, puedes volver a suscribirte",
    };

    private static bool StartsWithI(string word) =>
        word.StartsWith("i", StringComparison.OrdinalIgnoreCase) || word.StartsWith("hi", StringComparison.OrdinalIgnoreCase);
}
