using System.Reflection;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("DigestService.Tests.SpreadWaits", "DigestService.Tests")]

namespace DigestService.Tests;

/// <summary>Tests of a class that wait for minutes, one after the other: they begin early, so that none is left alone at the end of a run.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class WaitsForMinutesAttribute : Attribute;

/// <summary>
/// Spreads classes with <see cref="WaitsForMinutesAttribute"/> over the first half of a run and leaves the others as they come: side by side they
/// would leave the cores idle.
/// </summary>
public sealed class SpreadWaits : ITestCollectionOrderer
{
    private const string BeforeName = "Test collection for ";

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections)
    {
        var byKind = testCollections.ToLookup(Waits);
        var ordered = byKind[false].ToList();
        foreach (var (place, waiting) in byKind[true].Index())
            ordered.Insert(place * (byKind[false].Count() / (2 * byKind[true].Count())), waiting);
        return ordered;
    }

    // A class without a collection of its own makes one that is named after it.
    private static bool Waits(ITestCollection collection) =>
        collection.DisplayName.StartsWith(BeforeName, StringComparison.Ordinal)
        && typeof(SpreadWaits).Assembly.GetType(collection.DisplayName[BeforeName.Length..])?.GetCustomAttribute<WaitsForMinutesAttribute>() is not null;
}
