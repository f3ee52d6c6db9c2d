using System.Text;
using DigestService.Inbound.Commands;
using DigestService.Inbound.Reading;

namespace DigestService.Tests.Inbound;

/// <summary>Commands as people really type them, in five languages; what each line means, as verb and argument.</summary>
public sealed class OddSpellingTests
{
    public static TheoryData<string, string> Lines
    {
        get
        {
            var lines = new TheoryData<string, string>();
            foreach (var row in Spelled.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var cut = row.LastIndexOf("=>", StringComparison.Ordinal);
                lines.Add(row[..cut].Trim(), row[(cut + 2)..].Trim());
            }

            return lines;
        }
    }

    private const string Spelled = """
        UNSUBSCRIBE!!! => Unsubscribe
        unsubscribe. => Unsubscribe
        "unsubscribe" => Unsubscribe
        Unsubscribe me from this list, please => Unsubscribe
        please remove me from your list => Unsubscribe
        remove me => Unsubscribe
        take me off this list => Unsubscribe
        Remove me from your database => Unsubscribe
        remove my email from your list => Unsubscribe
        Please remove this address => Unsubscribe
        unsubscribe from this newsletter => Unsubscribe
        I want to unsubscribe immediately => Unsubscribe
        Kindly unsubscribe me from your mailing list => Unsubscribe
        Unsubscribe. Thanks => Unsubscribe
        unsubscribe, thank you! => Unsubscribe
        unsuscribe => Unsubscribe
        Un-subscribe me => Unsubscribe
        OPT-OUT => Unsubscribe
        STOP SENDING ME EMAILS!!! => Unsubscribe
        Stop emailing me => Unsubscribe
        Please stop sending me this => Unsubscribe
        Cancel this subscription => Unsubscribe
        no more emails please => Unsubscribe
        I no longer wish to receive these emails => Unsubscribe
        Newsletter abbestellen => Unsubscribe
        Bitte melden Sie mich ab => Unsubscribe
        Bitte nehmen Sie mich aus dem Verteiler => Unsubscribe
        Abonnement kündigen => Unsubscribe
        Désabonnez-moi => Unsubscribe
        Je souhaite me désabonner de cette liste => Unsubscribe
        Je ne veux plus recevoir vos mails => Unsubscribe
        cancelar mi suscripción => Unsubscribe
        Por favor, dar de baja => Unsubscribe
        Ya no quiero recibir estos correos => Unsubscribe
        我要退订 => Unsubscribe
        退订邮件 => Unsubscribe
        delete my account => Erase
        delete my data please => Erase
        Please do not unsubscribe me =>
        How do I unsubscribe? =>
        I do not want to unsubscribe =>
        unsubscribe ada@reader.example and bob@reader.example =>
        cancel my meeting with ada@reader.example =>
        stop sending me papers about robots =>
        stop it =>
        cancel my talk on Friday =>
        leave it to me =>
        leave the robots out =>
        remove the survey => Remove the survey
        remove address translation => Remove address translation
        Bitte abmelden => Unsubscribe
        Ich möchte mich abmelden => Unsubscribe
        bitte abbestellen! => Unsubscribe
        me désabonner => Unsubscribe
        se desabonner => Unsubscribe
        quiero darme de baja => Unsubscribe
        请退订 => Unsubscribe
        取消订阅。 => Unsubscribe
        subscribe: cs.LG => Subscribe cs.LG
        Subscribe Ada Lovelace => Subscribe Ada Lovelace
        abonnieren => Subscribe
        je veux m'abonner => Subscribe
        quiero suscribirme => Subscribe
        请订阅 cs.LG => Subscribe cs.LG
        max 5 => Max 5
        max: 5 => Max 5
        max=5 => Max 5
        MAX 5 papers => Max 5
        max five => Max 5
        max 20 papers a day => Max 20
        max. 3 per day => Max 3
        höchstens 5 Artikel pro Tag => Max 5
        pause until 24 December => Pause --12-24
        at most 5 => Max 5
        höchstens 5 => Max 5
        maximal 5 Artikel => Max 5
        máximo 5 => Max 5
        au plus 5 => Max 5
        最多5篇 => Max 5
        at 7.30 => At 07:30
        at 7pm => At 19:00
        at 7 p.m. => At 19:00
        at 7:30 AM => At 07:30
        at 0730 => At 07:30
        at noon => At 12:00
        um 7.30 Uhr => At 07:30
        um 19 Uhr 30 => At 19:30
        à 7h30 => At 07:30
        à 19 h => At 19:00
        a las 7:30 => At 07:30
        时间 7点30分 => At 07:30
        上午7点 => At 07:00
        晚上8点 => At 20:00
        zone berlin => Zone Europe/Berlin
        zone: Europe/Berlin => Zone Europe/Berlin
        zone europe/berlin => Zone Europe/Berlin
        timezone New York => Zone America/New_York
        Zeitzone Zürich => Zone Europe/Zurich
        fuseau Paris => Zone Europe/Paris
        zona Madrid => Zone Europe/Madrid
        时区 Asia/Shanghai => Zone Asia/Shanghai
        zone UTC => Zone UTC
        zone GMT+2 => Zone Etc/GMT-2
        pause until 24.12.2026 => Pause 2026-12-24
        pause until 24/12/2026 => Pause 2026-12-24
        pause until 2026/12/24 => Pause 2026-12-24
        pause until 24 December 2026 => Pause 2026-12-24
        pause until December 24, 2026 => Pause 2026-12-24
        pause til 2026-12-24 => Pause 2026-12-24
        pause 2 Wochen => Pause P14D
        pause zwei Wochen => Pause P14D
        Pause für 2 Wochen => Pause P14D
        pause bis zum 24.12.2026 => Pause 2026-12-24
        pause for two weeks => Pause P14D
        pause for a week => Pause P7D
        pause 1 month => Pause P30D
        pause 2w => Pause P14D
        pause pour deux semaines => Pause P14D
        pause jusqu'au 24/12/2026 => Pause 2026-12-24
        pausa 2 semanas => Pause P14D
        pausa hasta el 24/12/2026 => Pause 2026-12-24
        暂停两周 => Pause P14D
        暂停2周 => Pause P14D
        暂停到2026-12-24 => Pause 2026-12-24
        pause until Monday => Pause -W-1
        Please pause until next friday. => Pause -W-5
        pause until tomorrow => Pause P1D
        pause bis Montag => Pause -W-1
        Pause bis nächsten Mittwoch bitte => Pause -W-3
        pause jusqu'à lundi prochain => Pause -W-1
        pausa hasta el próximo jueves => Pause -W-4
        暂停到周日 => Pause -W-7
        暂停 到 12月24日 => Pause --12-24
        pause 到 个 3 =>
        pause until Monday, 7 December => Pause --12-07
        Pause bis Montag, den 7. Dezember 2026 => Pause 2026-12-07
        pause jusqu'au mardi 3 mars => Pause --03-03
        pause for the next two weeks => Pause P14D
        pause until next week => Pause -W-1
        pause Monday =>
        pause next friday =>
        pause tomorrow =>
        pause until mardi 3 =>
        pause until Monday or Tuesday =>
        pause until Monday my talk is over =>
        pausiere meine Mails => Pause
        resume please => Resume
        bitte fortsetzen => Resume
        reprendre => Resume
        继续 => Resume
        weekly please => Frequency weekly
        weekly on Monday => Frequency weekly 1
        weekly on Mondays, please => Frequency weekly 1
        every Monday => Frequency weekly 1
        Once a week, on Thursday => Frequency weekly 4
        Fridays => Frequency weekly 5
        weekly on Sun. => Frequency weekly 7
        jeden Dienstag => Frequency weekly 2
        wöchentlich am Mittwoch => Frequency weekly 3
        bitte samstags => Frequency weekly 6
        tous les lundis => Frequency weekly 1
        chaque semaine le vendredi => Frequency weekly 5
        los miércoles => Frequency weekly 3
        cada domingo => Frequency weekly 7
        每周一 => Frequency weekly 1
        每个星期天 => Frequency weekly 7
        every Monday at 8 am => Frequency weekly 1|At 08:00
        daily at 7:30 => Frequency daily|At 07:30
        um 7 Uhr werktags => At 07:00|Frequency weekdays
        Monday =>
        on Monday =>
        every Monday and Thursday =>
        every other Monday =>
        every Monday I read your digest =>
        weekdays on Monday =>
        daily at the office =>
        every day => Frequency daily
        every week => Frequency weekly
        Jeden Tag => Frequency daily
        nur werktags => Frequency weekdays
        tous les jours => Frequency daily
        chaque semaine => Frequency weekly
        cada semana => Frequency weekly
        días laborables => Frequency weekdays
        每天 => Frequency daily
        language: german => Language de
        Sprache Deutsch => Language de
        langue française => Language fr
        in english please => Language en
        idioma inglés => Language en
        语言 中文 => Language zh
        add: cs.LG => Add cs.LG
        add cs.lg, cs.CL => Add cs.lg, cs.CL
        ADD “diffusion models” => Add diffusion models
        bitte cs.LG hinzufügen => Add cs.LG
        ajouter cs.LG => Add cs.LG
        agregar cs.LG => Add cs.LG
        添加 cs.LG => Add cs.LG
        delete cs.LG => Remove cs.LG
        del 'cs.LG' => Remove cs.LG
        cs.LG entfernen => Remove cs.LG
        supprimer cs.LG => Remove cs.LG
        mute: survey => Mute survey
        query: "sparse attention" AND robots => Query "sparse attention" AND robots
        query „sparse attention“ => Query "sparse attention"
        query «sparse attention» => Query "sparse attention"
        today! => Today
        send me today's now => Today
        heute bitte => Today
        aujourd’hui => Today
        status? => Status
        Status bitte => Status
        preferences link => Preferences
        mes préférences => Preferences
        help! => Help
        HELP ME => Help
        aide => Help
        ayuda por favor => Help
        export my data => Export
        erase everything => Erase
        change my address to ada@new.example => Change ada@new.example
        change ada@new.example please => Change ada@new.example
        Adresse ändern ada@new.example => Change ada@new.example
        cambiar a ada@new.example => Change ada@new.example
        Could you please pause my digest for two weeks? => Pause P14D
        pause my subscription until Monday => Pause -W-1
        bitte pausiere meine Mails bis Montag => Pause -W-1
        pause, please => Pause
        stop until Monday => Pause -W-1
        stop sending me emails for two weeks, thanks => Pause P14D
        snooze 2 weeks => Pause P14D
        suspend => Pause
        unpause => Resume
        start again => Resume
        stop for now => Pause
        stop until further notice => Pause
        pause for now, please => Pause
        pause bis auf weiteres => Pause
        pausiere vorerst => Pause
        pause pour l'instant => Pause
        pause jusqu'à nouvel ordre => Pause
        pausa por ahora => Pause
        pausar hasta nuevo aviso => Pause
        暂停到另行通知 => Pause
        stop now => Unsubscribe
        stop for now or for good =>
        stop until further notice of mine =>
        delete account => Erase
        add me to your mailing list => Subscribe
        add me to your friends =>
        Follow us on Twitter: @ada =>
        Join us at the workshop =>
        end my subscription => Unsubscribe
        max 5 papers per digest => Max 5
        set max to 5 => Max 5
        set zone to Berlin => Zone Europe/Berlin
        change language to German => Language de
        change my time to 8:00 => At 08:00
        Change to weekly => Frequency weekly
        change frequency to weekly => Frequency weekly
        change to every Monday => Frequency weekly 1
        change to unsubscribe =>
        set me free =>
        change the world =>
        send at 8 => At 08:00
        Uhrzeit 8:00 => At 08:00
        time flies =>
        weekdays only => Frequency weekdays
        only on weekdays => Frequency weekdays
        Monday to Friday => Frequency weekdays
        Montag bis Freitag => Frequency weekdays
        du lundi au vendredi => Frequency weekdays
        de lunes a viernes => Frequency weekdays
        周一至周五 => Frequency weekdays
        once a week => Frequency weekly
        einmal in der Woche => Frequency weekly
        une fois par semaine => Frequency weekly
        una vez por semana => Frequency weekly
        每周一次 => Frequency weekly
        +3, thank you! => Like 3
        max 5 danke => Max 5
        send today's digest => Today
        pause until the project is over and then we will see =>
        I am at 7 different conferences =>
        zone of proximal development =>
        max ent models are fun to read about =>
        remove the second one, it is wrong, I think. Do it =>
        every day I read your digest =>
        in english we say it differently =>
        """;

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_line_means_the_same_in_the_subject_in_the_text_and_in_HTML(string line, string expected)
    {
        static string Told(IEnumerable<MailCommand> commands) => string.Join('|', commands.Select(command => $"{command.Verb} {command.Argument}".Trim()));
        var html = InboundReader.Read(Encoding.UTF8.GetBytes(
            $"From: ada@reader.example\nSubject: =?utf-8?q?x?=\nContent-Type: text/html; charset=utf-8\n\n<html><head><style>p {{ }}</style></head><body><p>Hi,</p><div>{System.Net.WebUtility.HtmlEncode(line)}</div><p>-- <br>Ada</p><blockquote>unsubscribe</blockquote></body></html>"));

        Told(CommandParser.Parse("Re: " + line, "")).ShouldBe(expected, "in the subject");
        Told(CommandParser.Parse("", "Hello,\n\n" + line + "\n\nThanks\n")).ShouldBe(expected, "in the text");
        Told(html.Commands.Where(command => command.Verb != MailVerb.NotUnderstood)).ShouldBe(expected, "in HTML");
    }
}
