using System.Text;
using System.Text.Json;
using DigestService.Mail.Mime;
using DigestService.Tests.Shared;

namespace DigestService.Mail.Tests.Mime;

public sealed class MimeWriterTests
{
    [Fact]
    public void A_mail_of_two_parts_reads_as_the_RFCs_write_it()
    {
        var wire = Wire(TestMail.Digest);

        wire.ShouldStartWith(
            """
            From: Paper Digest <digest@papers.example>
            To: ada@example.org
            Subject: Attention, again, and 9 more papers
            Date: Wed, 04 Mar 2026 05:06:07 +0100
            Message-ID: <42.abc@papers.example>
            List-Id: Paper Digest <digest.papers.example>
            List-Unsubscribe: <https://papers.example/unsubscribe/abcdefghijklmnopqrstuvwxyz0123456789>,
             <mailto:commands@papers.example?subject=unsubscribe>
            List-Unsubscribe-Post: List-Unsubscribe=One-Click
            X-Digest-Delivery: 42
            MIME-Version: 1.0
            Content-Type: multipart/alternative; boundary="=_
            """.ReplaceLineEndings("\r\n"));
        wire.IndexOf("text/plain", StringComparison.Ordinal).ShouldBeLessThan(wire.IndexOf("text/html", StringComparison.Ordinal));
        wire.ShouldEndWith("--\r\n");
    }

    [Fact]
    public void The_same_mail_is_written_in_the_same_octets() =>
        Wire(TestMail.Digest with { Subject = "Ünïcode" }).ShouldBe(Wire(TestMail.Digest with { Subject = "Ünïcode" }));

    [Theory]
    [InlineData("Evil\r\nBcc: all@example.org")]
    [InlineData("Evil\nBcc: all@example.org")]
    [InlineData("Evil\rBcc: all@example.org")]
    [InlineData("Evil\0Bcc: all@example.org")]
    [InlineData("Evil\u0085Bcc: all@example.org")]
    public void No_value_can_add_a_header(string evil)
    {
        var mail = TestMail.Digest with
        {
            Subject = evil,
            To = new NamedAddress(TestMail.Address("ada@example.org"), evil),
            Headers = [new MailHeader("X-Topic", evil)],
        };

        var headers = Wire(mail)[..Wire(mail).IndexOf("\r\n\r\n", StringComparison.Ordinal)].Split("\r\n");

        headers.ShouldNotContain(line => line.StartsWith("Bcc", StringComparison.Ordinal));
        headers.ShouldAllBe(line => line.Length <= 78 && !line.Any(char.IsControl));
    }

    [Theory]
    [InlineData("X Topic")]
    [InlineData("X-Topic:")]
    [InlineData("X\r\nBcc")]
    [InlineData("")]
    public void A_name_that_is_no_header_name_is_refused(string name) =>
        Should.Throw<ArgumentException>(() => new MailHeader(name, "value"));

    [Theory]
    [InlineData("a b@example.org")]
    [InlineData("42>@example.org")]
    [InlineData("42\r\n@example.org")]
    [InlineData("42")]
    public void A_Message_ID_that_is_none_is_refused(string id) =>
        Should.Throw<ArgumentException>(() => Wire(TestMail.Digest with { MessageId = id }));

    [Fact]
    public void A_long_word_and_a_long_subject_stay_within_the_limits()
    {
        var mail = TestMail.Digest with
        {
            Subject = string.Join(' ', Enumerable.Repeat("量子ニューラルネットワーク and transformers", 12)),
            Headers = [new MailHeader("X-Long", new string('x', 3000)), new MailHeader("X-Words", string.Join(' ', Enumerable.Repeat("word", 100)))],
        };

        var lines = Wire(mail).Split("\r\n");

        lines.ShouldAllBe(line => line.Length <= 78);
        lines.ShouldAllBe(line => !line.Contains("=?", StringComparison.Ordinal) || line.Length <= 76);
    }

    [Fact]
    public void A_subject_of_any_words_is_folded_at_78_octets_and_unfolds_to_itself()
    {
        var random = new Random(1);
        for (var i = 0; i < 500; i++)
        {
            var words = Enumerable.Range(0, random.Next(1, 30)).Select(_ => new string((char)random.Next('!', '~' + 1), random.Next(1, 90)));
            var subject = string.Join(' ', words).Replace("=?", "=!", StringComparison.Ordinal);
            var mail = Encoding.ASCII.GetString(TestMail.ToBytes(TestMail.Digest with { Subject = subject }));
            var field = mail[mail.IndexOf("Subject:", StringComparison.Ordinal)..mail.IndexOf("\r\nDate:", StringComparison.Ordinal)];
            field.Replace("\r\n", "", StringComparison.Ordinal).ShouldBe("Subject: " + subject);
            // Only a word that is too long by itself stands on a longer line, or behind one that is shorter than the name.
            field.Split("\r\n").ShouldAllBe(line => line.Length <= 78 || line.Trim().Split(' ').Last().Length > 78 - "Subject: ".Length - 1);
            field.Split("\r\n").Skip(1).ShouldAllBe(line => line.StartsWith(' '));
        }
    }

