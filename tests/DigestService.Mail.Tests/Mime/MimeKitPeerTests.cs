using System.Security.Cryptography;
using System.Text;
using DigestService.Mail.Mime;
using DigestService.Tests.Shared;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;
using DkimSigner = DigestService.Mail.Dkim.DkimSigner;

namespace DigestService.Mail.Tests.Mime;

/// <summary>MimeKit reads what we write and verifies what we sign; its parser and ours agree on mails of others.</summary>
public sealed class MimeKitPeerTests
{
    [Fact]
    public void MimeKit_reads_a_mail_as_it_was_meant()
    {
        var mail = TestMail.Digest with
        {
            Subject = "Ünïcode 量子 and a long tail of ordinary words that makes the subject fold over several lines",
            To = new NamedAddress(TestMail.Address("ada@example.org"), "Ada (読者) \"L.\""),
            Text = MailBody.FromText(".\n..two\nFrom here  \ntrailing\t\n深層学習\n"),
            Html = MailBody.FromText("<p>深層学習の論文を毎日お届けします。</p>\n"),
        };

        using var read = MimeKit.MimeMessage.Load(new MemoryStream(TestMail.ToBytes(mail)));

        read.Subject.ShouldBe(mail.Subject);
        var to = read.To.Mailboxes.ShouldHaveSingleItem();
        (to.Address, to.Name).ShouldBe(("ada@example.org", "Ada (読者) \"L.\""));
        read.Date.ShouldBe(mail.Date);
        read.MessageId.ShouldBe(mail.MessageId);
        read.TextBody!.ReplaceLineEndings("\n").ShouldBe(".\n..two\nFrom here  \ntrailing\t\n深層学習\n");
        read.HtmlBody!.ReplaceLineEndings("\n").ShouldBe("<p>深層学習の論文を毎日お届けします。</p>\n");
        foreach (var header in mail.Headers)
            read.Headers[header.Name].ShouldBe(header.Value);
    }

    [Fact]
    public async Task MimeKit_verifies_our_signature_and_misses_it_after_a_change()
    {
        using var key = RSA.Create(2048);
        using var signer = DkimSigner.FromPem("papers.example", "s1", key.ExportPkcs8PrivateKeyPem());
        var signed = signer.Sign(TestMail.ToBytes(TestMail.Digest));
        var changed = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(signed).Replace("Papers of the day", "Papers of a day", StringComparison.Ordinal));
        var redirected = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(signed).Replace("To: ada@", "To: eve@", StringComparison.Ordinal));

        (await IsVerifiedAsync(signed, key)).ShouldBeTrue();
        (await IsVerifiedAsync(changed, key)).ShouldBeFalse();
        (await IsVerifiedAsync(redirected, key)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("Subject: =?utf-8?Q?caf=C3=A9?= =?utf-8?B?w6k=?=\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nna=EFve=\r\n end\r\n")]
    [InlineData("Subject: folded\r\n  over\r\n lines\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n5rex5bGk\r\n5a2m57+S\r\n")]
    [InlineData("Subject: two parts\r\nContent-Type: multipart/alternative; boundary=\"b c\"\r\n\r\npreamble\r\n--b c\r\n\r\nfirst\r\n--b c\r\nContent-Type: text/html\r\n\r\n<p>second\r\n--b c--\r\nepilogue")]
    public void MimeKits_parser_and_ours_agree(string raw)
    {
        var octets = Encoding.Latin1.GetBytes(raw);
        using var theirs = MimeKit.MimeMessage.Load(new MemoryStream(octets));

        var ours = MimeReader.Read(octets);

        ours.Headers.First("Subject").ShouldBe(theirs.Subject);
        ours.BodyText().TrimEnd().ShouldBe(theirs.TextBody!.TrimEnd());
        ours.Walk().Select(part => part.Type.MediaType).Where(type => !type.StartsWith("multipart", StringComparison.Ordinal))
            .ShouldBe(theirs.BodyParts.Select(part => part.ContentType.MimeType));
    }

    private static async Task<bool> IsVerifiedAsync(byte[] octets, RSA key)
    {
        using var message = await MimeKit.MimeMessage.LoadAsync(new MemoryStream(octets));
        var signature = message.Headers[message.Headers.IndexOf(MimeKit.HeaderId.DkimSignature)];
        return await new DkimVerifier(new Keys(DotNetUtilities.GetRsaPublicKey(key))).VerifyAsync(message, signature);
    }

    private sealed class Keys(AsymmetricKeyParameter key) : IDkimPublicKeyLocator
    {
        public AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
            (domain, selector) is ("papers.example", "s1") ? key : throw new InvalidOperationException($"Nobody asked for {selector} of {domain}.");

        public Task<AsymmetricKeyParameter> LocatePublicKeyAsync(string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
            Task.FromResult(LocatePublicKey(methods, domain, selector, cancellationToken));
    }
}
