namespace DigestService.Tests.Mails;

/// <summary>axe-core, which looks for what keeps people from reading.</summary>
internal static class AxeCore
{
    private static readonly NpmPackage Package = new("axe-core", "4.14.1");

    /// <summary>The script; the test is skipped, with the reason, where npm cannot bring it.</summary>
    public static async Task<string> ScriptAsync() => await File.ReadAllTextAsync(Path.Combine(await Package.FolderAsync(), "axe.min.js"));
}