    [Fact]
    public void Text_that_is_mostly_beyond_ASCII_goes_as_base64_and_English_as_quoted_printable()
    {
        MailBody.FromText("深層学習の論文を毎日お届けします。\n").TransferEncoding.ShouldBe("base64");
        MailBody.FromText("A naïve approach\n").TransferEncoding.ShouldBe("quoted-printable");
    }

    [Fact]
    public void A_mail_assembled_from_pieces_equals_one_encoded_whole()
    {
        string[] pieces = ["<p>Guten Morgen, Ada</p>\n", "<h2>Ein “Titel” = neu </h2>\n", "<p>Ende</p>\n"];
        var whole = TestMail.Digest with { Html = MailBody.FromText(string.Concat(pieces)) };
        var assembled = TestMail.Digest with
        {
            Html = MailBody.FromQuotedPrintable([.. pieces.Select(piece => (ReadOnlyMemory<byte>)QuotedPrintable.Encode(piece))]),
        };

        Wire(assembled).ShouldBe(Wire(whole));
    }

    [Fact]
    public void A_name_beyond_ASCII_in_the_address_is_written_in_UTF_8()
    {
        var wire = Encoding.UTF8.GetString(TestMail.ToBytes(TestMail.Digest with { To = new NamedAddress(TestMail.Address("дарья@example.org"), "Дарья") }));

        wire.ShouldContain("To: =?utf-8?B?0JTQsNGA0YzRjw==?= <дарья@example.org>\r\n");
    }

    [PeerFact(Peer.Python)]
    public async Task Python_reads_back_what_was_written()
    {
        string[] subjects =
        [
            "Plain", "Ünïcode 量子 mixed with ASCII", "=?utf-8?Q?not_an_encoded_word?=", "Emoji " + string.Concat(Enumerable.Repeat("🎉", 60)),
            "עברית and العربية", "A \"quoted\" (commented) <angled>, listed; subject", string.Join(' ', Enumerable.Repeat("long", 80)), "é", "a é b é c",
        ];
        const string Text = "line one \n.\n..dots\nFrom me\n\ttab, trailing\t\nnaïve — 量子\n";
        var mails = subjects.Select(subject => TestMail.Digest with
        {
            Subject = subject,
            From = new NamedAddress(TestMail.Address("digest@papers.example"), subject),
            Text = MailBody.FromText(Text),
            Html = MailBody.FromText($"<p>{Text}</p>"),
        }).Select(mail => Convert.ToBase64String(TestMail.ToBytes(mail)));
        const string Script =
            """
            import sys, json, base64, email, email.policy, email.header, email.utils
            def name(raw):
                # The new policy's parser keeps the space between two encoded words of a name, the old one reads them right.
                return str(email.header.make_header(email.header.decode_header(email.utils.parseaddr(raw.replace('\r\n', ''))[0])))
            out = []
            for line in sys.stdin.buffer.read().split():
                m = email.message_from_bytes(base64.b64decode(line), policy=email.policy.default)
                old = email.message_from_bytes(base64.b64decode(line))
                parts = list(m.iter_parts())
                out.append(dict(subject=str(m['subject']), name=name(old['from']), address=m['from'].addresses[0].addr_spec,
                    text=parts[0].get_content().replace('\r\n', '\n'), html=parts[1].get_content().replace('\r\n', '\n'), defects=[repr(d) for p in m.walk() for d in p.defects],
                    types=[p.get_content_type() for p in m.walk()], unsubscribe=m['list-unsubscribe']))
            print(json.dumps(out))
            """;

        var (exitCode, output) = await Peer.RunAsync(Peer.PythonPath, ["-c", Script], Encoding.ASCII.GetBytes(string.Join('\n', mails)));

        exitCode.ShouldBe(0, output);
        var read = JsonDocument.Parse(output).RootElement.EnumerateArray().ToList();
        read.Count.ShouldBe(subjects.Length);
        foreach (var (mail, subject) in read.Zip(subjects))
        {
            mail.GetProperty("subject").GetString().ShouldBe(subject);
            mail.GetProperty("name").GetString().ShouldBe(subject);
            mail.GetProperty("address").GetString().ShouldBe("digest@papers.example");
            mail.GetProperty("text").GetString().ShouldBe(Text);
            mail.GetProperty("html").GetString().ShouldBe($"<p>{Text}</p>\n");
            mail.GetProperty("defects").GetArrayLength().ShouldBe(0);
            mail.GetProperty("types").EnumerateArray().Select(type => type.GetString()).ShouldBe(["multipart/alternative", "text/plain", "text/html"]);
            mail.GetProperty("unsubscribe").GetString().ShouldBe(TestMail.Digest.Headers[1].Value);
        }
    }

    private static string Wire(MimeMessage mail) => Encoding.Latin1.GetString(TestMail.ToBytes(mail));
}
