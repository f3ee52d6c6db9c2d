namespace DigestService.Subscribers;

/// <summary>An author a reader follows: a query of theirs that asks for one name and nothing else, written in one way.</summary>
internal static class FollowedAuthor
{
    private const string Begins = "author:\"";

    /// <summary>The query that follows a name. Quotation marks alone stay something, so that it is told that they are no name.</summary>
    public static string Query(string name) =>
        name.Replace('"', ' ').Trim() is { Length: > 0 } words ? $"{Begins}{words}\"" : $"{Begins}{name.Replace('"', '\'')}\"";

    /// <summary>The name a query follows; null for any other query.</summary>
    public static string? NameIn(string query) =>
        query.Length > Begins.Length + 1 && query.StartsWith(Begins, StringComparison.Ordinal) && query.IndexOf('"', Begins.Length) == query.Length - 1
            ? query[Begins.Length..^1]
            : null;
}
