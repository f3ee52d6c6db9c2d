using System.Reflection;
using System.Text.RegularExpressions;
using DigestService.Platform;

namespace DigestService.Tests.Scale;

/// <summary>Every SQL statement of the service, found by its first line <c>-- feature.name</c>. A new one joins by itself.</summary>
internal static partial class NamedStatements
{
    /// <summary>Name and text of each statement, by name.</summary>
    public static IReadOnlyList<(string Name, string Sql)> All { get; } =
    [
        .. from type in typeof(Database).Assembly.GetTypes()
           where !type.ContainsGenericParameters
           from field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           where field.FieldType == typeof(string) && (field.IsLiteral || field.IsInitOnly)
           let sql = field.GetValue(null) as string
           where sql is not null
           let first = FirstLine().Match(sql)
           // The same with numbers in place of names is explained once.
           where first.Success && !sql.Contains("$1", StringComparison.Ordinal)
           orderby first.Groups["name"].Value
           select (first.Groups["name"].Value, sql),
    ];

    /// <summary>The parameters in a statement's text.</summary>
    public static IEnumerable<string> Parameters(string sql) => Parameter().Matches(sql).Select(match => match.Groups["name"].Value).Distinct(StringComparer.Ordinal);

    /// <summary>The text with an SQL expression in place of each parameter.</summary>
    public static string Fill(string sql, Func<string, string> sample) => Parameter().Replace(sql, match => $"({sample(match.Groups["name"].Value)})");

    [GeneratedRegex(@"^\s*-- (?<name>[a-z_]+\.[a-z_]+)\s*\n")]
    private static partial Regex FirstLine();

    [GeneratedRegex(@"(?<![\w@'])@(?<name>\w+)")]
    private static partial Regex Parameter();
}
