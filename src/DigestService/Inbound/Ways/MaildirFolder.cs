using DigestService.Mail;
using DigestService.Mail.Mailboxes;

namespace DigestService.Inbound.Ways;

/// <summary>
/// The folder that <c>Inbox__Maildir</c> names. Where only the folder itself is missing, whoever reads mail makes it, because the
/// mail server may deliver there for the first time later; where the one above it is missing too, the setting is mistyped.
/// </summary>
internal static class MaildirFolder
{
    private static readonly string[] Parts = ["new", "cur", "tmp"];

    /// <summary>Whether the folder is a Maildir already. Makes nothing.</summary>
    /// <exception cref="MailboxException">It is none and cannot become one.</exception>
    public static bool IsThere(string path)
    {
        try
        {
            if (IsFolder(path))
                return Parts.Count(part => IsFolder(Path.Combine(path, part))) == Parts.Length;
            var above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
            return above is null || IsFolder(above) ? false : throw Refused($"neither the folder {path} nor {above}, in which it would be, exists; correct the setting, or make {above}");
        }
        catch (UnauthorizedAccessException)
        {
            throw Refused($"the account '{Environment.UserName}' has no right to look into {path}; give it that");
        }
    }

    /// <summary>Makes the folder and its parts where they are missing; whether they were.</summary>
    /// <exception cref="MailboxException">It is none and cannot become one.</exception>
    public static bool MakeIfMissing(string path)
    {
        if (IsThere(path))
            return false;
        try
        {
            _ = new Maildir(path);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw Refused($"the folder {path} is not there and cannot be made by the account '{Environment.UserName}'; make it, with new, cur and tmp in it");
        }
    }

    private static bool IsFolder(string path)
    {
        try
        {
            return File.GetAttributes(path).HasFlag(FileAttributes.Directory) ? true : throw Refused($"{path} is a file and not a folder; name the Maildir");
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private static MailboxException Refused(string why) => new($"Setting Inbox__Maildir: {why}.");
}
