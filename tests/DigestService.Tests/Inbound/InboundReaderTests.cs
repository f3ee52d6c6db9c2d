using System.Text;
using System.Text.Json;
using DigestService.Inbound.Reading;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Inbound;

/// <summary>What messages are, over recorded ones of many servers, mutated ones and bombs.</summary>
public sealed class InboundReaderTests
{
    private static readonly string[] Corpora = ["data/flanker-fixtures", "data/mime-mikel-mail", "data/mime-mimekit", "data/reply-quoting"];

    [Theory]
    [InlineData("as they are")]
    [InlineData("with CRLF")]
    [InlineData("with LF")]
    [InlineData("with CR")]
    public void Hard_or_soft_is_right_for_19_of_20_recorded_bounces(string lineEndings)
    {
        var folder = SharedData.Require("data/bounce-sisimai");
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        var (right, falseHard, total) = (0, new List<string>(), 0);
        foreach (var mail in expected.RootElement.EnumerateObject())
        {
            var reading = InboundReader.Read(WithLineEndings(File.ReadAllBytes(Path.Combine(folder, "mail", mail.Name)), lineEndings));
            var shouldBeHard = mail.Value.EnumerateArray().Any(of => of.GetProperty("hardbounce").GetBoolean());
            var isHard = reading.Recipients.Any(of => of.Permanent);
            total++;
            right += isHard == shouldBeHard ? 1 : 0;
            if (isHard && !shouldBeHard)
                falseHard.Add(mail.Name);
        }

        total.ShouldBe(174);
        right.ShouldBeGreaterThanOrEqualTo((int)Math.Ceiling(total * 0.95));
        falseHard.ShouldBeEmpty();
    }

    [Fact]
    public void No_ordinary_mail_is_taken_for_a_bounce_or_fails()
    {
        foreach (var file in Corpora.SelectMany(corpus => Directory.EnumerateFiles(SharedData.Require(corpus), "*", SearchOption.AllDirectories)))
        {
            var reading = InboundReader.Read(File.ReadAllBytes(file));
            if (reading.Kind == InboundKind.Bounce)
                (file.Contains("bounce", StringComparison.Ordinal) || file.Contains("delivery-status", StringComparison.Ordinal) || file.Contains("report", StringComparison.Ordinal)).ShouldBeTrue(file);
            if (reading.Kind == InboundKind.Complaint)
                (file.Contains("complaint", StringComparison.Ordinal) || file.Contains("report", StringComparison.Ordinal)).ShouldBeTrue(file);
        }
    }

