using System.Runtime.CompilerServices;

namespace DigestService.Tests.Shared;

/// <summary>The checkout that the tests were built from, for tests that hold documents and scripts to the program.</summary>
public static class Repository
{
    /// <summary>Its root folder.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(ThisFolder(), "..", ".."));

    /// <summary>The text of one of its files.</summary>
    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    private static string ThisFolder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!; // A source file lies in a folder.
}
