using System.Diagnostics;
using System.Text;
using DigestService.Mail.Mime;
using DigestService.Tests.Shared;
using FsCheck;
using FsCheck.Fluent;

namespace DigestService.Mail.Tests.Mime;

public sealed class MimeReaderTests
{
    [Fact]
    public void What_the_writer_wrote_is_read_back()
    {
        var mail = TestMail.Digest with { Subject = "Ünïcode 量子 and ASCII", To = new NamedAddress(TestMail.Address("ada@example.org"), "Ada (読者) \"L.\"") };

        var read = Read(Encoding.Latin1.GetString(TestMail.ToBytes(mail)));

        read.Headers.First("subject").ShouldBe(mail.Subject);
        read.Headers.First("To").ShouldBe("Ada (読者) \"L.\" <ada@example.org>");
        read.Headers.First("List-Unsubscribe").ShouldBe(mail.Headers[1].Value);
        read.Children.Select(part => part.Type.MediaType).ShouldBe(["text/plain", "text/html"]);
        read.BodyText().ReplaceLineEndings("\n").ShouldBe("Papers of the day\n1. Attention, again\n");
    }

    [Fact]
    public void A_bounce_gives_its_report_and_the_mail_it_is_about()
    {
        var bounce = Read(
            """
            From: MAILER-DAEMON@mx.example.org
            Subject: Undelivered
            Content-Type: multipart/report; report-type=delivery-status; boundary="b"

            --b

            Sorry.
            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example.org

            Final-Recipient: rfc822; ada@example.org
            Action: failed
            Status: 5.1.1
            Diagnostic-Code: smtp; 550 5.1.1
             no such user

            Final-Recipient: rfc822; bob@example.org
            Status: 4.2.2
            --b
            Content-Type: message/rfc822

            Message-ID: <42@papers.example>
            X-Digest-Delivery: 42

            Hello
            --b--
            """);

        var report = bounce.Find("message/delivery-status").ShouldNotBeNull().ReportBlocks();
        report.Select(block => block.First("Status")).ShouldBe([null, "5.1.1", "4.2.2"]);
        report[1].First("diagnostic-code").ShouldBe("smtp; 550 5.1.1 no such user");
        bounce.BodyText().ShouldBe("Sorry.");
        bounce.Walk().Last().Headers.First("X-Digest-Delivery").ShouldBe("42");
        bounce.Type["report-type"].ShouldBe("delivery-status");
    }

    [Theory]
    [InlineData("\u00EF\u00BB\u00BFSubject: hello\n\nbody")]
    [InlineData("\u00EF\u00BB\u00BFFrom ada@example.org Wed Mar  4 05:06:07 2026\nSubject: hello\n\nbody")]
    [InlineData("From ada@example.org Wed Mar  4 05:06:07 2026\n\u00EF\u00BB\u00BFSubject: hello\n\nbody")]
    [InlineData("Content-Type: message/rfc822\n\n\u00EF\u00BB\u00BFSubject: hello\n\nbody")]
    [InlineData("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n77u/U3ViamVjdDogaGVsbG8KCmJvZHk=")]
    public void A_byte_order_mark_hides_no_header(string raw)
    {
        var mail = Read(raw).Walk().Last();

        (mail.Headers.First("Subject"), mail.Text()).ShouldBe(("hello", "body"));
    }

    [Theory]
    [InlineData("Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n", "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ada@example.org\nStatus: 5.1.1\n", "")]
    [InlineData("Content-Type: message/delivery-status\n\n", "Final-Recipient: rfc822; ada@example.org\nStatus: 5.1.1\n", "Reporting-MTA: dns; mx\nContent-Transfer-Encoding: base64\n\n")]
    [InlineData("Content-Type: message/delivery-status\n\n", "\u00EF\u00BB\u00BFFinal-Recipient: rfc822; ada@example.org\nStatus: 5.1.1\n\n", "Reporting-MTA: dns; mx\nContent-Transfer-Encoding:  BASE64 \n\n")]
    public void A_delivery_status_in_base64_is_read_where_the_part_or_its_first_block_says_so(string headers, string encoded, string clear)
    {
        var report = Read(headers + clear + Convert.ToBase64String(Encoding.Latin1.GetBytes(encoded), Base64FormattingOptions.InsertLineBreaks)).ReportBlocks();

        report.Select(block => (block.First("Reporting-MTA"), block.First("Final-Recipient"), block.First("Status")))
            .ShouldBe([("dns; mx", null, null), (null, "rfc822; ada@example.org", "5.1.1")]);
    }

