namespace DigestService.Topics;

/// <summary>
/// What is wrong with a query, where (an offset in UTF-16 characters and a length, which may be 0 at the end), as a
/// sentence for the person who wrote it.
/// </summary>
public sealed record QueryError(int Position, int Length, string Message)
{
    /// <summary>The sentence, with the query below it and a caret under the place; for fixed-width output.</summary>
    public string Pointing(string query) =>
        $"{Message}\n  {query.ReplaceLineEndings(" ")}\n  {new string(' ', Position)}{new string('^', Math.Max(1, Length))}";
}
