using System.Buffers;
using DigestService.Mail.Mime;

namespace DigestService.Mail.Tests.Mime;

/// <summary>A mail like the digest's, for tests to change one thing about.</summary>
internal static class TestMail
{
    public static MimeMessage Digest { get; } = new()
    {
        From = new NamedAddress(Address("digest@papers.example"), "Paper Digest"),
        To = new NamedAddress(Address("ada@example.org")),
        Subject = "Attention, again, and 9 more papers",
        Date = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.FromHours(1)),
        MessageId = "42.abc@papers.example",
        Headers =
        [
            new MailHeader("List-Id", "Paper Digest <digest.papers.example>"),
            new MailHeader("List-Unsubscribe", "<https://papers.example/unsubscribe/abcdefghijklmnopqrstuvwxyz0123456789>, <mailto:commands@papers.example?subject=unsubscribe>"),
            new MailHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            new MailHeader("X-Digest-Delivery", "42"),
        ],
        Text = MailBody.FromText("Papers of the day\r\n1. Attention, again\r\n"),
        Html = MailBody.FromText("<p>Papers of the day</p>\n<ol><li>Attention, again</li></ol>\n"),
    };

    public static byte[] ToBytes(MimeMessage mail)
    {
        var output = new ArrayBufferWriter<byte>();
        MimeWriter.Write(mail, output);
        return output.WrittenSpan.ToArray();
    }

    public static EmailAddress Address(string text) =>
        EmailAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text, nameof(text));
}