    [Fact]
    public void A_delivery_status_that_calls_itself_7bit_is_read_as_it_is() =>
        Read("Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\nContent-Transfer-Encoding: 7bit\n\nStatus: 5.1.1\n").ReportBlocks()
            .Select(block => block.First("Status")).ShouldBe([null, "5.1.1"]);

    [Theory]
    [InlineData("=?utf-8?Q?caf=C3=A9?=", "café")]
    [InlineData("=?utf-8?q?a_b?= =?UTF-8?B?w6k=?=", "a bé")]
    [InlineData("=?utf-8?B?ww==?= =?utf-8?B?qQ==?=", "é")]
    [InlineData("=?iso-8859-1?Q?=80?= plain =?koi8-r?B?8NLJ18XU?=", "€ plain Привет")]
    [InlineData("=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=", "こんにちは")]
    [InlineData("=?utf-8*en?Q?hello?=", "hello")]
    [InlineData("=?nonsense?Q?hello?=", "hello")]
    [InlineData("=?utf-8?X?hello?= =? =?= ?=", "=?utf-8?X?hello?= =? =?= ?=")]
    [InlineData("=?utf-8?Q?evil=0D=0ABcc:_x?=", "evil  Bcc: x")]
    public void Encoded_words_are_decoded_and_nothing_else_is(string raw, string text) =>
        Read($"Subject: {raw}\n\n").Headers.First("Subject").ShouldBe(text);

    [Theory]
    [InlineData("windows-1251", "base64", "z/Do4uXy", "Привет")]
    [InlineData("gb2312", "base64", "xOO6ww==", "你好")]
    [InlineData("utf-8", "quoted-printable", "caf=C3=A9 =\n=ZZ =3D", "café =ZZ =")]
    [InlineData("utf-8", "base64", "aGVs*bG8\n=!=", "hello")]
    [InlineData("utf-7", "7bit", "+ADw-script+AD4-", "+ADw-script+AD4-")]
    [InlineData("made-up", "made-up", "caf\u00E9", "café")]
    public void Texts_are_decoded_under_what_they_claim_or_the_likeliest(string charset, string encoding, string body, string text) =>
        Read($"Content-Type: text/plain; charset=\"{charset}\"\nContent-Transfer-Encoding: {encoding}\n\n{body}").Text().ShouldBe(text);

    [Theory]
    [InlineData("text/plain; name*0*=utf-8''caf%C3%A9; name*1=\".txt\"", "café.txt")]
    [InlineData("text/plain; name=\"a;b\\\"c\"; x", "a;b\"c")]
    [InlineData("TEXT/Plain ;;; NAME = bare ", "bare")]
    [InlineData("text; name=x", "x")]
    [InlineData("text/plain; name=\"never closed", "never closed")]
    public void Parameters_are_read_in_all_their_forms(string value, string name)
    {
        var type = Read($"Content-Type: {value}\n\n").Type;

        type["name"].ShouldBe(name);
        type.MediaType.ShouldBe("text/plain");
    }

    [Fact]
    public void Parts_nobody_closed_and_mails_within_mails_are_read_to_the_limits()
    {
        Read("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nopen").BodyText().ShouldBe("open");
        Read("Content-Type: multipart/mixed\n\n--b\n\nno boundary").Children.ShouldBeEmpty();

        var nested = string.Concat(Enumerable.Range(0, 3000).Select(i => $"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n"));
        var forwarded = string.Concat(Enumerable.Repeat("Content-Type: message/rfc822\n\n", 3000));
        var many = "Content-Type: multipart/mixed; boundary=b\n\n" + string.Concat(Enumerable.Repeat("--b\n\nx\n", 50_000));

        Read(nested).Walk().Count().ShouldBe(MimeLimits.Default.MaxDepth + 1);
        Read(forwarded).Walk().Count().ShouldBe(MimeLimits.Default.MaxDepth + 1);
        Read(many).Walk().Count().ShouldBe(MimeLimits.Default.MaxParts);
    }

