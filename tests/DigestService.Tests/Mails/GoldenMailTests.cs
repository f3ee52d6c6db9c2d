using System.Runtime.CompilerServices;
using System.Text;

namespace DigestService.Tests.Mails;

/// <summary>
/// Every mail as it was approved, in <c>Golden/</c>. With <c>DIGEST_APPROVE=1</c> the run writes what it finds, and
/// the difference is read in review.
/// </summary>
public sealed class GoldenMailTests
{
    private static readonly bool Approves = Environment.GetEnvironmentVariable("DIGEST_APPROVE") == "1";

    [Fact]
    public void Every_mail_is_as_approved()
    {
        var folder = Path.Combine(Folder(), "Golden");
        var mails = new MailTestBed().Gallery.Mails().ToList();
        var differing = new List<string>();

        foreach (var mail in mails)
        {
            Compare(Path.Combine(folder, mail.Name + ".html"), mail.Mail.Html, differing);
            Compare(Path.Combine(folder, mail.Name + ".txt"), Headers(mail.Mail.Message) + "\n" + mail.Mail.Text, differing);
        }

        differing.ShouldBeEmpty("run with DIGEST_APPROVE=1 and read the difference");
        Directory.EnumerateFiles(folder).Select(Path.GetFileNameWithoutExtension).Distinct(StringComparer.Ordinal)
            .ShouldBe(mails.Select(mail => mail.Name), ignoreOrder: true);
    }

    private static void Compare(string path, string found, List<string> differing)
    {
        if (Approves)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!); // It lies in a folder.
            File.WriteAllText(path, found);
        }
        else if (!File.Exists(path) || File.ReadAllText(path) != found)
        {
            differing.Add(Path.GetFileName(path));
        }
    }

    private static string Headers(byte[] message) =>
        Encoding.UTF8.GetString(message, 0, message.AsSpan().IndexOf("\r\n\r\n"u8) + 2).Replace("\r\n", "\n", StringComparison.Ordinal);

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!; // A source file lies in a folder.
}
