using DigestService.Demo;
using DigestService.Digests;
using DigestService.Platform;
using DigestService.Sources;
using DigestService.Subscribers;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Tests.Demo;

public sealed class DemoSeedsTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Old_seeds_become_todays_digest_on_every_day_the_demo_is_started()
    {
        var app = await apps.CreateAsync();
        var seeds = new DemoSeeds(
            app.Database, app.Service<TopicCatalogue>(), app.Service<PaperImport>(), app.Service<Subscriptions>(), new DigestOptions(), app.Clock);

        await seeds.LoadAsync(CancellationToken.None);
        var first = await app.Service<DigestTick>().RunAsync(app.Clock.Now, CancellationToken.None);
        await seeds.LoadAsync(CancellationToken.None);
        var again = await app.Service<DigestTick>().RunAsync(app.Clock.Now, CancellationToken.None);
        app.Clock.Advance(Duration.FromDays(3) - Duration.FromHours(2));
        await seeds.LoadAsync(CancellationToken.None);
        var later = await app.Service<DigestTick>().RunAsync(app.Clock.Now, CancellationToken.None);

        (first.Planned, first.Composed.Empty).ShouldBe((1, 0));
        again.Planned.ShouldBe(0);
        (later.Planned, later.Composed.Empty).ShouldBe((1, 0));
        var shortest = await app.Database.QuerySingleOrDefaultAsync<long>(
            "select min(n) from (select count(*) as n from digest_items group by digest_on) as digests", null, CancellationToken.None);
        shortest.ShouldBe(10);
        // A day's votes were counted at its end, wherever the day was moved to.
        var counted = await app.Database.QuerySingleOrDefaultAsync<long>(
            "select count(*) from votes v join papers p on p.id = v.paper_id where v.observed_at = (p.first_listed_on + 1)::timestamp at time zone 'UTC'", null, CancellationToken.None);
        counted.ShouldBeGreaterThan(50);
    }

    [Fact]
    public async Task The_preview_of_queries_finds_the_seeds_on_the_day_they_were_moved_to()
    {
        var app = await apps.CreateAsync();
        var seeds = new DemoSeeds(
            app.Database, app.Service<TopicCatalogue>(), app.Service<PaperImport>(), app.Service<Subscriptions>(), new DigestOptions(), app.Clock);
        await seeds.LoadAsync(CancellationToken.None);
        app.Clock.Advance(Duration.FromDays(40));
        var preview = app.Service<TopicPreview>();
        TopicQuery.TryParse("learning", out var query, out _).ShouldBeTrue();
        (await preview.TryAsync(query, app.Clock.Now.InUtc().Date, days: 7, CancellationToken.None)).Matches.ShouldBeEmpty();

        await seeds.LoadAsync(CancellationToken.None);

        (await preview.TryAsync(query, app.Clock.Now.InUtc().Date, days: 7, CancellationToken.None)).Matches.ShouldNotBeEmpty();
    }
}