    [Fact]
    public void Headers_beyond_the_limits_are_left_out()
    {
        var mail = Read(string.Concat(Enumerable.Range(0, 10_000).Select(i => $"X-{i}: {i}\n")) + $"\nbody");
        var wide = Read($"Subject: {new string('x', 1_000_000)}\nFrom: ada@example.org\n\nbody");

        mail.Headers.Count.ShouldBe(MimeLimits.Default.MaxHeaders);
        mail.BodyText().ShouldBe("body");
        wide.Headers.First("Subject")!.Length.ShouldBeLessThanOrEqualTo(MimeLimits.Default.MaxHeaderBytes);
        wide.Headers.First("From").ShouldBe("ada@example.org");
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("=?")]
    [InlineData("=?utf-8?Q?x")]
    [InlineData("=?a?q?=?a?q?")]
    [InlineData("X: y\n ")]
    [InlineData("--b\n")]
    [InlineData("a=\"\\")]
    [InlineData("=")]
    [InlineData("\u001B$B")]
    public void Time_grows_with_the_size_and_no_faster(string unit)
    {
        foreach (var head in new[] { "", "Subject: ", "Content-Type: multipart/mixed; boundary=b; ", "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=iso-2022-jp\n\n" })
            Cost.ShouldGrowWithTheSize(600_000, length =>
            {
                var mail = head + string.Concat(Enumerable.Repeat(unit, length / unit.Length));
                return () => Touch(Read(mail));
            });
    }

    [Fact]
    public void Any_octets_at_all_are_read_without_complaint()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), octets => Touch(MimeReader.Read(octets))).QuickCheckThrowOnFailure();

        var random = new Random(20260304);
        var seed = TestMail.ToBytes(TestMail.Digest);
        for (var i = 0; i < 2000; i++)
        {
            var mutant = (byte[])seed.Clone();
            for (var j = 0; j < 20; j++)
                mutant[random.Next(mutant.Length)] = (byte)random.Next(256);
            Touch(MimeReader.Read(mutant.AsMemory(0, random.Next(mutant.Length))));
        }
    }

    [Theory]
    [InlineData("data/flanker-fixtures")]
    [InlineData("data/mime-mikel-mail")]
    [InlineData("data/mime-mimekit")]
    [InlineData("data/bounce-sisimai")]
    [InlineData("data/reply-quoting")]
    public void Mails_collected_for_being_broken_are_read(string folder)
    {
        var files = Directory.GetFiles(SharedData.Require(folder), "*", SearchOption.AllDirectories);
        files.ShouldNotBeEmpty();
        foreach (var file in files)
        {
            var started = Stopwatch.GetTimestamp();

            Touch(MimeReader.Read(File.ReadAllBytes(file)));

            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(10), file);
        }
    }

    [Fact]
    public void Bounces_and_complaints_of_the_collection_show_their_reports()
    {
        var folder = SharedData.Require("data/bounce-sisimai/mail");

        var postfix = MimeReader.Read(File.ReadAllBytes(Path.Combine(folder, "lhost-postfix-31.eml")));
        var complaint = MimeReader.Read(File.ReadAllBytes(Path.Combine(folder, "arf-01.eml")));

        postfix.Find("message/delivery-status").ShouldNotBeNull().ReportBlocks().ShouldContain(block => block.First("Final-Recipient") != null);
        complaint.Find("message/feedback-report").ShouldNotBeNull().ReportBlocks()[0].First("Feedback-Type").ShouldBe("abuse");
    }

    private static void Touch(MimePart mail)
    {
        foreach (var part in mail.Walk())
        {
            part.Text();
            part.ReportBlocks();
        }

        mail.BodyText();
    }

    private static MimePart Read(string latin1OrText) =>
        MimeReader.Read(latin1OrText.All(c => c < 256) ? Encoding.Latin1.GetBytes(latin1OrText) : Encoding.UTF8.GetBytes(latin1OrText));
}
