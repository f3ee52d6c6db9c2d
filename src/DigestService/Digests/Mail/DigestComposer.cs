namespace DigestService.Digests.Mail;

/// <summary>Turns a letter into a mail: fragments of papers rendered once for all readers, and a few personal lines.</summary>
internal sealed class DigestComposer
{
    /// <summary>Composes and signs. The same letter always gives the same octets.</summary>
    public ComposedMail Compose(DigestLetter letter) => throw new NotSupportedException();
}
