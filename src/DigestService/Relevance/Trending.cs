using NodaTime;

namespace DigestService.Relevance;

/// <summary>How far back a view of what is trending looks; it sets how fast interest fades.</summary>
public enum TrendingView
{
    /// <summary>Halved each day.</summary>
    Day,

    /// <summary>Halved every four days.</summary>
    Week,

    /// <summary>Halved every fifteen days.</summary>
    Month,
}

/// <summary>What is known of the attention one paper gets.</summary>
public sealed record TrendingFacts
{
    /// <summary>The paper the facts are of.</summary>
    public required long PaperId { get; init; }

    /// <summary>Groups papers listed together (the listing day): a paper is measured against its own day.</summary>
    public required int Day { get; init; }

    /// <summary>Hours from listing to now.</summary>
    public required double AgeHours { get; init; }

    /// <summary>Upvotes when its day's listing was last read.</summary>
    public int Upvotes { get; init; }

    /// <summary>Hours from listing to that reading, where it is known when it was made.</summary>
    public double? ObservedHours { get; init; }

    /// <summary>Upvotes at the reading about a day before, where there was one and it held the paper.</summary>
    public int? EarlierUpvotes { get; init; }

    /// <summary>Hours from listing to that earlier reading.</summary>
    public double? EarlierHours { get; init; }

    /// <summary>Likes by this service's own readers.</summary>
    public int Likes { get; init; }

    /// <summary>The source's name for people, when its page has an order that means something.</summary>
    public string? ListingSource { get; init; }

    /// <summary>The day of that page.</summary>
    public LocalDate? ListedOn { get; init; }

    /// <summary>The place on that page, from 1; 0 when its order means nothing.</summary>
    public int Position { get; init; }
}

/// <summary>Attention from 0 to 1, with the facts that a reason is made of; <paramref name="Hours"/> is 0 where unknown.</summary>
public sealed record TrendingScore(double Value, int Upvotes, int Hours, string? ListingSource, int Position)
{
    /// <summary>The day of the listing that <see cref="Position"/> is a place on.</summary>
    public LocalDate? ListedOn { get; init; }
}

/// <summary>
/// Trending as a rate: votes a day, the source's own order and our readers' likes, measured against the papers of the
/// same day (so that a quiet Saturday's best still counts) and faded by age. The view of a day asks what the last day
/// added, where two readings tell; the longer views ask for all votes over all exposure.
/// </summary>
public static class Trending
{
    // A like here is somebody who subscribed and pressed a button; an upvote is a passer-by.
    private const double VotesPerLike = 3;
    // Two votes in the first ten minutes are not 288 a day: half a day of exposure is assumed at the least.
    private const double PriorHours = 12;
    // Listings give the upvotes of their day.
    private const double UnknownHours = 24;
    // Most of a paper's votes come in its first two days; a week later there are hardly more.
    private const double VotingHours = 48;
    // Votes a day at which a paper is half as big as papers get, whatever its day.
    private const double HalfwayRate = 30;
    // Pages are read from the top; the tenth place still counts a third of the first.
    private const double PositionScale = 5;
    private const double RelativeShare = 0.5;
    private const double AbsoluteShare = 0.3;
    private const double PositionShare = 0.20;

    /// <summary>
    /// Scores all papers in view; each is compared with those of its own day. Within <paramref name="periodHours"/>, the
    /// time a digest stands for, interest does not fade, and over several days a paper is not held against another for
    /// having been there longer.
    /// </summary>
    public static IReadOnlyDictionary<long, TrendingScore> Score(
        IReadOnlyCollection<TrendingFacts> papers, TrendingView view, double periodHours = 0)
    {
        if (periodHours > VotingHours)
            papers = [.. papers.Select(paper => paper with { ObservedHours = Math.Min(paper.ObservedHours ?? UnknownHours, VotingHours) })];
        var bestOfDay = papers.GroupBy(p => p.Day).ToDictionary(day => day.Key, day => day.Max(paper => Strength(paper, view)));
        var daysWithVotes = papers.Where(p => p.Upvotes > 0 || p.Likes > 0).Select(p => p.Day).ToHashSet();
        var scores = new Dictionary<long, TrendingScore>(papers.Count);
        foreach (var paper in papers)
            scores[paper.PaperId] = Score(paper, bestOfDay[paper.Day], daysWithVotes.Contains(paper.Day), view, periodHours);
        return scores;
    }

    private static TrendingScore Score(TrendingFacts paper, double bestOfDay, bool dayHasVotes, TrendingView view, double periodHours)
    {
        var strength = Strength(paper, view);
        var relative = bestOfDay > 0 ? strength / bestOfDay : 0;
        var rate = Rate(paper, view);
        var absolute = rate / (rate + HalfwayRate);
        var position = paper.Position > 0 ? PositionScale / (PositionScale + paper.Position - 1) : 0;
        // Without an order there is nothing to hold against a paper: its votes speak for the whole.
        var heat = paper.Position > 0
            ? (RelativeShare * relative) + (AbsoluteShare * absolute) + (PositionShare * position)
            : ((RelativeShare * relative) + (AbsoluteShare * absolute)) / (RelativeShare + AbsoluteShare);
        // A listing that counts no votes is judged by its order alone.
        if (!dayHasVotes)
            heat = position;
        return new(heat * Decay(paper.AgeHours - periodHours, view), paper.Upvotes, HoursOfVotes(paper), paper.ListingSource, paper.Position)
        {
            ListedOn = paper.ListedOn,
        };
    }

    /// <summary>Votes a day, shrunk towards none while exposure is short.</summary>
    public static double Rate(TrendingFacts paper, TrendingView view)
    {
        var exposure = paper.ObservedHours ?? UnknownHours;
        var likes = PerDay(VotesPerLike * paper.Likes, exposure);
        return view == TrendingView.Day && paper is { EarlierUpvotes: { } before, EarlierHours: { } from } && exposure > from
            ? PerDay(paper.Upvotes - before, exposure - from) + likes
            : PerDay(paper.Upvotes, exposure) + likes;
    }

    private static double PerDay(double votes, double hours) => Math.Max(0, votes) * 24 / (Math.Max(0, hours) + PriorHours);

    private static double Strength(TrendingFacts paper, TrendingView view) => Math.Log(1 + Rate(paper, view));

    private static double Decay(double ageHours, TrendingView view) =>
        Math.Pow(0.5, Math.Max(0, ageHours) / 24 / HalfLifeDays(view));

    private static double HalfLifeDays(TrendingView view) => view switch
    {
        TrendingView.Day => 1,
        TrendingView.Week => 4,
        _ => 15,
    };

    private static int HoursOfVotes(TrendingFacts paper) =>
        paper.ObservedHours is { } hours ? (int)Math.Max(1, Math.Round(hours)) : 0;
}
