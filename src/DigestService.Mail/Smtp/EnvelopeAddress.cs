using System.Diagnostics.CodeAnalysis;
using MimeKit;
using MimeKit.Encodings;

namespace DigestService.Mail.Smtp;

/// <summary>Envelope addresses for MailKit, written in the commands exactly as we have them.</summary>
internal static class EnvelopeAddress
{
    // MimeKit decodes a domain like xn--bcher-kva.example while it reads the address, and MailKit then writes it in
    // Unicode and asks for SMTPUTF8 wherever the server offers that. The next server on the way may not, and bounce it.
    static EnvelopeAddress() => MailboxAddress.IdnMapping = new DomainsAsWritten();

    /// <summary>Reads a bare address; the empty one is the null reverse-path of RFC 5321 4.5.5.</summary>
    public static bool TryRead(string address, [NotNullWhen(true)] out MailboxAddress? mailbox)
    {
        try
        {
            mailbox = new MailboxAddress("", address);
            return true;
        }
        catch (ParseException)
        {
            mailbox = null;
            return false;
        }
    }

    private sealed class DomainsAsWritten : IPunycode
    {
        public string Encode(string domain) => domain;

        public string Encode(string domain, int index) => domain[index..];

        public string Encode(string domain, int index, int count) => domain.Substring(index, count);

        public string Decode(string domain) => domain;

        public string Decode(string domain, int index) => domain[index..];

        public string Decode(string domain, int index, int count) => domain.Substring(index, count);
    }
}
