using DigestService.Papers.Pages;
using DigestService.Topics;

namespace DigestService.Subscribers;

/// <summary>What a reader's own query is called where they gave it no name: a category or a followed author by name, any other query as it was written.</summary>
internal static class OwnQueryName
{
    /// <summary>The name in a language.</summary>
    public static string In(string text, string language) =>
        FollowedAuthor.NameIn(text)
        ?? (TopicQuery.TryParse(text, out var query, out _) && query.SoleCategory is { } category ? CategoryName.InAnyCase(category, language).Full : text);
}