    [Fact]
    public void Ten_thousand_mutations_are_read_without_an_exception_and_in_time()
    {
        var seeds = Directory.EnumerateFiles(SharedData.Require("data/bounce-sisimai/mail")).Concat(Corpora.SelectMany(corpus => Directory.EnumerateFiles(SharedData.Require(corpus), "*", SearchOption.AllDirectories)))
            .Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Where(mail => mail.Length is > 100 and < 60_000).ToList();
        var random = new Random(13);
        var slowest = TimeSpan.Zero;
        for (var round = 0; round < 10_000; round++)
        {
            var mutated = Mutate(seeds[round % seeds.Count], seeds[random.Next(seeds.Count)], random);
            var cost = Cost.Once(() => Should.NotThrow(() => InboundReader.Read(mutated), $"round {round}"));
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, cost.Ticks));
        }

        slowest.ShouldBeLessThan(TimeSpan.FromSeconds(2));
    }

    public static TheoryData<string> Bombs => ["nested multiparts", "nested mails", "headers", "addresses", "one long header", "boundaries", "encoded words", "html", "entities", "at signs", "report blocks", "long lines", "commands", "codes", "quotes", "signs", "parameters", "base64 mails"];

    [Theory]
    [MemberData(nameof(Bombs))]
    public void A_bomb_costs_a_quarter_of_a_second_and_fifty_megabytes_at_most(string kind)
    {
        var bomb = Encoding.ASCII.GetBytes(BombOf(kind));
        bomb.Length.ShouldBeGreaterThan(500_000);
        InboundReader.Read(bomb);

        var before = GC.GetAllocatedBytesForCurrentThread();
        InboundReader.Read(bomb);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        allocated.ShouldBeLessThan(50_000_000, kind);
        Cost.Of(() => InboundReader.Read(bomb)).ShouldBeLessThan(TimeSpan.FromMilliseconds(250), kind);
    }

    [Theory]
    [InlineData("", nameof(InboundKind.Unreadable))]
    [InlineData("\r\n\r\n", nameof(InboundKind.Unreadable))]
    [InlineData("\0\0\0\u0001\u0002\u0003\u0004PNG\0\0\0", nameof(InboundKind.Unreadable))]
    [InlineData("just words", nameof(InboundKind.Other))]
    [InlineData("From: fbl@provider.example\nContent-Type: message/feedback-report\n\n", nameof(InboundKind.Unreadable))]
    [InlineData("From: fbl@provider.example\nContent-Type: message/feedback-report\n\nthe user has complained", nameof(InboundKind.Unreadable))]
    [InlineData("From: fbl@provider.example\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n", nameof(InboundKind.Complaint))]
    [InlineData("From: fbl@provider.example\nContent-Type: message/feedback-report\n\nuser-agent: fbl/1\nOriginal-Rcpt-To: a@b.example\n", nameof(InboundKind.Complaint))]
    [InlineData("From: fbl@provider.example\nContent-Type: message/feedback-report\n\n\nVersion: 1\n", nameof(InboundKind.Complaint))]
    [InlineData("From: fbl@provider.example\nContent-Type: message/feedback-report\n\nFeedback-Type: not-spam\nVersion: 1\n", nameof(InboundKind.AutoReply))]
    [InlineData("From: ada@reader.example\nSubject: help\n\n", nameof(InboundKind.Command))]
    [InlineData("From: ada@reader.example\nSubject: Undeliverable: what do we do about it?\n\nHi, what does this word mean? Ada", nameof(InboundKind.Other))]
    [InlineData("From: ada@reader.example\nSubject: Re: Undelivered Mail Returned to Sender\n\nIt was not delivered, and I wonder why.", nameof(InboundKind.Other))]
    [InlineData("From: ada@reader.example\nSubject: Delivery problem last week\n\nHi, my mailbox was full and your mails bounced. Can you send them again to ada@reader.example?", nameof(InboundKind.Other))]
    [InlineData("From: ada@reader.example\nSubject: my address bounces\n\nYour mails bounced back. I use bob@reader.example now.", nameof(InboundKind.Other))]
    [InlineData("From: ada@reader.example\nSubject: Delivery failure\n\nunsubscribe\nYour mail could not be delivered to me anyway.", nameof(InboundKind.Command))]
    [InlineData("From: admin@reader.example\nSubject: Delivery failure\n\nYour mail could not be delivered to bob@reader.example: 550 5.1.1 unknown user", nameof(InboundKind.Bounce))]
    [InlineData("From: ada@reader.example\nSubject: status of my paper\n\nI would like to know where it stands.", nameof(InboundKind.Other))]
    [InlineData("From: ada@reader.example\nSubject: Question\n\nAt the moment I cannot pause to help you, but today I will.", nameof(InboundKind.Other))]
    [InlineData("From: noreply-dmarc-support@provider.example\nSubject: Report domain: papers.example\n\nhelp", nameof(InboundKind.AutoReply))]
    [InlineData("From: MAILER-DAEMON@mx.example\nSubject: Niedostarczona wiadomość\n\nTwoja wiadomość nie została dostarczona do:\n\n<ada@reader.example>\n550 5.1.1 Użytkownik nieznany", nameof(InboundKind.Bounce))]
    [InlineData("From: MAILER-DAEMON@mx.example\nSubject: Wiadomość czeka\n\n<ada@reader.example>\n451 4.7.1 Spróbujemy później", nameof(InboundKind.AutoReply))]
    [InlineData("From: list@others.example\nList-Id: <x>\nSubject: help\n\nsubscribe", nameof(InboundKind.AutoReply))]
    [InlineData("From: <>\nSubject: Your vacation\nAuto-Submitted: auto-replied\n\nI am away.", nameof(InboundKind.AutoReply))]
    public void Small_mails_are_what_they_look_like(string raw, string kind) => InboundReader.Read(Encoding.UTF8.GetBytes(raw)).Kind.ToString().ShouldBe(kind);

    private static string BombOf(string kind)
    {
        const int Size = 900_000;
        const string Daemon = "From: MAILER-DAEMON@mx.example\r\nTo: x@papers.example\r\nSubject: Undelivered Mail Returned to Sender\r\n";
        static string Repeat(string text, int size) => string.Concat(Enumerable.Repeat(text, size / text.Length));
        return kind switch
        {
            "nested multiparts" => Repeat("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n", Size),
            "nested mails" => Repeat("Content-Type: message/rfc822\r\n\r\n", Size),
            "headers" => "Subject: x\r\n" + Repeat("X: y\r\n", Size),
            "addresses" => "To: " + Repeat("a@b.example, ", Size),
            "one long header" => "Subject: " + new string('x', Size),
            "boundaries" => "Content-Type: multipart/mixed; boundary=a\r\n\r\n" + Repeat("--a\r\n", Size),
            "encoded words" => "Subject: " + Repeat("=?utf-8?q?", Size),
            "html" => Daemon + "Content-Type: text/html\r\n\r\n" + Repeat("<blockquote><p", Size),
            "entities" => Daemon + "Content-Type: text/html\r\n\r\n" + Repeat("&amp;<b>", Size),
            "at signs" => Daemon + "\r\n" + new string('@', Size),
            "report blocks" => Daemon + "Content-Type: multipart/report; boundary=a\r\n\r\n--a\r\nContent-Type: message/delivery-status\r\n\r\n" + Repeat("Final-Recipient: rfc822;a@b.example\r\nAction: failed\r\n\r\n", Size),
            "long lines" => Daemon + "\r\n" + Repeat("550 5.1.1 user unknown a@b.example ", Size),
            "commands" => "From: a@b.example\r\nSubject: x\r\n\r\n" + Repeat("add x\r\n", Size),
            "codes" => Daemon + "\r\n" + Repeat("<a@b.example>:\r\n550 5.1.1 x\r\n", Size),
            "quotes" => "From: a@b.example\r\nSubject: x\r\n\r\n" + Repeat("On 1 ", Size),
            "signs" => "From: a@b.example\r\nSubject: x\r\n\r\n" + new string('%', 32_000) + new string('<', Size),
            "parameters" => "Content-Type: text/plain" + Repeat("; a*0*=utf-8''%41", Size),
            _ => "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + Convert.ToBase64String(Encoding.ASCII.GetBytes("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + new string('A', 600_000))),
        };
    }

    private static byte[] WithLineEndings(byte[] mail, string how)
    {
        var text = Encoding.Latin1.GetString(mail);
        return Encoding.Latin1.GetBytes(how switch
        {
            "with CRLF" => text.ReplaceLineEndings("\r\n"),
            "with LF" => text.ReplaceLineEndings("\n"),
            "with CR" => text.ReplaceLineEndings("\r"),
            _ => text,
        });
    }

    private static byte[] Mutate(byte[] mail, byte[] other, Random random)
    {
        var mutated = mail.ToList();
        for (var i = 0; i < 1 + random.Next(8) && mutated.Count > 10; i++)
        {
            var at = random.Next(mutated.Count);
            switch (random.Next(7))
            {
                case 0: mutated[at] = (byte)random.Next(256); break;
                case 1: mutated.RemoveRange(at, Math.Min(random.Next(400), mutated.Count - at)); break;
                case 2: mutated.InsertRange(at, mutated.Take(random.Next(300)).ToList()); break;
                case 3: mutated.InsertRange(at, other.Skip(random.Next(other.Length)).Take(500)); break;
                case 4: mutated.RemoveRange(at, mutated.Count - at); break;
                case 5: mutated.Insert(at, (byte)"\r\n\0<>@:;=-\""[random.Next(11)]); break;
                default: mutated.InsertRange(at, Encoding.ASCII.GetBytes(((string[])["\r\n\r\n", "--", "=?", "Content-Type: message/rfc822\r\n", "550 5.1.1 "])[random.Next(5)])); break;
            }
        }

        return [.. mutated];
    }
}
