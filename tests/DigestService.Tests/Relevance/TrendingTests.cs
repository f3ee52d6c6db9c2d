using DigestService.Relevance;

namespace DigestService.Tests.Relevance;

public sealed class TrendingTests
{
    [Fact]
    public void Votes_count_as_a_rate()
    {
        var fast = Paper(1) with { Upvotes = 40, ObservedHours = 5 };
        var slow = Paper(2) with { Upvotes = 60, ObservedHours = 70 };

        Score(TrendingView.Day, fast, slow)[1].ShouldBeGreaterThan(Score(TrendingView.Day, fast, slow)[2]);
    }

    [Fact]
    public void A_paper_without_a_place_on_a_day_without_votes_does_not_trend() =>
        Score(TrendingView.Day, Paper(1) with { Upvotes = 0, Position = 0 })[1].ShouldBe(0);

    [Fact]
    public void Two_readings_at_one_time_are_one()
    {
        var read = Paper(1) with { Upvotes = 10, ObservedHours = 24 };

        Trending.Rate(read with { EarlierUpvotes = 10, EarlierHours = 24 }, TrendingView.Day).ShouldBe(Trending.Rate(read, TrendingView.Day));
    }

    [Fact]
    public void The_best_of_a_quiet_day_stays_ahead_of_the_middle_of_a_busy_one()
    {
        TrendingFacts[] busy = [.. Enumerable.Range(1, 20).Select(i => Paper(i) with { Day = 1, Upvotes = i * 10, ObservedHours = 12 })];
        var quiet = Paper(99) with { Day = 2, Upvotes = 30, ObservedHours = 12 };

        var scores = Score(TrendingView.Week, [.. busy, quiet]);

        scores[99].ShouldBeGreaterThan(scores[8]);
        scores[99].ShouldBeLessThan(scores[20]);
    }

    [Fact]
    public void The_view_of_a_day_asks_what_the_last_day_added_and_longer_views_ask_for_all()
    {
        var rising = Paper(1) with { Upvotes = 70, ObservedHours = 72, EarlierUpvotes = 20, EarlierHours = 48 };
        var past = Paper(2) with { Upvotes = 300, ObservedHours = 72, EarlierUpvotes = 298, EarlierHours = 48 };

        Trending.Rate(rising, TrendingView.Day).ShouldBe(50 * 24 / 36.0, 1e-9);
        Score(TrendingView.Day, rising, past)[1].ShouldBeGreaterThan(Score(TrendingView.Day, rising, past)[2]);
        Score(TrendingView.Week, rising, past)[2].ShouldBeGreaterThan(Score(TrendingView.Week, rising, past)[1]);
    }

    [Fact]
    public void A_paper_first_read_within_the_day_counts_all_its_votes_and_lost_votes_count_as_none()
    {
        var young = Paper(1) with { Upvotes = 30, ObservedHours = 18, EarlierUpvotes = null, EarlierHours = 6 };
        var shrunk = Paper(2) with { Upvotes = 30, ObservedHours = 48, EarlierUpvotes = 40, EarlierHours = 24 };

        Trending.Rate(young, TrendingView.Day).ShouldBe(30 * 24 / 30.0, 1e-9);
        Trending.Rate(shrunk, TrendingView.Day).ShouldBe(0);
    }

    [Fact]
    public void Interest_fades_by_the_day_the_week_or_the_month()
    {
        var yesterday = Paper(1) with { Upvotes = 50, ObservedHours = 24, AgeHours = 24 };

        var fresh = Score(TrendingView.Day, yesterday with { AgeHours = 0 })[1];

        Score(TrendingView.Day, yesterday)[1].ShouldBe(fresh / 2, 1e-9);
        Score(TrendingView.Week, yesterday)[1].ShouldBe(fresh * Math.Pow(0.5, 0.25), 1e-9);
        Score(TrendingView.Month, yesterday)[1].ShouldBeGreaterThan(Score(TrendingView.Week, yesterday)[1]);
    }

    [Fact]
    public void A_listing_without_votes_is_judged_by_its_order_and_likes_here_count()
    {
        var listed = Score(TrendingView.Day, Paper(1) with { Position = 1 }, Paper(2) with { Position = 9 });
        var liked = Score(TrendingView.Day, Paper(1) with { Likes = 4 }, Paper(2));

        listed[1].ShouldBeGreaterThan(listed[2]);
        listed[2].ShouldBeGreaterThan(0);
        liked[1].ShouldBeGreaterThan(liked[2]);
        liked[2].ShouldBe(0);
    }

