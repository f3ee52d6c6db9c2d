using DigestService.Inbound.Commands;
using DigestService.Platform.Layout;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Inbound;

/// <summary>
/// What an ordinary reader writes to the command address: it is understood with certainty, or answered with how to say it, or a
/// remark that nobody answers.
/// </summary>
public sealed class UnclearWishTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Reader = "ada@reader.example";

    [Theory]
    [InlineData("5 papers a day|5 articles per day|Five papers per day.|I'd like 5 papers a day, please|Only 5 papers per digest|5 Artikel am Tag|Bitte fünf Artikel pro Tag|Ich hätte gern 5 Papers am Tag|Nur 5 Artikel pro Mail|5 Artikel täglich|5 articles par jour|Je voudrais cinq articles par jour|5 articles chaque jour svp|5 artículos al día|Quiero cinco artículos por día|5 artículos cada día, gracias|每天5篇|每天五篇论文|每天 5 篇文章", "Max 5")]
    [InlineData("at half past seven|a half past seven please|send it at half past seven|um halb acht|Bitte um halb acht|à sept heures et demie|à 7 h et demie|a las siete y media|a las 7 y media, por favor|早上七点半|上午7点半", "At 07:30")]
    [InlineData("at seven|at seven o'clock|at seven in the morning|um sieben|um sieben Uhr|um 7 Uhr morgens|à sept heures|à sept heures du matin|a las siete|a las siete de la mañana|早上七点", "At 07:00")]
    [InlineData("at quarter past seven|at a quarter past seven|um viertel nach sieben|à sept heures et quart|a las siete y cuarto|早上七点一刻", "At 07:15")]
    [InlineData("at a quarter to eight|um viertel vor acht|um dreiviertel acht|à huit heures moins le quart|a las ocho menos cuarto|早上七点三刻", "At 07:45")]
    [InlineData("at half past seven in the evening|um halb acht abends|à sept heures et demie du soir|a las siete y media de la tarde|晚上七点半", "At 19:30")]
    [InlineData("at quarter to one in the afternoon|um viertel vor eins nachmittags", "At 12:45")]
    [InlineData("I am on holiday, please pause for two weeks|I'm on holiday so please pause for two weeks|We are away. Please pause for two weeks!|I have no time at the moment - could you please pause for two weeks?|Ich bin im Urlaub, bitte pausiere für zwei Wochen|Ich bin im Urlaub, bitte zwei Wochen pausieren.|Je suis en congé, merci de suspendre deux semaines|Estoy de vacaciones, por favor pausar dos semanas|Estoy de vacaciones, así que por favor pausa dos semanas|我在度假，请暂停两周|我很忙，所以请暂停两周", "Pause P14D")]
    [InlineData("I will be away from Monday, please pause until 5 January|Ich bin ab Montag weg, bitte pausiere bis 5. Januar", "Pause --01-05")]
    [InlineData("I get too many mails, please unsubscribe me|I changed jobs. Please unsubscribe me, thanks|Ich bekomme zu viele Mails, bitte melden Sie mich ab|Je reçois trop de mails, merci de me désabonner|Recibo demasiados correos, por favor denme de baja|邮件太多了，请帮我退订", "Unsubscribe ")]
    [InlineData("I have little time, weekly please|Ich habe wenig Zeit, bitte wöchentlich|Tengo poco tiempo, por favor semanal", "Frequency weekly")]
    public void What_is_certain_is_understood(string lines, string command)
    {
        foreach (var line in lines.Split('|'))
        {
            Told(CommandParser.Parse("Re: " + line, "")).ShouldBe(command, line + " in the subject");
            Told(CommandParser.Parse("", "Hello,\n\n" + line + "\n\nThanks\n")).ShouldBe(command, line);
        }
    }

    [Theory]
    [InlineData("2 Wochen Pause|zwei Wochen Pause bitte|Pause ab Montag|eine Pause wäre schön|can you hold my mails for a while?|I need a pause from Monday on|une petite pause svp|mettre en pause à partir de lundi|una pausa a partir del lunes|从周一开始暂停两周", "pause 2 weeks")]
    [InlineData("5 papers|five papers please|weniger Artikel bitte|fewer papers please|too many papers|zu viele Artikel|trop d'articles|moins d'articles svp|demasiados artículos|menos artículos por favor|论文太多", "max 5")]
    [InlineData("stop sending me robotics|please stop sending me papers about crypto|I don't want robotics any more|no more robotics|less robotics|weniger Robotik|schickt mir keine Robotik mehr|moins de robotique|je ne veux plus de robotique|menos robótica|no quiero robótica|不要再发机器人", "del cs.LG")]
    [InlineData("more about robots please|mehr über Robotik|plus de robotique|más robótica", "add cs.LG, diffusion-models")]
    [InlineData("How do I unsubscribe?|How can I end this subscription?|Wie kann ich mich abmelden?|Comment me désabonner de cette liste ?|¿Cómo puedo darme de baja?|怎么退订？|unsubscrib me", "unsubscribe")]
    [InlineData("at half past twelve|um halb eins|at 7 or 8 in the morning|um 7 oder 8 Uhr|at ten past seven", "at 07:30")]
    [InlineData("save all|Save all of them, please|keep everything|alles speichern|bitte alle merken|tout garder|guardar todo|全部收藏|收藏这篇", "save 2")]
    [InlineData("3+|3-|#3 +|3+ 5-|3+, 5+|like all|全部喜欢", "+3 -5")]
    [InlineData("undo|Undo my last command|unsave 3|unlike 3|Bitte mach das rückgängig|annuler ma dernière commande|deshacer|撤销", "help")]
    [InlineData("I am on holiday next week, please pause for two weeks|I will be away, please pause for two weeks|Ich bin ab Montag im Urlaub, bitte zwei Wochen pausieren|Je serai absent, merci de suspendre deux semaines|Estaré fuera, por favor pausar dos semanas|我下周度假，请暂停两周|If I am away, please pause for two weeks|She said, please pause for two weeks", "pause 2 weeks")]
    public void What_is_not_is_answered_with_how_to_say_it(string lines, string example)
    {
        foreach (var line in lines.Split('|'))
        {
            foreach (var (subject, text) in ((string, string)[])[("", $"Hello,\n\n{line}\n\nBest, Ada"), (line, "")])
            {
                CommandParser.Parse(subject, text).ShouldBeEmpty(line);
                CommandParser.Unclear(subject, text, isReply: text.Length > 0).ShouldHaveSingleItem(line).IsWish.ShouldBeTrue(line);
            }

            CommandExamples.For(line).ShouldBe(example, line);
        }
    }

    [Theory]
    [InlineData("Unlike the first, the second is great|Thanks! Unlike yesterday's, these are spot on|I will revert to you soon|It shows how to undo quantization|这篇论文被撤回了|Das lässt sich nicht rückgängig machen|On ne peut pas revenir en arrière|Es difícil deshacer este sesgo")]
    [InlineData("I met the author of the first paper last year.|Great papers today, thank you!|Thanks, I enjoy reading this every morning|every day I read your digest|at the moment I am away|I am out of the office until Monday. For urgent matters please contact Bob.|I have limited access to my emails|today was a good day|This one changed my mind|in English we say it differently|Keep up the good work!|I keep all of them in a folder|12+34 is 46|+49 30 1234-|Tel. 030 123-45-|like it!")]
    [InlineData("Danke, sehr interessant!|Ich bin bis Montag nicht im Büro. Bitte wenden Sie sich an Bob.|Das erste kannte ich schon|Um ehrlich zu sein: schwach|Heute war wirklich etwas für mich dabei")]
    [InlineData("Merci, très intéressant !|Je suis absent jusqu'au lundi|En effet, le premier est bon|À bientôt")]
    [InlineData("Gracias, muy interesante|Estoy fuera de la oficina hasta el lunes|Hoy fue un buen día")]
    [InlineData("谢谢，很有意思|我不在办公室，周一回来")]
    public void A_remark_in_answer_to_a_digest_is_no_wish(string lines)
    {
        foreach (var line in lines.Split('|'))
        {
            CommandParser.Parse("Re: x", line).ShouldBeEmpty(line);
            CommandParser.Unclear("Re: x", line, isReply: true).ShouldBeEmpty(line);
        }
    }

    [Theory]
    [InlineData("delete this mail|Please delete this email.|delete this message|remove this mail|Bitte diese Nachricht entfernen|supprimer ce message|supprimer ce courriel|quitar este correo|quitar este mensaje|删除这封邮件")]
    public void To_delete_a_mail_is_no_command_about_topics(string lines)
    {
        foreach (var line in lines.Split('|'))
            CommandParser.Parse("", line).ShouldBeEmpty(line);
    }

    [Theory]
    [InlineData("at once|at all|at a|in one|um eine|à la|a una")]
    [InlineData("I can hardly read\n5 papers a day")]
    [InlineData("I have read of this three times now, please stop|It is the third time. Please leave!|Das war ein Versehen, bitte löschen|It came to me by mistake, please erase")]
    [InlineData("Whatever you may hear of me from other people, please do not\nunsubscribe me.|I read it every single morning before anything else, so never\nunsubscribe me, please|Ich lese ihn jeden Morgen und habe viel davon, also bitte nicht\nabmelden.")]
    [InlineData("Whatever you may hear of me from other people, and whoever it is that\ntells it and however they do, they are all wrong, so please do not\nunsubscribe me.")]
    [InlineData("Great paper!\n\nBest,\nAda\nStop|Great paper!\n\nViele Grüße\nAda\nStop!")]
    [InlineData("The button says \"please pause for two weeks\"|I clicked: please unsubscribe me|I never said I want out, do not unsubscribe me")]
    [InlineData("a paper a day|5 great papers a day|I read 5 papers a day")]
    public void What_might_be_prose_is_never_done(string lines)
    {
        foreach (var line in lines.Split('|'))
            CommandParser.Parse("", line).ShouldBeEmpty(line);
    }

    [Theory]
    [InlineData("+1\nsave all\n3+", "Like 1|NotUnderstood |NotUnderstood ")]
    [InlineData("+1\nThe second one is great work too.\nI read it twice.", "Like 1")]
    [InlineData("+1\nThanks a lot\nAda\nundo\nsave all", "Like 1")]
    [InlineData("unsubscribe\nPaula Gómez\nUniversidad de Chile", "Unsubscribe ")]
    [InlineData("unsubscribe\nI get too many mails\nand never read them", "Unsubscribe ")]
    [InlineData("max 5\nJohn Smith\nSubscription Manager", "Max 5")]
    public void What_stands_below_a_command_is_answered_where_it_seems_to_ask(string text, string expected) => Told(CommandParser.Parse("", text)).ShouldBe(expected);

    [Theory]
    [InlineData("I have not been able to read any of these mails for some months,\nplease unsubscribe me.", "Unsubscribe ")]
    [InlineData("I am very busy with my thesis at the moment and read nothing, so please\npause for two weeks.", "Pause P14D")]
    [InlineData("I like these mails very much indeed and read them all each morning\n\nmax 5", "NotUnderstood |Max 5")]
    [InlineData("I like these mails very much indeed and read them all each morning.\nmax 5", "NotUnderstood |Max 5")]
    public void A_sentence_that_a_program_broke_is_read_as_one(string text, string expected) => Told(CommandParser.Parse("", text)).ShouldBe(expected);

    [Fact]
    public void Each_language_has_words_for_the_same_things_in_the_same_order()
    {
        var english = Vocabulary.Read("en").Select(line => line.Key).ToList();

        foreach (var language in PageLanguage.All)
            Vocabulary.Read(language).Select(line => line.Key).ShouldBe(english, language);
    }

    [Theory]
    [InlineData("Re: Pruning one", "stop sending me robotics", "not_understood")]
    [InlineData("Re: Pruning one", "2 Wochen Pause\n\n> 1. Pruning one", "not_understood")]
    [InlineData("Re: Pruning one", "Cancel!\nThe talk on Friday that is.", "not_understood")]
    [InlineData("Re: Pruning one", "Stop.\n\nI mean the ones about robots.", "not_understood")]
    [InlineData("Re: Pruning one", "I knew the second one already.", "kept")]
    [InlineData("Re: Pruning one", "I have read the first paper.\nIt is long.\nI like it.\nDo you?\nI no longer have a subscription to that journal.", "kept")]
    [InlineData("Re: Pruning one", "", "kept")]
    public async Task An_answer_to_a_digest_that_asks_for_something_is_told_how_and_a_remark_is_not(string subject, string text, string action)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        var replyTo = await bed.DigestedAsync(Reader);

        (await bed.WriteAsync(Reader, subject, text, replyTo)).Action.ShouldBe(action);

        (await bed.KindsToAsync(Reader)).ShouldBe(action is "kept" ? ["digest"] : ["digest", "answer"]);
        (await bed.ValueAsync("select is_kept::text from inbound_messages")).ShouldBe("true");
        (await bed.ColumnAsync(Reader, "state")).ShouldBe("active");
        if (action is not "kept")
            await bed.ShouldSayAsync(Reader, "This is no command we know.");
    }

    [Theory]
    [InlineData("ada@reader.example", "A question", "Which of you chooses the papers?", "", "not_understood")]
    [InlineData("ada@reader.example", "Re: A question", "Which of you chooses the papers?", "", "kept")]
    [InlineData("ada@reader.example", "A question", "Which of you chooses the papers?", "In-Reply-To: <x@papers.example>\r\n", "kept")]
    [InlineData("ada@reader.example", "A question", "5 papers", "Auto-Submitted: auto-replied\r\n", "ignored")]
    [InlineData("ada@reader.example", "Out of office", "Please pause.", "", "ignored")]
    [InlineData("ada@reader.example", "", "", "", "kept")]
    [InlineData("bob@elsewhere.example", "How do I subscribe?", "", "", "not_understood")]
    [InlineData("bob@elsewhere.example", "Cheap pills", "Buy them now", "", "kept")]
    [InlineData("mailer-daemon@elsewhere.example", "How do I subscribe?", "", "", "ignored")]
    public async Task A_mail_to_the_command_address_is_told_how_unless_nobody_waits_for_it(string from, string subject, string text, string headers, string action)
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.AddReaderAsync(Reader, "pruning");

        (await bed.WriteAsync(from, subject, text, headers: headers)).Action.ShouldBe(action);

        (await bed.KindsToAsync(from)).ShouldBe(action is "not_understood" ? ["answer"] : []);
        if (action is "not_understood")
            (await bed.LatestToAsync(from)).BodyText().ShouldNotContain("chooses the papers");
    }

    [Fact]
    public async Task The_bounce_address_answers_nobody()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.Digests.AddReaderAsync(Reader, "pruning");

        (await bed.WriteAsync(Reader, "Problem", "Your subscription could not be reached", "bounces@papers.example")).IsAnswered.ShouldBeFalse();

        (await bed.KindsToAsync(Reader)).ShouldBeEmpty();
    }

    private static string Told(IEnumerable<MailCommand> commands) => string.Join('|', commands.Select(command => $"{command.Verb} {command.Argument}"));
}
