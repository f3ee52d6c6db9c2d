using DigestService.Inbound.Commands;
using DigestService.Inbound.Reading;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Inbound;

/// <summary>What people write, and what of it is a command.</summary>
public sealed class CommandParserTests
{
    [Theory]
    [InlineData("SUBSCRIBE", "Subscribe ")]
    [InlineData("Join cs.LG, robots", "Subscribe cs.LG, robots")]
    [InlineData("please unsubscribe me", "Unsubscribe ")]
    [InlineData("unsubscribe ada@reader.example", "Unsubscribe ada@reader.example")]
    [InlineData("Please remove <ada@reader.example> from your mailing list.", "Unsubscribe ada@reader.example")]
    [InlineData("Unsubscribe my address ada@reader.example please", "Unsubscribe ada@reader.example")]
    [InlineData("unsubscribe me from digest@papers.example", "Unsubscribe ")]
    [InlineData("Re: AW: [Papers] cancel", "Unsubscribe ")]
    [InlineData("leave", "Unsubscribe ")]
    [InlineData("abbestellen", "Unsubscribe ")]
    [InlineData("Désabonner", "Unsubscribe ")]
    [InlineData("darse de baja", "Unsubscribe ")]
    [InlineData("退订", "Unsubscribe ")]
    [InlineData("订阅 cs.LG", "Subscribe cs.LG")]
    [InlineData("anmelden", "Subscribe ")]
    [InlineData("s'abonner", "Subscribe ")]
    [InlineData("Hilfe", "Help ")]
    [InlineData("ayuda!", "Help ")]
    [InlineData("add cs.LG", "Add cs.LG")]
    [InlineData("del \"cs.LG\"", "Remove cs.LG")]
    [InlineData("query \"sparse attention\"", "Query \"sparse attention\"")]
    [InlineData("query “sparse attention”", "Query \"sparse attention\"")]
    [InlineData("zone Europe/Berlin", "Zone Europe/Berlin")]
    [InlineData("at 07:30", "At 07:30")]
    [InlineData("at 7.30 pm", "At 19:30")]
    [InlineData("um 7 Uhr", "At 07:00")]
    [InlineData("daily", "Frequency daily")]
    [InlineData("wöchentlich", "Frequency weekly")]
    [InlineData("max 5", "Max 5")]
    [InlineData("language Deutsch", "Language de")]
    [InlineData("pause 2 weeks", "Pause P14D")]
    [InlineData("pause for 10 days", "Pause P10D")]
    [InlineData("pause until 2026-12-24", "Pause 2026-12-24")]
    [InlineData("Pause bis 24.12.2026", "Pause 2026-12-24")]
    [InlineData("pausieren 2 Wochen", "Pause P14D")]
    [InlineData("pause 3 semaines", "Pause P21D")]
    [InlineData("暂停 2 周", "Pause P14D")]
    [InlineData("pause", "Pause ")]
    [InlineData("weiter", "Resume ")]
    [InlineData("change ada@new.example", "Change ada@new.example")]
    [InlineData("+3 -5", "Like 3|Less 5")]
    [InlineData("+3, +4 and -5", "Like 3|Like 4|Less 5")]
    [InlineData("more 3 4", "Like 3|Like 4")]
    [InlineData("less 5", "Less 5")]
    [InlineData("mehr 3 weniger 5", "Like 3|Less 5")]
    [InlineData("save 2, why 4", "Save 2|Why 4")]
    [InlineData("+ 3", "Like 3")]
    [InlineData("收藏 2", "Save 2")]
    [InlineData("less like 3", "Less 3")]
    [InlineData("More like #3 please", "Like 3")]
    [InlineData("moins comme 3, plus comme 5", "Less 3|Like 5")]
    [InlineData("save 2 like 3", "Save 2|Like 3")]
    [InlineData("Why 4?", "Why 4")]
    [InlineData("warum Nr. 4?", "Why 4")]
    [InlineData("por qué 4", "Why 4")]
    [InlineData("¿Por qué número 4?", "Why 4")]
    [InlineData("Porque 4 por favor", "Why 4")]
    [InlineData("guardar 2, por qué 4", "Save 2|Why 4")]
    [InlineData("más 3 por qué 4 y 5", "Like 3|Why 4|Why 5")]
    [InlineData("more: 3", "Like 3")]
    [InlineData("Mehr von 3 bitte!", "Like 3")]
    [InlineData("save paper number 2", "Save 2")]
    [InlineData("＋３　－５", "Like 3|Less 5")]
    [InlineData("为什么 4？", "Why 4")]
    [InlineData("more 3 & 4", "Like 3|Like 4")]
    [InlineData("+3/+4", "Like 3|Like 4")]
    [InlineData("+3+4", "Like 3|Like 4")]
    [InlineData("+3+4-5", "Like 3|Like 4|Less 5")]
    [InlineData("+3,+4", "Like 3|Like 4")]
    [InlineData("+3, -5", "Like 3|Less 5")]
    [InlineData("+3 +4 -5", "Like 3|Like 4|Less 5")]
    [InlineData("+3, 4 and 5, -7", "Like 3|Like 4|Like 5|Less 7")]
    [InlineData("-3-5 save 2", "Less 3|Less 5|Save 2")]
    [InlineData("＋3＋4", "Like 3|Like 4")]
    [InlineData("+3 4", "")]
    [InlineData("+3–5", "")]
    [InlineData("more 3-5", "")]
    [InlineData("+33-1-23-45-12-34", "")]
    [InlineData("+49 30 12 34", "")]
    [InlineData("++3", "")]
    [InlineData("+3++4", "")]
    [InlineData("no more 3", "")]
    [InlineData("not more like 3", "")]
    [InlineData("more of the same, 3 times", "")]
    [InlineData("start 2512.09363 and https://arxiv.org/abs/2510.00001", "Start 2512.09363 and https://arxiv.org/abs/2510.00001")]
    [InlineData("beginne mit 10.1000/182", "Start 10.1000/182")]
    [InlineData("Commencer par: arXiv:2512.09363", "Start arXiv:2512.09363")]
    [InlineData("从论文开始 2512.09363", "Start 2512.09363")]
    [InlineData("start", "")]
    [InlineData("start sending me papers", "")]
    [InlineData("confirm", "Confirm ")]
    [InlineData("at the moment I am away", "")]
    [InlineData("status of my paper", "")]
    [InlineData("help me understand this paper", "")]
    [InlineData("today was a good day", "")]
    [InlineData("change my mind", "")]
    [InlineData("maximum likelihood is great", "")]
    [InlineData("-5 degrees here", "")]
    [InlineData("1. first, 2. second", "")]
    [InlineData("stop sending me so much about robots, please?", "")]
    [InlineData("Re: 5 papers: Attention and 4 more", "")]
    public void A_line_means_what_it_says(string line, string expected)
    {
        var inSubject = string.Join('|', CommandParser.Parse(line, "").Select(command => $"{command.Verb} {command.Argument}"));
        var inText = line.StartsWith("Re:", StringComparison.Ordinal) ? inSubject : string.Join('|', CommandParser.Parse("", line).Select(command => $"{command.Verb} {command.Argument}"));

        (inSubject, inText).ShouldBe((expected, expected));
    }

