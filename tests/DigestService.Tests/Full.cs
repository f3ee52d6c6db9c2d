namespace DigestService.Tests;

/// <summary>Whether the long forms of the fault and load tests are asked for: <c>scripts/test --full</c> sets DIGEST_FULL=1.</summary>
internal static class Full
{
    /// <summary>True for the long forms.</summary>
    public static bool IsAsked { get; } = Environment.GetEnvironmentVariable("DIGEST_FULL") == "1";
}
