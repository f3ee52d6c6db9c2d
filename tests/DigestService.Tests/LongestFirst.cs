using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("DigestService.Tests.LongestFirst", "DigestService.Tests")]

namespace DigestService.Tests;

/// <summary>Tests of a class that wait for minutes, one after the other: they begin before all others, so that none is left alone at the end of a run.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class WaitsForMinutesAttribute : Attribute;

/// <summary>
/// Puts classes with <see cref="WaitsForMinutesAttribute"/> first and shuffles the others, the same way each time: those of one feature wait alike or
/// work alike, and side by side they would leave the processors idle, then crowd them.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private const string BeforeName = "Test collection for ";

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderByDescending(Waits).ThenBy(Shuffled, StringComparer.Ordinal);

    private static string Shuffled(ITestCollection collection) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(collection.DisplayName)));

    // A class without a collection of its own makes one that is named after it.
    private static bool Waits(ITestCollection collection) =>
        collection.DisplayName.StartsWith(BeforeName, StringComparison.Ordinal)
        && typeof(LongestFirst).Assembly.GetType(collection.DisplayName[BeforeName.Length..])?.GetCustomAttribute<WaitsForMinutesAttribute>() is not null;
}
