using System.Globalization;
using System.Text.Json;
using DigestService.Relevance;
using DigestService.Tests.Relevance.PlainChoice;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Relevance;

public sealed class DigestRankerTests
{
    private static readonly ChosenTopic Proteins = new(1, "Proteins", 1, false);
    private static readonly ChosenTopic Prompts = new(2, "Prompting", 1, false);

    [Fact]
    public void Relevance_weight_trend_freshness_and_taste_each_move_a_paper_up()
    {
        var plain = Paper(1, Proteins, 0.5);
        PlainCandidate[] better =
        [
            Paper(2, Proteins, 0.6),
            Paper(3, Prompts, 0.5),
            plain with { PaperId = 4, Trending = new(0.5, 40, 9, null, 0) },
            plain with { PaperId = 5, Taste = new(0.4, () => null, false) },
        ];
        var stale = plain with { PaperId = 6, Freshness = 0.4 };
        var disliked = plain with { PaperId = 7, Taste = new(-0.5, () => null, false) };

        var ranked = Rank([plain, .. better, stale, disliked], Settings(Proteins, Prompts with { Weight = 1.5 }));

        var order = ranked.Entries.Select(e => e.Candidate.PaperId).ToList();
        order.IndexOf(1).ShouldBe(4);
        order[5..].ShouldBe([7, 6], ignoreOrder: true);
    }

