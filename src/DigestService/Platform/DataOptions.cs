using System.ComponentModel.DataAnnotations;

namespace DigestService.Platform;

/// <summary>Section <c>Data</c>: where the service keeps what is not in the database.</summary>
public sealed class DataOptions
{
    /// <summary>Folder for the private PostgreSQL, the demo's inbox and lock files; relative to the working directory.</summary>
    [Required]
    public string Directory { get; set; } = ".data";
}
