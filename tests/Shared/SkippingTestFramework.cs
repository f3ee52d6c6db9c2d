using Xunit.Abstractions;
using Xunit.Sdk;

namespace DigestService.Tests.Shared;

/// <summary>
/// xunit 2 decides at discovery what to skip and has no end of the run to hook into; this adds both: a running test
/// may find out that it must be skipped, and <see cref="AtEnd"/> stops what the whole run shared.
/// </summary>
internal sealed class SkippingTestFramework(IMessageSink sink) : XunitTestFramework(sink)
{
    private static readonly List<Func<Task>> Endings = [];

    /// <summary>Runs <paramref name="ending"/> after the last test; the latest registered first.</summary>
    public static void AtEnd(Func<Task> ending)
    {
        lock (Endings)
            Endings.Insert(0, ending);
    }

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
        public bool OnMessage(IMessageSinkMessage message)
        {
            // Once the runner hears of the end it gives this process a tenth of a second to live.
            if (message is ITestAssemblyFinished)
                RunEndings();
            return inner.OnMessage(
                message is ITestFailed { ExceptionTypes: [var type, ..] } failed && type == typeof(SkipTestException).FullName
                    ? new TestSkipped(failed.Test, failed.Messages[0])
                    : message);
        }

        private static void RunEndings()
        {
#pragma warning disable VSTHRD002 // The last test is over; nothing else runs that could deadlock.
            foreach (var ending in Endings)
                Task.Run(ending).Wait(TimeSpan.FromSeconds(30));
#pragma warning restore VSTHRD002
        }
    }
}
