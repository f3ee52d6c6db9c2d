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
        SmtpClientKind.MailKit,
        SmtpClientKind.Pipelined,
    ];

    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        Present.Select(client => (object[])[client, .. others]);
}
