using DigestService.Mail.Mime;

namespace DigestService.Tests.Shared;

/// <summary>A mail as its recipient reads it.</summary>
internal static class ReadMail
{
    /// <summary>The first text/plain that is not attached, else the first text/html as it is; empty where there is neither.</summary>
    public static string BodyText(this MimePart mail)
    {
        var texts = mail.Walk().Where(part => !part.IsAttachment && part.Children.Count == 0).ToList();
        return (texts.Find(part => part.Type.MediaType is "text/plain") ?? texts.Find(part => part.Type.MediaType is "text/html"))?.Text() ?? "";
    }
}
