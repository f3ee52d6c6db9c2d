using Xunit.Abstractions;
using Xunit.Sdk;

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

/// <summary>xunit 2 decides at discovery what to skip; this lets a running test find out that it must.</summary>
internal sealed class SkippingTestFramework(IMessageSink sink) : XunitTestFramework(sink)
{
    /// <inheritdoc/>
    protected override ITestFrameworkExecutor CreateExecutor(System.Reflection.AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(
        System.Reflection.AssemblyName assembly, ISourceInformationProvider sources, IMessageSink diagnostics)
        : XunitTestFrameworkExecutor(assembly, sources, diagnostics)
    {
        protected override void RunTestCases(
            IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions) =>
            base.RunTestCases(testCases, new Sink(executionMessageSink), executionOptions);
    }

    private sealed class Sink(IMessageSink inner) : LongLivedMarshalByRefObject, IMessageSink
    {
        public bool OnMessage(IMessageSinkMessage message) => inner.OnMessage(
            message is ITestFailed { ExceptionTypes: [var type, ..] } failed && type == typeof(SkipTestException).FullName
                ? new TestSkipped(failed.Test, failed.Messages[0])
                : message);
    }
}
