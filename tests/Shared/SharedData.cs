namespace DigestService.Tests.Shared;

/// <summary>The recorded data beside the checkout (<c>../shared</c>, or wherever DIGEST_SHARED says). It is not part of the project.</summary>
internal static class SharedData
{
    private static readonly string Root = Find();

    /// <summary>The full path of a file or folder, such as <c>data/hf-daily</c>; null where it is absent.</summary>
    public static string? Path(string relative) =>
        System.IO.Path.Combine(Root, relative) is var path && (File.Exists(path) || Directory.Exists(path)) ? path : null;

    /// <summary>The full path of a file or folder; the test is skipped, with the reason, where it is absent.</summary>
    public static string Require(string relative) =>
        Path(relative) ?? throw Skip.Because($"needs ../shared/{relative}, or DIGEST_SHARED to say where it is");

    private static string Find() => Environment.GetEnvironmentVariable("DIGEST_SHARED") is { Length: > 0 } configured
        ? configured
        : System.IO.Path.GetFullPath(System.IO.Path.Combine(Repository.Root, "..", "shared"));
}