    [Fact]
    public void Ties_go_to_the_lower_id_and_the_order_of_the_input_does_not_matter()
    {
        var papers = Enumerable.Range(1, 30).Select(i => Paper(i, i % 2 == 0 ? Proteins : Prompts, 0.5)).ToList();
        var settings = Settings(Proteins, Prompts);

        var forward = Rank(papers, settings);
        var backward = Rank([.. papers.AsEnumerable().Reverse()], settings);

        Ids(forward).ShouldBe([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        Ids(backward).ShouldBe(Ids(forward));
        backward.Cut.Select(c => c.PaperId).ShouldBe(forward.Cut.Select(c => c.PaperId));
    }

    [Fact]
    public void Thousands_of_papers_of_one_score_are_put_in_order_without_comparing_each_with_each() => Cost.ShouldGrowWithTheSize(12_000, size =>
    {
        var list = CandidateList.Borrow();
        list.Begin(new([.. Enumerable.Range(1, size).Select(id => MadeUpRanking.Paper(Paper(id, Proteins, 0.5)))]), [], []);
        for (var paper = size - 1; paper >= 0; paper--)
            list.Add(paper).Score = 0.5;
        var order = new CandidateOrder();
        return () =>
        {
            order.Clear();
            for (var i = 0; i < size; i++)
                order.Add(i);
            order.Sort(list);
            list[order[0]].Paper.ShouldBe(0);
            list[order[size - 1]].Paper.ShouldBe(size - 1);
        };
    });

    [Fact]
    public void A_page_of_what_is_trending_holds_the_most_noticed_paper_also_where_it_is_near_to_a_topic()
    {
        var noticed = Near(1, Proteins, 0.95) with { Trending = new(0.9, 90, 9, null, 0) };

        var ranked = Rank([noticed, .. Enumerable.Range(2, 3).Select(id => Outside(id, 0.5))], Settings(Proteins) with { IsAllOutside = true, NearTopics = 0, MaxItems = 3 });

        Ids(ranked).ShouldBe([1, 2, 3]);
        ranked.Entries[0].Reasons.ShouldContain(new BigOutside());
        ranked.Cut.ShouldHaveSingleItem().Reason.ShouldBe(NotBigEnough.Instance);
    }

    [Fact]
    public void A_crowded_topic_leaves_a_fair_share_to_the_others()
    {
        var crowd = Enumerable.Range(1, 20).Select(i => Paper(i, Proteins, 0.9)).ToList();
        var few = Enumerable.Range(21, 4).Select(i => Paper(i, Prompts, 0.4)).ToList();

        var fair = Rank([.. crowd, .. few], Settings(Proteins, Prompts));
        var unfair = Rank([.. crowd, .. few], Settings(Proteins, Prompts) with { Diversity = 0 });

        fair.Entries.Count(e => e.Candidate.PaperId > 20).ShouldBeGreaterThanOrEqualTo(3);
        unfair.Entries.Count(e => e.Candidate.PaperId > 20).ShouldBe(0);
        fair.Cut.ShouldContain(c => c.Reason is Crowded);
    }

    [Fact]
    public void A_paper_that_gave_way_to_less_similar_ones_of_its_own_topic_is_not_told_that_its_topic_had_its_share()
    {
        var papers = Enumerable.Range(1, 6).Select(i => Paper(i, Proteins, 0.9 - i * 0.01) with { Signature = PaperSignature.Of([((ulong)i, 1), (10 + (ulong)i, 1), (20 + (ulong)i, 1)]) }).ToList();
        var alike = Paper(7, Proteins, 0.845) with { Signature = PaperSignature.Of([(1, 1), (11, 1), (30, 1)]) };
        var ofOther = Paper(8, Prompts, 0.2) with { Signature = PaperSignature.Of([(8, 1)]) };

        var ofOne = Rank([.. papers, alike], Settings(Proteins) with { MaxItems = 6, OutsideTopics = 0 });
        var ofTwo = Rank([.. papers[..5], alike, ofOther], Settings(Proteins, Prompts) with { MaxItems = 6, OutsideTopics = 0 });

        Ids(ofOne).ShouldBe([1, 2, 3, 4, 5, 6]);
        ofOne.Cut.ShouldHaveSingleItem().Reason.ShouldBe(TooAlike.Instance);
        Ids(ofTwo)[^1].ShouldBe(8);
        ofTwo.Cut.ShouldHaveSingleItem().Reason.ShouldBe(new Crowded("Proteins"));
    }

    [Fact]
    public void What_is_only_near_to_a_topic_takes_a_few_of_the_places_that_its_papers_leave()
    {
        var matching = Enumerable.Range(1, 4).Select(i => Paper(i, Proteins, 0.2)).ToList();
        var near = Enumerable.Range(11, 5).Select(i => Near(i, Proteins, 0.4)).ToList();
        var outside = Enumerable.Range(31, 5).Select(i => Outside(i, i / 100.0 + 0.3)).ToList();

        var roomy = Rank([.. near, .. matching, .. outside], Settings(Proteins));
        var full = Rank([.. near, .. Enumerable.Range(41, 20).Select(i => Paper(i, Proteins, 0.2)), .. outside], Settings(Proteins));
        var muted = Rank([.. near, .. matching], Settings(Proteins with { IsMuted = true }, Prompts));

        Ids(roomy).ShouldBe([1, 2, 3, 4, 11, 12, 13, 35, 34]);
        roomy.Entries[4].Reasons[0].ShouldBeOfType<NearTopic>().Topic.ShouldBe("Proteins");
        roomy.Cut.Single(c => c.PaperId == 14).Reason.ShouldBe(new OnlyNear("Proteins"));
        Ids(full).ShouldNotContain(id => id > 10 && id < 30);
        muted.Entries.SelectMany(entry => entry.Reasons).OfType<NearTopic>().ShouldBeEmpty();
    }

    [Fact]
    public void What_is_close_in_meaning_is_there_for_that_however_big_it_is_and_for_its_size_where_the_topics_fill_the_page()
    {
        var close = Near(12, Proteins, 0.4) with { Trending = new(0.9, 400, 9, null, 0) };
        close = close with { Near = [.. close.Near.Select(match => match with { IsCloseInMeaning = true, Terms = ["A sentence of it."] })] };

        var roomy = Rank([Paper(1, Proteins, 0.5), close], Settings(Proteins));
        var full = Rank([.. Enumerable.Range(21, 20).Select(i => Paper(i, Proteins, 0.2)), Outside(2, 0.1), close], Settings(Proteins));

        roomy.Entries.Single(e => e.Candidate.PaperId == 12).Reasons[0].ShouldBe(new CloseInMeaning("Proteins", "A sentence of it."));
        full.Entries.Single(e => e.Candidate.PaperId == 12).Reasons.OfType<BigOutside>().ShouldHaveSingleItem();
    }

    [Fact]
    public void What_is_bigger_than_it_is_near_competes_with_the_big_ones()
    {
        var near = Near(11, Proteins, 0.4);
        var big = near with { PaperId = 12, Trending = new(0.9, 400, 9, null, 0) };

        var ranked = Rank([Paper(1, Proteins, 0.5), near, big], Settings(Proteins));

        ranked.Entries.Single(e => e.Candidate.PaperId == 11).Reasons.OfType<NearTopic>().ShouldHaveSingleItem();
        ranked.Entries.Single(e => e.Candidate.PaperId == 12).Reasons.OfType<BigOutside>().ShouldHaveSingleItem();
    }

    [Fact]
    public void A_story_is_told_once()
    {
        var signature = PaperSignature.Of([(1, 1), (2, 1), (3, 1)]);
        var first = Paper(1, Proteins, 0.9) with { Signature = signature, Title = "LoRA" };
        var again = Paper(2, Proteins, 0.8) with { Signature = signature };
        var other = Paper(3, Proteins, 0.3) with { Signature = PaperSignature.Of([(4, 1), (5, 1)]) };

        var ranked = Rank([first, again, other], Settings(Proteins));

        Ids(ranked).ShouldBe([1, 3]);
        ranked.Cut.ShouldHaveSingleItem().Reason.ShouldBe(new NearDuplicate(1, "LoRA"));
    }

    [Fact]
    public void A_result_that_is_announced_again_under_another_title_is_told_once_and_not_again_on_another_day()
    {
        var first = Paper(1, Proteins, 0.9) with { Title = "LoRA", SameResults = [2] };
        var again = Paper(2, Proteins, 0.8) with { SameResults = [1] };
        var third = Paper(3, Proteins, 0.8) with { SameResults = [77], IsToldBefore = true };

        var ranked = Rank([first, again, third], Settings(Proteins));

        Ids(ranked).ShouldBe([1]);
        ranked.Cut.Select(cut => cut.Reason).ShouldBe([new NearDuplicate(1, "LoRA"), new ToldBefore()], ignoreOrder: true);
    }

    [Fact]
    public void Places_outside_go_to_the_biggest_and_back_to_the_topics_when_nothing_is_big()
    {
        var inside = Enumerable.Range(1, 20).Select(i => Paper(i, Proteins, 0.5)).ToList();
        var outside = Enumerable.Range(31, 5).Select(i => Outside(i, i / 100.0 + 0.3)).ToList();

        var both = Rank([.. inside, .. outside], Settings(Proteins));
        var quiet = Rank([.. inside, Outside(40, 0.01)], Settings(Proteins));

        Ids(both)[8..].ShouldBe([35, 34]);
        both.Entries[^1].Reasons.ShouldContain(new BigOutside());
        both.Entries[0].Reasons.ShouldNotContain(new BigOutside());
        Ids(quiet).ShouldBe([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        quiet.Cut.ShouldContain(c => c.PaperId == 40 && c.Reason is NotBigEnough);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(2, 2)]
    public void Where_no_places_are_kept_for_the_outside_its_biggest_paper_is_not_said_to_be_too_small(int outside, int most)
    {
        var ranked = Rank([Paper(1, Proteins, 0.5), Outside(40, 0.99)], Settings(Proteins) with { OutsideTopics = outside, MaxItems = most });

        Ids(ranked).ShouldBe([1]);
        ranked.Cut.ShouldHaveSingleItem().Reason.ShouldBe(NoOutside.Instance);
    }

    [Fact]
    public void A_reader_without_topics_gets_what_is_trending()
    {
        var papers = Enumerable.Range(1, 20).Select(i => Outside(i, i / 20.0)).ToList();

        var ranked = Rank(papers, Settings());

        Ids(ranked).ShouldBe([20, 19, 18, 17, 16, 15, 14, 13, 12, 11]);
        ranked.Entries.ShouldAllBe(e => e.Reasons.Count > 0 && !e.Reasons.Contains(new BigOutside()));
    }

    [Fact]
    public void A_reader_without_topics_gets_the_newest_only_where_nothing_tells_what_is_trending()
    {
        PlainCandidate[] unnoticed = [Outside(1, 0) with { Freshness = 0.6 }, Outside(2, 0), Outside(3, 0) with { Freshness = 0.8 }];

        Ids(Rank(unnoticed, Settings())).ShouldBe([2, 3, 1]);
        Ids(Rank(unnoticed, Settings(Proteins with { IsMuted = true }))).ShouldBe([2, 3, 1]);
        Ids(Rank([.. unnoticed, Outside(4, 0.5)], Settings())).ShouldBe([4]);
        Ids(Rank([.. unnoticed, Paper(5, Proteins, 0.5)], Settings(Proteins))).ShouldBe([5]);
        Rank(unnoticed, Settings(Proteins)).Entries.ShouldBeEmpty();
    }

    [Fact]
    public void Of_papers_that_came_at_one_moment_those_listed_last_go_first()
    {
        var friday = new LocalDate(2026, 3, 6);
        PlainCandidate[] imported = [Outside(1, 0) with { ListedOn = friday.PlusDays(-1) }, Outside(2, 0) with { ListedOn = friday }, Outside(3, 0) with { ListedOn = friday }];
        var papers = new CandidatePapers(imported.Select(MadeUpRanking.Paper));

        Ids(Rank(imported, Settings())).ShouldBe([2, 3, 1]);
        papers.Biggest(2).Select(place => papers[place].PaperId).ShouldBe([2, 3]);
    }

    [Fact]
    public void Every_cut_says_why()
    {
        PlainCandidate[] papers =
        [
            Paper(1, Proteins, 0.9) with { IsSent = true },
            Paper(2, Proteins, 0.9) with { IsJudged = true },
            Paper(3, Proteins, 0.9) with { IsWithdrawn = true },
            Paper(4, Proteins, 0.9) with { MutedWord = "survey" },
            Paper(5, Prompts, 0.9),
            Paper(6, Proteins, 0.001),
            Outside(7, 0.001),
        ];

        var ranked = Rank(papers, Settings(Proteins, Prompts with { IsMuted = true }));

        ranked.Entries.ShouldBeEmpty();
        ranked.Cut.OrderBy(c => c.PaperId).Select(c => c.Reason.GetType()).ShouldBe(
            [typeof(AlreadySent), typeof(AlreadyJudged), typeof(Withdrawn), typeof(MutedWord), typeof(MutedTopic), typeof(BelowMinimum), typeof(NotBigEnough)]);
        ranked.Cut.ShouldAllBe(c => c.Reason.InWords().Length > 5);
    }

    [Fact]
    public void An_entry_carries_its_reasons_and_they_survive_storage()
    {
        var paper = Paper(1, Proteins, 0.9) with
        {
            FollowedAuthor = "Ann Other",
            Trending = new(0.9, 87, 9, "Hugging Face", 2),
            Taste = new(0.5, () => new(77, "QLoRA"), false),
        };

        var reasons = Rank([paper], Settings(Proteins)).Entries[0].Reasons;

        reasons.ShouldContain(new FollowedAuthor("Ann Other"));
        reasons.OfType<MatchedTopic>().ShouldHaveSingleItem().Terms.ShouldBe(["protein"]);
        reasons.ShouldContain(new LikeThat(77, "QLoRA"));
        reasons.ShouldContain(new Upvoted(87, 9));
        reasons.ShouldContain(new ListedHigh("Hugging Face", 2));
        var stored = JsonSerializer.Serialize(reasons);
        JsonSerializer.Deserialize<IReadOnlyList<Reason>>(stored)!.Select(r => r.GetType()).ShouldBe(reasons.Select(r => r.GetType()));
    }

    [Fact]
    public void An_author_one_follows_is_inside_whatever_the_topic()
    {
        var ranked = Rank([Outside(1, 0) with { FollowedAuthor = "Ann Other" }], Settings(Proteins) with { OutsideTopics = 0 });

        Ids(ranked).ShouldBe([1]);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    [InlineData(5, 1)]
    [InlineData(6, 2)]
    [InlineData(10, 2)]
    public void Topics_have_places_on_the_shortest_page_and_outside_never_more_than_a_third(int places, int forOutside)
    {
        var inside = Enumerable.Range(1, 20).Select(i => Paper(i, Proteins, 0.2)).ToList();
        var outside = Enumerable.Range(31, 5).Select(i => Outside(i, 0.9)).ToList();

        var ranked = Rank([.. inside, .. outside], Settings(Proteins) with { MaxItems = places });

        ranked.Entries.Count.ShouldBe(places);
        ranked.Entries.Count(e => e.Reasons.Contains(new BigOutside())).ShouldBe(forOutside);
    }

    [Fact]
    public void With_twenty_topics_and_eight_places_every_topic_has_its_turn_and_the_best_paper_goes_before_weak_ones()
    {
        var topics = Enumerable.Range(1, 20).Select(i => new ChosenTopic(i, $"Topic {i}", 1, false)).ToArray();
        var had = new Dictionary<long, int>();
        var days = new Dictionary<long, int>();

        for (var day = 0; day < 15; day++)
        {
            // The last topic has the strongest papers, the first the weakest; each has two a day.
            var papers = topics.SelectMany(topic => Enumerable.Range(1, 2)
                .Select(i => Paper((day * 100) + (topic.TopicId * 2) + i, topic, 0.2 + (topic.TopicId * 0.03) + (topic.TopicId == 20 ? 0.4 : 0)))).ToList();
            var ranked = Rank(papers, Settings(topics) with { MaxItems = 8, PlacesHad = had });

            ranked.Entries.ShouldContain(e => TopicOf(e) == 20);
            foreach (var topic in ranked.Entries.Select(TopicOf))
                had[topic] = had.GetValueOrDefault(topic) + 1;
            foreach (var topic in ranked.Entries.Select(TopicOf).Distinct())
                days[topic] = days.GetValueOrDefault(topic) + 1;
        }

        topics.ShouldAllBe(topic => days.GetValueOrDefault(topic.TopicId) >= 3);
        topics.Count(topic => days.GetValueOrDefault(topic.TopicId) > 12).ShouldBeLessThanOrEqualTo(2);
    }

    [Fact]
    public void A_weak_paper_of_a_topic_that_has_had_its_share_goes_behind_a_strong_one()
    {
        var topics = Enumerable.Range(1, 4).Select(i => new ChosenTopic(i, $"Topic {i}", 1, false)).ToArray();
        var weak = topics[..3].Select(topic => Paper(topic.TopicId, topic, 0.22)).ToList();
        var strong = Enumerable.Range(11, 3).Select(i => Paper(i, topics[3], 1 + (i / 100.0))).ToList();
        var had = topics.ToDictionary(topic => topic.TopicId, _ => 5);

        var ranked = Rank([.. weak, .. strong], Settings(topics) with { MaxItems = 3, PlacesHad = had });

        Ids(ranked).ShouldContain(13);
        Ids(ranked)[..2].ShouldBe([13, 12]);
    }

    [Fact]
    public void A_paper_of_a_followed_author_goes_in_whatever_the_topics_bring_and_half_of_the_page_is_left_to_them()
    {
        var inside = Enumerable.Range(1, 20).Select(i => Paper(i, Proteins, 0.9) with { Trending = new(1, 900, 9, null, 0) }).ToList();
        var prolific = Enumerable.Range(31, 9).Select(i => Outside(i, 0) with { FollowedAuthor = "Ann Other" }).ToList();
        var rare = Outside(50, 0) with { FollowedAuthor = "Bo Rare" };

        var one = Rank([.. inside, rare], Settings(Proteins) with { MaxItems = 1 });
        var many = Rank([.. inside, .. prolific, rare], Settings(Proteins) with { MaxItems = 4 });

        Ids(one).ShouldBe([50]);
        Ids(many).Count(id => id < 30).ShouldBe(2);
        Ids(many).ShouldContain(50);
    }

    [Fact]
    public void Scores_that_exceed_the_scale_keep_their_order_and_stay_below_one()
    {
        var papers = Enumerable.Range(1, 10).Select(i => Paper(100 - i, Proteins, 0.5 + (i * 0.05)) with
        {
            Trending = new(1, 900, 9, null, 0),
            Taste = new(0.9, () => null, false),
        }).ToList();

        var ranked = Rank(papers, Settings(Proteins with { Weight = 5 }));

        Ids(ranked).ShouldBe([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
        ranked.Entries.Select(e => e.Score).Distinct().Count().ShouldBe(10);
        ranked.Entries.ShouldAllBe(e => e.Score < 1);
    }

    [Fact]
    public void A_second_topic_never_takes_from_a_paper()
    {
        var one = Paper(1, Proteins, 0.9);
        var both = one with { PaperId = 2, Topics = [.. one.Topics, new(Prompts.TopicId, 0.9, ["prompt"])] };

        var ranked = Rank([one, both], Settings(Proteins with { Weight = 3 }, Prompts));

        ranked.Entries.Single(e => e.Candidate.PaperId == 2).Score.ShouldBeGreaterThanOrEqualTo(ranked.Entries.Single(e => e.Candidate.PaperId == 1).Score);
    }

    [Fact]
    public void A_paper_of_another_day_that_likes_alone_have_brought_is_not_called_new()
    {
        var liked = Outside(1, 0.5) with { Trending = new(0.5, 0, 0, null, 0) };

        Rank([liked, liked with { PaperId = 2, IsNew = true }], Settings()).Entries.Select(entry => string.Concat(entry.Reasons.Select(reason => reason.GetType().Name)))
            .ShouldBe(["", nameof(NewlyListed)]);
    }

    private static RankedDigest Rank(IReadOnlyList<PlainCandidate> papers, PlainSettings settings) =>
        MadeUpRanking.Rank(papers, settings);

    private static long TopicOf(RankedEntry entry) =>
        long.Parse(entry.Reasons.OfType<MatchedTopic>().First().Topic["Topic ".Length..], CultureInfo.InvariantCulture);

    private static List<long> Ids(RankedDigest digest) => [.. digest.Entries.Select(e => e.Candidate.PaperId)];

    private static PlainSettings Settings(params ChosenTopic[] topics) => new() { Topics = topics };

    private static PlainCandidate Paper(long id, ChosenTopic topic, double relevance) => new()
    {
        PaperId = id,
        Title = $"Paper {id}",
        Topics = [new(topic.TopicId, relevance, ["protein"])],
        Trending = new(0, 0, 0, null, 0),
        Freshness = 1,
    };

    private static PlainCandidate Near(long id, ChosenTopic topic, double relevance) =>
        Paper(id, topic, relevance) with { Topics = [], Near = [new(topic.TopicId, relevance, ["fold"])] };

    private static PlainCandidate Outside(long id, double trend) => new()
    {
        PaperId = id,
        Title = $"Paper {id}",
        Topics = [],
        Trending = new(trend, (int)(trend * 100), 9, null, 0),
        Freshness = 1,
    };
}
