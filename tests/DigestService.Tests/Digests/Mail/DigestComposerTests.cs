using System.Text;
using DigestService.Digests.Mail;
using DigestService.Digests.Mail.Gallery;

namespace DigestService.Tests.Digests.Mail;

public sealed class DigestComposerTests
{
    private readonly MailWorkshop _workshop = new();

    [Fact]
    public void The_same_letter_is_the_same_octets_in_another_process_with_cold_caches()
    {
        var letter = MailGallery.Ordinary("fr");

        var first = _workshop.Digests.Compose(letter).Message;
        var again = _workshop.Digests.Compose(letter).Message;
        var elsewhere = new MailWorkshop().Digests.Compose(letter).Message;

        again.ShouldBe(first);
        elsewhere.ShouldBe(first);
    }

    [Fact]
    public void Write_gallery()
    {
        var dir = Environment.GetEnvironmentVariable("GALLERY_OUT");
        if (dir is null) return;
        Directory.CreateDirectory(dir);
        foreach (var mail in _workshop.Gallery.Mails())
        {
            File.WriteAllBytes(Path.Combine(dir, mail.Name + ".eml"), mail.Mail.Message);
            File.WriteAllText(Path.Combine(dir, mail.Name + ".html"), mail.Mail.Html);
            File.WriteAllText(Path.Combine(dir, mail.Name + ".txt"), mail.Mail.Text);
        }
    }
}
