using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DigestService.Mails;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Mails;

/// <summary>What we wrote is what somebody else's parser reads, whatever papers and readers are called.</summary>
public sealed class ParsedBackTests
{
    private const string Parser = """
        import sys, email, email.policy, hashlib, json
        data = sys.stdin.buffer
        while True:
            length = data.readline()
            if not length:
                break
            raw = data.read(int(length))
            message = email.message_from_bytes(raw, policy=email.policy.default)
            head = raw[:raw.index(b"\r\n\r\n")]
            print(json.dumps({
                "defects": [repr(d) for part in message.walk() for d in part.defects],
                "names": [line.split(b":")[0].decode() for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")],
                "subject": message["Subject"], "to": message["To"].addresses[0].addr_spec, "from": message["From"].addresses[0].addr_spec,
                "message_id": message["Message-ID"], "delivery": message["X-Digest-Delivery"], "unsubscribe": message["List-Unsubscribe"],
                "parts": [[p.get_content_type(), p.get_content_charset(), hashlib.sha256(p.get_payload(decode=True).replace(b"\r\n", b"\n")).hexdigest()]
                          for p in message.iter_parts()],
            }))
        """;

    [PeerFact(Peer.Python)]
    public async Task Python_reads_the_same_parts_and_headers_from_fuzzed_papers_and_readers()
    {
        var bed = new MailTestBed();
        var fuzz = new FuzzedDigests(20260305);
        var mails = Enumerable.Range(0, Full.IsAsked ? 10_000 : 500).Select(number =>
        {
            var content = fuzz.Next(number);
            return (Content: content, Mail: bed.Digests.Compose(content));
        }).ToList();
        foreach (var (_, mail) in mails)
            CheckOctets(mail.Message);

        var (exitCode, output) = await Peer.RunAsync(Peer.PythonPath, ["-c", Parser], Framed(mails.Select(one => one.Mail.Message)));

        exitCode.ShouldBe(0, output);
        var read = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        read.Length.ShouldBe(mails.Count);
        foreach (var ((content, mail), line) in mails.Zip(read))
            Check(content, mail, JsonDocument.Parse(line).RootElement);
    }

    [Fact]
    public async Task MimeKit_reads_the_same_parts_and_headers_from_fuzzed_papers_and_readers()
    {
        var bed = new MailTestBed();
        var fuzz = new FuzzedDigests(20260306);
        for (var number = 0; number < (Full.IsAsked ? 10_000 : 300); number++)
        {
            var mail = bed.Digests.Compose(fuzz.Next(number));
            using var stream = new MemoryStream(mail.Message);

            var read = await global::MimeKit.MimeMessage.LoadAsync(stream);

            read.Subject.ShouldBe(mail.Subject);
            read.MessageId.ShouldBe(mail.MessageId);
            read.TextBody.ShouldNotBeNull().Replace("\r\n", "\n", StringComparison.Ordinal).ShouldBe(mail.Text);
            read.HtmlBody.ShouldNotBeNull().Replace("\r\n", "\n", StringComparison.Ordinal).ShouldBe(mail.Html);
        }
    }

    private static void Check(DigestContent content, ComposedMail mail, JsonElement read)
    {
        var number = $"mail {content.DeliveryId}";
        read.GetProperty("defects").GetArrayLength().ShouldBe(0, number + read.GetProperty("defects"));
        read.GetProperty("names").EnumerateArray().Select(name => name.GetString()).ShouldBe(
            [
                "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID",
                "Precedence", "Auto-Submitted", "X-Digest-Delivery", "MIME-Version", "Content-Type",
            ],
            number);
        read.GetProperty("subject").GetString().ShouldBe(mail.Subject, number);
        read.GetProperty("from").GetString().ShouldBe("digest@example.org");
        read.GetProperty("to").GetString().ShouldBe(content.Recipient.Address.Replace("bücher", "xn--bcher-kva", StringComparison.Ordinal), number);
        read.GetProperty("message_id").GetString().ShouldBe($"<{mail.MessageId}>");
        read.GetProperty("delivery").GetString().ShouldBe($"{content.DeliveryId}");
        read.GetProperty("unsubscribe").GetString().ShouldStartWith("<https://digest.example.org/unsubscribe/");
        read.GetProperty("parts").ToString().Replace(" ", "", StringComparison.Ordinal).ShouldBe(
            $"""[["text/plain","utf-8","{Hash(mail.Text)}"],["text/html","utf-8","{Hash(mail.Html)}"]]""", number);
    }

    // No bare CR or LF, no NUL, nothing but seven bits, no line that a server may refuse or a lone dot could end.
    private static void CheckOctets(byte[] message)
    {
        message.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)127).ShouldBe(-1);
        message.AsSpan().Contains((byte)0).ShouldBeFalse();
        foreach (var line in Encoding.ASCII.GetString(message).Split("\r\n"))
        {
            line.AsSpan().IndexOfAny('\r', '\n').ShouldBe(-1);
            line.Length.ShouldBeLessThanOrEqualTo(998);
            line.ShouldNotBe(".");
        }
    }

    private static byte[] Framed(IEnumerable<byte[]> messages)
    {
        using var frames = new MemoryStream();
        foreach (var message in messages)
        {
            frames.Write(Encoding.ASCII.GetBytes($"{message.Length}\n"));
            frames.Write(message);
        }

        return frames.ToArray();
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
