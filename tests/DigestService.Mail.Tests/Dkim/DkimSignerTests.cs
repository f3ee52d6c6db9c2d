using System.Security.Cryptography;
using System.Text;
using DigestService.Mail.Dkim;
using DigestService.Mail.Mime;
using DigestService.Mail.Tests.Mime;
using DigestService.Tests.Shared;

namespace DigestService.Mail.Tests.Dkim;

public sealed class DkimSignerTests
{
    private static readonly string Pem = NewPem(2048);

    [Fact]
    public void Signing_twice_gives_the_same_octets_in_lines_of_ordinary_length()
    {
        using var signer = NewSigner();
        var mail = TestMail.ToBytes(TestMail.Digest);

        var signed = signer.Sign(mail, TestMail.Digest.Date);

        signer.Sign(mail, TestMail.Digest.Date).ShouldBe(signed);
        signed.AsSpan(signed.Length - mail.Length).SequenceEqual(mail).ShouldBeTrue();
        var text = Encoding.ASCII.GetString(signed);
        text.ShouldStartWith("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=papers.example;\r\n s=s1; t=1772597167;\r\n h=from:from:");
        text.Split("\r\n").ShouldAllBe(line => line.Length <= 78 || line.StartsWith("List-Unsubscribe", StringComparison.Ordinal));
    }

    [Fact]
    public void The_body_hash_does_not_depend_on_how_the_body_is_cut()
    {
        var body = "  two  spaces \t\r\n\r\n \r\nend\t \r\n\r\n \r\n"u8.ToArray();
        using var hash = new RelaxedBodyHash();
        foreach (var octet in body)
            hash.Append([octet]);

        hash.Finish().ShouldBe(SHA256.HashData(" two spaces\r\n\r\n\r\nend\r\n"u8));
        hash.Append("\r\n\r\n"u8);
        hash.Finish().ShouldBe(SHA256.HashData([]));
    }

    [Fact]
    public void The_public_key_is_recognised_in_DNS_as_people_paste_it()
    {
        using var signer = NewSigner();
        var key = signer.PublicKeyRecord;

        signer.DnsName.ShouldBe("s1._domainkey.papers.example");
        signer.IsPublishedBy(key).ShouldBeTrue();
        signer.IsPublishedBy(key.Replace("; ", ";", StringComparison.Ordinal).Insert(60, " ")).ShouldBeTrue();
        signer.IsPublishedBy(key.Replace("p=MII", "p=MIJ", StringComparison.Ordinal)).ShouldBeFalse();
        signer.IsPublishedBy("v=DKIM1; k=rsa; p=").ShouldBeFalse();
        signer.IsPublishedBy("v=spf1 -all").ShouldBeFalse();
    }

    [Theory]
    [InlineData("papers.example", "s1", "no key")]
    [InlineData("papers.example", "s1", null)]
    [InlineData("papers example", "s1", "key")]
    [InlineData("papers.example", "s;1", "key")]
    [InlineData("", "s1", "key")]
    public void A_setting_that_cannot_sign_is_refused_at_once(string domain, string selector, string? pem)
    {
        using var key = RSA.Create(2048);
        var text = pem switch { "key" => Pem, null => key.ExportSubjectPublicKeyInfoPem(), _ => pem };

        Should.Throw<ArgumentException>(() => DkimSigner.FromPem(domain, selector, text));
    }

    [Fact]
    public async Task Many_threads_may_sign_at_once()
    {
        using var signer = NewSigner();
        var mail = TestMail.ToBytes(TestMail.Digest);
        var expected = signer.Sign(mail);

        var signed = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => signer.Sign(mail))));

        signed.ShouldAllBe(one => one.SequenceEqual(expected));
    }

    [PeerFact(Peer.PythonDkim)]
    public async Task Python_verifies_the_signature_and_misses_it_after_any_change()
    {
        using var signer = NewSigner();
        var changed = Tampered(signer).Prepend(signer.Sign(TestMail.ToBytes(TestMail.Digest))).ToList();
        var script =
            $"""
            import sys, base64, dkim
            for line in sys.stdin.buffer.read().split():
                print(dkim.verify(base64.b64decode(line), dnsfunc=lambda *a, **k: b'{signer.PublicKeyRecord}'))
            """;

        var (exitCode, output) = await Peer.RunAsync(Peer.PythonPath, ["-c", script], Encoding.ASCII.GetBytes(string.Join('\n', changed.Select(Convert.ToBase64String))));

        exitCode.ShouldBe(0, output);
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(changed.Select((_, i) => i == 0 ? "True" : "False"));
    }

    [PeerFact(Peer.OpenDkim)]
    public async Task OpenDkim_verifies_the_signature_and_misses_it_after_any_change()
    {
        using var signer = NewSigner();
        var folder = Directory.CreateTempSubdirectory("dkim");
        try
        {
            var keys = Path.Combine(folder.FullName, "keys");
            var configuration = Path.Combine(folder.FullName, "opendkim.conf");
            await File.WriteAllTextAsync(keys, $"{signer.DnsName} {signer.PublicKeyRecord}\n");
            await File.WriteAllTextAsync(configuration, $"Mode v\nSyslog no\nTestPublicKeys {keys}\n");
            List<byte[]> mails = [signer.Sign(TestMail.ToBytes(TestMail.Digest)), .. Tampered(signer)];
            var files = mails.Select((_, i) => Path.Combine(folder.FullName, $"{i}.eml")).ToList();
            foreach (var (mail, file) in mails.Zip(files))
                await File.WriteAllBytesAsync(file, mail);

            var (_, output) = await Peer.RunAsync(Peer.Find(Peer.OpenDkim)!, ["-x", configuration, "-t", string.Join(',', files)], default); // PeerFact found it

            output.Split('\n').Count(line => line.Contains("succeeded", StringComparison.Ordinal)).ShouldBe(1, output);
            output.Split('\n').Count(line => line.Contains("failed", StringComparison.Ordinal)).ShouldBe(mails.Count - 1, output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<byte[]> Tampered(DkimSigner signer)
    {
        var signed = Encoding.Latin1.GetString(signer.Sign(TestMail.ToBytes(TestMail.Digest)));
        (string From, string To)[] changes =
        [
            ("Papers of the day", "Papers of a day"), ("From: Paper", "From: Vapor"), ("Subject: Att", "Subject: Itt"), ("To: ada@", "To: eve@"),
            ("Message-ID: <42", "Message-ID: <43"), ("List-Id: P", "List-Id: X"), ("/unsubscribe/a", "/unsubscribe/b"), ("=One-Click", "=Two-Click"),
            ("X-Digest-Delivery: 42", "X-Digest-Delivery: 43"), ("Date: Wed, 04", "Date: Wed, 05"), ("multipart/alternative", "multipart/mixed"),
            ("\r\nFrom: ", "\r\nFrom: Eve <eve@example.org>\r\nFrom: "), ("\r\nSubject: ", "\r\nReply-To: eve@example.org\r\nSubject: "),
        ];
        foreach (var (from, to) in changes)
        {
            signed.ShouldContain(from);
            var position = signed.IndexOf(from, StringComparison.Ordinal);
            yield return Encoding.Latin1.GetBytes(signed[..position] + to + signed[(position + from.Length)..]);
        }
    }

    private static DkimSigner NewSigner() => DkimSigner.FromPem("papers.example", "s1", Pem);

    private static string NewPem(int bits)
    {
        using var key = RSA.Create(bits);
        return key.ExportRSAPrivateKeyPem();
    }
}