    [Theory]
    [InlineData("Hi, please unsubscribe me.", "Unsubscribe ")]
    [InlineData("Hello, unsubscribe", "Unsubscribe ")]
    [InlineData("Hello unsubscribe", "Unsubscribe ")]
    [InlineData("Dear Papers, please remove me from your list!", "Unsubscribe ")]
    [InlineData("Thank you, stop", "Unsubscribe ")]
    [InlineData("Dear people of the papers, please unsubscribe me from your mailing list immediately, thank you.", "Unsubscribe ")]
    [InlineData("Thanks for the digests. Please cancel my subscription.", "Unsubscribe ")]
    [InlineData("Bonjour, veuillez me désabonner", "Unsubscribe ")]
    [InlineData("您好，请退订", "Unsubscribe ")]
    [InlineData("Hallo, pause 2 Wochen", "Pause P14D")]
    [InlineData("Hi, pausing one is my favourite", "")]
    [InlineData("Hey, add me to your friends", "")]
    [InlineData("Thanks, ja", "")]
    [InlineData("Cheers, Alta", "")]
    public void What_stands_behind_a_greeting_in_its_line_is_read(string line, string expected) =>
        string.Join('|', CommandParser.Parse("", line).Select(command => $"{command.Verb} {command.Argument}")).ShouldBe(expected);

    [Fact]
    public void What_a_digest_offers_as_an_answer_is_understood_in_its_language()
    {
        foreach (var language in DigestService.Mails.Languages.Language.All)
        {
            var offered = language.AnswerHint.Split('“', '”', '„', '«', '»').Where((_, i) => i % 2 == 1).Select(quoted => quoted.Trim()).ToList();

            offered.Count.ShouldBe(5, language.Tag);
            offered.Where(line => CommandParser.Parse("", line).Count == 0).ShouldBeEmpty(language.Tag);
        }
    }

