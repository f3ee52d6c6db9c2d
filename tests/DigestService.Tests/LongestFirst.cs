using System.Reflection;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("DigestService.Tests.LongestFirst", "DigestService.Tests")]

namespace DigestService.Tests;

/// <summary>Tests of a class that wait for minutes, one after the other: they begin before all others, so that none is left alone at the end of a run.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class WaitsForMinutesAttribute : Attribute;

/// <summary>Puts classes with <see cref="WaitsForMinutesAttribute"/> first and leaves the others as they come.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private const string BeforeName = "Test collection for ";

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) => testCollections.OrderByDescending(Waits);

    // A class without a collection of its own makes one that is named after it.
    private static bool Waits(ITestCollection collection) =>
        collection.DisplayName.StartsWith(BeforeName, StringComparison.Ordinal)
        && typeof(LongestFirst).Assembly.GetType(collection.DisplayName[BeforeName.Length..])?.GetCustomAttribute<WaitsForMinutesAttribute>() is not null;
}
