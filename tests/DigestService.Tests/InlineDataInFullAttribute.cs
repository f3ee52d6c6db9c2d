using System.Reflection;
using Xunit.Sdk;

namespace DigestService.Tests;

/// <summary>As <c>InlineData</c> with <c>scripts/test --full</c>; the short form leaves it out, for neighbours of what it runs.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class InlineDataInFullAttribute(params object[] arguments) : DataAttribute
{
    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => Full.IsAsked ? [arguments] : [];
}
