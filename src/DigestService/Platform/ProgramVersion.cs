using System.Reflection;

namespace DigestService.Platform;

/// <summary>
/// The version of the program: what <c>--version</c>, <c>/healthz</c>, traces and the User-Agent of fetches tell. It stands
/// in Directory.Build.props alone.
/// </summary>
internal static class ProgramVersion
{
    /// <summary>Such as <c>1.0.0</c>.</summary>
    public static string Text { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";
}