    [Theory]
    [InlineData("Follow the Flow: On Information Flow")]
    [InlineData("Query by Example")]
    [InlineData("Join the Chat")]
    [InlineData("Remove the Noise")]
    [InlineData("Mute the Teacher")]
    [InlineData("Start from 2512.09363")]
    public void The_title_of_a_paper_in_the_subject_of_an_answer_is_no_command(string title)
    {
        foreach (var language in DigestService.Mails.Languages.Language.All)
        {
            foreach (var others in (int[])[0, 1, 2, 9, 49])
                CommandParser.Parse("Re: " + language.DigestSubject(title, others), "Thanks!").ShouldBeEmpty(language.Tag);
        }
    }

    [Fact]
    public void Papers_to_start_from_stand_in_the_lines_below_until_one_that_names_none()
    {
        const string Text = """
            start

            2512.09363
            - https://huggingface.co/papers/2510.00001, 10.1000/182
            max 5
            2512.00001
            """;

        CommandParser.Parse("", Text).Select(command => (command.Verb, command.Argument, command.Line)).ShouldBe(
            [(MailVerb.Start, "2512.09363\n- https://huggingface.co/papers/2510.00001, 10.1000/182", 1), (MailVerb.Max, "5", 5), (MailVerb.NotUnderstood, "", 6)]);
        CommandParser.Parse("start", "2512.09363").ShouldHaveSingleItem().Argument.ShouldBe("2512.09363");
    }

    [Fact]
    public void Greetings_quotes_and_signatures_are_passed_over_and_end_ends()
    {
        var text = ReplyText.OwnWords("Hello,\n\nadd cs.LG\nmax 5\n\nend\nadd cs.AI\n\n-- \nAda\n\n> add cs.CV");

        CommandParser.Parse("", text).Select(command => (command.Verb, command.Line)).ShouldBe([(MailVerb.Add, 3), (MailVerb.Max, 4)]);
    }

