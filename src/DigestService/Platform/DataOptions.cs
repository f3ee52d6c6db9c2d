using System.ComponentModel.DataAnnotations;

namespace DigestService.Platform;

/// <summary>Section <c>Data</c>: where the service keeps what is not in the database.</summary>
public sealed class DataOptions
{
    private const int ProbeLength = 16 * 1024;

    /// <summary>Folder for the private PostgreSQL, the demo's inbox and lock files; relative to the working directory.</summary>
    [Required]
    public string Directory { get; set; } = ".data";

    /// <summary>Makes the folder, or one below it, where it is missing; its full path.</summary>
    /// <exception cref="OperatorException">It cannot be made, or nothing can be written in it.</exception>
    internal string Prepare(string below = "")
    {
        var probe = $".write-{Guid.NewGuid():n}";
        try
        {
            var path = Path.Combine(Path.GetFullPath(Directory), below);
            System.IO.Directory.CreateDirectory(path);
            Try(Path.Combine(path, probe));
            return path;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new OperatorException($"Setting Data__Directory: nothing can be written in '{Directory}': {Why(refused, probe)}", refused);
        }
    }

    /// <summary>Why nothing can be written there, in a sentence; null while it can.</summary>
    internal string? FindFault()
    {
        try
        {
            Prepare();
            return null;
        }
        catch (OperatorException refused)
        {
            return $"{refused.Message.TrimEnd('.')}. A restored backup is recognised by its place alone until then.";
        }
    }

    // The probe has another name each time, and the folder is named already.
    private string Why(Exception refused, string probe)
    {
        if (refused is not (IOException or UnauthorizedAccessException))
            return refused.Message;
        var words = FileWords.WhyUnwritable(Path.GetFullPath(Directory), refused);
        var at = words.IndexOf(" : '", StringComparison.Ordinal);
        return words.Contains(probe, StringComparison.Ordinal) && at > 0 ? words[..at] + "." : words.Replace("/" + probe, "", StringComparison.Ordinal);
    }

    // An empty file fits on a full disk.
    private static void Try(string probe)
    {
        try
        {
            using var file = new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            file.Write(new byte[ProbeLength]);
            file.Flush(flushToDisk: true);
        }
        finally
        {
            File.Delete(probe);
        }
    }
}
