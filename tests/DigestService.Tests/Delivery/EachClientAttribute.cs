using System.Reflection;
using DigestService.Delivery;
using DigestService.Tests.Shared;
using Xunit.Sdk;

namespace DigestService.Tests.Delivery;

/// <summary>Runs a theory once for each mail client of this build, which is its first argument; the others follow it.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class EachClientAttribute(params object[] others) : DataAttribute
{
    /// <summary>The clients of this build.</summary>
    public static IReadOnlyList<SmtpClientKind> Present { get; } =
    [
#if MAILKIT
        SmtpClientKind.MailKit,
#endif
        SmtpClientKind.Pipelined,
    ];

    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        Present.Select(client => (object[])[client, .. others]);
}

/// <summary>Stands for the fault tests of a client that this build is without, so that their absence shows.</summary>
public sealed class EachClientTests
{
    [Fact]
    public void The_faults_run_against_MailKit_too()
    {
        if (!EachClientAttribute.Present.Contains(SmtpClientKind.MailKit))
            throw Skip.Because("MailKit is not part of this build.");
    }
}
