namespace DigestService.Tests.Shared;

/// <summary>Skips the running test: <c>throw Skip.Because("needs Postfix")</c>.</summary>
internal static class Skip
{
    /// <summary>The exception that skips the test it is thrown in.</summary>
    public static SkipTestException Because(string reason) => new(reason);

    /// <summary>On CI what is missing is a failure; elsewhere the test is skipped.</summary>
    public static Exception UnlessOnCI(string reason) =>
        Environment.GetEnvironmentVariable("CI") == "true" ? new InvalidOperationException(reason) : Because(reason);
}

/// <summary>Reported as a skipped test with its message as the reason.</summary>
#pragma warning disable CA1032, CA1064 // Only Skip makes it, only SkippingTestFramework reads it.
internal sealed class SkipTestException(string reason) : Exception(reason);
#pragma warning restore CA1032, CA1064
