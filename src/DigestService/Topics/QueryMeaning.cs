namespace DigestService.Topics;

/// <summary>What a query wants, as a text for the sentence model.</summary>
internal static class QueryMeaning
{
    /// <summary>
    /// A query of plain words as it was written; of any other the words and phrases it wants, in the order in which they
    /// were written, without those it shuts out. Null where it wants no words of the text, such as one for an author.
    /// </summary>
    public static string? TextOf(TopicQuery query)
    {
        var wanted = Wanted(query.Root).ToList();
        if (wanted.Count == 0)
            return null;
        return query.IsPlainText ? query.Text : string.Join(' ', wanted.Distinct(StringComparer.OrdinalIgnoreCase).OrderBy(Place));

        int Place(string words) => query.Text.IndexOf(words, StringComparison.OrdinalIgnoreCase) is >= 0 and var at ? at : int.MaxValue;
    }

    private static IEnumerable<string> Wanted(QueryNode node) => node switch
    {
        Words words => [words.Surface],
        Beginning beginning => [beginning.Letters],
        AllOf all => all.Parts.SelectMany(Wanted),
        AnyOf any => any.Parts.SelectMany(Wanted),
        _ => [],
    };
}
