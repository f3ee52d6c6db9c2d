using DigestService.Mail.Mime;

namespace DigestService.Digests.Mail;

/// <summary>Writes mails as octets.</summary>
internal sealed class MailSignature
{
    /// <summary>The finished message.</summary>
    public byte[] Sign(MimeMessage mail) => MimeWriter.ToBytes(mail);
}