    [Fact]
    public void Scores_stay_between_nothing_and_one()
    {
        var random = new Random(1);
        TrendingFacts[] papers = [.. Enumerable.Range(1, 500).Select(i => new TrendingFacts
        {
            PaperId = i,
            Day = random.Next(5),
            AgeHours = random.NextDouble() * 2000 - 10,
            Upvotes = random.Next(-3, 5000),
            ObservedHours = random.NextDouble() * 100 - 5,
            EarlierUpvotes = random.Next(2) == 0 ? null : random.Next(0, 5000),
            EarlierHours = random.NextDouble() * 80 - 5,
            Likes = random.Next(0, 50),
            Position = random.Next(0, 60),
        })];

        foreach (var view in Enum.GetValues<TrendingView>())
            Score(view, papers).Values.ShouldAllBe(s => s >= 0 && s <= 1);
    }

    [Fact]
    public void Over_the_week_that_a_digest_stands_for_no_paper_is_held_to_be_old()
    {
        var today = Paper(1) with { Day = 7, Upvotes = 20, ObservedHours = 6, AgeHours = 6 };
        var monday = Paper(2) with { Day = 1, Upvotes = 90, ObservedHours = 150, AgeHours = 150 };

        var scores = Trending.Score([today, monday], TrendingView.Week, periodHours: 168);

        scores[2].Value.ShouldBeGreaterThan(scores[1].Value);
        Freshness.Of(160, periodHours: 168).ShouldBe(1);
        Freshness.Of(23).ShouldBe(1);
        Freshness.Of(168 + 96, periodHours: 168).ShouldBe(0.5, 1e-9);
    }

    [Fact]
    public void Half_is_the_day_three_tenths_the_rate_and_a_fifth_the_place_and_without_a_place_the_rest_is_all()
    {
        // Thirty votes a day are half of what papers get.
        var paper = Paper(1) with { AgeHours = 0, Upvotes = 30 };

        Score(TrendingView.Day, paper with { Position = 1 })[1].ShouldBe(0.5 + (0.3 * 0.5) + 0.2, 1e-9);
        Score(TrendingView.Day, paper with { Position = 6 })[1].ShouldBe(0.5 + (0.3 * 0.5) + (0.2 * 0.5), 1e-9);
        Score(TrendingView.Day, paper)[1].ShouldBe((0.5 + (0.3 * 0.5)) / 0.8, 1e-9);
        Score(TrendingView.Day, paper with { Upvotes = 0, Likes = 10 })[1].ShouldBe((0.5 + (0.3 * 0.5)) / 0.8, 1e-9);
        Score(TrendingView.Day, paper with { Upvotes = 0, Position = 6 })[1].ShouldBe(0.5, 1e-9);
    }

    [Fact]
    public void Votes_of_which_it_is_not_known_when_they_were_read_are_a_days_and_the_hours_of_a_reason_are_whole()
    {
        Trending.Rate(Paper(1) with { Upvotes = 30, ObservedHours = null }, TrendingView.Day).ShouldBe(30 * 24 / 36.0, 1e-9);
        Hours(null).ShouldBe(0);
        Hours(0.2).ShouldBe(1);
        Hours(5.6).ShouldBe(6);

        static int Hours(double? observed) => Trending.Score([Paper(1) with { ObservedHours = observed }], TrendingView.Day)[1].Hours;
    }

    [Theory]
    [InlineData(48, 90 * 24 / 162.0)]
    [InlineData(49, 90 * 24 / 60.0)]
    public void Over_more_than_two_days_votes_are_those_of_the_first_two(double period, double rate)
    {
        var paper = Paper(1) with { Upvotes = 90, ObservedHours = 150, AgeHours = 0 };

        Trending.Score([paper], TrendingView.Week, period)[1].Value.ShouldBe((0.5 + (0.3 * rate / (rate + 30))) / 0.8, 1e-9);
    }

    private static TrendingFacts Paper(long id) => new() { PaperId = id, Day = 1, AgeHours = 12, ObservedHours = 12 };

    private static Dictionary<long, double> Score(TrendingView view, params TrendingFacts[] papers) =>
        Trending.Score(papers, view).ToDictionary(s => s.Key, s => s.Value.Value);
}
