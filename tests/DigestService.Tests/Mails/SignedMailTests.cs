using System.Security.Cryptography;
using System.Text;
using DigestService.Delivery;
using DigestService.Mails;
using DigestService.Mails.Gallery;
using DigestService.Mail;
using DigestService.Mail.Mailboxes;
using DigestService.Mail.Smtp;
using DigestService.Mail.Tests.Mailboxes;
using DigestService.Platform;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Mails;

/// <summary>The signature of a real digest, held by two programs from elsewhere, before and after a trip through real servers.</summary>
public sealed class SignedMailTests(DovecotServer dovecot) : IClassFixture<DovecotServer>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("signed");

    [PeerFact(Peer.PythonDkim)]
    public async Task A_digest_keeps_its_signature_through_Postfix_and_Dovecot_and_loses_it_with_any_signed_header()
    {
        using var signature = NewSignature();
        var account = dovecot.NewAccount();
        var content = MailGallery.Ordinary("de");
        content = content with { Recipient = content.Recipient with { Address = $"{account.User}@{PostfixServer.Domain}" } };
        var mail = new MailTestBed(signature).Digests.Compose(content);

        var arrived = await SendThroughServersAsync(mail, content.Recipient.Address, account);

        var tampered = TamperedCopies(arrived).ToList();
        tampered.Count.ShouldBeGreaterThan(13);
        List<byte[]> mails = [mail.Message, arrived, .. tampered];
        var expected = mails.Select((_, n) => n < 2).ToList();
        (await VerifyWithPythonAsync(signature, mails)).ShouldBe(expected);
        (await VerifyWithOpenDkimAsync(signature, mails)).ShouldBe(expected);
    }

    [Fact]
    public void The_signature_covers_every_header_that_the_digest_promises()
    {
        using var signature = NewSignature();

        var message = Encoding.ASCII.GetString(new MailTestBed(signature).Digests.Compose(MailGallery.Ordinary("en")).Message);
        var signed = SignedNames(message);

        foreach (var name in new[]
        {
            "from", "to", "subject", "date", "message-id", "list-id", "list-unsubscribe", "list-unsubscribe-post", "auto-submitted", "precedence", "feedback-id",
            "x-digest-delivery", "mime-version", "content-type",
        })
            signed.ShouldContain(name);
        signed.Count(name => name == "from").ShouldBe(2);
        message.ShouldContain("c=relaxed/relaxed; d=example.org;");
    }

    [Fact]
    public void A_signed_digest_is_the_same_octets_each_time()
    {
        using var signature = NewSignature();
        var bed = new MailTestBed(signature);

        bed.Digests.Compose(MailGallery.Ordinary("zh")).Message.ShouldBe(bed.Digests.Compose(MailGallery.Ordinary("zh")).Message);
    }

    [Theory]
    [InlineData(null, "s1", true, "belong together")]
    [InlineData("example.org", null, true, "belong together")]
    [InlineData("example.org", "s1", false, "/no/such/key.pem does not exist; put the key there")]
    [InlineData("not a domain", "s1", true, "no DNS name")]
    public void A_half_set_or_unusable_key_stops_the_start_with_a_sentence(string? domain, string? selector, bool hasFile, string says)
    {
        var options = new DkimOptions { Domain = domain, Selector = selector, PrivateKeyFile = hasFile ? NewKeyFile() : "/no/such/key.pem" };

        Should.Throw<OperatorException>(() => MailSignature.Load(options)).Message.ShouldContain(says);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<byte[]> SendThroughServersAsync(ComposedMail mail, string recipient, ImapAccount account)
    {
        await using var mailbox = new ImapMailbox(account);
        (await ReadAsync(mailbox)).ShouldBeEmpty();
        await using var postfix = await PostfixServer.StartAsync(dovecot.MailFolder, account.User);
        await using var smtp = new SmtpTransport();
        (await smtp.ConnectAsync(new SmtpRelay { Host = "127.0.0.1", Port = postfix.Port, Tls = SmtpTls.None }, default)).Result.ShouldBe(ConnectResult.Ready);
        (await smtp.SendAsync(new Envelope(mail.Sender, recipient), mail.Message, default)).Result.ShouldBe(SendResult.Accepted);

        List<byte[]> arrived = [];
        try
        {
            await Eventually.TrueAsync(async () => (arrived = await ReadAsync(mailbox)).Count == 1, "the mail arrives");
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException(postfix.Log(), late);
        }

        return arrived[0];
    }

    private static async Task<List<byte[]>> ReadAsync(ImapMailbox mailbox)
    {
        var mails = new List<byte[]>();
        await foreach (var message in mailbox.ReadNewAsync(1_000_000, default))
            mails.Add(message.Raw.ToArray());
        return mails;
    }

    // One copy for each signed header, its value changed by one letter; and one with a second From.
    private static IEnumerable<byte[]> TamperedCopies(byte[] message)
    {
        var text = Encoding.Latin1.GetString(message);
        foreach (var name in SignedNames(text).Distinct(StringComparer.Ordinal))
        {
            var at = text.IndexOf($"\r\n{name}: ", StringComparison.OrdinalIgnoreCase);
            if (at < 0)
                continue;
            var value = at + name.Length + 4;
            while (!char.IsAsciiLetterOrDigit(text[value]))
                value++;
            yield return Encoding.Latin1.GetBytes(text[..value] + (text[value] == 'x' ? 'y' : 'x') + text[(value + 1)..]);
        }

        var from = text.IndexOf("\r\nFrom: ", StringComparison.Ordinal);
        yield return Encoding.Latin1.GetBytes($"{text[..from]}\r\nFrom: Eve <eve@example.org>{text[from..]}");
        yield return Encoding.Latin1.GetBytes(text + "One line more.\r\n");
    }

    private static List<string> SignedNames(string message)
    {
        var unfolded = message.Replace("\r\n ", " ", StringComparison.Ordinal);
        var from = unfolded.IndexOf(" h=", StringComparison.Ordinal) + 3;
        return [.. unfolded[from..unfolded.IndexOf(';', from)].Replace(" ", "", StringComparison.Ordinal).Split(':')];
    }

    private static async Task<List<bool>> VerifyWithPythonAsync(MailSignature signature, List<byte[]> mails)
    {
        var script =
            $"""
            import sys, base64, dkim
            for line in sys.stdin.buffer.read().split():
                print(dkim.verify(base64.b64decode(line), dnsfunc=lambda *a, **k: b'{signature.Signer!.PublicKeyRecord}'))
            """;
        var (exitCode, output) = await Peer.RunAsync(
            Peer.PythonPath, ["-c", script], Encoding.ASCII.GetBytes(string.Join('\n', mails.Select(Convert.ToBase64String))));
        exitCode.ShouldBe(0, output);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line == "True")];
    }

    private async Task<List<bool>> VerifyWithOpenDkimAsync(MailSignature signature, List<byte[]> mails)
    {
        if (Peer.Find(Peer.OpenDkim) is not { } opendkim)
            throw Skip.UnlessOnCI("needs opendkim");
        var keys = Path.Combine(_folder.FullName, "keys");
        var configuration = Path.Combine(_folder.FullName, "opendkim.conf");
        await File.WriteAllTextAsync(keys, $"{signature.Signer!.DnsName} {signature.Signer.PublicKeyRecord}\n");
        await File.WriteAllTextAsync(configuration, $"Mode v\nSyslog no\nTestPublicKeys {keys}\n");
        var verdicts = new List<bool>();
        foreach (var (mail, number) in mails.Select((mail, number) => (mail, number)))
        {
            var file = Path.Combine(_folder.FullName, $"{number}.eml");
            await File.WriteAllBytesAsync(file, mail);
            var (_, output) = await Peer.RunAsync(opendkim, ["-x", configuration, "-t", file], default);
            verdicts.Add(output.Contains("succeeded", StringComparison.Ordinal) && !output.Contains("failed", StringComparison.Ordinal));
        }

        return verdicts;
    }

    private MailSignature NewSignature() => MailSignature.Load(new DkimOptions { Domain = "example.org", Selector = "s1", PrivateKeyFile = NewKeyFile() });

    private string NewKeyFile()
    {
        using var key = RSA.Create(2048);
        var file = Path.Combine(_folder.FullName, "dkim.pem");
        File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
        return file;
    }
}
