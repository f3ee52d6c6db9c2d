namespace DigestService.Mails;

/// <summary>The mails of a change of address.</summary>
internal sealed partial class ServiceMailComposer
{
    /// <summary>Asks a new address whether it wants the digest. It holds no link of the reader's own: the address may be mistyped.</summary>
    public ComposedMail ConfirmAddress(ServiceMailContent content, string link)
    {
        var (language, words) = WordsOf(content.Recipient);
        return Seal("address", content, new ServiceMail(language, words.AddressSubject, words.AddressHeading)
        {
            Blocks = [new Paragraph(words.AddressText(site.Name)), new Button(words.AddressButton, link), new SmallPrint(words.ConfirmNotYou)],
        });
    }

    /// <summary>Tells the former address that the digest goes elsewhere now.</summary>
    public ComposedMail Moved(ServiceMailContent content)
    {
        var (language, words) = WordsOf(content.Recipient);
        return Seal("moved", content, new ServiceMail(language, words.MovedSubject, words.MovedHeading)
        {
            Blocks = [new Paragraph(words.MovedText(site.Name)), new LinkLine(words.MovedNotYou, site.Link("/"))],
        });
    }
}
