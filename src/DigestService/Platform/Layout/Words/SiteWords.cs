using NodaTime;

namespace DigestService.Platform.Layout.Words;

/// <summary>
/// The words of the frame and of the public pages in one language, one file a language. A word that is missing in a language
/// does not compile.
/// </summary>
internal sealed record SiteWords
{
    private static readonly Dictionary<string, SiteWords> All = new(StringComparer.Ordinal)
    {
        ["en"] = EnglishSite.Words, ["de"] = GermanSite.Words, ["fr"] = FrenchSite.Words, ["es"] = SpanishSite.Words, ["zh"] = ChineseSite.Words,
    };

    /// <summary>The words of a language; English for one that the site does not speak.</summary>
    public static SiteWords Of(string language) => All.GetValueOrDefault(language) ?? EnglishSite.Words;

    // The frame.
    public required string Skip { get; init; }
    public required string Site { get; init; }
    public required string Papers { get; init; }
    public required string Trending { get; init; }
    public required string Topics { get; init; }
    public required string Search { get; init; }
    public required string MyDigest { get; init; }
    public required string Subscribe { get; init; }
    public required Func<string, string> Promise { get; init; }
    public required string Manage { get; init; }
    public required string Feed { get; init; }
    public required string ToToday { get; init; }
    public required string Email { get; init; }
    public required string LeaveEmpty { get; init; }

    /// <summary>What a status of HTTP means to a person, and what they can do.</summary>
    public required Func<int, (string Title, string Advice)> Error { get; init; }

    // Days.
    public required Func<LocalDate, string> LongDay { get; init; }
    public required Func<LocalDate, string> ShortDay { get; init; }
    public required Func<YearMonth, string> Month { get; init; }
    public required Func<IsoDayOfWeek, string> Weekday { get; init; }

    // Lists of papers.
    public required string FrontDescription { get; init; }
    public required string TrendingPapers { get; init; }
    public required string NoPapersYet { get; init; }
    public required Func<int, string> AllOfDay { get; init; }
    public required string ThisWeek { get; init; }
    public required string ThisMonth { get; init; }
    public required string EarlierDays { get; init; }
    public required string Archive { get; init; }
    public required string PapersByDay { get; init; }
    public required string PapersByDayDescription { get; init; }
    public required Func<string, string> PapersOf { get; init; }
    public required Func<string, string> PapersOfDescription { get; init; }
    public required string NoneOnDay { get; init; }
    public required string MoreOfDay { get; init; }
    public required string Days { get; init; }
    public required string Pages { get; init; }
    public required string PreviousPage { get; init; }
    public required string NextPage { get; init; }
    public required string LaterPapers { get; init; }
    public required string EarlierPapers { get; init; }
    public required string GetByMail { get; init; }
    public required string CategoryLead { get; init; }
    public required Func<string, string> CategoryDescription { get; init; }

    // One paper.
    public required Func<int, string> UpvotesUnit { get; init; }
    public required Func<string, int, string> AndMore { get; init; }
    public required string Withdrawn { get; init; }
    public required string InShort { get; init; }
    public required string ByMachine { get; init; }
    public required string ArxivPage { get; init; }
    public required string Paper { get; init; }
    public required string Code { get; init; }
    public required string Project { get; init; }
    public required Func<string, string, string> LinkOf { get; init; }
    public required string CloseInMeaning { get; init; }

    /// <summary>Why a similar paper is on the page of another.</summary>
    public required string CloseToThis { get; init; }

    /// <summary>The same before the closest sentence, which is quoted right behind it.</summary>
    public required string CloseToThisIn { get; init; }
    public required Func<string, string> Quoted { get; init; }
    public required string Cite { get; init; }
    public required string Listed { get; init; }
    public required string Published { get; init; }
    public required string FirstVersion { get; init; }
    public required string LatestVersion { get; init; }
    public required string Upvotes { get; init; }
    public required Func<int, string, int, string, string> VotesFromTo { get; init; }
    public required string Categories { get; init; }
    public required string From { get; init; }
    public required string Remark { get; init; }
    public required string LikeThis { get; init; }
    public required Func<string, string> LikeThisHint { get; init; }

    // Topics, search, trending.
    public required string TopicsLead { get; init; }
    public required string TopicsDescription { get; init; }
    public required string QueryBehind { get; init; }
    public required string NoneOnTopic { get; init; }
    public required string SearchLabel { get; init; }
    public required string SearchHint { get; init; }
    public required string SearchFeed { get; init; }
    public required Func<int, string> Found { get; init; }
    public required Func<int, int, string> FoundMany { get; init; }

    /// <summary>Above a later page of what a search found: its number, and how many papers there are at least.</summary>
    public required Func<int, int, string> FoundPage { get; init; }
    public required string Showing { get; init; }
    public required string InsteadOf { get; init; }
    public required string TrendingToday { get; init; }
    public required string TrendingWeek { get; init; }
    public required string TrendingMonth { get; init; }
    public required string TrendingDescription { get; init; }
    public required string Period { get; init; }
    public required string Day { get; init; }
    public required string Week { get; init; }
    public required string MonthWord { get; init; }
}

/// <summary>How days are put together from the names of a language.</summary>
internal static class DayNames
{
    /// <summary>The element of a comma-separated list, from 1.</summary>
    public static string At(string names, int number) => names.Split(',')[number - 1];
}