    [Theory]
    [InlineData("+3\n\nOn Wed, 4 Mar 2026 at 07:00, Papers <papers@papers.example> wrote:\n> 1. x", "+3")]
    [InlineData("+3\n\nOn Wed, 4 Mar 2026 at 07:00,\nPapers <papers@papers.example>\nwrote:\n> 1. x", "+3")]
    [InlineData("+3\n\nAm 04.03.2026 um 07:00 schrieb Papers <papers@papers.example>:\n> 1. x", "+3")]
    [InlineData("+3\n\nLe mer. 4 mars 2026 à 07:00, Papers <papers@papers.example> a écrit :\n> 1. x", "+3")]
    [InlineData("+3\n\n-----Original Message-----\nFrom: Papers\nSubject: x", "+3")]
    [InlineData("+3\n\nFrom: Papers <papers@papers.example>\nSent: Wednesday, 4 March 2026 07:00\nTo: Ada\nSubject: x\n\n1. x", "+3")]
    [InlineData("+3\n\nSent from my iPhone\n\n> 1. x", "+3")]
    [InlineData("> 1. x\n\n+3", "+3")]
    [InlineData("On 27/11/2026 08:00, Papers wrote:\n> 1. x\n> unsubscribe\n\n+3", "+3")]
    [InlineData("Am 27.11.26 um 08:00 schrieb Papers:\n> 1. x\n\n+3\n-- \nAda", "+3")]
    [InlineData("On Fri, 27 Nov 2026 08:00:00 +0100\nPapers <papers@papers.example> wrote:\n\n> 1. x\n\n+3", "+3")]
    [InlineData("Hi,\n\nLe 27/11/2026 à 08:00, Papers a écrit :\n> 1. x\n+3", "Hi,\n\n+3")]
    [InlineData("On 27/11/2026 08:00, Papers wrote:\n> 1. x\n+1\n> 2. y\n-2", "+1\n-2")]
    [InlineData("+3\n\nOn 27/11/2026 08:00, Papers wrote:\n> a line that a program broke\nunsubscribe\n> here", "+3")]
    [InlineData("On 27/11/2026 08:00, Papers wrote:\n\nunsubscribe", "")]
    [InlineData("+3\n\n发件人: Papers <papers@papers.example>\n发送时间: 2026年11月27日 8:00\n收件人: Ada\n主题: x\n\n1. x", "+3")]
    [InlineData("+3\n\nDa: Papers <papers@papers.example>\nInviato: venerdì 27 novembre 2026 08:00\nA: Ada\nOggetto: x\n\n1. x", "+3")]
    [InlineData("+3\n\nOp vr 27 nov 2026 om 07:00 schreef Papers <papers@papers.example>:\n\nunsubscribe", "+3")]
    [InlineData("+3\n\n2026年11月27日(金) 7:00 Papers <papers@papers.example>:\n\n> 1. x", "+3")]
    [InlineData("pt., 27 lis 2026 o 07:00 Papers <papers@papers.example> napisał(a):\n\n> 1. x\n\n+3", "+3")]
    [InlineData("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n+3\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----", "+3")]
    [InlineData("change <ada2@new.example>:\n+3", "change <ada2@new.example>:\n+3")]
    [InlineData("+3\n\n-------- Forwarded Message --------\nSubject: x\n\n1. x", "+3")]
    [InlineData("+3\n\n-------- Original message --------\nunsubscribe", "+3")]
    [InlineData("+3\n\n-------- Ursprüngliche Nachricht --------\nunsubscribe", "+3")]
    [InlineData("+3\n\n-------- Message d’origine --------\nunsubscribe", "+3")]
    [InlineData("+3\n\n----- Mensaje reenviado -----\nunsubscribe", "+3")]
    [InlineData("CAUTION: This email originated from outside of the organization. Do not click links or open\nattachments unless you recognize the sender.\n\n+3", "+3")]
    [InlineData("[EXTERNAL]\nadd cs.LG", "add cs.LG")]
    [InlineData("[EXT] add cs.LG", "add cs.LG")]
    [InlineData("*** EXTERNAL EMAIL ***\n\n+3", "+3")]
    [InlineData("EXTERNAL EMAIL: Stop.\nDelete it if you do not know the sender.\n\n+3", "+3")]
    [InlineData("ACHTUNG: Diese E-Mail stammt von außerhalb.\nunsubscribe", "unsubscribe")]
    [InlineData("⚠ ATTENTION : ce courriel provient de l’extérieur.\n\n+3\n-5", "+3\n-5")]
    [InlineData("PRECAUCIÓN: Este correo viene de fuera de la organización.\n\n+3", "+3")]
    [InlineData("LET OP: Dit bericht komt van buiten de organisatie.\n\n+3", "+3")]
    [InlineData("[EXTERNAL] This message came from outside.\nDelete it.\n\nadd cs.LG", "add cs.LG")]
    [InlineData("[EXTERNAL]\n\nCAUTION: Mail from outside!\n\nadd cs.LG", "add cs.LG")]
    [InlineData("【外部邮件】此邮件来自外部，请勿点击链接\n\n+3", "+3")]
    [InlineData("*** EXTERN ***\n\n+3", "+3")]
    [InlineData("Caution: External email\n\n\nadd cs.LG", "add cs.LG")]
    [InlineData("CAUTION: This email originated from outside.\nDelete it.", "")]
    [InlineData("CAUTION: This email originated from outside.\nOn 27/11/2026 08:00, Papers wrote:\nunsubscribe", "")]
    [InlineData("CAUTION: This email originated from outside.\n-- \nunsubscribe", "")]
    [InlineData("From: External mail <papers@papers.example>\nSent: Wednesday\nTo: Ada\nSubject: x\n\nunsubscribe", "")]
    [InlineData("[EXTERNAL]\nFrom: Outside mail <papers@papers.example>\nSent: Wednesday\nTo: Ada\nSubject: x\n\nunsubscribe", "")]
    [InlineData("EXTERNAL mail on 27/11/2026 08:00, Papers wrote:\n\nunsubscribe", "")]
    [InlineData("CAUTION: This email originated from outside.\n\nOn 27/11/2026 08:00, Papers wrote:\n\nunsubscribe", "")]
    [InlineData("+3\n\nCAUTION: this email was external.\n\n+4", "+3\n\nCAUTION: this email was external.\n\n+4")]
    [InlineData("add external memory\nmax 5", "add external memory\nmax 5")]
    [InlineData("query: mail from outside AND external\nmax 5", "query: mail from outside AND external\nmax 5")]
    [InlineData("I want mail from outside my field.\nadd cs.LG", "I want mail from outside my field.\nadd cs.LG")]
    public void What_a_person_wrote_stands_above_the_quotation(string text, string expected) => ReplyText.OwnWords(text).ShouldBe(expected);

