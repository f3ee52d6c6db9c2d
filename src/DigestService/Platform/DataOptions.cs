using System.ComponentModel.DataAnnotations;

namespace DigestService.Platform;

/// <summary>Section <c>Data</c>: where the service keeps what is not in the database.</summary>
public sealed class DataOptions
{
    /// <summary>Folder for the private PostgreSQL, the demo's inbox and lock files; relative to the working directory.</summary>
    [Required]
    public string Directory { get; set; } = ".data";

    /// <summary>Makes the folder, or one below it, where it is missing; its full path.</summary>
    /// <exception cref="OperatorException">It cannot be made, or nothing can be written in it.</exception>
    internal string Prepare(string below = "")
    {
        try
        {
            var path = Path.Combine(Path.GetFullPath(Directory), below);
            System.IO.Directory.CreateDirectory(path);
            var probe = Path.Combine(path, $".write-{Guid.NewGuid():n}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            return path;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new OperatorException($"Setting Data__Directory: nothing can be written in '{Directory}': {(refused is UnauthorizedAccessException ? "this account has no rights there." : refused.Message)}", refused);
        }
    }
}
