using DigestService.Platform.Layout;
using DigestService.Subscribers.Pages.Words;
using DigestService.Topics;

namespace DigestService.Subscribers;

/// <summary>How much a reader may wish for, whether they ask on the web, through the API, in a file or by mail.</summary>
internal static class WishLimits
{
    /// <summary>The most own queries a reader may have.</summary>
    public const int MostQueries = 10;

    /// <summary>The most authors a reader may follow.</summary>
    public const int MostAuthors = 30;

    /// <summary>The most topics, queries or authors that one list may name: more than any catalogue holds, and few enough to look through at once.</summary>
    public const int MostListed = 500;

    /// <summary>The most characters of an own query.</summary>
    public const int LongestQuery = TopicQuery.LongestText;

    /// <summary>The most characters of the name of an own query.</summary>
    public const int LongestQueryName = 60;

    /// <summary>The most muted words.</summary>
    public const int MostMutedWords = 50;

    /// <summary>The most characters of a muted word.</summary>
    public const int LongestMutedWord = 60;

    /// <summary>The most characters that muted words may come in.</summary>
    public const int LongestMutedWords = 16_000;

    /// <summary>What of some wishes is too much, each with a sentence that names the limit.</summary>
    public static IEnumerable<InputFault> Faults(IEnumerable<Wish> wishes, ReaderWords say)
    {
        var counts = wishes.CountBy(KindOf).ToDictionary();
        if (counts.GetValueOrDefault(Kind.Topic) > MostListed)
            yield return new InputFault("topics", say.TooManyTopics(MostListed));
        if (counts.GetValueOrDefault(Kind.Query) > MostQueries)
            yield return new InputFault("query", say.TooManyQueries(MostQueries));
        if (counts.GetValueOrDefault(Kind.Author) > MostAuthors)
            yield return new InputFault("authors", say.TooManyAuthors(MostAuthors));
    }

    /// <summary>The wishes that are within the limits, the first ones of each kind.</summary>
    public static IEnumerable<Wish> Within(IEnumerable<Wish> wishes) =>
        wishes.GroupBy(KindOf).SelectMany(kind => kind.Take(kind.Key switch { Kind.Query => MostQueries, Kind.Author => MostAuthors, _ => MostListed }));

    private static Kind KindOf(Wish wish) => wish.Text is null ? Kind.Topic : FollowedAuthor.NameIn(wish.Text) is null ? Kind.Query : Kind.Author;

    private enum Kind
    {
        Topic,
        Query,
        Author,
    }
}
