using System.CommandLine;

namespace DigestService.Suppressions;

/// <summary>Whom we must not mail, and why.</summary>
internal static class SuppressionsFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static void AddSuppressions(this IServiceCollection services)
    {
        services.AddSingleton<SuppressionList>();
        services.AddSingleton<OperatorSuppressions>();
    }

    /// <summary>The verb <c>suppressions</c>.</summary>
    public static Command Verb() => SuppressionsVerb.Create();
}