    [Fact]
    public void Replies_of_real_programs_are_cut_at_their_quotation()
    {
        var folder = SharedData.Require("data/reply-quoting");
        foreach (var file in Directory.EnumerateFiles(folder, "*.txt", SearchOption.AllDirectories))
        {
            var own = ReplyText.OwnWords(File.ReadAllText(file));
            own.Split('\n').ShouldNotContain(line => line.StartsWith('>'), file);
            own.Length.ShouldBeLessThanOrEqualTo(20_000, file);
        }
    }

    [Theory]
    [InlineData("<html><head></head><body>unsubscribe<br><blockquote type=\"cite\">+5</blockquote></body></html>")]
    [InlineData("<head><meta charset=\"utf-8\"><title>+5</title ></head\n><body dir=\"auto\">unsubscribe</body>")]
    [InlineData("<style>p{}</style>unsubscribe")]
    [InlineData("<table><tr><td>CAUTION: This email is from outside.<br>Delete it.</td></tr></table><div>unsubscribe</div>")]
    [InlineData("<p>\u200bunsubscribe\ufeff</p>")]
    public void What_follows_the_head_of_an_HTML_mail_is_no_quotation(string html)
    {
        var raw = "From: ada@reader.example\nSubject: Re: x\nContent-Type: text/html; charset=utf-8\n\n" + html;

        InboundReader.Read(System.Text.Encoding.UTF8.GetBytes(raw)).Commands.ShouldHaveSingleItem().Verb.ShouldBe(MailVerb.Unsubscribe);
    }

    [Theory]
    [InlineData("format=flowed", "query \"retrieval augmented \r\ngeneration\" AND agents\r\n", "Query \"retrieval augmented generation\" AND agents")]
    [InlineData("format=\"Flowed\"; delsp=\"yes\"", "添加 大语言 \r\n模型\r\n", "Add 大语言模型")]
    [InlineData("format=flowed", " max 5 \r\n-- \r\nunsubscribe\r\n", "Max 5")]
    [InlineData("format=flowed", "max 5 \r\n> +1 \r\n> +2\r\n>> +3 \r\n\r\nsave 2", "Max 5|Save 2")]
    [InlineData("format=flowed", "max 5\r\n \r\npause \r\n2 weeks", "Max 5|Pause P14D")]
    [InlineData("format=fixed", "max 5 \r\nsave 2 ", "Max 5|Save 2")]
    public void Lines_that_a_mail_program_broke_are_one(string format, string text, string expected)
    {
        var raw = $"From: ada@reader.example\r\nSubject: Re: x\r\nContent-Type: text/plain; charset=utf-8; {format}\r\n\r\n{text}";

        var commands = InboundReader.Read(System.Text.Encoding.UTF8.GetBytes(raw)).Commands;

        string.Join('|', commands.Select(command => $"{command.Verb} {command.Argument}")).ShouldBe(expected);
    }

    [Fact]
    public void Mail_of_html_alone_is_read_and_its_blockquote_is_not()
    {
        const string Raw = "From: ada@reader.example\nSubject: Re: x\nContent-Type: text/html\n\n<html><head><style>p{}</style></head><body><div>+3&nbsp;-5<br></div><div>save&#32;2</div><blockquote><div>+1</div></blockquote></body></html>";

        InboundReader.Read(System.Text.Encoding.UTF8.GetBytes(Raw)).Commands.Select(command => $"{command.Verb} {command.Argument}").ShouldBe(["Like 3", "Less 5", "Save 2"]);
    }

    [Theory]
    [InlineData("Hi,\n\nplease take me off this list, I never signed up for it.\n\nBest,\nBob", "Unsubscribe ")]
    [InlineData("pause 2 weeks\n\nThanks\nBob Miller", "Pause P14D")]
    [InlineData("Bitte abmelden\nMit freundlichen Grüßen\nDr. Anna Weber", "Unsubscribe ")]
    [InlineData("thanks\nmake it shinier\nmax 5", "NotUnderstood |Max 5")]
    [InlineData("max 5\nmake it shinier\nThanks", "Max 5|NotUnderstood ")]
    public void A_name_below_the_farewell_is_no_line_that_was_not_understood(string text, string expected) =>
        string.Join('|', CommandParser.Parse("", text).Select(command => $"{command.Verb} {command.Argument}")).ShouldBe(expected);
}
