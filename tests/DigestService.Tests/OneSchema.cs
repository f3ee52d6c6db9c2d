using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Dapper;

namespace DigestService.Tests;

/// <summary>
/// Tells Dapper that all databases of a run have one schema, so that it compiles what reads a statement's rows once, and not once for
/// each database: a twelfth of a run. Where one has other columns, Dapper sees it and compiles anew.
/// </summary>
internal sealed class OneSchema : IEqualityComparer<string>
{
    /// <summary>Takes effect before the first test.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A test assembly has no entry point of its own.")]
    internal static void Declare() => SqlMapper.ConnectionStringComparer = new OneSchema();

    /// <inheritdoc/>
    public bool Equals(string? x, string? y) => true;

    /// <inheritdoc/>
    public int GetHashCode(string obj) => 0;
}
